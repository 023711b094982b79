"""Signing in and out for programs; the shapes are ODK Central's."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import CredentialsWrong, NotAllowed, SignInFirst
from forms.faults.people import CredentialsIncomplete, SessionNotFound
from server.actions.accounts import sign_out
from server.actions.add_app_user import revoke_app_user
from server.actions.public_links import revoke_link
from server.errors import json_response
from server.permissions import APP_USER, PUBLIC_LINK, Deed, Person, may
from server.routes.asking import context_of, iso, name_in_path, now, read_json
from server.routes.identity import drop_cookie, set_cookie, who
from server.routes.passwords import begin_session, check_password

NEVER = "9999-12-31T23:59:59.000Z"  # when Central says that the session of a phone ends


class Credentials(msgspec.Struct):
    email: str | None = None
    password: str | None = None


async def post_session(request: Request) -> Response:
    """A token for the next 24 hours; the cookie is for people's browsers, programs use the token."""
    context = context_of(request)
    given = await read_json(request, Credentials)
    if not given.email or not given.password:
        raise CredentialsIncomplete()
    address = request.client.host if request.client else ""
    account = await check_password(context, given.email, given.password, address, now())
    if account is None:
        raise CredentialsWrong()
    session = await begin_session(context, account, now())
    response = json_response(
        {
            "token": session.token,
            "csrf": session.csrf,
            "createdAt": iso(session.created_at),
            "expiresAt": iso(session.expires_at),
        }
    )
    # only to our own pages and to programs: a form of another site cannot send JSON under its name, and so
    # cannot sign a browser in as somebody else
    if request.headers.get("content-type", "").startswith("application/json"):
        set_cookie(request, response, session)
    return response


async def get_session(request: Request) -> Response:
    """The session that asks: from when until when. That of a phone or a link goes on until it is revoked."""
    person = await who(request)
    if person is None:
        raise SignInFirst()
    if person.kind in (APP_USER, PUBLIC_LINK):
        return json_response({"createdAt": None, "expiresAt": NEVER})
    found = None
    if person.session is not None:
        sessions = context_of(request).store.sessions
        found = await asyncio.to_thread(sessions.find_sha256, person.session, now())
    if found is None:
        raise SessionNotFound()
    return json_response({"createdAt": iso(found.created_at), "expiresAt": iso(found.expires_at)})


async def delete_current(request: Request) -> Response:
    """End the session that asks."""
    person = await who(request)
    if person is None:
        raise SignInFirst()
    if person.kind in (APP_USER, PUBLIC_LINK):  # whoever keeps them ends them
        raise NotAllowed()
    if person.session is None:
        raise SessionNotFound()
    return await _end(request, person.session, its_own=True)


async def delete_session(request: Request) -> Response:
    """End a session by its token: one's own, that of a phone or of a public link.

    A token that nobody knows is answered as one that is not for who asks: nothing is to be learnt here.
    """
    context, token = context_of(request), name_in_path(request, "session")
    person = await who(request)
    if person is None:
        raise SignInFirst()
    session = await asyncio.to_thread(context.store.sessions.find, token, now())
    if session is not None:
        if session.actor_id != person.actor and not may(person, Deed.MANAGE_ACCOUNTS, None):
            raise NotAllowed()
        return await _end(request, session.token_sha256, its_own=session.token_sha256 == person.session)
    await asyncio.to_thread(_revoke, request, person, token)
    return json_response({"success": True})


def _revoke(request: Request, person: Person, token: str) -> None:
    """Raises: NotAllowed."""
    store = context_of(request).store
    phone = store.app_users.by_token(token)
    if phone is not None and may(person, Deed.MANAGE_APP_USERS, phone.project_id):
        revoke_app_user(store, phone.project_id, phone.actor_id, now=now(), actor=person.actor)
        return
    key = store.public_links.by_token(token)
    if key is None:
        raise NotAllowed()
    link = key.link
    if not may(person, Deed.MANAGE_APP_USERS, link.project_id, form_id=link.form_id):
        raise NotAllowed()
    revoke_link(store, link, now=now(), actor=person.actor)


async def _end(request: Request, token_sha256: str, *, its_own: bool) -> Response:
    await sign_out(context_of(request).store, token_sha256)
    response = json_response({"success": True})
    if its_own:
        drop_cookie(request, response)
    return response


routes = [
    Route("/v1/sessions", post_session, methods=["POST"]),
    Route("/v1/sessions/restore", get_session),
    Route("/v1/sessions/current", delete_current, methods=["DELETE"]),
    Route("/v1/sessions/{session}", delete_session, methods=["DELETE"]),
]
