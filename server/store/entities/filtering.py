"""A filter of OData over the entities of a list, as a condition of SQL; any property can stand in it.

The sentence is read by `analytics.odata`; here its tree meets the columns. A property is a text, absent ones
are empty, and beside a number it counts as one where it writes one. Names are those of OData.

Raises while writing: FieldUnsupported (501.5), FilterUnsupported (501.4), FilterTypesDiffer (400.18).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, Integer, Text, and_, cast, false, func, literal, not_, or_, select, true
from sqlalchemy import type_coerce as seen_as

from analytics.odata.grammar import (
    Among,
    Call,
    Compare,
    Joined,
    Literal,
    LiteralValue,
    Node,
    Not,
    OfRows,
    Path,
)
from forms.faults.odata import FieldUnsupported, FilterTooLong, FilterTypesDiffer, FilterUnsupported
from server.store.columns import moment_text
from server.store.entities.odata_names import names_of
from server.store.entities.sql_texts import (
    AnyColumn,
    CapitalLetters,
    NotByIndex,
    NumberOf,
    PositionOf,
    SmallLetters,
    property_text,
)
from server.store.tables import actor, entity

MOST_COMPARED = 200
_SIGNS = ("eq", "ne", "lt", "le", "gt", "ge")
_PARTS = {
    "year": (1, 4),
    "month": (6, 2),
    "day": (9, 2),
    "hour": (12, 2),
    "minute": (15, 2),
    "second": (18, 2),
}


@dataclass(frozen=True, slots=True)
class _Term:
    """A column or value and what it gives: text, number, moment, day, boolean, null; `prop`: its property."""

    sql: AnyColumn
    type: str
    prop: str | None = None


def field_of(name: str, properties: tuple[str, ...]) -> AnyColumn:
    """What $orderby sorts by. Raises: FieldUnsupported."""
    return _Fields(names_of(properties), properties, datetime.now(UTC)).field(name).sql


def names_deleted(node: Node) -> bool:
    """Does the filter ask for deleted entities? Only then they are among the rows."""
    match node:
        case Path():
            return node.name == "__system/deletedAt"
        case Call():
            return any(map(names_deleted, node.arguments))
        case Compare():
            return names_deleted(node.left) or names_deleted(node.right)
        case Among():
            return names_deleted(node.left)
        case Joined():
            return any(map(names_deleted, node.terms))
        case Not():
            return names_deleted(node.term)
        case _:
            return False


def condition_of(
    node: Node, properties: tuple[str, ...], now: datetime, by: str | None = None
) -> ColumnElement[bool]:
    """The condition a filter means. `by`: the one property that it is to be looked up by, if it is known."""
    return _Fields(names_of(properties), properties, now, by).condition(node, alone=True)


@dataclass(frozen=True, slots=True)
class _Fields:
    named: Mapping[str, str]
    properties: tuple[str, ...]
    now: datetime
    by: str | None = None

    def condition(self, node: Node, *, alone: bool = False) -> ColumnElement[bool]:
        """`alone`: nothing but rows that fit this are wanted, so that an index of one property helps."""
        match node:
            case Joined(operator="and"):
                return and_(*(self.condition(term, alone=alone) for term in node.terms))
            case Joined():
                return or_(*map(self.condition, node.terms))
            case Not():
                return not_(func.coalesce(self.condition(node.term), false()))
            case Compare():
                return self._compare(node, by_index=alone and node.operator == "eq")
            case Among():
                return self._among(node)
            case OfRows():
                raise FieldUnsupported(name=node.rows[:100])
            case _:
                term = self._term(node)
                if term.type != "boolean":
                    raise FilterTypesDiffer(left=term.type, right="boolean", at=node.at)
                return term.sql

    def field(self, name: str) -> _Term:
        system = _system(name)
        if system is not None:
            return system
        prop = self.named.get(name) or (name if name in self.properties else None)
        if prop is None:
            raise FieldUnsupported(name=name[:100])
        return _Term(property_text(prop), "text", prop)

    def _term(self, node: Node) -> _Term:
        match node:
            case Literal():
                return _value(node.value, node.at)
            case Path():
                return self.field(node.name)
            case Call():
                return self._call(node)
            case _:
                return _Term(self.condition(node), "boolean")

    def _compare(self, node: Compare, *, by_index: bool = False) -> ColumnElement[bool]:
        if node.operator not in _SIGNS:
            raise FilterUnsupported(feature=node.operator, at=node.at)
        left, right = self._term(node.left), self._term(node.right)
        if "null" in (left.type, right.type):
            return _with_null(node.operator, left, right)
        if left.type != right.type:
            left, right = _alike(left, right, node.at), _alike(right, left, node.at)
        if left.type != right.type:
            raise FilterTypesDiffer(left=left.type, right=right.type, at=node.at)
        if not by_index or (self.by is not None and self.by not in (left.prop, right.prop)):
            left, right = _not_by_index(left), _not_by_index(right)
        match node.operator:
            case "eq":
                return left.sql == right.sql
            case "ne":
                return left.sql.is_distinct_from(right.sql)
            case "lt":
                return left.sql < right.sql
            case "le":
                return left.sql <= right.sql
            case "gt":
                return left.sql > right.sql
            case _:
                return left.sql >= right.sql

    def _among(self, node: Among) -> ColumnElement[bool]:
        left, values = self._term(node.left), [value.value for value in node.values]
        if left.type == "text" and all(isinstance(value, str) for value in values):
            for value in node.values:
                _value(value.value, value.at)
            return _not_by_index(left).sql.in_(values)
        if len(values) > MOST_COMPARED:  # a database takes an expression only so deep
            raise FilterTooLong()
        return or_(*(self._compare(Compare("eq", node.left, value, node.at)) for value in node.values))

    def _call(self, node: Call) -> _Term:
        given = [self._term(argument) for argument in node.arguments]
        shape = (node.function, *(term.type for term in given))
        terms = [term.sql for term in given]
        match shape:
            case ("now",):
                return _value(self.now, node.at)
            case ("contains", "text", "text"):
                return _Term(PositionOf(terms[0], terms[1]) > 0, "boolean")
            case ("startswith", "text", "text"):
                return _Term(func.substr(terms[0], 1, func.length(terms[1])) == terms[1], "boolean")
            case ("endswith", "text", "text"):
                begin = func.length(terms[0]) - func.length(terms[1]) + 1
                return _Term(and_(begin > 0, func.substr(terms[0], begin) == terms[1]), "boolean")
            case ("selected", "text", "text"):
                space = literal(" ")
                within = PositionOf(space + terms[0] + space, space + terms[1] + space)
                return _Term(within > 0, "boolean")
            case ("tolower", "text"):
                return _Term(SmallLetters(terms[0]), "text")
            case ("toupper", "text"):
                return _Term(CapitalLetters(terms[0]), "text")
            case ("trim", "text"):
                return _Term(func.trim(terms[0]), "text")
            case ("concat", "text", "text"):
                return _Term(seen_as(terms[0], Text) + seen_as(terms[1], Text), "text")
            case ("length", "text"):
                return _Term(func.length(terms[0]), "number")
            case ("indexof", "text", "text"):
                return _Term(PositionOf(terms[0], terms[1]) - 1, "number")
            case (("year" | "month" | "day" | "hour" | "minute" | "second") as part, "moment" | "text"):
                figures = func.nullif(func.substr(terms[0], *_PARTS[part]), "")
                if given[0].type == "moment":
                    return _Term(cast(figures, Integer), "number")
                return _Term(NumberOf(func.ltrim(figures, "0")), "number")
            case ("date", "moment" | "text"):
                return _Term(func.substr(terms[0], 1, 10), "text")
            case ("time", "moment" | "text"):
                return _Term(func.substr(terms[0], 12, 15), "text")
        raise FilterUnsupported(feature=f"{node.function[:60]}()", at=node.at)


def _system(name: str) -> _Term | None:
    columns = entity.c
    match name:
        case "__id":
            return _Term(columns.uuid, "text")
        case "label":
            return _Term(columns.label, "text")
        case "__system/createdAt":
            return _Term(seen_as(columns.created_at, Text), "moment")
        case "__system/updatedAt":
            return _Term(seen_as(columns.updated_at, Text), "moment")
        case "__system/deletedAt":
            return _Term(seen_as(columns.deleted_at, Text), "moment")
        case "__system/creatorId":
            return _Term(func.coalesce(columns.created_by, 0), "number")
        case "__system/creatorName":
            named = select(actor.c.display_name).where(actor.c.id == columns.created_by).correlate(entity)
            return _Term(named.scalar_subquery(), "text")
        case "__system/version":
            return _Term(columns.version, "number")
        case "__system/updates":
            return _Term(columns.version - 1, "number")
        case "__system/conflict":
            return _Term(columns.conflict, "text")
    return None


def _value(value: LiteralValue, at: int) -> _Term:
    match value:
        case None:
            return _Term(literal(None), "null")
        case bool():
            return _Term(true() if value else false(), "boolean")
        case int() | float():
            return _Term(literal(value), "number")
        case datetime():
            return _Term(literal(moment_text(value.replace(tzinfo=value.tzinfo or UTC))), "moment")
        case date():
            return _Term(literal(value.isoformat()), "day")
        case time():
            return _Term(literal(value.isoformat()), "text")
        case _:
            if "\0" in value:  # no text here holds one, and PostgreSQL takes none
                raise FilterUnsupported(feature="NUL", at=at)
            return _Term(literal(value), "text")


def _alike(term: _Term, other: _Term, at: int) -> _Term:
    """The term as the other one's type, where that is what it means."""
    match (term.type, other.type):
        case ("text", "number"):
            return _Term(NumberOf(term.sql), "number", term.prop)
        case ("day", "text" | "moment"):
            return _Term(term.sql, other.type)  # 2026-05-01 stands before every moment of that day
        case ("text", "moment"):
            return _Term(term.sql, "moment")
        case ("boolean", "text"):
            raise FilterTypesDiffer(left="boolean", right="text", at=at)
    return term


def _not_by_index(term: _Term) -> _Term:
    return term if term.prop is None else replace(term, sql=NotByIndex(term.sql))


def _with_null(operator: str, left: _Term, right: _Term) -> ColumnElement[bool]:
    if left.type == right.type:
        return true() if operator == "eq" else false()
    term = right if left.type == "null" else left
    absent = (term.sql == "") if term.prop is not None else term.sql.is_(None)
    return {"eq": absent, "ne": not_(absent)}.get(operator, false())
