"""What was refused though it could be read: kept once, bounded, because a phone cannot mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from forms.decoding import decode
from forms.errors import BaikooError, Sentence
from server.store import chain
from server.store.arrival import Arrival, Outcome
from server.store.audit import Audit
from server.store.columns import AnyRow
from server.store.foundation import Foundation
from server.store.ledger import subject_of
from server.store.receiving import Receiving, instance_key, prepare
from server.store.refusals import RefusedDecided, RefusedNotFound
from server.store.tables import quarantine, record, submission
from server.store.transaction import Tx

MAX_BYTES = 256_000_000  # of all of them together
MAX_ENTRIES = 20_000
AT_ONCE = 500
_COLUMNS = [column for column in quarantine.c if column.name != "xml"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused instance. `reason` is the sentence it was refused with."""

    quarantine_id: int
    project_id: int
    form_id: str
    version: str
    instance_id: str
    deprecated_id: str | None
    actor: int | None
    device_id: str | None
    reason: Sentence
    sha256: str
    size: int
    refused_at: datetime
    times: int  # how often the phone has tried
    accepted_seq: int | None
    discarded_at: datetime | None


def _refused(row: AnyRow) -> Refused:
    details = decode(row.reason_details, dict[str, str | int | float])
    return Refused(
        row.id,
        row.project_id,
        row.form_id,
        row.version,
        row.instance_id,
        row.deprecated_id,
        row.actor_id or None,
        row.device_id,
        Sentence(row.reason, **details),
        row.sha256,
        row.size,
        row.refused_at,
        row.times,
        row.accepted_seq,
        row.discarded_at,
    )


def _arrived_since(connection: Connection, rows: Sequence[AnyRow]) -> frozenset[int]:
    """Those of the refused whose very bytes are in the ledger by now."""
    by_key = {
        (instance_key(subject_of(row.project_id, row.form_id, row.instance_id)), row.sha256): row.id
        for row in rows
    }
    keys = [key for key, _sha256 in by_key]
    found: set[int] = set()
    for start in range(0, len(keys), AT_ONCE):
        known = (
            select(submission.c.instance_key, record.c.payload_sha256)
            .join(record, record.c.seq == submission.c.seq)
            .where(submission.c.instance_key.in_(keys[start : start + AT_ONCE]))
        )
        for key, sha256 in connection.execute(known):
            if (number := by_key.get((bytes(key), sha256))) is not None:
                found.add(number)
    return frozenset(found)


