"""Projects for programs, one aiyl aimak each, as ODK Central shows them."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import SignInFirst
from server.actions.projects import add_project, change_project
from server.central_roles import verbs_on
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person, may, projects_of, require
from server.routes.actors import Json, is_extended
from server.routes.asking import context_of, is_on, iso, now, project_in_path, read_json
from server.routes.form_shapes import form_json
from server.routes.identity import known, who
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
    """The projects in which the one who asks may see anything; archived ones last.

    With extended metadata also what is in each; with ?forms=true its forms as `formList`.
    """
    context, person = context_of(request), await who(request)
    if person is None:
        raise SignInFirst()
    projects = {project.project_id: project for project in context.store.projects.all()}
    seen = [projects[number] for number in projects_of(person, projects)]
    with_forms = is_on(request, "forms")
    described = []
    for project in sorted(seen, key=lambda each: each.archived_at is not None):
        one = project_json(context, project)
        if is_extended(request) or with_forms:
            one |= await asyncio.to_thread(_extended, context, person, project)
        if with_forms:
            one["formList"] = _forms(context, person, project.project_id)
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


def _text(given: str | msgspec.UnsetType | None, present: str) -> str:
    return present if given is msgspec.UNSET else given or ""


def _extended(context: Context, person: Person, project: Project) -> Json:
    """How much is in it, and what the one who asks may there."""
    store, project_id = context.store, project.project_id
    received = store.submissions.last_received(project_id)
    return {
        "forms": len(store.forms.all(project_id)),
        "appUsers": len(store.app_users.all(project_id)),
        "datasets": len(store.entity_lists.all(project_id)),
        "lastSubmission": iso(max(received.values(), default=None)),
        "lastEntity": None,
        "verbs": verbs_on(person, project_id),
    }


def _forms(context: Context, person: Person, project_id: int) -> list[dict[str, object]]:
    return [
        form_json(context.store.keys, form)
        for form in context.store.forms.all(project_id)
        if form.current is not None and may(person, Deed.READ_FORMS, project_id, form_id=form.form_id)
    ]


routes = [
    Route("/v1/projects", get_projects, methods=["GET"]),
    Route("/v1/projects", post_project, methods=["POST"]),
    Route("/v1/projects/{project_id}", get_project, methods=["GET"]),
    Route("/v1/projects/{project_id}", patch_project, methods=["PATCH"]),
]
