"""Files of the test submissions of a draft: which there are, one of them, one more, one less."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import MediaNotFound
from server.actions.receive_submission import storable
from server.context import Context
from server.errors import json_response
from server.routes.asking import name_in_path
from server.routes.attachments import file_response
from server.routes.draft_files import keep_stream
from server.routes.draft_submissions import version_asked, versions_asked
from server.store import ArrivedFile
from server.store.draft_submissions import DraftSubmission
from server.store.submissions import SubmissionFile


async def get_attachments(request: Request) -> Response:
    """The files that a test submission names, and whether each has come."""
    context, versions = await versions_asked(request)
    return await asyncio.to_thread(_listed, context, versions[0])


async def get_version_attachments(request: Request) -> Response:
    """The files that one version of it names, and whether each has come."""
    context, version = await version_asked(request)
    return await asyncio.to_thread(_listed, context, version)


async def get_attachment(request: Request) -> Response:
    """One of its files."""
    context, versions = await versions_asked(request)
    return await asyncio.to_thread(_sent, request, context, versions[0])


async def get_version_attachment(request: Request) -> Response:
    """One file of a version."""
    context, version = await version_asked(request)
    return await asyncio.to_thread(_sent, request, context, version)


async def post_attachment(request: Request) -> Response:
    """A file that it names: sent late, or instead of the one that is there."""
    context, versions = await versions_asked(request)
    file = await asyncio.to_thread(_file, request, context, versions[0])
    kept = await keep_stream(context, request.stream())
    return await _put(context, versions[0], ArrivedFile(file.name, kept.sha256, kept.size))


async def delete_attachment(request: Request) -> Response:
    """Take a file out again."""
    context, versions = await versions_asked(request)
    return await _clear(request, context, versions[0])


async def delete_version_attachment(request: Request) -> Response:
    """Take a file out of one version."""
    context, version = await version_asked(request)
    return await _clear(request, context, version)


def _listed(context: Context, version: DraftSubmission) -> Response:
    files = context.store.draft_submissions.files(version.number)
    return json_response(
        [{"name": file.name, "exists": file.sha256 is not None} for file in files if file.expected]
    )


def _sent(request: Request, context: Context, version: DraftSubmission) -> Response:
    file = _file(request, context, version)
    return file_response(request, context, file.name, file)


def _file(request: Request, context: Context, version: DraftSubmission) -> SubmissionFile:
    """Raises: MediaNotFound."""
    name = storable(name_in_path(request, "name"))
    for file in context.store.draft_submissions.files(version.number):
        if file.name == name:
            return file
    raise MediaNotFound(name=name[:249])


async def _clear(request: Request, context: Context, version: DraftSubmission) -> Response:
    file = await asyncio.to_thread(_file, request, context, version)
    if file.sha256 is None:
        raise MediaNotFound(name=file.name[:249])
    return await _put(context, version, ArrivedFile(file.name, "", 0))


async def _put(context: Context, version: DraftSubmission, file: ArrivedFile) -> Response:
    """A file without content is one that has not come."""
    await context.store.change(lambda tx: context.store.draft_submissions.attach(tx, version.number, file))
    return json_response({"success": True})


_ONE = "/v1/projects/{project_id}/forms/{form_id}/draft/submissions/{instance_id}"
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
