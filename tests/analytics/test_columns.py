"""How the text of an answer becomes a value.

- Numbers, dates and times are taken as every client is known to write them.
- What does not fit its type is refused, so that the row can say so; it never becomes something else.
- A moment is kept in UTC; one without a zone is meant in the project's.
- Lines and polygons become WKT, longitude first; a ring left open is closed.
"""

from __future__ import annotations

from datetime import UTC, date, time
from zoneinfo import ZoneInfo

import pytest

from analytics.columns import (
    Value,
    line_wkt,
    polygon_wkt,
    read_boolean,
    read_choices,
    read_date,
    read_decimal,
    read_geopoint,
    read_integer,
    read_moment,
    read_time,
    reading_of,
)

BISHKEK = ZoneInfo("Asia/Bishkek")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0E7", 1e7),
        ("1.0E-5", 1e-5),
        ("-0.5", -0.5),
        ("7", 7.0),
        (" 3.25 ", 3.25),
        (".5", 0.5),
        ("5.", 5.0),
    ],
)
def test_decimals_as_java_writes_them(text: str, value: float) -> None:
    assert read_decimal(text) == value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1e999", "1_000", "1,5", "many", "0x10", " "])
def test_what_is_no_finite_number_does_not_fit(text: str) -> None:
    with pytest.raises(ValueError):
        read_decimal(text)


@pytest.mark.parametrize(("text", "value"), [("007", 7), ("-3", -3), ("12.0", 12), (" 4 ", 4)])
def test_whole_numbers(text: str, value: int) -> None:
    assert read_integer(text) == value


@pytest.mark.parametrize("text", ["1.5", "9223372036854775808", "1_0", "1e400", "NaN", "two"])
def test_what_is_no_whole_number_does_not_fit(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        read_integer(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02T03:04:05.678+03:00", "2026-01-02 00:04:05.678000"),
        ("2026-01-02T03:04:05+03", "2026-01-02 00:04:05"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05.678000"),
        ("2026-01-02T03:04:05", "2026-01-01 21:04:05"),
        ("2026-01-02", "2026-01-01 18:00:00"),
    ],
)
def test_moments_are_utc_and_without_a_zone_local(text: str, value: str) -> None:
    assert str(read_moment(text, BISHKEK)) == value
    assert read_moment(text, UTC).tzinfo is None


def test_a_moment_before_all_time_does_not_fit() -> None:
    with pytest.raises(OverflowError):
        read_moment("0001-01-01T00:00:00+06:00", BISHKEK)


def test_dates_times_and_booleans() -> None:
    assert read_date("2026-01-02") == date(2026, 1, 2)
    assert read_date("2026-01-02T23:30:00.000-03:00") == date(2026, 1, 2)
    assert read_time("03:04:05.000+06:00") == time(3, 4, 5)
    assert read_time("03:04:05.5+06") == time(3, 4, 5, 500000)
    assert [read_boolean(text) for text in ("true", "1", "FALSE", "0")] == [True, True, False, False]
    for read, text in ((read_date, "2026-02-30"), (read_time, "25:00"), (read_boolean, "yes")):
        with pytest.raises(ValueError):
            read(text)


def test_positions_have_as_many_numbers_as_were_written() -> None:
    assert read_geopoint(" 42.87 74.59 800.0 4.5 ") == {"lat": 42.87, "lon": 74.59, "alt": 800.0, "acc": 4.5}
    assert read_geopoint("42.87 74.59") == {"lat": 42.87, "lon": 74.59, "alt": None, "acc": None}
    for text in ("", "42.87 east", "1 2 3 4 5", "NaN 1"):
        with pytest.raises(ValueError):
            read_geopoint(text)


def test_lines_and_polygons_as_wkt() -> None:
    assert line_wkt("42.5 74.5 0 0;42.6 74.6 0 0;") == "LINESTRING Z (74.5 42.5 0.0, 74.6 42.6 0.0)"
    assert line_wkt("42.5 74.5; 42.6 74.6") == "LINESTRING (74.5 42.5, 74.6 42.6)"
    assert polygon_wkt("1 2; 3 4; 5 6; 1 2") == "POLYGON ((2.0 1.0, 4.0 3.0, 6.0 5.0, 2.0 1.0))"
    assert (
        polygon_wkt("1 2 9; 3 4 9; 5 6 9")
        == "POLYGON Z ((2.0 1.0 9.0, 4.0 3.0 9.0, 6.0 5.0 9.0, 2.0 1.0 9.0))"
    )
    for text in ("42.5 74.5", "1 2; x y", ";"):
        with pytest.raises(ValueError):
            line_wkt(text)


def test_choices_are_told_apart_by_any_space() -> None:
    assert read_choices("dry  broken_pump\n") == ["dry", "broken_pump"]


def test_text_is_taken_as_it_stands() -> None:
    reads: list[Value] = [reading_of(kind, BISHKEK) for kind in ("text", "choice", "file", "geotrace")]  # type: ignore[misc]
    assert reads == [None, None, None, None]
