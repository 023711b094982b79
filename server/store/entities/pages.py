"""Pages of a list's entities: filtered, searched, ordered; of one entity or a million, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, func, literal, select
from sqlalchemy import type_coerce as seen_as

from forms.decoding import decoder
from server.store.columns import AnyRow
from server.store.entities.filtering import field_of
from server.store.entities.indexes import narrowest
from server.store.entities.rows import entity_of, plain_uuid, version_of
from server.store.entities.sql_texts import PositionOf
from server.store.entities.values import Entity, EntityList, EntityVersion, Happened
from server.store.entities.wanted import EntitiesWanted, is_whole, where_of
from server.store.foundation import Foundation
from server.store.tables import audit, entity, entity_version
from server.store.transaction import Tx

CHUNK = 1000
COUNTS = 1000  # of whole lists, kept until the list changes
decode = decoder(dict[str, str]).decode
decode_details = decoder(dict[str, str | int]).decode


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity, and the version that made it what it is."""

    entity: Entity
    version: EntityVersion


class EntityText(NamedTuple):
    """An entity as it goes out to programs: times are texts in UTC with three decimals."""

    entity_id: int
    uuid: str
    label: str
    data: dict[str, str]
    version: int
    conflict: str | None
    created_at: str
    created_by: int | None
    updated_at: str | None
    deleted_at: str | None


_TEXTS = (
    entity.c.id,
    entity.c.uuid,
    entity.c.label,
    entity.c.data,
    entity.c.version,
    entity.c.conflict,
    seen_as(entity.c.created_at, Text),
    entity.c.created_by,
    seen_as(entity.c.updated_at, Text),
    seen_as(entity.c.deleted_at, Text),
)


