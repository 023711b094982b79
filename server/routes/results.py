"""Published results as JSON, for everyone: what the public pages show, under the same rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics import results
from analytics.warehouse import Cursor
from server.routes.asking import context_of, etag_of, name_in_path, tagged

JSON = "application/json; charset=utf-8"
PUBLIC = {"Cache-Control": "public, max-age=60"}


async def get_rounds(request: Request) -> Response:
    """Every published round, the latest first."""
    return await _answer(request, results.published_rounds)


async def get_round(request: Request) -> Response:
    """All objects of a round with the scores of types and aimak."""
    round_id = name_in_path(request, "round_id")
    return await _answer(request, lambda db: results.round_results(db, round_id))


async def get_object(request: Request) -> Response:
    """One object with its criteria and indicators."""
    round_id, object_id = name_in_path(request, "round_id"), name_in_path(request, "object_id")
    return await _answer(request, lambda db: results.object_result(db, round_id, object_id))


async def get_method(request: Request) -> Response:
    """How the round was computed: weights, thresholds, questionnaires and SQL."""
    round_id = name_in_path(request, "round_id")
    return await _answer(request, lambda db: results.method(db, round_id))


async def _answer(request: Request, ask: Callable[[Cursor], object]) -> Response:
    warehouse = context_of(request).warehouse

    def read() -> bytes:
        with warehouse.read() as db:
            return msgspec.json.encode(ask(db))

    content = await asyncio.to_thread(read)
    return tagged(request, content, JSON, etag_of(content), PUBLIC)


routes = [
    Route("/v1/rounds", get_rounds),
    Route("/v1/rounds/{round_id}", get_round),
    Route("/v1/rounds/{round_id}/objects/{object_id}", get_object),
    Route("/v1/rounds/{round_id}/method", get_method),
]
