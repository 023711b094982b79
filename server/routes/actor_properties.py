"""The properties that a project notes of its phones and links, for programs, as ODK Central has them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.actor_properties import declare_property, set_properties, values_in
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.actors import is_extended
from server.routes.asking import context_of, now, project_in_path, read_json
from server.routes.identity import known


class NewProperty(msgspec.Struct):
    name: str = ""


class GivenProperties(msgspec.Struct):
    """Of properties: a text sets, null takes away, what is not named stays."""

    properties: Any = None


async def give(
    context: Context, kind: str, project_id: int, actor_id: int, given: GivenProperties, person: Person
) -> None:
    """What was sent for one phone (`kind` field_key) or link (public_link).

    Raises: ActorPropertyValueInvalid, ActorPropertyUnknown.
    """
    if given.properties is not None:
        await asyncio.to_thread(
            set_properties,
            context.store,
            kind,
            project_id,
            actor_id,
            values_in(given.properties),
            now=now(),
            actor=person.actor,
        )


async def get_properties(request: Request) -> Response:
    """The names of the properties, in their order; with extended metadata also the values in use."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.READ_LISTS, project_id)
    properties = context.store.actor_properties
    if is_extended(request):
        used = await asyncio.to_thread(properties.in_use, project_id)
        return json_response([{"name": name, "values": values} for name, values in used.items()])
    names = await asyncio.to_thread(properties.names, project_id)
    return json_response([{"name": name} for name in names])


async def post_property(request: Request) -> Response:
    """Declare a property, so that phones and links can have values of it and lists be shown by it."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_APP_USERS, project_id)
    given = await read_json(request, NewProperty)
    await asyncio.to_thread(
        declare_property, context.store, project_id, given.name, now=now(), actor=person.actor
    )
    return json_response({"success": True})


_ALL = "/v1/projects/{project_id}/actor-properties"
routes = [
    Route(_ALL, get_properties, methods=["GET"]),
    Route(_ALL, post_property, methods=["POST"]),
]
