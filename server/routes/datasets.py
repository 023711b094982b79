"""Entity lists for programs, as ODK Central shapes them; there a list is called a dataset."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import NotAllowed
from forms.faults.entities import EntityPropertyInUse, EntityPropertyNotFound
from forms.faults.entity_requests import EntitiesPending
from server.actions.change_entities import list_of
from server.actions.using_lists import Using, UsingForm, forms_using, remove_list
from server.context import Context
from server.errors import json_response
from server.permissions import APP_USER, Deed, Person
from server.routes.asking import context_of, is_on, iso, name_in_path, now, project_in_path, read_json
from server.routes.identity import known
from server.store import Store, Tx
from server.store.entities import EntityList
from server.store.entities.odata_names import odata_names


class NewList(msgspec.Struct, rename="camel"):
    name: str = ""
    approval_required: bool = False
    owner_only: bool = False


class ListOptions(msgspec.Struct, rename="camel"):
    approval_required: bool | None = None
    owner_only: bool | None = None


class NewProperty(msgspec.Struct):
    name: str = ""


def dataset_json(store: Store, listed: EntityList, using: Using) -> dict[str, object]:
    """A list, its properties, and the forms that use it."""
    called = odata_names(listed.property_names)
    return {
        "name": listed.name,
        "projectId": listed.project_id,
        "createdAt": iso(listed.created_at),
        "approvalRequired": listed.approval_required,
        "ownerOnly": listed.owner_only,
        "lastUpdate": iso(listed.changed_at),
        "sourceForms": [_form(form) for form in using.sources],
        "linkedForms": [_form(form) for form in using.linked],
        "draftSourceForms": [],
        "draftLinkedForms": [],
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
    """The lists of a project; with X-Extended-Metadata how many entities and conflicts each has."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_LISTS, project_id)
    if person.kind == APP_USER:
        raise NotAllowed()
    extended = request.headers.get("x-extended-metadata", "").lower() == "true"
    return json_response(await asyncio.to_thread(_shown, context.store, project_id, extended))


def _shown(store: Store, project_id: int, extended: bool) -> list[dict[str, object]]:
    shown = []
    for listed in store.entity_lists.all(project_id):
        one = dataset_json(store, listed, forms_using(store, listed))
        if extended:
            one["entities"] = store.entities.count(listed)
            one["conflicts"] = store.entities.count_conflicts(listed)
            one["lastEntity"] = iso(store.entity_pages.last_created(listed))
        shown.append(one)
    return shown


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

    return json_response(dataset_json(store, await store.change(create), Using((), ())))


async def get_dataset(request: Request) -> Response:
    """A list: its properties, what it asks for, and the forms that use it."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    using = await asyncio.to_thread(forms_using, context.store, listed)
    return json_response(dataset_json(context.store, listed, using))


async def patch_dataset(request: Request) -> Response:
    """Change what a list asks for. `convert=true`: take what waits for approval, now that none is needed."""
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    wanted = await read_json(request, ListOptions)
    store, moment = context.store, now()
    waiting: tuple[int, ...] = ()
    if wanted.approval_required is False and listed.approval_required:
        waiting = await asyncio.to_thread(store.entity_work.pending, listed)
        if waiting and "convert" not in request.query_params:
            raise EntitiesPending(count=len(waiting))

    def change(tx: Tx) -> EntityList:
        changed = store.entity_lists.set_options(
            tx, listed, approval_required=wanted.approval_required, owner_only=wanted.owner_only, now=moment
        )
        details = {
            name: int(value)
            for name, value in (("approval", wanted.approval_required), ("ownerOnly", wanted.owner_only))
            if value is not None
        }
        store.audit.add(
            tx, "dataset.update", f"{listed.project_id}/{listed.name}", now=moment, actor=person.actor,
            details=details,
        )  # fmt: skip
        return changed

    changed = await store.change(change)
    if is_on(request, "convert"):
        for submission in waiting:
            await store.change(partial(store.entity_work.convert, submission=submission, now=moment))
    using = await asyncio.to_thread(forms_using, store, changed)
    return json_response(dataset_json(store, changed, using))


async def delete_dataset(request: Request) -> Response:
    """Remove a list that no form uses, and all that is in it."""
    context, listed, person = await list_in_path(request, Deed.MANAGE_LISTS)
    store, moment = context.store, now()

    def remove(tx: Tx) -> None:
        remove_list(store, tx, listed)
        subject = f"{listed.project_id}/{listed.name}"
        store.audit.add(tx, "dataset.delete", subject, now=moment, actor=person.actor)

    await store.change(remove)
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
    using = await asyncio.to_thread(forms_using, store, listed)
    if name not in listed.property_names:
        raise EntityPropertyNotFound(name=name)
    if any(name in form.properties for form in using.sources):
        raise EntityPropertyInUse(name=name)

    def remove(tx: Tx) -> None:
        store.entity_lists.remove_property(tx, listed, name, now=moment)
        subject = f"{listed.project_id}/{listed.name}"
        details = {"removed": name}
        store.audit.add(tx, "dataset.update", subject, now=moment, actor=person.actor, details=details)

    await store.change(remove)
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
