"""App users for programs: the phones of a project and their tokens, as ODK Central shows them.

As in Central, an app user made here sees no form until it is given some (…/forms/{f}/assignments/2/{id}),
unless it is made with `everyForm`; those made at the desk see every form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import ParameterInvalid
from server.actions.actor_properties import values_in
from server.actions.add_app_user import add_app_user, delete_app_user
from server.context import Context
from server.errors import json_response
from server.pages.qr import CollectSettings, picture
from server.permissions import Deed, Person
from server.routes.actor_properties import GivenProperties, give
from server.routes.actors import Json, app_user_json, is_extended, maker, properties_of
from server.routes.asking import (
    PLAIN,
    attachment,
    base_url,
    context_of,
    iso,
    now,
    number,
    project_in_path,
    read_json,
)
from server.routes.identity import known
from server.store.app_users import AppUser
from server.store.refusals import AppUserNotFound

LANGUAGES = ("ky", "ru", "en")
PICTURES = {"png": "image/png", "svg": "image/svg+xml"}


class NewAppUser(msgspec.Struct, rename="camel"):
    display_name: str = ""
    language: str = "ky"
    every_form: bool = False
    properties: Any = None


def server_url(request: Request, context: Context, app_user: AppUser) -> str:
    """What a person would type into Collect."""
    token = context.store.app_users.token(app_user)
    return f"{base_url(request)}/v1/key/{token}/projects/{app_user.project_id}"


def settings_of(request: Request, context: Context, app_user: AppUser) -> CollectSettings:
    """What Collect is told by the code of this app user. Raises: AppUserRevoked, TokenLost."""
    return CollectSettings(
        server_url=server_url(request, context, app_user),
        project_name=context.store.projects.get(app_user.project_id).name,
        language=app_user.language,
    )


async def get_app_users(request: Request) -> Response:
    """Every app user: those that work first, newest first; revoked ones have no token."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.MANAGE_APP_USERS, project_id)
    everyone = sorted(
        context.store.app_users.all(project_id),
        key=lambda each: (each.revoked_at is not None, -each.actor_id),
    )
    if is_extended(request):
        return json_response(await asyncio.to_thread(_extended, context, project_id, everyone))
    return json_response([app_user_json(context, each) for each in everyone])


async def post_app_user(request: Request) -> Response:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_APP_USERS, project_id)
    given = await read_json(request, NewAppUser)
    if given.language not in LANGUAGES:
        raise ParameterInvalid(name="language", value=given.language[:20])
    properties = values_in(given.properties) if given.properties is not None else {}
    app_user = await asyncio.to_thread(
        add_app_user,
        context.store,
        project_id,
        given.display_name,
        now=now(),
        actor=person.actor,
        language=given.language,
        every_form=given.every_form,
        properties=properties,
    )
    return json_response(app_user_json(context, app_user))


async def get_app_user(request: Request) -> Response:
    """One of them; with extended metadata also who made it, when it was last used, and its properties."""
    context, _, app_user = await _one(request)
    if is_extended(request):
        return json_response(await asyncio.to_thread(_one_extended, context, app_user))
    return json_response(app_user_json(context, app_user))


async def patch_app_user(request: Request) -> Response:
    """Give it values of the properties its project declares; the reply is the extended one."""
    context, person, app_user = await _one(request)
    given = await read_json(request, GivenProperties)
    await give(context, "field_key", app_user.project_id, app_user.actor_id, given, person)
    return json_response(await asyncio.to_thread(_one_extended, context, app_user))


async def delete_one(request: Request) -> Response:
    """End its access at once, and leave it out of the list; what it sent keeps its name."""
    context, person, app_user = await _one(request)
    await asyncio.to_thread(
        delete_app_user,
        context.store,
        app_user.project_id,
        app_user.actor_id,
        now=now(),
        actor=person.actor,
    )
    return json_response({"success": True})


async def get_settings(request: Request) -> Response:
    """The settings of Collect for this app user: the very text of its QR code."""
    context, _, app_user = await _one(request)
    settings = settings_of(request, context, app_user)
    return Response(settings.text, headers={"Cache-Control": "no-store"}, media_type=PLAIN)


async def get_picture(request: Request) -> Response:
    """The QR code itself, as PNG or SVG by the end of the address."""
    context, _, app_user = await _one(request)
    kind = request.url.path.rpartition(".")[2]
    content = await asyncio.to_thread(picture, settings_of(request, context, app_user), kind)
    headers = {
        "Content-Disposition": attachment(f"{app_user.display_name}.{kind}", inline=True),
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers, media_type=PICTURES[kind])


def _extended(context: Context, project_id: int, phones: Sequence[AppUser]) -> list[Json]:
    last_used = context.store.app_users.last_used(project_id)
    return [
        app_user_json(context, each)
        | {
            "createdBy": maker(context, each.created_by),
            "lastUsed": iso(last_used.get(each.actor_id)),
            "properties": properties_of(context, each.actor_id),
        }
        for each in phones
    ]


def _one_extended(context: Context, app_user: AppUser) -> Json:
    return _extended(context, app_user.project_id, [app_user])[0]


async def _one(request: Request) -> tuple[Context, Person, AppUser]:
    """Raises: SignInFirst, NotAllowed, ProjectNotFound, AppUserNotFound."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_APP_USERS, project_id)
    text: str = request.path_params["actor_id"]
    actor_id = number(text)
    if actor_id is None:
        raise AppUserNotFound(actor_id=text[:20])
    return context, person, context.store.app_users.get(project_id, actor_id)


_ALL = "/v1/projects/{project_id}/app-users"
routes = [
    Route(_ALL, get_app_users, methods=["GET"]),
    Route(_ALL, post_app_user, methods=["POST"]),
    Route(f"{_ALL}/{{actor_id}}", get_app_user, methods=["GET"]),
    Route(f"{_ALL}/{{actor_id}}", patch_app_user, methods=["PATCH"]),
    Route(f"{_ALL}/{{actor_id}}", delete_one, methods=["DELETE"]),
    Route(f"{_ALL}/{{actor_id}}/settings", get_settings),
    *(Route(f"{_ALL}/{{actor_id}}/settings.{kind}", get_picture) for kind in PICTURES),
]
