"""Files of a submission for programs: which there are, one of them, one more."""

from __future__ import annotations

import asyncio
import mimetypes

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from forms.errors import MediaNotFound
from server.actions.receive_submission import storable
from server.actions.review_submissions import object_type_of
from server.errors import json_response
from server.permissions import Deed, require
from server.routes.asking import attachment, is_fresh, name_in_path, now, read_body
from server.routes.openrosa import SHOWN_IN_THE_BROWSER
from server.routes.submissions import sending_in_path, submission_in_path


async def get_attachments(request: Request) -> Response:
    context, submission, _ = await submission_in_path(request)

    def listed() -> list[dict[str, object]]:
        newest = context.store.submissions.current(submission.root_seq)
        files = context.store.submissions.files(newest.seq)
        return [{"name": file.name, "exists": file.sha256 is not None} for file in files if file.expected]

    return json_response(await asyncio.to_thread(listed))


async def get_attachment(request: Request) -> Response:
    """One file, as it was sent; shown in the browser only where it is a known kind of picture."""
    context, submission, _ = await submission_in_path(request)
    name = name_in_path(request, "name")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    files = await asyncio.to_thread(context.store.submissions.files, newest.seq)
    file = next((file for file in files if file.name == name and file.sha256 is not None), None)
    if file is None or file.sha256 is None or not context.store.blobs.exists(file.sha256):
        raise MediaNotFound(name=name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = f'"{file.sha256[:32]}"'
    headers = {
        "ETag": etag,
        "Content-Disposition": attachment(name, inline=kind in SHOWN_IN_THE_BROWSER),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if is_fresh(request, etag):
        return Response(None, 304, headers)
    return FileResponse(context.store.blobs.path(file.sha256), headers=headers, media_type=kind)


async def post_attachment(request: Request) -> Response:
    """A file for a submission that is there already."""
    context, project_id, form_id, person = await sending_in_path(request)
    store = context.store
    require(person, Deed.SUBMIT, project_id, object_type_of(store, project_id, form_id), form_id=form_id)
    submission = await asyncio.to_thread(
        store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    content = await read_body(request, context.settings.upload_bytes)
    blob = await asyncio.to_thread(store.blobs.keep, content)
    newest = await asyncio.to_thread(store.submissions.current, submission.root_seq)
    name, moment = storable(name_in_path(request, "name")), now()
    await store.change(
        lambda tx: store.submissions.attach(
            tx, newest.seq, name, sha256=blob.sha256, size=blob.size, now=moment, actor=person.actor
        )
    )
    return json_response({"success": True})


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
routes = [
    Route(f"{_ONE}/attachments", get_attachments),
    Route(f"{_ONE}/attachments/{{name}}", get_attachment, methods=["GET"]),
    Route(f"{_ONE}/attachments/{{name}}", post_attachment, methods=["POST"]),
]
