"""Entity lists for programs, as ODK Central shapes them; there a list is called a dataset."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import NotAllowed, ParameterInvalid
from forms.faults.entity_requests import AccessFilterInvalid, EntitiesPending
from server.actions.change_entities import list_of
from server.actions.deliver_entities import set_access
from server.actions.using_lists import (
    Using,
    UsingForm,
    forms_using,
    remove_list,
    remove_property,
    using_of,
)
from server.context import Context
from server.errors import json_response
from server.permissions import APP_USER, Deed, Person
from server.routes.asking import context_of, is_on, iso, name_in_path, now, project_in_path, read_json
from server.routes.identity import known
from server.store import Store, Tx
from server.store.entities import AccessRule, EntityList
from server.store.entities.odata_names import odata_names


class NewList(msgspec.Struct, rename="camel"):
    name: str = ""
    approval_required: bool = False
    owner_only: bool = False


class Rule(msgspec.Struct, rename="camel"):
    dataset_property: str = ""
    actor_property: str = ""


class AccessFilter(msgspec.Struct):
    """`ownerOnly`: who only fills forms sees what they created; `property`: what any of the rules shows."""

    type: str = ""
    rules: list[Rule] | None = None


class ListOptions(msgspec.Struct, rename="camel"):
    approval_required: bool | None = None
    owner_only: bool | None = None
    access_filter: AccessFilter | msgspec.UnsetType | None = msgspec.UNSET


class NewProperty(msgspec.Struct):
    name: str = ""


def dataset_json(listed: EntityList, using: Using) -> dict[str, object]:
    """A list, its properties, the forms that use it, and who is given what of it where not all is given."""
    called = odata_names(listed.property_names)
    shown: dict[str, object] = {
        "name": listed.name,
        "projectId": listed.project_id,
        "createdAt": iso(listed.created_at),
        "approvalRequired": listed.approval_required,
        "ownerOnly": listed.owner_only,
        "lastUpdate": iso(listed.changed_at),
        "sourceForms": [_form(form) for form in using.sources],
        "linkedForms": [_form(form) for form in using.linked],
        "draftSourceForms": [_form(form) for form in using.draft_sources],
        "draftLinkedForms": [_form(form) for form in using.draft_linked],
        "properties": [
            {
                "name": each.name,
                "odataName": called[each.name],
                "publishedAt": iso(each.published_at),
                "forms": [_form(form) for form in using.sources if each.name in form.properties],
            }
            for each in listed.properties
        ],
    }
    if listed.owner_only:
        shown["accessFilter"] = {"type": "ownerOnly"}
    elif listed.rules:
        rules = [
            {"datasetProperty": rule.property, "actorProperty": rule.actor_property} for rule in listed.rules
        ]
        shown["accessFilter"] = {"type": "property", "rules": rules}
    return shown


def _form(form: UsingForm) -> Mapping[str, str]:
    named = {"xmlFormId": form.form_id, "name": form.title}
    return named | ({"repeatPath": form.repeat} if form.repeat is not None else {})


async def list_in_path(request: Request, deed: Deed) -> tuple[Context, EntityList, Person]:
    """The list of the address, for somebody with an account; phones get theirs with a form."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, deed, project_id)
    if person.kind == APP_USER:
        raise NotAllowed()
    name = name_in_path(request, "dataset")
    return context, await asyncio.to_thread(list_of, context.store, project_id, name, now()), person


async def get_datasets(request: Request) -> Response:
    """The lists of a project; with X-Extended-Metadata how many entities and conflicts each has.

    `deleted=true`: those in the trash, by number.
    """
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_LISTS, project_id)
    if person.kind == APP_USER:
        raise NotAllowed()
    extended = request.headers.get("x-extended-metadata", "").lower() == "true"
    read = partial(_trashed if is_on(request, "deleted") else _shown, context.store, project_id)
    return json_response(await asyncio.to_thread(read, extended=extended))


def _shown(store: Store, project_id: int, *, extended: bool) -> list[dict[str, object]]:
    lists = store.entity_lists.all(project_id)
    shown = [dataset_json(*one) for one in zip(lists, using_of(store, lists), strict=True)]
    if extended:
        for listed, one in zip(lists, shown, strict=True):
            one |= _counted(store, listed)
    return shown


def _trashed(store: Store, project_id: int, *, extended: bool) -> list[dict[str, object]]:
    shown = []
    for each in store.entity_list_trash.all(project_id):
        one = dataset_json(each.known, Using())
        one |= {"id": each.known.list_id, "deletedAt": iso(each.deleted_at)}
        shown.append(one | (_counted(store, each.known) if extended else {}))
    return shown


def _counted(store: Store, listed: EntityList) -> dict[str, object]:
    return {
        "entities": store.entities.count(listed),
        "conflicts": store.entities.count_conflicts(listed),
        "lastEntity": iso(store.entity_pages.last_created(listed)),
    }


