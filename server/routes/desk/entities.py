"""One entity at the desk: what it says, how it came to say so, its conflict, and changing it by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, RegistryFaults
from forms.faults.entities import EntityNotFound
from forms.registry_lists import LISTS
from server.actions.change_entities import (
    change_entity,
    create_entity,
    delete_entity,
    purge_entity,
    restore_entity,
)
from server.permissions import Deed
from server.routes.asking import name_in_path, number
from server.routes.desk.entity_lists import LIST, changing_at, list_at, may_write
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store import Tx
from server.store.entities import Entity, EntityList, EntityVersion, NewEntity
from server.store.entities.rows import new_uuid
from server.store.senders import names_of

FIELD = "p-"  # of a property in a posted form: a name of ours and one of theirs never meet


async def get_new(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    return await _form_page(request, visitor, known)


async def _form_page(
    request: Request, visitor: Visitor, known: EntityList, problem: BaikooError | None = None
) -> Response:
    values = {
        "known": known,
        "label": visitor.posted.text("label"),
        "data": _data(visitor, known),
        "field": FIELD,
        "in_registry": known.name in LISTS,
        "faults": problem.faults if isinstance(problem, RegistryFaults) else (),
    }
    told = problem.sentence if problem is not None else None
    return await desk_page(request, visitor, "entity_new.html", values, problem=told)


def _data(visitor: Visitor, known: EntityList) -> dict[str, str]:
    """What was typed; a blank that was posted is a blank."""
    return {
        name: visitor.posted.text(FIELD + name)
        for name in known.property_names
        if FIELD + name in visitor.posted.form
    }


async def post_new(request: Request, visitor: Visitor) -> Response:
    changing = await asyncio.to_thread(changing_at, request, visitor)
    known = changing.known
    data = {name: text for name, text in _data(visitor, known).items() if text}
    label = visitor.posted.text("label") or ("-" if known.name in LISTS else "")
    new = NewEntity(new_uuid(), label, data)
    try:
        await changing.store.change(create_entity(changing, new))
    except BaikooError as refused:
        return await _form_page(request, visitor, known, refused)
    return go(visitor, "lists", known.name, "entities", new.uuid, done="added")


async def get_entity(request: Request, visitor: Visitor) -> Response:
    return await entity_page(request, visitor)


async def entity_page(request: Request, visitor: Visitor, problem: BaikooError | None = None) -> Response:
    store = visitor.context.store
    known = await asyncio.to_thread(list_at, request, visitor)

    def read() -> tuple[Entity, tuple[EntityVersion, ...], dict[int, str]]:
        uuid = name_in_path(request, "uuid")
        one = store.entities.find(known, uuid)
        if one is None:
            raise EntityNotFound(uuid=uuid[:100], name=known.name)
        versions = store.entities.versions(one)
        actors = [each.created_by for each in versions if each.created_by is not None]
        return one, versions, names_of(store.database, actors)

    one, versions, names = await asyncio.to_thread(read)
    given = _data(visitor, known) if problem is not None else {}
    values = {
        "known": known,
        "one": one,
        "label": visitor.posted.text("label") if problem is not None else one.label,
        "data": {**one.data, **given},
        "filled": [name for name in known.property_names if one.data.get(name)],
        "history": _history(versions),
        "names": names,
        "field": FIELD,
        "in_registry": known.name in LISTS,
        "may_write": may_write(visitor, known),
        "faults": problem.faults if isinstance(problem, RegistryFaults) else (),
    }
    told = problem.sentence if problem is not None else None
    return await desk_page(request, visitor, "entity.html", values, problem=told)


def _history(
    versions: tuple[EntityVersion, ...],
) -> list[tuple[EntityVersion, list[tuple[str, str, str]]]]:
    """Newest first: each version, and (property, before, after) of what it changed."""
    shown = []
    before: dict[str, str] = {}
    for version in versions:
        after = {"label": version.label, **version.data}
        changed = [
            (name, before.get(name, ""), after.get(name, ""))
            for name in dict.fromkeys((*before, *after))
            if before.get(name, "") != after.get(name, "")
        ]
        shown.append((version, changed if version.version > 1 else []))
        before = after
    return shown[::-1]


async def post_entity(request: Request, visitor: Visitor) -> Response:
    """What was typed, onto the version that was looked at; with `resolve` the conflict is over too."""
    changing = await asyncio.to_thread(changing_at, request, visitor)
    known, posted = changing.known, visitor.posted
    uuid = name_in_path(request, "uuid")
    one = await asyncio.to_thread(changing.store.entities.get, known, uuid)
    data = {name: text for name, text in _data(visitor, known).items() if one.data.get(name, "") != text}
    label = posted.text("label")
    changed_label = label if label and label != one.label else None
    resolve = posted.text("resolve") == "yes" and one.conflict is not None
    if not data and changed_label is None and not resolve:
        return go(visitor, "lists", known.name, "entities", uuid)
    change = change_entity(
        changing, uuid, label=changed_label, data=data or None, base_version=number(posted.text("version")),
        force=False, resolve=resolve,
    )  # fmt: skip
    return await _do(request, visitor, change, "changed")


async def post_delete(request: Request, visitor: Visitor) -> Response:
    changing = await asyncio.to_thread(changing_at, request, visitor)
    return await _do(
        request, visitor, delete_entity(changing, name_in_path(request, "uuid")), "entity_deleted"
    )


async def post_restore(request: Request, visitor: Visitor) -> Response:
    changing = await asyncio.to_thread(changing_at, request, visitor)
    return await _do(
        request, visitor, restore_entity(changing, name_in_path(request, "uuid")), "entity_restored"
    )


async def post_purge(request: Request, visitor: Visitor) -> Response:
    changing = await asyncio.to_thread(changing_at, request, visitor)
    purge = purge_entity(changing, name_in_path(request, "uuid"))
    return await _do(request, visitor, purge, "entity_purged", gone=True)


async def _do(
    request: Request, visitor: Visitor, change: Callable[[Tx], None], done: str, *, gone: bool = False
) -> Response:
    name = name_in_path(request, "dataset")
    try:
        await visitor.context.store.change(change)
    except BaikooError as refused:
        return await entity_page(request, visitor, refused)
    if gone:
        return go(visitor, "lists", name, done=done)
    return go(visitor, "lists", name, "entities", name_in_path(request, "uuid"), done=done)


READ, WRITE, POST = Deed.READ_LISTS, Deed.WRITE_ENTITIES, ("POST",)
ENTITY = f"{LIST}/entities/{{uuid}}"
routes = [
    at(f"{LIST}/new", get_new, WRITE),
    at(f"{LIST}/new", post_new, WRITE, methods=POST),
    at(ENTITY, get_entity, READ),
    at(ENTITY, post_entity, WRITE, methods=POST),
    at(f"{ENTITY}/delete", post_delete, WRITE, methods=POST),
    at(f"{ENTITY}/restore", post_restore, WRITE, methods=POST),
    at(f"{ENTITY}/purge", post_purge, WRITE, methods=POST),
]
