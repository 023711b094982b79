"""Villages, objects and the head of the ledger, for programs."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.import_objects import import_objects, import_villages
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import context_of, name_in_path, now, project_in_path, read_body, tagged
from server.routes.identity import known


async def get_objects(request: Request) -> Response:
    """The registry as it stands: every object with its attributes."""
    project_id = project_in_path(request)
    await known(request, Deed.READ_PROJECT, project_id)
    objects = context_of(request).store.registry.objects(project_id)
    return json_response(
        [{"uuid": each.uuid, "version": each.version, **msgspec.to_builtins(each.object)} for each in objects]
    )


async def get_object(request: Request) -> Response:
    project_id = project_in_path(request)
    await known(request, Deed.READ_PROJECT, project_id)
    each = context_of(request).store.registry.get(project_id, name_in_path(request, "object_id"))
    return json_response({"uuid": each.uuid, "version": each.version, **msgspec.to_builtins(each.object)})


async def get_villages(request: Request) -> Response:
    project_id = project_in_path(request)
    await known(request, Deed.READ_PROJECT, project_id)
    return json_response(msgspec.to_builtins(context_of(request).store.registry.villages(project_id)))


async def post_objects(request: Request) -> Response:
    """Import a spreadsheet (CSV) of objects: all of its rows, or none and every fault."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.WRITE_REGISTRY, project_id)
    content = await read_body(request, context.settings.upload_bytes)
    done = await asyncio.to_thread(
        import_objects, context.store, project_id, content, now=now(), actor=person.actor
    )
    return json_response(msgspec.to_builtins(done))


async def post_villages(request: Request) -> Response:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.WRITE_REGISTRY, project_id)
    content = await read_body(request, context.settings.upload_bytes)
    done = await asyncio.to_thread(
        import_villages, context.store, project_id, content, now=now(), actor=person.actor
    )
    return json_response(msgspec.to_builtins(done))


async def get_ledger_head(request: Request) -> Response:
    """Number and hash of the last record, for everyone: who keeps it can later prove a change."""
    head = await asyncio.to_thread(context_of(request).store.ledger.head)
    content = msgspec.json.encode({"seq": head.seq, "hash": head.hash})
    return tagged(request, content, "application/json; charset=utf-8", f'"{head.seq}-{head.hash[:16]}"')


routes = [
    Route("/v1/projects/{project_id}/objects", get_objects, methods=["GET"]),
    Route("/v1/projects/{project_id}/objects", post_objects, methods=["POST"]),
    Route("/v1/projects/{project_id}/objects/{object_id}", get_object),
    Route("/v1/projects/{project_id}/villages", get_villages, methods=["GET"]),
    Route("/v1/projects/{project_id}/villages", post_villages, methods=["POST"]),
    Route("/v1/ledger/head", get_ledger_head),
]
