"""Projects: one aiyl aimak (organiser) each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from forms.errors import ProjectNotFound
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import project
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
        for row in connection.execute(select(project).order_by(project.c.id))
    )


class Projects:
    def __init__(self, foundation: Foundation) -> None:
        self._cached: Cached[None, tuple[Project, ...]] = Cached(foundation.generations, "projects", _load)

    def all(self) -> tuple[Project, ...]:
        """Every project, in the order of their numbers; cached."""
        return self._cached.get(None)

    def get(self, project_id: int) -> Project:
        """Raises: ProjectNotFound."""
        for known in self.all():
            if known.project_id == project_id:
                return known
        raise ProjectNotFound(project_id=project_id)

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
            .where(project.c.id == project_id)
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
