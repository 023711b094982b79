"""The registry as it travels with a form: villages.csv and objects.csv, in rows and in bytes.

Spec: protocol.md 4.2 and design.md 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from forms.registry import RegistryObject, RegistryReading, Village, read_registry_csv, read_villages_csv

__all__ = [
    "ListedObject",
    "RegistryObject",
    "RegistryReading",
    "Village",
    "objects_csv",
    "read_registry_csv",
    "read_villages_csv",
    "villages_csv",
]


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


def villages_csv(villages: Iterable[Village]) -> bytes:
    """villages.csv: name, label, in Kyrgyz alphabetical order of the labels."""
    raise NotImplementedError


def objects_csv(objects: Iterable[ListedObject]) -> bytes:
    """objects.csv: one row per object, in Kyrgyz alphabetical order of the labels."""
    raise NotImplementedError