class EntityPages:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._counted: dict[tuple[int, int], int] = {}

    def page(
        self, wanted: EntitiesWanted, *, limit: int, before: int | None = None, offset: int = 0
    ) -> tuple[Entity, ...]:
        """A page; `before` is the entity_id of the last one of the page before, where nothing else orders."""
        if limit <= 0:
            return ()
        return tuple(entity_of(row) for row in self._rows(wanted, tuple(entity.c), limit, before, offset))

    def texts(
        self, wanted: EntitiesWanted, *, limit: int, before: int | None = None, offset: int = 0
    ) -> list[EntityText]:
        """A page as it goes out."""
        if limit <= 0:
            return []
        return [_text(*row) for row in self._rows(wanted, _TEXTS, limit, before, offset)]

    def rows(self, wanted: EntitiesWanted, *, limit: int, before: int | None = None) -> tuple[EntityRow, ...]:
        """The same, each with its newest version."""
        found = self.page(wanted, limit=limit, before=before)
        numbers = [one.entity_id for one in found]
        versions: dict[int, EntityVersion] = {}
        with self._database.read() as connection:
            for start in range(0, len(numbers), 500):
                some = numbers[start : start + 500]
                question = (
                    select(entity_version)
                    .join(entity, and_(entity.c.id == entity_version.c.entity))
                    .where(entity.c.id.in_(some), entity.c.version == entity_version.c.version)
                )
                for row in connection.execute(question):
                    versions[row.entity] = version_of(row)
        return tuple(EntityRow(one, versions[one.entity_id]) for one in found if one.entity_id in versions)

    def each(self, wanted: EntitiesWanted) -> Iterator[list[EntityText]]:
        """All of them as they go out, newest first, a thousand at a time."""
        before: int | None = None
        while found := self.texts(wanted, limit=CHUNK, before=before):
            yield found
            if len(found) < CHUNK:
                return
            before = found[-1].entity_id

    def count(self, wanted: EntitiesWanted, *, before: int | None = None) -> int:
        """How many; of a whole list counted once per change."""
        key = (wanted.known.list_id, wanted.known.changes)
        kept = is_whole(wanted) and before is None
        if kept and key in self._counted:
            return self._counted[key]
        with self._database.read() as connection:
            where = self._where(connection, wanted, before)
            number = int(connection.scalar(select(func.count()).select_from(entity).where(*where)) or 0)
        if kept:
            if len(self._counted) >= COUNTS:
                self._counted.clear()
            self._counted[key] = number
        return number

    def number_of(self, known: EntityList, uuid: str) -> int | None:
        """The entity_id of a UUID in this list, deleted or not."""
        with self._database.read() as connection:
            return connection.scalar(
                select(entity.c.id).where(entity.c.entity_list == known.list_id, entity.c.uuid == uuid)
            )

    def last_created(self, known: EntityList) -> datetime | None:
        newest = self.page(EntitiesWanted(known, known.changed_at, deleted=False), limit=1)
        return newest[0].created_at if newest else None

    def matching(self, known: EntityList, name: str, values: list[str]) -> dict[str, list[Entity]]:
        """The living entities whose value of a property is one of these, by that value."""
        column = field_of(name, known.property_names)
        found: dict[str, list[Entity]] = {}
        with self._database.read() as connection:
            for start in range(0, len(values), 500):
                question = select(entity).where(
                    entity.c.entity_list == known.list_id,
                    entity.c.deleted_at.is_(None),
                    column.in_(values[start : start + 500]),
                )
                for row in connection.execute(question):
                    one = entity_of(row)
                    found.setdefault(one.data.get(name, ""), []).append(one)
        return found

    def by_uuid(self, uuids: list[str]) -> dict[str, Entity]:
        """Whatever entities of the server have these names, in whatever list, deleted or not."""
        found: dict[str, Entity] = {}
        with self._database.read() as connection:
            for start in range(0, len(uuids), 500):
                for row in connection.execute(
                    select(entity).where(entity.c.uuid.in_(uuids[start : start + 500]))
                ):
                    found[row.uuid] = entity_of(row)
        return found

    def creators(self, known: EntityList) -> list[int]:
        """The actors who created what is in the list."""
        question = (
            select(entity.c.created_by)
            .where(entity.c.entity_list == known.list_id, entity.c.deleted_at.is_(None))
            .where(entity.c.created_by.is_not(None))
            .distinct()
        )
        with self._database.read() as connection:
            return sorted(connection.scalars(question))

    def happened(self, subject: str) -> tuple[Happened, ...]:
        """What the audit log tells of one entity, newest first."""
        return self._happened(audit.c.subject == subject)

    def happened_to_many(self, subject: str, uuid: str) -> tuple[Happened, ...]:
        """What was done to several entities of a list at once, this one among them, newest first."""
        many = audit.c.action.in_(("entity.bulk.delete", "entity.bulk.restore"))
        return self._happened(
            audit.c.subject == subject, many, PositionOf(audit.c.details, literal(uuid)) > 0
        )

    def _happened(self, *where: ColumnElement[bool]) -> tuple[Happened, ...]:
        columns = audit.c.id, audit.c.at, audit.c.actor_id, audit.c.action, audit.c.details
        question = select(*columns).where(*where).order_by(audit.c.id.desc())
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(
            Happened(row.id, row.at, row.actor_id, row.action, _version_in(row.details)) for row in rows
        )

    def living_numbers(self, tx: Tx, known: EntityList, uuids: list[str], *, deleted: bool) -> list[str]:
        """Those of these names that are in the list, deleted or not deleted."""
        found: list[str] = []
        for start in range(0, len(uuids), 500):
            some = [plain_uuid(uuid) for uuid in uuids[start : start + 500]]
            found += tx.conn.scalars(
                select(entity.c.uuid).where(
                    entity.c.entity_list == known.list_id,
                    entity.c.uuid.in_(some),
                    entity.c.deleted_at.is_not(None) if deleted else entity.c.deleted_at.is_(None),
                )
            )
        return found

    def _rows(
        self,
        wanted: EntitiesWanted,
        columns: Sequence[ColumnElement[Any]],
        limit: int,
        before: int | None,
        offset: int,
    ) -> list[AnyRow]:
        order: list[ColumnElement[object]] = []
        for name, descending in wanted.order:
            column = field_of(name, wanted.known.property_names)
            order.append(column.desc().nulls_last() if descending else column.asc().nulls_first())
        # those that are alike go the way of the first field, as Central's
        number = entity.c.id.asc() if wanted.order and not wanted.order[0][1] else entity.c.id.desc()
        with self._database.read() as connection:
            where = self._where(connection, wanted, before)
            # the numbers alone come from an index, so that a page far down costs no rows that are not on it
            numbers = select(entity.c.id).where(*where).order_by(*order, number)
            if offset and not order:
                first = self._number_at(connection, wanted, before, numbers, offset)
                if first is None:
                    return []
                where.append(entity.c.id <= first)
                offset = 0
            question = select(*columns).where(*where).order_by(*order, number)
            return list(connection.execute(question.offset(offset).limit(limit)).all())

    def _where(
        self, connection: Connection, wanted: EntitiesWanted, before: int | None
    ) -> list[ColumnElement[bool]]:
        by = narrowest(connection, self._database, wanted.known, wanted.filter)
        where = where_of(wanted, None if by is None else by.name)
        return where if before is None else [*where, entity.c.id < before]

    def _number_at(
        self,
        connection: Connection,
        wanted: EntitiesWanted,
        before: int | None,
        numbers: Select[int],
        offset: int,
    ) -> int | None:
        """The entity_id at this place; from the nearer end where it is known how many there are."""
        there = self._counted.get((wanted.known.list_id, wanted.known.changes))
        if there is None or before is not None or not is_whole(wanted) or offset < there / 2:
            return connection.scalar(numbers.offset(offset).limit(1))
        if offset >= there:
            return None
        from_end = numbers.order_by(None).order_by(entity.c.id).offset(there - 1 - offset).limit(1)
        return connection.scalar(from_end)


def _version_in(details: str) -> int:
    version = decode_details(details).get("version", 0)
    return version if isinstance(version, int) else 0


def _text(
    number: int,
    uuid: str,
    label: str,
    data: str,
    version: int,
    conflict: str | None,
    created_at: str,
    created_by: int | None,
    updated_at: str | None,
    deleted_at: str | None,
) -> EntityText:
    return EntityText(
        number,
        uuid,
        label,
        decode(data),
        version,
        conflict,
        f"{created_at[:23]}Z",
        created_by,
        updated_at and f"{updated_at[:23]}Z",
        deleted_at and f"{deleted_at[:23]}Z",
    )
