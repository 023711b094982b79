"""The tables a form has in OData: what each holds, in the order and under the names that a client sees.

`Submissions` is the form itself; every repeat is a table of its own, named by its path with dots. Groups are
nested. Names keep to the letters that OData takes; two that became the same are told apart by a number.
Spec: protocol.md 15.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, Tables, repeat_table
from analytics.columns import Column
from analytics.odata.memory import Memory
from forms.decoding import decode
from forms.errors import FormNotFound
from forms.faults.odata import TableNotFound
from forms.schema import Schema

ROOT = "Submissions"


@dataclass(frozen=True, slots=True)
class Field:
    """A question: its name in OData, and the column that holds its answers."""

    name: str
    column: Column


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    path: str  # in the form
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The submissions (`path` is "") or the rows of a repeat.

    `parent` is the path of the repeat around it, "" for a repeat at the top. `way` are the steps to it, as
    (step in the form, name in OData); `typed` is where its answers lie.
    """

    name: str
    path: str
    parent: str
    way: tuple[tuple[str, str], ...]
    typed: str
    children: tuple[Node, ...]

    @property
    def full_name(self) -> str:
        """As in the service document: Submissions.children.child."""
        return ".".join((ROOT, *(name for _, name in self.way)))

    @property
    def id_name(self) -> str:
        """What rows of repeats in this one call their parent."""
        return f"__{'-'.join((ROOT, *(name for _, name in self.way)))}-id"


Node: TypeAlias = Field | Group | Table


@dataclass(frozen=True, slots=True)
class Shape:
    """All tables of the newest version of a form."""

    form_id: str
    title: str
    root: Table

    def tables(self) -> Iterator[Table]:
        yield self.root
        yield from repeats_in(self.root)

    def table(self, full_name: str) -> Table:
        """Raises: TableNotFound."""
        for table in self.tables():
            if table.full_name == full_name:
                return table
        raise TableNotFound(table=full_name[:200])

    def at(self, path: str) -> Table:
        """The table of the repeat at this path of the form."""
        return next(table for table in self.tables() if table.path == path)


def read_shape(
    db: DuckDBPyConnection, project_id: int, form_id: str, hidden: frozenset[str] = frozenset()
) -> Shape:
    """The shape of a form, without the questions that are hidden. Raises: FormNotFound."""
    row = db.execute(
        "SELECT form_schema, table_schema, places FROM form_version "
        "WHERE project_id = $project_id AND form_id = $form_id ORDER BY seq DESC LIMIT 1",
        {"project_id": project_id, "form_id": form_id},
    ).fetchone()
    if row is None:
        raise FormNotFound(form_id=form_id)
    version = (*row, hidden)
    known = _known.get(version)
    if known is None:
        known = _shape(db, *version)
        _known.put(version, known)
    return known


# by the texts of a version: what its questions are, and in which columns their answers lie
_known: Memory[Shape] = Memory(64)


def _shape(
    db: DuckDBPyConnection, form_schema: str, table_schema: str, places: str, hidden: frozenset[str]
) -> Shape:
    kinds = db.execute(
        "SELECT DISTINCT table_name, column_name, kind FROM form_column WHERE table_schema = $schema",
        {"schema": table_schema},
    ).fetchall()
    schema = decode(form_schema, Schema)
    tables = Tables(table_schema)
    for table, name, kind in kinds:
        tables.of(table)[name.lower()] = Column(name, kind, ())
    builder = _Builder(schema, tables, json.loads(places), hidden)
    root = Table(ROOT, "", "", (), tables.qualified(SUBMISSIONS), builder.children("", "", ()))
    return Shape(schema.form_id, schema.title, root)


def sanitized(name: str) -> str:
    """A name with only the characters that OData takes. Spec: protocol.md 15, "Names"."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", re.sub(r"^([^A-Za-z_])", r"_\1", name))


def fields_in(children: tuple[Node, ...], way: tuple[str, ...] = ()) -> Iterator[tuple[str, Field]]:
    """Every field of a table by its path below it: "group/age"; those of repeats left out."""
    for child in children:
        if isinstance(child, Field):
            yield "/".join((*way, child.name)), child
        elif isinstance(child, Group):
            yield from fields_in(child.children, (*way, child.name))


def repeats_in(node: Group | Table) -> Iterator[Table]:
    """Every repeat below, in the order of the form."""
    for child in node.children:
        if isinstance(child, Table):
            yield child
        if isinstance(child, Group | Table):
            yield from repeats_in(child)


def repeats_beside(children: tuple[Node, ...], way: tuple[str, ...] = ()) -> Iterator[tuple[str, Table]]:
    """The repeats that stand directly in a table, by their path below it: "children/child"."""
    for child in children:
        if isinstance(child, Table):
            yield "/".join((*way, child.name)), child
        elif isinstance(child, Group):
            yield from repeats_beside(child.children, (*way, child.name))


class _Builder:
    """Builds the tree of one version from the paths of its questions."""

    def __init__(
        self, schema: Schema, tables: Tables, places: dict[str, tuple[str, str]], hidden: frozenset[str]
    ) -> None:
        self._tables = tables
        self._repeats = {repeat.path for repeat in schema.repeats}
        self._columns: dict[str, Column] = {}
        self._below: dict[str, dict[str, None]] = {}  # path -> the paths directly below it, in order
        for question in schema.questions:
            place = places.get(question.path)
            if place is None or question.name in hidden:
                continue
            self._columns[question.path] = tables.of(place[0])[place[1].lower()]
            self._add(question.path)
        for path in self._repeats:
            self._add(path)

    def _add(self, path: str) -> None:
        while path:
            above = path.rpartition("/")[0]
            self._below.setdefault(above, {})[path] = None
            path = above

    def children(self, path: str, repeat: str, way: tuple[tuple[str, str], ...]) -> tuple[Node, ...]:
        """What stands directly below a path; `repeat` is the one it lies in."""
        taken = {"__id", "__system"}
        made: list[Node] = []
        for below in self._below.get(path, ()):
            step = below.rpartition("/")[2]
            name = first = sanitized(step)
            number = 1
            while name in taken:
                number += 1
                name = f"{first}_{number}"
            taken.add(name)
            here = (*way, (step, name))
            if below in self._columns:
                made.append(Field(name, self._columns[below]))
            elif below in self._repeats:
                typed = self._tables.qualified(repeat_table(below))
                made.append(Table(name, below, repeat, here, typed, self.children(below, below, here)))
            else:
                made.append(Group(name, below, self.children(below, repeat, here)))
        return tuple(made)
