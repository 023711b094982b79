"""Accounts of people: adding one, its roles, its password, its end; each change stands in the audit."""

from __future__ import annotations

from datetime import datetime

from forms.errors import RoleUnknown
from server.permissions import ROLES
from server.store import Store, Tx
from server.store.accounts import Account, hash_password


def add_account(
    store: Store,
    email: str,
    password: str,
    roles: tuple[tuple[str, int | None], ...],
    *,
    now: datetime,
    actor: int | None,
    display_name: str = "",
    language: str | None = None,
    must_change_password: bool = False,
) -> Account:
    """A new account with its roles: (role, project), the project None for all of them.

    Raises: RoleUnknown, PasswordTooShort, EmailInvalid, EmailTaken.
    """
    for role, _ in roles:
        _known(role)
    password_hash = hash_password(password)

    def add(tx: Tx) -> int:
        actor_id = store.accounts.create(
            tx,
            email=email,
            password_hash=password_hash,
            now=now,
            display_name=display_name,
            language=language,
            must_change_password=must_change_password,
        )
        store.audit.add(tx, "account.create", str(actor_id), now=now, actor=actor)
        for role, project_id in roles:
            store.accounts.assign(tx, actor_id, role, project_id, now=now)
            _note_role(store, tx, "account.assign", actor_id, role, project_id, now, actor)
        return actor_id

    return store.accounts.get(store.write(add))


def assign_role(
    store: Store, actor_id: int, role: str, project_id: int | None, *, now: datetime, actor: int | None
) -> None:
    """Raises: RoleUnknown, AccountNotFound."""
    _known(role)
    store.accounts.get(actor_id)

    def assign(tx: Tx) -> None:
        store.accounts.assign(tx, actor_id, role, project_id, now=now)
        _note_role(store, tx, "account.assign", actor_id, role, project_id, now, actor)

    store.write(assign)


def unassign_role(
    store: Store, actor_id: int, role: str, project_id: int | None, *, now: datetime, actor: int | None
) -> None:
    def unassign(tx: Tx) -> None:
        store.accounts.unassign(tx, actor_id, role, project_id)
        _note_role(store, tx, "account.unassign", actor_id, role, project_id, now, actor)

    store.write(unassign)


def set_password(
    store: Store,
    actor_id: int,
    password: str,
    *,
    now: datetime,
    actor: int | None,
    must_change_password: bool = False,
) -> None:
    """Ends every session of the account. Raises: PasswordTooShort, AccountNotFound."""
    password_hash = hash_password(password)

    def change(tx: Tx) -> None:
        store.accounts.set_password(
            tx, actor_id, password_hash, now=now, must_change_password=must_change_password
        )
        store.audit.add(tx, "account.password", str(actor_id), now=now, actor=actor)

    store.write(change)


def disable_account(store: Store, actor_id: int, *, now: datetime, actor: int | None) -> None:
    """Nobody signs in with it any more, and its sessions end."""

    def disable(tx: Tx) -> None:
        store.accounts.disable(tx, actor_id, now=now)
        store.sessions.end_all(tx, actor_id)
        store.audit.add(tx, "account.disable", str(actor_id), now=now, actor=actor)

    store.write(disable)


async def sign_out(store: Store, token_sha256: str) -> None:
    await store.change(lambda tx: store.sessions.end(tx, token_sha256))


def _known(role: str) -> None:
    if role not in ROLES:
        raise RoleUnknown(role=role[:100], roles=", ".join(ROLES))


def _note_role(
    store: Store,
    tx: Tx,
    action: str,
    actor_id: int,
    role: str,
    project_id: int | None,
    now: datetime,
    actor: int | None,
) -> None:
    details: dict[str, str | int] = {"role": role}
    if project_id is not None:
        details["project"] = project_id
    store.audit.add(tx, action, str(actor_id), now=now, actor=actor, details=details)
