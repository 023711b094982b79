"""Entities: made, changed, deleted, brought back; every change says who made it, and through what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import func, literal, select

from forms.faults.entities import (
    EntityDeleted,
    EntityInvalid,
    EntityLabelMissing,
    EntityNotFound,
    EntityTaken,
    EntityVersionConflict,
    EntityWithoutConflict,
)
from forms.registry_lists import LISTS as REGISTRY
from server.store.columns import moment_text
from server.store.entities.lists import changed
from server.store.entities.reading import EntityReading
from server.store.entities.rows import (
    encoded,
    find_entity,
    plain_uuid,
    require_new,
    storable,
)
from server.store.entities.values import (
    Conflict,
    Entity,
    EntityList,
    NewEntity,
    Source,
)
from server.store.foundation import Foundation
from server.store.tables import entity, entity_held, entity_purged, entity_version
from server.store.transaction import Tx

Watcher = Callable[[Tx, EntityList, Entity | None, Entity, Source, datetime], None]
"""Called in the transaction of every change with (before, after); what it raises undoes the change."""

_COLUMNS = ("entity_list", "uuid", "version", "label", "data", "created_at", "created_by")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What the next version of an entity brings, and what it began from."""

    received: Mapping[str, str]  # values by property, and the label under "label"
    base_version: int
    conflict: Conflict | None = None  # of this version; the entity's own is never lowered by a change
    conflicting: tuple[str, ...] = ()
    trunk_version: int | None = None
    branch_id: str | None = None
    branch_base_version: int | None = None


