"""The few things that SQLite and PostgreSQL say differently of a text, written once for both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Text, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from server.store.tables import entity

# what lower() of PostgreSQL makes of these hangs on the locale its cluster was made with
_CAPITALS = "АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ"
# a number as JSON writes it: everything else in a text is no number
_NUMBER = r"'^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$'"


class JsonText(FunctionElement[str]):
    """json_text(data, key): the text under a key of a JSON object; NULL where it is absent."""

    type = Text()
    inherit_cache = True
    name = "json_text"


class PositionOf(FunctionElement[int]):
    """position_of(text, part): where the part begins, from 1; 0 where it does not occur."""

    type = Integer()
    inherit_cache = True
    name = "position_of"


class NumberOf(FunctionElement[float]):
    """number_of(text): the number it writes; NULL where it writes none."""

    type = Float()
    inherit_cache = True
    name = "number_of"


class NotByIndex(FunctionElement[Any]):
    """The same value, and no index is looked up for it: what many rows fit is read in the order asked for."""

    type = Text()
    inherit_cache = True
    name = "not_by_index"


class SmallLetters(FunctionElement[str]):
    """small_letters(text), those of Kyrgyz too."""

    type = Text()
    inherit_cache = True
    name = "small_letters"


class CapitalLetters(FunctionElement[str]):
    type = Text()
    inherit_cache = True
    name = "capital_letters"


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **more: Any) -> list[str]:
    return [compiler.process(clause, **more) for clause in element.clauses]


@compiles(JsonText, "sqlite")
def _json_text_sqlite(element: JsonText, compiler: SQLCompiler, **more: Any) -> str:
    data, key = _parts(element, compiler, **more)
    return f"({data} ->> ('$.\"' || {key} || '\"'))"


@compiles(JsonText, "postgresql")
def _json_text_postgresql(element: JsonText, compiler: SQLCompiler, **more: Any) -> str:
    data, key = _parts(element, compiler, **more)
    return f"(CAST({data} AS JSON) ->> CAST({key} AS TEXT))"


@compiles(PositionOf, "sqlite")
def _position_sqlite(element: PositionOf, compiler: SQLCompiler, **more: Any) -> str:
    text, part = _parts(element, compiler, **more)
    return f"instr({text}, {part})"


@compiles(PositionOf, "postgresql")
def _position_postgresql(element: PositionOf, compiler: SQLCompiler, **more: Any) -> str:
    text, part = _parts(element, compiler, **more)
    return f"strpos({text}, CAST({part} AS TEXT))"


@compiles(NumberOf, "sqlite")
def _number_sqlite(element: NumberOf, compiler: SQLCompiler, **more: Any) -> str:
    (text,) = _parts(element, compiler, **more)
    is_number = f"json_valid({text}) AND json_type({text}) IN ('integer', 'real')"
    return f"CASE WHEN {is_number} THEN CAST({text} AS REAL) END"


@compiles(NumberOf, "postgresql")
def _number_postgresql(element: NumberOf, compiler: SQLCompiler, **more: Any) -> str:
    (text,) = _parts(element, compiler, **more)
    return f"CASE WHEN {text} ~ {_NUMBER} THEN CAST({text} AS DOUBLE PRECISION) END"


@compiles(NotByIndex, "sqlite")
def _not_by_index_sqlite(element: NotByIndex, compiler: SQLCompiler, **more: Any) -> str:
    return f"(+{_parts(element, compiler, **more)[0]})"


@compiles(NotByIndex, "postgresql")
def _not_by_index_postgresql(element: NotByIndex, compiler: SQLCompiler, **more: Any) -> str:
    return _parts(element, compiler, **more)[0]  # it knows itself, by its statistics


@compiles(SmallLetters, "sqlite")
def _small_sqlite(element: SmallLetters, compiler: SQLCompiler, **more: Any) -> str:
    return f"small_letters({_parts(element, compiler, **more)[0]})"


@compiles(SmallLetters, "postgresql")
def _small_postgresql(element: SmallLetters, compiler: SQLCompiler, **more: Any) -> str:
    return f"lower(translate({_parts(element, compiler, **more)[0]}, '{_CAPITALS}', '{_CAPITALS.lower()}'))"


@compiles(CapitalLetters, "sqlite")
def _capital_sqlite(element: CapitalLetters, compiler: SQLCompiler, **more: Any) -> str:
    return f"capital_letters({_parts(element, compiler, **more)[0]})"


@compiles(CapitalLetters, "postgresql")
def _capital_postgresql(element: CapitalLetters, compiler: SQLCompiler, **more: Any) -> str:
    return f"upper(translate({_parts(element, compiler, **more)[0]}, '{_CAPITALS.lower()}', '{_CAPITALS}'))"


AnyColumn = ColumnElement[Any]


def property_text(name: str) -> AnyColumn:
    """What an entity has of a property, empty where it has nothing; written as the indexes write it."""
    key, nothing = literal(name, literal_execute=True), literal("", literal_execute=True)
    return func.coalesce(JsonText(entity.c.data, key), nothing)


def property_number(name: str) -> AnyColumn:
    """The number that this writes; NULL where it writes none."""
    return NumberOf(property_text(name))


def of_list(list_id: int) -> ColumnElement[bool]:
    """The entities of a list; its number is written out, so that indexes of this list alone are found."""
    return entity.c.entity_list == literal(list_id, literal_execute=True)
