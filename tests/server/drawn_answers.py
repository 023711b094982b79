"""Answers and filters drawn by lot, and what a filter means said a second time, in plain Python.

An expression is drawn together with the function that says what it means for a row: True, False, or None
where something absent makes it neither (as SQL and ODK Central understand it). One seed, one evening of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeAlias

FORM = """
| survey |
|        | type                | name     | label    |
|        | text                | name     | Name     |
|        | integer             | age      | Age      |
|        | decimal             | weight   | Weight   |
|        | date                | born     | Born     |
|        | dateTime            | seen     | Seen     |
|        | time                | woke     | Woke     |
|        | select_one ill      | worst    | Worst    |
|        | select_multiple ill | ill      | Ill      |
|        | geopoint            | place    | Place    |
|        | begin_group         | home     | Home     |
|        | integer             | rooms    | Rooms    |
|        | end_group           |          |          |
|        | begin_repeat        | child    | Child    |
|        | text                | called   | Called   |
|        | integer             | years    | Years    |
|        | end_repeat          |          |          |
| choices |
|        | list_name | name | label |
|        | ill       | flu  | Flu   |
|        | ill       | cold | Cold  |
|        | ill       | cough | Cough |
| settings |
|        | form_title | form_id | version |
|        | Drawn      | drawn   | 1       |
"""
NAMES = ("Айнура", "O'Brien", "=1+1", "a b", " Асан", "Ünal", "name", "", "50%", "x_y", "Zed")
ILL = ("flu", "cold", "cough")

Value: TypeAlias = str | int | float | date | time | datetime | tuple[str, ...] | None
Row: TypeAlias = Mapping[str, "Value | tuple[Mapping[str, Value], ...]"]
Means: TypeAlias = Callable[[Row], bool | None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A submission: what the phone sends, and what it means. `place` begins with the latitude."""

    sent: Mapping[str, object]
    row: Row
    place: tuple[float | None, ...]


def draw_answers(random: Random) -> Drawn:
    def maybe(value: Value) -> Value:
        return value if random.random() < 0.8 else None

    seen = datetime(2025, 12, 30, tzinfo=UTC) + timedelta(minutes=random.randrange(6000))
    offset = random.choice((0, 6, -3, 5.5))
    plain: dict[str, Value] = {
        "name": random.choice(NAMES).strip() or None,
        "age": maybe(random.randrange(-2, 9)),
        "weight": maybe(random.randrange(-8, 17) / 4),
        "born": maybe(date(2024, 2, 27) + timedelta(days=random.randrange(800))),
        "seen": maybe(seen.replace(tzinfo=None)),
        "woke": maybe(time(random.randrange(24), random.randrange(60), random.randrange(60))),
        "worst": maybe(random.choice(ILL)),
        "ill": tuple(sorted(random.sample(ILL, random.randrange(4)))) or None,
        "rooms": maybe(random.randrange(4)),
    }
    place = [f"{random.uniform(-90, 90):.6f}", f"{random.uniform(-180, 180):.6f}", "812.5", "4.5"]
    children = tuple(
        {"called": random.choice(NAMES).strip() or None, "years": maybe(random.randrange(5))}
        for _ in range(random.choice((0, 0, 1, 2, 3)))
    )
    sent: dict[str, object] = {name: _text(value) for name, value in plain.items()}
    if plain["seen"] is not None:
        there = seen.astimezone(UTC) + timedelta(hours=offset)
        sent["seen"] = f"{there:%Y-%m-%dT%H:%M:%S.000}" + _zone(offset)
    if plain["woke"] is not None:
        sent["woke"] = f"{plain['woke']}.000{_zone(offset)}"
    place = place[: random.choice((2, 3, 4))] if random.random() < 0.7 else []
    sent["place"] = " ".join(place)
    sent["child"] = [{name: _text(value) for name, value in child.items()} for child in children]
    numbers = (*map(float, place), None, None, None, None)[:4]
    return Drawn(sent, {**plain, "child": children}, numbers)


def _text(value: Value) -> str:
    return " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _zone(offset: float) -> str:
    minutes = int(abs(offset) * 60)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


