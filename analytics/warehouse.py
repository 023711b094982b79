"""The reading: one DuckDB file, one writer, a cursor for everybody who reads.

Nothing in the file is the truth. One that does not open, is damaged or has another layout is moved aside
and a fresh one made, which the loader fills again from the ledger.
"""

from __future__ import annotations

import functools
import glob
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb
import psutil
from duckdb import DuckDBPyConnection

from analytics import rounds
from analytics.answers import quoted
from analytics.watch import Watch
from forms.errors import N_, Unavailable

if TYPE_CHECKING:
    from analytics.memory_files import MemoryFiles

Cursor: TypeAlias = DuckDBPyConnection  # what `read` lends, for rooms that do not know the engine
LAYOUT = 2  # raise it when the loader would fill the same tables differently
CALL_BACK_S = 3  # what a reader has left when the file is made anew
MEGABYTE = 1_000_000


class ReadingBeingMade(Unavailable):
    text = N_(
        "The tables are being made anew from what was received. Sending goes on; look again in a few minutes."
    )


class ReadingTooSlow(Unavailable):
    text = N_("This took longer than allowed and was stopped. Ask for less at once, or try again later.")


class ReadingInUse(Unavailable):
    text = N_("Another Baikoo is running on this data folder. Stop it, or ask it through its own commands.")


class ReadingDamaged(Exception):
    """The engine has given up on the file. Only the loader sees it: it makes the reading anew."""


