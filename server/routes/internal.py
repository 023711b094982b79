"""What the command line asks of the running server: verbs that need DuckDB, answered line by line.

POST /internal/{verb} with the arguments as JSON and the token of data/server.json. The reply is JSON Lines:
{"progress": …} as often as there is something to show, then one {"result": …}, or {"message": …} when it was
refused. See server/verbs and server/running.py.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from forms.errors import BaikooError, NotAllowed
from server.context import Context
from server.errors import APOLOGY, language_of, say
from server.routes.asking import context_of, name_in_path, read_json
from server.running import Json
from server.verbs import run_verb

log = logging.getLogger("baikoo.errors")


async def post_verb(request: Request) -> Response:
    context = context_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = context.internal_token
    if expected is None or scheme != "Bearer" or not hmac.compare_digest(token.encode(), expected.encode()):
        raise NotAllowed()
    arguments = await read_json(request, dict[str, object], 10_000_000)
    language = language_of(request) or "en"
    lines = _lines(context, name_in_path(request, "verb"), arguments, language)  # type: ignore[arg-type]
    return StreamingResponse(lines, media_type="application/x-ndjson")


async def _lines(
    context: Context, name: str, arguments: Mapping[str, Json], language: str
) -> AsyncIterator[bytes]:
    """Run the verb in a thread, and hand on what it reports as it comes."""
    loop = asyncio.get_running_loop()
    said: asyncio.Queue[Mapping[str, Json] | None] = asyncio.Queue()

    def report(progress: Mapping[str, Json]) -> None:
        loop.call_soon_threadsafe(said.put_nowait, {"progress": dict(progress)})

    def work() -> None:
        try:
            answer: Mapping[str, Json] = {"result": run_verb(context, name, arguments, report)}
        except BaikooError as error:
            answer = {"message": say(error.sentence, language), "code": error.code}
        except Exception:  # a bug of ours: the other side gets a sentence, the log the trace
            log.exception("the verb %s failed", name)
            answer = {"message": say(APOLOGY, language), "code": None}
        loop.call_soon_threadsafe(said.put_nowait, answer)
        loop.call_soon_threadsafe(said.put_nowait, None)

    working = asyncio.create_task(asyncio.to_thread(work))
    while (line := await said.get()) is not None:
        yield msgspec.json.encode(line) + b"\n"
    await working


routes = [Route("/internal/{verb}", post_verb, methods=["POST"])]
