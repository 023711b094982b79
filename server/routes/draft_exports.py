"""The test submissions of a draft as files, for those who write forms; what is a test hides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.export_submissions import Format, export_draft
from server.errors import json_response
from server.routes.asking import now
from server.routes.drafts import draft_asked
from server.routes.exports import asked_for, file_reply, key_json, passphrases_of

AS: dict[str, tuple[Format, str]] = {
    "csv": ("csv", "The test submissions as one CSV, repeats left out."),
    "csv.zip": ("zip", "The test submissions as CSV with one file per repeat, and their files."),
    "xlsx": ("xlsx", "The test submissions as an Excel workbook."),
    "parquet.zip": ("parquet", "The test submissions as Parquet files, one per table, in a zip."),
    "geojson": ("geojson", "The test submissions on a map."),
}


async def get_keys(request: Request) -> Response:
    """The key that the draft is encrypted with, if any."""
    context, draft, _ = await draft_asked(request)
    key = context.store.keys.of_public(draft.content.schema.public_key)
    return json_response([key_json(key)] if key is not None else [])


def _exported_as(kind: Format, summary: str) -> Callable[[Request], Awaitable[Response]]:
    async def export(request: Request) -> Response:
        request.state.only_reads = True  # what is posted is a passphrase, and changes nothing
        context, draft, _ = await draft_asked(request)
        asked = asked_for(request, context, draft.project_id, draft.form_id, kind)
        given = await passphrases_of(request)
        return file_reply(asked, await asyncio.to_thread(export_draft, context, asked, now(), given))

    export.__name__, export.__doc__ = f"get_draft_{kind}", summary
    return export


_ALL = "/v1/projects/{project_id}/forms/{form_id}/draft/submissions"
routes = [
    *(
        Route(f"{_ALL}.{ending}", _exported_as(*wanted), methods=["GET", "POST"])
        for ending, wanted in AS.items()
    ),
    Route(f"{_ALL}/keys", get_keys),
]