async def post_dataset(request: Request) -> Response:
    """Make a list; `objects` and `villages` are the registry, whose properties are fixed."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_LISTS, project_id)
    wanted = await read_json(request, NewList)
    store, moment = context.store, now()

    def create(tx: Tx) -> EntityList:
        made = store.entity_lists.create(
            tx,
            project_id,
            wanted.name,
            approval_required=wanted.approval_required,
            owner_only=wanted.owner_only,
            now=moment,
            actor=person.actor,
        )
        store.audit.add(tx, "dataset.create", f"{project_id}/{made.name}", now=moment, actor=person.actor)
        return made

    return json_response(dataset_json(await store.change(create), Using()))


async def get_dataset(request: Request) -> Response:
    """A list: its properties, what it asks for, and the forms that use it."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    using = await asyncio.to_thread(forms_using, context.store, listed)
    return json_response(dataset_json(listed, using))


async def patch_dataset(request: Request) -> Response:
    """Change what a list asks for, and who is given what of it.

    `convert=true`: take what waits for approval, now that none is needed.
    """
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    wanted = await read_json(request, ListOptions)
    store, moment = context.store, now()
    convert = request.query_params.get("convert")
    if convert not in (None, "true", "false"):
        raise ParameterInvalid(name="convert", value=convert[:100])
    access = _access(wanted, listed)
    waiting: tuple[int, ...] = ()
    if wanted.approval_required is False and listed.approval_required:
        waiting = await asyncio.to_thread(store.entity_work.pending, listed)
        if waiting and convert is None:
            raise EntitiesPending(count=len(waiting))

    def change(tx: Tx) -> EntityList:
        changed = listed
        if wanted.approval_required is not None:
            changed = store.entity_lists.set_approval(
                tx, listed, approval_required=wanted.approval_required, now=moment
            )
            store.audit.add(
                tx, "dataset.update", f"{listed.project_id}/{listed.name}", now=moment, actor=person.actor,
                details={"approval": int(wanted.approval_required)},
            )  # fmt: skip
        if access is not None:
            changed = set_access(
                store, tx, listed, owner_only=access[0], rules=access[1], now=moment, actor=person.actor
            )
        return changed

    changed = await store.change(change)
    if convert == "true":
        for submission in waiting:
            await store.change(partial(store.entity_work.convert, submission=submission, now=moment))
    using = await asyncio.to_thread(forms_using, store, changed)
    return json_response(dataset_json(changed, using))


def _access(wanted: ListOptions, listed: EntityList) -> tuple[bool, tuple[AccessRule, ...]] | None:
    """Whether only the owner sees an entity, and the rules; None: they stay as they are.

    Raises: AccessFilterInvalid.
    """
    match wanted.access_filter:
        case msgspec.UnsetType():
            if wanted.owner_only is None or wanted.owner_only == listed.owner_only:
                return None
            return wanted.owner_only, ()
        case None:
            return False, ()
        case AccessFilter(type="ownerOnly"):
            return True, ()
        case AccessFilter(type="property", rules=rules):
            if not rules or not all(rule.dataset_property and rule.actor_property for rule in rules):
                raise AccessFilterInvalid(field="accessFilter.rules")
            return False, tuple(AccessRule(rule.dataset_property, rule.actor_property) for rule in rules)
    raise AccessFilterInvalid(field="accessFilter.type")


async def delete_dataset(request: Request) -> Response:
    """Put a list that no form uses into the trash; its rows can be fetched there for 30 days."""
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    store, moment = context.store, now()
    await store.change(lambda tx: remove_list(store, tx, listed, now=moment, actor=person.actor))
    return json_response({"success": True})


async def post_property(request: Request) -> Response:
    """Give a list one more property."""
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    wanted = await read_json(request, NewProperty)
    store, moment = context.store, now()

    def add(tx: Tx) -> None:
        store.entity_lists.add_property(tx, listed, wanted.name, now=moment)
        subject = f"{listed.project_id}/{listed.name}"
        details = {"property": wanted.name}
        store.audit.add(tx, "dataset.update", subject, now=moment, actor=person.actor, details=details)

    await store.change(add)
    return json_response({"success": True})


async def delete_property(request: Request) -> Response:
    """Remove a property that no form writes and no entity has a value of."""
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    name, store, moment = name_in_path(request, "property"), context.store, now()
    await store.change(lambda tx: remove_property(store, tx, listed, name, now=moment, actor=person.actor))
    return json_response({"success": True})


ALL = "/v1/projects/{project_id}/datasets"
ONE = f"{ALL}/{{dataset}}"
routes = [
    Route(ALL, get_datasets, methods=["GET"]),
    Route(ALL, post_dataset, methods=["POST"]),
    Route(ONE, get_dataset, methods=["GET"]),
    Route(ONE, patch_dataset, methods=["PATCH"]),
    Route(ONE, delete_dataset, methods=["DELETE"]),
    Route(f"{ONE}/properties", post_property, methods=["POST"]),
    Route(f"{ONE}/properties/{{property}}", delete_property, methods=["DELETE"]),
]
