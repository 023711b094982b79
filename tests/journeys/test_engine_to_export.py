"""Filled-in forms of ODK's own engine, from phone to export: 200 of each questionnaire, in three languages.

- The phone gets form and files as Collect does, fills in what it got, and every sending is taken.
- A large sending in parts, and a sending repeated, count once.
- Every answer stands in the CSV of its form or repeat as it was given, with the key of its row.
- Every answer stands in the reading as a value of its type; every file is the one that was sent.
- A respondent's token is in neither of them.
- Afterwards the ledger and everything derived from it are whole, and come out equal when made anew.

The instances are read with the standard library alone (tests/engine/instances.py).
"""

from __future__ import annotations

import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from forms.evaluation import SUBTYPES
from forms.scheme import read_scheme
from tests.engine.engine import Filled, fill
from tests.engine.instances import (
    OF_THE_SERVER,
    Asked,
    Sent,
    answers_in,
    compare_repeat,
    csv_of,
    read_form,
    rows_of,
    send,
    typed,
    value_in_csv,
)
from tests.journeys.front_door import FrontDoor
from tests.journeys.terminal import type_all

pytestmark = pytest.mark.engine

XLSFORMS = Path(__file__).resolve().parents[2] / "xlsforms"
WORKBOOKS = sorted(XLSFORMS.glob("*.xlsx"))
FORMS = [path.stem for path in WORKBOOKS]
COUNT = 200
LANGUAGES = ("ky", "ru", "en")


@dataclass(slots=True)
class Journey:
    """Everything that was sent, by form, and the door it went through."""

    door: FrontDoor
    asked: dict[str, Asked]
    sent: dict[str, list[Sent]]
    exports: Path

    def export_all(self, name: str) -> None:
        """Write the zip of every form as `baikoo export` does."""
        type_all(
            *(["export", form_id, self.exports / f"{form_id}-{name}.zip"] for form_id in FORMS),
            data=self.door.data,
        )

    def exported(self, form_id: str, name: str = "first") -> zipfile.ZipFile:
        return zipfile.ZipFile(self.exports / f"{form_id}-{name}.zip")


