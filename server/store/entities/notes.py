"""What became of a submission in the entity lists, as the audit log tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import or_, select

from server.store.database import Database
from server.store.tables import audit


@dataclass(frozen=True, slots=True)
class EntityNote:
    """One thing that happened. `action`: entity.create, entity.update.version, entity.error, or
    submission.backlog.hold, .reprocess, .force."""

    note_id: int
    at: datetime
    actor: int | None
    action: str
    details: Mapping[str, str | int]

    @property
    def submission(self) -> int:
        """The record of the version that it happened to."""
        return int(self.details.get("submission", 0))


def entity_notes(database: Database, subject: str) -> tuple[EntityNote, ...]:
    """Oldest first; `subject` is what the first record of the submission is about."""
    about_entities = or_(
        audit.c.action.startswith("entity."), audit.c.action.startswith("submission.backlog.")
    )
    with database.read() as connection:
        rows = connection.execute(
            select(audit).where(audit.c.subject == subject, about_entities).order_by(audit.c.id)
        ).all()
    return tuple(
        EntityNote(
            row.id,
            row.at,
            row.actor_id,
            row.action,
            msgspec.json.decode(row.details, type=dict[str, str | int]),
        )
        for row in rows
    )
