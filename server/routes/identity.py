"""Who asks: a phone or a link by the token in its path, an account by session, cookie, token or password.

A token in the path outranks everything else on the request. Names and passwords are taken over https alone,
or by Digest where phones ask. A session in a cookie must prove on every change that our own page asks (CSRF);
a header cannot be forged so, but for those that a browser remembers (Basic, Digest): these are not taken from
pages of other sites.
"""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import CredentialsWrong, NotAllowed
from forms.faults.people import FormOfAnotherSite, TokenMalformed, TokenUnknown
from server.context import Context
from server.errors import BY_KEY
from server.permissions import (
    APP_USER,
    PUBLIC_LINK,
    VIEWER,
    Deed,
    Grant,
    Limit,
    Person,
    fits_method,
    owner,
    require,
)
from server.routes.asking import base_url, context_of, now
from server.routes.csrf import require_csrf_or_parts
from server.routes.digest import by_digest, challenge
from server.routes.passwords import api_token_as_name, by_basic
from server.store.accounts import Account
from server.store.api_tokens import PREFIX, ApiToken
from server.store.app_users import AppUser, is_token
from server.store.public_links import LinkKey
from server.store.sessions import NewSession, Session

COOKIE = "baikoo_session"
CSRF_COOKIE = "__csrf"  # as ODK Central: for pages of ours and of nobody else; it opens nothing by itself
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")


async def who(request: Request) -> Person | None:
    """Who asks; None when the request says nothing about it. Remembers the language for all answers.

    Raises: TokenMalformed, TokenUnknown, BasicNeedsHttps, CredentialsWrong, SignInStale, TooManyAttempts,
    CsrfMissing, FormOfAnotherSite, NotAllowed (a token that may only read, and a change).
    """
    person = await _who(request)
    request.state.person = person  # the audit log asks
    if person is None:
        return None
    if person.language is not None:
        request.state.language = person.language
    only_reads = getattr(request.state, "only_reads", False)  # a route that takes POST and changes nothing
    if not only_reads and not fits_method(person, request.method):
        raise NotAllowed()
    return person


async def known(
    request: Request,
    deed: Deed,
    project_id: int | None,
    object_type: str | None = None,
    *,
    form_id: str | None = None,
) -> Person:
    """Who asks, when they may do this. Raises: SignInFirst, NotAllowed, ProjectNotFound, those of `who`."""
    person = await who(request)
    if person is None:
        challenge(request)
    person = require(person, deed, project_id, object_type, form_id=form_id)
    if project_id is not None:
        context_of(request).store.projects.get(project_id)
    return person


async def _who(request: Request) -> Person | None:
    context = context_of(request)
    token = request.path_params.get("token") or request.scope.get(BY_KEY) or request.query_params.get("st")
    if token is not None:
        return holder_of(context, token, sends=request.method == "POST")
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, given = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                return await _by_bearer(context, given.strip())
            case "basic":
                if (token := api_token_as_name(request, given.strip())) is not None:
                    return await _by_bearer(context, token)
                account = await by_basic(request, context, given.strip())
                _refuse_other_sites(request)
                return person_of(account)
            case "digest":
                actor_id = await by_digest(request, context, given)
                _refuse_other_sites(request)
                return account_person(context, actor_id)
        return None
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    session = await asyncio.to_thread(context.store.sessions.find, cookie, now())
    if session is None:
        return None
    # pages of the desk ask for the proof themselves; the classic addresses of phones are like those of /v1
    ours = request.url.path.startswith("/v1/") or getattr(request.state, "proves_parts", False)
    if request.method not in _CHANGES_NOTHING and ours:
        await require_csrf_or_parts(request, session.csrf)
    return account_person(context, session.actor_id, session)


