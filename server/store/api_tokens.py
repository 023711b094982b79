"""API tokens: keys for programs, each with what it may at most and until when. Shown once, kept as sha256."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from forms.faults.people import ApiTokenNotFound
from server.store.columns import AnyRow
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import api_token
from server.store.transaction import Tx

PREFIX = "baikoo_"  # tells it from a session's, to people and to those who search for leaked keys
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ApiToken:
    token_id: int
    actor_id: int
    name: str
    scope: str
    project_id: int | None  # None: every project of its owner
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = None

    def works_at(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """`text` is shown this once."""

    token: ApiToken
    text: str


_COLUMNS = (
    api_token.c.id,
    api_token.c.actor_id,
    api_token.c.name,
    api_token.c.scope,
    api_token.c.project_id,
    api_token.c.created_at,
    api_token.c.expires_at,
    api_token.c.revoked_at,
    api_token.c.last_used_at,
)


def _load(connection: Connection, token_sha256: str) -> ApiToken | None:
    row = connection.execute(
        select(*_COLUMNS).where(api_token.c.token_sha256 == token_sha256, api_token.c.revoked_at.is_(None))
    ).one_or_none()
    return _token(row) if row is not None else None


def _token(row: AnyRow) -> ApiToken:
    return ApiToken(*row)


class ApiTokens:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._cached: Cached[str, ApiToken | None] = Cached(foundation.generations, "accounts", _load)
        self._noted: dict[int, datetime] = {}

    def find(self, text: str, now: datetime) -> ApiToken | None:
        """The token, unless it was revoked or has expired; from the cache."""
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        found = self._cached.get(digest)
        return found if found is not None and found.works_at(now) else None

    def of(self, actor_id: int) -> tuple[ApiToken, ...]:
        """Every token of an account, revoked and expired ones too, newest first."""
        question = select(*_COLUMNS).where(api_token.c.actor_id == actor_id).order_by(api_token.c.id.desc())
        with self._database.read() as connection:
            return tuple(_token(row) for row in connection.execute(question))

    def all(self) -> tuple[ApiToken, ...]:
        """Those of every account that work or have expired; revoked ones are left out."""
        question = select(*_COLUMNS).where(api_token.c.revoked_at.is_(None)).order_by(api_token.c.id.desc())
        with self._database.read() as connection:
            return tuple(_token(row) for row in connection.execute(question))

    def get(self, token_id: int) -> ApiToken:
        """Raises: ApiTokenNotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(api_token.c.id == token_id)).one_or_none()
        if row is None:
            raise ApiTokenNotFound(number=token_id)
        return _token(row)

    def create(
        self,
        tx: Tx,
        actor_id: int,
        name: str,
        scope: str,
        *,
        now: datetime,
        project_id: int | None = None,
        expires_at: datetime | None = None,
    ) -> NewApiToken:
        text = PREFIX + secrets.token_urlsafe(36)
        tx.touch("accounts")
        added = tx.conn.execute(
            api_token.insert().values(
                actor_id=actor_id,
                name=name,
                token_sha256=hashlib.sha256(text.encode()).hexdigest(),
                scope=scope,
                project_id=project_id,
                created_at=now,
                expires_at=expires_at,
            )
        )
        number = int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key
        return NewApiToken(ApiToken(number, actor_id, name, scope, project_id, now, expires_at, None), text)

    def revoke(self, tx: Tx, token_id: int, *, now: datetime) -> None:
        """Worth nothing from now on."""
        tx.touch("accounts")
        tx.conn.execute(
            api_token.update()
            .where(api_token.c.id == token_id, api_token.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def revoke_all(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Those of one account, as when its password was reset."""
        tx.touch("accounts")
        tx.conn.execute(
            api_token.update()
            .where(api_token.c.actor_id == actor_id, api_token.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def is_to_note(self, token: ApiToken, now: datetime) -> bool:
        """Should its use be written down? Once an hour: the list says about when, not how often."""
        noted = self._noted.get(token.token_id)
        if noted is not None and now - noted < NOTED_EVERY:
            return False
        self._noted[token.token_id] = now
        return True

    def note_use(self, tx: Tx, token_id: int, now: datetime) -> None:
        """What is cached stays as it is: nobody decides by it."""
        tx.conn.execute(api_token.update().where(api_token.c.id == token_id).values(last_used_at=now))
