"""What was sent, told as entries of the audit log: read from the ledger, where all of it stands already.

Programs of ODK Central ask the log for `submission.create` to learn what is new. Written there once more,
every sheet of a phone would cost a second row.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from server.store.database import Database
from server.store.tables import actor, record, submission

CREATED = "submission.create"


class Arrived(NamedTuple):
    """The first version of a submission; the kind and name of its sender are empty where nobody is known."""

    seq: int
    at: datetime
    actor: int | None
    subject: str
    instance_id: str
    actor_name: str
    actor_kind: str
    actor_created_at: datetime | None


def arrivals(
    database: Database,
    *,
    start: datetime | None,
    end: datetime | None,
    sender: int | None,
    before: int | None,
    limit: int,
    offset: int,
) -> tuple[Arrived, ...]:
    """Newest first, those in the trash too; `before`: the seq of the last one of the page before."""
    s = submission.c
    where: list[ColumnElement[bool]] = [s.root_seq == s.seq]
    if start is not None:
        where.append(s.received_at >= start)
    if end is not None:
        where.append(s.received_at < end)
    if sender is not None:
        where.append(s.actor_id == sender)
    if before is not None:
        where.append(s.seq < before)
    page = select(s.seq).where(*where).order_by(s.seq.desc()).limit(limit).offset(offset or None)
    named = (actor.c.display_name, actor.c.kind, actor.c.created_at)
    question = (
        select(s.seq, s.received_at, s.actor_id, record.c.subject, s.instance_id, *named)
        .join(record, record.c.seq == s.seq)
        .outerjoin(actor, actor.c.id == s.actor_id)
        .where(s.seq.in_(page))
        .order_by(s.seq.desc())
    )
    with database.read() as connection:
        return tuple(
            Arrived(seq, at, who or None, subject, instance_id, name or "", kind or "", created_at)
            for seq, at, who, subject, instance_id, name, kind, created_at in connection.execute(question)
        )
