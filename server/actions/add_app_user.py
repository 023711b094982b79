"""Phones: adding an app user, its forms, ending its access; each change stands in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from forms.errors import NameMissing, NameTooLong
from server.actions.actor_properties import note_properties
from server.store import Store, Tx
from server.store.app_users import READER, ROLE, AppUser

LONGEST_NAME = 200
NOTHING: Mapping[str, str | None] = MappingProxyType({})


def add_app_user(
    store: Store,
    project_id: int,
    display_name: str,
    *,
    now: datetime,
    actor: int | None,
    language: str = "ky",
    every_form: bool = True,
    properties: Mapping[str, str | None] = NOTHING,
) -> AppUser:
    """A phone that may have every form of the project, or (`every_form` False) those it is given.

    Raises: NameMissing, NameTooLong, ProjectNotFound, ActorPropertyUnknown.
    """
    name = display_name.strip()
    if not name:
        raise NameMissing()
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
    store.projects.get(project_id)

    def add(tx: Tx) -> AppUser:
        app_user = store.app_users.add(
            tx,
            project_id,
            name,
            now=now,
            language=language,
            created_by=actor,
            every_form=every_form,
        )
        number = app_user.actor_id
        store.audit.add(tx, "app_user.create", f"{project_id}/{number}", now=now, actor=actor)
        note_properties(store, tx, "field_key", project_id, number, properties, now=now, actor=actor)
        return app_user

    return store.write(add)


def revoke_app_user(
    store: Store, project_id: int, actor_id: int, *, now: datetime, actor: int | None
) -> None:
    """Its token is worth nothing from now on. Raises: AppUserNotFound."""

    def revoke(tx: Tx) -> None:
        store.app_users.revoke(tx, project_id, actor_id, now=now)
        store.audit.add(tx, "app_user.revoke", f"{project_id}/{actor_id}", now=now, actor=actor)

    store.write(revoke)


def delete_app_user(
    store: Store, project_id: int, actor_id: int, *, now: datetime, actor: int | None
) -> None:
    """The same, and out of the list. Raises: AppUserNotFound."""

    def delete(tx: Tx) -> None:
        store.app_users.delete(tx, project_id, actor_id, now=now)
        store.audit.add(tx, "field_key.delete", f"{project_id}/{actor_id}", now=now, actor=actor)

    store.write(delete)


def limit_app_user(
    store: Store,
    project_id: int,
    actor_id: int,
    form_ids: frozenset[str] | None,
    *,
    now: datetime,
    actor: int | None,
) -> None:
    """It sees these forms alone; None: every form. Raises: AppUserNotFound, FormNotFound."""

    def limit(tx: Tx) -> None:
        store.app_users.limit_to(tx, project_id, actor_id, form_ids, now=now)
        details = {"forms": len(form_ids) if form_ids is not None else "all"}
        store.audit.add(
            tx, "app_user.update", f"{project_id}/{actor_id}", now=now, actor=actor, details=details
        )

    store.write(limit)


def give_form(store: Store, app_user: AppUser, form_id: str, *, now: datetime, actor: int | None) -> bool:
    """Let it see this form too; one that saw every form sees this one alone from now on.

    False when it was given this form before. Raises: FormNotFound.
    """
    project_id, actor_id = app_user.project_id, app_user.actor_id
    store.forms.get(project_id, form_id)

    def give(tx: Tx) -> bool:
        if app_user.form_ids is None:
            store.app_users.limit_to(tx, project_id, actor_id, frozenset({form_id}), now=now)
        elif not store.form_roles.assign(tx, actor_id, ROLE, project_id, form_id, now=now):
            return False
        _note_form(store, tx, "app_user.assign", app_user, form_id, now, actor)
        return True

    return store.write(give)


def take_form(store: Store, app_user: AppUser, form_id: str, *, now: datetime, actor: int | None) -> bool:
    """It does not see this form any more; False when it did not before. Raises: FormNotFound."""
    project_id, actor_id = app_user.project_id, app_user.actor_id
    store.forms.get(project_id, form_id)
    others = frozenset(form.form_id for form in store.forms.all(project_id)) - {form_id}

    def take(tx: Tx) -> bool:
        if app_user.form_ids is None:
            store.app_users.limit_to(tx, project_id, actor_id, others, now=now)
        elif not store.form_roles.unassign(tx, actor_id, ROLE, project_id, form_id):
            return False
        _note_form(store, tx, "app_user.unassign", app_user, form_id, now, actor)
        return True

    return store.write(take)


def let_read(
    store: Store,
    app_user: AppUser,
    form_id: str | None,
    *,
    gives: bool,
    now: datetime,
    actor: int | None,
) -> bool:
    """Let whoever holds its token also read the answers to a form, or (None) of its project; or no more.

    For programs that show pictures of submissions without signing in. Answers on evaluated objects stay the
    group's. False when nothing changed. Raises: FormNotFound.
    """
    project_id, actor_id = app_user.project_id, app_user.actor_id
    if form_id is not None:
        store.forms.get(project_id, form_id)

    def change(tx: Tx) -> bool:
        if form_id is None and gives:
            done = store.accounts.assign(tx, actor_id, READER, project_id, now=now)
        elif form_id is None:
            done = store.accounts.unassign(tx, actor_id, READER, project_id)
        elif gives:
            done = store.form_roles.assign(tx, actor_id, READER, project_id, form_id, now=now)
        else:
            done = store.form_roles.unassign(tx, actor_id, READER, project_id, form_id)
        if done:
            action = "app_user.assign" if gives else "app_user.unassign"
            details = {"role": READER} | ({"form": form_id} if form_id is not None else {})
            subject = f"{project_id}/{actor_id}"
            store.audit.add(tx, action, subject, now=now, actor=actor, details=details)
        return done

    return store.write(change)


def _note_form(
    store: Store,
    tx: Tx,
    action: str,
    app_user: AppUser,
    form_id: str,
    now: datetime,
    actor: int | None,
) -> None:
    details = {"form": form_id}
    subject = f"{app_user.project_id}/{app_user.actor_id}"
    store.audit.add(tx, action, subject, now=now, actor=actor, details=details)
