"""What happened to an entity: its versions, what each changed, and who did what to it."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import json_response
from server.routes.asking import is_on, iso, whole_number
from server.routes.entities import ENTITY
from server.routes.entity_paths import entity_in_path, people_asked
from server.routes.entity_shapes import diffs_json, versions_json
from server.routes.entity_sources import sources_of
from server.routes.submission_shapes import actors_of
from server.store import Store
from server.store.entities import Entity, EntityList, EntityVersion

# told by the versions themselves
_OF_VERSIONS = ("entity.create", "entity.update.version", "entity.bulk.create", "read.entities")
LONGEST_PAGE = 100_000_000


async def get_versions(request: Request) -> Response:
    """Every version, oldest first; `relevantToConflict=true`: those that an open conflict is about."""
    context, listed, one = await entity_in_path(request)
    versions = await asyncio.to_thread(context.store.entities.versions, one)
    people = await people_asked(request, context, [version.created_by for version in versions])
    resolved = await asyncio.to_thread(_resolved, context.store, listed, one)
    sources = await asyncio.to_thread(sources_of, context.store, versions)
    shown = versions_json(versions, resolved, sources, people)
    known = set(listed.property_names)  # what a removed property had is told of older versions alone
    shown[-1]["data"] = {name: text for name, text in one.data.items() if name in known}
    if is_on(request, "relevantToConflict"):
        shown = [each for each in shown if each["relevantToConflict"]]
    return json_response(shown)


def _resolved(store: Store, listed: EntityList, one: Entity) -> int:
    """The version up to which conflicts were looked at; where there is none at all, every one was."""
    if one.conflict is None:
        return one.version
    happened = store.entity_pages.happened(_subject(listed, one))
    looked_at = (each.version for each in happened if each.action == "entity.update.resolve")
    return max(looked_at, default=0)


def _subject(listed: EntityList, one: Entity) -> str:
    return f"{listed.project_id}/{listed.name}/{one.uuid}"


async def get_diffs(request: Request) -> Response:
    """What each version changed of the one before."""
    context, _, one = await entity_in_path(request)
    return json_response(diffs_json(await asyncio.to_thread(context.store.entities.versions, one)))


async def get_entity_audits(request: Request) -> Response:
    """What was done to an entity and by whom, newest first; who read it stands in the audit log alone."""
    context, listed, one = await entity_in_path(request)
    limit = whole_number(request, "limit", LONGEST_PAGE, LONGEST_PAGE)
    offset = whole_number(request, "offset", 0, LONGEST_PAGE)
    shown = await asyncio.to_thread(_audits, context.store, listed, one)
    return json_response(shown[offset : offset + limit])


def _audits(store: Store, listed: EntityList, one: Entity) -> list[dict[str, object]]:
    versions = store.entities.versions(one)
    about = {"entity": {"uuid": one.uuid, "dataset": listed.name}}
    happened = [
        *store.entity_pages.happened(_subject(listed, one)),
        *store.entity_pages.happened_to_many(f"{listed.project_id}/{listed.name}", one.uuid),
    ]
    people = actors_of(store, [each.created_by for each in versions] + [each.actor for each in happened])
    shown: list[dict[str, object]] = [
        {
            "actorId": each.created_by,
            "actor": people.get(each.created_by or 0),
            "action": _made_by(each),
            "details": {**about, "version": each.version, "source": source},
            "loggedAt": iso(each.created_at),
            "notes": None,
        }
        for each, source in zip(versions, sources_of(store, versions), strict=True)
    ]
    shown += [
        {
            "actorId": each.actor,
            "actor": people.get(each.actor or 0),
            "action": each.action,
            "details": {**about, "source": {}},
            "loggedAt": iso(each.at),
            "notes": None,
        }
        for each in sorted(happened, key=lambda each: each.audit_id)
        if each.action not in _OF_VERSIONS
    ]
    # of one moment what was told last is the newest: a conflict is looked at after the version it is about
    in_order = sorted(enumerate(shown), key=lambda pair: (str(pair[1]["loggedAt"]), pair[0]))
    return [each for _, each in reversed(in_order)]


def _made_by(version: EntityVersion) -> str:
    if version.version == 1:
        return "entity.bulk.create" if version.batch is not None else "entity.create"
    return "entity.update.version"


routes = [
    Route(f"{ENTITY}/versions", get_versions, methods=["GET"]),
    Route(f"{ENTITY}/diffs", get_diffs, methods=["GET"]),
    Route(f"{ENTITY}/audits", get_entity_audits, methods=["GET"]),
]
