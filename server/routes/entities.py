"""The entities of a list for programs: listed, made, changed, deleted, restored; with their history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from forms.faults.entity_requests import EntitiesEmpty, EntityChangesNothing, EntitySourceMissing
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
    iso,
    name_in_path,
    now,
    number,
    read_json,
)
from server.routes.datasets import ONE, list_in_path
from server.routes.entity_paths import changing_in_path, entity_in_path, in_thread, is_extended, names_asked
from server.routes.entity_shapes import actor_json, diffs_json, entity_json, versions_json
from server.store import Store
from server.store.entities import EntitiesWanted, NewEntity
from server.store.entities.rows import new_uuid, plain_uuid
from server.store.senders import names_of

PAGE = 500


class OneEntity(msgspec.Struct):
    label: str = ""
    uuid: str | None = None
    data: dict[str, str] = {}


class BulkSource(msgspec.Struct):
    name: str = ""
    size: int | None = None


class NewEntities(msgspec.Struct):
    """One entity, or many with where they come from."""

    label: str = ""
    uuid: str | None = None
    data: dict[str, str] | None = None
    entities: list[OneEntity] | None = None
    source: BulkSource | None = None


class EntityChange(msgspec.Struct):
    label: str | None = None
    data: dict[str, str] | None = None


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
        names = None
        if extended:
            actors = [one.entity.created_by for one in page] + [one.version.created_by for one in page]
            names = names_of(store.database, [actor for actor in actors if actor is not None])
        if page:
            shown = (entity_json(row.entity, row.version, names) for row in page)
            yield separator + b",\n".join(msgspec.json.encode(one) for one in shown)
            separator, before = b",\n", page[-1].entity.entity_id
        if len(page) < PAGE:
            break
    yield b"[]" if separator == b"[" else b"]"


async def get_creators(request: Request) -> Response:
    """Who created what is in the list."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    actors = await asyncio.to_thread(context.store.entity_pages.creators, listed)
    names = await asyncio.to_thread(names_of, context.store.database, actors)
    return json_response(
        sorted((actor_json(each, names) for each in actors), key=lambda one: str(one["displayName"]))
    )


async def post_entities(request: Request) -> Response:
    """Make one entity, or many at once: all of them, or none."""
    changing = await changing_in_path(request)
    wanted = await read_json(request, NewEntities, context_of(request).settings.upload_bytes)
    store = changing.store
    if wanted.entities is None:
        new = NewEntity(_uuid(wanted.uuid), wanted.label, wanted.data or {})
        await store.change(create_entity(changing, new))
        return await asyncio.to_thread(_reply, changing, new.uuid)
    if not wanted.entities:
        raise EntitiesEmpty()
    if wanted.source is None or not wanted.source.name.strip():
        raise EntitySourceMissing()
    many = [NewEntity(_uuid(one.uuid), one.label, one.data) for one in wanted.entities]
    await store.change(create_entities(changing, many, wanted.source.name, wanted.source.size))
    return json_response({"success": True})


def _uuid(given: str | None) -> str:
    return plain_uuid(given) if given else new_uuid()


async def get_entity(request: Request) -> Response:
    """One entity; its ETag is its version."""
    context, listed, one = await entity_in_path(request)
    names = await names_asked(request, context, [one.created_by])
    newest = await asyncio.to_thread(context.store.entities.version, one)
    if names is not None:
        names |= await asyncio.to_thread(names_of, context.store.database, [newest.created_by or 0])
    shown = entity_json(one, newest, names, with_data=True)
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
    wanted = await read_json(request, EntityChange)
    if wanted.label is None and wanted.data is None and not resolve:
        raise EntityChangesNothing()
    given = request.query_params.get("baseVersion") or (request.headers.get("if-match") or "").strip('W/"')
    change = change_entity(
        changing, uuid, label=wanted.label, data=wanted.data, base_version=number(given), force=force,
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


async def get_versions(request: Request) -> Response:
    """Every version, oldest first; `relevantToConflict=true`: those that an open conflict is about."""
    context, _, one = await entity_in_path(request)
    versions = await asyncio.to_thread(context.store.entities.versions, one)
    names = await names_asked(request, context, [version.created_by for version in versions])
    seqs = [version.submission for version in versions if version.submission is not None]
    sent = await asyncio.to_thread(context.store.submissions.by_seqs, seqs) if seqs else ()
    shown = versions_json(versions, one, names, {each.seq: each for each in sent})
    if is_on(request, "relevantToConflict"):
        shown = [each for each in shown if each["relevantToConflict"]]
    return json_response(shown)


async def get_diffs(request: Request) -> Response:
    """What each version changed of the one before."""
    context, _, one = await entity_in_path(request)
    return json_response(diffs_json(await asyncio.to_thread(context.store.entities.versions, one)))


async def get_entity_audits(request: Request) -> Response:
    """What was done to an entity and by whom, newest first; who read it stands in the audit log alone."""
    context, listed, one = await entity_in_path(request)
    subject = f"{listed.project_id}/{listed.name}/{one.uuid}"
    happened = await asyncio.to_thread(context.store.entity_pages.happened, subject)
    versions = await asyncio.to_thread(context.store.entities.versions, one)
    about = {"entity": {"uuid": one.uuid, "dataset": listed.name}}
    shown: list[dict[str, object]] = [
        {
            "actorId": each.created_by,
            "action": "entity.create" if each.version == 1 else "entity.update.version",
            "details": {**about, "version": each.version},
            "loggedAt": iso(each.created_at),
        }
        for each in versions
    ]
    shown += [
        {"actorId": each.actor, "action": each.action, "details": about, "loggedAt": iso(each.at)}
        for each in reversed(happened)
        if each.action not in ("entity.create", "entity.update.version", "read.entities")
    ]
    names = await names_asked(request, context, [int(str(one["actorId"] or 0)) for one in shown])
    if names is not None:
        for each in shown:
            each["actor"] = actor_json(int(str(each["actorId"] or 0)), names)
    return json_response(sorted(shown, key=lambda each: str(each["loggedAt"]), reverse=True))


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
    Route(f"{ENTITY}/versions", get_versions, methods=["GET"]),
    Route(f"{ENTITY}/diffs", get_diffs, methods=["GET"]),
    Route(f"{ENTITY}/audits", get_entity_audits, methods=["GET"]),
]
