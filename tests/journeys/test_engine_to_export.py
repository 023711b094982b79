"""Filled-in forms of ODK's own engine, from phone to export: 200 of each questionnaire, in three languages.

- The phone gets form and files as Collect does, fills in what it got, and every sending is taken.
- A large sending in parts, and a sending repeated, count once.
- Every answer stands in the CSV of its form or repeat as it was given, with the key of its row.
- Every answer stands in the reading as a value of its type; every file is the one that was sent.
- A respondent's token is in neither of them.
- Afterwards the ledger and everything derived from it are whole, and come out equal when made anew.

The instances are read here with the standard library alone, so nothing of ours checks itself.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from forms.evaluation import SUBTYPES
from forms.scheme import read_scheme
from tests.engine.engine import Filled, fill
from tests.journeys.front_door import FrontDoor
from tests.journeys.terminal import type_all
from tests.phone import OnDevice, Phone

pytestmark = pytest.mark.engine

XLSFORMS = Path(__file__).resolve().parents[2] / "xlsforms"
WORKBOOKS = sorted(XLSFORMS.glob("*.xlsx"))
FORMS = [path.stem for path in WORKBOOKS]
COUNT = 200
LANGUAGES = ("ky", "ru", "en")
XF = "{http://www.w3.org/2002/xforms}"
Rows = list[dict[str, str]]
Cells = dict[str, str]


@dataclass(slots=True)
class Leaves:
    """One instance as it stands: path -> text of its own questions; repeat -> key -> (parent, its cells)."""

    values: Cells = field(default_factory=dict)
    rows: dict[str, dict[str, tuple[str, Cells]]] = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """What the XForm says of its questions: types by path, which take several choices, what repeats."""

    types: dict[str, str]
    several: set[str]
    repeats: set[str]


@dataclass(slots=True)
class Sent:
    """One filled-in form that arrived."""

    instance_id: str
    leaves: Leaves
    files: dict[str, bytes]


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


def send(phone: Phone, filled: Filled, asked: Asked, number: int) -> Sent:
    """Send as Collect does: whole, or every third in parts, and every fourth once more."""
    xml = filled.xml_path.read_bytes()
    files = {path.name: path.read_bytes() for path in filled.media_paths}
    in_parts = number % 3 == 0
    sent = phone.send(xml, files, accept=len(xml) + 1 if in_parts else None)
    assert sent.statuses == (201,) * (max(1, len(files)) if in_parts else 1), sent
    if number % 4 == 0:
        again = phone.send(xml, files)
        assert again.statuses == (201,), again
    leaves = read_instance(xml, asked)
    return Sent(leaves.values["/meta/instanceID"], leaves, files)


def read_form(form: OnDevice) -> Asked:
    root = ElementTree.fromstring(form.xml)
    model = root.find(f".//{XF}model")
    assert model is not None
    primary = model.find(f"{XF}instance/*")
    assert primary is not None
    name = primary.tag.rpartition("}")[2]

    def path(reference: str | None) -> str:
        assert reference is not None
        assert reference.startswith(f"/{name}/"), reference
        return reference.removeprefix(f"/{name}")

    return Asked(
        {path(bind.get("nodeset")): bind.get("type", "string") for bind in model.iter(f"{XF}bind")},
        {path(control.get("ref")) for control in root.iter(f"{XF}select")},
        {path(repeat.get("nodeset")) for repeat in root.iter(f"{XF}repeat")},
    )


def read_instance(xml: bytes, asked: Asked) -> Leaves:
    leaves = Leaves()
    root = ElementTree.fromstring(xml)
    key = next(each.text or "" for each in root.iter() if each.tag.endswith("instanceID"))

    def walk(element: ElementTree.Element, path: str, key: str, values: Cells) -> None:
        counts: dict[str, int] = {}
        for child in element:
            name = child.tag.rpartition("}")[2]
            below = f"{path}/{name}"
            if any(word.endswith("template") for word in child.attrib):
                continue
            if below in asked.repeats:
                counts[below] = counts.get(below, 0) + 1
                own, cells = f"{key}{path_in(below, asked)}[{counts[below]}]", {}
                leaves.rows.setdefault(below, {})[own] = (key, cells)
                walk(child, below, own, cells)
            elif len(child):
                walk(child, below, key, values)
            else:
                values[below] = child.text or ""

    walk(root, "", key, leaves.values)
    return leaves


def path_in(repeat: str, asked: Asked) -> str:
    """The way from the row around a repeat, or from the form, to the repeat."""
    around = max((other for other in asked.repeats if repeat.startswith(f"{other}/")), key=len, default="")
    return repeat.removeprefix(around)


def expected_cells(header: str, text: str, type: str, several: bool) -> Iterator[tuple[str, object]]:
    """Column -> the value that has to stand in it."""
    if type == "geopoint":
        numbers = [float(part) for part in text.split()] if text else []
        for place, part in enumerate(("Latitude", "Longitude", "Altitude", "Accuracy")):
            yield f"{header}-{part}", numbers[place] if place < len(numbers) else None
    else:
        yield header, value_of(text, type, several) if text else None


def value_of(text: str, type: str, several: bool) -> object:
    if several:
        return text.split()
    if type == "int":
        return int(text)
    if type == "decimal":
        return float(text)
    if type == "date":
        return date.fromisoformat(text)
    return text


def value_in_csv(cell: str, type: str, several: bool) -> object:
    """What a program reads in a cell; a text that a spreadsheet could run has an apostrophe before it."""
    if not cell:
        return None
    if type in ("string", "barcode") and re.match(r"'[=+@\t\r-]", cell):
        cell = cell[1:]
    return float(cell) if type == "geopoint" else value_of(cell, type, several)


def answers_in(values: Cells, asked: Asked, base: str) -> dict[str, tuple[object, str, bool]]:
    """Column -> (value, type, several) of everything that was answered."""
    found = {}
    for path, text in values.items():
        type, several = asked.types.get(path, "string"), path in asked.several
        for column, value in expected_cells(path[len(base) + 1 :].replace("/", "-"), text, type, several):
            found[column] = (value, type, several)
    return found


def rows_of(packed: zipfile.ZipFile, name: str) -> Rows:
    return list(csv.DictReader(io.StringIO(packed.read(name).decode("utf-8"), newline="")))


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
            compared += compare_repeat(journey, form_id, repeat, rows_of(packed, csv_of(form_id, repeat)))
    assert compared > COUNT * 10


OF_THE_SERVER = {
    "SubmissionDate", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected",
    "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
}  # fmt: skip


def csv_of(form_id: str, repeat: str) -> str:
    return f"{form_id}-{repeat.rpartition('/')[2]}.csv"


def compare_repeat(journey: Journey, form_id: str, repeat: str, rows: Rows) -> int:
    """All rows of one repeat, in both directions; how many answers were compared."""
    asked, compared = journey.asked[form_id], 0
    by_key = {row["KEY"]: row for row in rows}
    expected = {
        key: given
        for sent in journey.sent[form_id]
        for key, given in sent.leaves.rows.get(repeat, {}).items()
    }
    assert by_key.keys() == expected.keys()
    assert len(by_key) == len(rows)
    for key, (parent, cells) in expected.items():
        assert by_key[key]["PARENT_KEY"] == parent
        for column, (value, type, several) in answers_in(cells, asked, repeat).items():
            assert value_in_csv(by_key[key][column], type, several) == value, (key, column)
            compared += value is not None
    return compared


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


def typed(text: str, type: str, several: bool) -> object:
    if several:
        return text.split()
    match type:
        case "int" | "decimal" | "date":
            return value_of(text, type, several)
        case "boolean":
            return text in ("true", "1")
        case "time":
            return time.fromisoformat(text).replace(tzinfo=None)
        case "dateTime":
            return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
        case "geopoint":
            numbers = [*(float(part) for part in text.split()), None, None, None, None]
            return dict(zip(("lat", "lon", "alt", "acc"), numbers, strict=False))
    return text


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
