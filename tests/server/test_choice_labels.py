"""Choices that lie in files beside a form come out in the words that a phone showed.

- The column `label` of CSV, XML and GeoJSON files, or the one the form names; texts of the form by language.
- search() by the columns that the choices sheet names, select_one_external by itemsets.csv, by language.
- Entities by their label, deleted ones too; what has no label stays a code; codes stay codes without labels.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import openpyxl
import pytest

from analytics.exports import choice_labels
from tests.make import an_instance
from tests.server.conftest import RunningHere

ALL = "/v1/projects/1/forms/files/submissions"
WELL = "11111111-1111-4111-8111-111111111111"
GONE = "22222222-2222-4222-8222-222222222222"
FORM = """
| survey |
| | type | name | label::Кыргызча (ky) | label::English (en) | appearance | parameters | choice_filter |
| | select_one_from_file towns.csv | town | Шаар | Town | | | |
| | select_multiple_from_file towns.csv | towns | Шаарлар | Towns | | label=short, value=code | |
| | select_one_from_file roads.xml | road | Жол | Road | | | |
| | select_one_from_file places.geojson | place | Жер | Place | | | |
| | select_one_from_file wells.csv | well | Кудук | Well | | | |
| | select_one found | found | Табылган | Found | search('found') | | |
| | text | region | Аймак | Region | | | |
| | select_one_external streets | street | Көчө | Street | | | region=${region} |
| choices |
| | list_name | name | label::Кыргызча (ky) | label::English (en) |
| | found | key | ky_name | en_name, more |
| | found | 99 | Башка | Other |
| external_choices |
| | list_name | name | label::Кыргызча (ky) | label::English (en) | region |
| | streets | a | Манас | Manas street | osh |
| | other | a | Эмес | Not this | osh |
| settings |
| | form_id | form_title | version |
| | files | Files | 1 |
"""
FILES = {
    "towns.csv": "name,label,code,short\nosh,Ош шаары,1,Ош\nbish,\"Бишкек, шаар\",2,Биш\n",
    "roads.xml": "<root><item><name>m41</name><label>Памир жолу</label></item></root>",
    "places.geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","id":"p1","geometry":null,'
    '"properties":{"title":"Сулайман-Тоо"}}]}',
    "found.csv": "key,ky_name,en_name,more\nk1,Биринчи,First,1st\n",
}  # fmt: skip
ANSWERS = {
    "town": "bish",
    "towns": "2 1 3",
    "road": "m41",
    "place": "p1",
    "well": WELL,
    "found": "k1",
    "street": "a",
}


@pytest.fixture(scope="module")
def viewer(server: RunningHere) -> Iterator[httpx.Client]:
    manager = server.program("manager")
    manager.post("/v1/projects/1/datasets", json={"name": "wells"})
    for name, label in ((WELL, "Терең кудук"), (GONE, "Жабылган")):
        made = manager.post("/v1/projects/1/datasets/wells/entities", json={"uuid": name, "label": label})
        assert made.status_code == 200, made.text
    text = "\n".join(line.strip() for line in FORM.splitlines()).encode()
    made = manager.post(
        "/v1/projects/1/forms?ignoreWarnings=true", content=text, headers={"Content-Type": "text/markdown"}
    )
    assert made.status_code == 200, made.text
    for name, content in FILES.items():
        sent = manager.post(f"/v1/projects/1/forms/files/draft/attachments/{name}", content=content.encode())
        assert sent.status_code == 200, sent.text
    assert manager.post("/v1/projects/1/forms/files/draft/publish").status_code == 200
    schema = server.store.forms.versions(1, "files")[0].schema
    phone = server.phone()
    assert phone.send(an_instance(schema, ANSWERS, instance_id="uuid:1")).accepted
    other = {"town": "nowhere", "well": GONE, "found": "99"}
    assert phone.send(an_instance(schema, other, instance_id="uuid:2")).accepted
    manager.delete(f"/v1/projects/1/datasets/wells/entities/{GONE}")
    yield server.program("viewer")


def rows(viewer: httpx.Client, labels: str) -> list[dict[str, str]]:
    reply = viewer.get(f"{ALL}.csv", params={"labels": labels})
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


@pytest.mark.parametrize("few", [50, 0])  # few stand in the query, many are looked up in a table
def test_a_file_s_labels_are_those_a_phone_shows(
    viewer: httpx.Client, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(choice_labels, "FEW", few)
    other, row = rows(viewer, "ky")
    told = {name: row[name] for name in ("Шаар", "Шаарлар", "Жол", "Жер", "Кудук", "Табылган", "Көчө")}
    assert told == {
        "Шаар": "Бишкек, шаар",
        "Шаарлар": "Биш; Ош; 3",
        "Жол": "Памир жолу",
        "Жер": "Сулайман-Тоо",
        "Кудук": "Терең кудук",
        "Табылган": "Биринчи",
        "Көчө": "Манас",
    }
    assert [other[name] for name in ("Шаар", "Кудук", "Табылган", "Жол")] == [
        "nowhere",
        "Жабылган",
        "Башка",
        "",
    ]


@pytest.mark.parametrize("few", [50, 0])
def test_every_format_has_them(
    viewer: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, few: int
) -> None:
    monkeypatch.setattr(choice_labels, "FEW", few)
    book = openpyxl.load_workbook(io.BytesIO(viewer.get(f"{ALL}.xlsx?labels=ky").content))
    header, *_, row = book.active.iter_rows(values_only=True)  # type: ignore[union-attr]
    told = dict(zip(header, row, strict=True))
    assert (told["Шаар"], told["Шаарлар"], told["Кудук"]) == ("Бишкек, шаар", "Биш; Ош; 3", "Терең кудук")
    packed = zipfile.ZipFile(io.BytesIO(viewer.get(f"{ALL}.parquet.zip?labels=ky").content))
    packed.extractall(tmp_path)
    with duckdb.connect() as db:
        rows = db.execute(f"SELECT Шаар, Шаарлар FROM '{tmp_path / packed.namelist()[0]}'").fetchall()
    assert rows == [("nowhere", None), ("Бишкек, шаар", ["Биш", "Ош", "3"])]
    features = viewer.get(f"{ALL}.geojson?labels=ky&fieldpath=all").json()["features"]
    assert features[1]["properties"]["Жол"] == "Памир жолу"


def test_each_language_has_its_own_words(viewer: httpx.Client) -> None:
    other, row = rows(viewer, "en")
    assert [row[name] for name in ("Found", "Street", "Town")] == [
        "First, 1st",
        "Manas street",
        "Бишкек, шаар",
    ]
    assert other["Found"] == "Other"
    (_, coded) = csv.DictReader(io.StringIO(viewer.get(f"{ALL}.csv").text))
    assert {name: coded[name] for name in ANSWERS} == ANSWERS
