"""Entities made, changed, deleted and brought back by a person or a program, each told in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.faults.entities import EntityVersionConflict, EntityWithoutConflict
from forms.faults.entity_requests import EntityChangesNothing
from forms.faults.registry import RegistryNotPurged
from forms.registry_lists import LISTS
from server.permissions import Deed, Person, require
from server.store import Store, Tx
from server.store.entities import EntityList, NewEntity, Source


@dataclass(frozen=True, slots=True)
class Changing:
    """Who changes entities of which list, through what program, and when."""

    store: Store
    known: EntityList
    person: Person
    user_agent: str | None
    now: datetime

    @property
    def source(self) -> Source:
        return Source(actor=self.person.actor, user_agent=self.user_agent)

    def subject(self, uuid: str | None = None) -> str:
        about = f"{self.known.project_id}/{self.known.name}"
        return about if uuid is None else f"{about}/{uuid}"

    def note(self, tx: Tx, action: str, uuid: str | None = None, **details: int | str) -> None:
        self.store.audit.add(
            tx, action, self.subject(uuid), now=self.now, actor=self.person.actor, details=details
        )


def require_writing(person: Person, known: EntityList) -> None:
    """May they change entities of this list? The registry is the organiser's. Raises: NotAllowed."""
    require(person, Deed.WRITE_ENTITIES, known.project_id)
    if known.name in LISTS:
        require(person, Deed.WRITE_REGISTRY, known.project_id)


def list_of(store: Store, project_id: int, name: str, now: datetime) -> EntityList:
    """The list of this name; the registry's are there from the first time somebody asks.

    Raises: EntityListNotFound, ProjectNotFound.
    """
    store.projects.get(project_id)
    if name in LISTS and store.entity_lists.find(project_id, name) is None:
        return store.write(lambda tx: store.entity_lists.ensure(tx, project_id, name, now=now, actor=None))
    return store.entity_lists.get(project_id, name)


def create_entity(changing: Changing, new: NewEntity) -> Callable[[Tx], None]:
    def create(tx: Tx) -> None:
        changing.store.entities.create(tx, changing.known, new, changing.source, now=changing.now)
        changing.note(tx, "entity.create", new.uuid)

    return create


def create_entities(
    changing: Changing, new: Sequence[NewEntity], name: str, size: int | None
) -> Callable[[Tx], None]:
    """Many in one request: all of them, or none."""

    def create(tx: Tx) -> None:
        store, source = changing.store, changing.source
        batch = store.entity_batches.begin(tx, changing.known, name, size, len(new), source, changing.now)
        source = Source(actor=source.actor, user_agent=source.user_agent, batch=batch)
        store.entities.create_many(tx, changing.known, new, source, now=changing.now)
        changing.note(tx, "entity.bulk.create", count=len(new), batch=batch)

    return create


def change_entity(
    changing: Changing,
    uuid: str,
    *,
    label: str | None,
    data: Mapping[str, str] | None,
    base_version: int | None,
    force: bool,
    resolve: bool,
) -> Callable[[Tx], None]:
    """A new version, a conflict looked at, or both. Without force the version it began from has to be told.

    Raises: EntityNotFound, EntityVersionConflict, EntityWithoutConflict, EntityChangesNothing, EntityInvalid.
    """

    def change(tx: Tx) -> None:
        entities, known = changing.store.entities, changing.known
        before = changing.store.entities.living(tx, changing.known, uuid)
        if resolve and before.conflict is None:
            raise EntityWithoutConflict(uuid=before.uuid)
        if not force and base_version != before.version:
            given = "" if base_version is None else base_version
            raise EntityVersionConflict(current=before.version, provided=given)
        if label is not None or data is not None:
            entities.update(tx, known, uuid, label=label, data=data, source=changing.source, now=changing.now)
            changing.note(tx, "entity.update.version", before.uuid, version=before.version + 1)
        elif not resolve:
            raise EntityChangesNothing()
        if resolve:
            after = entities.resolve(
                tx, known, uuid, base_version=None, source=changing.source, now=changing.now
            )
            changing.note(tx, "entity.update.resolve", before.uuid, version=after.version)

    return change


def delete_entity(changing: Changing, uuid: str) -> Callable[[Tx], None]:
    def delete(tx: Tx) -> None:
        gone = changing.store.entities.delete(
            tx,
            changing.known,
            changing.store.entities.living(tx, changing.known, uuid).uuid,
            source=changing.source,
            now=changing.now,
        )
        changing.note(tx, "entity.delete", gone.uuid)

    return delete


def restore_entity(changing: Changing, uuid: str) -> Callable[[Tx], None]:
    def restore(tx: Tx) -> None:
        back = changing.store.entities.restore(
            tx, changing.known, uuid, source=changing.source, now=changing.now
        )
        changing.note(tx, "entity.restore", back.uuid)

    return restore


def purge_entity(changing: Changing, uuid: str) -> Callable[[Tx], None]:
    """Remove a deleted one for ever. Raises: EntityNotFound, RegistryNotPurged."""

    def purge(tx: Tx) -> None:
        if changing.known.name in LISTS:
            raise RegistryNotPurged(name=changing.known.name)
        gone = changing.store.entity_batches.purge_one(tx, changing.known, uuid, changing.now)
        changing.note(tx, "entity.purge", gone)

    return purge


def delete_many(changing: Changing, uuids: Sequence[str], *, restore: bool) -> Callable[[Tx], int]:
    """Those of them that are there; how many."""

    def change(tx: Tx) -> int:
        store, known = changing.store, changing.known
        found = store.entity_pages.living_numbers(tx, known, list(uuids), deleted=restore)
        for uuid in found:
            deed = store.entities.restore if restore else store.entities.delete
            deed(tx, known, uuid, source=changing.source, now=changing.now)
        deed_done = "restore" if restore else "delete"
        if len(found) == 1:
            changing.note(tx, f"entity.{deed_done}", found[0])
        elif found:
            changing.note(tx, f"entity.bulk.{deed_done}", count=len(found), entityUuids=" ".join(found))
        return len(found)

    return change
