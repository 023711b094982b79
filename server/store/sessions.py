"""Signed-in sessions, and how often somebody may try to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.store.transaction import Tx

LIFETIME = timedelta(hours=24)


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
    def find(self, token: str, now: datetime) -> Session | None:
        """The session of a token that has not expired."""
        raise NotImplementedError

    def begin(self, tx: Tx, actor_id: int, *, now: datetime, lifetime: timedelta = LIFETIME) -> NewSession:
        raise NotImplementedError

    def end(self, tx: Tx, token_sha256: str) -> None:
        raise NotImplementedError

    def end_all(self, tx: Tx, actor_id: int) -> None:
        raise NotImplementedError

    def begin_attempt(self, tx: Tx, email: str, address: str, now: datetime) -> None:
        """Count an attempt to sign in, before the password is looked at. Raises: TooManyAttempts."""
        raise NotImplementedError

    def attempt_succeeded(self, tx: Tx, email: str, address: str) -> None:
        """Forget the attempts of this person from this address."""
        raise NotImplementedError