class Draw:
    """Draws filters over rows like these. `deepest` bounds how they are nested."""

    def __init__(self, random: Random, rows: Sequence[Row], deepest: int = 3) -> None:
        self._random, self._rows, self._deepest = random, rows, deepest

    def filter(self) -> tuple[str, Means]:
        return self._either(self._deepest, "")

    def _either(self, depth: int, at: str) -> tuple[str, Means]:
        terms = [self._both(depth, at) for _ in range(self._random.choice((1, 1, 2)))]
        return " or ".join(text for text, _ in terms), lambda row: _any([means(row) for _, means in terms])

    def _both(self, depth: int, at: str) -> tuple[str, Means]:
        terms = [self._one(depth, at) for _ in range(self._random.choice((1, 1, 2)))]
        return " and ".join(text for text, _ in terms), lambda row: _all([means(row) for _, means in terms])

    def _one(self, depth: int, at: str) -> tuple[str, Means]:
        kind = self._random.random()
        if depth > 0 and kind < 0.2:
            text, means = self._either(depth - 1, at)
            return f"({text})", means
        if depth > 0 and kind < 0.35:
            text, means = self._one(depth - 1, at)
            return f"not {text}", lambda row: None if (found := means(row)) is None else not found
        if kind < 0.45 and not at:
            return self._of_rows(depth)
        if kind < 0.55:
            return self._tells(at)
        return self._compares(at)

    def _of_rows(self, depth: int) -> tuple[str, Means]:
        every = self._random.random() < 0.4
        text, means = self._either(max(0, depth - 1), "c/")

        def of_rows(row: Row) -> bool:
            lines = row["child"]
            assert isinstance(lines, tuple)
            found = [means(line) is True for line in lines if isinstance(line, Mapping)]
            return all(found) if every else any(found)

        return f"child/{'all' if every else 'any'}(c: {text})", of_rows

    def _tells(self, at: str) -> tuple[str, Means]:
        """Functions that are true or false by themselves, `has`, and `in`."""
        random, field = self._random, self._field(at, ("called",) if at else ("name", "worst", "ill"))
        part = random.choice(("", "a", "A", "flu", "co", "'", "%", "_", "Ай", " "))
        written = part.replace("'", "''")
        kind = random.randrange(5)
        if kind == 0 and not at:
            choice = random.choice(ILL)
            return f"ill has '{choice}'", lambda row: _told(
                row["ill"], lambda text: choice in text.split(" ")
            )
        if kind == 1:
            values = random.sample(NAMES, 2)
            listed = ", ".join(f"'{value.strip().replace(chr(39), chr(39) * 2)}'" for value in values)
            known = {value.strip() for value in values}
            return (
                f"{at}{field} in ({listed})",
                lambda row: _plain(row[field]) in known,
            )
        name, does = random.choice(
            (("contains", str.__contains__), ("startswith", str.startswith), ("endswith", str.endswith))
        )
        return f"{name}({at}{field}, '{written}')", lambda row: _told(
            row[field], lambda text: bool(does(text, part))
        )

    def _compares(self, at: str) -> tuple[str, Means]:
        random = self._random
        operator = random.choice(("eq", "ne", "lt", "le", "gt", "ge"))
        left, reads, values = self._value(at)
        kind = random.random()
        if kind < 0.15:
            text, means = "null", lambda _row: None
        elif kind < 0.3 and not at and left in ("age", "weight", "home/rooms"):
            other = random.choice(("age", "weight", "rooms"))
            text, means = ("home/rooms" if other == "rooms" else other), lambda row: row[other]
        else:
            literal = random.choice(values)
            text, means = _literal(literal, random), lambda _row: literal
        if random.random() < 0.2:
            return f"{text} {operator} {left}", lambda row: _compare(operator, means(row), reads(row))
        return f"{left} {operator} {text}", lambda row: _compare(operator, reads(row), means(row))

    def _value(self, at: str) -> tuple[str, Callable[[Row], Value], list[Value]]:
        """(something with a value, how it is read, values of its kind)."""
        random = self._random
        if at:
            field = random.choice(("called", "years"))
            values: list[Value] = [0, 2, 4] if field == "years" else [name.strip() for name in NAMES]
            return f"{at}{field}", lambda row: _plain(row[field]), values
        if random.random() < 0.4:
            name, field, does, values = random.choice(_FUNCTIONS)
            written = "home/rooms" if field == "rooms" else field
            return (
                name.format(written),
                lambda row: None if (value := _plain(row[field])) is None else does(value),
                list(values),
            )
        field = random.choice(("name", "age", "weight", "born", "seen", "woke", "worst", "ill", "rooms"))
        known = [_plain(row[field]) for row in random.sample(self._rows, 8) if row[field] is not None]
        written = "home/rooms" if field == "rooms" else field
        return written, lambda row: _plain(row[field]), known or [_SOME[field]]

    def _field(self, at: str, fields: Sequence[str]) -> str:
        return self._random.choice(fields)


