"""Spreadsheets into entity lists: looked at first, taken, listed, undone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import Fault, ParameterInvalid
from forms.faults.entities import EntityPropertyNotFound
from server.actions.change_entities import Changing
from server.actions.upload_entities import Preview, Undone, Upload, preview_upload, take_upload, undo_upload
from server.errors import fault_details, json_response, language_of
from server.pages.words import translate
from server.permissions import Deed
from server.routes.asking import context_of, is_on, iso, number, read_body
from server.routes.datasets import ONE, list_in_path
from server.routes.entity_paths import changing_in_path
from server.store.entities import Batch


def batch_json(batch: Batch) -> dict[str, object]:
    """An upload, or entities that a program made at once."""
    return {
        "id": batch.batch_id,
        "name": batch.name,
        "size": batch.size,
        "count": batch.count,
        "creatorId": batch.created_by or 0,
        "userAgent": batch.user_agent,
        "createdAt": iso(batch.created_at),
        "undoneAt": iso(batch.undone_at),
    }


def upload_of(changing: Changing, content: bytes, name: str, match: str) -> Upload:
    """Raises: EntityPropertyNotFound."""
    if match and match not in changing.known.property_names:
        raise EntityPropertyNotFound(name=match[:200])
    return Upload(content, name or f"{changing.known.name}.csv", match or None)


async def post_upload(request: Request) -> Response:
    """Take a CSV whole, or refuse it with every fault; `preview=true` only tells what it would do.

    A row names its entity by `__id` or `name`, or, with `match=property`, by its value of that property;
    rows that name none are new. `name` is the file's.
    """
    changing = await changing_in_path(request)
    content = await read_body(request, context_of(request).settings.upload_bytes)
    query = request.query_params
    upload = upload_of(changing, content, query.get("name", ""), query.get("match", ""))
    if is_on(request, "preview"):
        return json_response(_preview(request, await asyncio.to_thread(preview_upload, changing, upload)))
    taken = await asyncio.to_thread(take_upload, changing, upload)
    return json_response(
        {"id": taken.batch_id, "new": taken.new, "changed": taken.changed, "unchanged": taken.unchanged}
    )


def _preview(request: Request, found: Preview) -> dict[str, object]:
    return {
        "preview": True,
        "new": found.new,
        "changed": found.changed,
        "unchanged": found.unchanged,
        "faultCount": found.fault_count,
        "faults": told(found.faults, language_of(request) or "en"),
    }


def told(faults: Sequence[Fault], language: str) -> list[dict[str, str | int | None]]:
    return [fault_details(fault, language) for fault in faults]


async def get_uploads(request: Request) -> Response:
    """The newest uploads into a list, newest first."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    batches = await asyncio.to_thread(context.store.entity_batches.all, listed)
    return json_response([batch_json(batch) for batch in batches])


async def post_undo(request: Request) -> Response:
    """Undo the last upload; what was changed since stays as it is, and is named."""
    changing = await changing_in_path(request)
    text = request.path_params["batch_id"]
    batch_id = number(text)
    if batch_id is None:
        raise ParameterInvalid(name="batch_id", value=text[:100])
    undone = await asyncio.to_thread(undo_upload, changing, batch_id)
    return json_response(undone_json(undone, language_of(request) or "en"))


def undone_json(undone: Undone, language: str) -> dict[str, object]:
    """How many were undone, and what was kept and why."""
    return {
        "undone": undone.count,
        "kept": [
            {"uuid": one.uuid, "label": one.label, "reason": translate(one.reason, language)}
            for one in undone.kept
        ],
    }


routes = [
    Route(f"{ONE}/uploads", get_uploads, methods=["GET"]),
    Route(f"{ONE}/uploads", post_upload, methods=["POST"]),
    Route(f"{ONE}/uploads/{{batch_id}}/undo", post_undo, methods=["POST"]),
]
