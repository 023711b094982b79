"""The typed tables of a form.

- Every question has one column of its type; a repeat is a table of its own that leads back to its parent.
- A column is named after its question; after the path where two share the name, and where letters differ
  only in being capitals, which the engine does not see.
- Absent, present and empty, and a text that does not fit its type are told apart.
- A new version adds columns; a question that moved keeps its column; a column may become text.
- Projects share the tables of a form_id, unless their types clash: then one has tables of its own, with
  everything it had before.
- Two form_ids never share tables, however alike they look.
"""

from __future__ import annotations

from datetime import date

import pytest

from analytics.answers import changed_types, schema_name
from analytics.warehouse import Warehouse
from tests.ledger import Ledger, an_id
from tests.make import a_form, an_instance

ALL_TYPES = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | integer | pipes | Pipes |
| | decimal | depth | Depth |
| | date | built | Built |
| | time | opens | Opens |
| | dateTime | seen | Seen |
| | select_one yn | works | Works |
| | select_multiple faults | faults | Faults |
| | geopoint | place | Place |
| | geotrace | way | Way |
| | image | photo | Photo |
| | begin_group | water | Water |
| | text | remark | Remark on water |
| | end_group | | |
| | begin_repeat | tap | Tap |
| | text | tap_name | Name |
| | begin_repeat | leak | Leak |
| | integer | size | Size |
| | end_repeat | | |
| | end_repeat | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | faults | dry | Dry |
| | faults | bent | Bent |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""


def a_version(survey: str, version: str, form_id: str = "visit") -> str:
    return f"""
        | survey |
        | | type | name | label |
        {survey}
        | choices |
        | | list_name | name | label |
        | | yn | yes | Yes |
        | settings |
        | | form_id | form_title | version |
        | | {form_id} | Visit | {version} |
    """


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.read() as db:
        return db.execute(query).fetchall()


def columns(warehouse: Warehouse, schema: str = "form_visit", table: str = "submissions") -> dict[str, str]:
    with warehouse.read() as db:
        described = db.execute(f'DESCRIBE "{schema}"."{table}"').fetchall()
    return {name: kind for name, kind, *_ in described if not name.startswith("_")}


def test_every_question_has_a_column_of_its_type(warehouse: Warehouse) -> None:
    form, ledger = a_form(ALL_TYPES), Ledger()
    ledger.form(form)
    ledger.submission(
        an_instance(
            form,
            {
                "/remark": "=1+1",
                "pipes": "007",
                "depth": "1.0E7",
                "built": "2020-02-29",
                "opens": "08:30:00.000+06:00",
                "seen": "2026-05-01T09:00:00.000+06",
                "works": "yes",
                "faults": "bent dry",
                "place": "42.5 74.5 800 4",
                "way": "42.5 74.5;42.6 74.6",
                "photo": "1.jpg",
                "/water/remark": "Суук",
            },
        )
    )
    assert ledger.load(warehouse) == []
    assert columns(warehouse) == {
        "remark": "VARCHAR",
        "pipes": "BIGINT",
        "depth": "DOUBLE",
        "built": "DATE",
        "opens": "TIME",
        "opens@sent": "VARCHAR",
        "seen": "TIMESTAMP",
        "seen@sent": "VARCHAR",
        "works": "VARCHAR",
        "faults": "VARCHAR[]",
        "place": "STRUCT(lat DOUBLE, lon DOUBLE, alt DOUBLE, acc DOUBLE)",
        "way": "VARCHAR",
        "way@wkt": "VARCHAR",
        "photo": "VARCHAR",
        "water/remark": "VARCHAR",
        "instanceID": "VARCHAR",
    }
    assert rows(
        warehouse,
        'SELECT remark, pipes, depth, built, seen::VARCHAR, "seen@sent", faults, place.alt, "way@wkt",'
        ' "water/remark", "opens@sent", _empty, _misfit FROM form_visit.submissions',
    ) == [
        (
            "=1+1",
            7,
            1e7,
            date(2020, 2, 29),
            "2026-05-01 03:00:00",
            "2026-05-01T09:00:00.000+06",
            ["bent", "dry"],
            800.0,
            "LINESTRING (74.5 42.5, 74.6 42.6)",
            "Суук",
            "08:30:00.000+06:00",
            [],
            [],
        )
    ]


def test_absent_empty_and_misfit_are_told_apart(warehouse: Warehouse) -> None:
    form, ledger = a_form(ALL_TYPES), Ledger()
    ledger.form(form)
    values = dict.fromkeys(("built", "opens", "works", "faults", "photo", "way", "place"))
    ledger.submission(an_instance(form, {**values, "pipes": "many", "depth": "NaN", "seen": "today"}))
    assert ledger.load(warehouse) == []
    (row,) = rows(
        warehouse, "SELECT pipes, depth, seen, built, remark, _empty, _misfit FROM form_visit.submissions"
    )
    assert row == (None, None, None, None, None, ["remark", "water/remark"], ["pipes", "depth", "seen"])