class Quarantine:
    def __init__(self, foundation: Foundation, receiving: Receiving, audit: Audit) -> None:
        self._audit = audit
        self._database = foundation.database
        self._receiving = receiving

    def all(self, project_id: int, *, undecided: bool = True) -> tuple[Refused, ...]:
        """Newest first. What was refused and received later all the same (an edit that came before the one
        it edits, say) needs no decision."""
        question = select(*_COLUMNS).where(quarantine.c.project_id == project_id)
        if undecided:
            question = question.where(
                quarantine.c.accepted_seq.is_(None), quarantine.c.discarded_at.is_(None)
            )
        with self._database.read() as connection:
            rows = connection.execute(question.order_by(quarantine.c.id.desc())).all()
            arrived = _arrived_since(connection, rows) if undecided else frozenset[int]()
        return tuple(_refused(row) for row in rows if row.id not in arrived)

    def get(self, quarantine_id: int) -> Refused:
        """Raises: RefusedNotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(quarantine.c.id == quarantine_id)).one_or_none()
        if row is None:
            raise RefusedNotFound(quarantine_id=quarantine_id)
        return _refused(row)

    def xml(self, quarantine_id: int) -> bytes:
        """Raises: RefusedNotFound (also when it was decided: its bytes are in the ledger, or gone)."""
        with self._database.read() as connection:
            xml = connection.scalar(select(quarantine.c.xml).where(quarantine.c.id == quarantine_id))
        if xml is None:
            raise RefusedNotFound(quarantine_id=quarantine_id)
        return bytes(xml)

    def accepted(self, project_id: int, xml: bytes) -> Outcome | None:
        """Were these bytes accepted from the quarantine? Asked before a refusal leaves: then it is a 201.

        `Store.receive` asks by itself; the action asks for what it refuses earlier (form closed, version
        unknown).
        """
        question = (
            select(submission.c.seq, submission.c.root_seq)
            .join(quarantine, quarantine.c.accepted_seq == submission.c.seq)
            .where(
                quarantine.c.project_id == project_id,
                quarantine.c.sha256 == chain.sha256(xml),
                submission.c.deleted_at.is_(None),
            )
        )
        with self._database.read() as connection:
            row = connection.execute(question).one_or_none()
        return Outcome(row.seq, "again", row.root_seq) if row is not None else None

    def keep(
        self,
        tx: Tx,
        project_id: int,
        xml: bytes,
        error: BaikooError,
        *,
        form_id: str,
        version: str,
        instance_id: str,
        deprecated_id: str | None,
        actor: int | None,
        device_id: str | None,
        now: datetime,
    ) -> bool:
        """Keep what an authenticated sender was refused; False when there is no room.

        The phone still has it then. The same bytes again are only counted.
        """
        sha256 = chain.sha256(xml)
        same = (quarantine.c.project_id == project_id) & (quarantine.c.sha256 == sha256)
        again = tx.conn.execute(quarantine.update().where(same).values(times=quarantine.c.times + 1))
        if again.rowcount:
            return True
        held = select(func.count(), func.coalesce(func.sum(quarantine.c.size), 0)).where(
            quarantine.c.xml.is_not(None)
        )
        count, size = tx.conn.execute(held).one()
        if count >= MAX_ENTRIES or size + len(xml) > MAX_BYTES:
            return False
        tx.conn.execute(
            quarantine.insert().values(
                project_id=project_id,
                sha256=sha256,
                xml=xml,
                size=len(xml),
                form_id=form_id,
                version=version,
                instance_id=instance_id,
                deprecated_id=deprecated_id,
                actor_id=actor or chain.NOBODY,
                device_id=device_id.replace("\0", "\ufffd") if device_id is not None else None,
                reason=error.text,
                reason_details=msgspec.json.encode(dict(error.details)).decode(),
                refused_at=now,
                times=1,
            )
        )
        return True

    def accept(
        self,
        tx: Tx,
        quarantine_id: int,
        *,
        version: str,
        round_id: str | None,
        expected: tuple[str, ...],
        now: datetime,
        actor: int | None,
    ) -> Outcome:
        """Take it into the ledger after all, as a new version where its instanceID is known already.

        `version`: the form version to file it under, the one it names or a known one instead; `expected`
        and `round_id` as of any arrival. The sender stays who sent it; `actor` decided.
        The phone's next try is a 201. Raises: RefusedNotFound, RefusedDecided, FormVersionNotFound,
        SubmissionDeleted (what it edits is in the trash).
        """
        row = tx.conn.execute(select(quarantine).where(quarantine.c.id == quarantine_id)).one_or_none()
        if row is None:
            raise RefusedNotFound(quarantine_id=quarantine_id)
        if row.xml is None:
            raise RefusedDecided(quarantine_id=quarantine_id)
        arrival = Arrival(
            project_id=row.project_id,
            form_id=row.form_id,
            version=version,
            instance_id=row.instance_id,
            deprecated_id=row.deprecated_id,
            xml=bytes(row.xml),
            at=now,
            expected=expected,
            round_id=round_id,
            actor=row.actor_id or None,
            device_id=row.device_id,
        )
        outcome = self._receiving.admit(tx, prepare(arrival))
        tx.conn.execute(
            quarantine.update()
            .where(quarantine.c.id == quarantine_id)
            .values(xml=None, accepted_seq=outcome.seq)
        )
        self._audit.add(
            tx,
            "quarantine.accept",
            subject_of(row.project_id, row.form_id, row.instance_id),
            now=now,
            actor=actor,
            details={"seq": outcome.seq},
        )
        return outcome

    def discard(self, tx: Tx, quarantine_id: int, *, now: datetime) -> None:
        """Its bytes go, its hash stays: a retry is refused as before and not kept again.

        Raises: RefusedNotFound, RefusedDecided.
        """
        row = tx.conn.execute(
            select(quarantine.c.accepted_seq, quarantine.c.discarded_at).where(
                quarantine.c.id == quarantine_id
            )
        ).one_or_none()
        if row is None:
            raise RefusedNotFound(quarantine_id=quarantine_id)
        if row.accepted_seq is not None or row.discarded_at is not None:
            raise RefusedDecided(quarantine_id=quarantine_id)
        tx.conn.execute(
            quarantine.update().where(quarantine.c.id == quarantine_id).values(xml=None, discarded_at=now)
        )
