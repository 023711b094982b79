"""A copy of the whole truth while the server runs, and its return."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy.exc import DBAPIError

from forms.decoding import decode
from server.store import postgres_tools, secret_key
from server.store.blobs import CHUNK, flush_folder
from server.store.database import SQLITE_FILE, Database
from server.store.ledger import Head, head_of
from server.store.refusals import BackupInvalid, DatabaseNotEmpty
from server.store.store import Store, open_store
from server.store.troubles import FolderNotEmpty, StoreDamaged, trouble_of
from server.store.verify import Report, verify

Progress = Callable[[str, int, int], None]
"""Called with ("blobs" or "records", how many are done, how many there are)."""

LABEL = "backup.json"
DUMP = "baikoo.pgdump"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds; `blobs` counts files, `size` all bytes."""

    path: Path
    head: Head
    blobs: int
    size: int


class _Label(msgspec.Struct):
    """backup.json: what the backup held when it was finished."""

    head_seq: int
    head_hash: str
    blobs: int
    database: str  # the file that holds it


def backup(store: Store, target: Path, progress: Progress | None = None) -> Backup:
    """Copy the database (consistent at one instant), then the blobs, then the secret key into a new folder.

    In this order every blob that a copied record names is there. Raises: FolderNotEmpty, PgDumpMissing,
    PostgresFailed, DiskFull.
    """
    report = progress or (lambda step, done, total: None)
    require_empty(target)
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if store.database.is_sqlite:
            head = _copy_sqlite(store.database, target / SQLITE_FILE)
        else:
            head = store.ledger.head()  # records after it may be in the dump too
            postgres_tools.dump(store.database.address or "", target / DUMP)
        count = _copy_blobs(store.data / "blobs", target / "blobs", report)
        _copy(store.data / secret_key.NAME, target / secret_key.NAME)
        (target / secret_key.NAME).chmod(0o600)
        name = SQLITE_FILE if store.database.is_sqlite else DUMP
        _write(target / LABEL, msgspec.json.encode(_Label(head.seq, head.hash, count, name)))
    except (OSError, sqlite3.Error) as error:
        if (trouble := trouble_of(error)) is not None:
            raise trouble from error
        raise
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return Backup(target, head, count, size)


def restore(
    source: Path, data: Path, database: str | None = None, progress: Progress | None = None
) -> Report:
    """Bring a backup back into an empty data folder, and prove it whole: the report says what is not.

    Raises: FolderNotEmpty, DatabaseNotEmpty, BackupInvalid, PgRestoreMissing, PostgresFailed, DiskFull.
    """
    report = progress or (lambda step, done, total: None)
    label = _read_label(source)
    if (label.database == DUMP) != (database is not None):
        raise BackupInvalid(folder=str(source), reason=label.database)
    require_empty(data)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if database is None:
            _copy(source / SQLITE_FILE, data / SQLITE_FILE)
        else:
            _require_no_tables(data, database)
            postgres_tools.restore(database, source / DUMP)
        _copy_blobs(source / "blobs", data / "blobs", report)
        _copy(source / secret_key.NAME, data / secret_key.NAME)
        (data / secret_key.NAME).chmod(0o600)
    except OSError as error:
        if (trouble := trouble_of(error)) is not None:
            raise trouble from error
        raise
    try:
        with open_store(data, database) as store:
            proof = verify(store, report)
            if store.ledger.head().seq < label.head_seq:
                raise BackupInvalid(folder=str(source), reason=f"< {label.head_seq}")
            if label.head_seq and store.ledger.record(label.head_seq).hash != label.head_hash:
                raise BackupInvalid(folder=str(source), reason=f"{label.head_seq}:{label.head_hash}")
    except StoreDamaged as error:
        raise BackupInvalid(folder=str(source), reason=str(error)) from error
    return proof


def require_empty(folder: Path) -> None:
    """Raises: FolderNotEmpty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(folder=str(folder))


def _copy_sqlite(database: Database, target: Path) -> Head:
    """SQLite's own online backup, in one step: in pieces it would begin again with every commit."""
    raw = database.reading.raw_connection()
    try:
        source = raw.driver_connection
        assert isinstance(source, sqlite3.Connection)
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            row = copy.execute("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1").fetchone()
    finally:
        raw.close()
    _flush(target)
    return Head(*row) if row is not None else Head(0, "0" * 64)


def _copy_blobs(source: Path, target: Path, report: Progress) -> int:
    """Copy every blob. What is written to the source meanwhile may come along or not."""
    target.mkdir(parents=True, exist_ok=True)
    paths = [path for folder in sorted(source.glob("??")) for path in sorted(folder.iterdir())]
    for done, path in enumerate(paths, 1):
        folder = target / path.parent.name
        folder.mkdir(exist_ok=True)
        _copy(path, folder / path.name)
        report("blobs", done, len(paths))
    for folder in target.iterdir():
        flush_folder(folder)
    flush_folder(target)
    return len(paths)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("xb") as new:
        shutil.copyfileobj(old, new, CHUNK)
        new.flush()
        os.fsync(new.fileno())


def _write(target: Path, content: bytes) -> None:
    target.write_bytes(content)
    _flush(target)
    flush_folder(target.parent)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _read_label(source: Path) -> _Label:
    try:
        label = decode((source / LABEL).read_bytes(), _Label)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupInvalid(folder=str(source), reason=LABEL) from error
    for name in (label.database, secret_key.NAME, "blobs"):
        if label.database not in (SQLITE_FILE, DUMP) or not (source / name).exists():
            raise BackupInvalid(folder=str(source), reason=name)
    return label


def _require_no_tables(data: Path, address: str) -> None:
    engines = Database(data, address)
    try:
        with engines.read() as connection:
            head_of(connection)
    except DBAPIError:
        return  # no table of records: the database is empty
    finally:
        engines.close()
    raise DatabaseNotEmpty()
