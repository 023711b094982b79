"""What the names of a filter and of an order mean: system fields, questions, and rows of repeats.

A `Sources` writes the FROM of one question to the reading and joins only what somebody asked for: a list
without a filter reads no answer at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from analytics.answers import identifier, quoted
from analytics.columns import WKT
from analytics.odata.filter import Columns, Rows
from analytics.odata.operands import TYPES, Operand
from analytics.odata.shape import Field, Shape, Table, fields_in, repeats_beside
from forms.faults.odata import FieldUnsupported

OF_ROOT = "$root/Submissions/"

# how decisions of ours are called by Central; nobody has decided: absent
REVIEW_STATE = (
    "CASE WHEN review.action = 'accepted' THEN 'approved' WHEN review.action = 'returned' THEN 'hasIssues' "
    "WHEN review.action = 'void' THEN 'rejected' WHEN review.action = 'edited' "
    "OR (review.action IS NULL AND edited.root_seq IS NOT NULL) THEN 'edited' END"
)
UPDATED_AT = "greatest(review.decided_at, CASE WHEN edited.root_seq IS NOT NULL THEN sent.received_at END)"
REVIEWS = (
    "(SELECT submission_seq, arg_max(action, seq) AS action, arg_max(decided_at, seq) AS decided_at "
    "FROM decision WHERE action IN ('received', 'accepted', 'returned', 'void', 'edited') "
    "GROUP BY submission_seq)"
)
# name -> SQL, type, what has to be joined for it
_SYSTEM = {
    "__id": ("root.instance_id", "text", ("root",)),
    "__system/submissionDate": ("root.received_at", "moment", ("root",)),
    "__system/updatedAt": (UPDATED_AT, "moment", ("edited", "sent", "review")),
    "__system/deletedAt": ("deleted.deleted_at", "moment", ("deleted",)),
    "__system/submitterId": ("root.submitter_id", "number", ("root",)),
    "__system/reviewState": (REVIEW_STATE, "text", ("edited", "review")),
    "__system/edits": ("coalesce(edited.edits, 0)", "number", ("edited",)),
    "__system/formVersion": ("root.version", "text", ("root",)),
}


@dataclass(slots=True)
class Sources:
    """The FROM of one table. `has_edits`, `has_deleted`: whether the temporary tables hold anything.

    The alias `line` is a row of a repeat, `root` the first version of a submission, `sent` the latest,
    `answers` the typed row of the latest.
    """

    shape: Shape
    table: Table
    has_edits: bool
    has_deleted: bool
    joined: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def of_lines(self) -> bool:
        return self.table.path != ""

    @property
    def root_seq(self) -> str:
        if not self.of_lines:
            return "root.submission_seq"
        return "coalesce(edited.root_seq, line._seq)" if self.has_edits else "line._seq"

    @property
    def current_seq(self) -> str:
        if self.of_lines:
            return "line._seq"
        return (
            "coalesce(edited.current_seq, root.submission_seq)" if self.has_edits else "root.submission_seq"
        )

    @property
    def line(self) -> str:
        return "line.rowid" if self.of_lines else "0"

    @property
    def place(self) -> str:
        """The columns of the temporary table `page`."""
        return f"{self.root_seq} AS root_seq, {self.current_seq} AS current_seq, {self.line} AS line"

    def need(self, *names: str) -> None:
        self.joined.update(names)

    def sql(self, *needed: str, lines: str = "") -> str:
        """FROM with its joins: those that somebody asked for, and these.

        `lines`: SQL of the rows of the repeat to look at, with their rowid; without it all of them.
        """
        joined = self.joined | set(needed)
        if self.has_edits and (self.of_lines or joined & {"answers", "sent", "review", "current"}):
            joined.add("edited")
        if self.has_deleted:
            joined.add("deleted")
        parts = [f"{lines or self.table.typed} AS line" if self.of_lines else "submission AS root"]
        if "edited" in joined:
            on = (
                "edited.current_seq = line._seq" if self.of_lines else "edited.root_seq = root.submission_seq"
            )
            parts.append(f"LEFT JOIN temp.edited AS edited ON {on}")
        if self.of_lines and "root" in joined:
            parts.append(f"JOIN submission AS root ON root.submission_seq = {self.root_seq}")
        if "deleted" in joined:
            parts.append(f"LEFT JOIN temp.deleted AS deleted ON deleted.root_seq = {self.root_seq}")
        if "sent" in joined:
            parts.append(f"JOIN submission AS sent ON sent.submission_seq = {self.current_seq}")
        if "review" in joined:
            parts.append(f"LEFT JOIN {REVIEWS} AS review ON review.submission_seq = {self.current_seq}")
        if "answers" in joined:
            typed = self.shape.root.typed
            parts.append(f"LEFT JOIN {typed} AS answers ON answers._seq = {self.current_seq}")
        return " ".join(parts)

    def alias(self) -> str:
        return f"row{next(self._numbers)}"

    def columns(self) -> Columns:
        return _OfLines(self, self.table, "line") if self.of_lines else _OfRoot(self)


class _OfRoot:
    """The names that the table Submissions knows."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._fields = dict(fields_in(sources.shape.root.children))
        self._repeats = dict(repeats_beside(sources.shape.root.children))

    def field(self, name: str) -> Operand:
        name = name.removeprefix(OF_ROOT).removeprefix("$it/")
        if (system := _SYSTEM.get(name)) is not None:
            sql, kind, needs = system
            self._sources.need(*needs)
            return Operand(sql, kind)
        if (known := self._fields.get(name)) is None:
            raise FieldUnsupported(name=name[:100])
        self._sources.need("answers")
        return _of(known, "answers")

    def rows(self, name: str) -> Rows:
        table = self._repeats.get(name.removeprefix(OF_ROOT).removeprefix("$it/"))
        if table is None:
            raise FieldUnsupported(name=name[:100])
        self._sources.need("current")
        alias = self._sources.alias()
        where = f"{alias}._seq = {self._sources.current_seq}"
        return Rows(f"{table.typed} AS {alias}", where, _OfLines(self._sources, table, alias))


