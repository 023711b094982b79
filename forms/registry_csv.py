"""Read the registry from a CSV as Excel writes it: every fault at once, each with its row and column."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Generic, TypeVar

from forms.errors import Fault, Sentence
from forms.evaluation import SUBTYPES
from forms.registry import LOCAL_MATTERS, METHODS, STATUSES, RegistryObject, Village

MAX_BYTES = 10 * 1024 * 1024
_DATES = {each.name for each in fields(RegistryObject) if each.type == "date | None"}
_COUNTS = {each.name for each in fields(RegistryObject) if each.type == "int | None"}
_NUMBERS = {each.name for each in fields(RegistryObject) if each.type == "float | None"}
_LISTS = {each.name for each in fields(RegistryObject) if each.type == "tuple[str, ...]"}
_FLAGS = {each.name for each in fields(RegistryObject) if each.type == "bool"}
_PLACES = {"lat": 90, "site_lat": 90, "lon": 180, "site_lon": 180}
_YES, _NO = {"yes", "true", "1", "ооба", "да"}, {"", "no", "false", "0", "жок", "нет"}
_CODE = re.compile(r"\w[\w.-]{0,63}")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ORDERED = [
    ("signed_on", "start_on"),
    ("start_on", "due_on"),
    ("signed_on", "due_on"),
    ("start_on", "finished_on"),
]

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RegistryReading(Generic[Row]):
    """Rows that are right, and every fault of the others (sheet "", row as the spreadsheet counts)."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Line:
    """One line of the file: its cells by heading, and what was found wrong in it."""

    number: int
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, column: str, message: Sentence) -> None:
        self.faults.append(Fault("", self.number, column, message))


def read_registry_csv(
    content: bytes, *, villages: Collection[str] | None = None
) -> RegistryReading[RegistryObject]:
    """The objects of a CSV as Excel writes it (UTF-8 with or without BOM, commas or semicolons).

    `villages`: the known codes; None leaves villages_served unchecked. Nothing is half imported:
    use the rows only when there is no fault.
    """
    known = {each.name for each in fields(RegistryObject)}
    lines, faults = _lines(content, known, required=("object_id", "type", "subtype", "name_ky"))
    objects: list[RegistryObject] = []
    seen: dict[str, int] = {}
    for line in lines:
        found = _object(line, villages)
        _check_once(line, "object_id", seen)
        faults += line.faults
        if found is not None and not line.faults:
            objects.append(found)
    return RegistryReading(tuple(objects), tuple(faults))


def read_villages_csv(content: bytes) -> RegistryReading[Village]:
    """The villages of a CSV: name, label_ky, label_ru, label_en."""
    known = {each.name for each in fields(Village)}
    lines, faults = _lines(content, known, required=("name", "label_ky"))
    found: list[Village] = []
    seen: dict[str, int] = {}
    for line in lines:
        _check_required(line, ("name", "label_ky"))
        _check_code(line, "name")
        _check_once(line, "name", seen)
        faults += line.faults
        if not line.faults:
            found.append(Village(**line.cells))
    return RegistryReading(tuple(found), tuple(faults))


def _lines(content: bytes, known: set[str], required: tuple[str, ...]) -> tuple[list[_Line], list[Fault]]:
    """The lines below the headings; faults of the file as a whole."""
    try:
        if len(content) > MAX_BYTES or b"\0" in content:
            raise ValueError
        text = content.decode("utf-8-sig")
    except ValueError:
        told = Sentence("This is not a CSV file in UTF-8. In Excel choose: Save as, CSV UTF-8.")
        return [], [Fault("", None, None, told)]
    first, _, rest = text.partition("\n")
    delimiter = first.strip()[4:5] if first.lower().startswith("sep=") else ""
    if delimiter:  # a line that Excel writes for itself and does not show
        text, first = rest, rest.partition("\n")[0]
    delimiter = delimiter or max(",;\t", key=lambda each: re.sub(r'"[^"]*"', "", first).count(each))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        told = Sentence("The quotation marks in this file do not match. Save it in Excel as CSV UTF-8 again.")
        return [], [Fault("", None, None, told)]
    headings = [heading.strip().lower() for heading in rows[0]] if rows else []
    while headings and not headings[-1]:
        headings.pop()
    faults = [Fault("", 1, name, told) for name, told in _wrong_headings(headings, known, required)]
    if faults:
        return [], faults
    lines = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        line = _Line(number, dict(zip(headings, cells, strict=False)))
        if any(cells[len(headings) :]):
            line.refuse(headings[-1], Sentence("This row has more cells than there are headings."))
        lines.append(line)
    return lines, []


def _wrong_headings(
    headings: list[str], known: set[str], required: tuple[str, ...]
) -> Iterator[tuple[str, Sentence]]:
    for place, heading in enumerate(headings):
        if heading not in known:
            yield (
                heading,
                Sentence("There is no column {column} in the registry. Check the spelling.", column=heading),
            )
        elif heading in headings[:place]:
            yield heading, Sentence("The column {column} occurs twice.", column=heading)
    for name in required:
        if name not in headings:
            yield name, Sentence("The column {column} is missing.", column=name)


