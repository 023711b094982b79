"""Files of a submission for programs: which there are, one of them, one more, one less."""

from __future__ import annotations

import asyncio
import mimetypes
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from forms.errors import MediaNotFound, NotAllowed
from server.actions.receive_submission import composed, storable
from server.actions.review_submissions import object_type_of
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person, may, require
from server.routes.asking import attachment, is_fresh, name_in_path, now, read_body
from server.routes.openrosa import SHOWN_IN_THE_BROWSER
from server.routes.submissions import sending_in_path, submission_in_path, to_version
from server.routes.versions import version_in_path
from server.store.submissions import Submission, SubmissionFile
from server.store.troubles import RecordNotFound


async def get_attachments(request: Request) -> Response:
    """The files that the submission names, and which of them have arrived."""
    context, submission, _ = await submission_in_path(request)
    if submission.instance_id != submission.root_instance_id:
        return to_version(request, submission, "/attachments")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return await asyncio.to_thread(_listed, context, newest)


async def get_version_attachments(request: Request) -> Response:
    """The files that a version names, and which of them have arrived."""
    context, version, _ = await version_in_path(request)
    return await asyncio.to_thread(_listed, context, version)


def _listed(context: Context, version: Submission) -> Response:
    files = context.store.submissions.files(version.seq)
    return json_response(
        [{"name": file.name, "exists": file.sha256 is not None} for file in files if file.expected]
    )


async def get_attachment(request: Request) -> Response:
    """One file, as it was sent; shown in the browser only where it is a known kind of picture."""
    context, submission, _ = await submission_in_path(request)
    if submission.instance_id != submission.root_instance_id:
        name = quote(name_in_path(request, "name"), safe="")
        return to_version(request, submission, f"/attachments/{name}")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return await asyncio.to_thread(_file, request, context, newest)


async def get_version_attachment(request: Request) -> Response:
    """One file of a version, as it was sent."""
    context, version, _ = await version_in_path(request)
    return await asyncio.to_thread(_file, request, context, version)


def _file(request: Request, context: Context, version: Submission) -> Response:
    name = name_in_path(request, "name")
    return file_response(request, context, name, _named(context, version, name))


def file_response(request: Request, context: Context, name: str, file: SubmissionFile | None) -> Response:
    """The file under this name, if it is there. Raises: MediaNotFound."""
    if file is None or file.sha256 is None or not context.store.blobs.exists(file.sha256):
        raise MediaNotFound(name=name[:249])
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
    """A file that the submission names: sent late, or instead of the one that is there.

    Who may only send brings what is missing of what they sent themselves, until somebody edits it.
    """
    context, project_id, form_id, person = await sending_in_path(request)
    store = context.store
    submission = await asyncio.to_thread(
        store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    newest = await asyncio.to_thread(store.submissions.current, submission.root_seq)
    name, moment = storable(name_in_path(request, "name")), now()
    file = await asyncio.to_thread(_named, context, newest, name)
    _may_bring(context, newest, file, person)
    if file is None:
        raise MediaNotFound(name=name[:249])
    name = file.name
    content = await read_body(request, context.settings.upload_bytes)
    blob = await asyncio.to_thread(store.blobs.keep, content)
    await store.change(
        lambda tx: store.submissions.attach(
            tx, newest.seq, name, sha256=blob.sha256, size=blob.size, now=moment, actor=person.actor
        )
    )
    return json_response({"success": True})


def _may_bring(context: Context, newest: Submission, file: SubmissionFile | None, person: Person) -> None:
    """Raises: NotAllowed."""
    project_id, form_id = newest.project_id, newest.form_id
    object_type = object_type_of(context.store, project_id, form_id)
    if may(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id):
        return
    require(person, Deed.SUBMIT, project_id, object_type, form_id=form_id)
    own = newest.submitter == person.actor and newest.seq == newest.root_seq
    if not own or (file is not None and file.sha256 is not None):
        raise NotAllowed()


async def delete_attachment(request: Request) -> Response:
    """Erase a file; that there was one stays known. ?reason= where the answers evaluate an object."""
    context, submission, person = await submission_in_path(request, Deed.EDIT_SUBMISSIONS)
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return await _erase(request, context, newest, person)


async def delete_version_attachment(request: Request) -> Response:
    """Erase a file of one version; ?reason= where the answers evaluate an object."""
    context, version, person = await version_in_path(request, Deed.EDIT_SUBMISSIONS)
    return await _erase(request, context, version, person)


async def _erase(request: Request, context: Context, version: Submission, person: Person) -> Response:
    name, reason = name_in_path(request, "name"), request.query_params.get("reason", "")
    remove = context.store.trash.remove_file
    try:
        await asyncio.to_thread(remove, version.seq, name, reason=reason, now=now(), actor=person.actor)
    except RecordNotFound as error:
        raise MediaNotFound(name=name[:249]) from error
    return json_response({"success": True})


def _named(context: Context, version: Submission, name: str) -> SubmissionFile | None:
    files = context.store.submissions.files(version.seq)
    exact = (file for file in files if file.name == name)
    alike = (file for file in files if composed(file.name) == composed(name))  # a Mac took its letters apart
    return next(exact, None) or next(alike, None)


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
_VERSION = f"{_ONE}/versions/{{version_id}}"
routes = [
    Route(f"{_ONE}/attachments", get_attachments),
    Route(f"{_ONE}/attachments/{{name}}", get_attachment, methods=["GET"]),
    Route(f"{_ONE}/attachments/{{name}}", post_attachment, methods=["POST"]),
    Route(f"{_ONE}/attachments/{{name}}", delete_attachment, methods=["DELETE"]),
    Route(f"{_VERSION}/attachments", get_version_attachments),
    Route(f"{_VERSION}/attachments/{{name}}", get_version_attachment, methods=["GET"]),
    Route(f"{_VERSION}/attachments/{{name}}", delete_version_attachment, methods=["DELETE"]),
]
