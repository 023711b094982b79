"""The registry as two entity lists, `objects` and `villages`: the same facts as text, property by property.

An entity of `objects` has the attributes of domain.md 3.2 as its properties, under their own names; its label
is made of its names and cannot say anything else. An entity of `villages` has its code and three labels.
What is not known has no text at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from forms.entities import label as label_of
from forms.errors import Fault, Sentence
from forms.registry import RegistryObject, Village
from forms.registry_rules import read_object, read_village
from forms.spreadsheet import Line

OBJECTS, VILLAGES = "objects", "villages"
LISTS = (OBJECTS, VILLAGES)
CODE = "code"  # of a village; `name` is a word that entity lists keep for themselves
OBJECT_PROPERTIES = tuple(each.name for each in fields(RegistryObject))
VILLAGE_PROPERTIES = (CODE, "label_ky", "label_ru", "label_en")
PROPERTIES: Mapping[str, tuple[str, ...]] = {OBJECTS: OBJECT_PROPERTIES, VILLAGES: VILLAGE_PROPERTIES}
KEYS: Mapping[str, str] = {OBJECTS: "object_id", VILLAGES: CODE}
TITLES: Mapping[str, tuple[str, str]] = {OBJECTS: ("name_ky", "name_ru"), VILLAGES: ("label_ky", "label_ru")}


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """What an entity of the registry says: exactly one of the two, with its texts as they are kept."""

    object: RegistryObject | None
    village: Village | None
    label: str
    data: Mapping[str, str]

    @property
    def key(self) -> str:
        """The code that names it in tables: object_id, or the village's."""
        if self.object is not None:
            return self.object.object_id
        assert self.village is not None
        return self.village.name


def facts_of_object(known: RegistryObject) -> RegistryFacts:
    texts = {name: _text(getattr(known, name)) for name in OBJECT_PROPERTIES}
    data = {name: text for name, text in texts.items() if text}
    return RegistryFacts(known, None, label_of(known.name_ky, known.name_ru), data)


def facts_of_village(known: Village) -> RegistryFacts:
    texts = {
        CODE: known.name,
        "label_ky": known.label_ky,
        "label_ru": known.label_ru,
        "label_en": known.label_en,
    }
    data = {name: text for name, text in texts.items() if text}
    return RegistryFacts(None, known, label_of(known.label_ky, known.label_ru), data)


def read_facts(
    name: str,
    label: str | None,
    data: Mapping[str, str],
    villages: Collection[str] | None,
    *,
    row: int | None = None,
    by_hand: bool = False,
) -> RegistryFacts | tuple[Fault, ...]:
    """The facts of an entity as somebody wants it, or everything that is wrong with it.

    `label` counts where nothing names it in Kyrgyz. `villages`: the known codes. `row`, `by_hand`: of a
    spreadsheet that a person made.
    """
    cells = {key: " ".join(text.replace("\0", "").split()) for key, text in data.items()}
    line = Line(row, cells)
    for key in cells.keys() - set(PROPERTIES[name]):
        line.refuse(
            key, Sentence("There is no column {column} in this list. Check the spelling.", column=key)
        )
    if line.faults:
        return tuple(line.faults)
    if label and not cells.get(TITLES[name][0]):
        cells.update(zip(TITLES[name], names_in(" ".join(label.split())), strict=True))
    if name == VILLAGES:
        line.cells = {
            "name": cells.get(CODE, ""),
            **{key: text for key, text in cells.items() if key != CODE},
        }
        village = read_village(line)
        return facts_of_village(village) if village is not None else _told(line, {"name": CODE})
    found = read_object(line, villages, by_hand=by_hand)
    return facts_of_object(found) if found is not None else _told(line, {})


def names_in(label: str) -> tuple[str, str]:
    """The Kyrgyz and the Russian name that a label is made of."""
    name_ky, _, name_ru = label.partition(" / ")
    return name_ky, name_ru


def _told(line: Line, names: Mapping[str, str]) -> tuple[Fault, ...]:
    return tuple(
        Fault(each.sheet, each.row, names.get(each.column or "", each.column), each.message)
        for each in line.faults
    )


def _text(value: str | bool | int | float | date | tuple[str, ...] | None) -> str:
    """As a program reads it, and `read_facts` reads back the same."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case float():
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        case date():
            return value.isoformat()
        case tuple():
            return " ".join(value)
        case _:
            return str(value)
