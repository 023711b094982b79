"""The audit log in the truth, on both engines.

- Entries are found by action, kind, actor and time, newest first; our words find what Central calls so.
- A change that puts records into the ledger and writes no entry gets one, for all of its records together.
- A change that fails leaves no entry; one that wrote its own gets no second.
- An edit of a submission is an entry; a new one is not, the ledger has it.
- Whoever downloads while the disk refuses to be written is in the log as soon as it takes something again.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from server.store import Store
from server.store.accounts import hash_password
from server.store.audit import Audited, new_entry
from server.store.downloads import Downloads
from server.store.transaction import Tx
from server.store.troubles import DiskFull
from tests.server.store.making import NOW, an_arrival, an_id, later, publish, receive


def actions(store: Store, **wanted: object) -> list[str]:
    return [entry.action for entry in store.audit.page(Audited(**wanted))]  # type: ignore[arg-type]


@pytest.fixture
def person(store: Store) -> int:
    hashed = hash_password("correct horse battery")
    return store.write(
        lambda tx: store.accounts.create(tx, email="a@example.org", password_hash=hashed, now=NOW)
    )


def test_entries_are_found(store: Store, person: int) -> None:
    def change(tx: Tx) -> None:
        for number, action in enumerate(("account.create", "form.state", "entity.create", "read.odata")):
            store.audit.add(tx, action, "1/x", now=later(number), actor=person if number else None)

    store.write(change)
    everything = ["read.odata", "entity.create", "form.update", "user.create"]
    assert actions(store) == everything
    assert actions(store, action="account.create") == actions(store, action="user.create") == ["user.create"]
    assert actions(store, action="nonverbose") == everything[2:]
    assert actions(store, action="download") == ["read.odata"]
    assert actions(store, actor=person) == everything[:3]
    assert actions(store, start=later(1), end=later(3)) == everything[1:3]
    assert [entry.action for entry in store.audit.all(Audited())] == everything
    assert store.audit.page(Audited(), limit=1, offset=1)[0].actor_name == "a@example.org"


def test_records_of_the_ledger_are_told_together(store: Store) -> None:
    publish(store)
    before = len(actions(store))
    seqs = [receive(store, an_arrival(number)).seq for number in range(3)]
    assert len(actions(store)) == before  # what is new is in the ledger

    def decide(tx: Tx) -> None:
        for seq in seqs:
            store.decisions.review(tx, seq, "void", reason="x", now=NOW, actor=None)

    store.write(decide)
    entry = store.audit.page()[0]
    assert (entry.action, entry.subject) == ("submission.update", "1/wells")
    assert entry.details["records"] == 3 and entry.details["decision"] == "void"
    assert "x" not in entry.details.values()


def test_a_change_that_fails_leaves_nothing_and_one_that_tells_is_told_once(store: Store) -> None:
    publish(store)
    seq = receive(store, an_arrival(1)).seq
    before = len(actions(store))

    def fails(tx: Tx) -> None:
        store.audit.add(tx, "form.update", "1/wells", now=NOW, actor=None)
        raise ValueError

    with pytest.raises(ValueError):
        store.write(fails)
    assert len(actions(store)) == before

    def tells(tx: Tx) -> None:
        store.decisions.review(tx, seq, "accepted", reason="", now=NOW, actor=None)
        store.audit.add(tx, "submission.update", "1/wells", now=NOW, actor=None)

    store.write(tells)
    assert len(actions(store)) == before + 1


def test_an_edit_is_told(store: Store) -> None:
    publish(store)
    receive(store, an_arrival(1))
    receive(store, an_arrival(2, deprecated_id=an_id(1)))
    entry = store.audit.page()[0]
    assert (entry.action, entry.subject) == ("submission.update.version", f"1/wells/{an_id(2)}")


def test_a_download_from_a_full_disk_is_told_later(store: Store) -> None:
    full = True

    def submit(fn: object) -> Future[None]:
        if full:
            refused: Future[None] = Future()
            refused.set_exception(DiskFull())
            return refused
        return store.submit(fn)  # type: ignore[arg-type]

    downloads = Downloads(store.audit, submit)

    async def take(subject: str) -> None:
        await downloads.note(new_entry("read.submission", subject, now=NOW, actor=None))

    asyncio.run(take("1/wells/first"))
    assert actions(store, action="download") == []
    full = False
    asyncio.run(take("1/wells/second"))
    told = [entry.subject for entry in store.audit.page(Audited(action="download"))]
    assert sorted(told) == ["1/wells/first", "1/wells/second"]
