"""A hundred submissions drawn by lot, asked in every way there is.

- What a filter of OData finds is what plain Python finds in the same rows, whatever the filter.
- CSV, Excel, Parquet, GeoJSON and OData say the same about the same answers, each with the types it has.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random

import duckdb
import httpx
import openpyxl
import pytest

from tests.make import an_instance
from tests.server.conftest import RunningHere
from tests.server.drawn_answers import FORM, Draw, Drawn, draw_answers

ALL = "/v1/projects/1/forms/drawn"
SVC = f"{ALL}.svc/Submissions"
ROWS, FILTERS, SEED = 100, 240, 20261124
PLACE = tuple(f"place-{part}" for part in ("Latitude", "Longitude", "Altitude", "Accuracy"))
Told = Mapping[str, object]


@pytest.fixture(scope="module")
def drawn(server: RunningHere) -> dict[str, Drawn]:
    """By instanceID, the oldest first."""
    schema, phone, random = server.publish(FORM).schema, server.phone(), Random(SEED)
    made = {f"uuid:drawn-{number}": draw_answers(random) for number in range(ROWS)}
    for instance_id, one in made.items():
        assert phone.send(an_instance(schema, one.sent, instance_id=instance_id)).accepted
    return made


@pytest.fixture(scope="module")
def reader(server: RunningHere) -> Iterator[httpx.Client]:
    yield server.program("viewer")


def test_a_filter_finds_what_plain_python_finds(reader: httpx.Client, drawn: dict[str, Drawn]) -> None:
    draw = Draw(Random(SEED), [one.row for one in drawn.values()])
    some = 0
    for number in range(FILTERS):
        text, means = draw.filter()
        expected = [name for name, one in reversed(drawn.items()) if means(one.row) is True]
        top = {} if number % 6 == 0 else {"$top": "0"}  # to count takes a third of the time of a page
        reply = reader.get(SVC, params={"$filter": text, "$select": "__id", "$count": "true", **top})
        assert reply.status_code == 200, f"{number}: {text}: {reply.text}"
        found = reply.json()
        assert found["@odata.count"] == len(expected), f"{number}: {text}"
        assert top or [row["__id"] for row in found["value"]] == expected, f"{number}: {text}"
        some += 0 < len(expected) < ROWS
    assert some > FILTERS / 2  # and not all or none each time


def test_every_format_says_the_same(reader: httpx.Client, drawn: dict[str, Drawn], tmp_path: Path) -> None:
    expected = [
        {"KEY": name, **{key: value for key, value in one.row.items() if key != "child"}, "place": one.place}
        for name, one in reversed(drawn.items())
    ]
    children = [
        (name, child["called"], child["years"])
        for name, one in reversed(drawn.items())
        for child in one.row["child"]  # type: ignore[union-attr]
        if isinstance(child, Mapping)
    ]
    same(from_odata(reader), expected, children)
    same(from_csv(reader), expected, children)
    same(from_excel(reader), expected, children)
    same(from_parquet(reader, tmp_path), expected, children)
    features = reader.get(f"{ALL}/submissions.geojson?fieldpath=all").json()["features"]
    assert [from_json(one["properties"]) for one in features] == expected
    for feature, row in zip(features, expected, strict=True):
        latitude, longitude, altitude, _ = row["place"]  # type: ignore[misc]
        point = [longitude, latitude, *([] if altitude is None else [altitude])]
        assert feature["geometry"] == (None if latitude is None else {"type": "Point", "coordinates": point})


def same(told: tuple[list[Told], list[tuple[object, ...]]], expected: list[Told], children: object) -> None:
    """The very same values, of the very same types."""
    rows, lines = told
    assert rows == expected
    assert [[type(value) for value in row.values()] for row in rows] == [
        [type(value) for value in row.values()] for row in expected
    ]
    assert lines == children


def a_row(told: Told, **values: object) -> Told:
    """Its answers in the order of the form; `values` are those that this format writes in another way."""
    own = {"name": told["name"], "age": told["age"], "weight": told["weight"], "born": told["born"]}
    own |= {"seen": told["seen"], "woke": told["woke"], "worst": told["worst"], "ill": told["ill"]}
    return {"KEY": told["KEY"], **own, "rooms": told["home-rooms"], "place": values.pop("place"), **values}


def moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)).astimezone(UTC).replace(tzinfo=None) if text else None


def clock(text: object) -> time | None:
    return time.fromisoformat(str(text)).replace(tzinfo=None) if text else None


def day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def several(text: object) -> tuple[str, ...] | None:
    return tuple(str(text).split(" ")) if text else None


def from_json(told: Told) -> Told:
    """Numbers are numbers; what JSON has no type for is text."""
    texts = {"born": day(told["born"]), "seen": moment(told["seen"]), "woke": clock(told["woke"])}
    place = tuple(told[part] for part in PLACE)
    return a_row(told, **texts, ill=several(told["ill"]), place=place)


def from_odata(reader: httpx.Client) -> tuple[list[Told], list[tuple[object, ...]]]:
    rows = []
    for row in reader.get(SVC).json()["value"]:
        point = row["place"] or {"coordinates": [None, None]}
        longitude, latitude, altitude, *_ = [*point["coordinates"], None]
        accuracy = point.get("properties", {}).get("accuracy")
        place = dict(zip(PLACE, (latitude, longitude, altitude, accuracy), strict=True))
        rows.append(from_json({**row, "KEY": row["__id"], "home-rooms": row["home"]["rooms"], **place}))
    lines = reader.get(f"{SVC}.child").json()["value"]
    return rows, [(line["__Submissions-id"], line["called"], line["years"]) for line in lines]


def from_csv(reader: httpx.Client) -> tuple[list[Told], list[tuple[object, ...]]]:
    """All is text: a number is written so that it reads as one, a formula behind an apostrophe."""
    packed = zipfile.ZipFile(io.BytesIO(reader.get(f"{ALL}/submissions.csv.zip").content))

    def table(name: str) -> list[dict[str, str | None]]:
        text = packed.read(name).decode()
        return [
            {
                column: (cell.removeprefix("'=") and cell.replace("'=", "=")) or None
                for column, cell in row.items()
            }
            for row in csv.DictReader(io.StringIO(text))
        ]

    rows = []
    for row in table("drawn.csv"):
        whole = {name: int(row[name] or "0") if row[name] else None for name in ("age", "home-rooms")}
        parts = {name: float(row[name] or "0") if row[name] else None for name in ("weight", *PLACE)}
        rows.append(from_json({**row, **whole, **parts}))
    return rows, [
        (line["PARENT_KEY"], line["called"], int(line["years"]) if line["years"] else None)
        for line in table("drawn-child.csv")
    ]


def from_excel(reader: httpx.Client) -> tuple[list[Told], list[tuple[object, ...]]]:
    """Numbers and days are ones; a moment stays as it was sent, with its zone."""
    book = openpyxl.load_workbook(io.BytesIO(reader.get(f"{ALL}/submissions.xlsx").content), read_only=True)

    def table(name: str) -> list[dict[str, object]]:
        header, *rows = book[name].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]

    rows = []
    for row in table("drawn"):
        assert isinstance(row["born"], datetime | None) and not isinstance(row["age"], str | float)
        numbers = {
            name: float(number) if isinstance(number := row[name], int | float) else number
            for name in ("weight", *PLACE)
        }
        born = f"{row['born']:%Y-%m-%d}" if row["born"] else None
        rows.append(from_json({**row, **numbers, "born": born}))
    return rows, [(line["PARENT_KEY"], line["called"], line["years"]) for line in table("child")]


def from_parquet(reader: httpx.Client, folder: Path) -> tuple[list[Told], list[tuple[object, ...]]]:
    """Everything has its own type: days, clocks, moments in UTC, lists."""
    zipfile.ZipFile(io.BytesIO(reader.get(f"{ALL}/submissions.parquet.zip").content)).extractall(folder)
    with duckdb.connect() as db:
        table = db.sql(f"FROM '{folder / 'drawn.parquet'}'")
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
        lines = db.sql(f"SELECT PARENT_KEY, called, years FROM '{folder / 'drawn-child.parquet'}'").fetchall()
    return [
        a_row(row, ill=tuple(row["ill"]) if row["ill"] else None, place=tuple(row[part] for part in PLACE))
        for row in rows
    ], lines
