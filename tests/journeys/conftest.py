"""A whole evaluation on a server of its own, asked and answered over its socket alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import Settings
from tests.journeys.front_door import FrontDoor
from tests.journeys.terminal import start
from tests.server.conftest import serve


@pytest.fixture(scope="module")
def front_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    for server in serve(Settings(data=tmp_path_factory.mktemp("data"), port=0)):
        door = FrontDoor(server)
        yield door
        door.close()


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after the first `baikoo serve`, which was stopped again: copy it, leave it alone."""
    data = tmp_path_factory.mktemp("first") / "data"
    with start("serve", data):
        pass
    return data


@pytest.fixture(scope="module")
def data(first_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of a server that was started before."""
    copied = tmp_path_factory.mktemp("copied") / "data"
    shutil.copytree(first_start, copied)
    return copied
