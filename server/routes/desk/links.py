"""Links at the desk: whoever holds one may send answers to one form; slips for one answer each."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Sentence
from server.actions.public_links import MOST_SLIPS, add_link, add_slips, delete_link, revoke_link
from server.pages import qr
from server.pages.words import translate
from server.permissions import Deed
from server.routes.actors import link_address
from server.routes.asking import now, number
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store.public_links import PublicLink


async def get_links(request: Request, visitor: Visitor) -> Response:
    return await list_page(request, visitor)


async def list_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    store, project_id = visitor.context.store, visitor.project_id
    forms = [form for form in store.forms.all(project_id) if form.current is not None]
    values = {
        "links": await asyncio.to_thread(store.public_links.of_project, project_id),
        "titles": {form.form_id: form.title for form in forms},
        "given": visitor.posted.given(),
    }
    return await desk_page(request, visitor, "links.html", values, problem=problem)


async def post_link(request: Request, visitor: Visitor) -> Response:
    posted = visitor.posted
    try:
        link = await asyncio.to_thread(
            add_link,
            visitor.context.store,
            visitor.project_id,
            posted.text("form"),
            posted.text("name"),
            once=posted.text("once") == "yes",
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await list_page(request, visitor, refused.sentence)
    return go(visitor, "links", str(link.actor_id), done="added")


async def get_link(request: Request, visitor: Visitor) -> Response:
    return await link_page(request, visitor, link_in_path(request, visitor))


async def link_page(
    request: Request,
    visitor: Visitor,
    link: PublicLink,
    problem: Sentence | None = None,
    slips: list[str] | None = None,
) -> Response:
    """The link as a code and as text. `slips`: tokens made a moment ago, shown this once, one to a slip."""
    store = visitor.context.store
    token = store.public_links.token(link) if link.revoked_at is None else None
    values = {
        "link": link,
        "title": store.forms.get(visitor.project_id, link.form_id).title,
        "shown": _shown(request, visitor, link, token) if token is not None else None,
        "made": await asyncio.to_thread(store.public_links.slips, link.actor_id),
        "slips": [_shown(request, visitor, link, each) for each in slips or ()],
        "most": MOST_SLIPS,
        "properties": store.actor_properties.names(visitor.project_id),
        "noted": store.actor_properties.of(link.actor_id),
    }
    response = await desk_page(request, visitor, "link.html", values, problem=problem)
    response.headers["Cache-Control"] = "no-store"  # the page holds a token
    return response


async def post_slips(request: Request, visitor: Visitor) -> Response:
    """Slips to be printed and handed out: on this page, and never again."""
    link, count = link_in_path(request, visitor), number(visitor.posted.text("count")) or 0
    try:
        slips = await asyncio.to_thread(
            add_slips, visitor.context.store, link, count, now=now(), actor=visitor.person.actor
        )
    except BaikooError as refused:
        return await link_page(request, visitor, link, refused.sentence)
    return await link_page(request, visitor, link, slips=slips)


async def post_revoke(request: Request, visitor: Visitor) -> Response:
    await asyncio.to_thread(
        revoke_link,
        visitor.context.store,
        link_in_path(request, visitor),
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "links", done="revoked")


async def post_delete(request: Request, visitor: Visitor) -> Response:
    await asyncio.to_thread(
        delete_link,
        visitor.context.store,
        link_in_path(request, visitor),
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "links", done="link_deleted")


def _shown(request: Request, visitor: Visitor, link: PublicLink, token: str) -> dict[str, object]:
    """The code of a token, and what a person would type into Collect."""
    name = visitor.context.store.forms.get(visitor.project_id, link.form_id).title
    settings = qr.CollectSettings(link_address(request, link, token), name)
    label = translate(Sentence(qr.LABEL, name=name), visitor.language)
    return {"code": qr.inline_svg(settings, label), "address": settings.server_url}


def link_in_path(request: Request, visitor: Visitor) -> PublicLink:
    """Raises: PublicLinkNotFound."""
    return visitor.context.store.public_links.find(visitor.project_id, int(request.path_params["id"]))


MANAGE, POST = Deed.MANAGE_APP_USERS, ("POST",)
routes = [
    at("/links", get_links, MANAGE),
    at("/links", post_link, MANAGE, methods=POST),
    at("/links/{id:number}", get_link, MANAGE),
    at("/links/{id:number}/slips", post_slips, MANAGE, methods=POST),
    at("/links/{id:number}/revoke", post_revoke, MANAGE, methods=POST),
    at("/links/{id:number}/delete", post_delete, MANAGE, methods=POST),
]
