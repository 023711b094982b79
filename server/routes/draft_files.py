"""The files of a draft for programs and for the desk: looked at, put into their slots, linked, taken out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.faults.wire import BodyTooLarge
from server.actions import form_drafts
from server.actions.offer_forms import file_of
from server.context import Context
from server.errors import json_response
from server.routes.asking import by, name_in_path, read_json
from server.routes.drafts import draft_asked
from server.routes.form_shapes import media_json
from server.routes.openrosa import serve_file


class Link(msgspec.Struct):
    """Whether a file holds the rows of the entity list of its name."""

    dataset: bool


async def get_draft_attachments(request: Request) -> Response:
    """The files it needs, and whether each is there."""
    _, draft, _ = await draft_asked(request)
    return json_response([media_json(media) for media in draft.content.media])


async def get_draft_attachment(request: Request) -> Response:
    context, draft, person = await draft_asked(request)
    name = name_in_path(request, "name")
    return serve_file(request, context, file_of(context, draft.project_id, draft.content, name, person))


async def post_draft_attachment(request: Request) -> Response:
    """One file of a draft, exactly as sent: a Content-Encoding guessed from its name is not undone."""
    context, draft, person = await draft_asked(request)
    name = name_in_path(request, "name")
    form_drafts.slot_of(draft, name)
    file = await keep_stream(context, request.stream())
    slot = await asyncio.to_thread(
        form_drafts.fill_slot, context.store, draft.project_id, draft.form_id, name, file, **by(person)
    )
    return json_response({**media_json(slot), "success": True})


async def keep_stream(context: Context, chunks: AsyncIterator[bytes]) -> form_drafts.SlotFile:
    """A file as a blob, written while it arrives. Raises: BodyTooLarge."""
    limit, size = context.settings.upload_bytes, 0
    digest = hashlib.md5(usedforsecurity=False)
    with context.store.blobs.writer() as writer:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge()
            digest.update(chunk)
            await asyncio.to_thread(writer.write, chunk)
        blob = await asyncio.to_thread(writer.keep)
    return form_drafts.SlotFile(blob.sha256, digest.hexdigest(), blob.size)


async def patch_draft_attachment(request: Request) -> Response:
    """Let a file hold the rows of the entity list of its name: {"dataset": true}; or nothing again."""
    context, draft, person = await draft_asked(request)
    link = await read_json(request, Link)
    slot = await asyncio.to_thread(
        form_drafts.link_slot,
        context.store,
        draft.project_id,
        draft.form_id,
        name_in_path(request, "name"),
        link.dataset,
        **by(person),
    )
    return json_response(media_json(slot))


async def delete_draft_attachment(request: Request) -> Response:
    """Take the file, or the link to an entity list, out of its slot."""
    context, draft, person = await draft_asked(request)
    await asyncio.to_thread(
        form_drafts.clear_slot,
        context.store,
        draft.project_id,
        draft.form_id,
        name_in_path(request, "name"),
        **by(person),
    )
    return json_response({"success": True})


_FILES = "/v1/projects/{project_id}/forms/{form_id}/draft/attachments"
_FILE = f"{_FILES}/{{name}}"
routes = [
    Route(_FILES, get_draft_attachments),
    Route(_FILE, get_draft_attachment, methods=["GET"]),
    Route(_FILE, post_draft_attachment, methods=["POST"]),
    Route(_FILE, patch_draft_attachment, methods=["PATCH"]),
    Route(_FILE, delete_draft_attachment, methods=["DELETE"]),
]
