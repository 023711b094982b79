"""Accounts of people for programs, as ODK Central has them: list, create, read, change, end, passwords."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import CredentialsWrong, NotAllowed, SignInFirst
from forms.faults.people import ApiTokenNeedsPerson, NoMail, ResetInvalid
from server.actions import accounts
from server.central_roles import verbs_on
from server.errors import json_response
from server.permissions import Deed, Person, is_whole, may, require
from server.routes.actors import account_json, is_extended
from server.routes.asking import base_url, context_of, iso, now, number, read_json
from server.routes.identity import who
from server.routes.passwords import check_password, forget_passwords
from server.routes.user_preferences import preferences_json
from server.store.accounts import Account, one_time_password
from server.store.password_resets import NewReset
from server.store.refusals import AccountNotFound

LANGUAGES = ("ky", "ru", "en")


class NewUser(msgspec.Struct, rename="camel"):
    email: str = ""
    password: str | None = None
    display_name: str = ""
    language: str | None = None
    may_use_digest: bool = False


class Changes(msgspec.Struct, rename="camel"):
    email: str | None = None
    display_name: str | None = None
    language: str | None = None
    may_use_digest: bool | None = None


class Passwords(msgspec.Struct):
    old: str = ""
    new: str = ""


async def get_users(request: Request) -> Response:
    """Every account, for an administrator; for others the one of an e-mail written in full (?q=).

    With ?q= an administrator gets those whose name or e-mail holds it.
    """
    person = await _signed_in(request)
    wanted = request.query_params.get("q", "").strip()
    everyone = [each for each in context_of(request).store.accounts.all() if each.disabled_at is None]
    if may(person, Deed.MANAGE_ACCOUNTS, None):
        found = [
            each for each in everyone if wanted.casefold() in f"{each.display_name}\n{each.email}".casefold()
        ]
        exact = [each for each in found if each.email == wanted.lower()]
        found = exact or found
    else:  # whoever gives roles in a project has to find the person, and knows their e-mail
        gives_roles = may(person, Deed.MANAGE_PROJECT, None)
        found = [each for each in everyone if wanted and gives_roles and each.email == wanted.lower()]
    return json_response([account_json(each) for each in found])


async def post_user(request: Request) -> Response:
    """A new account. Without a password the reply holds a link to set one, shown this once."""
    context = context_of(request)
    person = require(await who(request), Deed.MANAGE_ACCOUNTS, None)
    given = await read_json(request, NewUser)
    account = await asyncio.to_thread(
        accounts.add_account,
        context.store,
        given.email,
        given.password or one_time_password(),  # an empty one is none
        (),
        now=now(),
        actor=person.actor,
        display_name=given.display_name.strip(),
        language=given.language if given.language in LANGUAGES else None,
        may_use_digest=given.may_use_digest,
    )
    told = account_json(account)
    if not given.password:
        reset = await asyncio.to_thread(
            accounts.give_reset, context.store, account.actor_id, now=now(), actor=person.actor
        )
        told["passwordReset"] = reset_json(request, reset)
    return json_response(told)


async def get_current_user(request: Request) -> Response:
    """Who is signed in; with extended metadata also what they may on the whole server, and like to see."""
    person = await who(request)
    if person is None or person.actor is None:
        raise SignInFirst()
    account = context_of(request).store.accounts.find_number(person.actor)
    if account is None:  # a phone or a link
        raise AccountNotFound(name=str(person.actor))
    described = account_json(account)
    described["roles"] = [
        {"role": grant.role, "projectId": grant.project_id}
        | ({"xmlFormId": grant.form_id} if grant.form_id is not None else {})
        for grant in person.grants
    ]
    if is_extended(request):
        described["verbs"] = verbs_on(person, None)
        described["preferences"] = await asyncio.to_thread(
            preferences_json, context_of(request).store, person.actor
        )
    return json_response(described)


async def get_user(request: Request) -> Response:
    _, account = await _account(request)
    return json_response(account_json(account))


async def patch_user(request: Request) -> Response:
    """Another e-mail, name or language; whoever changes their own cannot allow themselves Digest."""
    person, account = await _account(request)
    given = await read_json(request, Changes)
    store = context_of(request).store
    if given.may_use_digest is not None:
        require(person, Deed.MANAGE_ACCOUNTS, None)
        await asyncio.to_thread(
            accounts.allow_digest,
            store,
            account.actor_id,
            given.may_use_digest,
            now=now(),
            actor=person.actor,
        )
    changed = await asyncio.to_thread(
        accounts.change_account,
        store,
        account.actor_id,
        email=given.email,
        display_name=given.display_name,
        language=given.language if given.language in LANGUAGES else None,
        now=now(),
        actor=person.actor,
    )
    return json_response(account_json(changed))


async def delete_user(request: Request) -> Response:
    """End an account: nobody signs in with it any more; what was done with it keeps its name."""
    person = require(await who(request), Deed.MANAGE_ACCOUNTS, None)
    account = _find(request)
    store = context_of(request).store
    await asyncio.to_thread(accounts.disable_account, store, account.actor_id, now=now(), actor=person.actor)
    forget_passwords()
    return json_response({"success": True})


async def put_password(request: Request) -> Response:
    """A new password, with the old one. Every session of the account ends but the one that asks."""
    context = context_of(request)
    person, account = await _account(request)
    given = await read_json(request, Passwords)
    address = request.client.host if request.client else ""
    if await check_password(context, account.email, given.old, address, now()) is None:
        raise CredentialsWrong()
    await asyncio.to_thread(
        accounts.set_password,
        context.store,
        account.actor_id,
        given.new,
        now=now(),
        actor=person.actor,
        keep=person.session,
    )
    forget_passwords()
    return json_response({"success": True})


async def post_password_reset(request: Request) -> Response:
    """A link to a new password, to be handed over: shown this once, good once, for a day."""
    person = require(await who(request), Deed.MANAGE_ACCOUNTS, None)
    account = _find(request)
    reset = await asyncio.to_thread(
        accounts.give_reset, context_of(request).store, account.actor_id, now=now(), actor=person.actor
    )
    return json_response(reset_json(request, reset))


async def post_reset_initiate(request: Request) -> Response:
    """Central sends a mail here; this server has none, and says what to do instead."""
    raise NoMail()


async def post_reset_verify(request: Request) -> Response:
    """A new password by the token of a link to one, which stands where else a session does."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = await read_json(request, Passwords)
    if scheme.lower() != "bearer" or not token:
        raise SignInFirst()
    try:
        await asyncio.to_thread(
            accounts.use_reset, context_of(request).store, token.strip(), given.new, now=now()
        )
    except ResetInvalid:
        # somebody who is signed in has their own password changed otherwise
        raise (NotAllowed() if await who(request) is not None else SignInFirst()) from None
    forget_passwords()
    return json_response({"success": True})


