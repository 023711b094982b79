"""Signing in and out for programs, and who is signed in; the shapes are ODK Central's."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import CredentialsWrong, SignInFirst
from server.actions.accounts import sign_out
from server.errors import json_response
from server.permissions import Person
from server.routes.asking import context_of, iso, now, read_json
from server.routes.identity import begin_session, check_password, drop_cookie, set_cookie, who


class Credentials(msgspec.Struct):
    email: str = ""
    password: str = ""


async def post_session(request: Request) -> Response:
    """A token for the next 24 hours; the cookie is for people's browsers, programs use the token."""
    context = context_of(request)
    given = await read_json(request, Credentials)
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


async def delete_session(request: Request) -> Response:
    """End the session that asks (`current`, or its token in the path)."""
    person = await who(request)
    if person is None or person.session is None:
        raise SignInFirst()
    await sign_out(context_of(request).store, person.session)
    response = json_response({"success": True})
    drop_cookie(request, response)
    return response


async def get_current_user(request: Request) -> Response:
    person = await who(request)
    if person is None or person.actor is None:
        raise SignInFirst()
    return json_response(_user(person, request))


def _user(person: Person, request: Request) -> dict[str, object]:
    described: dict[str, object] = {
        "id": person.actor,
        "type": "user" if person.kind == "account" else "field_key",
        "displayName": person.name,
        "createdAt": None,
        "updatedAt": None,
        "deletedAt": None,
        "language": person.language,
        "roles": [{"role": grant.role, "projectId": grant.project_id} for grant in person.grants],
    }
    if person.kind == "account" and person.actor is not None:
        account = context_of(request).store.accounts.get(person.actor)
        described |= {"email": account.email, "createdAt": iso(account.created_at)}
    return described


routes = [
    Route("/v1/sessions", post_session, methods=["POST"]),
    Route("/v1/sessions/{session}", delete_session, methods=["DELETE"]),
    Route("/v1/users/current", get_current_user),
]
