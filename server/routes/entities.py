"""The entities of a list for programs: listed, made, changed, deleted, restored; with their history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.actions.change_entities import (
    Changing,
    change_entity,
    create_entities,
    create_entity,
    delete_entity,
    delete_many,
    purge_entity,
    restore_entity,
)
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import (
    context_of,
    is_on,
    name_in_path,
    now,
    number,
    read_json,
)
from server.routes.datasets import ONE, list_in_path
from server.routes.entity_bodies import change_in_body, new_in_body
from server.routes.entity_paths import changing_in_path, entity_in_path, in_thread, is_extended, people_asked
from server.routes.entity_shapes import entity_json
from server.routes.submission_shapes import actors_of
from server.store import Store
from server.store.entities import EntitiesWanted, NewEntity

PAGE = 500


class Named(msgspec.Struct):
    ids: list[str] = []


async def get_entities(request: Request) -> Response:
    """All of a list, newest first, as one JSON array; `deleted=true` gives the deleted ones."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    wanted = EntitiesWanted(listed, now(), deleted=is_on(request, "deleted"))
    extended = is_extended(request)
    pieces = _array(context.store, wanted, extended=extended)
    return StreamingResponse(in_thread(pieces), media_type="application/json; charset=utf-8")


def _array(store: Store, wanted: EntitiesWanted, *, extended: bool) -> Iterator[bytes]:
    separator, before = b"[", None
    while True:
        page = store.entity_pages.rows(wanted, limit=PAGE, before=before)
        people = None
        if extended:
            actors = [one.entity.created_by for one in page] + [one.version.created_by for one in page]
            people = actors_of(store, actors)
        if page:
            shown = (entity_json(row.entity, row.version, people) for row in page)
            yield separator + b",\n".join(msgspec.json.encode(one) for one in shown)
            separator, before = b",\n", page[-1].entity.entity_id
        if len(page) < PAGE:
            break
    yield b"[]" if separator == b"[" else b"]"


async def get_creators(request: Request) -> Response:
    """Who created what is in the list."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    actors = await asyncio.to_thread(context.store.entity_pages.creators, listed)
    people = await asyncio.to_thread(actors_of, context.store, actors)
    return json_response(sorted(people.values(), key=lambda one: str(one["displayName"])))


async def post_entities(request: Request) -> Response:
    """Make one entity, or many at once: all of them, or none."""
    changing = await changing_in_path(request)
    wanted = await new_in_body(request, context_of(request).settings.upload_bytes)
    store = changing.store
    if isinstance(wanted, NewEntity):
        await store.change(create_entity(changing, wanted))
        return await asyncio.to_thread(_reply, changing, wanted.uuid)
    await store.change(create_entities(changing, wanted.entities, wanted.name, wanted.size))
    return json_response({"success": True})


async def get_entity(request: Request) -> Response:
    """One entity; its ETag is its version."""
    context, listed, one = await entity_in_path(request)
    newest = await asyncio.to_thread(context.store.entities.version, one)
    people = await people_asked(request, context, [one.created_by, newest.created_by])
    shown = entity_json(one, newest, people, with_data=True)
    known = set(listed.property_names)
    data = {name: text for name, text in one.data.items() if name in known}
    shown["currentVersion"] = {**_part(shown), "data": data}
    return json_response(shown, headers={"ETag": f'"{one.version}"'})


def _part(shown: dict[str, object]) -> dict[str, object]:
    current = shown["currentVersion"]
    assert isinstance(current, dict)
    return current


async def patch_entity(request: Request) -> Response:
    """Change an entity: with the version it stood at (`baseVersion`), or `force=true`; `resolve=true` ends
    its conflict."""
    changing = await changing_in_path(request)
    uuid = name_in_path(request, "uuid")
    force, resolve = is_on(request, "force"), is_on(request, "resolve")
    label, data = await change_in_body(request)
    given = request.query_params.get("baseVersion") or (request.headers.get("if-match") or "").strip('W/"')
    change = change_entity(
        changing, uuid, label=label, data=data, base_version=number(given), force=force,
        resolve=resolve,
    )  # fmt: skip
    await changing.store.change(change)
    return await asyncio.to_thread(_reply, changing, uuid)


def _reply(changing: Changing, uuid: str) -> Response:
    one = changing.store.entities.get(changing.known, uuid)
    newest = changing.store.entities.version(one)
    return json_response(entity_json(one, newest, with_data=True), headers={"ETag": f'"{one.version}"'})


async def remove_entity(request: Request) -> Response:
    """Delete an entity; phones lose it, and it can be restored."""
    changing = await changing_in_path(request)
    await changing.store.change(delete_entity(changing, name_in_path(request, "uuid")))
    return json_response({"success": True})


async def post_restore(request: Request) -> Response:
    """Bring a deleted entity back."""
    changing = await changing_in_path(request)
    await changing.store.change(restore_entity(changing, name_in_path(request, "uuid")))
    return json_response({"success": True})


async def post_purge(request: Request) -> Response:
    """Remove a deleted entity for ever; its number is never used again."""
    changing = await changing_in_path(request)
    await changing.store.change(purge_entity(changing, name_in_path(request, "uuid")))
    return json_response({"success": True})


async def post_bulk_delete(request: Request) -> Response:
    """Delete those of these entities that are there; how many."""
    return await _many(request, restore=False)


async def post_bulk_restore(request: Request) -> Response:
    """Bring those of these entities back that are deleted; how many."""
    return await _many(request, restore=True)


async def _many(request: Request, *, restore: bool) -> Response:
    changing = await changing_in_path(request)
    wanted = await read_json(request, Named)
    count = await changing.store.change(delete_many(changing, wanted.ids, restore=restore))
    return json_response({"count": count})


ENTITIES = f"{ONE}/entities"
ENTITY = f"{ENTITIES}/{{uuid}}"
routes = [
    Route(ENTITIES, get_entities, methods=["GET"]),
    Route(ENTITIES, post_entities, methods=["POST"]),
    Route(f"{ENTITIES}/creators", get_creators, methods=["GET"]),
    Route(f"{ENTITIES}/bulk-delete", post_bulk_delete, methods=["POST"]),
    Route(f"{ENTITIES}/bulk-restore", post_bulk_restore, methods=["POST"]),
    Route(ENTITY, get_entity, methods=["GET"]),
    Route(ENTITY, patch_entity, methods=["PATCH"]),
    Route(ENTITY, remove_entity, methods=["DELETE"]),
    Route(f"{ENTITY}/restore", post_restore, methods=["POST"]),
    Route(f"{ENTITY}/purge", post_purge, methods=["POST"]),
]
