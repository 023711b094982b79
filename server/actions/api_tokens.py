"""API tokens: made by their owner, ended by them or an administrator; each change stands in the audit."""

from __future__ import annotations

from datetime import datetime, timedelta

from forms.errors import NameMissing, NameTooLong
from forms.faults.people import ExpiryInvalid, ScopeUnknown
from server.actions.add_app_user import LONGEST_NAME
from server.permissions import SCOPES
from server.store import Store, Tx
from server.store.api_tokens import ApiToken, NewApiToken

LONGEST_LIFE = timedelta(days=3660)


def add_token(
    store: Store,
    actor_id: int,
    name: str,
    scope: str,
    *,
    project_id: int | None,
    expires_at: datetime | None,
    now: datetime,
    actor: int | None,
) -> NewApiToken:
    """A key for a program of this account; its text is shown this once.

    Raises: NameMissing, NameTooLong, ScopeUnknown, ExpiryInvalid, AccountNotFound, ProjectNotFound.
    """
    name = name.strip()
    if not name:
        raise NameMissing()
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
    if scope not in SCOPES:
        raise ScopeUnknown(scope=scope[:50], scopes=", ".join(SCOPES))
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise ExpiryInvalid(days=LONGEST_LIFE.days)
    store.accounts.get(actor_id)
    if project_id is not None:
        store.projects.get(project_id)

    def add(tx: Tx) -> NewApiToken:
        new = store.api_tokens.create(
            tx, actor_id, name, scope, now=now, project_id=project_id, expires_at=expires_at
        )
        _note(store, tx, "api_token.create", new.token, now, actor)
        return new

    return store.write(add)


def revoke_token(store: Store, token: ApiToken, *, now: datetime, actor: int | None) -> None:
    """Worth nothing from now on."""

    def revoke(tx: Tx) -> None:
        store.api_tokens.revoke(tx, token.token_id, now=now)
        _note(store, tx, "api_token.revoke", token, now, actor)

    store.write(revoke)


def _note(store: Store, tx: Tx, action: str, token: ApiToken, now: datetime, actor: int | None) -> None:
    details: dict[str, str | int] = {"token": token.token_id, "scope": token.scope}
    if token.project_id is not None:
        details["project"] = token.project_id
    store.audit.add(tx, action, str(token.actor_id), now=now, actor=actor, details=details)
