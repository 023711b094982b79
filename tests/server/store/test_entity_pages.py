"""Pages of entities, alike on both databases:

- any property, the label and what is known of an entity can be filtered by, with the same rows found;
- a text beside a number counts as one where it writes one, and is no error where it does not;
- words are found whatever their letters, Kyrgyz ones too;
- a long list gets an index of what it is looked up by, and finds the same rows by it;
- pages and offsets give every entity once, newest first, or in the order asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from analytics.odata.filter import parse_filter
from forms.faults.odata import FilterTooLong
from server.actions.export_entities import look_up
from server.store import Store, Tx
from server.store.entities import EntitiesWanted, EntityList, NewEntity, Source
from server.store.entities.filtering import condition_of
from server.store.entities.indexes import PREFIX, narrowest
from server.store.entities.rows import new_uuid
from server.store.entities.sql_texts import of_list
from server.store.tables import entity
from tests.server.store.making import NOW

ROWS = [
    {"depth": "5", "village": "Ак-Суу", "a.b": "x", "note": "two\nlines"},
    {"depth": "-12.5", "village": "Өзгөн"},
    {"depth": "1e2", "village": "өзгөн", "note": 'it\'s "quoted"'},
    {"depth": "deep", "village": "", "note": "'; DROP TABLE entity; --"},
    {"depth": "007", "note": "a b c"},
    {},
]


@pytest.fixture
def wells(store: Store) -> Iterator[EntityList]:
    def make(tx: Tx) -> EntityList:
        known = store.entity_lists.create(tx, 1, "wells", now=NOW, actor=None)
        for name in ("depth", "village", "a.b", "note"):
            known = store.entity_lists.add_property(tx, known, name, now=NOW)
        for number, data in enumerate(ROWS):
            new = NewEntity(new_uuid(), f"Кудук {number}", data)
            store.entities.create(tx, known, new, Source(), now=NOW + timedelta(minutes=number))
        return known

    yield store.write(make)


def found(store: Store, known: EntityList, **wanted: object) -> list[int]:
    """The numbers of the rows, as they come."""
    text = wanted.pop("text", "")
    if text:
        wanted["filter"] = parse_filter(str(text)).tree
    asked = EntitiesWanted(known, NOW, **wanted)  # type: ignore[arg-type]
    page = store.entity_pages.page(asked, limit=100)
    assert store.entity_pages.count(asked) == len(page)
    return [int(one.label.rpartition(" ")[2]) for one in page]


EXPECTED = [
    ("depth eq '5'", [0]),
    ("depth eq 5", [0]),
    ("depth gt 4", [2, 0]),
    ("depth lt 0", [1]),
    ("depth ne '5'", [5, 4, 3, 2, 1]),
    ("depth eq 'deep' or a_b eq 'x'", [3, 0]),
    ("not (depth gt 4)", [5, 4, 3, 1]),
    ("village eq null", [5, 4, 3]),
    ("village ne null", [2, 1, 0]),
    ("village in ('Ак-Суу', 'Өзгөн')", [1, 0]),
    ("tolower(village) eq 'өзгөн'", [2, 1]),
    ("toupper(village) eq 'ӨЗГӨН'", [2, 1]),
    ("contains(note, 'o\nl')", [0]),
    ("note eq 'it''s \"quoted\"'", [2]),
    ("note eq '''; DROP TABLE entity; --'", [3]),
    ("selected(note, 'b')", [4]),
    ("startswith(label, 'Кудук') and endswith(label, '3')", [3]),
    ("length(village) eq 5 and indexof(village, 'г') eq 2", [2, 1]),
    ("concat(trim(depth), '!') eq '5!'", [0]),
    ("__system/createdAt ge 2026-05-01T06:04:00Z", [5, 4]),
    ("__system/createdAt lt 2026-05-01", []),
    ("minute(__system/createdAt) eq 2 and year(__system/createdAt) eq 2026", [2]),
    ("date(__system/createdAt) eq '2026-05-01' and depth eq '5'", [0]),
    ("__system/updatedAt eq null and depth eq '5'", [0]),
    ("__system/creatorId eq 0 and __system/version eq 1 and __system/updates eq 0", [5, 4, 3, 2, 1, 0]),
    ("__system/creatorName eq 'x' or __system/conflict eq 'hard'", []),
    ("true", [5, 4, 3, 2, 1, 0]),
    ("__system/deletedAt eq null", [5, 4, 3, 2, 1, 0]),
    ("now() gt __system/createdAt and depth eq '5'", []),
]


def test_a_filter_finds_the_same_on_both(store: Store, wells: EntityList) -> None:
    wrong = [
        (text, rows) for text, expected in EXPECTED if (rows := found(store, wells, text=text)) != expected
    ]
    assert not wrong


def test_a_long_list_is_looked_up_by_indexes_that_its_use_makes(store: Store, wells: EntityList) -> None:
    text = "village eq 'Өзгөн' and depth eq -12.5 and (note eq 'x' or note eq null) and depth lt 5"
    wanted = EntitiesWanted(wells, NOW, filter=parse_filter(text).tree)
    look_up(store, wanted)
    assert store.database.indexes(PREFIX) == []  # it is short
    before = found(store, wells, text=text)
    store.entity_indexes.long = 5
    look_up(store, wanted)
    made = store.database.indexes(PREFIX)
    assert sorted(name.split("_")[-2] for name in made) == ["number", "text"]
    assert found(store, wells, text=text) == before == [1]
    for text, rows in EXPECTED:
        assert found(store, wells, text=text) == rows, text
    if store.database.is_sqlite:
        with store.database.read() as connection:
            both = parse_filter("village eq '' and depth eq -12.5").tree  # three entities, and one
            by = narrowest(connection, store.database, wells, both)
            assert by is not None and by.name == "depth"
            where = condition_of(parse_filter("village eq 'Өзгөн'").tree, wells.property_names, NOW)
            question = select(entity.c.id).where(of_list(wells.list_id), entity.c.deleted_at.is_(None), where)
            asked = question.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
        assert any(name in plan[0][3] for name in made)
    store.write(lambda tx: store.entity_lists.remove_property(tx, wells, "village", now=NOW))
    (left,) = store.database.indexes(PREFIX)
    store.write(lambda tx: store.entity_list_trash.put(tx, wells, now=NOW))
    while store.write(lambda tx: store.entity_list_trash.purge_part(tx, wells.list_id, now=NOW)):
        pass
    assert left in made and store.database.indexes(PREFIX) == []


def test_a_long_filter_is_answered_or_refused(store: Store, wells: EntityList) -> None:
    many = ", ".join(f"'{number}'" for number in range(1, 1400))
    assert found(store, wells, text=f"depth in ({many})") == [0]
    assert found(store, wells, text=" or ".join(f"depth eq '{number}'" for number in range(1, 700))) == [0]
    with pytest.raises(FilterTooLong):
        found(store, wells, text=f"depth in ({many.replace(chr(39), '')})")


def test_deleted_ones_are_found_by_who_asks_for_them(store: Store, wells: EntityList) -> None:
    [gone] = store.entity_pages.page(EntitiesWanted(wells, NOW, search="кудук 3"), limit=10)
    store.write(lambda tx: store.entities.delete(tx, wells, gone.uuid, source=Source(), now=NOW))
    assert 3 not in found(store, wells)
    assert found(store, wells, deleted=True) == [3]
    assert found(store, wells, text="__system/deletedAt ne null") == [3]


def test_words_are_found_whatever_their_letters(store: Store, wells: EntityList) -> None:
    assert found(store, wells, search="ӨЗГӨН") == [2, 1]
    assert found(store, wells, search="кудук аК-сУу") == [0]
    assert found(store, wells, search="100% nothing") == []


def test_every_entity_comes_once(store: Store, wells: EntityList) -> None:
    pages, wanted = store.entity_pages, EntitiesWanted(wells, NOW)
    first = pages.page(wanted, limit=4)
    rest = pages.page(wanted, limit=4, before=first[-1].entity_id)
    assert [one.label[-1] for one in (*first, *rest)] == list("543210")
    assert [one.label[-1] for one in pages.texts(wanted, limit=2, offset=3)] == ["2", "1"]
    assert pages.texts(wanted, limit=2, offset=99) == [] and pages.texts(wanted, limit=0) == []
    assert [one.label[-1] for part in pages.each(wanted) for one in part] == list("543210")
    assert pages.texts(wanted, limit=1)[0].created_at == "2026-05-01T06:05:00.000Z"
    assert [row.version.version for row in pages.rows(wanted, limit=9)] == [1] * 6


def test_the_order_is_the_one_asked_for(store: Store, wells: EntityList) -> None:
    by_note = found(store, wells, order=(("note", False), ("label", True)))
    assert by_note[:2] == [5, 1] and set(by_note[2:]) == {0, 2, 3, 4}
    assert found(store, wells, order=(("__system/createdAt", False),)) == [0, 1, 2, 3, 4, 5]
    # those that are alike go the same way
    assert found(store, wells, order=(("village", False),))[:3] == [3, 4, 5]
    assert found(store, wells, order=(("village", True),))[-3:] == [5, 4, 3]
    asked = EntitiesWanted(wells, NOW, order=(("label", True),))
    assert [one.label[-1] for one in store.entity_pages.page(asked, limit=2, offset=1)] == ["4", "3"]


def test_an_upload_finds_its_entities_by_value_and_by_number(store: Store, wells: EntityList) -> None:
    by_value = store.entity_pages.matching(wells, "depth", ["5", "deep", "none"])
    assert sorted(by_value) == ["5", "deep"] and by_value["5"][0].label == "Кудук 0"
    uuid = by_value["5"][0].uuid
    assert store.entity_pages.by_uuid([uuid, new_uuid()]) == {uuid: by_value["5"][0]}
    assert store.entity_pages.creators(wells) == []
