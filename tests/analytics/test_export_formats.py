"""Submissions as a workbook, as Parquet and as GeoJSON.

- A workbook has a sheet per table under a name Excel takes; texts are never formulas, numbers and dates are
  ones; more rows than Excel has go on in a second sheet; nothing is left in the folder for passing files.
- Parquet has the types of the answers and a name for every column.
- GeoJSON has a feature per submission: the first place, a chosen one, one in a repeat, or all; what is no
  place on Earth is none.
- All of them have the options of the CSV, leave out what a reader may not see, and work in memory.
"""

from __future__ import annotations

import datetime
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest

from analytics.exports import workbook
from analytics.exports.geojson import PlaceUnknown, geometry_of, submissions_geojson
from analytics.exports.parquet import submissions_parquet, unlike
from analytics.exports.submissions_csv import CsvWanted
from analytics.exports.workbook import sheet_name, submissions_xlsx
from analytics.scratch import ScratchSubmission, ScratchVersion, scratch_reading
from analytics.warehouse import Warehouse
from forms.errors import FormNotFound
from tests.ledger import CUSTOMS, NOON, Ledger, a_warehouse, an_id
from tests.make import a_form, an_instance

SURVEY = """
| survey |
| | type | name | label::English (en) | label::Кыргызча (ky) |
| | text | remark | Remark | Эскертүү |
| | integer | count | Count | Саны |
| | date | day | Day | Күнү |
| | dateTime | seen | Seen | Көрүлгөн |
| | select_multiple faults | faults | Faults | Кемчиликтер |
| | geopoint | place | Place | Жери |
| | geotrace | way | Way | Жолу |
| | begin_repeat | tap | Tap | Чорго |
| | text | remark | Name | Аты |
| | geopoint | spot | Spot | Чекит |
| | end_repeat | | | |
| choices |
| | list_name | name | label::English (en) | label::Кыргызча (ky) |
| | faults | dry | Dry | Кургак |
| | faults | bent | Bent | Кыйшык |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
FORM = a_form(SURVEY)
FULL = {
    "/remark": "=1+1",
    "count": "-5",
    "day": "2026-05-01",
    "seen": "2026-05-01T12:00:00.000+06:00",
    "faults": "dry bent",
    "place": "42.5 74.5 800 5",
    "way": "42 74 0 0; 43 75 0 0",
    "tap": [{"/tap/remark": "@one", "spot": "42.1 74.1"}, {"/tap/remark": "two", "spot": "42.2 74.2"}],
}
XMLS = [
    an_instance(FORM, FULL, instance_id=an_id(1)),
    an_instance(FORM, {"place": "91 0", "tap": [{"spot": "1 2"}]}, instance_id=an_id(2)),
    an_instance(FORM, {}, instance_id=an_id(3)),
]
WANTED = CsvWanted(project_id=1, form_id="visit")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    warehouse = a_warehouse(tmp_path_factory.mktemp("reading"))
    ledger = Ledger()
    ledger.form(FORM)
    for number, xml in enumerate(XMLS, start=1):
        ledger.submission(xml, number)
    assert ledger.load(warehouse) == []
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def scratch() -> Iterator[Warehouse]:
    sent = [
        ScratchSubmission(
            seq=number + 1,
            received_at=NOON + datetime.timedelta(minutes=number),
            instance_id=an_id(number),
            xml=xml,
            submitter_id=7,
        )
        for number, xml in enumerate(XMLS, start=1)
    ]
    version = ScratchVersion(schema=FORM.xform.schema, published_at=NOON)
    with scratch_reading([version], sent, project_id=1, zone=CUSTOMS.zone(1)) as scratch:
        yield scratch


def sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_workbook_has_a_sheet_per_table(warehouse: Warehouse) -> None:
    made = sheets(b"".join(submissions_xlsx(warehouse, WANTED)))
    assert list(made) == ["visit", "tap"]
    header, *rows = made["visit"]
    row = dict(zip(header, rows[-1], strict=True))
    assert row["remark"] == "=1+1"
    assert (row["count"], row["place-Latitude"]) == (-5, 42.5)
    assert isinstance(day := row["day"], datetime.datetime) and day.date() == datetime.date(2026, 5, 1)
    assert row["faults"] == "dry bent"
    assert row["KEY"] == an_id(1)
    assert [tap[0] for tap in made["tap"]] == ["remark", None, "@one", "two"]
    assert not list(warehouse.tmp.glob("export-*"))


def test_a_text_in_a_workbook_is_never_a_formula(warehouse: Warehouse) -> None:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(submissions_xlsx(warehouse, WANTED))))
    kinds = {cell.data_type for row in book["visit"].iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}


def test_a_workbook_in_words(warehouse: Warehouse) -> None:
    wanted = CsvWanted(project_id=1, form_id="visit", labels="ky", hidden=frozenset({"count"}))
    header, *rows = sheets(b"".join(submissions_xlsx(warehouse, wanted)))["visit"]
    assert "Эскертүү" in header and "Саны" not in header
    assert dict(zip(header, rows[-1], strict=True))["Кемчиликтер"] == "Кургак; Кыйшык"


def test_a_full_sheet_goes_on_in_another(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 3)
    made = sheets(b"".join(submissions_xlsx(warehouse, WANTED)))
    assert {name: len(rows) for name, rows in made.items()} == {
        "visit": 3, "visit (2)": 2, "tap": 3, "tap (2)": 2,
    }  # fmt: skip


def test_names_of_sheets_are_those_excel_takes() -> None:
    taken: set[str] = set()
    names = [
        sheet_name(name, taken) for name in ("a/b[c]", "A b c", "History", "'x'", "", "ө" * 40, "ө" * 40)
    ]
    assert names == ["a b c", "A b c (2)", "history_", "x", "Sheet", "ө" * 31, "ө" * 27 + " (2)"]


def test_a_long_text_is_cut_to_what_a_cell_takes() -> None:
    assert len(workbook.shortened("x" * 40_000)) == workbook.LONGEST_TEXT


def parquet_files(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    """Name -> rows of the files in the zip, with the names and types of their columns first."""
    packed = zipfile.ZipFile(io.BytesIO(b"".join(submissions_parquet(warehouse, WANTED))))
    read: dict[str, list[tuple[object, ...]]] = {}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as db:
        packed.extractall(folder)
        for name in packed.namelist():
            rows = db.sql(f"FROM '{Path(folder) / name}'")
            read[name] = [tuple(rows.columns), tuple(map(str, rows.types)), *rows.fetchall()]
    return read


def test_parquet_has_the_types_of_the_answers(warehouse: Warehouse, tmp_path: Path) -> None:
    packed = zipfile.ZipFile(io.BytesIO(b"".join(submissions_parquet(warehouse, WANTED))))
    assert packed.namelist() == ["visit.parquet", "visit-tap.parquet"]
    packed.extractall(tmp_path)
    with duckdb.connect() as db:
        file = tmp_path / "visit.parquet"
        row = db.execute(
            f"""SELECT remark, count, day, seen, faults, "place-Altitude", KEY, SubmissionDate
            FROM '{file}' WHERE count IS NOT NULL"""
        ).fetchone()
        taps = db.execute(f"SELECT remark FROM '{tmp_path / 'visit-tap.parquet'}'").fetchall()
    assert row == (
        "=1+1", -5, datetime.date(2026, 5, 1), NOON.replace(tzinfo=None), ["dry", "bent"], 800.0,
        an_id(1), NOON.replace(minute=1, tzinfo=None),
    )  # fmt: skip
    assert taps == [(None,), ("@one",), ("two",)]
    assert not list(warehouse.tmp.glob("export-*"))


def test_columns_of_parquet_have_names_of_their_own() -> None:
    assert unlike(["a", "A", "a~2", "", "a"]) == ["a", "A~2", "a~2~2", "~", "a~3"]


def features(
    warehouse: Warehouse, fieldpath: str | None = None, **options: object
) -> list[dict[str, object]]:
    wanted = CsvWanted(**{"project_id": 1, "form_id": "visit", **options})  # type: ignore[arg-type]
    made = json.loads(b"".join(submissions_geojson(warehouse, wanted, None, fieldpath)))
    assert made["type"] == "FeatureCollection"
    assert all(feature["type"] == "Feature" for feature in made["features"])
    return list(made["features"])


def test_the_first_place_of_a_form_makes_features(warehouse: Warehouse) -> None:
    (feature,) = features(warehouse)  # 91 degrees north are no place on Earth
    assert feature["id"] == an_id(1)
    assert feature["geometry"] == {"type": "Point", "coordinates": [74.5, 42.5, 800.0]}
    properties = feature["properties"]
    assert isinstance(properties, dict)
    assert (properties["fieldpath"], properties["remark"], properties["count"]) == ("/place", "=1+1", -5)
    assert properties["day"] == "2026-05-01"


def test_another_place_may_be_chosen(warehouse: Warehouse) -> None:
    (way,) = features(warehouse, "/way")
    assert way["geometry"] == {"type": "LineString", "coordinates": [[74.0, 42.0, 0.0], [75.0, 43.0, 0.0]]}
    second, first = features(warehouse, "tap/spot")
    assert second["geometry"] == {"type": "MultiPoint", "coordinates": [[2.0, 1.0]]}
    assert first["geometry"] == {"type": "MultiPoint", "coordinates": [[74.1, 42.1], [74.2, 42.2]]}
    with pytest.raises(PlaceUnknown, match="/place, /way, /tap/spot"):
        features(warehouse, "/remark")


def test_all_places_and_all_submissions(warehouse: Warehouse) -> None:
    third, second, first = features(warehouse, "all")
    assert third["geometry"] is None
    assert second["geometry"] == {"type": "Point", "coordinates": [2.0, 1.0]}
    geometry = first["geometry"]
    assert isinstance(geometry, dict)
    assert [one["type"] for one in geometry["geometries"]] == ["Point", "LineString", "Point", "Point"]


def test_the_first_place_is_that_of_the_version_filled_in(tmp_path: Path) -> None:
    later = SURVEY.replace("| | geopoint | place | Place | Жери |\n", "").replace("| 1 |", "| 2 |")
    later = later.replace(
        "| | text | remark |", "| | geoshape | field | Field | Талаа |\n| | text | remark |"
    )
    ledger, newer = Ledger(), a_form(later)
    ledger.form(FORM)
    ledger.submission(an_instance(FORM, FULL, instance_id=an_id(1)), 1)
    ledger.form(newer)
    field = {"field": "42 74;43 74;43 75;42 74", "way": FULL["way"]}
    for number, answers in enumerate((field, {"way": FULL["way"]}), start=2):
        ledger.submission(an_instance(newer, answers, instance_id=an_id(number)), number)
    warehouse = a_warehouse(tmp_path)
    assert ledger.load(warehouse) == []
    found = [
        (one["id"], one["geometry"]["type"], one["properties"]["fieldpath"])  # type: ignore[index]
        for one in features(warehouse)
    ]
    assert found == [(an_id(2), "Polygon", "/field"), (an_id(1), "Point", "/place")]
    warehouse.close()


def test_a_hidden_place_is_none(warehouse: Warehouse) -> None:
    hidden = frozenset({"place", "spot"})
    (way,) = features(warehouse, hidden=hidden)
    assert way["properties"]["fieldpath"] == "/way"  # type: ignore[index]
    with pytest.raises(PlaceUnknown):
        features(warehouse, "/place", hidden=hidden)


@pytest.mark.parametrize(
    ("kind", "text", "coordinates"),
    [
        ("geoshape", "1 1;1 2;2 2;1 1", [[[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]]),
        ("geoshape", "1 1 0;1 2 0;2 2 0;", [[[1.0, 1.0, 0], [2.0, 1.0, 0], [2.0, 2.0, 0], [1.0, 1.0, 0]]]),
        ("geoshape", "1 1;1 2", None),
        ("geotrace", "1 1", None),
        ("geotrace", "1 1; north", None),
        ("geotrace", "1 1; 1", None),
        ("geotrace", "", None),
    ],
)
def test_lines_and_areas(kind: str, text: str, coordinates: object) -> None:
    geometry = geometry_of(kind, text)
    assert (geometry["coordinates"] if geometry else None) == coordinates


def test_in_memory_they_are_the_same(warehouse: Warehouse, scratch: Warehouse) -> None:
    assert (
        sheets(b"".join(submissions_xlsx(scratch, WANTED)))["tap"]
        == (sheets(b"".join(submissions_xlsx(warehouse, WANTED)))["tap"])
    )
    assert [one["geometry"] for one in features(scratch, "all")] == [
        one["geometry"] for one in features(warehouse, "all")
    ]
    kept, gone = (parquet_files(one) for one in (warehouse, scratch))
    assert gone == kept and list(gone) == ["visit.parquet", "visit-tap.parquet"]


def test_an_unknown_form_is_an_error_before_any_byte(warehouse: Warehouse) -> None:
    for write in (submissions_xlsx, submissions_parquet, submissions_geojson):
        with pytest.raises(FormNotFound):
            write(warehouse, CsvWanted(project_id=2, form_id="visit"))
