"""Checking passwords: slowly, a limited number of times, and not anew for every request of a phone."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from datetime import datetime

from starlette.requests import Request

from forms.errors import CredentialsWrong
from forms.faults.people import BasicNeedsHttps
from server.context import Context
from server.routes.asking import now
from server.routes.digest import challenge
from server.store import Tx
from server.store.accounts import Account
from server.store.api_tokens import PREFIX
from server.store.sessions import NewSession

REMEMBERED_S = 30  # checking one takes a tenth of a second, and Collect sends it every time
_remembered: dict[bytes, tuple[float, Account]] = {}


async def by_basic(request: Request, context: Context, credentials: str) -> Account:
    """The account of a name and password. Raises: BasicNeedsHttps, CredentialsWrong, TooManyAttempts."""
    if request.scope["scheme"] != "https":
        challenge(request)
        raise BasicNeedsHttps()
    try:
        raw = base64.b64decode(credentials, validate=True)
    except ValueError:
        challenge(request)
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
            return account
    challenge(request)
    raise CredentialsWrong()


def api_token_as_name(request: Request, credentials: str) -> str | None:
    """An API token that stands where a user name does, without a password: so Enketo's clients give a key.

    Over https alone; None where it is none.
    """
    if request.scope["scheme"] != "https":
        return None
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode("ascii").partition(":")
    except ValueError:
        return None
    return name if name.startswith(PREFIX) and not password else None


async def check_password(
    context: Context, email: str, password: str, address: str, moment: datetime
) -> Account | None:
    """The account, when the password is right. Raises: TooManyAttempts."""
    store = context.store
    if "\0" in email:  # no address holds it, and no database takes it
        return None
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
    _remembered[key] = (time.monotonic() + REMEMBERED_S, account)
    return account


def forget_passwords() -> None:
    """Check every password anew, from the next request on."""
    _remembered.clear()


async def begin_session(context: Context, account: Account, moment: datetime) -> NewSession:
    store = context.store

    def begin(tx: Tx) -> NewSession:
        store.accounts.signed_in(tx, account.actor_id, now=moment)
        number = account.actor_id
        store.audit.add(tx, "user.session.create", str(number), now=moment, actor=number)
        return store.sessions.begin(tx, account.actor_id, now=moment)

    return await store.change(begin)
