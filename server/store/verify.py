"""Proof that nothing was lost or altered: the chain, every payload and blob, and the tables beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from forms.decoding import decode
from forms.errors import N_, Sentence
from server.store import chain
from server.store.columns import AnyRow
from server.store.files import Attachment
from server.store.ledger import Head
from server.store.store import Store
from server.store.tables import draft, draft_media, draft_submission_file, form_media, record
from server.store.troubles import StoreBroken, StoreDamaged
from server.store.verify_entities import compare_entities
from server.store.verify_tables import Tables

Progress = Callable[[str, int, int], None]
"""Called with ("records", how many are done, how many there are)."""

BATCH = 500
START = Head(0, chain.BEGINNING)
# what reading a damaged file can come to: refused by the database, or a text where bytes should be
DAMAGED = (StoreDamaged, StoreBroken, DBAPIError, TypeError, ValueError, AttributeError, msgspec.MsgspecError)
MOST_UNREADABLE = 100  # so many records that cannot be read are named; then the file as a whole is past it

GONE = N_("Record {seq} is missing.")
ALTERED = N_("Record {seq} ({subject}) was altered: its hash does not fit.")
UNCHAINED = N_("Record {seq} ({subject}) does not follow on the one before it: one of the two was altered.")
PAYLOAD_ALTERED = N_("The content of record {seq} ({subject}) was altered.")
PAYLOAD_GONE = N_("The content of record {seq} ({subject}) is gone, and no erasure says why.")
NOT_ERASED = N_("Record {seq} ({subject}) was to be erased, and its content is still there.")
UNREADABLE = N_("Record {seq} cannot be read: the database is damaged there.")
BLOB_GONE = N_("The file {sha256} of {subject} is missing.")
BLOB_ALTERED = N_("The file {sha256} of {subject} was altered.")
DATABASE_SAYS = N_("The database is damaged, and says itself: {reason}")
TABLES_UNREADABLE = N_("The tables beside the ledger cannot be read: the database is damaged there.")
HEADLESS = N_("The database is too damaged to be read. Restore the latest backup.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which record, about what, in which blob."""

    sentence: Sentence
    seq: int | None = None
    subject: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    head: Head
    records: int
    erased: int
    blobs: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings


class _Named(msgspec.Struct):
    """The blobs that the payload of a form or a round names."""

    xform_sha256: str | None = None
    workbook_sha256: str | None = None
    tables: dict[str, str] = {}
    release: dict[str, str] = {}


class _Erasure(msgspec.Struct):
    subject_seq: int


def verify(store: Store, progress: Progress | None = None) -> Report:
    """Read everything once and compare it with its hashes; what arrives meanwhile is left out."""
    walk = _Walk(store, progress or (lambda step, done, total: None))
    for reason in store.database.quick_check():
        walk.find(DATABASE_SAYS, reason=reason)
    try:
        walk.go()
    except DAMAGED:
        walk.find(HEADLESS)
    return Report(walk.head, walk.records, len(walk.emptied), len(walk.blobs), tuple(walk.findings))


