"""Read the registry from a CSV as Excel writes it: every fault at once, each with its row and column."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

from forms.errors import Fault
from forms.registry import RegistryObject, Village
from forms.registry_rules import (
    OBJECT_REQUIRED,
    VILLAGE_REQUIRED,
    check_once,
    read_object,
    read_village,
)
from forms.spreadsheet import Line, check_headings, read_spreadsheet

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RegistryReading(Generic[Row]):
    """Rows that are right, and every fault of the others (sheet "", row as the spreadsheet counts).

    `columns` are those of the file: what has none says nothing.
    """

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    columns: tuple[str, ...] = ()


def read_registry_csv(
    content: bytes, *, villages: Collection[str] | None = None
) -> RegistryReading[RegistryObject]:
    """The objects of a CSV as Excel writes it (UTF-8 with or without BOM, commas or semicolons).

    `villages`: the known codes; None leaves villages_served unchecked. Nothing is half imported:
    use the rows only when there is no fault.
    """
    return _read(
        content,
        {each.name for each in fields(RegistryObject)},
        OBJECT_REQUIRED,
        lambda line: read_object(line, villages, by_hand=True),
    )


def read_villages_csv(content: bytes) -> RegistryReading[Village]:
    """The villages of a CSV: name, label_ky, label_ru, label_en."""
    return _read(content, {each.name for each in fields(Village)}, VILLAGE_REQUIRED, read_village)


def _read(
    content: bytes, known: set[str], required: tuple[str, ...], read: Callable[[Line], Row | None]
) -> RegistryReading[Row]:
    sheet = read_spreadsheet(content, by_hand=True)
    lines = list(sheet.lines)
    faults = sheet.faults or check_headings(sheet.headings, known, required)
    if faults:
        return RegistryReading((), tuple(faults))
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line in lines:
        row = read(line)
        check_once(line, required[0], seen)
        faults += line.faults
        if row is not None and not line.faults:
            rows.append(row)
    return RegistryReading(tuple(rows), tuple(faults), tuple(sheet.headings))
