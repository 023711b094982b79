"""The submissions of a form as files: CSV, and a zip of CSVs with the attachments, as Central has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from analytics.exports.submissions_csv import CsvWanted
from server.actions.export_submissions import export_csv, export_zip, hidden_object_types, hidden_questions
from server.actions.review_submissions import review_of
from server.context import Context
from server.routes.asking import CSV, ZIP, attachment, is_on
from server.routes.submissions import answers_in_path


async def get_csv(request: Request) -> Response:
    """The submissions as one CSV, repeats left out."""
    return await _export(request, export_csv, CSV, "csv")


async def get_zip(request: Request) -> Response:
    """The submissions as CSV with one file per repeat, and the attachments (?attachments=false: without)."""
    with_media = is_on(request, "attachments", True)
    return await _export(
        request, partial(export_zip, with_media=with_media), ZIP, "zip" if with_media else "csv.zip"
    )


async def _export(
    request: Request, export: Callable[[Context, CsvWanted], Iterator[bytes]], kind: str, ending: str
) -> Response:
    context, project_id, form_id, person = await answers_in_path(request)
    state = request.query_params.get("reviewState")
    labels = request.query_params.get("labels")
    wanted = CsvWanted(
        project_id=project_id,
        form_id=form_id,
        split_select_multiples=is_on(request, "splitSelectMultiples"),
        group_paths=is_on(request, "groupPaths", True),
        deleted_fields=is_on(request, "deletedFields"),
        labels=labels or None,
        hidden=hidden_questions(context, project_id, form_id, person),
        round_id=request.query_params.get("round"),
        states=(review_of(state),) if state is not None else None,
        not_object_types=hidden_object_types(project_id, person),
    )
    pieces = await asyncio.to_thread(export, context, wanted)
    headers = {"Content-Disposition": attachment(f"{form_id}.{ending}")}
    return StreamingResponse(_in_thread(pieces), headers=headers, media_type=kind)


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made in a thread, one at a time, as fast as the reader takes them."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


_ALL = "/v1/projects/{project_id}/forms/{form_id}/submissions"
routes = [
    Route(f"{_ALL}.csv", get_csv),
    Route(f"{_ALL}.csv.zip", get_zip),
]
