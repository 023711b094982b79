"""Verbs about rounds that need the reading: close, publish, count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from analytics.rounds import open_counts
from forms.errors import RoundBusy
from server.actions.close_round import close_round
from server.actions.publish_round import publish_round
from server.context import Context
from server.running import Json, Report
from server.verbs import given, optional_text, plain, verb

STAGES = ("closing", "loading", "computing", "keeping")


@verb("round-close")
def close(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"round"} -> the round, closed and frozen."""

    def stage(what: str) -> None:
        report({"what": what, "done": STAGES.index(what), "total": len(STAGES)})

    return plain(
        close_round(context, given(arguments, "round", str), now=datetime.now(UTC), actor=None, stage=stage)
    )


@verb("round-publish")
def publish(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"round", "resolution_no"?, "resolution_link"?} -> the round, published."""
    round_ = context.store.rounds.get(given(arguments, "round", str))
    number, link = optional_text(arguments, "resolution_no"), optional_text(arguments, "resolution_link")
    return plain(
        publish_round(
            context,
            round_.round_id,
            now=datetime.now(UTC),
            actor=None,
            kenesh_resolution_no=number or round_.kenesh_resolution_no,
            kenesh_resolution_link=link or round_.kenesh_resolution_link,
        )
    )


@verb("round-counts")
def counts(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{"round"} -> submissions of every object by stream and state."""
    round_ = context.store.rounds.get(given(arguments, "round", str))
    if not context.loader.caught_up():
        raise RoundBusy()
    with context.warehouse.read() as db:
        return plain(open_counts(db, round_.round_id))