def holder_of(context: Context, token: str, *, sends: bool = False) -> Person:
    """The phone or the link whose token this is. Raises: TokenMalformed (401), TokenUnknown (403, no prompt).

    `sends`: it is not only asked for forms, and so this is noted as a use.
    """
    found = context.store.app_users.by_token(token)
    if found is not None:
        if sends:
            _note_phone(context, found)
        return _phone(found)
    key = context.store.public_links.by_token(token)
    if key is not None:
        return _guest(key)
    raise TokenUnknown() if is_token(token) else TokenMalformed()


def _phone(found: AppUser) -> Person:
    return Person(
        found.actor_id,
        found.display_name,
        (
            Grant(APP_USER, found.project_id),
            *(Grant(VIEWER, found.project_id, form_id) for form_id in found.reads),
        ),
        found.language,
        APP_USER,
        found.form_ids,
    )


def _guest(key: LinkKey) -> Person:
    link = key.link
    return Person(
        link.actor_id,
        link.display_name,
        (Grant(PUBLIC_LINK, link.project_id, link.form_id),),
        kind=PUBLIC_LINK,
        form_ids=frozenset({link.form_id}),
        admits_one=key.admits_one,
    )


def account_person(
    context: Context, actor_id: int, session: Session | None = None, limit: Limit | None = None
) -> Person | None:
    account = context.store.accounts.find_number(actor_id)
    if account is None or account.disabled_at is not None:
        return None
    return person_of(account, session, limit)


def person_of(account: Account, session: Session | None = None, limit: Limit | None = None) -> Person:
    return Person(
        account.actor_id,
        account.display_name or account.email,
        tuple(Grant(given.role, given.project_id, given.form_id) for given in account.assignments),
        account.language,
        session=session.token_sha256 if session is not None else None,
        csrf=session.csrf if session is not None else None,
        limit=limit,
    )


async def _by_bearer(context: Context, text: str) -> Person | None:
    if context.internal_token is not None and hmac.compare_digest(
        text.encode(), context.internal_token.encode()
    ):
        return owner()
    if text.startswith(PREFIX):
        token = await asyncio.to_thread(context.store.api_tokens.find, text, now())
        if token is None:
            raise CredentialsWrong()
        _note_program(context, token)
        person = account_person(context, token.actor_id, limit=Limit(token.scope, token.project_id))
    else:
        session = await asyncio.to_thread(context.store.sessions.find, text, now())
        if session is None:
            raise CredentialsWrong()
        person = account_person(context, session.actor_id, session)
    if person is None:
        raise CredentialsWrong()
    return person


def _note_phone(context: Context, found: AppUser) -> None:
    users, moment = context.store.app_users, now()
    if users.is_to_note(found, moment):
        context.store.submit(lambda tx: users.note_use(tx, found.actor_id, moment))


def _note_program(context: Context, token: ApiToken) -> None:
    tokens, moment = context.store.api_tokens, now()
    if tokens.is_to_note(token, moment):
        context.store.submit(lambda tx: tokens.note_use(tx, token.token_id, moment))


def _refuse_other_sites(request: Request) -> None:
    """A browser that knows a password sends it along with whatever another site's page asks for.

    Raises: FormOfAnotherSite.
    """
    if request.method in _CHANGES_NOTHING:
        return
    origin, ours = request.headers.get("origin"), urlsplit(base_url(request)).netloc
    elsewhere = origin is not None and urlsplit(origin).netloc not in (ours, request.headers.get("host"))
    if elsewhere or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise FormOfAnotherSite()


def set_cookie(request: Request, response: Response, session: NewSession) -> None:
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.expires_at,
        path="/",
        secure=request.scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )
    response.set_cookie(
        CSRF_COOKIE,
        session.csrf,
        expires=session.expires_at,
        path="/",
        secure=request.scope["scheme"] == "https",
        httponly=False,
        samesite="strict",
    )


def drop_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        COOKIE, path="/", secure=request.scope["scheme"] == "https", httponly=True, samesite="lax"
    )
    response.delete_cookie(
        CSRF_COOKIE, path="/", secure=request.scope["scheme"] == "https", samesite="strict"
    )
