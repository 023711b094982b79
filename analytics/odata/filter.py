"""A filter of OData as SQL: every value a parameter, every field by somebody who knows the tables.

    filter = parse_filter("age gt 5 and contains(group/name, 'a')")
    sql, parameters = filter.to_sql(columns, now)

`columns` answers what a name means (`Columns`). Comparisons follow SQL and ODK Central: what is absent is
neither larger nor smaller than anything, equals null, and differs from every value.

Raises while reading: FilterInvalid (400.18), FilterUnsupported (501.4); while writing also
FieldUnsupported (501.5) and FilterTypesDiffer (400.18).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from analytics.odata import functions
from analytics.odata.grammar import (
    Among,
    Call,
    Compare,
    Joined,
    Literal,
    Node,
    Not,
    OfRows,
    Path,
    read_tree,
)
from analytics.odata.literals import LiteralValue
from analytics.odata.operands import Operand, adapted, comparable, literal_type
from forms.faults.odata import FieldUnsupported, FilterTypesDiffer, FilterUnsupported

__all__ = ["Columns", "Filter", "Operand", "Rows", "parse_filter"]

DELETED_AT = "__system/deletedAt"
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class Columns(Protocol):
    """What the names of a filter mean. Both raise FieldUnsupported where the name means nothing."""

    def field(self, name: str) -> Operand:
        """The SQL of a field and its type."""
        ...

    def rows(self, name: str) -> Rows:
        """The rows of a repeat that belong to the row at hand."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """`source` is what stands after FROM and WHERE, tied to the row outside; `columns` are its own."""

    source: str
    where: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was understood as a sentence; whether its fields exist, its columns say."""

    text: str
    tree: Node

    def names(self) -> frozenset[str]:
        """The fields it names outside of repeats' rows."""
        return frozenset(_names(self.tree))

    @property
    def sees_deleted(self) -> bool:
        """Does it name deletedAt? What is in the trash is then left to it."""
        return any(name.endswith(DELETED_AT) for name in self.names())

    def to_sql(
        self, columns: Columns, now: datetime, prefix: str = "filter"
    ) -> tuple[str, dict[str, LiteralValue]]:
        """A condition, and its parameters, whose names begin with the prefix."""
        writer = _Writer(now, prefix)
        return writer.condition(self.tree, columns, {}, False), writer.parameters


def parse_filter(text: str) -> Filter:
    """Raises: FilterInvalid (400.18), FilterUnsupported (501.4)."""
    return Filter(text, read_tree(text))


def _names(node: Node) -> Iterator[str]:
    match node:
        case Path():
            yield node.name
        case Call():
            for argument in node.arguments:
                yield from _names(argument)
        case Compare():
            yield from _names(node.left)
            yield from _names(node.right)
        case Among():
            yield from _names(node.left)
        case Joined():
            for term in node.terms:
                yield from _names(term)
        case Not():
            yield from _names(node.term)
        case OfRows():
            if node.condition is not None:
                yield from _names(node.condition)


