"""Roles, and who has them where, as ODK Central shows it: on the server, in a project, in one form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import SignInFirst
from forms.faults.people import ActorNotFound, AssignmentNotFound, AssignmentTaken
from server.actions.add_app_user import give_form, let_read, take_form
from server.actions.assignments import assign_role, require_reach, unassign_role
from server.central_roles import CENTRAL_ROLES, CentralRole, central_role
from server.context import Context
from server.errors import json_response
from server.permissions import APP_USER, PUBLIC_LINK, VIEWER, Deed, Person, require
from server.routes.actors import Json, account_actor, is_extended, phone_actor
from server.routes.asking import context_of, name_in_path, now, number, project_in_path
from server.routes.identity import known, who
from server.store.app_users import AppUser
from server.store.refusals import AppUserNotFound


@dataclass(frozen=True, slots=True)
class Place:
    """Where roles are given: everywhere (no project), in a project, in a form."""

    project_id: int | None
    form_id: str | None = None


def role_json(role: CentralRole) -> Json:
    return {
        "id": role.number,
        "name": role.title,
        "system": role.system,
        "verbs": role.verbs,
        "createdAt": None,
        "updatedAt": None,
    }


async def get_roles(request: Request) -> Response:
    """Every role, Central's by its numbers and ours beside them."""
    if await who(request) is None:
        raise SignInFirst()
    return json_response([role_json(role) for role in CENTRAL_ROLES])


async def get_role(request: Request) -> Response:
    if await who(request) is None:
        raise SignInFirst()
    return json_response(role_json(central_role(name_in_path(request, "role"))))


async def get_assignments(request: Request) -> Response:
    """Who has which role here; with extended metadata with the person or phone itself."""
    context = context_of(request)
    _, place = await _place(request)
    return json_response(
        [
            _assignment(actor, role.number, is_extended(request))
            for role in CENTRAL_ROLES
            for actor in _holders(context, place, role)
        ]
    )


async def get_assignees(request: Request) -> Response:
    """Those who have one role here."""
    context = context_of(request)
    _, place = await _place(request)
    return json_response(list(_holders(context, place, central_role(name_in_path(request, "role")))))


async def post_assignment(request: Request) -> Response:
    """Give a role to an account, or a phone a form (role 2) or the reading of answers (viewer)."""
    return await _change(request, gives=True)


async def delete_assignment(request: Request) -> Response:
    return await _change(request, gives=False)


async def _change(request: Request, *, gives: bool) -> Response:
    context = context_of(request)
    person, place = await _place(request)
    role = central_role(name_in_path(request, "role"))
    actor_id = number(request.path_params["actor_id"])
    if actor_id is None:
        raise ActorNotFound(actor_id=request.path_params["actor_id"][:20])
    phone = _phone(context, place.project_id, actor_id)
    if phone is not None and role.role == APP_USER and place.form_id is not None:
        change = give_form if gives else take_form
        done = await asyncio.to_thread(
            change, context.store, phone, place.form_id, now=now(), actor=person.actor
        )
    elif phone is not None and role.role == VIEWER:
        require_reach(person, role.role, place.project_id)
        done = await asyncio.to_thread(
            let_read,
            context.store,
            phone,
            place.form_id,
            gives=gives,
            now=now(),
            actor=person.actor,
        )
    else:
        if role.role in (APP_USER, PUBLIC_LINK):  # a phone has its forms one by one, a link its own
            raise ActorNotFound(actor_id=actor_id)
        require_reach(person, role.role, place.project_id)
        work = assign_role if gives else unassign_role
        done = await asyncio.to_thread(
            work,
            context.store,
            actor_id,
            role.role,
            place.project_id,
            now=now(),
            actor=person.actor,
            form_id=place.form_id,
        )
    if not done:
        raise AssignmentTaken() if gives else AssignmentNotFound()
    return json_response({"success": True})


async def get_form_assignments(request: Request) -> Response:
    """Who has which role in which form of a project, all forms at once."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.MANAGE_PROJECT, project_id)
    wanted = request.path_params.get("role")
    roles = CENTRAL_ROLES if wanted is None else (central_role(name_in_path(request, "role")),)
    return json_response(
        [
            _assignment(actor, role.number, is_extended(request)) | {"xmlFormId": form.form_id}
            for form in context.store.forms.all(project_id)
            for role in roles
            for actor in _holders(context, Place(project_id, form.form_id), role)
        ]
    )


def _assignment(actor: Json, role_number: int, extended: bool) -> Json:
    described: Json = {"actorId": actor["id"], "roleId": role_number}
    return described | {"actor": actor} if extended else described


def _holders(context: Context, place: Place, role: CentralRole) -> Iterable[Json]:
    """The people, and in a form the phones, that have this role at this very place."""
    store = context.store
    if role.role == APP_USER and place.form_id is not None and place.project_id is not None:
        for phone in store.app_users.all(place.project_id):
            has_it = phone.form_ids is None or place.form_id in phone.form_ids
            if has_it and phone.revoked_at is None:
                yield phone_actor(phone)
        return
    for account in store.accounts.all():
        if account.disabled_at is None and any(
            (given.role, given.project_id, given.form_id) == (role.role, place.project_id, place.form_id)
            for given in account.assignments
        ):
            yield account_actor(account)
    if role.role == VIEWER and place.project_id is not None:
        for phone in store.app_users.all(place.project_id):
            if place.form_id in phone.reads and phone.revoked_at is None:
                yield phone_actor(phone)


def _phone(context: Context, project_id: int | None, actor_id: int) -> AppUser | None:
    try:
        return context.store.app_users.get(project_id, actor_id) if project_id is not None else None
    except AppUserNotFound:
        return None


async def _place(request: Request) -> tuple[Person, Place]:
    """Who asks, and where. Who keeps the phones gives them forms; who keeps the project gives roles.

    Raises: SignInFirst, NotAllowed, ProjectNotFound, FormNotFound.
    """
    context = context_of(request)
    if "project_id" not in request.path_params:
        return require(await who(request), Deed.MANAGE_ACCOUNTS, None), Place(None)
    project_id = project_in_path(request)
    if "form_id" not in request.path_params:
        return await known(request, Deed.MANAGE_PROJECT, project_id), Place(project_id)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.MANAGE_APP_USERS, project_id, form_id=form_id)
    context.store.forms.get(project_id, form_id)
    return person, Place(project_id, form_id)


def _at(where: str) -> list[Route]:
    return [
        Route(f"{where}/assignments", get_assignments),
        Route(f"{where}/assignments/{{role}}", get_assignees),
        Route(f"{where}/assignments/{{role}}/{{actor_id}}", post_assignment, methods=["POST"]),
        Route(f"{where}/assignments/{{role}}/{{actor_id}}", delete_assignment, methods=["DELETE"]),
    ]


_PROJECT = "/v1/projects/{project_id}"
routes = [
    Route("/v1/roles", get_roles),
    Route("/v1/roles/{role}", get_role),
    Route(f"{_PROJECT}/assignments/forms", get_form_assignments),
    Route(f"{_PROJECT}/assignments/forms/{{role}}", get_form_assignments),
    *_at("/v1"),
    *_at(_PROJECT),
    *_at(f"{_PROJECT}/forms/{{form_id}}"),
]
