"""The registry of objects and villages.

- Every object that differs is one record, with all its attributes; one that does not differ is none.
- An object keeps its uuid, the name phones know it by; its version counts its changes.
- Phones are given the active objects.
- A round has only objects that are there, and those it has stay.
"""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest

from forms.faults.registry import ObjectInRound
from forms.registry import Village
from server.store import Store
from server.store.entities import Source
from server.store.refusals import ObjectNotFound
from server.store.registry import Imported
from server.store.verify import verify
from tests.server.store.making import NOW, a_round, an_object, publish


def put(store: Store, *objects: object) -> Imported:
    return store.write(lambda tx: store.registry.put_objects(tx, 1, objects, now=NOW, actor=None))  # type: ignore[arg-type]


def settle(store: Store, *names: str) -> None:
    villages = [Village(name=name, label_ky=name) for name in names]
    store.write(lambda tx: store.registry.put_villages(tx, 1, villages, now=NOW, actor=None))


def test_an_object_is_kept_with_all_its_attributes(store: Store) -> None:
    wanted = an_object(
        "ak-suu",
        type="SUP",
        subtype="works",
        lat=42.87461,
        lon=74.56976,
        sum_final_som=1250000.5,
        finished_on=date(2026, 3, 1),
        villages_served=("kok-jar", "ak-suu"),
        supplier_is_person=True,
    )
    settle(store, "kok-jar", "ak-suu")
    assert put(store, wanted) == Imported(1, 0, 0)
    known = store.registry.get(1, "ak-suu")
    assert known.object == wanted and known.version == 1 and uuid.UUID(known.uuid).version == 4
    record = store.ledger.record(known.seq)
    said = json.loads(record.payload or b"")
    assert (record.kind, record.subject) == ("registry", "1/ak-suu")
    assert (said["name"], said["object_id"], said["lat"]) == (known.uuid, "ak-suu", 42.87461)
    assert (said["finished_on"], said["villages_served"]) == ("2026-03-01", ["kok-jar", "ak-suu"])


def test_a_change_is_a_record_and_no_change_is_none(store: Store) -> None:
    put(store, an_object("a"), an_object("b"))
    before = store.registry.get(1, "a")
    assert put(store, an_object("a", name_ru="А"), an_object("b"), an_object("c")) == Imported(1, 1, 1)
    after = store.registry.get(1, "a")
    assert (after.uuid, after.version) == (before.uuid, 2)
    assert store.ledger.head().seq == 4
    assert [known.object.object_id for known in store.registry.objects(1)] == ["a", "b", "c"]


def test_an_answer_names_an_object_by_uuid_or_by_object_id(store: Store) -> None:
    put(store, an_object("a"))
    name = store.registry.get(1, "a").uuid
    assert store.registry.object_id_of(1, name) == "a"
    assert store.registry.object_id_of(1, "uuid:" + name) == "a"
    assert store.registry.object_id_of(1, "a") == "a"
    assert store.registry.object_id_of(1, "b") is None
    with pytest.raises(ObjectNotFound):
        store.registry.get(1, "b")


def test_phones_are_given_the_active_objects(store: Store) -> None:
    put(store, an_object("a"), an_object("b", status="liquidated"))
    assert [row.object_id for row in store.registry.listed(1)] == ["a"]
    before = store.registry.generation()
    put(store, an_object("b"))
    assert [row.object_id for row in store.registry.listed(1)] == ["a", "b"]
    assert store.registry.generation() > before


def test_villages_keep_the_order_they_were_written_in(store: Store) -> None:
    def write(*villages: Village) -> Imported:
        return store.write(lambda tx: store.registry.put_villages(tx, 1, villages, now=NOW, actor=None))

    kok, ak = Village(name="kok-jar", label_ky="Көк-Жар"), Village(name="ak-suu", label_ky="Ак-Суу")
    assert write(kok, ak) == Imported(2, 0, 0)
    renamed = Village(name="kok-jar", label_ky="Көк-Жар", label_ru="Кок-Джар")
    assert write(renamed, ak) == Imported(0, 1, 1)
    assert store.registry.villages(1) == (renamed, ak)
    record = store.ledger.records_after(2)[0]
    assert record.subject == "1/village/kok-jar"
    assert json.loads(record.payload or b"")["village"]["label_ru"] == "Кок-Джар"


def test_a_deleted_object_is_in_no_new_round_and_one_of_a_round_is_not_deleted(store: Store) -> None:
    publish(store, scored=True)
    put(store, an_object("a"), an_object("b"))
    known = store.entity_lists.get(1, "objects")

    def delete(object_id: str) -> None:
        uuid = store.registry.get(1, object_id).uuid
        store.write(lambda tx: store.entities.delete(tx, known, uuid, source=Source(), now=NOW))

    delete("b")
    with pytest.raises(ObjectNotFound):
        store.write(lambda tx: store.rounds.plan(tx, a_round(objects=("a", "b")), now=NOW, actor=None))
    store.write(lambda tx: store.rounds.plan(tx, a_round(objects=("a",)), now=NOW, actor=None))
    with pytest.raises(ObjectInRound):
        delete("a")
    assert verify(store).findings == ()
