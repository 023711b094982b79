"""Projects for programs, one aiyl aimak each, as ODK Central shows them."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import SignInFirst
from server.actions.projects import add_project, change_project, delete_project
from server.actions.replace_project import WantedForm, WantedProject, replace_project
from server.actions.using_lists import forms_using
from server.central_roles import verbs_on
from server.context import Context
from server.errors import json_response
from server.permissions import APP_USER, Deed, Person, may, projects_of, require
from server.routes.actors import Json, is_extended
from server.routes.asking import context_of, is_on, iso, now, project_in_path, read_json
from server.routes.datasets import dataset_json
from server.routes.form_shapes import is_shown, whole_json
from server.routes.identity import known, who
from server.store import Store
from server.store.projects import Project


class NewProject(msgspec.Struct, rename="camel"):
    name: str = ""
    description: str | None = None
    archived: bool | None = None
    aimak_code: str | None = None


class Changes(msgspec.Struct, rename="camel"):
    """What is not sent stays; a description of null is emptied."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    archived: bool | msgspec.UnsetType | None = msgspec.UNSET
    aimak_code: str | msgspec.UnsetType | None = msgspec.UNSET


class GivenRole(msgspec.Struct, rename="camel"):
    actor_id: int | None = None
    role_id: int | str | None = None


class GivenForm(msgspec.Struct, rename="camel"):
    xml_form_id: str = ""
    state: str | None = None
    assignments: list[GivenRole] | None = None


class Whole(msgspec.Struct, rename="camel"):
    """Everything a project is to be."""

    name: str = ""
    description: str | None = None
    archived: bool | None = None
    aimak_code: str | None = None  # ours: a client of Central does not send it, and does not mean to empty it
    forms: list[GivenForm] | None = None


def project_json(context: Context, project: Project) -> Json:
    key = context.store.keys.of_project(project.project_id)
    return {
        "id": project.project_id,
        "name": project.name,
        "description": project.description or None,
        "archived": True if project.archived_at is not None else None,
        "keyId": key.key_id if key is not None else None,
        "createdAt": iso(project.created_at),
        "updatedAt": iso(project.updated_at),
        "deletedAt": None,
        "aimakCode": project.aimak_code,
    }


async def get_projects(request: Request) -> Response:
    """The projects in which the one who asks may see anything, by name; archived ones last.

    With extended metadata also what is in each; with ?forms=true its forms as `formList`, with
    ?datasets=true its entity lists as `datasetList`.
    """
    context, person = context_of(request), await who(request)
    if person is None:
        raise SignInFirst()
    with_forms, with_lists = is_on(request, "forms"), is_on(request, "datasets")
    projects = {project.project_id: project for project in context.store.projects.all()}
    seen = [projects[number] for number in projects_of(person, projects)]
    described = []
    for project in sorted(seen, key=lambda each: (each.archived_at is not None, each.name)):
        one = project_json(context, project)
        if is_extended(request) or with_forms or with_lists:
            one |= await asyncio.to_thread(_extended, context, person, project)
        if with_forms:
            one["formList"] = await asyncio.to_thread(_forms, context, person, project.project_id)
        if with_lists:
            one["datasetList"] = await asyncio.to_thread(_lists, context.store, person, project.project_id)
        described.append(one)
    return json_response(described)


async def get_project(request: Request) -> Response:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_PROJECT, project_id)
    project = context.store.projects.get(project_id)
    described = project_json(context, project)
    if is_extended(request):
        described |= await asyncio.to_thread(_extended, context, person, project)
    return json_response(described)


async def post_project(request: Request) -> Response:
    """A new project, by whoever keeps the whole server."""
    context = context_of(request)
    person = require(await who(request), Deed.OPERATE, None)
    given = await read_json(request, NewProject)
    project = await asyncio.to_thread(
        add_project,
        context.store,
        given.name,
        description=given.description or "",
        aimak_code=given.aimak_code or "",
        is_archived=bool(given.archived),
        now=now(),
        actor=person.actor,
    )
    return json_response(project_json(context, project))


