"""Column types that both engines keep alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Row, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# a row read by the names of its columns
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"


class Moment(TypeDecorator[datetime]):
    """A time in UTC, as text with microseconds and Z: the ledger hashes that very text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


def moment_text(value: datetime) -> str:
    """2026-11-24T09:31:00.000000Z. A time without a zone is a mistake of ours."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond:06d}Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


T = TypeVar("T")
# INTEGER on SQLite, because only that is the row's own number there
Number = BigInteger().with_variant(Integer(), "sqlite")


def key() -> Column[int]:
    """A number the database gives."""
    return Column("id", Number, primary_key=True, autoincrement=True)


def text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary_key, nullable=False)


def text_or_none(name: str) -> Column[str]:
    return Column(name, Text)


def number(name: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, Number, primary_key=primary_key, nullable=False, autoincrement=False)


def number_or_none(name: str) -> Column[int]:
    return Column(name, Number)


def at(name: str) -> Column[datetime]:
    return Column(name, Moment, nullable=False)


def at_or_none(name: str) -> Column[datetime]:
    return Column(name, Moment)


def of(name: str, target: str, *, primary_key: bool = False) -> Column[int]:
    """A reference to the number of another table's row."""
    return Column(
        name, Number, ForeignKey(target), primary_key=primary_key, nullable=False, autoincrement=False
    )


def of_or_none(name: str, target: str) -> Column[int]:
    return Column(name, Number, ForeignKey(target))


def several(kind: Callable[[str], Column[T]], *names: str) -> list[Column[T]]:
    """Columns of one kind that follow on one another."""
    return [kind(name) for name in names]
