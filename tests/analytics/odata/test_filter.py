"""A filter of OData finds exactly the rows it describes, and nothing it holds is ever SQL.

- Comparisons, in, has, functions, and/or/not and parentheses work on every type of column, and on null.
- What is absent differs from every value, also under not.
- A literal takes the type of what it is compared with; quotes around a date or a number do no harm.
- any() and all() look at the rows of a repeat.
- What cannot be read is 400.18, what is not offered 501.4, a name without a column 501.5; however long, deep
  or hostile the filter is.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import duckdb
import pytest

from analytics.odata.filter import Operand, Rows, parse_filter
from analytics.odata.operands import TYPES
from forms.errors import BaikooError
from forms.faults.odata import FieldUnsupported, FilterInvalid, FilterUnsupported

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

FIELDS = {
    "name": "text",
    "age": "integer",
    "weight": "decimal",
    "well": "boolean",
    "born": "date",
    "woke": "time",
    "seen": "datetime",
    "problems": "choices",
    "place": "geopoint",
    "sum": "text",
}
ROWS = """
CREATE TABLE person (id INTEGER, name VARCHAR, age BIGINT, weight DOUBLE, well BOOLEAN, born DATE, woke TIME,
    seen TIMESTAMP, problems VARCHAR[], place STRUCT(lat DOUBLE, lon DOUBLE), sum VARCHAR);