_SOME: Mapping[str, Value] = {
    "name": "x", "age": 1, "weight": 1.5, "born": date(2025, 1, 1), "seen": datetime(2026, 1, 1),  # noqa: DTZ001
    "woke": time(12), "worst": "flu", "ill": "flu", "rooms": 1,
}  # fmt: skip
_FUNCTIONS: Sequence[tuple[str, str, Callable[..., Value], Sequence[Value]]] = (
    ("length({})", "name", len, (0, 3, 6, 7)),
    ("tolower({})", "name", str.lower, ("айнура", "zed", "Zed")),
    ("toupper({})", "worst", str.upper, ("FLU", "flu")),
    ("trim({})", "name", lambda text: text.strip(" "), ("Асан", "x_y")),
    ("indexof({}, 'a')", "name", lambda text: text.find("a"), (-1, 0, 1)),
    ("concat({}, '!')", "worst", lambda text: text + "!", ("flu!", "cold!")),
    ("round({})", "weight", lambda one: math.copysign(math.floor(abs(one) + 0.5), one), (-1, 0, 1, 3)),
    ("floor({})", "weight", math.floor, (-1, 0, 1, 3)),
    ("ceiling({})", "weight", math.ceil, (-1, 0, 1, 3)),
    ("year({})", "born", lambda day: day.year, (2024, 2025)),
    ("month({})", "born", lambda day: day.month, (1, 2, 12)),
    ("day({})", "born", lambda day: day.day, (1, 28, 29, 31)),
    ("year({})", "seen", lambda moment: moment.year, (2025, 2026)),
    ("hour({})", "seen", lambda moment: moment.hour, (0, 6, 18, 23)),
    ("minute({})", "woke", lambda clock: clock.minute, (0, 30)),
    ("second({})", "woke", lambda clock: clock.second, (0, 30)),
    ("date({})", "seen", lambda moment: moment.date(), (date(2025, 12, 31), date(2026, 1, 1))),
    ("time({})", "seen", lambda moment: moment.time(), (time(6), time(18, 30))),
)  # fmt: skip


def _plain(value: object) -> Value:
    """Several choices are one text, as the phone sent them."""
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value)
    assert value is None or isinstance(value, str | int | float | date | time)
    return value


def _words(value: object) -> str:
    return str(_plain(value))


def _told(value: object, does: Callable[[str], bool]) -> bool | None:
    return None if value is None else does(_words(value))


def _literal(value: Value, random: Random) -> str:
    match value:
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            offset = random.choice((0, 6, -3))
            there = value + timedelta(hours=offset)
            return f"{there:%Y-%m-%dT%H:%M:%S}" + ("Z" if offset == 0 else _zone(offset))
        case _:
            return str(value)


def _compare(operator: str, left: Value, right: Value) -> bool | None:
    if isinstance(left, datetime) != isinstance(right, datetime) and left is not None and right is not None:
        left, right = (
            each if isinstance(each, datetime) else datetime.combine(each, time())  # type: ignore[arg-type]
            for each in (left, right)
        )
    if operator == "eq":
        return left == right
    if operator == "ne":
        return left != right
    if left is None or right is None:
        return None
    return bool(
        {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[operator]  # type: ignore[operator]
    )


def _all(found: Sequence[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _any(found: Sequence[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False
