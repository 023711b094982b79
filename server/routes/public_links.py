"""Links to one form for programs, as ODK Central has them; a link for once can have slips made for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.faults.people import PublicLinkNotFound
from server.actions.actor_properties import values_in
from server.actions.public_links import add_link, add_slips, delete_link
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.actor_properties import GivenProperties, give
from server.routes.actors import Json, is_extended, link_address, link_json, maker, properties_of
from server.routes.asking import context_of, name_in_path, now, number, project_in_path, read_json
from server.routes.identity import known
from server.store.public_links import PublicLink


class NewLink(msgspec.Struct, rename="camel"):
    display_name: str = ""
    once: bool = False
    properties: Any = None


class NewSlips(msgspec.Struct):
    count: int = 1


async def get_links(request: Request) -> Response:
    """The links of a form, those that work first; a revoked one has no token."""
    context, _, project_id, form_id = await _form(request)
    links = await asyncio.to_thread(context.store.public_links.of_form, project_id, form_id)
    if is_extended(request):
        return json_response(await asyncio.to_thread(_extended, request, context, links))
    return json_response([link_json(request, context, link) for link in links])


async def post_link(request: Request) -> Response:
    """A link through which anybody may send answers to this form, many times or (once) one per token."""
    context, person, project_id, form_id = await _form(request)
    given = await read_json(request, NewLink)
    properties = values_in(given.properties) if given.properties is not None else {}
    link = await asyncio.to_thread(
        add_link,
        context.store,
        project_id,
        form_id,
        given.display_name,
        once=given.once,
        now=now(),
        actor=person.actor,
        properties=properties,
    )
    return json_response(link_json(request, context, link))


async def get_link(request: Request) -> Response:
    """One of them; with extended metadata also who made it, its slips and its properties."""
    context, _, link = await _link(request)
    if is_extended(request):
        return json_response((await asyncio.to_thread(_extended, request, context, [link]))[0])
    return json_response(link_json(request, context, link))


async def patch_link(request: Request) -> Response:
    """Give it values of the properties its project declares; the reply is the extended one."""
    context, person, link = await _link(request)
    given = await read_json(request, GivenProperties)
    await give(context, "public_link", link.project_id, link.actor_id, given, person)
    return json_response((await asyncio.to_thread(_extended, request, context, [link]))[0])


async def delete_one(request: Request) -> Response:
    """End a link at once, and leave it out of the list."""
    context, person, link = await _link(request)
    await asyncio.to_thread(delete_link, context.store, link, now=now(), actor=person.actor)
    return json_response({"success": True})


async def post_slips(request: Request) -> Response:
    """So many tokens, each good for one answer, to be handed out: in this reply, and never again."""
    context, person, link = await _link(request)
    given = await read_json(request, NewSlips)
    tokens = await asyncio.to_thread(
        add_slips, context.store, link, given.count, now=now(), actor=person.actor
    )
    return json_response(
        [{"token": token, "serverUrl": link_address(request, link, token)} for token in tokens]
    )


def _extended(request: Request, context: Context, links: Sequence[PublicLink]) -> list[Json]:
    described = []
    for link in links:
        slips = context.store.public_links.slips(link.actor_id)
        described.append(
            link_json(request, context, link)
            | {
                "createdBy": maker(context, link.created_by),
                "slips": {"made": slips.made, "used": slips.used},
                "properties": properties_of(context, link.actor_id),
            }
        )
    return described


async def _form(request: Request) -> tuple[Context, Person, int, str]:
    """Raises: SignInFirst, NotAllowed, ProjectNotFound, FormNotFound."""
    context, project_id = context_of(request), project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.MANAGE_APP_USERS, project_id, form_id=form_id)
    context.store.forms.get(project_id, form_id)
    return context, person, project_id, form_id


async def _link(request: Request) -> tuple[Context, Person, PublicLink]:
    """Raises: PublicLinkNotFound, those of `_form`."""
    context, person, project_id, form_id = await _form(request)
    text: str = request.path_params["id"]
    actor_id = number(text)
    if actor_id is None:
        raise PublicLinkNotFound(actor_id=text[:20])
    link = await asyncio.to_thread(context.store.public_links.get, project_id, form_id, actor_id)
    return context, person, link


_ALL = "/v1/projects/{project_id}/forms/{form_id}/public-links"
routes = [
    Route(_ALL, get_links, methods=["GET"]),
    Route(_ALL, post_link, methods=["POST"]),
    Route(f"{_ALL}/{{id}}", get_link, methods=["GET"]),
    Route(f"{_ALL}/{{id}}", patch_link, methods=["PATCH"]),
    Route(f"{_ALL}/{{id}}", delete_one, methods=["DELETE"]),
    Route(f"{_ALL}/{{id}}/slips", post_slips, methods=["POST"]),
]