class Entities(EntityReading):
    """Functions with a Tx see what it has written so far."""

    def __init__(self, foundation: Foundation) -> None:
        super().__init__(foundation)
        self._watchers: dict[str, Watcher] = {}

    def watch(self, list_name: str, watcher: Watcher) -> None:
        """Let somebody see, and refuse, every change in the lists of this name."""
        self._watchers[list_name] = watcher

    def create(self, tx: Tx, known: EntityList, new: NewEntity, source: Source, *, now: datetime) -> Entity:
        """A new entity. Raises: EntityLabelMissing, EntityInvalid, EntityTaken, EntityTakenByDeleted."""
        self.create_many(tx, known, [new], source, now=now)
        made = find_entity(tx.conn, new.uuid)
        assert made is not None
        return made

    def create_many(
        self, tx: Tx, known: EntityList, new: Sequence[NewEntity], source: Source, *, now: datetime
    ) -> None:
        """Many at once: all of them, or none. Raises: as create."""
        columns = set(known.property_names)
        for one in new:
            if not one.label.strip():
                raise EntityLabelMissing(uuid=one.uuid)
            _require_properties(columns, one.data)
        names = [one.uuid for one in new]
        require_new(tx.conn, names)
        if len(set(names)) < len(names):
            raise EntityTaken(uuid=next(name for name, times in Counter(names).items() if times > 1))
        last = tx.conn.scalar(select(func.max(entity.c.id))) or 0
        at = moment_text(now)
        tx.database.insert(
            tx.conn,
            "entity",
            _COLUMNS,
            [
                (
                    known.list_id,
                    one.uuid,
                    1,
                    storable(one.label),
                    encoded(one.data),
                    at,
                    source.actor,
                )
                for one in new
            ],
        )
        v = entity_version.c
        told = (
            (v.received, ""),
            (v.forced, source.forced),
            (v.submission, source.submission),
            (v.submission_root, source.submission_root),
            (v.batch, source.batch),
            (v.created_by, source.actor),
            (v.user_agent, source.user_agent),
        )
        # whoever writes is alone, so the rows above the last one are exactly these
        tx.conn.execute(
            entity_version.insert().from_select(
                ["entity", "version", "label", "data", *(column.name for column, _ in told), "created_at"],
                select(
                    entity.c.id,
                    entity.c.version,
                    entity.c.label,
                    entity.c.data,
                    *(literal(value, column.type) for column, value in told),
                    entity.c.created_at,
                ).where(entity.c.id > last),
            )
        )
        changed(tx, known.list_id, now)
        watcher = self._watchers.get(known.name)
        if watcher is not None:
            for one in new:
                made = find_entity(tx.conn, one.uuid)
                assert made is not None
                watcher(tx, known, None, made, source, now)

    def update(
        self,
        tx: Tx,
        known: EntityList,
        uuid: str,
        *,
        label: str | None = None,
        data: Mapping[str, str] | None = None,
        base_version: int | None = None,
        source: Source,
        now: datetime,
    ) -> Entity:
        """A new version: what is given replaces what was there. `base_version` None: onto whatever is newest.

        Raises: EntityNotFound, EntityDeleted, EntityVersionConflict, EntityInvalid, EntityLabelMissing.
        """
        before = self.living(tx, known, uuid)
        if base_version is not None and base_version != before.version:
            raise EntityVersionConflict(current=before.version, provided=base_version)
        if label is not None and not label.strip():
            raise EntityLabelMissing(uuid=before.uuid)
        _require_properties(set(known.property_names), data or {})
        received = dict(data or {}) | ({"label": label} if label is not None else {})
        return self.add_version(tx, known, before, NewVersion(received, before.version), source, now=now)

    def add_version(
        self, tx: Tx, known: EntityList, before: Entity, new: NewVersion, source: Source, *, now: datetime
    ) -> Entity:
        """The next version of an entity: what was received over what is newest."""
        data = {**before.data, **{name: text for name, text in new.received.items() if name != "label"}}
        label = storable(new.received.get("label") or before.label)
        version = before.version + 1
        conflict = _worse(before.conflict, new.conflict)
        tx.conn.execute(
            entity_version.insert().values(
                entity=before.entity_id,
                version=version,
                label=label,
                data=encoded(data),
                received=encoded(new.received),
                base_version=new.base_version,
                trunk_version=new.trunk_version,
                branch_id=new.branch_id,
                branch_base_version=new.branch_base_version,
                conflict=new.conflict,
                conflicting=msgspec.json.encode(new.conflicting).decode() if new.conflicting else None,
                forced=source.forced,
                submission=source.submission,
                submission_root=source.submission_root,
                batch=source.batch,
                created_by=source.actor,
                user_agent=source.user_agent,
                created_at=now,
            )
        )
        tx.conn.execute(
            entity.update()
            .where(entity.c.id == before.entity_id)
            .values(
                version=version,
                label=label,
                data=encoded(data),
                conflict=conflict,
                updated_at=now,
            )
        )
        changed(tx, known.list_id, now)
        after = replace(before, version=version, label=label, data=data, conflict=conflict, updated_at=now)
        return self._tell(tx, known, before, after, source, now)

    def resolve(
        self, tx: Tx, known: EntityList, uuid: str, *, base_version: int | None, source: Source, now: datetime
    ) -> Entity:
        """Say that a conflict was looked at.

        Raises: EntityNotFound, EntityDeleted, EntityWithoutConflict, EntityVersionConflict.
        """
        before = self.living(tx, known, uuid)
        if base_version is not None and base_version != before.version:
            raise EntityVersionConflict(current=before.version, provided=base_version)
        if before.conflict is None:
            raise EntityWithoutConflict(uuid=before.uuid)
        return self._set(tx, known, before, replace(before, conflict=None, updated_at=now), source, now)

    def delete(self, tx: Tx, known: EntityList, uuid: str, *, source: Source, now: datetime) -> Entity:
        """Phones lose it; it can be restored. Raises: EntityNotFound, EntityDeleted."""
        before = self.living(tx, known, uuid)
        return self._set(tx, known, before, replace(before, deleted_at=now), source, now)

    def restore(self, tx: Tx, known: EntityList, uuid: str, *, source: Source, now: datetime) -> Entity:
        """Raises: EntityNotFound (also where it is not deleted)."""
        before = find_entity(tx.conn, plain_uuid(uuid))
        if before is None or before.list_id != known.list_id or before.deleted_at is None:
            raise EntityNotFound(uuid=uuid, name=known.name)
        return self._set(tx, known, before, replace(before, deleted_at=None, updated_at=now), source, now)

    def purge(self, tx: Tx, known: EntityList, *, deleted_before: datetime, now: datetime) -> int:
        """Remove for ever what was deleted before this time; how many. Their names stay taken.

        Nothing of the registry: it stands in the ledger.
        """
        if known.name in REGISTRY:
            return 0
        gone = select(entity.c.id, entity.c.uuid).where(
            entity.c.entity_list == known.list_id, entity.c.deleted_at < deleted_before
        )
        rows = tx.conn.execute(gone).all()
        for row in rows:
            tx.conn.execute(entity_held.delete().where(entity_held.c.uuid == row.uuid))
            tx.conn.execute(entity_version.delete().where(entity_version.c.entity == row.id))
            tx.conn.execute(entity.delete().where(entity.c.id == row.id))
            tx.conn.execute(
                entity_purged.insert().values(uuid=row.uuid, entity_list=known.list_id, purged_at=now)
            )
        if rows:
            changed(tx, known.list_id, now)
        return len(rows)

    def living(self, tx: Tx, known: EntityList, uuid: str) -> Entity:
        """As this transaction sees it. Raises: EntityNotFound, EntityDeleted."""
        found = find_entity(tx.conn, plain_uuid(uuid))
        if found is None or found.list_id != known.list_id:
            raise EntityNotFound(uuid=uuid, name=known.name)
        if found.deleted_at is not None:
            raise EntityDeleted(uuid=found.uuid)
        return found

    def _set(
        self, tx: Tx, known: EntityList, before: Entity, after: Entity, source: Source, now: datetime
    ) -> Entity:
        tx.conn.execute(
            entity.update()
            .where(entity.c.id == before.entity_id)
            .values(conflict=after.conflict, updated_at=after.updated_at, deleted_at=after.deleted_at)
        )
        changed(tx, known.list_id, now)
        return self._tell(tx, known, before, after, source, now)

    def _tell(
        self, tx: Tx, known: EntityList, before: Entity, after: Entity, source: Source, now: datetime
    ) -> Entity:
        watcher = self._watchers.get(known.name)
        if watcher is not None:
            watcher(tx, known, before, after, source, now)
        return after


def _require_properties(columns: set[str], data: Mapping[str, str]) -> None:
    for name in data:
        if name not in columns:
            raise EntityInvalid(name=name[:200])


def _worse(one: Conflict | None, other: Conflict | None) -> Conflict | None:
    return "hard" if "hard" in (one, other) else one or other
