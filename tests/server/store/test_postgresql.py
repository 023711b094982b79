"""What only PostgreSQL can do to us: it goes away, and comes back.

- A connection that was lost is a refusal that can be repeated, and the next one is made by itself.
- Whoever was not answered sends again and counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from server.store import Store, open_store
from server.store.troubles import DatabaseAddressInvalid, DatabaseUnreachable
from server.store.verify import verify
from tests import postgresql
from tests.server.store.making import an_arrival, publish, receive


@pytest.fixture
def address(postgresql_server: str, laid_out: postgresql.Reused) -> Iterator[str]:
    with postgresql.new_database(postgresql_server, "going_away", like=laid_out.name) as address:
        yield address


@pytest.fixture
def far(address: str, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", address) as opened:
        yield opened


def cut_every_connection(address: str) -> None:
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_lost_while_idle_is_made_again(far: Store, address: str) -> None:
    publish(far)
    cut_every_connection(address)
    assert receive(far, an_arrival(1)).kind == "new"
    assert far.ledger.head().seq == 2


def test_a_connection_lost_in_the_middle_is_a_refusal_that_can_be_repeated(far: Store, address: str) -> None:
    publish(far)
    future = far.submit(lambda tx: cut_every_connection(address))
    arrived = far.receive(an_arrival(1))
    assert isinstance(future.exception(20), DatabaseUnreachable)
    error = arrived.exception(20)
    assert error is None or isinstance(error, DatabaseUnreachable)
    assert receive(far, an_arrival(1)).kind in ("new", "again")
    assert far.ledger.head().seq == 2 and far.broken is None and verify(far).is_whole


@pytest.mark.parametrize(
    "address",
    ["mysql://localhost/x", "no address", "postgresql+nothing://localhost/x"],
    ids=lambda text: text[:5],
)
def test_what_is_no_address_is_said(tmp_path: Path, address: str) -> None:
    with pytest.raises(DatabaseAddressInvalid):
        open_store(tmp_path / "data", address)


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@127.0.0.1:{postgresql.free_port()}/none"
    with pytest.raises(DatabaseUnreachable):
        open_store(tmp_path / "data", nowhere)
