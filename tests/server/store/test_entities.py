"""Entity lists in the store, on both engines.

- names of lists and properties: what is good, taken, or differs in capital letters only;
- many entities at once, all or none; a UUID belongs to one entity on the server, for ever;
- every version tells what it brought; phones are told of every change;
- submissions are applied in their order, once, with what was corrected before they were accepted;
- an erasure by law takes back what the erased answers brought, and nothing else;
- verify tells what does not fit together, and a backup brings everything back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from forms.faults import entities as faults
from forms.xform import parse_xform
from server.store import Store, open_store
from server.store.backup import backup, restore
from server.store.entities import EntityList, NewEntity, Source
from server.store.entities.rows import new_uuid
from server.store.tables import entity, entity_version
from server.store.verify import verify
from tests.forms.test_entities_in_xform import an_entity_form, saved
from tests.forms.test_entities_in_xform import entity as entity_element
from tests.server.store.making import NOW, a_campaign, an_arrival, content, publish, receive

SOMEBODY = Source(user_agent="test")


def a_list(store: Store, name: str = "wells", *properties: str) -> EntityList:
    def make(tx) -> EntityList:  # type: ignore[no-untyped-def]
        made = store.entity_lists.create(tx, 1, name, now=NOW, actor=None)
        for one in properties or ("depth", "owner"):
            made = store.entity_lists.add_property(tx, made, one, now=NOW)
        return made

    return store.write(make)


def create(store: Store, known: EntityList, *new: NewEntity, source: Source = SOMEBODY) -> None:
    store.write(lambda tx: store.entities.create_many(tx, known, new, source, now=NOW))


def change(store: Store, known: EntityList, uuid: str, source: Source = SOMEBODY, **values: str) -> None:
    label = values.pop("label", None)
    store.write(
        lambda tx: store.entities.update(tx, known, uuid, label=label, data=values, source=source, now=NOW)
    )


def test_names_are_good_and_free(store: Store) -> None:
    known = a_list(store, "Wells", "Depth")
    for name, error in (
        ("a.b", faults.EntityListNameInvalid),
        ("__a", faults.EntityListNameInvalid),
        ("", faults.EntityListNameInvalid),
        ("Wells", faults.EntityListTaken),
        ("wells", faults.EntityListCaseClash),
    ):
        with pytest.raises(error):
            store.write(lambda tx, name=name: store.entity_lists.create(tx, 1, name, now=NOW, actor=None))  # type: ignore[misc]
    for name, refusal in (
        ("NAME", faults.EntityPropertyNameInvalid),
        ("a;b", faults.EntityPropertyNameInvalid),
        ("Depth", faults.EntityPropertyTaken),
        ("depth", faults.EntityPropertyCaseClash),
    ):
        with pytest.raises(refusal):
            store.write(lambda tx, name=name: store.entity_lists.add_property(tx, known, name, now=NOW))  # type: ignore[misc]
    assert store.entity_lists.get(1, "Wells").property_names == ("Depth",)
    with pytest.raises(faults.EntityListNotFound):
        store.entity_lists.get(1, "nothing")


def test_many_are_made_together_or_not_at_all(store: Store) -> None:
    known, taken = a_list(store), new_uuid()
    create(store, known, *(NewEntity(new_uuid(), f"W{n}", {"depth": str(n)}) for n in range(700)))
    create(store, known, NewEntity(taken, "Taken"))
    assert store.entities.count(known) == 701
    for wrong, error in (
        (NewEntity(taken, "Again"), faults.EntityTaken),
        (NewEntity(new_uuid(), " "), faults.EntityLabelMissing),
        (NewEntity(new_uuid(), "W", {"colour": "red"}), faults.EntityInvalid),
    ):
        with pytest.raises(error):
            create(store, known, NewEntity(new_uuid(), "Fine"), wrong)
    assert store.entities.count(known) == 701
    labels = [one.label for one in store.entities.each(known)]
    assert labels == ["Taken", *(f"W{n}" for n in reversed(range(700)))]
    page = store.entities.page(known, limit=2)
    assert [one.label for one in page] == ["Taken", "W699"]
    assert [one.label for one in store.entities.page(known, limit=1, before=page[1].entity_id)] == ["W698"]


def test_a_name_is_used_once(store: Store) -> None:
    known, uuid = a_list(store), new_uuid()
    create(store, known, NewEntity(uuid, "W"))
    store.write(lambda tx: store.entities.delete(tx, known, uuid, source=SOMEBODY, now=NOW))
    with pytest.raises(faults.EntityTakenByDeleted):
        create(store, known, NewEntity(uuid, "W"))
    later = NOW + timedelta(days=1)
    assert store.write(lambda tx: store.entities.purge(tx, known, deleted_before=later, now=later)) == 1
    with pytest.raises(faults.EntityTakenByDeleted):
        create(store, known, NewEntity(uuid, "W"))
    assert store.entities.find(known, uuid) is None


def test_a_change_says_what_it_brought_and_phones_are_told(store: Store) -> None:
    known, uuid = a_list(store), new_uuid()
    create(store, known, NewEntity(uuid, "W", {"depth": "1", "owner": "A"}))
    before = store.entity_lists.get(1, "wells").changes
    change(store, known, uuid, depth="2")
    with pytest.raises(faults.EntityVersionConflict):
        store.write(
            lambda tx: store.entities.update(
                tx, known, uuid, label="X", base_version=1, source=SOMEBODY, now=NOW
            )
        )
    first, second = store.entities.versions(store.entities.get(known, uuid))
    assert (first.received, second.received) == ({"label": "W", "depth": "1", "owner": "A"}, {"depth": "2"})
    assert second.data == {"depth": "2", "owner": "A"} and second.user_agent == "test"
    assert store.entity_lists.get(1, "wells").changes > before


def an_entity_form_of(store: Store) -> None:
    """The form wells, which keeps the list wells."""
    both = 'id="" create="1" update="1" baseVersion="" trunkVersion="" branchId=""'
    xml = an_entity_form(f"<site/>{entity_element('wells', both)}", saved("/site", "depth"))
    schema = replace(parse_xform(xml).schema, form_id="wells")
    told = replace(content(store), schema=schema)
    store.write(lambda tx: store.forms.publish(tx, 1, told, now=NOW, actor=None))


def work(store: Store) -> int:
    """Apply what has come since the last time; how many submissions say something of entities."""
    feed = store.entity_feed.after(store.entity_feed.done(), 50)
    prepared = store.entity_work.prepare(feed)
    assert store.write(lambda tx: store.entity_work.apply(tx, feed, prepared, now=NOW))
    return len(prepared)


def test_what_submissions_ask_for_is_applied_in_order_and_once(store: Store) -> None:
    publish(store, "other")
    an_entity_form_of(store)
    uuid, branch = new_uuid(), new_uuid()

    def send(number: int, attributes: str, depth: int) -> int:
        xml = (
            f'<data><site>{depth}</site><meta><entity dataset="wells" id="{uuid}" {attributes}>'
            "<label>W</label></entity></meta></data>"
        )
        return receive(store, an_arrival(number, xml.encode().replace(b"<data>", b'<data id="wells">'))).seq

    receive(store, an_arrival(9, b"<data>plain</data>", form_id="other"))
    first = send(1, 'create="1"', 1)
    send(3, f'update="1" baseVersion="2" trunkVersion="1" branchId="{branch}"', 3)
    assert work(store) == 2
    known = store.entity_lists.get(1, "wells")
    assert [one.branch_base_version for one in store.entity_work.held(project_id=1)] == [2]
    send(2, f'update="1" baseVersion="1" trunkVersion="1" branchId="{branch}"', 2)
    assert work(store) == 1 and store.entity_work.held() == ()
    versions = store.entities.versions(store.entities.get(known, uuid))
    assert [one.data["depth"] for one in versions] == ["1", "2", "3"]
    assert versions[0].submission == first
    assert work(store) == 0
    assert {entry.action for entry in store.audit.page()} >= {"entity.create", "entity.update.version"}
    assert verify(store).findings == ()


def test_an_accepted_submission_makes_its_entity_of_what_was_corrected(store: Store) -> None:
    an_entity_form_of(store)
    known, uuid = store.entity_lists.get(1, "wells"), new_uuid()
    store.write(lambda tx: store.entity_lists.set_approval(tx, known, approval_required=True, now=NOW))
    xml = (
        f'<data id="wells"><site>12</site><meta><entity dataset="wells" id="{uuid}" create="1">'
        "<label>W</label></entity></meta></data>"
    )
    sent = receive(store, an_arrival(1, xml.encode()))
    store.write(
        lambda tx: store.decisions.correct(
            tx, sent.seq, question="site", old="12", new="21", reason="misread", now=NOW, actor=None
        )
    )
    store.write(lambda tx: store.decisions.review(tx, sent.seq, "accepted", reason="", now=NOW, actor=None))
    work(store)
    assert dict(store.entities.get(known, uuid).data) == {"depth": "21"}


def test_an_erasure_takes_back_what_the_answers_brought(store: Store) -> None:
    a_campaign(store)
    known, uuid, made = a_list(store), new_uuid(), new_uuid()
    sent = receive(store, an_arrival(1, b"<data><a>kept</a></data>"))
    source = Source(submission=sent.seq, submission_root=sent.root_seq)
    create(store, known, NewEntity(uuid, "Well", {"depth": "1"}))
    change(store, known, uuid, source, label="Aigul's well", depth="2", owner="Aigul")
    change(store, known, uuid, depth="3")
    create(
        store, known, NewEntity(made, "Aigul's second", {"owner": "Aigul", "depth": "kept"}), source=source
    )
    changes = store.entity_lists.get(1, "wells").changes
    store.decisions.erase(
        sent.seq, instance=b'<data id="f"><a>kept</a></data>', reason="asked", now=NOW, actor=None
    )
    now = store.entities.get(known, uuid)
    assert (now.label, dict(now.data)) == ("Well", {"depth": "3"})
    assert [dict(one.data) for one in store.entities.versions(now)] == [
        {"depth": "1"},
        {"depth": "1"},
        {"depth": "3"},
    ]
    second = store.entities.get(known, made)
    assert (second.label, dict(second.data)) == (made, {"depth": "kept"})
    assert store.entity_lists.get(1, "wells").changes > changes
    with store.database.read() as connection:
        rows = connection.execute(entity_version.select()).all()
    assert "Aigul" not in repr(rows)
    assert verify(store).findings == ()


def test_verify_tells_what_does_not_fit(store: Store) -> None:
    known, uuid = a_list(store), new_uuid()
    create(store, known, NewEntity(uuid, "W"), source=Source(submission=77, submission_root=77))
    assert len(verify(store).findings) == 0, "a record that comes later is not looked at"
    store.write(lambda tx: tx.conn.execute(update(entity).values(label="Other")))
    store.write(lambda tx: tx.conn.execute(update(entity_version).values(submission=0)))
    store.write(lambda tx: store.entity_feed.advance(tx, 0, 99))
    assert len(verify(store).findings) == 3
    store.write(lambda tx: tx.conn.execute(update(entity).values(version=3)))
    assert any("missing" in str(found.sentence) for found in verify(store).findings)


def test_a_backup_brings_lists_back(sqlite_store: Store, tmp_path: Path) -> None:
    known, uuid = a_list(sqlite_store), new_uuid()
    create(sqlite_store, known, NewEntity(uuid, "W", {"depth": "1"}))
    change(sqlite_store, known, uuid, depth="2")
    backup(sqlite_store, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    with open_store(tmp_path / "again") as again:
        back = again.entity_lists.get(1, "wells")
        assert back == sqlite_store.entity_lists.get(1, "wells")
        assert [one.data for one in again.entities.versions(again.entities.get(back, uuid))] == [
            {"depth": "1"},
            {"depth": "2"},
        ]
