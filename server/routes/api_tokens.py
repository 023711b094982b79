"""API tokens for programs: one's own are listed, made and revoked here; used as `Authorization: Bearer`.

A token may at most what its scope says (read, submit, write, everything) of what its owner may, in one
project or all of them, until it expires. Its text is in the reply that makes it, and never again.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import SignInFirst
from forms.faults.people import ApiTokenNeedsPerson, ApiTokenNotFound
from server.actions.api_tokens import add_token, revoke_token
from server.errors import json_response
from server.permissions import Deed, Person, may, require
from server.routes.actors import Json
from server.routes.asking import context_of, is_on, iso, now, number, read_json
from server.routes.identity import who
from server.store.api_tokens import ApiToken


class NewToken(msgspec.Struct, rename="camel"):
    name: str = ""
    scope: str = "read"
    project_id: int | None = None
    expires_at: datetime | None = None


def token_json(token: ApiToken) -> Json:
    return {
        "id": token.token_id,
        "name": token.name,
        "scope": token.scope,
        "projectId": token.project_id,
        "actorId": token.actor_id,
        "createdAt": iso(token.created_at),
        "expiresAt": iso(token.expires_at),
        "lastUsedAt": iso(token.last_used_at),
        "revokedAt": iso(token.revoked_at),
    }


async def get_tokens(request: Request) -> Response:
    """One's own tokens; with ?all=true an administrator sees those of everybody."""
    store, person = context_of(request).store, await _person(request)
    if is_on(request, "all"):
        require(person, Deed.MANAGE_ACCOUNTS, None)
        tokens = await asyncio.to_thread(store.api_tokens.all)
    else:
        tokens = await asyncio.to_thread(store.api_tokens.of, person.actor or 0)
    return json_response([token_json(each) for each in tokens])


async def post_token(request: Request) -> Response:
    """A new token of one's own; `token` in the reply is its text, shown this once."""
    person = await _person(request)
    given = await read_json(request, NewToken)
    expires = given.expires_at
    new = await asyncio.to_thread(
        add_token,
        context_of(request).store,
        person.actor or 0,
        given.name,
        given.scope,
        project_id=given.project_id,
        expires_at=expires.replace(tzinfo=expires.tzinfo or UTC) if expires is not None else None,
        now=now(),
        actor=person.actor,
    )
    return json_response(token_json(new.token) | {"token": new.text})


async def delete_token(request: Request) -> Response:
    """Revoke a token of one's own; an administrator anybody's."""
    store, person = context_of(request).store, await _person(request)
    text: str = request.path_params["id"]
    token_id = number(text)
    if token_id is None:
        raise ApiTokenNotFound(number=text[:20])
    token = await asyncio.to_thread(store.api_tokens.get, token_id)
    if token.actor_id != person.actor and not may(person, Deed.MANAGE_ACCOUNTS, None):
        raise ApiTokenNotFound(number=token_id)
    await asyncio.to_thread(revoke_token, store, token, now=now(), actor=person.actor)
    return json_response({"success": True})


async def _person(request: Request) -> Person:
    """An account by its password or session: a token that made tokens would outlive its own end.

    Raises: SignInFirst, ApiTokenNeedsPerson.
    """
    person = await who(request)
    if person is None or person.kind != "account":
        raise SignInFirst()
    if person.limit is not None:
        raise ApiTokenNeedsPerson()
    return person


routes = [
    Route("/v1/api-tokens", get_tokens, methods=["GET"]),
    Route("/v1/api-tokens", post_token, methods=["POST"]),
    Route("/v1/api-tokens/{id}", delete_token, methods=["DELETE"]),
]