class _OfLines:
    """The names that the table of a repeat knows: its own, and those of the submission by $root."""

    def __init__(self, sources: Sources, table: Table, alias: str) -> None:
        self._sources = sources
        self._table = table
        self._alias = alias
        self._fields = dict(fields_in(table.children))
        self._repeats = dict(repeats_beside(table.children))

    def field(self, name: str) -> Operand:
        if name.startswith(OF_ROOT):
            return _OfRoot(self._sources).field(name)
        name = name.removeprefix("$it/")
        if name == "__id":
            self._sources.need("root")
            return Operand(line_id(self._table, self._alias, "root.instance_id"), "text")
        if name == self._sources.shape.root.id_name and self._table.parent == "":
            self._sources.need("root")
            return Operand("root.instance_id", "text")
        if (known := self._fields.get(name)) is None:
            raise FieldUnsupported(name=name[:100])
        return _of(known, self._alias)

    def rows(self, name: str) -> Rows:
        if name.startswith(OF_ROOT):
            return _OfRoot(self._sources).rows(name)
        table = self._repeats.get(name.removeprefix("$it/"))
        if table is None:
            raise FieldUnsupported(name=name[:100])
        alias = self._sources.alias()
        where = f"{alias}._seq = {self._alias}._seq AND {alias}._parent_key = {self._alias}._key"
        return Rows(f"{table.typed} AS {alias}", where, _OfLines(self._sources, table, alias))


def line_id(table: Table, alias: str, root_id: str) -> str:
    """SQL of the __id of a repeat's row, or of the row around it: the sha1 of its way (protocol.md 15)."""
    parts = [quoted("Submissions#"), root_id]
    ways = [step for step, _ in table.way]
    pattern = "^" + "".join(f"/{re.escape(step)}(?:\\[(\\d+)\\])?" for step in ways)
    key = f"substr({alias}._key, length({alias}._instance_id) + 1)"
    for number, step in enumerate(ways, start=1):
        index = f"regexp_extract({key}, {quoted(pattern)}, {number})"
        written = f"CASE {index} WHEN '' THEN '' ELSE CAST(CAST({index} AS BIGINT) - 1 AS VARCHAR) END"
        parts += [quoted(f"%%{step}#"), f"({written})"]
    return f"sha1({' || '.join(parts)})"


def _of(known: Field, alias: str) -> Operand:
    column = known.column
    cell = f"{alias}.{identifier(column.name)}"
    if column.kind == "geopoint":  # only asked whether it is there: as it is in the rows
        cell = f"CASE WHEN {cell}.lon IS NOT NULL THEN {cell} END"
    elif column.kind in ("geotrace", "geoshape"):
        cell = f"{alias}.{identifier(column.name + WKT)}"
    return Operand(cell, TYPES[column.kind])
