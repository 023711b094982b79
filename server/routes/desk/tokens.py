"""API tokens at the desk: one's own keys for programs, each shown once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Sentence
from forms.faults.people import ApiTokenNotFound, ExpiryInvalid
from server.actions.api_tokens import LONGEST_LIFE, add_token, revoke_token
from server.permissions import SCOPES, Deed
from server.routes.asking import base_url, now, number
from server.routes.desk.room import Visitor, at, desk_page, go

USUAL_DAYS = "90"


async def get_tokens(request: Request, visitor: Visitor) -> Response:
    return await list_page(request, visitor)


async def list_page(
    request: Request, visitor: Visitor, problem: Sentence | None = None, told: str | None = None
) -> Response:
    """`told`: the text of a token made a moment ago, shown this once."""
    store = visitor.context.store
    tokens = await asyncio.to_thread(store.api_tokens.of, visitor.person.actor or 0)
    values = {
        "tokens": [each for each in tokens if each.revoked_at is None],
        "scopes": SCOPES,
        "names": {project.project_id: project.name for project in store.projects.all()},
        "given": visitor.posted.given() if told is None else {},
        "days": USUAL_DAYS,
        "now": now(),
        "told": told,
        "address": base_url(request),
    }
    response = await desk_page(request, visitor, "tokens.html", values, problem=problem)
    response.headers["Cache-Control"] = "no-store"
    return response


async def post_token(request: Request, visitor: Visitor) -> Response:
    posted, moment = visitor.posted, now()
    try:
        new = await asyncio.to_thread(
            add_token,
            visitor.context.store,
            visitor.person.actor or 0,
            posted.text("name"),
            posted.text("scope"),
            project_id=visitor.project_id if posted.text("where") == "here" else None,
            expires_at=_end(posted.text("days"), moment),
            now=moment,
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await list_page(request, visitor, refused.sentence)
    return await list_page(request, visitor, told=new.text)


def _end(days: str, moment: datetime) -> datetime | None:
    """Nothing written: it does not expire. Raises: ExpiryInvalid."""
    if not days:
        return None
    count = number(days)
    if not count or count > LONGEST_LIFE.days:
        raise ExpiryInvalid(days=LONGEST_LIFE.days)
    return moment + timedelta(days=count)


async def post_revoke(request: Request, visitor: Visitor) -> Response:
    """One's own alone; an administrator ends others' by ending the account, or by REST."""
    store = visitor.context.store
    token = await asyncio.to_thread(store.api_tokens.get, int(request.path_params["id"]))
    if token.actor_id != visitor.person.actor:
        raise ApiTokenNotFound(number=token.token_id)
    await asyncio.to_thread(revoke_token, store, token, now=now(), actor=visitor.person.actor)
    return go(visitor, "tokens", done="token_revoked")


POST = ("POST",)
routes = [
    at("/tokens", get_tokens, Deed.READ_PROJECT),
    at("/tokens", post_token, Deed.READ_PROJECT, methods=POST),
    at("/tokens/{id:number}/revoke", post_revoke, Deed.READ_PROJECT, methods=POST),
]
