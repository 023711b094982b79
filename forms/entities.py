"""The registry as it travels with a form: villages.csv and objects.csv, in rows and in bytes.

The same rows give the same bytes, so that a phone fetches a list only when it changed.
Spec: protocol.md 4.2 and design.md 5.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.registry import RegistryObject, Village
from forms.registry_csv import RegistryReading, read_registry_csv, read_villages_csv

__all__ = [
    "ListedObject",
    "RegistryObject",
    "RegistryReading",
    "Village",
    "alphabetical",
    "label",
    "objects_csv",
    "read_registry_csv",
    "read_villages_csv",
    "villages_csv",
]

VILLAGES_HEADER = ("name", "label", "__version")
OBJECTS_HEADER = (
    "name",
    "label",
    "__version",
    "object_id",
    "type",
    "subtype",
    "villages",
    "finished_on",
    "sum_initial_som",
    "sum_final_som",
)
_ALPHABET = {letter: place for place, letter in enumerate("абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя")}


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One row of objects.csv. `uuid` is the entity's name for ever, `version` counts from 1."""

    uuid: str
    version: int
    object_id: str
    type: str
    subtype: str
    name_ky: str
    name_ru: str = ""
    villages: tuple[str, ...] = ()
    finished_on: date | None = None
    sum_initial_som: float | None = None
    sum_final_som: float | None = None


def label(name_ky: str, name_ru: str) -> str:
    """The one label an external list has: Kyrgyz, and Russian behind a slash where it differs."""
    if not name_ru or name_ru == name_ky:
        return name_ky
    return f"{name_ky} / {name_ru}" if name_ky else name_ru


def alphabetical(text: str) -> tuple[tuple[int, int], ...]:
    """A sort key in the order of the Kyrgyz alphabet, capital letters like small ones."""
    return tuple((1, _ALPHABET[char]) if char in _ALPHABET else (0, ord(char)) for char in text.lower())


def villages_csv(villages: Iterable[Village], versions: Mapping[str, int] | None = None) -> bytes:
    """villages.csv: name (its code), label, __version, in Kyrgyz alphabetical order of the labels."""
    known = versions or {}
    rows = [
        (village.name, label(village.label_ky, village.label_ru), str(known.get(village.name, 1)))
        for village in villages
    ]
    return _csv(VILLAGES_HEADER, sorted(rows, key=lambda row: (alphabetical(row[1]), row[0])))


def objects_csv(objects: Iterable[ListedObject]) -> bytes:
    """objects.csv: one row per object, in Kyrgyz alphabetical order of the labels."""
    rows = [
        (
            each.uuid,
            label(each.name_ky, each.name_ru),
            str(each.version),
            each.object_id,
            each.type,
            each.subtype,
            " ".join(each.villages),
            each.finished_on.isoformat() if each.finished_on else "",
            _plain(each.sum_initial_som),
            _plain(each.sum_final_som),
        )
        for each in objects
    ]
    return _csv(OBJECTS_HEADER, sorted(rows, key=lambda row: (alphabetical(row[1]), row[0])))


def _plain(number: float | None) -> str:
    """A number as XPath reads it: 1500000, 0.25; never 1.5e+06."""
    if number is None:
        return ""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV for phones: commas, LF; a line break inside a cell becomes a space."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([" ".join(cell.replace("\0", "").split()) for cell in row])
    return text.getvalue().encode()
