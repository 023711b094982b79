"""The registry of objects and villages: two entity lists whose every change is a record of the ledger.

The facts stand in the entities of the lists `objects` and `villages`, and nowhere else in the truth; this is
the registry as everything else asks for it, typed. `registry_keeping` holds every change to the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from forms.entities import ListedObject
from forms.registry import RegistryObject, Village
from forms.registry_lists import (
    LISTS,
    OBJECTS,
    VILLAGES,
    RegistryFacts,
    facts_of_object,
    facts_of_village,
    read_facts,
)
from server.store.entities import Entities, Entity, EntityList, EntityLists, NewEntity, Source
from server.store.entities.rows import entity_of, new_uuid
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.refusals import ObjectNotFound
from server.store.registry_keeping import keep_registry
from server.store.tables import entity, registry_object, village
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Registered:
    """An object as it stands now; `uuid` is its name on phones for ever, `version` counts from 1."""

    project_id: int
    uuid: str
    version: int
    seq: int
    changed_at: datetime
    object: RegistryObject


@dataclass(frozen=True, slots=True)
class RegisteredVillage:
    uuid: str
    version: int
    village: Village


@dataclass(frozen=True, slots=True)
class Imported:
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Objects:
    """The objects of a project by object_id, and which object_id a name on a phone means."""

    by_id: dict[str, Registered]
    names: dict[str, str]


def facts_in(found: Entity, name: str) -> RegistryFacts:
    """What an entity of the registry says; the rules were kept when it was written."""
    facts = read_facts(name, found.label, found.data, None)
    assert isinstance(facts, RegistryFacts), f"{name} {found.uuid}"
    return facts


def _objects(connection: Connection, project_id: int) -> _Objects:
    rows = connection.execute(
        select(registry_object.c.object_id, registry_object.c.seq, entity)
        .join(entity, entity.c.uuid == registry_object.c.uuid)
        .where(registry_object.c.project_id == project_id, entity.c.deleted_at.is_(None))
        .order_by(registry_object.c.object_id)
    )
    by_id: dict[str, Registered] = {}
    for row in rows:
        found = entity_of(row)
        thing = facts_in(found, OBJECTS).object
        assert thing is not None
        by_id[row.object_id] = Registered(
            project_id, found.uuid, found.version, row.seq, found.updated_at or found.created_at, thing
        )
    return _Objects(by_id, {known.uuid: object_id for object_id, known in by_id.items()})


def _villages(connection: Connection, project_id: int) -> tuple[RegisteredVillage, ...]:
    rows = connection.execute(
        select(entity)
        .join(village, entity.c.uuid == village.c.uuid)
        .where(village.c.project_id == project_id, entity.c.deleted_at.is_(None))
        .order_by(village.c.position)
    )
    found = []
    for row in rows:
        one = entity_of(row)
        place = facts_in(one, VILLAGES).village
        assert place is not None
        found.append(RegisteredVillage(one.uuid, one.version, place))
    return tuple(found)


class Registry:
    def __init__(self, foundation: Foundation, lists: EntityLists, entities: Entities) -> None:
        self._generations = foundation.generations
        self._lists = lists
        self._entities = entities
        for name in LISTS:
            entities.watch(name, keep_registry)
        self._objects: Cached[int, _Objects] = Cached(foundation.generations, "registry", _objects)
        self._villages: Cached[int, tuple[RegisteredVillage, ...]] = Cached(
            foundation.generations, "registry", _villages
        )

    def objects(self, project_id: int) -> tuple[Registered, ...]:
        """Every object of a project by object_id, whatever its status; cached."""
        return tuple(self._objects.get(project_id).by_id.values())

    def get(self, project_id: int, object_id: str) -> Registered:
        """Raises: ObjectNotFound."""
        known = self._objects.get(project_id).by_id.get(object_id)
        if known is None:
            raise ObjectNotFound(object_id=object_id)
        return known

    def object_id_of(self, project_id: int, name: str) -> str | None:
        """The object an answer names, by the entity's uuid or by its object_id."""
        known = self._objects.get(project_id)
        return known.names.get(name.removeprefix("uuid:")) or (name if name in known.by_id else None)

    def listed(self, project_id: int) -> tuple[ListedObject, ...]:
        """The rows of objects.csv: the active objects."""
        return tuple(
            ListedObject(
                uuid=known.uuid,
                version=known.version,
                object_id=known.object.object_id,
                type=known.object.type,
                subtype=known.object.subtype,
                name_ky=known.object.name_ky,
                name_ru=known.object.name_ru,
                villages=known.object.villages_served,
                finished_on=known.object.finished_on,
                sum_initial_som=known.object.sum_initial_som,
                sum_final_som=known.object.sum_final_som,
            )
            for known in self.objects(project_id)
            if known.object.status == "active"
        )

    def villages(self, project_id: int) -> tuple[Village, ...]:
        """In the order they were written; cached."""
        return tuple(known.village for known in self._villages.get(project_id))

    def registered_villages(self, project_id: int) -> tuple[RegisteredVillage, ...]:
        """The same, each with its entity."""
        return self._villages.get(project_id)

    def generation(self) -> int:
        """Rises with every change: what was made from the registry may be kept while it stays."""
        return self._generations.numbers["registry"]

    def put_objects(
        self, tx: Tx, project_id: int, objects: Sequence[RegistryObject], *, now: datetime, actor: int | None
    ) -> Imported:
        """Add or change objects, one record for each that differs; objects not named stay as they are."""
        known = {one.object.object_id: one.uuid for one in _objects(tx.conn, project_id).by_id.values()}
        facts = [facts_of_object(wanted) for wanted in objects]
        return self._put(tx, project_id, OBJECTS, known, facts, now, actor)

    def put_villages(
        self, tx: Tx, project_id: int, villages: Sequence[Village], *, now: datetime, actor: int | None
    ) -> Imported:
        """Add or change villages; those not named stay as they are, and come first."""
        known = {one.village.name: one.uuid for one in _villages(tx.conn, project_id)}
        facts = [facts_of_village(wanted) for wanted in villages]
        return self._put(tx, project_id, VILLAGES, known, facts, now, actor)

    def _put(
        self,
        tx: Tx,
        project_id: int,
        name: str,
        known: Mapping[str, str],
        wanted: Sequence[RegistryFacts],
        now: datetime,
        actor: int | None,
    ) -> Imported:
        entities = self._lists.ensure(tx, project_id, name, now=now, actor=actor)
        source, names = Source(actor=actor), dict(known)
        added = changed = 0
        for facts in wanted:
            uuid = names.get(facts.key)
            if uuid is None:
                new = NewEntity(new_uuid(), facts.label, facts.data)
                self._entities.create(tx, entities, new, source, now=now)
                names[facts.key] = new.uuid
                added += 1
            elif self._change(tx, entities, uuid, facts, source, now):
                changed += 1
        return Imported(added, changed, len(wanted) - added - changed)

    def _change(
        self, tx: Tx, entities: EntityList, uuid: str, facts: RegistryFacts, source: Source, now: datetime
    ) -> bool:
        before = self._entities.living(tx, entities, uuid)
        if (before.label, before.data) == (facts.label, facts.data):
            return False
        data = dict.fromkeys(before.data, "") | dict(facts.data)
        self._entities.update(tx, entities, uuid, label=facts.label, data=data, source=source, now=now)
        return True