INSERT INTO person VALUES
    (1, 'Айгүл', 30, 61.5, true, '1996-01-02', '06:30:00', '2026-03-04 01:02:03', ['dry', 'broken_pump'],
     {'lat': 42.0, 'lon': 75.0}, '10'),
    (2, 'O''Brien', 9, 28.49, false, '2017-12-31', '07:00:00', '2026-02-28 23:59:59', ['dry'], NULL, '9'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE pet (owner INTEGER, kind VARCHAR, age BIGINT);
INSERT INTO pet VALUES (1, 'cat', 3), (1, 'dog', 8), (2, 'cat', 1);
"""


class People:
    """The columns of the table person, and its one repeat."""

    def __init__(self, table: str = "person") -> None:
        self.table = table

    def field(self, name: str) -> Operand:
        known = FIELDS if self.table == "person" else {"kind": "text", "age": "integer"}
        if name not in known:
            raise FieldUnsupported(name=name)
        return Operand(f"{self.table}.{name}", TYPES[known[name]])

    def rows(self, name: str) -> Rows:
        if name != "pets":
            raise FieldUnsupported(name=name)
        return Rows("pet", "pet.owner = person.id", People("pet"))


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(ROWS)
    return connection


def found(db: duckdb.DuckDBPyConnection, text: str) -> list[int]:
    sql, parameters = parse_filter(text).to_sql(People(), NOW)
    return [
        row[0] for row in db.execute(f"SELECT id FROM person WHERE {sql} ORDER BY id", parameters).fetchall()
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("age eq 30", [1]),
        ("age ne 30", [2, 3]),
        ("not (age eq 30)", [2, 3]),
        ("not (age ne 30)", [1]),
        ("age eq null", [3]),
        ("null ne age", [1, 2]),
        ("age lt null", []),
        ("null eq null", [1, 2, 3]),
        ("age gt 9", [1]),
        ("age ge 9 and age le 30", [1, 2]),
        ("9 lt age", [1]),
        ("age eq '30'", [1]),
        ("age gt 8.5", [1, 2]),
        ("age lt 9223372036854775808999", [1, 2]),
        ("weight lt 6.15e1", [2]),
        ("name eq 'O''Brien'", [2]),
        ("name eq 'Айгүл' or name eq 'O''Brien'", [1, 2]),
        ("name in ('Айгүл', 'nobody')", [1]),
        ("not (name in ('Айгүл', 'nobody'))", [2, 3]),
        ("age in (9, 30, null)", [1, 2, 3]),
        ("well eq true", [1]),
        ("well", [1]),
        ("not well", [2]),
        ("well ne true", [2, 3]),
        ("born lt 2000-01-01", [1]),
        ("born eq '1996-01-02'", [1]),
        ("born gt 1996-01-01T12:00:00Z and born lt now()", [1, 2]),
        ("seen ge 2026-03-04T07:02:03+06:00", [1]),
        ("seen ge 2026-03-04T07:02:03 06:00", [1]),
        ("seen gt 2026-03-04", [1]),
        ("seen lt now()", [1, 2]),
        ("woke lt 07:00", [1]),
        ("woke eq '07:00:00'", [2]),
        ("year(seen) eq 2026 and month(seen) eq 3 and day(seen) eq 4", [1]),
        ("hour(seen) eq 23 and minute(seen) eq 59 and second(seen) eq 59", [2]),
        ("hour(woke) eq 6", [1]),
        ("year(born) lt year(now())", [1, 2]),
        ("date(seen) eq 2026-02-28", [2]),
        ("time(seen) eq 01:02:03", [1]),
        ("contains(name, 'гү')", [1]),
        ("startswith(name, 'O''')", [2]),
        ("endswith(tolower(name), 'brien')", [2]),
        ("toupper(name) eq 'АЙГҮЛ'", [1]),
        ("length(name) eq 5", [1]),
        ("indexof(name, 'B') eq 2", [2]),
        ("concat(name, '!') eq 'Айгүл!'", [1]),
        ("trim(' x ') eq 'x'", [1, 2, 3]),
        ("round(weight) eq 62", [1]),
        ("floor(weight) eq 28", [2]),
        ("ceiling(weight) eq 29", [2]),
        ("problems eq 'dry broken_pump'", [1]),
        ("contains(problems, 'pump')", [1]),
        ("problems has 'dry'", [1, 2]),
        ("selected(problems, 'broken')", []),
        ("problems in ('dry', 'wet')", [2]),
        ("place ne null", [1]),
        ("sum gt 9", [1]),
        ("sum eq 10 or sum eq '9'", [1, 2]),
        ("pets/any()", [1, 2]),
        ("not pets/any()", [3]),
        ("pets/any(p: p/kind eq 'cat' and p/age gt age/..)", None),
        ("pets/any(p: p/kind eq 'cat' and p/age lt age)", [1, 2]),
        ("pets/any(p: p/age gt 5)", [1]),
        ("pets/all(p: p/kind eq 'cat')", [2, 3]),
        ("not (pets/all(p: p/age lt 5)) and age gt 1", [1]),
        ("((age eq 9))", [2]),
        ("age eq 9 or age eq 30 and well eq false", [2]),
        ("(age eq 9 or age eq 30) and well eq true", [1]),
        ("(age eq 9) eq true", [2]),
    ],
)
def test_a_filter_finds_what_it_describes(
    db: duckdb.DuckDBPyConnection, text: str, rows: list[int] | None
) -> None:
    if rows is None:
        with pytest.raises(BaikooError):
            found(db, text)
    else:
        assert found(db, text) == rows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 400.18),
        ("age", 400.18),
        ("age eq", 400.18),
        ("age eq eq 3", 400.18),
        ("eq 3", 400.18),
        ("age eq 3 and", 400.18),
        ("(age eq 3", 400.18),
        ("age eq 3)", 400.18),
        ("name eq 'open", 400.18),
        ("age eq 1e999", 400.18),
        (f"age eq {'9' * 5000}", 400.18),
        ("born lt 2026-13-45", 400.18),
        ("age eq 'many'", 400.18),
        ("born eq 5", 400.18),
        ("age in ()", 400.18),
        ("age; DROP TABLE person", 400.18),
        ("age eq 3 -- x", 400.18),
        ('"age" eq 3', 400.18),
        ("(" * 5000 + "age eq 1" + ")" * 5000, 400.18),
        ("not " * 5000 + "well", 400.18),
        ("age eq 1 or " * 5000 + "well", 400.18),
        ("tolower(" * 60 + "name" + ")" * 60 + " eq 'x'", 400.18),
        ("pets/any() or " * 10 + "pets/any()", 400.18),
        ("age add 1 eq 2", 501.4),
        ("geo.distance(place, geography'POINT (1 2)') lt 5", 501.4),
        ("place eq 'x'", 501.4),
        ("cast(age, 'Edm.String') eq '1'", 501.4),
        ("length(name, 3) eq 1", 501.4),
        ("pets/all()", 501.4),
        ("seen sub duration'P1D' lt now()", 501.4),
        ("nothing eq 1", 501.5),
        ("pets/any(p: p/name eq 'x')", 501.5),
        ("toys/any()", 501.5),
        ("__system/secret eq 1", 501.5),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_number(
    db: duckdb.DuckDBPyConnection, text: str, code: float
) -> None:
    with pytest.raises(BaikooError) as refused:
        found(db, text)
    assert refused.value.code == code
    assert str(refused.value)


@pytest.mark.parametrize(
    "attack",
    [
        "'; DROP TABLE person; --",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "$filter0",
        "{0}",
        "\x00",
        "\ud83d\ude00",
        "a" * 19_000,
    ],
)
def test_nothing_in_a_literal_is_sql(db: duckdb.DuckDBPyConnection, attack: str) -> None:
    literal = attack.encode("utf-16", "surrogatepass").decode("utf-16").replace("'", "''")
    for text in (
        f"name eq '{literal}'",
        f"contains(name, '{literal}')",
        f"problems has '{literal}'",
        f"name in ('{literal}')",
    ):
        assert found(db, text) == []
    sql, parameters = parse_filter(f"name eq '{literal}'").to_sql(People(), NOW)
    assert "DROP" not in sql and len(parameters) == 1
    assert db.execute("SELECT count(*) FROM person").fetchone() == (3,)


def test_whatever_is_thrown_at_it_is_answered_or_refused(db: duckdb.DuckDBPyConnection) -> None:
    words = [
        *FIELDS, "pets/any(", "pets/all(", "p:", "p/age", "(", ")", ",", "and", "or", "not",
        "eq", "ne", "lt", "in", "has", "null", "true", "'x'", "''", "5", "-1.5", "9e300", "2026-01-02",
        "2026-01-02T03:04:05Z", "07:00", "now()", "year(", "contains(", "round(", "length(", "date(", "time(",
        "selected(", "concat(", "trim(",
    ]  # fmt: skip
    dice = random.Random(4)
    answered = 0
    for _ in range(4000):
        text = " ".join(dice.choices(words, k=dice.randint(1, 9)))
        if dice.random() < 0.5:
            text = f"{dice.choice(list(FIELDS))} {dice.choice(['eq', 'ne', 'lt', 'ge'])} {text}"
        try:
            found(db, text)
            answered += 1
        except (FilterInvalid, FilterUnsupported, FieldUnsupported):
            pass
    assert answered > 20


def test_the_longest_and_deepest_filter_is_answered(db: duckdb.DuckDBPyConnection) -> None:
    assert found(db, "age eq 1 or " * 740 + "well") == [1]
    assert found(db, "not " * 40 + "well") == [1]
    assert found(db, "(" * 40 + "well" + ")" * 40) == [1]
    assert found(db, f"age in ({', '.join(map(str, range(1400)))})") == [1, 2]
