"""Projects: one aiyl aimak (organiser) each.

One that is deleted is found by no client, and no code of a phone, link or draft of it opens anything; its
records stay where they are in the ledger, and go on proving what was received.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from forms.errors import ProjectNotFound
from forms.faults.people import LastProject, ProjectHasRounds
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import draft, form, project, round_
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Project:
    project_id: int
    name: str
    description: str
    aimak_code: str
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime | None


def _load(connection: Connection, _: None) -> tuple[Project, ...]:
    return _found(connection, project.c.deleted_at.is_(None))


def _found(connection: Connection, which: ColumnElement[bool]) -> tuple[Project, ...]:
    return tuple(
        Project(
            row.id,
            row.name,
            row.description,
            row.aimak_code,
            row.archived_at,
            row.created_at,
            row.updated_at,
        )
        for row in connection.execute(select(project).where(which).order_by(project.c.id))
    )


class Projects:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._cached: Cached[None, tuple[Project, ...]] = Cached(foundation.generations, "projects", _load)

    def all(self) -> tuple[Project, ...]:
        """Every project that was not deleted, in the order of their numbers; cached."""
        return self._cached.get(None)

    def get(self, project_id: int) -> Project:
        """Raises: ProjectNotFound."""
        for known in self.all():
            if known.project_id == project_id:
                return known
        raise ProjectNotFound(project_id=project_id)

    def deleted(self) -> tuple[Project, ...]:
        """Those that nobody finds any more; for the owner of the data folder."""
        with self._database.read() as connection:
            return _found(connection, project.c.deleted_at.is_not(None))

    def create(self, tx: Tx, *, name: str, now: datetime, description: str = "", aimak_code: str = "") -> int:
        """A new project; its number."""
        tx.touch("projects")
        added = tx.conn.execute(
            project.insert().values(name=name, description=description, aimak_code=aimak_code, created_at=now)
        )
        return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key

    def describe(
        self, tx: Tx, project_id: int, *, name: str, description: str, aimak_code: str, now: datetime
    ) -> None:
        """Raises: ProjectNotFound."""
        tx.touch("projects")
        changed = tx.conn.execute(
            project.update()
            .where(project.c.id == project_id, project.c.deleted_at.is_(None))
            .values(name=name, description=description, aimak_code=aimak_code, updated_at=now)
        )
        if changed.rowcount == 0:
            raise ProjectNotFound(project_id=project_id)

    def archive(self, tx: Tx, project_id: int, *, is_archived: bool, now: datetime) -> None:
        """Put it away, or bring it back; one that is archived keeps the time it was."""
        tx.touch("projects")
        kept = project.c.archived_at
        tx.conn.execute(
            project.update()
            .where(project.c.id == project_id, kept.is_(None) if is_archived else kept.is_not(None))
            .values(archived_at=now if is_archived else None)
        )

    def delete(self, tx: Tx, project_id: int, *, now: datetime) -> None:
        """Let nobody find it any more. What was opened as a round stays, and so does its project.

        Raises: ProjectNotFound, LastProject, ProjectHasRounds.
        """
        there = set(tx.conn.scalars(select(project.c.id).where(project.c.deleted_at.is_(None))))
        if project_id not in there:
            raise ProjectNotFound(project_id=project_id)
        if there == {project_id}:
            raise LastProject()
        held = select(round_.c.round_id).where(round_.c.project_id == project_id, round_.c.state != "planned")
        for round_id in tx.conn.scalars(held.order_by(round_.c.round_id)):
            raise ProjectHasRounds(round_id=round_id)
        _touch(tx)
        tx.conn.execute(project.update().where(project.c.id == project_id).values(deleted_at=now))
        forms = select(form.c.id).where(form.c.project_id == project_id)
        for number in list(tx.conn.scalars(select(draft.c.form).where(draft.c.form.in_(forms)))):
            token = secrets.token_urlsafe(48)  # that nobody is told
            tx.conn.execute(draft.update().where(draft.c.form == number).values(token=token))

    def restore(self, tx: Tx, project_id: int) -> None:
        """Let it be found again; codes of phones and links are good again, those of drafts are new.

        Raises: ProjectNotFound.
        """
        _touch(tx)
        gone = project.c.id == project_id, project.c.deleted_at.is_not(None)
        if tx.conn.execute(project.update().where(*gone).values(deleted_at=None)).rowcount == 0:
            raise ProjectNotFound(project_id=project_id)


def _touch(tx: Tx) -> None:
    """Codes and forms are found by their projects."""
    for family in ("projects", "app_users", "forms"):
        tx.touch(family)
