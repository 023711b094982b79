"""The kinds of columns that answers have: the SQL type of each, and how its text becomes a value.

A reading function gets the text of an answer, never an empty one, and raises ValueError or OverflowError
when it does not fit; the row then holds NULL and names the column in `_misfit`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from forms.schema import Question

Value = str | int | float | bool | date | time | datetime | list[str] | dict[str, float | None] | None
Read = Callable[[str], Value]

GEOPOINT = "STRUCT(lat DOUBLE, lon DOUBLE, alt DOUBLE, acc DOUBLE)"

# kind -> SQL type. A dateTime and a time stand beside the text as sent (their zone would be lost), a line
# and a polygon are text beside their WKT: see COMPANIONS.
SQL_TYPES = {
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "file": "VARCHAR",
    "choices": "VARCHAR[]",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "geopoint": GEOPOINT,
    "geotrace": "VARCHAR",
    "geoshape": "VARCHAR",
}
PLAIN = frozenset({"text", "choice", "file"})  # kinds that may follow each other in one column

# the name of an XForm's question holds neither @ nor /, so nothing else can be called like this
SENT, WKT = "@sent", "@wkt"
COMPANIONS = {"time": SENT, "datetime": SENT, "geotrace": WKT, "geoshape": WKT}

_KINDS = {
    "int": "integer",
    "decimal": "decimal",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "binary": "file",
}
# one way alone to read each figure: with two, a million of them and a letter would take hours
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a typed table: the question it is named after, and the paths it was asked under."""

    name: str
    kind: str
    paths: tuple[str, ...]

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]

    @property
    def companion(self) -> str | None:
        """The column beside it, VARCHAR: the text as sent, or the WKT."""
        suffix = COMPANIONS.get(self.kind)
        return self.name + suffix if suffix else None


def kind_of(question: Question) -> str:
    """The kind of column that holds the answers to this question."""
    if question.control in ("select", "rank"):
        return "choices"
    kind = _KINDS.get(question.type, "text")
    return "choice" if kind == "text" and question.control == "select1" else kind


def reading_of(kind: str, zone: tzinfo) -> Read | None:
    """How a text of this kind is read; None: as it stands. `zone` is meant where a time names none."""
    if kind == "datetime":
        return lambda text: read_moment(text, zone)
    return _READS.get(kind)


def read_integer(text: str) -> int:
    """Plain digits; a whole number written as a decimal is one too."""
    try:
        number = int(text)
    except ValueError:
        decimal = read_decimal(text)
        number = int(decimal)
        if number != decimal:
            raise
    if "_" in text or not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def read_decimal(text: str) -> float:
    """A number as Java or a person writes it ("1.0E7"); NaN and infinity are none."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def read_boolean(text: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
    if known is None:
        raise ValueError(text)
    return known


def read_date(text: str) -> date:
    """A date; of a dateTime its first half, which is the day where it was written."""
    text = text.strip()
    return date.fromisoformat(text[:10] if text[10:11] in ("T", " ") else text)


def read_time(text: str) -> time:
    """The time of day where it was written; its offset stays in the text as sent."""
    return time.fromisoformat(text.strip()).replace(tzinfo=None)


def read_moment(text: str, zone: tzinfo) -> datetime:
    """An instant in UTC, without saying so."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def read_choices(text: str) -> list[str]:
    return text.split()


def read_geopoint(text: str) -> dict[str, float | None]:
    """Latitude, longitude, altitude, accuracy: as many as were written."""
    parts = [read_decimal(part) for part in text.split()]
    if not 1 <= len(parts) <= 4:
        raise ValueError(text)
    numbers = [*parts, *[None] * (4 - len(parts))]
    return {"lat": numbers[0], "lon": numbers[1], "alt": numbers[2], "acc": numbers[3]}


def line_wkt(text: str) -> str:
    return f"LINESTRING {_vertices(text, 2)}"


def polygon_wkt(text: str) -> str:
    """A polygon; a ring that was left open is closed."""
    return f"POLYGON ({_vertices(text, 4, closed=True)})".replace("POLYGON (Z ", "POLYGON Z (")


def _vertices(text: str, least: int, *, closed: bool = False) -> str:
    points = [[read_decimal(part) for part in point.split()] for point in text.split(";") if point.strip()]
    if closed and points and points[0][:2] != points[-1][:2]:
        points.append(points[0])
    if len(points) < least or not all(2 <= len(point) <= 4 for point in points):
        raise ValueError(text)
    high = all(len(point) > 2 for point in points)
    written = ", ".join(" ".join(map(repr, [point[1], point[0], *point[2:3][:high]])) for point in points)
    return f"Z ({written})" if high else f"({written})"


_READS: dict[str, Read] = {
    "integer": read_integer,
    "decimal": read_decimal,
    "boolean": read_boolean,
    "date": read_date,
    "time": read_time,
    "choices": read_choices,
    "geopoint": read_geopoint,
}
WKT_READS: dict[str, Read] = {"geotrace": line_wkt, "geoshape": polygon_wkt}

# how a column that becomes text is rewritten; {column} is its quoted name
AS_TEXT = {
    "integer": "CAST({column} AS VARCHAR)",
    "decimal": "CAST({column} AS VARCHAR)",
    "boolean": "CAST({column} AS VARCHAR)",
    "date": "CAST({column} AS VARCHAR)",
    "time": "{companion}",
    "datetime": "{companion}",
    "choices": "array_to_string({column}, ' ')",
    "geopoint": "array_to_string([{column}.lat, {column}.lon, {column}.alt, {column}.acc], ' ')",
    "geotrace": "{column}",
    "geoshape": "{column}",
}
