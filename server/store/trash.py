"""The trash: submissions that count nowhere any more, until they are restored or purged.

To delete and to restore are decisions, records like any other; a purge erases what was answered, and leaves
the hashes. Answers on an evaluated object can be deleted only once they are void.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, select

from forms.faults.submissions import AttachmentNeedsVoid, DeleteNeedsVoid, NotDeleted
from server.store.audit import NewEntry, write
from server.store.columns import AnyRow
from server.store.deciding import append_decision, changeable, evaluates, refuse_closed_round, standing
from server.store.erasing import erase_record, erase_submission, remove_unused
from server.store.foundation import Foundation
from server.store.refusals import ReasonMissing, SubmissionNotFound
from server.store.tables import form, record, submission, submission_file
from server.store.transaction import Tx
from server.store.troubles import RecordNotFound

T = TypeVar("T")


class Write(Protocol):
    """Store.write."""

    def __call__(self, fn: Callable[[Tx], T], /) -> T: ...


class Trash:
    def __init__(self, foundation: Foundation, write: Write) -> None:
        self._foundation = foundation
        self._write = write

    def delete(self, tx: Tx, submission_seq: int, *, reason: str, now: datetime, actor: int | None) -> int:
        """Put a submission, named by its current version, into the trash; the seq of the decision.

        Raises: SubmissionNotFound, SubmissionDeleted, SubmissionOutdated, SubmissionRoundClosed,
        ReasonMissing, DeleteNeedsVoid.
        """
        row = changeable(tx, submission_seq)
        if evaluates(tx, row.form):
            if not reason.strip():
                raise ReasonMissing()
            if row.state != "void":
                raise DeleteNeedsVoid()
        seq = append_decision(tx, row, "deleted", reason, now, actor)
        self._mark(tx, row.root_seq, now)
        return seq

    def restore(self, tx: Tx, submission_seq: int, *, reason: str, now: datetime, actor: int | None) -> int:
        """Take it out again, as it was. Raises: NotDeleted, SubmissionRoundClosed, ReasonMissing."""
        row = _deleted(tx, submission_seq)
        refuse_closed_round(tx, row.round_id)
        if not reason.strip() and evaluates(tx, row.form):
            raise ReasonMissing()
        seq = append_decision(tx, row, "restored", reason, now, actor)
        self._mark(tx, row.root_seq, None)
        return seq

    def purge(self, submission_seq: int, *, reason: str, now: datetime, actor: int | None) -> None:
        """Erase one that lies in the trash: answers, files, corrections, comments; nothing brings them back.

        Raises: NotDeleted, ReasonMissing.
        """
        if not reason.strip():
            raise ReasonMissing()

        def erase(tx: Tx) -> set[str]:
            root_seq = _deleted(tx, submission_seq).root_seq
            return erase_submission(tx, root_seq, reason=reason, now=now, actor=actor)

        remove_unused(self._foundation, self._write(erase))
        self._foundation.database.forget_freed()

    def due(self, before: datetime, limit: int = 100) -> tuple[int, ...]:
        """Those that were deleted before this moment, by the seq of their current version, oldest first.

        What went there with a form that gave its name away stays as long as that form lies in the trash.
        """
        question = (
            select(submission.c.seq)
            .join(record, record.c.seq == submission.c.seq)
            .join(form, form.c.id == submission.c.form)
            .where(
                submission.c.deleted_at.is_not(None),
                submission.c.deleted_at < before,
                form.c.gave_way_at.is_(None) | (submission.c.deleted_at < form.c.gave_way_at),
                submission.c.replaced_by.is_(None),
                record.c.payload.is_not(None),
            )
            .order_by(submission.c.seq)
            .limit(limit)
        )
        with self._foundation.database.read() as connection:
            return tuple(connection.scalars(question))

    def remove_file(
        self, submission_seq: int, name: str, *, reason: str, now: datetime, actor: int | None
    ) -> None:
        """Erase a file of a version, current or not; that it was there stays known.

        Raises: SubmissionNotFound, SubmissionDeleted, SubmissionRoundClosed, RecordNotFound (there is no such
        file), ReasonMissing, AttachmentNeedsVoid.
        """

        def erase(tx: Tx) -> set[str]:
            row = standing(tx, submission_seq)
            if evaluates(tx, row.form):
                if not reason.strip():
                    raise ReasonMissing()
                if row.state != "void":
                    raise AttachmentNeedsVoid()
            files = submission_file.c
            seq = tx.conn.scalar(
                select(files.seq).where(files.submission == submission_seq, files.name == name)
            )
            if seq is None:
                raise RecordNotFound(seq=0)
            said = reason.strip() or "deleted"
            _erased, blob = erase_record(tx, seq, instance=None, reason=said, now=now, actor=actor)
            notes = tx.asked.notes if tx.asked is not None else None
            details = {"submission": submission_seq, "deleted": 1}
            first = select(record.c.subject).where(record.c.seq == row.root_seq)
            subject = tx.conn.scalar(first) or row.subject
            # else the erasure would say that the whole submission was purged
            write(tx, [NewEntry(now, actor, "submission.attachment.update", subject, details, notes)])
            return {blob} if blob is not None else set()

        remove_unused(self._foundation, self._write(erase))

    def _mark(self, tx: Tx, root_seq: int, moment: datetime | None) -> None:
        tx.conn.execute(submission.update().where(_of_root(root_seq)).values(deleted_at=moment))


def _of_root(root_seq: int) -> ColumnElement[bool]:
    return (submission.c.seq == root_seq) | (
        (submission.c.root_seq == root_seq) & (submission.c.root_seq != submission.c.seq)
    )


def _deleted(tx: Tx, submission_seq: int) -> AnyRow:
    """The current version of one in the trash. Raises: SubmissionNotFound, NotDeleted (or purged)."""
    row: AnyRow | None = tx.conn.execute(
        select(
            submission.c.seq,
            submission.c.root_seq,
            submission.c.instance_id,
            submission.c.round_id,
            submission.c.form,
            submission.c.deleted_at,
            record.c.subject,
            record.c.payload.is_(None).label("erased"),
            form.c.project_id,
        )
        .join(record, record.c.seq == submission.c.seq)
        .join(form, form.c.id == submission.c.form)
        .where(submission.c.seq == submission_seq)
    ).one_or_none()
    if row is None:
        raise SubmissionNotFound(instance_id=submission_seq)
    if row.deleted_at is None or row.erased:
        raise NotDeleted(instance_id=row.instance_id)
    return row