@pytest.fixture(scope="module")
def journey(front_door: FrontDoor, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    door, folder = front_door, tmp_path_factory.mktemp("filled")
    door.baikoo("publish", *map(str, WORKBOOKS))
    objects = []
    for object_type, subtypes in SUBTYPES.items():
        for subtype in subtypes:
            objects.append(f"{object_type}-{subtype}".lower())
            door.register(object_type, subtype, objects[-1])
    door.open_round("all", FORMS, objects)
    phone = door.phones[0]
    on_device = {form.form_id: form for form in phone.forms.values()}
    assert all(form.media.keys() == {"villages.csv", "objects.csv"} for form in on_device.values())

    def filled_in(form_id: str) -> list[Filled]:
        form = on_device[form_id]
        return fill(form.xml, form.media, folder / form_id, COUNT, seed=3, languages=LANGUAGES)

    with ThreadPoolExecutor(2) as two:
        filled = dict(zip(FORMS, two.map(filled_in, FORMS), strict=True))
    asked = {form_id: read_form(on_device[form_id]) for form_id in FORMS}
    sent = {
        form_id: [
            send(door.phones[number % 3], each, asked[form_id], number)
            for number, each in enumerate(filled[form_id])
        ]
        for form_id in FORMS
    }
    assert {each.language[-3:-1] for each in filled[FORMS[0]]} == set(LANGUAGES)
    journey = Journey(door, asked, sent, tmp_path_factory.mktemp("exports"))
    journey.export_all("first")
    return journey


def with_role(journey: Journey, form_id: str, role: str) -> str:
    """The path of the question with a role, as the workbook gives it."""
    scheme = read_scheme((XLSFORMS / f"{form_id}.xlsx").read_bytes()).scheme
    assert scheme is not None
    name = scheme.roles[role]
    [path] = [path for path in journey.asked[form_id].types if path.rpartition("/")[2] == name]
    return path


@pytest.mark.parametrize("form_id", FORMS)
def test_everything_that_was_filled_in_arrived_once(journey: Journey, form_id: str) -> None:
    listed = journey.door.read_submissions(form_id)
    assert len(listed) == len({each.instance_id for each in journey.sent[form_id]}) == COUNT
    assert {each["instanceId"] for each in listed} == {each.instance_id for each in journey.sent[form_id]}
    # who does not consent is asked for no object, and belongs to no round
    question = with_role(journey, form_id, "object")
    named = {sent.instance_id for sent in journey.sent[form_id] if sent.leaves.values.get(question)}
    assert len(named) > COUNT / 2
    assert {each["instanceId"] for each in listed if each["roundId"] == "all"} == named
    for each in listed[:20]:
        files = journey.door.coordinator.get(
            f"/v1/projects/1/forms/{form_id}/submissions/{each['instanceId']}/attachments"
        ).json()
        assert all(file["exists"] for file in files)


@pytest.mark.parametrize("form_id", FORMS)
def test_every_answer_stands_in_the_export(journey: Journey, form_id: str) -> None:
    asked, secret = journey.asked[form_id], with_role(journey, form_id, "token")
    compared = 0
    with journey.exported(form_id) as packed:
        rows = {row["KEY"]: row for row in rows_of(packed, f"{form_id}.csv")}
        assert len(rows) == COUNT
        assert secret[1:].replace("/", "-") not in next(iter(rows.values()))
        for sent in journey.sent[form_id]:
            row = rows[sent.instance_id]
            values = {path: text for path, text in sent.leaves.values.items() if path != secret}
            for column, (value, type, several) in answers_in(values, asked, "").items():
                assert value_in_csv(row[column], type, several) == value, (sent.instance_id, column)
                compared += value is not None
            told = set(answers_in(values, asked, ""))
            others = {column for column, cell in row.items() if cell and column not in told} - OF_THE_SERVER
            assert not others, (sent.instance_id, others)
            assert int(row["AttachmentsPresent"]) == int(row["AttachmentsExpected"]) == len(sent.files)
        for repeat in asked.repeats:
            compared += compare_repeat(
                journey.sent[form_id], asked, repeat, rows_of(packed, csv_of(form_id, repeat))
            )
    assert compared > COUNT * 10


@pytest.mark.parametrize("form_id", FORMS)
def test_every_file_is_the_one_that_was_sent(journey: Journey, form_id: str) -> None:
    with journey.exported(form_id) as packed:
        named = {name for name in packed.namelist() if name.startswith("media/")}
        assert named
        sent = {
            f"media/{name}": content for each in journey.sent[form_id] for name, content in each.files.items()
        }
        assert named == sent.keys()
        assert all(packed.read(name) == content for name, content in sent.items())


@pytest.mark.parametrize("form_id", FORMS)
def test_every_answer_is_a_value_of_its_type_in_the_reading(journey: Journey, form_id: str) -> None:
    asked, secret = journey.asked[form_id], with_role(journey, form_id, "token")
    with journey.door.server.context.warehouse.read() as db:
        [(schema,)] = db.execute(
            "SELECT table_schema FROM form_version WHERE form_id = $1", [form_id]
        ).fetchall()
        placed = db.execute(
            "SELECT path, table_name, column_name FROM form_column WHERE table_schema = $1", [schema]
        ).fetchall()
        columns = {path: (table, column) for path, table, column in placed}
        tables = {}
        for table in {table for table, _ in columns.values()}:
            found = db.execute(f'SELECT * FROM "{schema}"."{table}"')
            names = [column[0] for column in found.description]
            of_repeat = "_key" in names
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            tables[table] = {row["_key" if of_repeat else "_instance_id"]: row for row in rows}
    assert secret not in columns
    for sent in journey.sent[form_id]:
        rows = {sent.instance_id: sent.leaves.values}
        rows |= {key: cells for each in sent.leaves.rows.values() for key, (_, cells) in each.items()}
        for key, cells in rows.items():
            for path, text in cells.items():
                if path == secret:
                    continue
                table, column = columns[path]
                row = tables[table][key]
                expected = (
                    typed(text, asked.types.get(path, "string"), path in asked.several) if text else None
                )
                assert row[column] == expected, (key, path, text)
                assert type(row[column]) is type(expected), (key, path)
                assert (column in row["_empty"]) == (not text), (key, path)
                assert not row["_misfit"], (key, row["_misfit"])


def test_what_is_derived_comes_out_equal_when_made_anew(journey: Journey) -> None:
    door = journey.door
    for form_id in FORMS:
        assert door.accept_the_rest(form_id) == COUNT
    door.close_round("all")
    door.publish_round("all")
    said = door.baikoo("verify")
    assert "Everything is whole" in said
    assert "Rounds computed again with equal scores: 1." in said
    before = contents(journey, "before")
    results = door.read("/v1/rounds/all")
    head = door.read("/v1/ledger/head")
    assert "was rebuilt" in door.baikoo("rebuild")
    assert contents(journey, "after") == before
    assert door.read("/v1/rounds/all") == results
    assert door.read("/v1/ledger/head") == head
    assert "The tables agree with the ledger." in door.baikoo("verify")


def contents(journey: Journey, name: str) -> dict[str, bytes]:
    """Every file of every export, by form and name."""
    journey.export_all(name)
    found = {}
    for form_id in FORMS:
        with journey.exported(form_id, name) as packed:
            found |= {f"{form_id}/{each}": packed.read(each) for each in packed.namelist()}
    return found
