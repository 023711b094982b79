"""Who has which role where: on the whole server, in a project, in one form; each change in the audit.

An administrator gives every role. A manager gives the roles of ODK Central in their own project: those of the
group are not theirs to give, because they open answers on evaluated objects.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from forms.errors import RoleUnknown
from forms.faults.people import (
    ActorNotFound,
    LastAdministrator,
    Oneself,
    RoleOfEverywhere,
    RoleOutOfReach,
)
from server.permissions import (
    ADMINISTRATOR,
    DATA_COLLECTOR,
    MANAGER,
    ROLES,
    VIEWER,
    Deed,
    Person,
    may,
)
from server.store import Store, Tx
from server.store.accounts import Assignment

OF_A_MANAGER = (MANAGER, VIEWER, DATA_COLLECTOR)


def assign_role(
    store: Store,
    actor_id: int,
    role: str,
    project_id: int | None,
    *,
    now: datetime,
    actor: int | None,
    form_id: str | None = None,
) -> bool:
    """Give a role; False when it was given before.

    Raises: RoleUnknown, ActorNotFound, FormNotFound, RoleOfEverywhere (an administrator is one everywhere).
    """
    given = Assignment(role, project_id, form_id)
    _check(store, actor_id, role)
    if role == ADMINISTRATOR and project_id is not None:
        raise RoleOfEverywhere(role=role)
    if form_id is not None and project_id is not None:
        store.forms.get(project_id, form_id)

    def assign(tx: Tx) -> bool:
        if form_id is not None and project_id is not None:
            return store.form_roles.assign(tx, actor_id, role, project_id, form_id, now=now)
        return store.accounts.assign(tx, actor_id, role, project_id, now=now)

    return _change(store, "account.assign", actor_id, given, assign, now=now, actor=actor)


def unassign_role(
    store: Store,
    actor_id: int,
    role: str,
    project_id: int | None,
    *,
    now: datetime,
    actor: int | None,
    form_id: str | None = None,
) -> bool:
    """Take a role; False when it was not there.

    Raises: RoleUnknown, FormNotFound, Oneself, LastAdministrator.
    """
    given = Assignment(role, project_id, form_id)
    _check(store, actor_id, role)
    if role == ADMINISTRATOR and actor_id == actor:
        raise Oneself()
    if role == ADMINISTRATOR and is_last_administrator(store, actor_id):
        raise LastAdministrator()

    def unassign(tx: Tx) -> bool:
        if form_id is not None and project_id is not None:
            return store.form_roles.unassign(tx, actor_id, role, project_id, form_id)
        return store.accounts.unassign(tx, actor_id, role, project_id)

    return _change(store, "account.unassign", actor_id, given, unassign, now=now, actor=actor)


def _change(
    store: Store,
    action: str,
    actor_id: int,
    given: Assignment,
    change: Callable[[Tx], bool],
    *,
    now: datetime,
    actor: int | None,
) -> bool:
    """Do it, and note it in the audit where it changed something."""

    def noted(tx: Tx) -> bool:
        if not change(tx):
            return False
        note_role(store, tx, action, actor_id, given, now, actor)
        return True

    return store.write(noted)


def require_reach(person: Person, role: str, project_id: int | None) -> None:
    """May this person give or take this role here? Raises: RoleOutOfReach."""
    if may(person, Deed.MANAGE_ACCOUNTS, None):
        return
    if project_id is None or role not in OF_A_MANAGER or not may(person, Deed.MANAGE_PROJECT, project_id):
        raise RoleOutOfReach()


def note_role(
    store: Store,
    tx: Tx,
    action: str,
    actor_id: int,
    given: Assignment,
    now: datetime,
    actor: int | None,
) -> None:
    details: dict[str, str | int] = {"role": given.role}
    if given.project_id is not None:
        details["project"] = given.project_id
    if given.form_id is not None:
        details["form"] = given.form_id
    store.audit.add(tx, action, str(actor_id), now=now, actor=actor, details=details)


def _check(store: Store, actor_id: int, role: str) -> None:
    """Raises: RoleUnknown, ActorNotFound."""
    if role not in ROLES:
        raise RoleUnknown(role=role[:100], roles=", ".join(ROLES))
    account = store.accounts.find_number(actor_id)
    if account is None or account.disabled_at is not None:
        raise ActorNotFound(actor_id=actor_id)


def is_last_administrator(store: Store, actor_id: int) -> bool:
    """Would nobody be left who keeps the accounts?"""
    holders = {
        account.actor_id
        for account in store.accounts.all()
        if account.disabled_at is None and Assignment(ADMINISTRATOR, None) in account.assignments
    }
    return holders == {actor_id}
