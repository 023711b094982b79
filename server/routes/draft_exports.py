"""The test submissions of a draft as files, for those who write forms; what is a test hides nothing."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.export_submissions import Format, export_draft
from server.errors import json_response
from server.routes.asking import now
from server.routes.drafts import draft_asked
from server.routes.exports import asked_for, file_reply, key_json


async def get_csv(request: Request) -> Response:
    """The test submissions as one CSV, repeats left out."""
    return await _export(request, "csv")


async def get_zip(request: Request) -> Response:
    """The test submissions as CSV with one file per repeat, and their files."""
    return await _export(request, "zip")


async def get_xlsx(request: Request) -> Response:
    """The test submissions as an Excel workbook."""
    return await _export(request, "xlsx")


async def get_geojson(request: Request) -> Response:
    """The test submissions on a map."""
    return await _export(request, "geojson")


async def get_keys(request: Request) -> Response:
    """The key that the draft is encrypted with, if any."""
    context, draft, _ = await draft_asked(request)
    key = context.store.keys.of_public(draft.content.schema.public_key)
    return json_response([key_json(key)] if key is not None else [])


async def _export(request: Request, kind: Format) -> Response:
    context, draft, _ = await draft_asked(request)
    asked = asked_for(request, context, draft.project_id, draft.form_id, kind)
    return file_reply(asked, await asyncio.to_thread(export_draft, context, asked, now()))


_ALL = "/v1/projects/{project_id}/forms/{form_id}/draft/submissions"
routes = [
    Route(f"{_ALL}.csv", get_csv),
    Route(f"{_ALL}.csv.zip", get_zip),
    Route(f"{_ALL}.xlsx", get_xlsx),
    Route(f"{_ALL}.geojson", get_geojson),
    Route(f"{_ALL}/keys", get_keys),
]
