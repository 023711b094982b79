"""What the audit log tells of a submission and the ledger does not: entity lists, files, how it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from forms.decoding import decode
from server.store.database import Database
from server.store.tables import audit


@dataclass(frozen=True, slots=True)
class EntityNote:
    """One thing that happened. `action`: entity.create, entity.update.version, entity.error,
    submission.backlog.hold, .reprocess, .force, submission.plain, or submission.attachment.update."""

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
    told = or_(
        audit.c.action.startswith("entity."),
        audit.c.action.startswith("submission.backlog."),
        audit.c.action.in_(("submission.plain", "submission.attachment.update")),
    )
    with database.read() as connection:
        rows = connection.execute(
            select(audit).where(audit.c.subject == subject, told).order_by(audit.c.id)
        ).all()
    return tuple(
        EntityNote(
            row.id,
            row.at,
            row.actor_id,
            row.action,
            decode(row.details, dict[str, str | int]),
        )
        for row in rows
    )
