"""Accounts of people: adding one, its password, its end; each change stands in the audit."""

from __future__ import annotations

from datetime import datetime

from forms.errors import NameTooLong, RoleUnknown
from forms.faults.people import LastAdministrator, Oneself, ResetInvalid
from server.actions.add_app_user import LONGEST_NAME
from server.actions.assignments import is_last_administrator, note_role
from server.permissions import ROLES
from server.store import Store, Tx
from server.store.accounts import Account, Assignment, hash_password
from server.store.password_resets import NewReset


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
    may_use_digest: bool = False,
) -> Account:
    """A new account with its roles: (role, project), the project None for all of them.

    Raises: RoleUnknown, PasswordTooShort, EmailInvalid, EmailTaken, NameTooLong.
    """
    for role, _ in roles:
        _known(role)
    _name(display_name)
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
        if may_use_digest:
            store.digests.allow(tx, actor_id, allowed=True)
            store.digests.keep(tx, actor_id, password)
        store.audit.add(tx, "account.create", str(actor_id), now=now, actor=actor)
        for role, project_id in roles:
            store.accounts.assign(tx, actor_id, role, project_id, now=now)
            note_role(store, tx, "account.assign", actor_id, Assignment(role, project_id), now, actor)
        return actor_id

    return store.accounts.get(store.write(add))


def set_password(
    store: Store,
    actor_id: int,
    password: str,
    *,
    now: datetime,
    actor: int | None,
    must_change_password: bool = False,
    keep: str | None = None,
) -> None:
    """Ends every session of the account but the one to `keep` (its sha256).

    Raises: PasswordTooShort, AccountNotFound.
    """
    password_hash = hash_password(password)

    def change(tx: Tx) -> None:
        store.accounts.set_password(
            tx, actor_id, password_hash, now=now, must_change_password=must_change_password, keep=keep
        )
        store.digests.keep(tx, actor_id, password)
        store.password_resets.forget(tx, actor_id)
        store.audit.add(tx, "account.password", str(actor_id), now=now, actor=actor)

    store.write(change)


def give_reset(store: Store, actor_id: int, *, now: datetime, actor: int | None) -> NewReset:
    """A link to a new password, to be handed over; the present password works until it is used.

    Raises: AccountNotFound.
    """
    store.accounts.get(actor_id)

    def give(tx: Tx) -> NewReset:
        reset = store.password_resets.give(tx, actor_id, now=now, created_by=actor)
        store.audit.add(tx, "user.password.reset", str(actor_id), now=now, actor=actor)
        return reset

    return store.write(give)


def use_reset(store: Store, token: str, password: str, *, now: datetime) -> Account:
    """Set the password the link is for. Ends every session and API token of the account: whoever needs such
    a link may have lost more than a password.

    Raises: ResetInvalid, PasswordTooShort, PasswordTooLong.
    """
    if store.password_resets.find(token, now) is None:
        raise ResetInvalid()
    password_hash = hash_password(password)

    def change(tx: Tx) -> int:
        actor_id = store.password_resets.use(tx, token, now=now)
        if actor_id is None:
            raise ResetInvalid()
        store.accounts.set_password(tx, actor_id, password_hash, now=now)
        store.digests.keep(tx, actor_id, password)
        store.api_tokens.revoke_all(tx, actor_id, now=now)
        store.audit.add(tx, "account.password", str(actor_id), now=now, actor=actor_id)
        return actor_id

    return store.accounts.get(store.write(change))


def change_account(
    store: Store,
    actor_id: int,
    *,
    email: str | None,
    display_name: str | None,
    language: str | None,
    now: datetime,
    actor: int | None,
) -> Account:
    """What is None stays. Raises: AccountNotFound, EmailInvalid, EmailTaken, NameTooLong."""
    account = store.accounts.get(actor_id)
    name = account.display_name if display_name is None else display_name.strip()
    _name(name)

    def change(tx: Tx) -> None:
        if email is not None:
            store.accounts.rename(tx, actor_id, email, now=now)
        store.accounts.describe(
            tx, actor_id, display_name=name, language=language or account.language, now=now
        )
        store.audit.add(tx, "account.update", str(actor_id), now=now, actor=actor)

    store.write(change)
    return store.accounts.get(actor_id)


def allow_digest(store: Store, actor_id: int, allowed: bool, *, now: datetime, actor: int | None) -> None:
    """Let a phone with this account's password in over plain http; from its next password on.

    Raises: AccountNotFound.
    """

    def change(tx: Tx) -> None:
        store.digests.allow(tx, actor_id, allowed=allowed)
        details = {"digest": "allowed" if allowed else "refused"}
        store.audit.add(tx, "account.update", str(actor_id), now=now, actor=actor, details=details)

    store.write(change)


def disable_account(store: Store, actor_id: int, *, now: datetime, actor: int | None) -> None:
    """Nobody signs in with it any more; its sessions and API tokens end.

    Raises: AccountNotFound, Oneself, LastAdministrator.
    """
    if actor_id == actor:
        raise Oneself()
    if is_last_administrator(store, actor_id):
        raise LastAdministrator()

    def disable(tx: Tx) -> None:
        store.accounts.disable(tx, actor_id, now=now)
        store.sessions.end_all(tx, actor_id)
        store.api_tokens.revoke_all(tx, actor_id, now=now)
        store.password_resets.forget(tx, actor_id)
        store.audit.add(tx, "account.disable", str(actor_id), now=now, actor=actor)

    store.write(disable)


async def sign_out(store: Store, token_sha256: str) -> None:
    await store.change(lambda tx: store.sessions.end(tx, token_sha256))


def _known(role: str) -> None:
    if role not in ROLES:
        raise RoleUnknown(role=role[:100], roles=", ".join(ROLES))


def _name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
