"""One server for the surprises of a module, a form on it, and phones."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from forms.schema import Schema
from server.store.submissions import Submission
from tests.phone import Phone
from tests.server.conftest import RunningHere, new_server, server
from tests.server.forms import WELL

__all__ = ["new_server", "server"]


@pytest.fixture(scope="module")
def schema(server: RunningHere) -> Schema:
    return server.publish(WELL).schema


@pytest.fixture(scope="module")
def phone(server: RunningHere, schema: Schema) -> Phone:
    return server.phone(language="en")


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    return server.program("manager")


@pytest.fixture(scope="module")
def designer(server: RunningHere) -> httpx.Client:
    return server.program("designer")


@pytest.fixture
def fresh() -> str:
    return f"uuid:{uuid4()}"


@pytest.fixture(scope="module")
def kept(server: RunningHere) -> Callable[[str], Submission]:
    """What is there of an instance of this form."""
    return lambda instance_id: server.store.submissions.get(1, "well_visit", instance_id)


@pytest.fixture(scope="module")
def files(server: RunningHere) -> Callable[[str], dict[str, bytes | None]]:
    """The files of an instance by name, None where one has not arrived."""

    def found(instance_id: str) -> dict[str, bytes | None]:
        store = server.store
        newest = store.submissions.current(store.submissions.get(1, "well_visit", instance_id).root_seq)
        kept = store.submissions.files(newest.seq)
        return {file.name: store.blobs.read(file.sha256) if file.sha256 else None for file in kept}

    return found
