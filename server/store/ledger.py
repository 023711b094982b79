"""The ledger as it is read: records in order, the head, and the export that anyone can verify."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import Connection, func, select

from server.store import chain
from server.store.columns import AnyRow, moment
from server.store.database import Database
from server.store.tables import record
from server.store.troubles import RecordNotFound

BATCH_BYTES = 64_000_000
OUTLINES = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `payload` is None when it was erased by law; `actor` None is the owner's command line."""

    seq: int
    at: datetime
    kind: str  # submission, attachment, form, decision, round, registry, erasure
    subject: str
    actor: int | None
    round_id: str | None
    payload_sha256: str
    prev: str
    hash: str
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Outline:
    """A record without its content: what it is about, and whether it was erased by law."""

    seq: int
    kind: str
    subject: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; (0, 64 zeros) while nothing is in it."""

    seq: int
    hash: str


def subject_of(project_id: int, *names: str) -> str:
    """What a record is about: project/form/instanceID and the like, each name percent-encoded.

    A submission taken from the quarantine under an instanceID that was known already has a fourth part, the
    beginning of its payload's sha256: it is a version of the submission without that part.
    """
    return "/".join([str(project_id), *(quote(name, safe=":") for name in names)])


def head_of(connection: Connection) -> Head:
    row = connection.execute(
        select(record.c.seq, record.c.hash).order_by(record.c.seq.desc()).limit(1)
    ).one_or_none()
    return Head(row.seq, row.hash) if row is not None else Head(0, chain.BEGINNING)


def _record(row: AnyRow) -> Record:
    return Record(
        row.seq,
        moment(row.at),
        row.kind,
        row.subject,
        row.actor or None,
        row.round or None,
        row.payload_sha256,
        row.prev,
        row.hash,
        None if row.payload is None else bytes(row.payload),
    )


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self) -> Head:
        """The last record that is committed (asks the database)."""
        with self._database.read() as connection:
            return head_of(connection)

    def records_after(self, seq: int, limit: int = 500) -> list[Record]:
        """The records after `seq`, in order, payloads included, about 64 MB of them at most."""
        with self._database.read() as connection:
            last = _fitting(connection, seq, limit)
            rows = connection.execute(
                select(record).where(record.c.seq > seq, record.c.seq <= last).order_by(record.c.seq)
            )
            return [_record(row) for row in rows]

    def record(self, seq: int) -> Record:
        """Raises: RecordNotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(record).where(record.c.seq == seq)).one_or_none()
        if row is None:
            raise RecordNotFound(seq=seq)
        return _record(row)

    def outlines(self, until: int) -> Iterator[Outline]:
        """The records up to this one, in order, read in batches without their content."""
        after = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    select(record.c.seq, record.c.kind, record.c.subject, record.c.payload.is_(None))
                    .where(record.c.seq > after, record.c.seq <= until)
                    .order_by(record.c.seq)
                    .limit(OUTLINES)
                ).all()
            if not rows:
                return
            for row in rows:
                yield Outline(row[0], row[1], row[2], bool(row[3]))
            after = rows[-1].seq

    def export(self, after: int = 0) -> Iterator[bytes]:
        """JSON Lines, one record each, payload in base64 (null when erased); see verify_ledger.py."""
        while True:
            with self._database.read() as connection:
                last = _fitting(connection, after, 500)
                rows = connection.execute(
                    select(record).where(record.c.seq > after, record.c.seq <= last).order_by(record.c.seq)
                ).all()
            if not rows:
                return
            for row in rows:
                line = dict(row._mapping)
                if line["payload"] is not None:
                    line["payload"] = base64.b64encode(line["payload"]).decode("ascii")
                yield chain.canonical(line) + b"\n"
            after = rows[-1].seq


def _fitting(connection: Connection, seq: int, limit: int) -> int:
    """The last record of a batch: `limit` of them, or fewer where payloads are large; at least one."""
    sizes = connection.execute(
        select(record.c.seq, func.length(record.c.payload))
        .where(record.c.seq > seq)
        .order_by(record.c.seq)
        .limit(limit)
    )
    last, total = seq, 0
    for number, size in sizes:
        total += size or 0
        if total > BATCH_BYTES and last > seq:
            break
        last = number
    return last
