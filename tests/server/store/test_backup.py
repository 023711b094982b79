"""A backup is whole though the server goes on writing, and comes back only into an empty place."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import Store, open_store
from server.store.backup import backup, restore
from server.store.database import SQLITE_FILE
from server.store.refusals import BackupInvalid, DatabaseNotEmpty, PgDumpMissing
from server.store.troubles import FolderNotEmpty
from server.store.verify import verify
from tests import postgresql
from tests.server.store.making import NOW, a_file, an_arrival, publish, receive


@pytest.fixture
def empty_database(database: str | None, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database of the same product."""
    if database is None:
        yield None
        return
    with postgresql.new_database(request.getfixturevalue("postgresql_server"), "restored") as address:
        yield address


@pytest.fixture
def filled(store: Store) -> Store:
    publish(store)
    for number in range(1, 21):
        photo = a_file(store, "a.jpg", b"photo %d" % number)
        receive(store, an_arrival(number, b"<data>%d</data>" % number, files=(photo,), expected=("a.jpg",)))
    store.write(lambda tx: store.app_users.add(tx, 1, "Phone", now=NOW))
    return store


def test_a_backup_comes_back_whole(filled: Store, empty_database: str | None, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backup")
    assert made.head == filled.ledger.head() and made.blobs == 22 and made.size > 0
    steps: list[str] = []
    report = restore(
        tmp_path / "backup", tmp_path / "back", empty_database, lambda step, done, total: steps.append(step)
    )
    assert report.findings == () and report.head == made.head and {"blobs", "records"} <= set(steps)
    with open_store(tmp_path / "back", empty_database) as back:
        assert back.secret == filled.secret
        phone, same = back.app_users.all(1)[0], filled.app_users.all(1)[0]
        assert back.app_users.token(phone) == filled.app_users.token(same)
        assert receive(back, an_arrival(1, b"<data>1</data>")).kind == "again"


def test_a_backup_is_whole_though_phones_are_sending(filled: Store, tmp_path: Path) -> None:
    if not filled.database.is_sqlite:
        pytest.skip("pg_dump takes care of that")
    stop = threading.Event()

    def send() -> None:
        number = 1000
        while not stop.is_set():
            photo = a_file(filled, "a.jpg", b"photo %d" % number)
            receive(filled, an_arrival(number, files=(photo,), expected=("a.jpg",)))
            number += 1

    sending = [threading.Thread(target=send)]
    for thread in sending:
        thread.start()
    try:
        made = [backup(filled, tmp_path / f"backup{number}") for number in range(3)]
    finally:
        stop.set()
        for thread in sending:
            thread.join()
    assert made[0].head.seq < made[2].head.seq
    for number, one in enumerate(made):
        report = restore(one.path, tmp_path / f"back{number}")
        assert report.findings == () and report.head == one.head


def test_nothing_is_written_over(filled: Store, empty_database: str | None, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    with pytest.raises(FolderNotEmpty):
        backup(filled, tmp_path / "full")
    backup(filled, tmp_path / "backup")
    with pytest.raises(FolderNotEmpty):
        restore(tmp_path / "backup", tmp_path / "full", empty_database)
    if empty_database is not None:
        with pytest.raises(DatabaseNotEmpty):
            restore(tmp_path / "backup", tmp_path / "back", filled.database.address)


def test_what_is_no_backup_is_refused(filled: Store, tmp_path: Path) -> None:
    if not filled.database.is_sqlite:
        pytest.skip("the same files, but one")
    with pytest.raises(BackupInvalid):
        restore(tmp_path / "nowhere", tmp_path / "back")
    backup(filled, tmp_path / "backup")
    (tmp_path / "backup" / "secret.key").rename(tmp_path / "key")
    with pytest.raises(BackupInvalid, match=r"secret\.key"):
        restore(tmp_path / "backup", tmp_path / "back")
    with pytest.raises(BackupInvalid):
        restore(tmp_path / "backup", tmp_path / "back", "postgresql+psycopg://nobody@localhost/none")
    (tmp_path / "backup" / SQLITE_FILE).write_bytes(b"no database at all")
    (tmp_path / "key").rename(tmp_path / "backup" / "secret.key")
    with pytest.raises(BackupInvalid):
        restore(tmp_path / "backup", tmp_path / "back2")


def test_a_restored_backup_names_what_was_damaged_in_it(filled: Store, tmp_path: Path) -> None:
    if not filled.database.is_sqlite:
        pytest.skip("blobs are the same files")
    backup(filled, tmp_path / "backup")
    blob = next(filled.blobs.all())
    (tmp_path / "backup" / "blobs" / blob.sha256[:2] / blob.sha256[2:]).write_bytes(b"damaged")
    report = restore(tmp_path / "backup", tmp_path / "back")
    assert [finding.sha256 for finding in report.findings] == [blob.sha256]


def test_without_pg_dump_it_says_what_to_run(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if filled.database.is_sqlite:
        pytest.skip("SQLite needs no program")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PgDumpMissing, match="pg_dump --dbname=postgresql://"):
        backup(filled, tmp_path / "backup")


def test_a_copied_folder_is_a_whole_store(sqlite_store: Store, tmp_path: Path) -> None:
    publish(sqlite_store)
    receive(sqlite_store, an_arrival(1))
    sqlite_store.close()
    shutil.copytree(sqlite_store.data, tmp_path / "copy")
    with open_store(tmp_path / "copy") as copy:
        assert verify(copy).is_whole and receive(copy, an_arrival(1)).kind == "again"
