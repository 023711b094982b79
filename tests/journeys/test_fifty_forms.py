"""Fifty forms with every kind of question, appearance and entity, from a phone to CSV and OData.

- A designer uploads workbook and files; the phone gets them; ODK's engine fills what the phone got.
- Every sending is taken; every answer stands in the CSV and in OData with its type, and nothing else does.
- The entity lists on the server are as the phone's own list says: after what was made and changed with no
  network, sent in order or not, and from repeats too.

The forms are in tests/engine/fifty; the files beside them in its folder media, named by the form's number.
"""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.engine.engine import Filled, fill
from tests.engine.instances import (
    OF_THE_SERVER,
    Asked,
    Cells,
    Sent,
    answers_in,
    compare_repeat,
    csv_of,
    read_form,
    read_instance,
    rows_of,
    send,
    value_in_csv,
)
from tests.engine.own_lists import OwnLists
from tests.journeys.front_door import FrontDoor, as_xlsx
from tests.phone import OnDevice, Phone

pytestmark = pytest.mark.engine

FOLDER = Path(__file__).resolve().parents[1] / "engine" / "fifty"
WORKBOOKS = sorted(FOLDER.glob("*.md"))
FORMS = [path.stem[3:] for path in WORKBOOKS]
OF_ENTITIES = [form_id for form_id in FORMS if form_id.startswith(("entity", "entities"))]
COUNT = 8
PICTURE = b"\x89PNG\r\n\x1a\n"
PATIENCE_S = 20.0
Json = Any


@dataclass(slots=True)
class Journey:
    door: FrontDoor
    forms: dict[str, OnDevice]
    asked: dict[str, Asked]
    sent: dict[str, list[Sent]] = field(default_factory=dict)
    own: OwnLists = field(default_factory=OwnLists)


