"""Every test of the store runs on SQLite and on a PostgreSQL of the test run's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import Store, open_store
from server.store.database import SQLITE_FILE
from tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a running PostgreSQL."""
    reason = postgresql.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgresql.cluster() as address:
        yield address


@pytest.fixture(scope="session")
def laid_out(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Reused]:
    """A database that has its tables already."""
    with postgresql.new_database(postgresql_server, "laid_out") as address:
        open_store(tmp_path_factory.mktemp("laid-out"), address).close()
        yield postgresql.Reused(address)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a database without data; None for SQLite in the data folder."""
    if request.param == "sqlite":
        yield None
        return
    reused: postgresql.Reused = request.getfixturevalue("laid_out")
    yield reused.address
    reused.clean()


@pytest.fixture(scope="session")
def laid_out_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has its tables already."""
    folder = tmp_path_factory.mktemp("laid-out-file")
    open_store(folder).close()
    return folder / SQLITE_FILE


@pytest.fixture
def store(tmp_path: Path, database: str | None, laid_out_file: Path) -> Iterator[Store]:
    data = tmp_path / "data"
    data.mkdir()
    if database is None:
        shutil.copy(laid_out_file, data)
    with open_store(data, database) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path, laid_out_file: Path) -> Iterator[Store]:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(laid_out_file, data)
    with open_store(data) as opened:
        yield opened
