"""Who asks: a phone by the token in its path, an account by session, cookie or password.

A token in the path outranks everything else on the request. Names and passwords are taken over https alone.
A session in a cookie must prove on every change that our own page asks (CSRF); a header cannot be forged so.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BasicNeedsHttps, CredentialsWrong, CsrfMissing, TokenMalformed, TokenUnknown
from server.context import Context
from server.permissions import APP_USER, Deed, Grant, Person, owner, require
from server.routes.asking import context_of, now
from server.store.accounts import Account
from server.store.app_users import is_token
from server.store.sessions import NewSession, Session

COOKIE = "baikoo_session"
CHALLENGE = 'Basic realm="Baikoo", charset="UTF-8"'
PASSWORD_REMEMBERED_S = 30  # checking one takes a tenth of a second, and Collect sends it every time


async def who(request: Request) -> Person | None:
    """Who asks; None when the request says nothing about it. Remembers the language for all answers.

    Raises: TokenMalformed, TokenUnknown, BasicNeedsHttps, CredentialsWrong, CsrfMissing.
    """
    person = await _who(request)
    request.state.person = person  # for the audit log
    if person is not None and person.language is not None:
        request.state.language = person.language
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
    if person is None and request.scope["scheme"] == "https":
        request.state.challenge = CHALLENGE
    person = require(person, deed, project_id, object_type, form_id=form_id)
    if project_id is not None:
        context_of(request).store.projects.get(project_id)
    return person


async def _who(request: Request) -> Person | None:
    context = context_of(request)
    token = request.path_params.get("token") or request.query_params.get("st")
    if token is not None:
        return app_user(context, token)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return await _by_bearer(request, context, given.strip())
        if scheme.lower() == "basic":
            return await _by_password(request, context, given.strip())
        return None
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    session = await asyncio.to_thread(context.store.sessions.find, cookie, now())
    if session is None:
        return None
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.url.path.startswith("/v1/"):
        require_csrf(request, session.csrf, None)
    return account_person(context, session.actor_id, session)


def app_user(context: Context, token: str) -> Person:
    """The phone whose token this is. Raises: TokenMalformed (401), TokenUnknown (403, no prompt)."""
    found = context.store.app_users.by_token(token)
    if found is None:
        raise TokenUnknown() if is_token(token) else TokenMalformed()
    return Person(
        found.actor_id,
        found.display_name,
        (Grant(APP_USER, found.project_id),),
        found.language,
        APP_USER,
        found.form_ids,
    )


def account_person(context: Context, actor_id: int, session: Session | None = None) -> Person | None:
    account = next((known for known in context.store.accounts.all() if known.actor_id == actor_id), None)
    if account is None or account.disabled_at is not None:
        return None
    return _person(account, session)


def _person(account: Account, session: Session | None = None) -> Person:
    return Person(
        account.actor_id,
        account.display_name or account.email,
        tuple(Grant(given.role, given.project_id) for given in account.assignments),
        account.language,
        session=session.token_sha256 if session is not None else None,
        csrf=session.csrf if session is not None else None,
    )


async def _by_bearer(request: Request, context: Context, token: str) -> Person | None:
    if context.internal_token is not None and hmac.compare_digest(
        token.encode(), context.internal_token.encode()
    ):
        return owner()
    session = await asyncio.to_thread(context.store.sessions.find, token, now())
    if session is None:
        raise CredentialsWrong()
    return account_person(context, session.actor_id, session)


async def _by_password(request: Request, context: Context, credentials: str) -> Person:
    if request.scope["scheme"] != "https":
        raise BasicNeedsHttps()
    try:
        raw = base64.b64decode(credentials, validate=True)
    except ValueError:
        raise CredentialsWrong() from None
    # Collect writes Latin-1, others UTF-8
    texts = []
    for charset in ("utf-8", "latin-1"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        if text not in texts:
            texts.append(text)
    address = request.client.host if request.client else ""
    for text in texts:
        email, _, password = text.partition(":")
        account = await check_password(context, email, password, address, now())
        if account is not None:
            return _person(account)
    request.state.challenge = CHALLENGE
    raise CredentialsWrong()


_remembered: dict[bytes, tuple[float, Account]] = {}


async def check_password(
    context: Context, email: str, password: str, address: str, moment: datetime
) -> Account | None:
    """The account, when the password is right. Raises: TooManyAttempts."""
    store = context.store
    key = hmac.new(store.secret, f"{email.casefold()}\0{password}".encode(), hashlib.sha256).digest()
    until, known_account = _remembered.get(key, (0.0, None))
    # the store gives the very same value until an account changes, its password above all
    if until > time.monotonic() and store.accounts.find(email) is known_account:
        return known_account
    await store.change(lambda tx: store.sessions.begin_attempt(tx, email, address, moment))
    account = await asyncio.to_thread(store.accounts.check_password, email, password)
    if account is None or account.disabled_at is not None:
        return None
    await store.change(lambda tx: store.sessions.attempt_succeeded(tx, email, address))
    if len(_remembered) > 1000:
        _remembered.clear()
    _remembered[key] = (time.monotonic() + PASSWORD_REMEMBERED_S, account)
    return account


def forget_passwords() -> None:
    """Check every password anew, from the next request on."""
    _remembered.clear()


async def begin_session(context: Context, account: Account, moment: datetime) -> NewSession:
    store = context.store
    return await store.change(lambda tx: store.sessions.begin(tx, account.actor_id, now=moment))


def require_csrf(request: Request, csrf: str, given: str | None) -> None:
    """A change asked with a cookie must come from our own page. `given`: the form's field __csrf, if any.

    Raises: CsrfMissing.
    """
    if request.headers.get("x-requested-with"):
        return  # another site's page cannot send it without asking us first, and we never agree
    given = given or request.headers.get("x-csrf-token") or ""
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        raise CsrfMissing()


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


def drop_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        COOKIE, path="/", secure=request.scope["scheme"] == "https", httponly=True, samesite="lax"
    )
