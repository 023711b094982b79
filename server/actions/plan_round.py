"""Planning and opening a round of evaluation."""

from __future__ import annotations

from datetime import datetime

from server.store import Store, Tx
from server.store.rounds import Round


def plan_round(store: Store, round_: Round, *, now: datetime, actor: int | None) -> Round:
    """Plan a round, or change one that is still planned.

    Raises: RoundInvalid, RoundTaken, RoundNotPlanned, FormNotFound, ObjectNotFound.
    """

    def plan(tx: Tx) -> None:
        store.rounds.plan(tx, round_, now=now, actor=actor)
        note_round(store, tx, round_, "planned", now, actor)

    store.write(plan)
    return store.rounds.get(round_.round_id)


def open_round(store: Store, round_id: str, *, now: datetime, actor: int | None) -> Round:
    """Fix the version that scores each form, and take submissions from now on.

    Raises: RoundNotFound, RoundNotPlanned, RoundOverlap, FormWithoutScheme, RoundInvalid.
    """

    def open_it(tx: Tx) -> Round:
        opened = store.rounds.open(tx, round_id, now=now, actor=actor)
        note_round(store, tx, opened, "open", now, actor)
        return opened

    return store.write(open_it)


def note_round(store: Store, tx: Tx, round_: Round, state: str, now: datetime, actor: int | None) -> None:
    """The audit log tells what became of the round; the ledger holds it whole."""
    subject = f"{round_.project_id}/{round_.round_id}"
    store.audit.add(tx, "round.update", subject, now=now, actor=actor, details={"state": state})
