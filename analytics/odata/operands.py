"""The types that fields and values of a filter have, and how two of them are compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from analytics.odata.literals import LiteralValue, read_instant, read_number
from forms.faults.odata import FilterInvalid, FilterTypesDiffer, FilterUnsupported

# the kinds of columns (analytics/columns.py) as types of a filter
TYPES = {
    "text": "text",
    "choice": "text",
    "file": "text",
    "choices": "choices",
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "datetime": "moment",
    "geopoint": "place",
    "geotrace": "place",
    "geoshape": "place",
}


@dataclass(frozen=True, slots=True)
class Operand:
    """SQL and what it gives: text, choices (VARCHAR[]), number, boolean, date, time, moment, place, null."""

    sql: str
    type: str


def literal_type(value: LiteralValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case datetime():
            return "moment"
        case date():
            return "date"
        case time():
            return "time"
        case _:
            return "text"


def adapted(value: LiteralValue, wanted: str, at: int) -> LiteralValue:
    """A text beside a number, a date or a time is meant as one: people write quotes around everything."""
    if not isinstance(value, str):
        return value
    try:
        match wanted:
            case "number":
                return read_number(value.strip())
            case "boolean":
                return {"true": True, "false": False}[value.strip().lower()]
            case "date" | "moment":
                return read_instant(value)
            case "time":
                return time.fromisoformat(value.strip()).replace(tzinfo=None)
            case _:
                return value
    except (ValueError, KeyError, OverflowError):
        raise FilterInvalid(at=at, found=f"'{value[:40]}'") from None


def comparable(left: Operand, right: Operand, at: int) -> tuple[str, str]:
    """The SQL of two operands so that they can be compared. Raises: FilterTypesDiffer, FilterUnsupported."""
    for operand in (left, right):
        if operand.type == "place":
            raise FilterUnsupported(feature="geo", at=at)
    types = {left.type, right.type}
    if "null" in types or len(types) == 1:
        return as_text(left) if "choices" in types else left.sql, as_text(right) if (
            "choices" in types
        ) else right.sql
    if types == {"text", "choices"}:
        return as_text(left), as_text(right)
    if types == {"date", "moment"}:
        return f"CAST({left.sql} AS TIMESTAMP)", f"CAST({right.sql} AS TIMESTAMP)"
    if "text" in types:  # a calculated number or date is text in the form
        (other,) = types - {"text"}
        wanted = {
            "number": "DOUBLE",
            "boolean": "BOOLEAN",
            "date": "DATE",
            "moment": "TIMESTAMP",
            "time": "TIME",
        }
        return _read_as(left, wanted[other]), _read_as(right, wanted[other])
    raise FilterTypesDiffer(left=left.type, right=right.type, at=at)


def as_text(operand: Operand) -> str:
    """The SQL of text; several choices are one text with spaces between, as the phone sent them."""
    return f"array_to_string({operand.sql}, ' ')" if operand.type == "choices" else operand.sql


def _read_as(operand: Operand, sql_type: str) -> str:
    return f"TRY_CAST({operand.sql} AS {sql_type})" if operand.type == "text" else operand.sql
