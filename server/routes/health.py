"""Is the server alive, is it ready, how much has it done: for watchers, without a word of what was sent."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.context import Context
from server.errors import json_response
from server.routes.asking import context_of


async def get_health(request: Request) -> Response:
    """200 as long as the process answers."""
    return PlainTextResponse("ok\n")


async def get_readiness(request: Request) -> Response:
    """200 when submissions can be acknowledged; a reading that is being made anew does not hinder that."""
    context = context_of(request)
    broken = context.store.broken
    status = await asyncio.to_thread(context.loader.status)
    said = {
        "ready": broken is None,
        "reason": str(broken) if broken is not None else None,
        "loaded_seq": status.loaded_seq,
        "head_seq": status.head_seq,
        "reading_being_made": status.being_made,
    }
    return json_response(said, 200 if broken is None else 503)


async def get_metrics(request: Request) -> Response:
    """Figures in the text format of Prometheus."""
    text = await asyncio.to_thread(_metrics, context_of(request))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _metrics(context: Context) -> str:
    status, broken = context.loader.status(), context.store.broken is not None
    figures = [
        ("baikoo_ledger_records", "Records in the ledger.", status.head_seq),
        ("baikoo_reading_lag_records", "Records not yet in the reading.", status.lag),
        ("baikoo_reading_set_aside_records", "Records that could not be loaded.", status.set_aside),
        (
            "baikoo_entities_lag_records",
            "Records whose entities are not yet made or updated.",
            context.entity_follower.lag(),
        ),
        ("baikoo_reading_being_made", "1 while the reading is made anew.", int(status.being_made)),
        (
            "baikoo_store_broken",
            "1 when nothing is acknowledged until a restart.",
            int(broken),
        ),
    ]
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {value}\n" for name, text, value in figures
    )


routes = [
    Route("/healthz", get_health),
    Route("/readyz", get_readiness),
    Route("/metrics", get_metrics),
]
