"""The rules of the registry, the same for a spreadsheet, a form, a program and a page."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import fields
from datetime import date

from forms.errors import Sentence
from forms.evaluation import SUBTYPES
from forms.registry import LOCAL_MATTERS, METHODS, STATUSES, RegistryObject, Village
from forms.spreadsheet import Line

OBJECT_REQUIRED = ("object_id", "type", "subtype", "name_ky")
VILLAGE_REQUIRED = ("name", "label_ky")
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


def read_object(line: Line, villages: Collection[str] | None, *, by_hand: bool) -> RegistryObject | None:
    """The object of these cells, or None and the faults in the line.

    `villages`: the known codes; None leaves villages_served unchecked. `by_hand`: a person typed the
    numbers, and 1.500 may mean two things; programs and phones mean one and a half.
    """
    values: dict[str, object] = {}
    for name, cell in line.cells.items():
        if name in _DATES:
            values[name] = _date(line, name, cell)
        elif name in _COUNTS or name in _NUMBERS:
            values[name] = _number(line, name, cell, by_hand=by_hand)
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
    check_required(line, OBJECT_REQUIRED)
    check_code(line, "object_id")
    _check_words(line, values, villages)
    _check_order(line, values)
    return None if line.faults else RegistryObject(**values)  # type: ignore[arg-type]  # typed cell by cell above


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def check_required(line: Line, names: tuple[str, ...]) -> None:
    for name in names:
        if not line.cells.get(name):
            line.refuse(name, Sentence("This cell cannot be empty."))


def check_code(line: Line, name: str) -> None:
    code = line.cells.get(name, "")
    if code and not _CODE.fullmatch(code):
        line.refuse(
            name,
            Sentence(
                "{value} cannot be a code. Use up to 64 letters, digits, hyphens and underscores, no spaces.",
                value=code[:80],
            ),
        )


def read_village(line: Line) -> Village | None:
    """The village of these cells, or None and the faults in the line."""
    check_required(line, VILLAGE_REQUIRED)
    check_code(line, "name")
    return None if line.faults else Village(**line.cells)


def check_once(line: Line, name: str, seen: dict[str, int]) -> None:
    code = line.cells.get(name, "").lower()
    if code in seen:
        line.refuse(
            name, Sentence("{value} stands in row {row} already.", value=line.cells[name], row=seen[code])
        )
    elif code:
        seen[code] = line.number or 0


def _check_words(line: Line, values: dict[str, object], villages: Collection[str] | None) -> None:
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


def _check_order(line: Line, values: dict[str, object]) -> None:
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


def _date(line: Line, name: str, cell: str) -> date | None:
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


def _number(line: Line, name: str, cell: str, *, by_hand: bool) -> float | int | None:
    """A number as people type it: 1500000, 1 500 000,50; a place has at most five decimals."""
    if not cell:
        return None
    compact = re.sub(r"\s", "", cell)
    is_unclear = by_hand and name not in _PLACES and re.fullmatch(r"-?[1-9]\d{0,2}([.,]\d{3})+", compact)
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
