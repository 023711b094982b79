"""Planning and opening a round of evaluation."""

from __future__ import annotations

from datetime import datetime

from server.store import Store
from server.store.rounds import Round


def plan_round(store: Store, round_: Round, *, now: datetime, actor: int | None) -> Round:
    """Plan a round, or change one that is still planned.

    Raises: RoundInvalid, RoundTaken, RoundNotPlanned, FormNotFound, ObjectNotFound.
    """
    store.write(lambda tx: store.rounds.plan(tx, round_, now=now, actor=actor))
    return store.rounds.get(round_.round_id)


def open_round(store: Store, round_id: str, *, now: datetime, actor: int | None) -> Round:
    """Fix the version that scores each form, and take submissions from now on.

    Raises: RoundNotFound, RoundNotPlanned, RoundOverlap, FormWithoutScheme, RoundInvalid.
    """
    return store.write(lambda tx: store.rounds.open(tx, round_id, now=now, actor=actor))
