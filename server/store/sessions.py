"""Signed-in sessions, and how often somebody may try to sign in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from server.store.foundation import Foundation
from server.store.refusals import TooManyAttempts
from server.store.tables import session, sign_in_attempt
from server.store.transaction import Tx

LIFETIME = timedelta(hours=24)
WINDOW = timedelta(minutes=15)
MOST_TOGETHER = 10  # attempts on one account from one address
MOST_ON_ACCOUNT = 50  # from anywhere
MOST_FROM_ADDRESS = 50  # on any account


@dataclass(frozen=True, slots=True)
class NewSession:
    """`token` is shown this once; at rest there is only its sha256."""

    token: str
    csrf: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    token_sha256: str
    actor_id: int
    csrf: str
    created_at: datetime
    expires_at: datetime


class Sessions:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._secret = foundation.secret

    def find(self, token: str, now: datetime) -> Session | None:
        """The session of a token that has not expired."""
        return self.find_sha256(hashlib.sha256(token.encode("utf-8", "replace")).hexdigest(), now)

    def find_sha256(self, token_sha256: str, now: datetime) -> Session | None:
        with self._database.read() as connection:
            row = connection.execute(
                select(session).where(session.c.token_sha256 == token_sha256, session.c.expires_at > now)
            ).one_or_none()
        return Session(*row) if row is not None else None

    def begin(self, tx: Tx, actor_id: int, *, now: datetime, lifetime: timedelta = LIFETIME) -> NewSession:
        tx.conn.execute(delete(session).where(session.c.expires_at <= now))
        new = NewSession(secrets.token_urlsafe(48), secrets.token_urlsafe(48), now, now + lifetime)
        tx.conn.execute(
            session.insert().values(
                token_sha256=hashlib.sha256(new.token.encode()).hexdigest(),
                actor_id=actor_id,
                csrf=new.csrf,
                created_at=new.created_at,
                expires_at=new.expires_at,
            )
        )
        return new

    def end(self, tx: Tx, token_sha256: str) -> None:
        tx.conn.execute(delete(session).where(session.c.token_sha256 == token_sha256))

    def end_all(self, tx: Tx, actor_id: int) -> None:
        tx.conn.execute(delete(session).where(session.c.actor_id == actor_id))

    def begin_attempt(self, tx: Tx, email: str, address: str, now: datetime) -> None:
        """Count an attempt to sign in, before the password is looked at. Raises: TooManyAttempts."""
        who, place = self._keyed(email.strip().lower()), self._keyed(address)
        tx.conn.execute(delete(sign_in_attempt).where(sign_in_attempt.c.at <= now - WINDOW))
        table = sign_in_attempt.c
        for most, where in (
            (MOST_TOGETHER, (table.who == who) & (table.address == place)),
            (MOST_ON_ACCOUNT, table.who == who),
            (MOST_FROM_ADDRESS, table.address == place),
        ):
            if (tx.conn.scalar(select(func.count()).where(where)) or 0) >= most:
                raise TooManyAttempts(minutes=int(WINDOW.total_seconds() // 60))
        tx.conn.execute(sign_in_attempt.insert().values(who=who, address=place, at=now))

    def attempt_succeeded(self, tx: Tx, email: str, address: str) -> None:
        """Forget the attempts of this person from this address."""
        tx.conn.execute(
            delete(sign_in_attempt).where(
                sign_in_attempt.c.who == self._keyed(email.strip().lower()),
                sign_in_attempt.c.address == self._keyed(address),
            )
        )

    def _keyed(self, text: str) -> str:
        return hmac.digest(self._secret, b"attempt:" + text.encode("utf-8", "replace"), "sha256").hex()