def _object(line: _Line, villages: Collection[str] | None) -> RegistryObject | None:
    values: dict[str, object] = {}
    for name, cell in line.cells.items():
        if name in _DATES:
            values[name] = _date(line, name, cell)
        elif name in _COUNTS or name in _NUMBERS:
            values[name] = _number(line, name, cell)
        elif name in _LISTS:
            values[name] = tuple(dict.fromkeys(re.split(r"[\s,;]+", cell))) if cell else ()
        elif name in _FLAGS:
            if cell.lower() not in _YES | _NO:
                line.refuse(name, Sentence("Write yes or no, not {value}.", value=cell))
            values[name] = cell.lower() in _YES
        else:
            values[name] = cell
    values["type"] = line.cells.get("type", "").upper()
    values["status"] = line.cells.get("status", "").lower() or "active"
    values["method"] = line.cells.get("method", "").lower().replace(" ", "_")
    values["local_matter"] = tuple(each.upper() for each in _strings(values.get("local_matter")))
    _check_required(line, ("object_id", "type", "subtype", "name_ky"))
    _check_code(line, "object_id")
    _check_words(line, values, villages)
    _check_order(line, values)
    return None if line.faults else RegistryObject(**values)  # type: ignore[arg-type]  # typed cell by cell above


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _check_required(line: _Line, names: tuple[str, ...]) -> None:
    for name in names:
        if not line.cells.get(name):
            line.refuse(name, Sentence("This cell cannot be empty."))


def _check_code(line: _Line, name: str) -> None:
    code = line.cells.get(name, "")
    if code and not _CODE.fullmatch(code):
        line.refuse(
            name,
            Sentence(
                "{value} cannot be a code. Use up to 64 letters, digits, hyphens and underscores, no spaces.",
                value=code[:80],
            ),
        )


def _check_once(line: _Line, name: str, seen: dict[str, int]) -> None:
    code = line.cells.get(name, "").lower()
    if code in seen:
        line.refuse(
            name, Sentence("{value} stands in row {row} already.", value=line.cells[name], row=seen[code])
        )
    elif code:
        seen[code] = line.number


def _check_words(line: _Line, values: dict[str, object], villages: Collection[str] | None) -> None:
    """Types, subtypes, villages and other cells that hold words of a list."""
    subtypes = SUBTYPES.get(str(values["type"]))
    allowed: list[tuple[str, tuple[str, ...], Collection[str] | None]] = [
        ("type", (str(values["type"]),), tuple(SUBTYPES)),
        ("subtype", (str(values.get("subtype", "")),), subtypes),
        ("status", (str(values["status"]),), STATUSES),
        ("method", (str(values["method"]),), METHODS),
        ("local_matter", _strings(values["local_matter"]), LOCAL_MATTERS),
        ("villages_served", _strings(values.get("villages_served")), villages),
    ]
    for name, words, known in allowed:
        for word in words:
            if known is not None and word and word not in known:
                line.refuse(
                    name,
                    Sentence(
                        "{value} is not known here. Possible: {known}.", value=word, known=", ".join(known)
                    ),
                )


def _check_order(line: _Line, values: dict[str, object]) -> None:
    """Dates in their order, and what must not stand together."""
    for before, after in [*_ORDERED, ("valid_from", "valid_to")]:
        first, second = values.get(before), values.get(after)
        if isinstance(first, date) and isinstance(second, date) and second < first:
            line.refuse(after, Sentence("{after} is before {before}.", after=after, before=before))
    for lat, lon in [("lat", "lon"), ("site_lat", "site_lon")]:
        if (values.get(lat) is None) != (values.get(lon) is None):
            line.refuse(lon, Sentence("A place needs both: {lat} and {lon}.", lat=lat, lon=lon))
    if values.get("supplier_is_person") and values.get("org_tax_id"):
        line.refuse("org_tax_id", Sentence("The tax number of a person is not kept. Clear this cell."))
    if values.get("predecessor_id") and values["predecessor_id"] == values.get("object_id"):
        line.refuse("predecessor_id", Sentence("An object cannot be its own predecessor."))


def _date(line: _Line, name: str, cell: str) -> date | None:
    if not cell:
        return None
    day_first = _DAY_FIRST.fullmatch(cell)
    try:
        if day_first:
            found = date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
        else:
            found = date.fromisoformat(cell)
        if 1900 <= found.year <= 2100:
            return found
    except ValueError:
        pass  # told below
    line.refuse(name, Sentence("{value} is not a date. Write it like 2026-03-31 or 31.03.2026.", value=cell))
    return None


def _number(line: _Line, name: str, cell: str) -> float | int | None:
    """A number as people type it: 1500000, 1 500 000,50; a place has at most five decimals."""
    if not cell:
        return None
    compact = re.sub(r"\s", "", cell)
    is_unclear = name not in _PLACES and re.fullmatch(r"-?[1-9]\d{0,2}([.,]\d{3})+", compact)
    try:
        number = math.nan if is_unclear else float(compact.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in compact or (name in _COUNTS and number != int(number)):
        line.refuse(
            name,
            Sentence(
                "{value} is not a number. Write only digits, without dots between thousands.", value=cell
            ),
        )
        return None
    limit = _PLACES.get(name)
    if limit is not None:
        if abs(number) > limit:
            line.refuse(name, Sentence("{value} is not a place on the map.", value=cell))
        return round(number, 5)
    if not 0 <= number < 1e15:
        line.refuse(name, Sentence("{value} is less than 0 or far too large.", value=cell))
    return int(number) if name in _COUNTS else number