class _Writer:
    """Writes one filter. `negated` says that an odd number of NOTs stands around what is written."""

    def __init__(self, now: datetime, prefix: str) -> None:
        self.parameters: dict[str, LiteralValue] = {}
        self._now = now.astimezone(UTC).replace(tzinfo=None)
        self._prefix = prefix

    def condition(self, node: Node, columns: Columns, rows: dict[str, Columns], negated: bool) -> str:
        """The SQL of something true or false."""
        match node:
            case Joined():
                glue = f" {node.operator.upper()} "
                return f"({glue.join(self.condition(term, columns, rows, negated) for term in node.terms)})"
            case Not():
                return f"(NOT {self.condition(node.term, columns, rows, not negated)})"
            case Compare():
                return self._compare(node, columns, rows, negated)
            case Among():
                return self._among(node, columns, rows, negated)
            case OfRows():
                return self._of_rows(node, columns, rows)
            case _:
                operand = self._operand(node, columns, rows)
                if operand.type != "boolean":
                    raise FilterTypesDiffer(left=operand.type, right="boolean", at=node.at)
                return operand.sql

    def _operand(self, node: Node, columns: Columns, rows: dict[str, Columns]) -> Operand:
        match node:
            case Literal():
                return self._literal(node.value)
            case Path():
                variable, _, name = node.name.partition("/")
                if variable in rows:
                    if not name:
                        raise FieldUnsupported(name=node.name[:100])
                    return rows[variable].field(name)
                return columns.field(node.name)
            case Call():
                if node.function == "now" and not node.arguments:
                    return self._literal(self._now)
                return functions.call(
                    node,
                    [
                        argument if isinstance(argument, Literal) else self._operand(argument, columns, rows)
                        for argument in node.arguments
                    ],
                    self._literal,
                )
            case _:
                return Operand(self.condition(node, columns, rows, True), "boolean")

    def _literal(self, value: LiteralValue) -> Operand:
        kind = literal_type(value)
        if value is None:
            return Operand("NULL", kind)
        name = f"{self._prefix}{len(self.parameters)}"
        self.parameters[name] = value
        sql_type = {
            "text": "VARCHAR",
            "number": "BIGINT" if isinstance(value, int) else "DOUBLE",
            "boolean": "BOOLEAN",
            "date": "DATE",
            "time": "TIME",
            "moment": "TIMESTAMP",
        }[kind]
        return Operand(f"CAST(${name} AS {sql_type})", kind)

    def _compare(self, node: Compare, columns: Columns, rows: dict[str, Columns], negated: bool) -> str:
        if node.operator == "has":
            return self._operand(Call("selected", (node.left, node.right), node.at), columns, rows).sql
        left, right = node.left, node.right
        if _is_null(left) or _is_null(right):
            other = right if _is_null(left) else left
            if node.operator not in ("eq", "ne"):
                return "CAST(NULL AS BOOLEAN)"  # nothing is larger or smaller than what is absent
            if _is_null(other):
                return "true" if node.operator == "eq" else "false"
            absent = "IS NULL" if node.operator == "eq" else "IS NOT NULL"
            return f"({self._operand(other, columns, rows).sql} {absent})"
        one, two = self._pair(left, right, node.at, columns, rows)
        sign = _SIGNS[node.operator]
        if node.operator == "ne":
            sign = "IS DISTINCT FROM"
        elif node.operator == "eq" and (negated or not _is_constant(left, right)):
            sign = "IS NOT DISTINCT FROM"  # "=" only where it finds the same, because a scan can skip by it
        return f"({one} {sign} {two})"

    def _pair(
        self, left: Node, right: Node, at: int, columns: Columns, rows: dict[str, Columns]
    ) -> tuple[str, str]:
        """Both sides as the same type: a literal becomes what stands on the other side."""
        if isinstance(left, Literal) and not isinstance(right, Literal):
            second, first = self._pair(right, left, at, columns, rows)
            return first, second
        one = self._operand(left, columns, rows)
        if isinstance(right, Literal):
            right = Literal(adapted(right.value, one.type, right.at), right.at)
        return comparable(one, self._operand(right, columns, rows), at)

    def _among(self, node: Among, columns: Columns, rows: dict[str, Columns], negated: bool) -> str:
        if isinstance(node.left, Literal):
            raise FilterUnsupported(feature="in", at=node.at)
        pairs = [
            self._pair(node.left, value, value.at, columns, rows)
            for value in node.values
            if value.value is not None
        ]
        found = []
        for one in dict.fromkeys(one for one, _ in pairs):
            listed = ", ".join(two for other, two in pairs if other == one)
            found.append(f"coalesce({one} IN ({listed}), false)" if negated else f"{one} IN ({listed})")
        if len(pairs) < len(node.values):
            found.append(f"{self._operand(node.left, columns, rows).sql} IS NULL")
        return f"({' OR '.join(found)})"

    def _of_rows(self, node: OfRows, columns: Columns, rows: dict[str, Columns]) -> str:
        if node.every and node.condition is None:
            raise FilterUnsupported(feature="all()", at=node.at)
        variable, _, name = node.rows.partition("/")
        meant = rows[variable].rows(name) if variable in rows and name else columns.rows(node.rows)
        condition = "true"
        if node.condition is not None:
            inner = {**rows, node.variable: meant.columns}
            # what is neither true nor false of a row counts as false there, whatever stands around
            condition = self.condition(node.condition, columns, inner, False)
        if node.every:
            return (
                f"(NOT EXISTS (SELECT 1 FROM {meant.source} "  # noqa: S608  (names from the schema, quoted)
                f"WHERE {meant.where} AND NOT coalesce({condition}, false)))"
            )
        return f"(EXISTS (SELECT 1 FROM {meant.source} WHERE {meant.where} AND {condition}))"  # noqa: S608


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _is_constant(left: Node, right: Node) -> bool:
    return isinstance(left, Literal) or isinstance(right, Literal)
