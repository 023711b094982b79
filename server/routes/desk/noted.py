"""What a project notes of its phones and links, at the desk: which properties there are, and their values."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError
from server.actions.actor_properties import declare_property, set_properties, values_in
from server.permissions import Deed
from server.routes.asking import now
from server.routes.desk import app_users, links
from server.routes.desk.room import Visitor, at, go

FIELD = "noted:"  # before the name of a property, in a form


async def post_property(request: Request, visitor: Visitor) -> Response:
    """One more property, for every phone and link of the project."""
    store, name = visitor.context.store, visitor.posted.text("property")
    try:
        await asyncio.to_thread(
            declare_property, store, visitor.project_id, name, now=now(), actor=visitor.person.actor
        )
    except BaikooError as refused:
        return await app_users.list_page(request, visitor, refused.sentence)
    return go(visitor, "app-users", done="added")


async def post_of_phone(request: Request, visitor: Visitor) -> Response:
    app_user = app_users.app_user_in_path(request, visitor)
    try:
        await _note(visitor, "field_key", app_user.actor_id)
    except BaikooError as refused:
        return await app_users.phone_page(request, visitor, app_user, refused.sentence)
    return go(visitor, "app-users", str(app_user.actor_id), done="changed")


async def post_of_link(request: Request, visitor: Visitor) -> Response:
    link = links.link_in_path(request, visitor)
    try:
        await _note(visitor, "public_link", link.actor_id)
    except BaikooError as refused:
        return await links.link_page(request, visitor, link, refused.sentence)
    return go(visitor, "links", str(link.actor_id), done="changed")


async def _note(visitor: Visitor, kind: str, actor_id: int) -> None:
    """What stands in the fields of the form; an empty one takes the value away.

    Raises: ActorPropertyUnknown, ActorPropertyValueInvalid.
    """
    given = {
        name.removeprefix(FIELD): visitor.posted.text(name)
        for name in visitor.posted.form
        if name.startswith(FIELD)
    }
    await asyncio.to_thread(
        set_properties,
        visitor.context.store,
        kind,
        visitor.project_id,
        actor_id,
        values_in(given),
        now=now(),
        actor=visitor.person.actor,
    )


MANAGE, POST = Deed.MANAGE_APP_USERS, ("POST",)
routes = [
    at("/app-users/properties", post_property, MANAGE, methods=POST),
    at("/app-users/{id:number}/properties", post_of_phone, MANAGE, methods=POST),
    at("/links/{id:number}/properties", post_of_link, MANAGE, methods=POST),
]
