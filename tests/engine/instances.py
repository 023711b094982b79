"""What an instance says, read with the standard library alone, so that nothing of ours checks itself.

Filled-in forms are sent as Collect does, and their answers compared with what a program reads in an export.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from xml.etree import ElementTree

from tests.engine.engine import Filled
from tests.phone import OnDevice, Phone

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
            elif not below.endswith("/meta/entity"):  # what it is about stands in its attributes
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


OF_THE_SERVER = {
    "SubmissionDate", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected",
    "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
}  # fmt: skip


def csv_of(form_id: str, repeat: str) -> str:
    return f"{form_id}-{repeat.rpartition('/')[2]}.csv"


def compare_repeat(sent_forms: Sequence[Sent], asked: Asked, repeat: str, rows: Rows) -> int:
    """All rows of one repeat, in both directions; how many answers were compared."""
    compared = 0
    by_key = {row["KEY"]: row for row in rows}
    expected = {key: given for sent in sent_forms for key, given in sent.leaves.rows.get(repeat, {}).items()}
    assert by_key.keys() == expected.keys()
    assert len(by_key) == len(rows)
    for key, (parent, cells) in expected.items():
        assert by_key[key]["PARENT_KEY"] == parent
        for column, (value, type, several) in answers_in(cells, asked, repeat).items():
            assert value_in_csv(by_key[key][column], type, several) == value, (key, column)
            compared += value is not None
    return compared


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
