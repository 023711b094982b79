"""Phones: adding an app user, ending its access; each change stands in the audit."""

from __future__ import annotations

from datetime import datetime

from forms.errors import NameMissing, NameTooLong
from server.store import Store, Tx
from server.store.app_users import AppUser

LONGEST_NAME = 200


def add_app_user(
    store: Store,
    project_id: int,
    display_name: str,
    *,
    now: datetime,
    actor: int | None,
    language: str = "ky",
) -> AppUser:
    """A phone that may have every form of the project. Raises: NameMissing, NameTooLong, ProjectNotFound."""
    name = display_name.strip()
    if not name:
        raise NameMissing()
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
    store.projects.get(project_id)

    def add(tx: Tx) -> AppUser:
        app_user = store.app_users.add(tx, project_id, name, now=now, language=language, created_by=actor)
        store.audit.add(tx, "app_user.create", f"{project_id}/{app_user.actor_id}", now=now, actor=actor)
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
