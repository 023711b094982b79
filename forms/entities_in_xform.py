"""The entities that a form declares: which lists it writes into, where, and which answers it saves.

Versions 2022.1 (create), 2023.1 (update), 2024.1 (offline) and 2025.1 (in groups and repeats).
Spec: https://getodk.github.io/xforms-spec/entities and protocol.md 13
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.errors import N_, Fault, Sentence
from forms.faults.entities import (
    EntityActionMissing,
    EntityInEncryptedForm,
    EntityListNameBad,
    EntityPropertyCaseClash,
    EntityPropertyNameBad,
    EntitySavedFromRepeat,
    EntityTwiceInOnePlace,
    EntityVersionTooOld,
)
from forms.faults.xform import FormEntitiesUnknown
from forms.schema import EntityList, Question, Schema

LIST_NAME = re.compile(r"(?!__)[^\W\d][\w:-]*|:[\w:-]*")
PROPERTY_NAME = re.compile(r"(?!__)[^\W\d][\w.-]*")
LONGEST_NAME = 200
OLD_VERSION = N_(
    "This form writes entities in an old way ({version}): phones without a connection cannot follow it. "
    "Use version 2024.1 or later."
)
_VERSION = re.compile(r"(\d{4})\.(\d+)(?:\.\d+)?")
_OLDEST, _OFFLINE, _SEVERAL = (2022, 1), (2024, 1), (2025, 1)


@dataclass(frozen=True, slots=True)
class EntityElement:
    """An `entity` element of the primary instance: in which group or repeat, with which attributes."""

    path: str
    repeat: str | None
    attributes: Mapping[str, str]


def good_list_name(name: str) -> bool:
    return bool(LIST_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME


def good_property_name(name: str) -> bool:
    good = bool(PROPERTY_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME
    return good and name.lower() not in ("name", "label")


def declared_lists(
    elements: Sequence[EntityElement], saved: Mapping[str, str], questions: Sequence[Question]
) -> tuple[EntityList, ...]:
    """The entities of a form; an answer belongs to the entity of the nearest group or repeat around it.

    `saved` is path -> property. Raises: EntitySavedFromRepeat, EntityPropertyNameBad.
    """
    places = sorted({element.path for element in elements}, key=len, reverse=True)
    saves: dict[str, dict[str, str]] = {path: {} for path in places}
    for question in questions:
        name = saved.get(question.path)
        place = next((path for path in places if question.path.startswith(f"{path}/")), None)
        if not name or place is None:
            continue
        if not good_property_name(name):
            raise EntityPropertyNameBad(name=name[:LONGEST_NAME])
        if question.repeat is not None and len(question.repeat) > len(place):
            raise EntitySavedFromRepeat(path=question.path)
        saves[place][question.path] = name
    return tuple(
        EntityList(
            name=element.attributes.get("dataset", "").strip(),
            path=element.path,
            creates="create" in element.attributes,
            updates="update" in element.attributes,
            saves=saves[element.path],
            repeat=element.repeat,
        )
        for element in elements
    )


def check_declared(schema: Schema) -> None:
    """Refuse entities that no client and no server could agree on. Raises: EntityFormInvalid (400.25)."""
    if not schema.entity_lists:
        return
    version = entities_version(schema)
    if version is None or not _OLDEST <= version <= _SEVERAL:
        raise FormEntitiesUnknown(version=schema.entities_version[:100] or "—")
    if schema.encrypted:
        raise EntityInEncryptedForm()
    paths: set[str] = set()
    letters: dict[tuple[str, str], str] = {}
    for declared in schema.entity_lists:
        if not good_list_name(declared.name):
            raise EntityListNameBad(name=declared.name[:LONGEST_NAME] or "—")
        if not (declared.creates or declared.updates):
            raise EntityActionMissing(name=declared.name)
        if declared.path in paths:
            raise EntityTwiceInOnePlace(path=declared.path or "/")
        paths.add(declared.path)
        for name in declared.saves.values():
            same = letters.setdefault((declared.name, name.lower()), name)
            if same != name:
                raise EntityPropertyCaseClash(known=same, name=name)
    several = len(schema.entity_lists) > 1 or any(one.repeat is not None for one in schema.entity_lists)
    if several and version < _SEVERAL:
        raise EntityVersionTooOld(version=schema.entities_version)


def entities_version(schema: Schema) -> tuple[int, int] | None:
    """(2024, 1); None where the form says none, or nothing that is one."""
    match = _VERSION.fullmatch(schema.entities_version.strip())
    return None if match is None else (int(match[1]), int(match[2]))


def entity_warnings(schema: Schema) -> tuple[Fault, ...]:
    """A form that writes entities in a way that phones without a connection cannot follow."""
    version = entities_version(schema)
    if not schema.entity_lists or version is None or version >= _OFFLINE:
        return ()
    sentence = Sentence(OLD_VERSION, version=schema.entities_version)
    return (Fault("model", None, "entities-version", sentence),)
