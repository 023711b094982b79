"""Tx: one change of the truth, as the family modules see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from server.store import chain
from server.store.asked import Asked
from server.store.columns import moment_text
from server.store.database import Cell, Database
from server.store.generations import Generations
from server.store.ledger import Head

KINDS = frozenset({"submission", "attachment", "form", "decision", "round", "registry", "erasure"})
ROUND_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COLUMNS = ("seq", "at", "kind", "subject", "actor", "round", "payload_sha256", "prev", "hash", "payload")
_FLUSH_BYTES = 16_000_000
# one question at the start: the end of the chain, and whether another process has changed anything cached
_HEAD = "SELECT seq, hash, (SELECT sum(number) FROM generation) FROM record ORDER BY seq DESC LIMIT 1"
_TOTAL = "SELECT 0, '', sum(number) FROM generation"


@dataclass(frozen=True, slots=True)
class Appended:
    """A record that a change has put into the ledger."""

    kind: str
    subject: str
    payload: bytes
    at: datetime
    actor: int | None


class Tx:
    """A transaction that holds the write lock; only the writer thread makes one.

    Read functions of the families see what was committed before it, by any process, and not what it has
    written so far itself.
    """

    def __init__(self, database: Database, connection: Connection, generations: Generations) -> None:
        self.database = database
        self.conn = connection
        self.begin_change(None)
        self._generations = generations
        self._touched: dict[str, int] = {}
        self._waiting: list[tuple[Cell, ...]] = []
        self._waiting_bytes = 0
        database.lock_chain(connection)
        row = connection.exec_driver_sql(_HEAD).one_or_none()
        if row is None:
            row = connection.exec_driver_sql(_TOTAL).one()
        self._head = Head(row[0], row[1] or chain.BEGINNING)
        if row[2] != generations.total:
            generations.read_from(connection)

    @property
    def head(self) -> Head:
        return self._head

    def begin_change(self, asked: Asked | None) -> None:
        """From here on everything belongs to one change, made for this request or for none."""
        self.asked = asked
        self.entries = 0  # of the audit log
        self.records: list[Appended] = []  # of the ledger, submissions apart

    def append(
        self,
        kind: str,
        subject: str,
        payload: bytes,
        *,
        at: datetime,
        actor: int | None = None,
        round_id: str | None = None,
    ) -> int:
        """Append a record to the ledger; its seq."""
        if kind not in KINDS or (round_id is not None and not ROUND_ID.fullmatch(round_id)):
            raise ValueError("no such kind of record, or no such round id")
        self.records.append(Appended(kind, subject, payload, at, actor))
        return self.append_hashed(
            kind, subject, payload, chain.sha256(payload), moment_text(at), actor, round_id
        )

    def append_hashed(
        self,
        kind: str,
        subject: str,
        payload: bytes,
        payload_sha256: str,
        at: str,
        actor: int | None,
        round_id: str | None,
    ) -> int:
        """The same for the hot path, where everything was checked and hashed before the lock was taken."""
        seq, prev = self._head.seq + 1, self._head.hash
        who, round_text = actor or chain.NOBODY, round_id or ""
        header = chain.header(seq, at, kind, subject, who, round_text, payload_sha256, prev)
        self._head = Head(seq, chain.sha256(header))
        self._waiting.append(
            (seq, at, kind, subject, who, round_text, payload_sha256, prev, self._head.hash, payload)
        )
        self._waiting_bytes += len(payload)
        if self._waiting_bytes > _FLUSH_BYTES:
            self.flush()
        return seq

    def flush(self) -> None:
        """Write the records that were appended; the writer does it before every commit."""
        if self._waiting:
            self.database.insert(self.conn, "record", _COLUMNS, self._waiting)
            self._waiting, self._waiting_bytes = [], 0

    def touch(self, family: str) -> None:
        """Say that what is cached of this family is old, in every process."""
        if family not in self._touched:
            mark = self.database.placeholder
            self.conn.exec_driver_sql(
                f"UPDATE generation SET number = number + 1 WHERE family = {mark}",  # noqa: S608 - a mark
                (family,),
            )
            row = self.conn.exec_driver_sql(
                f"SELECT number FROM generation WHERE family = {mark}",  # noqa: S608 - a mark
                (family,),
            ).one()
            self._touched[family] = row[0]

    def committed(self) -> None:
        """Called once everything is on disk."""
        if self._touched:
            self._generations.learn(self._touched)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the group that may fail alone: its work is undone, that of the others stays."""
        self.flush()
        head, touched = self._head, dict(self._touched)
        with self.conn.begin_nested() as savepoint:
            try:
                yield
                self.flush()
            except BaseException:
                self._head, self._touched = head, touched
                self._waiting, self._waiting_bytes = [], 0
                savepoint.rollback()
                raise
