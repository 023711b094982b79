"""Entities as they are found and listed: one, a page, all of them, and which of a phone's are gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, case, func, literal, select

from forms.faults.entities import EntityNotFound
from server.store.columns import AnyRow
from server.store.entities.rows import (
    ASKED,
    CHUNK,
    chunks,
    entity_of,
    find_entity,
    in_scope,
    plain_uuid,
    version_of,
)
from server.store.entities.sql_texts import property_text
from server.store.entities.values import EVERYTHING, Entity, EntityList, EntityVersion, Scope
from server.store.foundation import Foundation
from server.store.tables import entity, entity_purged, entity_version
from server.store.transaction import Tx


class EntityReading:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def find(self, known: EntityList, uuid: str) -> Entity | None:
        """The entity of this name in this list, deleted or not."""
        with self._database.read() as connection:
            found = find_entity(connection, plain_uuid(uuid))
        return found if found is not None and found.list_id == known.list_id else None

    def get(self, known: EntityList, uuid: str, *, deleted: bool = False) -> Entity:
        """Raises: EntityNotFound (also where it is deleted, or with `deleted` where it is not)."""
        found = self.find(known, uuid)
        if found is None or (found.deleted_at is not None) != deleted:
            raise EntityNotFound(uuid=uuid, name=known.name)
        return found

    def versions(self, found: Entity) -> tuple[EntityVersion, ...]:
        """Oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(entity_version)
                .where(entity_version.c.entity == found.entity_id)
                .order_by(entity_version.c.version)
            ).all()
        return tuple(version_of(row) for row in rows)

    def version(self, found: Entity, number: int | None = None) -> EntityVersion:
        """One version, by default the newest one. Raises: IndexError."""
        known = [one for one in self.versions(found) if number is None or one.version == number]
        return known[-1]

    def count(self, known: EntityList, scope: Scope = EVERYTHING) -> int:
        """How many entities there are that are not deleted."""
        question = select(func.count()).select_from(entity).where(*in_scope(known.list_id, scope))
        with self._database.read() as connection:
            return int(connection.scalar(question) or 0)

    def count_deleted(self, known: EntityList, before: datetime) -> int:
        """How many were deleted before this moment."""
        gone = entity.c.entity_list == known.list_id, entity.c.deleted_at < before
        with self._database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(entity).where(*gone)) or 0)

    def having(
        self, tx: Tx, known: EntityList, name: str, *, limit: int
    ) -> tuple[int, list[tuple[str, str]]]:
        """How many entities have a value of this property, and some of them: uuid and label."""
        where = (*in_scope(known.list_id, EVERYTHING), func.trim(property_text(name)) != "")
        count = int(tx.conn.scalar(select(func.count()).select_from(entity).where(*where)) or 0)
        some = tx.conn.execute(select(entity.c.uuid, entity.c.label).where(*where).limit(limit))
        return count, [(row.uuid, row.label) for row in some]

    def count_conflicts(self, known: EntityList) -> int:
        with self._database.read() as connection:
            return int(
                connection.scalar(
                    select(func.count())
                    .select_from(entity)
                    .where(
                        entity.c.entity_list == known.list_id,
                        entity.c.conflict.is_not(None),
                        entity.c.deleted_at.is_(None),
                    )
                )
                or 0
            )

    def page(
        self,
        known: EntityList,
        *,
        limit: int,
        before: int | None = None,
        offset: int = 0,
        deleted: bool = False,
    ) -> tuple[Entity, ...]:
        """Newest first; `before` is the entity_id of the last one of the page before."""
        question = (
            select(entity)
            .where(
                entity.c.entity_list == known.list_id,
                entity.c.deleted_at.is_not(None) if deleted else entity.c.deleted_at.is_(None),
            )
            .order_by(entity.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        if before is not None:
            question = question.where(entity.c.id < before)
        with self._database.read() as connection:
            return tuple(entity_of(row) for row in connection.execute(question))

    def named(self, known: EntityList, names: Sequence[str]) -> Iterator[Entity]:
        """The entities of these names that the list has or had."""
        for start in range(0, len(names), ASKED):
            question = select(entity).where(
                entity.c.entity_list == known.list_id, entity.c.uuid.in_(names[start : start + ASKED])
            )
            with self._database.read() as connection:
                rows = connection.execute(question).all()
            yield from map(entity_of, rows)

    def each(self, known: EntityList, scope: Scope = EVERYTHING) -> Iterator[Entity]:
        """Every living entity, newest first, with flat memory."""
        for rows in chunks(self._database, known.list_id, scope, list(entity.c)):
            yield from map(entity_of, rows)

    def listed(self, known: EntityList, scope: Scope) -> Iterator[Sequence[AnyRow]]:
        """Rows for phones: number, uuid, label, version, data as JSON; a few thousand at a time."""
        columns = [entity.c.id, entity.c.uuid, entity.c.label, entity.c.version, entity.c.data]
        return chunks(self._database, known.list_id, scope, columns)

    def gone(
        self, known: EntityList, names: Sequence[str] | None, scope: Scope
    ) -> Iterator[tuple[str, bool]]:
        """Of each entity asked after (None: all), whether it is deleted, purged or out of sight.

        Those that never were are left out.
        """
        if names is None:
            yield from self._all_gone(known, scope)
            return
        sight = case((and_(*in_scope(known.list_id, scope)), 0), else_=1)
        for start in range(0, len(names), ASKED):
            some = names[start : start + ASKED]
            asked = select(entity.c.uuid, sight).where(
                entity.c.entity_list == known.list_id, entity.c.uuid.in_(some)
            )
            purged = select(entity_purged.c.uuid, literal(1)).where(
                entity_purged.c.entity_list == known.list_id, entity_purged.c.uuid.in_(some)
            )
            with self._database.read() as connection:
                for question in (asked, purged):
                    for uuid, gone in connection.execute(question):
                        yield uuid, bool(gone)

    def _all_gone(self, known: EntityList, scope: Scope) -> Iterator[tuple[str, bool]]:
        """The same of every entity that ever was, a few thousand at a time."""
        sight = case((and_(*in_scope(known.list_id, scope)), 0), else_=1)
        after = 0
        while True:
            # + 0: along the numbers, not along the index of the list, which would be sorted for each part
            part = (
                select(entity.c.id, entity.c.uuid, sight)
                .where(entity.c.entity_list + 0 == known.list_id, entity.c.id > after)
                .order_by(entity.c.id)
                .limit(CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(part).all()
            for _, uuid, gone in rows:
                yield uuid, bool(gone)
            if len(rows) < CHUNK:
                break
            after = rows[-1][0]
        purged = select(entity_purged.c.uuid).where(entity_purged.c.entity_list == known.list_id)
        with self._database.read() as connection:
            for uuid in connection.scalars(purged):
                yield uuid, True
