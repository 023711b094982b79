"""Publishing a round after the kenesh's decision: its dataset as blobs, named in the record `published`."""

from __future__ import annotations

from datetime import datetime

from analytics.dataset import release
from analytics.publication import Resolution
from forms.errors import RoundBusy
from server.actions.close_round import COMPUTING_S, PATIENCE_S
from server.actions.plan_round import note_round
from server.context import Context
from server.store import Tx
from server.store.refusals import RoundNotFrozen
from server.store.rounds import Round


def publish_round(
    context: Context,
    round_id: str,
    *,
    now: datetime,
    actor: int | None,
    kenesh_resolution_no: str = "",
    kenesh_resolution_link: str = "",
) -> Round:
    """Show a closed round to everyone; publishing it again changes nothing.

    Raises: RoundNotFound, RoundNotClosed, RoundNotFrozen, RoundBusy.
    """
    store = context.store
    with context.round_locks[round_id]:
        round_ = store.rounds.get(round_id)
        if round_.published_seq is not None:
            return round_
        if round_.frozen_seq is None:
            raise RoundNotFrozen(round_id=round_id)
        if not context.loader.caught_up(round_.frozen_seq, timeout_s=PATIENCE_S):
            raise RoundBusy()
        resolution = Resolution(kenesh_resolution_no, kenesh_resolution_link)
        published_on = now.astimezone(context.zone(round_.project_id)).date()
        with context.warehouse.read(timeout_s=COMPUTING_S) as db:
            files = release(db, round_id, published_on=published_on, resolution=resolution)
        blobs = {name: store.blobs.keep(content) for name, content in files.items()}

        def publish(tx: Tx) -> Round:
            shown = store.rounds.publish(
                tx,
                round_id,
                release=blobs,
                kenesh_resolution_no=kenesh_resolution_no,
                kenesh_resolution_link=kenesh_resolution_link,
                now=now,
                actor=actor,
            )
            note_round(store, tx, shown, "published", now, actor)
            return shown

        published = store.write(publish)
        context.loader.caught_up(published.published_seq)  # the page that is opened next shows it
        return published
