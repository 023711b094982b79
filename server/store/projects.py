"""Projects: one aiyl aimak (organiser) each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


class Projects:
    def all(self) -> tuple[Project, ...]:
        """Every project, in the order of their numbers; cached."""
        raise NotImplementedError

    def get(self, project_id: int) -> Project:
        """Raises: ProjectNotFound."""
        raise NotImplementedError

    def create(self, tx: Tx, *, name: str, now: datetime, description: str = "", aimak_code: str = "") -> int:
        """A new project; its number."""
        raise NotImplementedError

    def describe(
        self, tx: Tx, project_id: int, *, name: str, description: str, aimak_code: str, now: datetime
    ) -> None:
        """Raises: ProjectNotFound."""
        raise NotImplementedError
