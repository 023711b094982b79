"""A whole evaluation on a server of its own, asked and answered over its socket alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.settings import Settings
from tests.journeys.front_door import FrontDoor
from tests.server.conftest import serve


@pytest.fixture(scope="module")
def front_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    for server in serve(Settings(data=tmp_path_factory.mktemp("data"), port=0)):
        door = FrontDoor(server)
        yield door
        door.close()
