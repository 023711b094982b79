"""App users for programs: the phones of a project and their tokens, as ODK Central shows them."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import ParameterInvalid
from server.actions.add_app_user import add_app_user, revoke_app_user
from server.context import Context
from server.errors import json_response
from server.pages.qr import CollectSettings
from server.permissions import Deed
from server.routes.asking import base_url, context_of, iso, now, number, project_in_path, read_json
from server.routes.identity import known
from server.store.app_users import AppUser
from server.store.refusals import AppUserNotFound

LANGUAGES = ("ky", "ru", "en")


class NewAppUser(msgspec.Struct, rename="camel"):
    display_name: str = ""
    language: str = "ky"


def server_url(request: Request, context: Context, app_user: AppUser) -> str:
    """What a person would type into Collect."""
    token = context.store.app_users.token(app_user)
    return f"{base_url(request)}/v1/key/{token}/projects/{app_user.project_id}"


def app_user_json(request: Request, context: Context, app_user: AppUser) -> dict[str, object]:
    revoked = app_user.revoked_at is not None
    return {
        "projectId": app_user.project_id,
        "id": app_user.actor_id,
        "displayName": app_user.display_name,
        "type": "field_key",
        "token": None if revoked else context.store.app_users.token(app_user),
        "createdAt": iso(app_user.created_at),
        "updatedAt": iso(app_user.revoked_at),
        "deletedAt": None,
        "lastUsed": None,
        "createdBy": app_user.created_by,
        "language": app_user.language,
    }


async def get_app_users(request: Request) -> Response:
    """Every app user, revoked ones with no token."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.MANAGE_APP_USERS, project_id)
    return json_response(
        [app_user_json(request, context, each) for each in context.store.app_users.all(project_id)]
    )


async def post_app_user(request: Request) -> Response:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_APP_USERS, project_id)
    given = await read_json(request, NewAppUser)
    if given.language not in LANGUAGES:
        raise ParameterInvalid(name="language", value=given.language[:20])
    app_user = await asyncio.to_thread(
        add_app_user,
        context.store,
        project_id,
        given.display_name,
        now=now(),
        actor=person.actor,
        language=given.language,
    )
    return json_response(app_user_json(request, context, app_user))


async def delete_app_user(request: Request) -> Response:
    """End its access at once; what it sent keeps its name."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_APP_USERS, project_id)
    actor_id = number_in_path(request)
    context.store.app_users.get(project_id, actor_id)
    await asyncio.to_thread(
        revoke_app_user, context.store, project_id, actor_id, now=now(), actor=person.actor
    )
    return json_response({"success": True})


async def get_app_user_settings(request: Request) -> Response:
    """The settings of Collect for this app user, as the text of its QR code."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.MANAGE_APP_USERS, project_id)
    app_user = context.store.app_users.get(project_id, number_in_path(request))
    url = server_url(request, context, app_user)
    project = context.store.projects.get(project_id)
    settings = CollectSettings(url, project.name, language=app_user.language)
    return json_response({"serverUrl": url, "settings": settings.text})


async def post_assignment(request: Request) -> Response:
    """Central gives an app user its forms one by one; here it has every form of its project already."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.MANAGE_APP_USERS, project_id)
    context.store.app_users.get(project_id, number_in_path(request))
    return json_response({"success": True})


def number_in_path(request: Request) -> int:
    text: str = request.path_params["actor_id"]
    actor_id = number(text)
    if actor_id is None:
        raise AppUserNotFound(actor_id=text[:20])
    return actor_id


_ALL = "/v1/projects/{project_id}/app-users"
routes = [
    Route(_ALL, get_app_users, methods=["GET"]),
    Route(_ALL, post_app_user, methods=["POST"]),
    Route(f"{_ALL}/{{actor_id}}/settings", get_app_user_settings),
    Route(f"{_ALL}/{{actor_id}}", delete_app_user, methods=["DELETE"]),
    Route(
        "/v1/projects/{project_id}/forms/{form_id}/assignments/{role}/{actor_id}",
        post_assignment,
        methods=["POST"],
    ),
]
