"""Closing a round: first the record that nothing more belongs to it, then its scores for ever.

`closed` stands at record C. The reading catches up to C, the scores are computed as of C, their tables become
blobs, and `frozen` names their sha256 and the method. A crash between the two is repeated with the same
result, at the next start or when somebody closes the round again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from analytics.rounds import freeze
from forms.errors import BaikooError, RoundBusy
from server.context import Context
from server.store.rounds import Round

log = logging.getLogger("baikoo.rounds")

PATIENCE_S = 600.0  # for the reading to catch up: a country's submissions take minutes to load anew
COMPUTING_S = 600.0

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
            round_ = store.write(lambda tx: store.rounds.close(tx, round_id, now=now, actor=actor))
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
    _say(stage, "loading")
    if not context.loader.caught_up(as_of, timeout_s=PATIENCE_S):
        raise RoundBusy()
    _say(stage, "computing")
    with context.warehouse.read(timeout_s=COMPUTING_S) as db:
        frozen = freeze(db, round_.round_id, as_of)
    _say(stage, "keeping")
    tables = {name: store.blobs.keep(content) for name, content in frozen.tables.items()}
    method = msgspec.json.encode(frozen.method)
    return store.write(
        lambda tx: store.rounds.freeze(
            tx, round_.round_id, as_of=as_of, tables=tables, method=method, now=now, actor=actor
        )
    )


def _say(stage: Stage | None, what: str) -> None:
    if stage is not None:
        stage(what)