def test_a_repeat_leads_back_to_its_parent(warehouse: Warehouse) -> None:
    form, ledger = a_form(ALL_TYPES), Ledger()
    ledger.form(form)
    taps = [
        {"tap_name": "north", "leak": [{"size": "1"}, {"size": "2"}]},
        {"tap_name": "south", "leak": [{"size": "x"}]},
    ]
    ledger.submission(an_instance(form, {"tap": taps}, instance_id=an_id(1)))
    assert ledger.load(warehouse) == []
    assert rows(
        warehouse, "SELECT _seq, _instance_id, _parent_key, _key, _position, tap_name FROM form_visit.tap"
    ) == [
        (2, an_id(1), an_id(1), f"{an_id(1)}/tap[1]", 1, "north"),
        (2, an_id(1), an_id(1), f"{an_id(1)}/tap[2]", 2, "south"),
    ]
    assert rows(
        warehouse, 'SELECT _parent_key, _key, _position, size, _misfit FROM form_visit."tap/leak"'
    ) == [
        (f"{an_id(1)}/tap[1]", f"{an_id(1)}/tap[1]/leak[1]", 1, 1, []),
        (f"{an_id(1)}/tap[1]", f"{an_id(1)}/tap[1]/leak[2]", 2, 2, []),
        (f"{an_id(1)}/tap[2]", f"{an_id(1)}/tap[2]/leak[1]", 1, None, ["size"]),
    ]


def test_names_that_differ_only_in_capitals_or_are_taken_get_columns_of_their_own(
    warehouse: Warehouse,
) -> None:
    form = a_form(
        a_version(
            """| | text | Q1 | Q |
            | | text | q1 | q |
            | | text | _seq | Reserved |
            | | text | project_id | P |
            | | begin_repeat | submissions | S |
            | | text | _key | K |
            | | end_repeat | | |""",
            "1",
        )
    )
    ledger = Ledger()
    ledger.form(form)
    ledger.submission(
        an_instance(
            form, {"Q1": "A", "q1": "b", "_seq": "c", "project_id": "d", "submissions": [{"_key": "e"}]}
        )
    )
    assert ledger.load(warehouse) == []
    assert rows(warehouse, 'SELECT "Q1", "/q1", "/_seq", project_id FROM form_visit.submissions') == [
        ("A", "b", "c", "d")
    ]
    assert rows(warehouse, 'SELECT "/_key" FROM form_visit."/submissions"') == [("e",)]


def test_a_new_version_adds_columns_and_a_moved_question_keeps_its_own(warehouse: Warehouse) -> None:
    first = a_form(a_version("| | integer | pipes | Pipes |", "1"))
    second = a_form(
        a_version(
            """| | begin_group | water | Water |
            | | integer | pipes | Pipes |
            | | end_group | | |
            | | text | remark | Remark |""",
            "2",
        )
    )
    ledger = Ledger()
    ledger.form(first)
    ledger.submission(an_instance(first, {"pipes": "1"}), 1)
    ledger.form(second)
    ledger.submission(an_instance(second, {"pipes": "2", "remark": "new"}), 2)
    ledger.submission(an_instance(first, {"pipes": "3"}), 3)
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT pipes, remark FROM form_visit.submissions ORDER BY _seq") == [
        (1, None),
        (2, "new"),
        (3, None),
    ]
    assert rows(
        warehouse, "SELECT DISTINCT column_name, path FROM form_column WHERE name = 'pipes' ORDER BY path"
    ) == [("pipes", "/pipes"), ("pipes", "/water/pipes")]


def test_two_questions_of_one_name_do_not_share_a_column(warehouse: Warehouse) -> None:
    both = a_form(
        a_version(
            """| | begin_group | a | A |
            | | text | remark | Remark |
            | | end_group | | |
            | | begin_group | b | B |
            | | text | remark | Remark |
            | | end_group | | |""",
            "1",
        )
    )
    ledger = Ledger()
    ledger.form(both)
    ledger.submission(an_instance(both, {"/a/remark": "first", "/b/remark": "second"}))
    assert ledger.load(warehouse) == []
    assert rows(warehouse, 'SELECT remark, "b/remark" FROM form_visit.submissions') == [("first", "second")]


