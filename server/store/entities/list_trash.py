"""Entity lists in the trash: nobody is shown them, their rows can still be fetched, and then they are purged.

A list in the trash leaves its name to others. The numbers of its entities stay taken for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from forms.faults.entities import EntityListNotTrashed
from server.store.entities.indexes import drop_indexes
from server.store.entities.lists import FAMILY, lists_of, require_own
from server.store.entities.values import EntityList
from server.store.form_content import original_id, set_apart
from server.store.foundation import Foundation
from server.store.tables import (
    entity,
    entity_batch,
    entity_held,
    entity_list,
    entity_property,
    entity_purged,
    entity_rule,
    entity_version,
)
from server.store.transaction import Tx

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class TrashedList:
    """A list as it was when it went; `list_id` of it is what the trash calls it by."""

    known: EntityList
    deleted_at: datetime


class EntityListTrash:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def put(self, tx: Tx, known: EntityList, *, now: datetime) -> None:
        """Into the trash; whether a form uses it is for the caller to know. Raises: RegistryFixed."""
        require_own(known)
        tx.touch(FAMILY)
        tx.conn.execute(
            entity_list.update()
            .where(entity_list.c.id == known.list_id, entity_list.c.deleted_at.is_(None))
            .values(deleted_at=now, name=set_apart(known.name, known.list_id))
        )

    def all(self, project_id: int) -> tuple[TrashedList, ...]:
        """What lies in the trash of a project, the newest first."""
        with self._database.read() as connection:
            return _trashed(connection, project_id)

    def get(self, project_id: int, number: int) -> TrashedList:
        """Raises: EntityListNotTrashed."""
        for one in self.all(project_id):
            if one.known.list_id == number:
                return one
        raise EntityListNotTrashed(number=number)

    def due(self, before: datetime) -> list[TrashedList]:
        """Those that went before this moment."""
        with self._database.read() as connection:
            return [one for one in _trashed(connection, None) if one.deleted_at < before]

    def purge_part(self, tx: Tx, number: int, *, now: datetime) -> bool:
        """Remove the next entities of one in the trash, then the list itself; False: it is gone."""
        some = tx.conn.execute(
            select(entity.c.id, entity.c.uuid).where(entity.c.entity_list == number).limit(CHUNK)
        ).all()
        if some:
            numbers = [row.id for row in some]
            tx.conn.execute(
                entity_purged.insert(),
                [{"uuid": row.uuid, "entity_list": number, "purged_at": now} for row in some],
            )
            for start in range(0, len(numbers), 500):
                part = numbers[start : start + 500]
                tx.conn.execute(entity_version.delete().where(entity_version.c.entity.in_(part)))
                tx.conn.execute(entity.delete().where(entity.c.id.in_(part)))
            return True
        drop_indexes(tx, number)
        for table in (entity_batch, entity_held, entity_rule, entity_property):
            tx.conn.execute(table.delete().where(table.c.entity_list == number))
        tx.conn.execute(entity_list.delete().where(entity_list.c.id == number))
        return False


def _trashed(connection: Connection, project_id: int | None) -> tuple[TrashedList, ...]:
    question = select(entity_list).where(entity_list.c.deleted_at.is_not(None))
    if project_id is not None:
        question = question.where(entity_list.c.project_id == project_id)
    rows = connection.execute(
        question.order_by(entity_list.c.deleted_at.desc(), entity_list.c.id.desc())
    ).all()
    return tuple(
        TrashedList(replace(known, name=original_id(known.name)), row.deleted_at)
        for known, row in zip(lists_of(connection, rows), rows, strict=True)
    )