async def patch_project(request: Request) -> Response:
    """Another name or description; an archived project stays readable and stands last in lists."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_PROJECT, project_id)
    given = await read_json(request, Changes)
    present = context.store.projects.get(project_id)
    archived = given.archived
    project = await asyncio.to_thread(
        change_project,
        context.store,
        project_id,
        name=present.name if given.name is msgspec.UNSET else given.name,
        description=_text(given.description, present.description),
        aimak_code=_text(given.aimak_code, present.aimak_code),
        is_archived=present.archived_at is not None if archived is msgspec.UNSET else bool(archived),
        now=now(),
        actor=person.actor,
    )
    return json_response(project_json(context, project))


async def put_project(request: Request) -> Response:
    """The whole of a project at once: its name, and of each form the state and who has which role in it.

    What is not named is emptied; without `forms` these stay as they are. It is done whole or not at all.
    """
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_PROJECT, project_id)
    given = await read_json(request, Whole)
    forms = None
    if given.forms is not None:
        forms = [
            WantedForm(
                each.xml_form_id,
                each.state,
                None
                if each.assignments is None
                else [(one.actor_id, one.role_id) for one in each.assignments],
            )
            for each in given.forms
        ]
    project = await asyncio.to_thread(
        replace_project,
        context.store,
        project_id,
        WantedProject(given.name, given.description or "", given.aimak_code, bool(given.archived), forms),
        person=person,
        now=now(),
    )
    return json_response(project_json(context, project))


async def delete_one(request: Request) -> Response:
    """End a project: no client finds it or anything of it again. What was received stays in the ledger.

    Where a round was opened nothing is deleted: what was published goes on leading to its answers.
    """
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_PROJECT, project_id)
    await asyncio.to_thread(delete_project, context.store, project_id, now=now(), actor=person.actor)
    return json_response({"success": True})


def _text(given: str | msgspec.UnsetType | None, present: str) -> str:
    return present if given is msgspec.UNSET else given or ""


def _extended(context: Context, person: Person, project: Project) -> Json:
    """How much is in it, and what the one who asks may there."""
    store, project_id = context.store, project.project_id
    received = store.submissions.last_received(project_id)
    lists = store.entity_lists.all(project_id)
    made = [store.entity_pages.last_created(each) for each in lists]
    return {
        "forms": len(store.forms.all(project_id)),
        "appUsers": len(store.app_users.all(project_id)),
        "datasets": len(lists),
        "lastSubmission": iso(max(received.values(), default=None)),
        "lastEntity": iso(max((each for each in made if each is not None), default=None)),
        "verbs": verbs_on(person, project_id),
    }


def _forms(context: Context, person: Person, project_id: int) -> list[Json]:
    """Those that the one who asks may see, drafts too where they may."""
    drafts = {draft.form_id: draft for draft in context.store.drafts.all(project_id)}
    return [
        whole_json(context, person, form, drafts.get(form.form_id))
        for form in context.store.forms.all(project_id)
        if may(person, Deed.READ_FORMS, project_id, form_id=form.form_id) and is_shown(person, form)
    ]


def _lists(store: Store, person: Person, project_id: int) -> list[Json]:
    if person.kind == APP_USER or not may(person, Deed.READ_LISTS, project_id):
        return []
    return [
        dataset_json(each, forms_using(store, each))
        | {
            "entities": store.entities.count(each),
            "conflicts": store.entities.count_conflicts(each),
            "lastEntity": iso(store.entity_pages.last_created(each)),
        }
        for each in store.entity_lists.all(project_id)
    ]


routes = [
    Route("/v1/projects", get_projects, methods=["GET"]),
    Route("/v1/projects", post_project, methods=["POST"]),
    Route("/v1/projects/{project_id}", get_project, methods=["GET"]),
    Route("/v1/projects/{project_id}", patch_project, methods=["PATCH"]),
    Route("/v1/projects/{project_id}", put_project, methods=["PUT"]),
    Route("/v1/projects/{project_id}", delete_one, methods=["DELETE"]),
]
