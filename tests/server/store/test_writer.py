"""The one thread that writes.

- A change that fails undoes its own work alone; the others of its group are committed.
- A full disk refuses, and work goes on when there is room again; a failed disk is the end of acknowledging.
- What is committed is on the disk and what is deleted is gone, whatever the database's default.
- An event loop gets its answers like a thread does; what waits at the end is still written.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from forms.errors import BaikooError
from server.store import Store, Tx, database, open_store
from server.store.tables import setting
from server.store.troubles import DiskFull, StoreClosed
from server.store.verify import verify
from tests.server.store.making import NOW, an_arrival, an_id, publish, receive


def write_setting(name: str) -> object:
    return lambda tx: tx.conn.execute(setting.insert().values(name=name, value="1"))


def settings(store: Store) -> list[str]:
    with store.database.read() as connection:
        return sorted(connection.scalars(setting.select().with_only_columns(setting.c.name)))


def hold(store: Store) -> threading.Event:
    """Keep the writer busy, so that what comes next is one group."""
    release = threading.Event()
    store.submit(lambda tx: release.wait(10))
    return release


def test_a_commit_reaches_the_disk(store: Store, database: str | None) -> None:
    def said(name: str) -> object:
        asked = f"PRAGMA {name}" if database is None else f"SHOW {name}"
        return store.write(lambda tx: tx.conn.exec_driver_sql(asked).scalar())

    if database is None:  # 2: FULL; and the pages of what is deleted are overwritten
        assert [said(name) for name in ("journal_mode", "synchronous", "secure_delete")] == ["wal", 2, 1]
        return
    name = database.rsplit("/", 1)[1]
    store.write(lambda tx: tx.conn.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    try:
        store.database.writing.dispose()  # the next connection is one of this default
        assert said("synchronous_commit") == "on"
    finally:
        store.write(lambda tx: tx.conn.exec_driver_sql(f'ALTER DATABASE "{name}" RESET synchronous_commit'))


def test_a_change_that_fails_undoes_its_own_work_alone(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.conn.execute(setting.insert().values(name="two", value="1"))
        tx.append("registry", "1/x", b"{}", at=NOW)
        tx.touch("registry")
        raise RuntimeError("a mistake of ours")

    publish(store)
    release = hold(store)
    one = store.submit(write_setting("one"))  # type: ignore[arg-type]
    two = store.submit(fail)
    arrived = store.receive(an_arrival())
    three = store.submit(write_setting("three"))  # type: ignore[arg-type]
    release.set()
    assert one.exception(10) is None and three.exception(10) is None
    assert isinstance(two.exception(10), RuntimeError)
    assert arrived.result(10).seq == 2
    assert settings(store) == ["one", "three"]
    assert verify(store).is_whole


def test_a_mistake_that_spoils_a_group_costs_its_own_answer_alone(store: Store) -> None:
    publish(store)
    release = hold(store)
    good = [store.receive(an_arrival(number)) for number in (1, 2)]
    bad = store.receive(an_arrival(3, instance_name="half a letter \ud800"))
    release.set()
    assert [future.result(10).kind for future in good] == ["new", "new"]
    assert not isinstance(bad.exception(10), BaikooError | None)
    assert verify(store).is_whole


def test_a_change_inside_a_change_is_refused_at_once(store: Store) -> None:
    with pytest.raises(RuntimeError, match="wait for itself"):
        store.write(lambda tx: store.write(lambda inner: None))


def test_an_event_loop_gets_its_answers(store: Store) -> None:
    publish(store)

    async def many() -> list[int]:
        outcomes = await asyncio.gather(*(store.take(an_arrival(number)) for number in range(50)))
        return [outcome.seq for outcome in outcomes]

    assert sorted(asyncio.run(many())) == list(range(2, 52))


def test_a_client_that_goes_away_does_not_stop_the_writer(store: Store) -> None:
    publish(store)

    async def leave() -> None:
        task = asyncio.create_task(store.take(an_arrival(1)))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    assert receive(store, an_arrival(2)).kind == "new"
    assert receive(store, an_arrival(1)).kind == "again"


def test_what_waits_at_the_end_is_still_written(tmp_path: Path, database: str | None) -> None:
    store = open_store(tmp_path / "data", database)
    publish(store)
    futures = [store.receive(an_arrival(number)) for number in range(200)]
    store.close()
    assert {future.result(0).kind for future in futures} == {"new"}
    with pytest.raises(StoreClosed):
        store.receive(an_arrival(1))
    with open_store(tmp_path / "data", database) as again:
        assert again.ledger.head().seq == 201


def test_a_full_disk_refuses_and_work_goes_on_when_there_is_room(sqlite_store: Store) -> None:
    store = sqlite_store
    publish(store)
    receive(store, an_arrival(1))
    pages = store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    limit = pages + 30
    store.write(lambda tx: tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {limit}").scalar_one())
    acknowledged, refused = [], 0
    for number in range(2, 80):
        try:
            receive(store, an_arrival(number, xml=os.urandom(3000)))
            acknowledged.append(number)
        except DiskFull:
            refused += 1
    assert acknowledged and refused and store.broken is None
    store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one())
    assert receive(store, an_arrival(500)).kind == "new"
    for number in acknowledged:
        assert store.submissions.get(1, "wells", an_id(number)).instance_id == an_id(number)
    assert verify(store).is_whole


def test_the_log_of_sqlite_stays_short_while_phones_send_without_a_pause(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "JOURNAL_BYTES", 2_000_000)
    publish(sqlite_store)
    stop = threading.Event()

    def send(first: int) -> None:
        number = first
        while not stop.is_set():
            receive(sqlite_store, an_arrival(number, os.urandom(20_000)))
            number += 1

    sending = [threading.Thread(target=send, args=(first * 1_000_000,)) for first in range(4)]
    for thread in sending:
        thread.start()
    log = sqlite_store.data / "baikoo.sqlite3-wal"
    until, cut = time.monotonic() + 20, False
    while not cut and time.monotonic() < until:
        longest = log.stat().st_size
        sqlite_store.database.checkpoint()
        sqlite_store.write(lambda tx: None)
        time.sleep(0.1)
        cut = sqlite_store.ledger.head().seq * 20_000 > 3 * max(longest, log.stat().st_size)
    stop.set()
    for thread in sending:
        thread.join()
    assert cut and verify(sqlite_store).is_whole


FAILING_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from server.store import open_store
    from server.store.troubles import StoreBroken
    from tests.server.store.making import an_arrival, publish, receive

    store = open_store(Path(sys.argv[1]))
    publish(store)
    receive(store, an_arrival(1))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))  # writing fails from here on
    try:
        for number in range(2, 500):
            receive(store, an_arrival(number, xml=b"x" * 5000))
    except StoreBroken:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        try:
            receive(store, an_arrival(1000))
        except StoreBroken:
            print("stopped", number, store.broken is not None)
    store.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_disk_that_fails_is_the_end_of_acknowledging(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FAILING_DISK), str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("stopped") and done.stdout.strip().endswith("True"), done.stderr
    last = int(done.stdout.split()[1])
    with open_store(tmp_path / "data") as store:  # a restart, and everything acknowledged is there
        assert store.broken is None and verify(store).is_whole
        for number in range(1, last):
            assert store.submissions.get(1, "wells", an_id(number))