def reset_json(request: Request, reset: NewReset) -> dict[str, object]:
    return {"url": reset_address(request, reset), "token": reset.token, "expiresAt": iso(reset.expires_at)}


def reset_address(request: Request, reset: NewReset) -> str:
    return f"{base_url(request)}/password/{reset.token}"


async def _signed_in(request: Request) -> Person:
    """Raises: SignInFirst, NotAllowed (a phone or a link)."""
    person = await who(request)
    if person is None:
        raise SignInFirst()
    if person.kind not in ("account", "owner"):
        raise NotAllowed()
    return person


async def _account(request: Request) -> tuple[Person, Account]:
    """One's own account, or anybody's for an administrator. Raises: NotAllowed, AccountNotFound."""
    person = await _signed_in(request)
    if person.actor is None or number(request.path_params["id"]) != person.actor:
        require(person, Deed.MANAGE_ACCOUNTS, None)
    elif not is_whole(person):
        raise ApiTokenNeedsPerson()
    return person, _find(request)


def _find(request: Request) -> Account:
    """Raises: AccountNotFound."""
    text: str = request.path_params["id"]
    actor_id = number(text)
    account = context_of(request).store.accounts.find_number(actor_id) if actor_id is not None else None
    if account is None or account.disabled_at is not None:
        raise AccountNotFound(name=text[:20])
    return account


routes = [
    Route("/v1/users", get_users, methods=["GET"]),
    Route("/v1/users", post_user, methods=["POST"]),
    Route("/v1/users/current", get_current_user),
    Route("/v1/users/reset/initiate", post_reset_initiate, methods=["POST"]),
    Route("/v1/users/reset/verify", post_reset_verify, methods=["POST"]),
    Route("/v1/users/{id}", get_user, methods=["GET"]),
    Route("/v1/users/{id}", patch_user, methods=["PATCH"]),
    Route("/v1/users/{id}", delete_user, methods=["DELETE"]),
    Route("/v1/users/{id}/password", put_password, methods=["PUT"]),
    Route("/v1/users/{id}/password-reset", post_password_reset, methods=["POST"]),
]
