"""Decisions on submissions: accepted, returned, void; a round assigned; a value corrected; an erasure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.store.transaction import Tx

Review = Literal["accepted", "returned", "void", "received"]


@dataclass(frozen=True, slots=True)
class Decision:
    seq: int
    submission_seq: int
    action: str  # accepted returned void received assigned corrected
    reason: str
    at: datetime
    actor: int | None
    actor_name: str
    round_id: str | None
    question: str | None
    old: str | None
    new: str | None


class Decisions:
    def of(self, submission_seq: int) -> tuple[Decision, ...]:
        """The decisions on one version, oldest first."""
        raise NotImplementedError

    def review(
        self, tx: Tx, submission_seq: int, action: Review, *, reason: str, now: datetime, actor: int | None
    ) -> int:
        """One decision; the seq of its record. A void or returned one needs a reason.

        Raises: SubmissionNotFound, SubmissionOutdated (an edit has replaced it), ReasonMissing, RoundNotOpen
        (its round has closed).
        """
        raise NotImplementedError

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
        """
        raise NotImplementedError

    def assign(
        self, tx: Tx, submission_seq: int, round_id: str, *, reason: str, now: datetime, actor: int | None
    ) -> int:
        """Give a submission a round, never a closed one. Raises: RoundNotOpen, RoundWithoutForm, ReasonMissing."""
        raise NotImplementedError

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
        """One value of an observation sheet (the caller knows the stream); the original stays."""
        raise NotImplementedError

    def erase(
        self, seq: int, *, instance: bytes | None, reason: str, now: datetime, actor: int | None
    ) -> int:
        """Remove a payload by law: of a submission (`instance`: what may stay) or of an attachment, its file too.

        The chain still verifies. Raises: RecordNotFound, ReasonMissing, NotErasable.
        """
        raise NotImplementedError
