"""The entities in an instance: what a phone wants created or updated, as it says so.

Nothing is judged here: an entity that cannot be applied is told to whoever applies it.
Spec: https://getodk.github.io/xforms-spec/entities and protocol.md 13
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from forms.instance import Instance
from forms.places import question_at, row_of
from forms.schema import EntityList, Schema
from forms.xml import local_name

_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class SentEntity:
    """One entity of an instance; texts as sent, "" where there are none.

    `list_name` is what the instance says, `declared` what the version of the form says. `data` holds the
    saved answers that are there: one that was not relevant is absent, an empty one is "".
    """

    declared: EntityList
    list_name: str
    uuid: str
    creates: bool
    updates: bool
    base_version: str
    trunk_version: str
    branch_id: str
    label: str
    data: Mapping[str, str]


def sent_entities(
    instance: Instance, schema: Schema, corrections: Mapping[str, str] | None = None
) -> tuple[SentEntity, ...]:
    """Every entity that is to be created or updated, in document order of their declarations.

    `corrections`: by the place of an answer (forms.places), what counts instead of what was sent.
    """
    if instance.encrypted:
        return ()
    return tuple(
        replace(sent, data={**sent.data, **_corrected(declared, schema, place, corrections)})
        if corrections
        else sent
        for declared in schema.entity_lists
        for place in _at(instance.root, _steps(declared.path))
        for sent in _read(place, declared)
    )


def _corrected(
    declared: EntityList, schema: Schema, place: etree._Element, corrections: Mapping[str, str]
) -> dict[str, str]:
    """Property -> the value that counts, of the entity in this element; a repeat has one in each row."""
    row = _row_around(place, declared, frozenset(repeat.path for repeat in schema.repeats))
    counts: dict[str, str] = {}
    for named, text in corrections.items():
        question = question_at(schema, named)
        if question is not None and question.path in declared.saves and row_of(named) == row:
            counts[declared.saves[question.path]] = text
    return counts


def _row_around(place: etree._Element, declared: EntityList, repeats: frozenset[str]) -> str:
    """The row of a repeat that an entity lies in, with those around it; empty outside of repeats."""
    way, path, element = "", declared.path, place
    while path:
        path, _, name = path.rpartition("/")
        before = [one for one in element.itersiblings(preceding=True) if local_name(one) == name]
        way = f"/{name}[{len(before) + 1}]{way}" if f"{path}/{name}" in repeats else f"/{name}{way}"
        parent = element.getparent()
        assert parent is not None
        element = parent
    return row_of(way)


def _read(place: etree._Element, declared: EntityList) -> Iterator[SentEntity]:
    element = next(iter(_at(place, ["meta", "entity"])), None)
    if element is None:
        return
    said = {str(name).rpartition("}")[2]: str(value).strip() for name, value in element.attrib.items()}
    creates, updates = said.get("create") in _TRUE, said.get("update") in _TRUE
    if not (creates or updates):
        return
    data: dict[str, str] = {}
    for path, name in declared.saves.items():
        for answer in _at(place, _steps(path[len(declared.path) :])):
            data[name] = answer.text or ""
    label = next((child.text or "" for child in element if local_name(child) == "label"), "")
    yield SentEntity(
        declared=declared,
        list_name=said.get("dataset", ""),
        uuid=said.get("id", ""),
        creates=creates,
        updates=updates,
        base_version=said.get("baseVersion", ""),
        trunk_version=said.get("trunkVersion", ""),
        branch_id=said.get("branchId", ""),
        label=label,
        data=data,
    )


def _steps(path: str) -> list[str]:
    return path[1:].split("/") if path else []


def _at(element: etree._Element, steps: Sequence[str]) -> list[etree._Element]:
    """The elements along these names, whatever their namespaces."""
    found = [element]
    for step in steps:
        found = [child for parent in found for child in parent if local_name(child) == step]
    return found
