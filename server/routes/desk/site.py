"""How the site shows itself, set at the desk by whoever keeps the server: pictures, and words at the door."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Sentence
from forms.faults.appearance import ConfigUnknown
from server.actions.appearance import LONGEST, MOST_BYTES, PICTURES, set_picture, set_words, unset
from server.permissions import Deed
from server.routes.asking import now
from server.routes.desk.forms import FileNotChosen
from server.routes.desk.room import Visitor, at, desk_page, go


async def get_site(request: Request, visitor: Visitor) -> Response:
    return await site_page(request, visitor)


async def site_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    values = {"given": visitor.posted.given(), "longest": LONGEST, "most_kb": MOST_BYTES // 1000}
    return await desk_page(request, visitor, "site.html", values, problem=problem)


async def post_picture(request: Request, visitor: Visitor) -> Response:
    """The logo beside the name on every page, or the large picture at the beginning."""
    key, store, actor = _picture_in_path(request), visitor.context.store, visitor.person.actor
    upload = visitor.posted.file("picture")
    try:
        if upload is None:
            raise FileNotChosen()
        content = await upload.read(MOST_BYTES + 1)
        await asyncio.to_thread(set_picture, store, key, content, now=now(), actor=actor)
    except BaikooError as refused:
        return await site_page(request, visitor, refused.sentence)
    return go(visitor, "site", done="changed")


async def post_remove(request: Request, visitor: Visitor) -> Response:
    key, store = _picture_in_path(request), visitor.context.store
    await asyncio.to_thread(unset, store, key, now=now(), actor=visitor.person.actor)
    return go(visitor, "site", done="changed")


async def post_words(request: Request, visitor: Visitor) -> Response:
    """Title and description above the sign-in; with both empty ours stand there again."""
    store, words = visitor.context.store, {name: visitor.posted.text(name) for name in LONGEST}
    try:
        await asyncio.to_thread(set_words, store, words, now=now(), actor=visitor.person.actor)
    except BaikooError as refused:
        return await site_page(request, visitor, refused.sentence)
    return go(visitor, "site", done="changed")


def _picture_in_path(request: Request) -> str:
    key: str = request.path_params["picture"]
    if key not in PICTURES:
        raise ConfigUnknown(field="key", value=key[:100])
    return key


SET, POST = Deed.OPERATE, ("POST",)
routes = [
    at("/site", get_site, SET),
    at("/site/words", post_words, SET, methods=POST),
    at("/site/{picture}", post_picture, SET, methods=POST),
    at("/site/{picture}/remove", post_remove, SET, methods=POST),
]
