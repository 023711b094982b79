"""What every decision on a submission has in common: when it may still be taken, and how it is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from forms.faults.submissions import SubmissionDeleted
from server.store import chain
from server.store.columns import AnyRow
from server.store.refusals import SubmissionNotFound, SubmissionOutdated, SubmissionRoundClosed
from server.store.round_rows import load_rounds
from server.store.tables import decision, form, form_version, record, submission
from server.store.transaction import Tx

# what lets another value count than the one sent: a person's word, or an edit that left it standing
CORRECTING = ("corrected", "kept")
# all that the log of corrections tells: an edit that answers anew supersedes one, too
OF_VALUES = (*CORRECTING, "superseded")


def changeable(tx: Tx, submission_seq: int) -> AnyRow:
    """The submission, when a decision may still be taken on it.

    Raises: SubmissionNotFound, SubmissionDeleted, SubmissionOutdated, SubmissionRoundClosed.
    """
    row = standing(tx, submission_seq)
    if row.replaced_by is not None:
        raise SubmissionOutdated(instance_id=row.instance_id)
    return row


def standing(tx: Tx, submission_seq: int) -> AnyRow:
    """A version, current or not, that neither the trash nor the closing of a round keeps as it is.

    Raises: SubmissionNotFound, SubmissionDeleted, SubmissionRoundClosed.
    """
    row = tx.conn.execute(
        select(
            submission.c.seq,
            submission.c.instance_id,
            submission.c.replaced_by,
            submission.c.round_id,
            submission.c.deleted_at,
            submission.c.root_seq,
            submission.c.form,
            submission.c.state,
            record.c.subject,
            form.c.project_id,
            form.c.form_id,
        )
        .join(record, record.c.seq == submission.c.seq)
        .join(form, form.c.id == submission.c.form)
        .where(submission.c.seq == submission_seq)
    ).one_or_none()
    if row is None:
        raise SubmissionNotFound(instance_id=submission_seq)
    if row.deleted_at is not None:
        raise SubmissionDeleted(instance_id=row.instance_id)
    refuse_closed_round(tx, row.round_id)
    return row


def refuse_closed_round(tx: Tx, round_id: str | None) -> None:
    """What a closed round counted is fixed. Raises: SubmissionRoundClosed."""
    if round_id is not None:
        belongs_to = load_rounds(tx.conn, round_id).get(round_id)
        if belongs_to is not None and belongs_to.state != "open":
            raise SubmissionRoundClosed(round_id=round_id)


def evaluates(tx: Tx, form_number: int) -> bool:
    """Does any version of this form evaluate an object? Then every decision on its answers has a reason."""
    scored = form_version.c.scheme_json.is_not(None)
    question = select(form_version.c.id).where(form_version.c.form == form_number, scored).limit(1)
    return tx.conn.scalar(question) is not None


def append_decision(
    tx: Tx,
    row: AnyRow,
    action: str,
    reason: str,
    now: datetime,
    actor: int | None,
    *,
    round_id: str | None = None,
    question: str | None = None,
    old: str | None = None,
    new: str | None = None,
) -> int:
    """A decision as a record and as a row of its table; the seq of the record."""
    said = {"round_id": round_id, "question": question, "old": old, "new": new}
    payload: dict[str, chain.Json] = {"submission_seq": row.seq, "action": action, "reason": reason}
    payload |= {name: value for name, value in said.items() if value is not None}
    belongs_to = round_id if round_id is not None else row.round_id
    seq = tx.append(
        "decision", row.subject, chain.canonical(payload), at=now, actor=actor, round_id=belongs_to
    )
    tx.conn.execute(
        decision.insert().values(
            seq=seq,
            submission=row.seq,
            action=action,
            reason=reason,
            at=now,
            actor_id=actor or chain.NOBODY,
            round_id=round_id,
            question=question,
            old_value=old,
            new_value=new,
        )
    )
    return seq