@pytest.fixture(scope="module")
def journey(front_door: FrontDoor, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    folder = tmp_path_factory.mktemp("filled")
    for path in WORKBOOKS:
        publish(front_door, path)
    phone = front_door.phones[0]
    phone.refresh()
    forms = {form.form_id: form for form in phone.forms.values()}
    journey = Journey(front_door, forms, {form_id: read_form(forms[form_id]) for form_id in FORMS})
    plain = [form_id for form_id in FORMS if form_id not in OF_ENTITIES]

    def filled_in(form_id: str) -> list[Filled]:
        form = forms[form_id]
        last = f'<data id="{form_id}"><street>Көчө</street></data>'.encode()  # what a phone keeps for itself
        return fill(form.xml, {**form.media, "last-saved": last}, folder / form_id, COUNT, seed=5)

    with ThreadPoolExecutor(2) as two:
        filled = dict(zip(plain, two.map(filled_in, plain), strict=True))
    for form_id in plain:
        journey.sent[form_id] = [
            send(front_door.phones[number % 3], each, journey.asked[form_id], number)
            for number, each in enumerate(filled[form_id])
        ]
    work_on_entities(journey, folder)
    return journey


def publish(door: FrontDoor, path: Path) -> None:
    """Upload a workbook and its files, and publish: as a designer's program does in ODK Central."""
    address, form_id = "/v1/projects/1/forms", path.stem[3:]
    done = door.designer.post(
        address,
        params={"publish": "false", "ignoreWarnings": "true"},
        headers={
            "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "X-XlsForm-FormId-Fallback": form_id,
        },
        content=as_xlsx(path.read_text("utf-8")),
    )
    assert done.status_code == 200, (form_id, done.text)
    files = {each.name[3:]: each.read_bytes() for each in (FOLDER / "media").glob(f"{path.name[:2]}_*")}
    wanted = door.designer.get(f"{address}/{form_id}/draft/attachments").json()
    for slot in wanted:
        name = slot["name"]
        content = PICTURE if name.endswith(".png") else files.get(name)
        if content is None:
            continue  # an entity list fills it
        done = door.designer.post(f"{address}/{form_id}/draft/attachments/{quote(name)}", content=content)
        assert done.status_code == 200, (form_id, name, done.text)
    done = door.designer.post(f"{address}/{form_id}/draft/publish")
    assert done.status_code == 200, (form_id, done.text)


# ---- entities: one phone for days without a network, then everything is sent ------------------------------


def work_on_entities(journey: Journey, folder: Path) -> None:
    """Make, check, mend and describe wells and houses; the phone knows of them at once, the server later."""
    phone = journey.door.phones[0]
    waiting: list[tuple[str, Filled]] = []

    def fill_in(form_id: str, times: int, seed: int) -> None:
        for number in range(times):
            form, place = journey.forms[form_id], folder / f"{form_id}-{seed}-{number}"
            media = {name: journey.own.as_csv(name.removesuffix(".csv")) for name in form.media}
            [filled] = fill(form.xml, media, place, 1, seed=seed * 100 + number)
            journey.own.finalise(form.xml, filled.xml_path.read_bytes())
            waiting.append((form_id, filled))

    def send_all(order: int) -> None:
        for number, (form_id, filled) in enumerate(waiting[::order]):
            sent = send(phone, filled, journey.asked[form_id], number)
            journey.sent.setdefault(form_id, []).append(sent)
        waiting.clear()

    fill_in("entity_create", 4, 1)
    fill_in("entity_create_if", 4, 2)
    fill_in("entities_in_repeat", 3, 3)
    fill_in("entity_update", 5, 4)  # of wells that the server has never seen
    send_all(1)
    agree(journey)
    journey.own.merge("wells", served_to_phones(journey.door.phones[1]))
    fill_in("entity_update", 4, 5)
    fill_in("entity_upsert", 6, 6)
    fill_in("entity_update", 6, 7)
    send_all(-1)  # the last one first: what builds on others waits for them


def served_to_phones(phone: Phone) -> bytes:
    answer = phone.get(f"{phone.server_url}/forms/entity_update/attachments/wells.csv")
    assert answer.status_code == 200, answer.text
    return answer.content


def agree(journey: Journey) -> None:
    """Every list on the server says of every entity what the phone's own list says."""
    for name, known in journey.own.lists.items():
        expected = {
            key: (own.label, {k: v for k, v in own.properties.items() if v}) for key, own in known.items()
        }
        until = time.monotonic() + PATIENCE_S
        while (got := entities(journey, name)) != expected and time.monotonic() < until:
            time.sleep(0.1)
        assert got == expected, name


def entities(journey: Journey, name: str) -> dict[str, tuple[str, dict[str, str]]]:
    text = journey.door.coordinator.get(f"/v1/projects/1/datasets/{name}/entities.csv")
    assert text.status_code == 200, text.text
    rows = csv.DictReader(io.StringIO(text.text, newline=""))
    return {
        row["__id"]: (row["label"], {k: v for k, v in row.items() if v and k != "label" and k[:2] != "__"})
        for row in rows
    }


def test_there_are_fifty_forms_and_the_engine_filled_them_all(journey: Journey) -> None:
    assert len(FORMS) == 50
    assert journey.sent.keys() == set(FORMS)
    assert all(len(journey.sent[form_id]) >= 3 for form_id in FORMS)


def test_the_entities_are_as_the_phones_own_list_says(journey: Journey) -> None:
    assert journey.own.lists.keys() == {"wells", "taps", "houses"}
    assert sum(own.version > 1 for own in journey.own.lists["wells"].values()) >= 2
    agree(journey)


@pytest.mark.parametrize("form_id", FORMS)
def test_every_answer_stands_in_the_csv(journey: Journey, form_id: str) -> None:
    asked, sent_forms = journey.asked[form_id], journey.sent[form_id]
    answer = journey.door.coordinator.get(f"/v1/projects/1/forms/{form_id}/submissions.csv.zip")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        rows = {row["KEY"]: row for row in rows_of(packed, f"{form_id}.csv")}
        assert rows.keys() == {sent.instance_id for sent in sent_forms}
        for sent in sent_forms:
            row, told = rows[sent.instance_id], answers_in(sent.leaves.values, asked, "")
            for column, (value, type, several) in told.items():
                assert value_in_csv(row[column], type, several) == value, column
            others = {column for column, cell in row.items() if cell and column not in told} - OF_THE_SERVER
            assert not others
            assert int(row["AttachmentsPresent"]) == int(row["AttachmentsExpected"]) == len(sent.files)
        for repeat in asked.repeats:
            compare_repeat(sent_forms, asked, repeat, rows_of(packed, csv_of(form_id, repeat)))
        media = {name for name in packed.namelist() if name.startswith("media/")}
        assert len(media) == sum(len(sent.files) for sent in sent_forms)


# ---- OData -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form_id", FORMS)
def test_every_answer_stands_in_odata(journey: Journey, form_id: str) -> None:
    rows: dict[str, Json] = {}
    address: str | None = f"/v1/projects/1/forms/{form_id}.svc/Submissions?$expand=*&$top=3"
    while address is not None:
        page = journey.door.coordinator.get(address)
        assert page.status_code == 200, page.text
        rows |= {row["__id"]: row for row in page.json()["value"]}
        address = page.json().get("@odata.nextLink")
    sent_forms, asked = journey.sent[form_id], journey.asked[form_id]
    assert rows.keys() == {sent.instance_id for sent in sent_forms}
    for sent in sent_forms:
        compare_row(rows[sent.instance_id], sent.leaves.values, asked, "")
        for repeat, given in sent.leaves.rows.items():
            found = {row["__id"]: row for row in rows_at(rows[sent.instance_id], repeat)}
            assert len(found) == len(given), repeat
            told = [cells for _, cells in given.values()]
            for row, cells in zip(in_order(found, rows[sent.instance_id], repeat), told, strict=True):
                compare_row(row, cells, asked, repeat)


def rows_at(row: Json, repeat: str) -> list[Json]:
    """The rows of a repeat, which may lie in the rows of another, in their order."""
    here = [row]
    for step in repeat[1:].split("/"):
        inner = [each[plain(step)] for each in here if each.get(plain(step)) is not None]
        here = [each for one in inner for each in (one if isinstance(one, list) else [one])]
    return here


def in_order(found: dict[str, Json], row: Json, repeat: str) -> list[Json]:
    return [found[each["__id"]] for each in rows_at(row, repeat)]


def compare_row(row: Json, cells: Cells, asked: Asked, base: str) -> None:
    for path, text in cells.items():
        value = row
        for step in path[len(base) + 1 :].split("/"):
            value = value[plain(step)] if value is not None else None
        if isinstance(value, dict) and value.get("type") in ("LineString", "Polygon"):
            value = {key: value[key] for key in ("type", "coordinates")}
        assert value == odata_value(text, asked.types.get(path, "string")), path


def plain(name: str) -> str:
    """A name as OData allows it."""
    if not re.match("[A-Za-z_]", name):
        name = "_" + name
    return re.sub("[^A-Za-z0-9_]+", "_", name)


def odata_value(text: str, type: str) -> object:
    if not text:
        return None
    match type:
        case "int":
            return int(text)
        case "decimal":
            return float(text)
        case "geopoint":
            lat, lon, alt, accuracy = (float(part) for part in text.split())
            point = {"type": "Point", "coordinates": [lon, lat, alt]}
            return {**point, "properties": {"accuracy": accuracy}}
        case "geotrace" | "geoshape":
            points = [[float(part) for part in each.split()] for each in text.split(";") if each.strip()]
            line = [[lon, lat, alt] for lat, lon, alt, _ in points]
            if type == "geotrace":
                return {"type": "LineString", "coordinates": line}
            return {"type": "Polygon", "coordinates": [line]}
        case "date":
            return date.fromisoformat(text).isoformat()
        case "dateTime":
            return datetime.fromisoformat(text).isoformat(timespec="milliseconds")
    return text


def test_what_is_read_again_is_the_same(journey: Journey) -> None:
    """The instance of every form is kept byte for byte."""
    for form_id in FORMS:
        for sent in journey.sent[form_id][:2]:
            answer = journey.door.coordinator.get(
                f"/v1/projects/1/forms/{form_id}/submissions/{sent.instance_id}.xml"
            )
            again = read_instance(answer.content, journey.asked[form_id])
            assert (again.values, again.rows) == (sent.leaves.values, sent.leaves.rows)