@dataclass(slots=True)
class _Walk:
    """One walk along the chain, from the first record to the head."""

    store: Store
    progress: Progress
    head: Head = START
    records: int = 0
    findings: list[Finding] = field(default_factory=list)
    blobs: set[bytes] = field(default_factory=set)
    emptied: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)

    def find(
        self,
        text: str,
        *,
        seq: int | None = None,
        subject: str | None = None,
        sha256: str | None = None,
        **details: str,
    ) -> None:
        named = {"seq": seq, "subject": subject, "sha256": sha256, **details}
        sentence = Sentence(text, **{name: value for name, value in named.items() if value is not None})
        self.findings.append(Finding(sentence, seq, subject, sha256))

    def go(self) -> None:
        last = self.store.ledger.head().seq
        tables = Tables(self.store.database, self.find)
        before = START
        for rows in self._batches(last):
            for row in rows:
                before = self._follow(row, before)
            try:
                tables.compare_batch(rows)
            except DAMAGED:
                self.find(TABLES_UNREADABLE, seq=rows[0].seq if rows else None)
            self.progress("records", min(before.seq, last), last)
        if before.seq < last:
            self.find(GONE, seq=before.seq + 1)
        self.head = before
        self._erasures()
        self._other_blobs()
        try:
            tables.compare_whole(last)
            compare_entities(self.store.database, self.find, last)
        except DAMAGED:
            self.find(TABLES_UNREADABLE)

    def _batches(self, last: int) -> Iterator[list[AnyRow]]:
        for first in range(1, last + 1, BATCH):
            end = min(first + BATCH - 1, last)
            try:
                yield self._rows(first, end)
            except DAMAGED:
                yield self._one_by_one(first, end)

    def _rows(self, first: int, end: int) -> list[AnyRow]:
        question = select(record).where(record.c.seq.between(first, end)).order_by(record.c.seq)
        with self.store.database.read() as connection:
            return list(connection.execute(question))

    def _one_by_one(self, first: int, end: int) -> list[AnyRow]:
        rows: list[AnyRow] = []
        unreadable = 0
        for seq in range(first, end + 1):
            try:
                rows += self._rows(seq, seq)
            except DAMAGED:
                self.find(UNREADABLE, seq=seq)
                unreadable += 1
                if unreadable > MOST_UNREADABLE:
                    raise
        return rows

    def _follow(self, row: AnyRow, before: Head) -> Head:
        try:
            self._record(row, before)
        except DAMAGED:
            self.find(UNREADABLE, seq=row.seq)
        return Head(row.seq, row.hash)

    def _record(self, row: AnyRow, before: Head) -> None:
        """One record: its place, its hash, its payload, the blobs it names."""
        seq, subject = row.seq, row.subject
        self.records += 1
        if seq != before.seq + 1:
            self.find(GONE, seq=before.seq + 1)
        if row.prev != before.hash:
            self.find(UNCHAINED, seq=seq, subject=subject)
        header: dict[str, chain.Json] = {
            name: getattr(row, name)
            for name in ("seq", "at", "kind", "subject", "actor", "round", "payload_sha256", "prev")
        }
        if chain.sha256(chain.canonical(header)) != row.hash:
            self.find(ALTERED, seq=seq, subject=subject)
        if row.payload is None:
            self.emptied[seq] = subject
        elif chain.sha256(bytes(row.payload)) != row.payload_sha256:
            self.find(PAYLOAD_ALTERED, seq=seq, subject=subject)
        else:
            self._named_blobs(row)

    def _named_blobs(self, row: AnyRow) -> None:
        payload = bytes(row.payload)
        if row.kind == "attachment":
            self._blob(decode(payload, Attachment).sha256, row.seq, row.subject)
        elif row.kind in ("form", "round"):
            named = decode(payload, _Named)
            wanted = [
                named.xform_sha256,
                named.workbook_sha256,
                *named.tables.values(),
                *named.release.values(),
            ]
            for sha256 in wanted:
                if sha256 is not None:
                    self._blob(sha256, row.seq, row.subject)
        elif row.kind == "erasure":
            self.erased.add(decode(payload, _Erasure).subject_seq)

    def _blob(self, sha256: str, seq: int | None, subject: str) -> None:
        digest = bytes.fromhex(sha256)
        if digest not in self.blobs:
            self.blobs.add(digest)
            if not self.store.blobs.exists(sha256):
                self.find(BLOB_GONE, seq=seq, subject=subject, sha256=sha256)
            elif not self.store.blobs.is_whole(sha256):
                self.find(BLOB_ALTERED, seq=seq, subject=subject, sha256=sha256)

    def _erasures(self) -> None:
        for seq, subject in self.emptied.items():
            if seq not in self.erased:
                self.find(PAYLOAD_GONE, seq=seq, subject=subject)
        with self.store.database.read() as connection:
            for start in range(0, len(self.erased), BATCH):
                some = sorted(self.erased)[start : start + BATCH]
                question = select(record.c.seq, record.c.subject).where(
                    record.c.seq.in_(some), record.c.payload.is_not(None)
                )
                for seq, subject in connection.execute(question):
                    self.find(NOT_ERASED, seq=seq, subject=subject)

    def _other_blobs(self) -> None:
        """What tables name and no record does: media of forms, drafts and what was sent to them."""
        questions = (
            select(form_media.c.sha256, form_media.c.name),
            select(draft_media.c.sha256, draft_media.c.name),
            select(draft_submission_file.c.sha256, draft_submission_file.c.name),
            select(draft.c.xform_sha256, draft.c.title),
            select(draft.c.workbook_sha256, func.coalesce(draft.c.workbook_name, draft.c.title)),
        )
        with self.store.database.read() as connection:
            named = [
                (sha256, name) for question in questions for sha256, name in connection.execute(question)
            ]
        for sha256, name in named:
            if sha256 is not None:
                self._blob(sha256, None, name)
