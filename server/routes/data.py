"""Open data: the files of a published round at addresses that stay. A release is named by its round."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from forms.errors import MediaNotFound
from server.routes.asking import attachment, context_of, is_fresh, name_in_path

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}


async def get_file(request: Request) -> Response:
    """One file of a release; its tag is the sha256 that stands in the ledger."""
    context = context_of(request)
    release, name = name_in_path(request, "release"), name_in_path(request, "name")
    files = await asyncio.to_thread(context.store.rounds.files, release)
    file = next((file for file in files if file.kind == "release" and file.name == name), None)
    if file is None:
        raise MediaNotFound(name=name)
    etag = f'"{file.sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=300",
        "Content-Disposition": attachment(f"{release}-{name}"),
    }
    if is_fresh(request, etag):
        return Response(None, 304, headers)
    kind = KINDS.get(name.rpartition(".")[2], "application/octet-stream")
    return FileResponse(context.store.blobs.path(file.sha256), headers=headers, media_type=kind)


routes = [Route("/data/{release}/{name}", get_file)]
