"""Verbs about the reading: make it anew, hold it against the ledger, say how far it is."""

from __future__ import annotations

from collections.abc import Mapping

from server.context import Context
from server.running import Json, Report
from server.verbs import plain, verb


@verb("status")
def status(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """How far the reading is, and what keeps it."""
    return plain(context.loader.status())


@verb("catch-up")
def catch_up(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """Load everything received so far."""
    return {"loaded": load_everything(context, report)}


@verb("rebuild")
def rebuild(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """Derive every table anew from the first record of the ledger; sending goes on meanwhile."""
    context.loader.rebuild(lambda done, total: report({"what": "", "done": done, "total": total}))
    status = context.loader.status()
    return {"records": status.loaded_seq, "set_aside": status.set_aside}


def load_everything(context: Context, report: Report) -> int:
    """Wait until the reading is where the ledger is now; gives that record."""
    head = context.store.ledger.head().seq
    while not context.loader.caught_up(head, timeout_s=0.5):
        report({"what": "", "done": context.loader.loaded_seq, "total": head})
    return head
