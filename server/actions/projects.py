"""Projects: adding one, its name, its end as an archive or for good; each change stands in the audit."""

from __future__ import annotations

from datetime import datetime

from forms.errors import NameMissing, NameTooLong
from server.actions.add_app_user import LONGEST_NAME
from server.store import Store, Tx
from server.store.projects import Project


def add_project(
    store: Store,
    name: str,
    *,
    description: str,
    aimak_code: str,
    is_archived: bool,
    now: datetime,
    actor: int | None,
) -> Project:
    """Raises: NameMissing, NameTooLong."""
    name = checked_name(name)

    def add(tx: Tx) -> int:
        number = store.projects.create(tx, name=name, now=now, description=description, aimak_code=aimak_code)
        if is_archived:
            store.projects.archive(tx, number, is_archived=True, now=now)
        store.audit.add(tx, "project.create", str(number), now=now, actor=actor)
        return number

    return store.projects.get(store.write(add))


def change_project(
    store: Store,
    project_id: int,
    *,
    name: str,
    description: str,
    aimak_code: str,
    is_archived: bool,
    now: datetime,
    actor: int | None,
) -> Project:
    """Raises: NameMissing, NameTooLong, ProjectNotFound."""
    name = checked_name(name)

    def change(tx: Tx) -> None:
        store.projects.describe(
            tx, project_id, name=name, description=description, aimak_code=aimak_code, now=now
        )
        store.projects.archive(tx, project_id, is_archived=is_archived, now=now)
        store.audit.add(tx, "project.update", str(project_id), now=now, actor=actor)

    store.write(change)
    return store.projects.get(project_id)


def delete_project(store: Store, project_id: int, *, now: datetime, actor: int | None) -> None:
    """Nobody finds it any more, and no code of it opens anything; the ledger keeps what was received.

    Raises: ProjectNotFound, LastProject, ProjectHasRounds.
    """

    def delete(tx: Tx) -> None:
        store.projects.delete(tx, project_id, now=now)
        store.audit.add(tx, "project.delete", str(project_id), now=now, actor=actor)

    store.write(delete)


def restore_project(store: Store, project_id: int, *, now: datetime, actor: int | None) -> Project:
    """Bring back one that was deleted, with everything in it: for the owner of the data folder.

    Raises: ProjectNotFound.
    """

    def restore(tx: Tx) -> None:
        store.projects.restore(tx, project_id)
        store.audit.add(tx, "project.restore", str(project_id), now=now, actor=actor)

    store.write(restore)
    return store.projects.get(project_id)


def checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise NameMissing()
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
    return name
