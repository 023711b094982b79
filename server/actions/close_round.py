"""Closing a round: first the record that nothing more belongs to it, then its scores for ever.

`closed` stands at record C. The reading catches up to C, the scores are computed as of C, their tables become
blobs, and `frozen` names their sha256 and the method. A crash between the two is repeated with the same
result, at the next start or when somebody closes the round again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from analytics.rounds import FrozenRound, freeze
from analytics.warehouse import ReadingBeingMade
from forms.errors import BaikooError, RoundBusy
from server.actions.plan_round import note_round
from server.context import Context
from server.store import Tx
from server.store.rounds import Round

log = logging.getLogger("baikoo.rounds")

PATIENCE_S = 600.0  # for the reading to catch up: a country's submissions take minutes to load anew
COMPUTING_S = 600.0
LOOK_S = 0.5  # how often it is asked whether the reading is there, and whether the server stops

Stage = Callable[[str], None]


def close_round(
    context: Context, round_id: str, *, now: datetime, actor: int | None, stage: Stage | None = None
) -> Round:
    """Close a round and freeze its scores; of a closed one, freeze what a crash left. Takes its time.

    `stage` is told what is being done. Raises: RoundNotFound, RoundNotOpen, RoundBusy.
    """
    store = context.store
    with context.round_locks[round_id]:
        round_ = store.rounds.get(round_id)
        if round_.closed_seq is None:
            _say(stage, "closing")

            def close(tx: Tx) -> Round:
                closed = store.rounds.close(tx, round_id, now=now, actor=actor)
                note_round(store, tx, closed, "closed", now, actor)
                return closed

            round_ = store.write(close)
        if round_.frozen_seq is None:
            round_ = _freeze(context, round_, now=now, actor=actor, stage=stage)
        return round_


def freeze_what_was_closed(context: Context) -> None:
    """At a start: finish what a crash interrupted between the two records."""
    for round_ in context.store.rounds.unfrozen():
        try:
            with context.round_locks[round_.round_id]:
                current = context.store.rounds.get(round_.round_id)
                if current.frozen_seq is None:
                    _freeze(context, current, now=datetime.now(UTC), actor=None, stage=None)
        except BaikooError as error:
            log.warning("the round %s could not be frozen yet: %s", round_.round_id, error)
        except Exception:  # a start must not fail for it; closing again says what is wrong
            log.exception("the round %s could not be frozen", round_.round_id)


def _freeze(
    context: Context, round_: Round, *, now: datetime, actor: int | None, stage: Stage | None
) -> Round:
    store, as_of = context.store, round_.closed_seq
    assert as_of is not None
    frozen = _computed(context, round_.round_id, as_of, stage)
    _say(stage, "keeping")
    tables = {name: store.blobs.keep(content) for name, content in frozen.tables.items()}
    method = msgspec.json.encode(frozen.method)

    def freeze_it(tx: Tx) -> Round:
        kept = store.rounds.freeze(
            tx, round_.round_id, as_of=as_of, tables=tables, method=method, now=now, actor=actor
        )
        note_round(store, tx, kept, "frozen", now, actor)
        return kept

    return store.write(freeze_it)


def _computed(context: Context, round_id: str, as_of: int, stage: Stage | None) -> FrozenRound:
    """The scores as of a record; waits for a reading that is behind or is being made anew."""
    _say(stage, "loading")
    until = time.monotonic() + PATIENCE_S
    while not context.stopping.is_set() and time.monotonic() < until:
        if not context.loader.caught_up(as_of, timeout_s=LOOK_S):
            continue
        try:
            with context.warehouse.read(timeout_s=COMPUTING_S) as db:
                _say(stage, "computing")
                return freeze(db, round_id, as_of)
        except ReadingBeingMade:  # it holds the record, and not yet all that came since
            context.stopping.wait(LOOK_S)
    raise RoundBusy()


def _say(stage: Stage | None, what: str) -> None:
    if stage is not None:
        stage(what)
