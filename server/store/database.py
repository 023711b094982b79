"""The database of the truth: SQLite in the data folder, or PostgreSQL; one engine writes, one reads.

What was learnt by measuring stands in design.md 2.3; every setting here has its reason there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from server.store.troubles import DatabaseAddressInvalid, trouble_of

log = logging.getLogger("baikoo.store")

SQLITE_FILE = "baikoo.sqlite3"
BUSY_SECONDS = 10  # how long a process waits for another one's transaction
JOURNAL_BYTES = 64 * 1024 * 1024
Cell = str | int | bytes | None


class Database:
    """Two engines on one database. What only one of the two products can do stands in this file alone."""

    def __init__(self, data: Path, address: str | None) -> None:
        self.file = data / SQLITE_FILE if address is None else None
        self.address = address
        if self.file is not None:
            self.file.touch(mode=0o600)  # its log and index get the same rights
            url: str | URL = URL.create("sqlite", database=str(self.file))
            options: dict[str, object] = {"connect_args": {"timeout": BUSY_SECONDS, "cached_statements": 512}}
        else:
            assert address is not None
            url, options = address, {"connect_args": {"connect_timeout": BUSY_SECONDS}, "pool_pre_ping": True}
        try:
            if self.file is None and make_url(url).get_backend_name() != "postgresql":
                raise DatabaseAddressInvalid()
            self.writing = create_engine(url, pool_size=1, max_overflow=0, **options)
            self.reading = create_engine(url, pool_size=8, max_overflow=24, **options)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:  # ImportError: no driver installed
            raise DatabaseAddressInvalid() from error
        self.placeholder = "?" if self.is_sqlite else "%s"
        for engine in (self.writing, self.reading):
            event.listen(engine, "connect", self._on_connect)
        event.listen(self.writing, "begin", self._on_begin_writing)
        event.listen(self.reading, "begin", self._on_begin_reading)

    @property
    def is_sqlite(self) -> bool:
        return self.file is not None

    def _on_connect(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        if not self.is_sqlite:
            cursor = connection.cursor()
            # a 201 means that it is on disk, whatever the server's own default is
            cursor.execute("SET synchronous_commit = on")
            cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
            cursor.execute("SET idle_in_transaction_session_timeout = '10min'")
            cursor.close()
            connection.commit()
            return
        connection.isolation_level = None  # transactions begin and end where we say so
        # its own know the letters of English alone
        connection.create_function("small_letters", 1, _small_letters, deterministic=True)
        connection.create_function("capital_letters", 1, _capital_letters, deterministic=True)
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"journal_size_limit = {JOURNAL_BYTES}",
            "wal_autocheckpoint = 0",  # a thread does it, so that no submission waits for it
            "cache_size = -32000",
            "temp_store = MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _on_begin_writing(self, connection: Connection) -> None:
        if self.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _on_begin_reading(self, connection: Connection) -> None:
        # several questions of one reader are answered from one state
        connection.exec_driver_sql(
            "BEGIN" if self.is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database, for as long as the block lasts: keep it short.

        Raises: StoreBusy, StoreDamaged, DatabaseUnreachable.
        """
        try:
            with self.reading.begin() as connection:
                yield connection
        except DBAPIError as error:
            if (trouble := trouble_of(error)) is not None:
                raise trouble from error
            raise

    def insert(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        tail: str = "",
    ) -> None:
        """Insert rows with few statements: one call of the driver for many rows lets others work meanwhile.

        Executing row by row gives up and takes back the interpreter's lock once per row. The numbers of rows
        are powers of two, so that few statements have to be prepared.
        """
        one = f"({', '.join([self.placeholder] * len(columns))})"
        head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - names of ours
        start = 0
        while start < len(rows):
            count = min(128, 1 << ((len(rows) - start).bit_length() - 1))
            values = tuple(cell for row in rows[start : start + count] for cell in row)
            connection.exec_driver_sql(f"{head}{', '.join([one] * count)} {tail}", values)
            start += count

    def lock_chain(self, connection: Connection) -> None:
        """Let nobody else append until the end of this transaction (SQLite: BEGIN IMMEDIATE did it)."""
        if not self.is_sqlite:
            connection.exec_driver_sql("SELECT id FROM chain WHERE id = 1 FOR UPDATE")

    def lock_layout(self, connection: Connection) -> None:
        """Let one process at a time make or migrate tables."""
        if not self.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7221410)")

    def indexes(self, prefix: str, connection: Connection | None = None) -> list[str]:
        """The names of the indexes there are that begin with this."""
        table, column = ("sqlite_master", "name") if self.is_sqlite else ("pg_indexes", "indexname")
        where = "type = 'index'" if self.is_sqlite else "schemaname = current_schema()"
        question = text(
            f"SELECT {column} FROM {table} WHERE {where} AND substr({column}, 1, :length) = :prefix"  # noqa: S608
        ).bindparams(length=len(prefix), prefix=prefix)
        if connection is not None:
            return list(connection.scalars(question))
        with self.read() as reading:
            return list(reading.scalars(question))

    def checkpoint(self) -> None:
        """Move what is committed from the log into the file, without making anybody wait."""
        if self.is_sqlite:
            self._pragma("wal_checkpoint(PASSIVE)")

    def log_is_long(self) -> bool:
        """Has SQLite's log grown past what it should keep? While phones send without a pause it does."""
        if self.file is None:
            return False
        try:
            return self.file.with_name(self.file.name + "-wal").stat().st_size > JOURNAL_BYTES
        except FileNotFoundError:
            return False

    def begin_log_anew(self) -> None:
        """Let the log be written from its beginning again; a reader that needs it puts that off.

        Only whoever writes finds the moment for it: a checkpoint beside the writer never quite catches up.
        """
        self._pragma("busy_timeout = 50", "wal_checkpoint(RESTART)", f"busy_timeout = {BUSY_SECONDS * 1000}")

    def forget_freed(self) -> None:
        """Make sure that erased bytes are gone from the files too, as far as readers allow."""
        if self.is_sqlite:
            self._pragma("wal_checkpoint(TRUNCATE)")
        else:
            with self.reading.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                raw.autocommit = True
                try:
                    raw.execute("VACUUM record")
                finally:
                    raw.autocommit = False

    def quick_check(self) -> list[str]:
        """What SQLite itself finds wrong with its file; nothing on PostgreSQL, which looks by itself."""
        if not self.is_sqlite:
            return []
        try:
            with self.reading.connect() as connection:
                rows = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
        except DBAPIError as error:
            return [str(error.orig)]
        return [str(row) for row in rows if row != "ok"]

    def _pragma(self, *pragmas: str) -> None:
        raw = self.reading.raw_connection()
        try:
            cursor = raw.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
                cursor.fetchall()
            cursor.close()
        finally:
            raw.close()

    def close(self) -> None:
        self.writing.dispose()
        self.reading.dispose()


def _small_letters(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _capital_letters(text: str | None) -> str | None:
    return None if text is None else text.upper()


def engine_name(engine: Engine) -> str:
    return engine.dialect.name
