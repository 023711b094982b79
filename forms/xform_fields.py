"""The fields of a form as ODK Central lists them: groups and repeats too, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forms.schema import Schema

STRUCTURE, REPEAT = "structure", "repeat"


@dataclass(frozen=True, slots=True)
class Field:
    """One node of the primary instance; `type` is that of a question, structure or repeat."""

    name: str
    path: str
    type: str
    binary: bool
    select_multiple: bool
    order: int


def fields_of(schema: Schema) -> tuple[Field, ...]:
    """Every field of one version, each group before what stands in it."""
    repeats = {repeat.path for repeat in schema.repeats}
    fields: list[Field] = []
    seen: set[str] = set()

    def add(path: str, kind: str, *, binary: bool = False, several: bool = False) -> None:
        if path not in seen:
            seen.add(path)
            fields.append(Field(path.rpartition("/")[2], path, kind, binary, several, len(fields)))

    def add_around(path: str) -> None:
        steps = path.split("/")[1:-1]
        for depth in range(1, len(steps) + 1):
            around = "/" + "/".join(steps[:depth])
            add(around, REPEAT if around in repeats else STRUCTURE)

    for question in schema.questions:
        add_around(question.path)
        add(
            question.path,
            question.type,
            binary=question.type == "binary" or question.path == "/meta/audit",
            several=question.control == "select",
        )
    for entity_list in schema.entity_lists:  # one without a label has no question of its own
        path = f"{entity_list.path}/meta/entity"
        add_around(path)
        add(path, STRUCTURE)
    return tuple(fields)


def merged(versions: Iterable[Sequence[Field]]) -> tuple[Field, ...]:
    """The fields of all versions, the oldest first: those that are gone stand at the end of their group."""
    result: list[Field] = []
    for fields in versions:
        known = {field.path for field in fields}
        newer = list(fields)
        for gone in result:
            if gone.path in known:
                continue
            around = gone.path.rpartition("/")[0]
            last = max(
                (
                    place
                    for place, field in enumerate(newer)
                    if field.path == around or field.path.startswith(f"{around}/")
                ),
                default=len(newer) - 1,
            )
            newer.insert(last + 1, gone)
        result = newer
    return tuple(replace(field, order=order) for order, field in enumerate(result))


def odata_names(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The same under the names that OData can carry; of those called alike, the later get numbers."""
    called: dict[str, str] = {"": ""}
    taken: set[str] = set()
    shown: list[Field] = []
    for field in fields:
        above, _, step = field.path.rpartition("/")
        if above not in called:
            called[above] = "/".join(map(_odata_name, above.split("/")))
        name = first = _odata_name(step)
        number = 1
        while f"{called[above]}/{name}" in taken or name in ("__id", "__system"):
            number += 1
            name = f"{first}_{number}"
        called[field.path] = path = f"{called[above]}/{name}"
        taken.add(path)
        shown.append(replace(field, name=name, path=path))
    return tuple(shown)


def _odata_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", re.sub(r"^([^A-Za-z_])", r"_\1", name))
