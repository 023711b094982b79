"""Entities that came together, in one file or one request; and what it takes to undo that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from forms.faults.entities import EntityBatchNotFound, EntityNotFound
from server.store.columns import AnyRow
from server.store.entities.lists import changed
from server.store.entities.rows import entity_of, find_entity, plain_uuid, version_of
from server.store.entities.values import Batch, Entity, EntityList, EntityVersion, Source
from server.store.foundation import Foundation
from server.store.tables import entity, entity_batch, entity_held, entity_purged, entity_version
from server.store.transaction import Tx


class EntityBatches:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def all(self, known: EntityList, limit: int = 50) -> tuple[Batch, ...]:
        """The newest batches of a list, newest first."""
        question = (
            select(entity_batch)
            .where(entity_batch.c.entity_list == known.list_id)
            .order_by(entity_batch.c.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(_batch(row) for row in connection.execute(question))

    def get(self, known: EntityList, batch_id: int) -> Batch:
        """Raises: EntityBatchNotFound."""
        question = select(entity_batch).where(
            entity_batch.c.entity_list == known.list_id, entity_batch.c.id == batch_id
        )
        with self._database.read() as connection:
            row = connection.execute(question).one_or_none()
        if row is None:
            raise EntityBatchNotFound(batch_id=batch_id)
        return _batch(row)

    def by_ids(self, batch_ids: Iterable[int]) -> dict[int, Batch]:
        question = select(entity_batch).where(entity_batch.c.id.in_(list(batch_ids)))
        with self._database.read() as connection:
            return {row.id: _batch(row) for row in connection.execute(question)}

    def begin(
        self,
        tx: Tx,
        known: EntityList,
        name: str,
        size: int | None,
        count: int,
        source: Source,
        now: datetime,
    ) -> int:
        """Its number, for the source of everything that belongs to it."""
        added = tx.conn.execute(
            entity_batch.insert().values(
                entity_list=known.list_id,
                name=name.replace("\0", "")[:255],
                size=size,
                count=count,
                created_by=source.actor,
                user_agent=source.user_agent,
                created_at=now,
            )
        )
        return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key

    def mark_undone(self, tx: Tx, batch_id: int, now: datetime) -> None:
        tx.conn.execute(entity_batch.update().where(entity_batch.c.id == batch_id).values(undone_at=now))

    def part(
        self, tx: Tx, batch_id: int, after: int, limit: int
    ) -> list[tuple[Entity, EntityVersion, EntityVersion | None]]:
        """Entities of a batch as they stand now, what it wrote, and what stood before it."""
        written = tx.conn.execute(
            select(entity_version)
            .where(entity_version.c.batch == batch_id, entity_version.c.entity > after)
            .order_by(entity_version.c.entity)
            .limit(limit)
        ).all()
        found = []
        for row in written:
            now = tx.conn.execute(select(entity).where(entity.c.id == row.entity)).one()
            earlier = tx.conn.execute(
                select(entity_version).where(
                    entity_version.c.entity == row.entity, entity_version.c.version == row.version - 1
                )
            ).one_or_none()
            found.append((entity_of(now), version_of(row), None if earlier is None else version_of(earlier)))
        return found

    def purge_one(self, tx: Tx, known: EntityList, uuid: str, now: datetime) -> str:
        """Remove a deleted entity for ever; its name stays taken. Raises: EntityNotFound."""
        found = find_entity(tx.conn, plain_uuid(uuid))
        if found is None or found.list_id != known.list_id or found.deleted_at is None:
            raise EntityNotFound(uuid=uuid, name=known.name)
        tx.conn.execute(entity_held.delete().where(entity_held.c.uuid == found.uuid))
        tx.conn.execute(entity_version.delete().where(entity_version.c.entity == found.entity_id))
        tx.conn.execute(entity.delete().where(entity.c.id == found.entity_id))
        tx.conn.execute(
            entity_purged.insert().values(uuid=found.uuid, entity_list=known.list_id, purged_at=now)
        )
        changed(tx, known.list_id, now)
        return found.uuid


def _batch(row: AnyRow) -> Batch:
    return Batch(
        row.id,
        row.name,
        row.size,
        row._mapping["count"],  # a tuple has a method of this name
        row.created_by,
        row.user_agent,
        row.created_at,
        row.undone_at,
    )
