"""Decisions on submissions: accepted, returned, void; a round assigned; a value corrected; an erasure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from sqlalchemy import select

from forms.errors import BaikooError
from server.store.deciding import append_decision, changeable, evaluates
from server.store.entities.forgetting import forget_submission
from server.store.erasing import erase_record, remove_unused
from server.store.foundation import Foundation
from server.store.refusals import (
    ReasonMissing,
    RoundNotOpen,
    RoundWithoutForm,
)
from server.store.round_rows import load_rounds, require_round
from server.store.tables import actor as actor_table
from server.store.tables import decision, submission
from server.store.transaction import Tx

Review = Literal["accepted", "returned", "void", "received", "edited"]
BATCH = 50
PAUSE_S = 0.02  # the lock of SQLite is not fair: whoever writes without a pause starves the phones

T = TypeVar("T")


class Write(Protocol):
    """Store.write."""

    def __call__(self, fn: Callable[[Tx], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Decision:
    seq: int
    submission_seq: int
    action: str  # accepted returned void received edited assigned corrected kept superseded deleted restored
    reason: str
    at: datetime
    actor: int | None
    actor_name: str
    round_id: str | None
    question: str | None  # a place, as in forms.places
    old: str | None
    new: str | None


class Decisions:
    def __init__(self, foundation: Foundation, write: Write) -> None:
        self._foundation = foundation
        self._write = write

    def of(self, submission_seq: int) -> tuple[Decision, ...]:
        """The decisions on one version, oldest first."""
        with self._foundation.database.read() as connection:
            rows = connection.execute(
                select(decision, actor_table.c.display_name)
                .outerjoin(actor_table, actor_table.c.id == decision.c.actor_id)
                .where(decision.c.submission == submission_seq)
                .order_by(decision.c.seq)
            ).all()
        return tuple(
            Decision(
                row.seq,
                row.submission,
                row.action,
                row.reason,
                row.at,
                row.actor_id or None,
                row.display_name or "",
                row.round_id,
                row.question,
                row.old_value,
                row.new_value,
            )
            for row in rows
        )

    def review(
        self, tx: Tx, submission_seq: int, action: Review, *, reason: str, now: datetime, actor: int | None
    ) -> int:
        """One decision; the seq of its record. Where the form evaluates, all but an acceptance need a reason.

        Raises: SubmissionNotFound, SubmissionDeleted, SubmissionOutdated (an edit has replaced it),
        SubmissionRoundClosed, ReasonMissing.
        """
        row = changeable(tx, submission_seq)
        if action != "accepted" and not reason.strip() and evaluates(tx, row.form):
            raise ReasonMissing()
        seq = append_decision(tx, row, action, reason, now, actor)
        tx.conn.execute(
            submission.update().where(submission.c.seq == submission_seq).values(state=action, decided_at=now)
        )
        return seq

    def review_all(
        self,
        submission_seqs: Sequence[int],
        action: Review,
        *,
        reason: str,
        now: Callable[[], datetime],
        actor: int | None,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Many, in small transactions with a pause after each, so that phones are served between; how many.

        Those that an edit has replaced meanwhile, or whose round has closed, are left out.
        Raises: ReasonMissing.
        """
        if action != "accepted" and not reason.strip():
            raise ReasonMissing()
        decided = 0
        for start in range(0, len(submission_seqs), BATCH):
            some = submission_seqs[start : start + BATCH]
            at = now()

            def decide(tx: Tx, some: Sequence[int] = some, at: datetime = at) -> int:
                done = 0
                for seq in some:
                    try:
                        self.review(tx, seq, action, reason=reason, now=at, actor=actor)
                    except BaikooError:
                        continue
                    done += 1
                return done

            decided += self._write(decide)
            if progress is not None:
                progress(min(start + BATCH, len(submission_seqs)), len(submission_seqs))
            time.sleep(PAUSE_S)
        return decided

    def assign(
        self, tx: Tx, submission_seq: int, round_id: str, *, reason: str, now: datetime, actor: int | None
    ) -> int:
        """Give a submission a round, never a closed one.

        Raises: SubmissionNotFound, SubmissionOutdated, SubmissionRoundClosed, RoundNotFound, RoundNotOpen,
        RoundWithoutForm, ReasonMissing.
        """
        if not reason.strip():
            raise ReasonMissing()
        row = changeable(tx, submission_seq)
        wanted = require_round(load_rounds(tx.conn, round_id), round_id)
        if wanted.state != "open":
            raise RoundNotOpen(round_id=round_id, state=wanted.state)
        if wanted.project_id != row.project_id or wanted.form(row.form_id) is None:
            raise RoundWithoutForm(round_id=round_id, form_id=row.form_id)
        seq = append_decision(tx, row, "assigned", reason, now, actor, round_id=round_id)
        tx.conn.execute(
            submission.update().where(submission.c.seq == submission_seq).values(round_id=round_id)
        )
        return seq

    def correct(
        self,
        tx: Tx,
        submission_seq: int,
        *,
        question: str,
        old: str,
        new: str,
        reason: str,
        now: datetime,
        actor: int | None,
    ) -> int:
        """One value (the caller knows whose it is); the original stays. Always with a reason.

        Raises: SubmissionNotFound, SubmissionDeleted, SubmissionOutdated, SubmissionRoundClosed,
        ReasonMissing.
        """
        if not reason.strip():
            raise ReasonMissing()
        row = changeable(tx, submission_seq)
        return append_decision(tx, row, "corrected", reason, now, actor, question=question, old=old, new=new)

    def erase(
        self, seq: int, *, instance: bytes | None, reason: str, now: datetime, actor: int | None
    ) -> int:
        """Remove by law what a submission says (`instance`: what may stay), an attachment with its file, or
        a correction. What the answers had brought to entities is taken back, but for what may stay.

        The chain still verifies. Raises: RecordNotFound, NotErasable, ReasonMissing.
        """
        if not reason.strip():
            raise ReasonMissing()

        def erase(tx: Tx) -> tuple[int, str | None]:
            erased = erase_record(tx, seq, instance=instance, reason=reason, now=now, actor=actor)
            forget_submission(tx, seq, instance, now=now)
            return erased

        erased, blob = self._write(erase)
        if blob is not None:
            remove_unused(self._foundation, {blob})
        self._foundation.database.forget_freed()
        return erased