class Warehouse:
    """The open reading. `damaged` is True once the engine has reported that it cannot go on.

    `fresh`: the file was empty when it was opened. `moved_aside`: where the file went that could not be used.
    """

    memory_files: MemoryFiles | None = None  # of analytics.scratch: what it holds must never reach a disk

    def __init__(self, path: Path, tmp: Path, memory: str | None, threads: int | None) -> None:
        self.path = path
        self.tmp = tmp
        self.fresh = False
        self.moved_aside: Path | None = None
        self.damaged = False
        self._memory = memory or usual_memory()
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._gate = threading.Condition()
        self._lent: set[DuckDBPyConnection] = set()
        self._writing = threading.RLock()
        self._held = False
        self._root: DuckDBPyConnection | None = None
        self._writer: DuckDBPyConnection | None = None
        self._watch = Watch()

    @classmethod
    def open(
        cls, path: Path, tmp: Path, *, memory: str | None = None, threads: int | None = None
    ) -> Warehouse:
        """Open the reading, or make it; `memory` as DuckDB writes it: "512MB". Raises: ReadingInUse."""
        warehouse = cls(path, tmp, memory, threads)
        tmp.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        warehouse._open()
        return warehouse

    @contextmanager
    def read(self, *, timeout_s: float = 60) -> Iterator[DuckDBPyConnection]:
        """Lend a cursor for one question, or for several that belong together; temporary tables die with it.

        Raises: ReadingBeingMade, ReadingTooSlow.
        """
        with self._gate:
            if self._held or self.damaged or self._root is None:
                raise ReadingBeingMade()
            root = self._root
            cursor = root.cursor()
            self._lent.add(cursor)
        try:
            cursor.execute("USE reading")
            with self._watch.over(cursor, timeout_s):
                yield cursor
        except duckdb.Error as error:
            if is_fatal(error):
                self.damaged = True
            if self.damaged or self._root is not root:  # called back, because the file is made anew
                raise ReadingBeingMade() from error
            if isinstance(error, duckdb.InterruptException):
                raise ReadingTooSlow() from error
            raise
        finally:
            with self._gate:
                self._lent.discard(cursor)
                self._gate.notify_all()
            cursor.close()

    @contextmanager
    def write(self) -> Iterator[DuckDBPyConnection]:
        """One transaction of the loader, and of nobody else: committed at the end, or nothing of it happened.

        Raises: ReadingDamaged.
        """
        with self._writing:
            if self._writer is None or self.damaged:
                raise ReadingDamaged("the reading is closed or damaged")
            cursor = self._writer
            try:
                cursor.begin()
                try:
                    yield cursor
                except BaseException:
                    with suppress(duckdb.Error):  # the engine has undone it already
                        cursor.rollback()
                    raise
                cursor.commit()
            except duckdb.Error as error:
                if is_fatal(error):
                    self.damaged = True
                    raise ReadingDamaged(type(error).__name__) from error
                raise

    def progress(self) -> tuple[int, str]:
        """The last loaded record and its hash; (0, "") at the beginning."""
        with self.write() as db:
            ((seq, known_hash),) = db.execute("SELECT loaded_seq, loaded_hash FROM progress").fetchall()
        return int(seq), str(known_hash)

    def has_traces(self) -> bool:
        """Were answers erased that parts of the file may still hold? Only a new file is rid of them."""
        with self.write() as db:
            return db.execute("SELECT has_traces FROM progress").fetchall() == [(True,)]

    def hold(self) -> None:
        """Let nobody read until `release`: what is loaded so far is not the whole."""
        self._held = True

    def release(self) -> None:
        self._held = False

    @property
    def held(self) -> bool:
        return self._held

    def renew(self, *, keep: bool) -> None:
        """Begin again with an empty file. `keep` moves the old one aside, for somebody to look at."""
        with self._writing, self._gate:
            self._close_connections()
            if keep:
                self._move_aside()
            else:
                for file in self._files():
                    file.unlink(missing_ok=True)
            self._connect()
            self.damaged = False

    def close(self) -> None:
        """Write everything into the file and let it go."""
        with self._writing, self._gate:
            self._close_connections()
        self._watch.stop()

    def _open(self) -> None:
        try:
            self._connect()
            return
        except duckdb.Error as error:
            self._close_connections()
            if _is_locked(error):
                raise ReadingInUse() from error
            if not self.path.is_file():
                raise
        except _OtherLayout:
            self._close_connections()
        self._move_aside()
        self._connect()

    def _connect(self) -> None:
        self.fresh = not self.path.exists()
        root = self._root = duckdb.connect()
        root.execute(f"ATTACH {quoted(str(self.path))} AS reading (ROW_GROUP_SIZE 8192)")
        spill = self.tmp / "duckdb"
        for setting in (
            f"SET memory_limit = {quoted(self._memory)}",
            f"SET threads = {self._threads}",
            "SET TimeZone = 'UTC'",
            "SET checkpoint_threshold = '64MB'",
            f"SET temp_directory = {quoted(str(spill))}",
            f"SET allowed_directories = [{quoted(str(self.tmp))}]",
            "SET enable_external_access = false",
            "SET preserve_insertion_order = false",
            "SET lock_configuration = true",
        ):
            root.execute(setting)
        writer = self._writer = root.cursor()
        writer.execute("USE reading")
        self._lay_out(writer)

    def _lay_out(self, db: DuckDBPyConnection) -> None:
        """The tables and views of the reading. Raises: _OtherLayout."""
        layout = layout_of_the_reading()
        known = db.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'reading' AND table_name = 'progress'"
        ).fetchone()
        if known != (0,) and db.execute("SELECT layout FROM progress").fetchall() != [(layout,)]:
            raise _OtherLayout
        db.begin()
        lay_out_tables(db)
        if known == (0,):
            db.execute("INSERT INTO progress VALUES (0, '', $layout, false)", {"layout": layout})
        db.commit()

    def _close_connections(self) -> None:
        """Let the file go: whoever is reading is stopped, at once if they can be."""
        with self._gate:
            root, self._root = self._root, None
            writer, self._writer = self._writer, None
            self._watch.hurry()
            self._gate.wait_for(lambda: not self._lent, CALL_BACK_S)
            left = list(self._lent)  # an export, say, whose reader has gone to sleep
            self._lent.clear()
            for connection in (*left, writer, root):
                if connection is not None:
                    try:
                        connection.close()
                    except duckdb.Error:  # a damaged one: nothing in it is needed
                        self.damaged = True

    def _files(self) -> list[Path]:
        return [self.path, self.path.with_name(self.path.name + ".wal")]

    def _move_aside(self) -> None:
        """Keep the file that cannot be used, and none of those kept before."""
        for file in self._files():
            earlier = list(file.parent.glob(f"{glob.escape(file.name)}.damaged-*"))
            if file.exists():
                target = file.with_name(f"{file.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
                file.rename(target)
                if file == self.path:
                    self.moved_aside = target
            for other in earlier:
                other.unlink(missing_ok=True)


class _OtherLayout(Exception):
    """A reading that an older or newer Baikoo made."""


def is_fatal(error: duckdb.Error) -> bool:
    """Has the engine given up on this file, so that it must be made anew?"""
    return (
        isinstance(error, duckdb.FatalException | duckdb.InternalException | duckdb.SerializationException)
        or "database has been invalidated" in str(error)
        or "Corrupt database" in str(error)
        or "Could not read" in str(error)  # a part of the file is gone; no room to write reads otherwise
    )


def _is_locked(error: duckdb.Error) -> bool:
    message = str(error)
    return "Could not set lock" in message or "being used by another process" in message


def lay_out_tables(db: DuckDBPyConnection) -> None:
    """Every table and view of the reading but the typed ones, which forms bring."""
    db.execute((Path(__file__).parent / "reading.sql").read_text("utf-8"))
    rounds.lay_out(db)


@functools.cache
def layout_of_the_reading() -> str:
    """Names the tables as this version of Baikoo lays them out; its views are made at every opening."""
    digest = hashlib.sha256(str(LAYOUT).encode())
    with duckdb.connect() as db:
        lay_out_tables(db)
        for (definition,) in db.execute("SELECT sql FROM duckdb_tables() ORDER BY table_name").fetchall():
            digest.update(definition.encode() + b"\0")
    return digest.hexdigest()[:16]


def usual_memory() -> str:
    """A quarter of the machine's memory, between 256 MB and 2 GB."""
    quarter = psutil.virtual_memory().total // 4
    return f"{min(max(quarter, 256 * MEGABYTE), 2000 * MEGABYTE) // MEGABYTE}MB"
