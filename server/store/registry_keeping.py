"""Every change of the registry, by whatever way it comes: held to the rules, and written into the ledger.

The objects and villages are entities of two lists (`forms.registry_lists`). Whoever changes one through the
entity lists (a form, a program, a spreadsheet, a page) is watched here, in the same transaction: what breaks
a rule is refused, what stands is written down as the rules read it, and is a `registry` record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Column, Table, select

from forms.errors import Fault, Sentence
from forms.faults.registry import ObjectInRound, ObjectTaken, RegistryEntityInvalid, VillageServed
from forms.registry_lists import KEYS, OBJECTS, TITLES, RegistryFacts, names_in, read_facts
from server.store import chain
from server.store.entities import Entity, EntityList, Source
from server.store.entities.rows import decoded, encoded
from server.store.ledger import subject_of
from server.store.tables import entity, entity_version, registry_object, round_object, village
from server.store.transaction import Tx


def registry_payload(facts: RegistryFacts, uuid: str, version: int, *, deleted: bool) -> dict[str, object]:
    """What the record of a change says: all there is to know of the object or village."""
    said: dict[str, object] = {"deleted": True} if deleted else {}
    if facts.object is not None:
        return said | {**msgspec.to_builtins(facts.object), "name": uuid, "version": version}
    return said | {"village": msgspec.to_builtins(facts.village)}


def keep_registry(
    tx: Tx, known: EntityList, before: Entity | None, after: Entity, source: Source, now: datetime
) -> None:
    """Hold a change to the rules and append its record.

    Raises: RegistryEntityInvalid, ObjectTaken, ObjectInRound, VillageServed.
    """
    deleted = after.deleted_at is not None
    facts = _facts(tx, known, before, after, source)
    if before is not None and before.data[KEYS[known.name]] != facts.key:
        told = Sentence("A code never changes: delete this one and make another.")
        raise RegistryEntityInvalid([Fault("", None, KEYS[known.name], told)])
    if before is None:
        _require_free(tx, known, facts.key)
    if deleted:
        _require_unused(tx, known, facts.key)
    if after.label != facts.label or after.data != facts.data:
        _write_down(tx, after, facts)
    if before is not None and (before.version, before.deleted_at) == (after.version, after.deleted_at):
        return  # a conflict was looked at: nothing of the object has changed
    names = (facts.key,) if known.name == OBJECTS else ("village", facts.key)
    payload = registry_payload(facts, after.uuid, after.version, deleted=deleted)
    seq = tx.append(
        "registry",
        subject_of(known.project_id, *names),
        chain.canonical(payload),  # type: ignore[arg-type]  # JSON
        at=now,
        actor=source.actor,
    )
    _note(tx, known, facts.key, after.uuid, seq, is_new=before is None)
    tx.touch("registry")


def _facts(tx: Tx, known: EntityList, before: Entity | None, after: Entity, source: Source) -> RegistryFacts:
    data = dict(after.data)
    title, title_ru = TITLES[known.name]
    renamed = before is not None and source.submission is None and before.label != after.label
    if before is not None and renamed and before.data.get(title) == data.get(title):
        data[title], data[title_ru] = names_in(after.label)  # a program gives it a label alone
    found = read_facts(known.name, after.label, data, _villages(tx, known.project_id, data))
    if not isinstance(found, RegistryFacts):
        raise RegistryEntityInvalid(found)
    return found


def _villages(tx: Tx, project_id: int, data: Mapping[str, str]) -> Sequence[str]:
    """The villages there are; nothing is asked where none is named."""
    if not data.get("villages_served"):
        return ()
    question = (
        select(village.c.name)
        .join(entity, entity.c.uuid == village.c.uuid)
        .where(village.c.project_id == project_id, entity.c.deleted_at.is_(None))
        .order_by(village.c.position)
    )
    return tx.conn.scalars(question).all()


def _require_free(tx: Tx, known: EntityList, key: str) -> None:
    table, column = _codes(known)
    taken = select(table.c.seq).where(table.c.project_id == known.project_id, column == key)
    if tx.conn.scalar(taken) is not None:
        raise ObjectTaken(code=key)


def _require_unused(tx: Tx, known: EntityList, key: str) -> None:
    if known.name == OBJECTS:
        in_round = select(round_object.c.round_id).where(
            round_object.c.project_id == known.project_id, round_object.c.object_id == key
        )
        if (round_id := tx.conn.scalar(in_round.limit(1))) is not None:
            raise ObjectInRound(code=key, round_id=round_id)
        return
    serving = (
        select(registry_object.c.object_id, entity.c.data)
        .join(entity, entity.c.uuid == registry_object.c.uuid)
        .where(registry_object.c.project_id == known.project_id, entity.c.deleted_at.is_(None))
    )
    for row in tx.conn.execute(serving):
        if key in decoded(row.data).get("villages_served", "").split():
            raise VillageServed(code=key, object_id=row.object_id)


def _write_down(tx: Tx, after: Entity, facts: RegistryFacts) -> None:
    """The version that was just written says the same as the record, word for word."""
    texts = {"label": facts.label, "data": encoded(facts.data)}
    tx.conn.execute(entity.update().where(entity.c.id == after.entity_id).values(texts))
    tx.conn.execute(
        entity_version.update()
        .where(entity_version.c.entity == after.entity_id, entity_version.c.version == after.version)
        .values(texts)
    )


def _note(tx: Tx, known: EntityList, key: str, uuid: str, seq: int, *, is_new: bool) -> None:
    table, column = _codes(known)
    here = table.c.project_id == known.project_id
    if not is_new:
        tx.conn.execute(table.update().where(here, column == key).values(seq=seq))
        return
    row = {"project_id": known.project_id, column.name: key, "uuid": uuid, "seq": seq}
    if table is village:
        last = tx.conn.scalar(
            select(village.c.position).where(here).order_by(village.c.position.desc()).limit(1)
        )
        row["position"] = 0 if last is None else last + 1
    tx.conn.execute(table.insert().values(row))


def _codes(known: EntityList) -> tuple[Table, Column[str]]:
    if known.name == OBJECTS:
        return registry_object, registry_object.c.object_id
    return village, village.c.name
