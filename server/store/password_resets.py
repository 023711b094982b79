"""Links to a new password, handed over by an administrator: used once, for a day, kept as sha256."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from server.store.foundation import Foundation
from server.store.tables import account, password_reset
from server.store.transaction import Tx

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewReset:
    """`token` is shown this once."""

    token: str
    expires_at: datetime


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class PasswordResets:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def find(self, token: str, now: datetime) -> int | None:
        """The account whose password this link sets; None when it is used, old or was never given."""
        with self._database.read() as connection:
            number = connection.scalar(
                select(password_reset.c.actor_id)
                .join(account, account.c.actor_id == password_reset.c.actor_id)
                .where(
                    password_reset.c.token_sha256 == _sha256(token),
                    password_reset.c.used_at.is_(None),
                    password_reset.c.expires_at > now,
                    account.c.disabled_at.is_(None),
                )
            )
        return int(number) if number is not None else None

    def give(self, tx: Tx, actor_id: int, *, now: datetime, created_by: int | None) -> NewReset:
        """A new link; those given before for this account are worth nothing any more."""
        tx.conn.execute(delete(password_reset).where(password_reset.c.actor_id == actor_id))
        new = NewReset(secrets.token_urlsafe(48), now + LIFETIME)
        tx.conn.execute(
            password_reset.insert().values(
                token_sha256=_sha256(new.token),
                actor_id=actor_id,
                created_by=created_by,
                created_at=now,
                expires_at=new.expires_at,
            )
        )
        return new

    def use(self, tx: Tx, token: str, *, now: datetime) -> int | None:
        """Take the link: the account's number for the first who asks, None for every other."""
        taken = tx.conn.execute(
            password_reset.update()
            .where(
                password_reset.c.token_sha256 == _sha256(token),
                password_reset.c.used_at.is_(None),
                password_reset.c.expires_at > now,
            )
            .values(used_at=now)
        )
        if taken.rowcount == 0:
            return None
        number = tx.conn.scalar(
            select(password_reset.c.actor_id).where(password_reset.c.token_sha256 == _sha256(token))
        )
        return int(number) if number is not None else None

    def forget(self, tx: Tx, actor_id: int) -> None:
        """Links of an account that needs none any more."""
        tx.conn.execute(
            delete(password_reset).where(
                password_reset.c.actor_id == actor_id, password_reset.c.used_at.is_(None)
            )
        )