@pytest.mark.parametrize(
    ("kind", "sent", "written", "companion"),
    [
        ("integer", "007", "7", None),
        ("decimal", "1.50", "1.5", None),
        ("date", "2026-01-02", "2026-01-02", None),
        ("dateTime", "2026-01-02T03:04:05.678+03:00", "2026-01-02T03:04:05.678+03:00", "q@sent"),
        ("time", "03:04:05.000+03:00", "03:04:05.000+03:00", "q@sent"),
        ("geopoint", "1.5 2.5", "1.5 2.5", None),
        ("geotrace", "1 2; 3 4", "1 2; 3 4", "q@wkt"),
        ("select_multiple yn", "yes yes", "yes yes", None),
    ],
)
def test_any_type_may_become_text(
    warehouse: Warehouse, kind: str, sent: str, written: str, companion: str | None
) -> None:
    first, second = (
        a_form(a_version(f"| | {one} | q | Q |", version)) for one, version in ((kind, "1"), ("text", "2"))
    )
    ledger = Ledger()
    ledger.form(first)
    ledger.submission(an_instance(first, {"q": sent}), 1)
    ledger.submission(an_instance(first, {"q": ""}), 2)
    assert ledger.load(warehouse) == []
    assert companion is None or companion in columns(warehouse)
    ledger.form(second)
    ledger.submission(an_instance(second, {"q": "words"}), 3)
    ledger.submission(an_instance(first, {"q": "other words"}), 4)
    assert ledger.load(warehouse) == []
    assert columns(warehouse)["q"] == "VARCHAR"
    assert companion not in columns(warehouse)
    assert rows(warehouse, "SELECT q FROM form_visit.submissions ORDER BY _seq") == [
        (written,),
        (None,),
        ("words",),
        ("other words",),
    ]
    assert changed_types(first.xform.schema, second.xform.schema) == []
    assert [name for name, _old, _new in changed_types(second.xform.schema, first.xform.schema)] == ["q"]


def test_projects_share_the_tables_of_a_form(warehouse: Warehouse) -> None:
    form, ledger = a_form(a_version("| | integer | pipes | Pipes |", "1")), Ledger()
    for project_id in (1, 2):
        ledger.form(form, project_id=project_id)
        ledger.submission(an_instance(form, {"pipes": str(project_id)}), project_id, project_id=project_id)
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT _project_id, pipes FROM form_visit.submissions ORDER BY _seq") == [
        (1, 1),
        (2, 2),
    ]


def test_a_project_whose_types_clash_has_tables_of_its_own(warehouse: Warehouse) -> None:
    number = a_form(a_version("| | integer | pipes | Pipes |", "1"))
    words = a_form(a_version("| | text | pipes | Pipes |", "1"))
    ledger = Ledger()
    ledger.form(number)
    ledger.form(words, project_id=2)
    ledger.submission(an_instance(number, {"pipes": "1"}), 1)
    ledger.submission(an_instance(words, {"pipes": "a few"}), 2, project_id=2)
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT pipes FROM form_visit.submissions") == [(1,)]
    assert rows(warehouse, 'SELECT pipes FROM "form_visit@2".submissions') == [("a few",)]


def test_a_project_that_makes_a_shared_column_text_moves_out_with_its_rows(warehouse: Warehouse) -> None:
    repeat = "| | begin_repeat | tap | Tap |\n| | text | tap_name | Name |\n| | end_repeat | | |"
    number = a_form(a_version(f"| | integer | pipes | Pipes |\n{repeat}", "1"))
    words = a_form(a_version(f"| | text | pipes | Pipes |\n{repeat}", "2"))
    ledger = Ledger()
    for project_id in (1, 2):
        ledger.form(number, project_id=project_id)
        values = {"pipes": str(project_id), "tap": [{"tap_name": f"of {project_id}"}]}
        ledger.submission(an_instance(number, values), project_id, project_id=project_id)
    ledger.form(words, project_id=2)
    ledger.submission(an_instance(words, {"pipes": "a few"}), 3, project_id=2)
    ledger.submission(an_instance(number, {"pipes": "9"}), 4)
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT pipes FROM form_visit.submissions ORDER BY _seq") == [(1,), (9,)]
    assert rows(warehouse, "SELECT tap_name FROM form_visit.tap") == [("of 1",)]
    assert rows(warehouse, 'SELECT pipes FROM "form_visit@2".submissions ORDER BY _seq') == [
        ("2",),
        ("a few",),
    ]
    assert rows(warehouse, 'SELECT tap_name FROM "form_visit@2".tap') == [("of 2",)]
    assert rows(warehouse, "SELECT project_id, version, table_schema FROM form_version ORDER BY seq") == [
        (1, "1", "form_visit"),
        (2, "1", "form_visit@2"),
        (2, "2", "form_visit@2"),
    ]


def test_no_two_forms_share_tables() -> None:
    names = ["visit", "Visit", "VISIT", "visit@2", "vi%sit", "vi%25sit", "баш", 'a"b', "a b", "a_b", "main"]
    made = [schema_name(name) for name in names] + [schema_name("visit", 2), schema_name("Visit", 2)]
    assert len({name.lower() for name in made}) == len(made)
