"""The registry of objects and villages: an entity list whose every change is a record of the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from forms.entities import ListedObject
from forms.registry import RegistryObject, Village
from server.store import chain
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.ledger import subject_of
from server.store.refusals import ObjectNotFound
from server.store.tables import registry_object, village
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
class Imported:
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Objects:
    """The objects of a project by object_id, and which object_id a name on a phone means."""

    by_id: dict[str, Registered]
    names: dict[str, str]


def _objects(connection: Connection, project_id: int) -> _Objects:
    table = registry_object
    rows = connection.execute(
        select(table).where(table.c.project_id == project_id).order_by(table.c.object_id)
    )
    by_id = {
        row.object_id: Registered(
            project_id,
            row.uuid,
            row.version,
            row.seq,
            row.changed_at,
            msgspec.json.decode(row.attributes, type=RegistryObject),
        )
        for row in rows
    }
    return _Objects(by_id, {known.uuid: object_id for object_id, known in by_id.items()})


def _villages(connection: Connection, project_id: int) -> tuple[Village, ...]:
    rows = connection.execute(
        select(village).where(village.c.project_id == project_id).order_by(village.c.position)
    )
    return tuple(
        Village(name=row.name, label_ky=row.label_ky, label_ru=row.label_ru, label_en=row.label_en)
        for row in rows
    )


class Registry:
    def __init__(self, foundation: Foundation) -> None:
        self._generations = foundation.generations
        self._objects: Cached[int, _Objects] = Cached(foundation.generations, "registry", _objects)
        self._villages: Cached[int, tuple[Village, ...]] = Cached(
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
        return self._villages.get(project_id)

    def generation(self) -> int:
        """Rises with every change: what was made from the registry may be kept while it stays."""
        return self._generations.numbers["registry"]

    def put_objects(
        self, tx: Tx, project_id: int, objects: Sequence[RegistryObject], *, now: datetime, actor: int | None
    ) -> Imported:
        """Add or change objects, one record for each that differs; objects not named stay as they are."""
        known = _objects(tx.conn, project_id).by_id
        added = changed = 0
        for wanted in objects:
            before = known.get(wanted.object_id)
            if before is not None and before.object == wanted:
                continue
            name = before.uuid if before is not None else str(uuid.uuid4())
            version = before.version + 1 if before is not None else 1
            attributes = msgspec.to_builtins(wanted)
            seq = tx.append(
                "registry",
                subject_of(project_id, wanted.object_id),
                chain.canonical({**attributes, "name": name, "version": version}),
                at=now,
                actor=actor,
            )
            row = {
                "uuid": name,
                "version": version,
                "type": wanted.type,
                "status": wanted.status,
                "attributes": msgspec.json.encode(attributes).decode(),
                "seq": seq,
                "changed_at": now,
            }
            key = {"project_id": project_id, "object_id": wanted.object_id}
            if before is None:
                added += 1
                tx.conn.execute(registry_object.insert().values(**key, **row))
            else:
                changed += 1
                tx.conn.execute(
                    registry_object.update()
                    .where(
                        registry_object.c.project_id == project_id,
                        registry_object.c.object_id == wanted.object_id,
                    )
                    .values(**row)
                )
            known[wanted.object_id] = Registered(project_id, name, version, seq, now, wanted)
        if added or changed:
            tx.touch("registry")
        return Imported(added, changed, len(objects) - added - changed)

    def put_villages(
        self, tx: Tx, project_id: int, villages: Sequence[Village], *, now: datetime, actor: int | None
    ) -> Imported:
        """Add or change villages; those not named stay as they are, and come first."""
        before = {known.name: known for known in _villages(tx.conn, project_id)}
        added = changed = 0
        for wanted in villages:
            old = before.get(wanted.name)
            if old == wanted:
                continue
            labels = {"label_ky": wanted.label_ky, "label_ru": wanted.label_ru, "label_en": wanted.label_en}
            seq = tx.append(
                "registry",
                subject_of(project_id, "village", wanted.name),
                chain.canonical({"village": {"name": wanted.name, **labels}}),
                at=now,
                actor=actor,
            )
            if old is None:
                added += 1
                tx.conn.execute(
                    village.insert().values(
                        project_id=project_id, name=wanted.name, position=len(before), seq=seq, **labels
                    )
                )
            else:
                changed += 1
                tx.conn.execute(
                    village.update()
                    .where(village.c.project_id == project_id, village.c.name == wanted.name)
                    .values(seq=seq, **labels)
                )
            before[wanted.name] = wanted
        if added or changed:
            tx.touch("registry")
        return Imported(added, changed, len(villages) - added - changed)
