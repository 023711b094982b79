"""Which part of an entity list each app user is given: by the value of one property, as of a village."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.deliver_entities import show_by, show_to
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import now, read_json
from server.routes.datasets import list_in_path
from server.store import Store
from server.store.entities import EntityList


class AppUserValues(msgspec.Struct):
    """The values of the property that an app user may see."""

    id: int
    values: list[str]


class Delivery(msgspec.Struct, rename="camel"):
    """`property` null: every app user sees the whole list."""

    property: str | None = None
    app_users: list[AppUserValues] = []


async def get_delivery(request: Request) -> Response:
    """The property that decides, and the values named for each app user."""
    context, known, _ = await list_in_path(request, Deed.MANAGE_LISTS)
    return json_response(await asyncio.to_thread(_shown, context.store, known))


async def put_delivery(request: Request) -> Response:
    """Say by which property app users see entities, and which values these app users may see."""
    context, known, person = await list_in_path(request, Deed.MANAGE_LISTS)
    wanted = await read_json(request, Delivery)
    moment = now()

    def change() -> dict[str, object]:
        values = {one.id: one.values for one in wanted.app_users}
        show_to(context.store, known, values, now=moment, actor=person.actor)
        changed = show_by(context.store, known, wanted.property, now=moment, actor=person.actor)
        return _shown(context.store, changed)

    return json_response(await asyncio.to_thread(change))


def _shown(store: Store, known: EntityList) -> dict[str, object]:
    views = store.entity_views.all(known)
    return {
        "property": known.filter_property,
        "appUsers": [{"id": app_user, "values": list(values)} for app_user, values in views.items()],
    }


DELIVERY = "/v1/projects/{project_id}/datasets/{dataset}/delivery"
routes = [
    Route(DELIVERY, get_delivery, methods=["GET"]),
    Route(DELIVERY, put_delivery, methods=["PUT"]),
]
