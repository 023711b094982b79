"""Entity lists against themselves: what stands now is what the newest version says, and none is missing."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import and_, func, or_, select

from forms.errors import N_
from forms.registry_lists import PROPERTIES as REGISTRY
from server.store.database import Database
from server.store.entities.feed import done_of
from server.store.tables import entity, entity_held, entity_list, entity_version, record

UNLIKE = N_("The entity {subject} does not stand as its newest version says.")
INCOMPLETE = N_("Versions of the entity {subject} are missing.")
UNTOLD = N_("The entity {subject} names the record {seq} as its source, and that is no submission.")
WAITS_FOR_NOTHING = N_("The submission {seq} waits in the entity lists, and there is no such record.")
AHEAD = N_("The entity lists say that they have seen the record {seq}, and there is none yet.")
MOST = 100  # of a kind: whoever reads more than that knows already


class Find(Protocol):
    def __call__(self, text: str, *, seq: int | None = None, subject: str | None = None) -> None: ...


def compare_entities(database: Database, find: Find, last: int) -> None:
    """Tell what does not fit; `last` is the newest record that was looked at."""
    # the registry's entities are compared with the ledger, by whoever verifies its records
    ours = entity.c.entity_list.not_in(select(entity_list.c.id).where(entity_list.c.name.in_(REGISTRY)))
    newest = and_(entity_version.c.entity == entity.c.id, entity_version.c.version == entity.c.version)
    unlike = (
        select(entity.c.uuid)
        .outerjoin(entity_version, newest)
        .where(
            ours,
            or_(
                entity_version.c.entity.is_(None),
                entity_version.c.label != entity.c.label,
                entity_version.c.data != entity.c.data,
            ),
        )
        .limit(MOST)
    )
    counted = (
        select(entity_version.c.entity, func.count().label("versions"))
        .group_by(entity_version.c.entity)
        .subquery()
    )
    incomplete = (
        select(entity.c.uuid)
        .join(counted, counted.c.entity == entity.c.id)
        .where(ours, counted.c.versions != entity.c.version)
        .limit(MOST)
    )
    untold = (
        select(entity.c.uuid, entity_version.c.submission)
        .join(entity, entity.c.id == entity_version.c.entity)
        .outerjoin(record, record.c.seq == entity_version.c.submission)
        .where(
            entity_version.c.submission_root.is_not(None),
            entity_version.c.submission <= last,
            or_(record.c.seq.is_(None), record.c.kind != "submission"),
        )
        .limit(MOST)
    )
    waiting = (
        select(entity_held.c.submission)
        .outerjoin(record, record.c.seq == entity_held.c.submission)
        .where(record.c.seq.is_(None))
        .limit(MOST)
    )
    with database.read() as connection:
        for (uuid,) in connection.execute(unlike):
            find(UNLIKE, subject=uuid)
        for (uuid,) in connection.execute(incomplete):
            find(INCOMPLETE, subject=uuid)
        for uuid, seq in connection.execute(untold):
            find(UNTOLD, seq=seq, subject=uuid)
        for (seq,) in connection.execute(waiting):
            find(WAITS_FOR_NOTHING, seq=seq)
        done = done_of(connection)
        if done > (connection.scalar(select(func.max(record.c.seq))) or 0):
            find(AHEAD, seq=done)
