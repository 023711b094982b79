"""What the routes of entities share: the list and entity of an address, and who may change them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from starlette.requests import Request

from server.actions.change_entities import Changing, require_writing
from server.context import Context
from server.permissions import Deed
from server.routes.asking import header_text, is_on, name_in_path, now
from server.routes.datasets import list_in_path
from server.routes.entity_shapes import People
from server.routes.submission_shapes import actors_of
from server.store.entities import Entity, EntityList

EXTENDED = "x-extended-metadata"


async def in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made in a thread, one at a time, as fast as the reader takes them."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def is_extended(request: Request) -> bool:
    return request.headers.get(EXTENDED, "").lower() == "true"


async def people_asked(request: Request, context: Context, actors: list[int | None]) -> People | None:
    """Who stands behind these numbers, for somebody who wants to know more."""
    if not is_extended(request):
        return None
    return await asyncio.to_thread(actors_of, context.store, actors)


async def changing_in_path(request: Request) -> Changing:
    """Who wants to change entities of the list in the address. Raises: SignInFirst, NotAllowed."""
    context, listed, person = await list_in_path(request, Deed.WRITE_ENTITIES)
    require_writing(person, listed)
    return Changing(context.store, listed, person, header_text(request, "user-agent"), now())


async def entity_in_path(request: Request) -> tuple[Context, EntityList, Entity]:
    """`deleted=true` in the query: though it is deleted. Raises: EntityNotFound."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    uuid = name_in_path(request, "uuid")
    deleted = is_on(request, "deleted")
    return context, listed, await asyncio.to_thread(context.store.entities.get, listed, uuid, deleted=deleted)
