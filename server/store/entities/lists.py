"""Entity lists of a project: their names, properties and options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from forms.entities_in_xform import LONGEST_NAME, good_list_name, good_property_name
from forms.faults.entities import (
    EntityListCaseClash,
    EntityListNameInvalid,
    EntityListNotFound,
    EntityListTaken,
    EntityPropertyAlike,
    EntityPropertyCaseClash,
    EntityPropertyNameInvalid,
    EntityPropertyNotFound,
    EntityPropertyTaken,
)
from forms.faults.registry import RegistryFixed
from forms.registry_lists import PROPERTIES as REGISTRY
from forms.schema import Schema
from server.store.columns import AnyRow
from server.store.entities.indexes import drop_indexes
from server.store.entities.values import AccessRule, EntityList, EntityProperty
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import actor_property, entity_list, entity_property, entity_rule
from server.store.transaction import Tx

FAMILY = "entity_lists"


def load_lists(connection: Connection, project_id: int) -> dict[str, EntityList]:
    """The lists of a project by name, as this connection sees them; not those in the trash."""
    there = entity_list.c.deleted_at.is_(None)
    rows = connection.execute(
        select(entity_list).where(entity_list.c.project_id == project_id, there).order_by(entity_list.c.name)
    ).all()
    return {one.name: one for one in lists_of(connection, rows)}


def lists_of(connection: Connection, rows: Sequence[AnyRow]) -> list[EntityList]:
    """Rows of lists, with their properties and rules."""
    numbers = [row.id for row in rows]
    columns: dict[int, list[EntityProperty]] = {}
    for row in connection.execute(
        select(entity_property)
        .where(entity_property.c.entity_list.in_(numbers))
        .order_by(entity_property.c.position, entity_property.c.name)
    ):
        columns.setdefault(row.entity_list, []).append(EntityProperty(row.name, row.published_at))
    rules: dict[int, list[AccessRule]] = {}
    for row in connection.execute(
        select(entity_rule.c.entity_list, entity_rule.c.property, actor_property.c.name)
        .join(actor_property, actor_property.c.id == entity_rule.c.actor_property)
        .where(entity_rule.c.entity_list.in_(numbers))
        .order_by(entity_rule.c.property, actor_property.c.name)
    ):
        rules.setdefault(row.entity_list, []).append(AccessRule(row.property, row.name))
    return [
        EntityList(
            list_id=row.id,
            project_id=row.project_id,
            name=row.name,
            properties=tuple(columns.get(row.id, ())),
            approval_required=row.approval_required,
            owner_only=row.owner_only,
            rules=tuple(rules.get(row.id, ())),
            changes=row.changes,
            changed_at=row.changed_at,
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in rows
    ]


def changed(tx: Tx, list_id: int, now: datetime) -> None:
    """Say that phones could notice something: their copy of this list is old."""
    tx.touch(FAMILY)
    tx.conn.execute(
        entity_list.update()
        .where(entity_list.c.id == list_id)
        .values(changes=entity_list.c.changes + 1, changed_at=now)
    )


class EntityLists:
    """Read from a cache that is at most a second behind another process."""

    def __init__(self, foundation: Foundation) -> None:
        self._cached: Cached[int, dict[str, EntityList]] = Cached(foundation.generations, FAMILY, load_lists)

    def all(self, project_id: int) -> tuple[EntityList, ...]:
        """The lists of a project by name; cached."""
        return tuple(self._cached.get(project_id).values())

    def find(self, project_id: int, name: str) -> EntityList | None:
        return self._cached.get(project_id).get(name)

    def get(self, project_id: int, name: str) -> EntityList:
        """Raises: EntityListNotFound."""
        known = self.find(project_id, name)
        if known is None:
            raise EntityListNotFound(name=name)
        return known

    def create(
        self,
        tx: Tx,
        project_id: int,
        name: str,
        *,
        approval_required: bool = False,
        owner_only: bool = False,
        now: datetime,
        actor: int | None,
    ) -> EntityList:
        """A new list without properties; those of the registry's lists are fixed, and there at once.

        Raises: EntityListNameInvalid, EntityListTaken, EntityListCaseClash.
        """
        if not good_list_name(name):
            raise EntityListNameInvalid(name=name[:LONGEST_NAME])
        _require_free(load_lists(tx.conn, project_id), name)
        tx.touch(FAMILY)
        added = tx.conn.execute(
            entity_list.insert().values(
                project_id=project_id,
                name=name,
                approval_required=approval_required,
                owner_only=owner_only,
                changes=1,
                changed_at=now,
                created_at=now,
                created_by=actor,
            )
        )
        number = int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key
        made = EntityList(number, project_id, name, (), approval_required, owner_only, (), 1, now, now, actor)
        if name not in REGISTRY:
            return made
        _insert_properties(tx, made, REGISTRY[name], now)
        return load_lists(tx.conn, project_id)[name]

    def ensure(self, tx: Tx, project_id: int, name: str, *, now: datetime, actor: int | None) -> EntityList:
        """The list of this name, made where there is none."""
        known = load_lists(tx.conn, project_id).get(name)
        return known or self.create(tx, project_id, name, now=now, actor=actor)

    def set_approval(
        self,
        tx: Tx,
        known: EntityList,
        *,
        approval_required: bool,
        now: datetime,
    ) -> EntityList:
        """Let forms make entities only once their submission is accepted, or at once."""
        tx.conn.execute(
            entity_list.update()
            .where(entity_list.c.id == known.list_id)
            .values(approval_required=approval_required)
        )
        changed(tx, known.list_id, now)
        return load_lists(tx.conn, known.project_id)[known.name]

    def add_property(self, tx: Tx, known: EntityList, name: str, *, now: datetime) -> EntityList:
        """Raises: EntityPropertyNameInvalid, EntityPropertyTaken, EntityPropertyAlike."""
        if not good_property_name(name):
            raise EntityPropertyNameInvalid(name=name[:LONGEST_NAME])
        current = load_lists(tx.conn, known.project_id)[known.name]
        if name in current.property_names:
            raise EntityPropertyTaken(name=name)
        for same in current.property_names:
            if same.lower() == name.lower():
                raise EntityPropertyAlike(known=same, name=name)
        _add_properties(tx, current, [name], now)
        return load_lists(tx.conn, known.project_id)[known.name]

    def remove_property(self, tx: Tx, known: EntityList, name: str, *, now: datetime) -> EntityList:
        """Remove a property, and the rules that go by it; whether it may go is for the caller to know.

        Raises: EntityPropertyNotFound, RegistryFixed.
        """
        require_own(known)
        current = load_lists(tx.conn, known.project_id)[known.name]
        if name not in current.property_names:
            raise EntityPropertyNotFound(name=name)
        for table, column in (
            (entity_rule, entity_rule.c.property),
            (entity_property, entity_property.c.name),
        ):
            tx.conn.execute(table.delete().where(table.c.entity_list == known.list_id, column == name))
        drop_indexes(tx, known.list_id, [name])
        changed(tx, known.list_id, now)
        return load_lists(tx.conn, known.project_id)[known.name]

    # -- what forms declare

    def check_declared(self, project_id: int, schema: Schema) -> None:
        """Would the lists of this form fit? Raises: EntityListCaseClash, EntityPropertyCaseClash."""
        if schema.entity_lists:
            _check(self._cached.get(project_id), schema)

    def declare(self, tx: Tx, project_id: int, schema: Schema, *, now: datetime, actor: int | None) -> None:
        """Make the lists and properties that a published form names, where there are none.

        Raises: EntityListCaseClash, EntityPropertyCaseClash.
        """
        if not schema.entity_lists:
            return
        _check(load_lists(tx.conn, project_id), schema)
        for declared in schema.entity_lists:
            known = load_lists(tx.conn, project_id).get(declared.name)
            if known is None:
                known = self.create(tx, project_id, declared.name, now=now, actor=actor)
            new = [
                name for name in dict.fromkeys(declared.saves.values()) if name not in known.property_names
            ]
            if new:
                _add_properties(tx, known, new, now)


def _require_free(lists: dict[str, EntityList], name: str) -> None:
    if name in lists:
        raise EntityListTaken(name=name)
    for known in lists:
        if known.lower() == name.lower():
            raise EntityListCaseClash(known=known, name=name)


def _check(lists: dict[str, EntityList], schema: Schema) -> None:
    for declared in schema.entity_lists:
        known = lists.get(declared.name)
        if known is None:
            _require_free(lists, declared.name)
        saved = tuple(declared.saves.values())
        if declared.name in REGISTRY and not set(saved) <= set(REGISTRY[declared.name]):
            raise RegistryFixed(name=declared.name)
        _check_properties(known.property_names if known else (), saved)


def _check_properties(known: Sequence[str], wanted: Sequence[str]) -> None:
    by_letters = {name.lower(): name for name in known}
    for name in wanted:
        same = by_letters.setdefault(name.lower(), name)
        if same != name:
            raise EntityPropertyCaseClash(known=same, name=name)


def require_own(known: EntityList) -> None:
    """What the registry consists of is not for lists to say. Raises: RegistryFixed."""
    if known.name in REGISTRY:
        raise RegistryFixed(name=known.name)


def _add_properties(tx: Tx, known: EntityList, names: Sequence[str], now: datetime) -> None:
    require_own(known)
    _check_properties(known.property_names, names)
    _insert_properties(tx, known, names, now)


def _insert_properties(tx: Tx, known: EntityList, names: Sequence[str], now: datetime) -> None:
    last = tx.conn.scalar(
        select(entity_property.c.position)
        .where(entity_property.c.entity_list == known.list_id)
        .order_by(entity_property.c.position.desc())
        .limit(1)
    )
    first = 0 if last is None else last + 1
    tx.conn.execute(
        entity_property.insert(),
        [
            {"entity_list": known.list_id, "name": name, "position": first + index, "published_at": now}
            for index, name in enumerate(names)
        ],
    )
    changed(tx, known.list_id, now)
