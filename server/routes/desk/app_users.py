"""Phones at the desk: app users, the code each scans to know its server, their language, their end."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Sentence
from server.actions.add_app_user import add_app_user, limit_app_user, revoke_app_user
from server.pages import qr
from server.pages.words import LANGUAGES, translate
from server.permissions import Deed
from server.routes.app_users import server_url
from server.routes.asking import attachment, now
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store import Tx
from server.store.app_users import AppUser

PICTURES = {"png": "image/png", "svg": "image/svg+xml"}


async def get_app_users(request: Request, visitor: Visitor) -> Response:
    return await list_page(request, visitor)


async def list_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    everyone = await asyncio.to_thread(visitor.context.store.app_users.all, visitor.project_id)
    values = {
        "app_users": everyone,
        "given": visitor.posted.given(),
        "properties": visitor.context.store.actor_properties.names(visitor.project_id),
    }
    return await desk_page(request, visitor, "app_users.html", values, problem=problem)


async def post_app_user(request: Request, visitor: Visitor) -> Response:
    language = visitor.posted.text("language")
    try:
        app_user = await asyncio.to_thread(
            add_app_user,
            visitor.context.store,
            visitor.project_id,
            visitor.posted.text("name"),
            now=now(),
            actor=visitor.person.actor,
            language=language if language in LANGUAGES else "ky",
        )
    except BaikooError as refused:
        return await list_page(request, visitor, refused.sentence)
    return go(visitor, "app-users", str(app_user.actor_id), done="added")


async def get_app_user(request: Request, visitor: Visitor) -> Response:
    return await phone_page(request, visitor, app_user_in_path(request, visitor))


async def phone_page(
    request: Request, visitor: Visitor, app_user: AppUser, problem: Sentence | None = None
) -> Response:
    """The settings code, as a picture and as what a person would type into Collect."""
    properties = visitor.context.store.actor_properties
    forms = [form for form in visitor.context.store.forms.all(visitor.project_id) if form.current is not None]
    values: dict[str, object] = {
        "app_user": app_user,
        "code": "",
        "text": "",
        "address": "",
        "forms": {form.form_id: form.title for form in forms},
        "properties": properties.names(visitor.project_id),
        "noted": properties.of(app_user.actor_id),
    }
    if app_user.revoked_at is None:
        settings = settings_of(request, visitor, app_user)
        label = translate(Sentence(qr.LABEL, name=app_user.display_name), visitor.language)
        values |= {
            "code": qr.inline_svg(settings, label),
            "text": settings.text,
            "address": settings.server_url,
        }
    response = await desk_page(request, visitor, "app_user.html", values, problem=problem)
    response.headers["Cache-Control"] = "no-store"  # the page holds a token
    return response


async def get_code(request: Request, visitor: Visitor) -> Response:
    """The code as a file to print or to send."""
    app_user = app_user_in_path(request, visitor)
    kind = request.url.path.rpartition(".")[2]
    content = await asyncio.to_thread(qr.picture, settings_of(request, visitor, app_user), kind)
    name = f"{app_user.display_name}.{kind}"
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type=PICTURES[kind])


def settings_of(request: Request, visitor: Visitor, app_user: AppUser) -> qr.CollectSettings:
    """Raises: AppUserRevoked, TokenLost."""
    return qr.CollectSettings(
        server_url=server_url(request, visitor.context, app_user),
        project_name=visitor.context.store.projects.get(visitor.project_id).name,
        language=app_user.language,
    )


async def post_language(request: Request, visitor: Visitor) -> Response:
    store, app_user = visitor.context.store, app_user_in_path(request, visitor)
    language = visitor.posted.text("language")
    name = visitor.posted.text("name") or app_user.display_name
    if language in LANGUAGES:
        await store.change(
            lambda tx: store.app_users.describe(
                tx, visitor.project_id, app_user.actor_id, display_name=name, language=language
            )
        )
    return go(visitor, "app-users", str(app_user.actor_id), done="changed")


async def post_forms(request: Request, visitor: Visitor) -> Response:
    """Every form of the project, or those that are ticked."""
    app_user = app_user_in_path(request, visitor)
    chosen = None if visitor.posted.text("every") == "yes" else frozenset(visitor.posted.texts("form"))
    await asyncio.to_thread(
        limit_app_user,
        visitor.context.store,
        visitor.project_id,
        app_user.actor_id,
        chosen,
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "app-users", str(app_user.actor_id), done="changed")


async def post_revoke(request: Request, visitor: Visitor) -> Response:
    app_user = app_user_in_path(request, visitor)
    await asyncio.to_thread(
        revoke_app_user,
        visitor.context.store,
        visitor.project_id,
        app_user.actor_id,
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "app-users", done="revoked")


async def post_renew(request: Request, visitor: Visitor) -> Response:
    """A new code in place of a lost or revoked one."""
    store, app_user = visitor.context.store, app_user_in_path(request, visitor)
    moment = now()

    def renew(tx: Tx) -> None:
        store.app_users.renew(tx, visitor.project_id, app_user.actor_id)
        store.audit.add(
            tx,
            "app_user.renew",
            f"{visitor.project_id}/{app_user.actor_id}",
            now=moment,
            actor=visitor.person.actor,
        )

    await store.change(renew)
    return go(visitor, "app-users", str(app_user.actor_id), done="renewed")


def app_user_in_path(request: Request, visitor: Visitor) -> AppUser:
    """Raises: AppUserNotFound."""
    return visitor.context.store.app_users.get(visitor.project_id, int(request.path_params["id"]))


MANAGE, POST = Deed.MANAGE_APP_USERS, ("POST",)
routes = [
    at("/app-users", get_app_users, MANAGE),
    at("/app-users", post_app_user, MANAGE, methods=POST),
    at("/app-users/{id:number}", get_app_user, MANAGE),
    *(at(f"/app-users/{{id:number}}/code.{kind}", get_code, MANAGE) for kind in PICTURES),
    at("/app-users/{id:number}/language", post_language, MANAGE, methods=POST),
    at("/app-users/{id:number}/forms", post_forms, MANAGE, methods=POST),
    at("/app-users/{id:number}/revoke", post_revoke, MANAGE, methods=POST),
    at("/app-users/{id:number}/renew", post_renew, MANAGE, methods=POST),
]
