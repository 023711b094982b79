"""ODK's XPath functions that questionnaires use, for forms/fill.py.

Dates become day numbers, so that `${day} <= today()` compares as it does on the phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from lxml import etree

LISTS = "lists-of-the-form"  # the secondary instances lie inside the primary one while it is filled in


def text_of(value: object) -> str:
    if isinstance(value, list):
        return text_of(value[0]) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else f"{value:g}" if value % 1 else str(int(value))
    if isinstance(value, etree._Element):
        return value.text or ""
    return str(value)


def _number(value: object) -> float:
    try:
        return float(text_of(value))
    except ValueError:
        return float("nan")


def is_true(value: object) -> bool:
    return bool(value) and value == value


def functions(root: etree._Element, today: date) -> dict[tuple[None, str], Callable[..., object]]:
    """The functions of ODK's XPath that questionnaires use, beside those of XPath 1.0."""

    def instance(_context: object, name: object) -> Sequence[etree._Element]:
        shelf = root.find(LISTS)
        return [] if shelf is None else [item for item in shelf if item.get("id") == text_of(name)]

    def pulldata(_context: object, source: object, column: object, key: object, value: object) -> str:
        for item in (item for found in instance(None, source) for item in found.iter("item")):
            if item.findtext(text_of(key)) == text_of(value):
                return item.findtext(text_of(column)) or ""
        return ""

    def day_number(_context: object, value: object) -> float:
        try:
            return float(date.fromisoformat(text_of(value)[:10]).toordinal())
        except ValueError:
            return float("nan")

    named: dict[str, Callable[..., object]] = {
        "instance": instance,
        "pulldata": pulldata,
        "selected": lambda _c, value, one: text_of(one) in text_of(value).split(),
        "count-selected": lambda _c, value: float(len(text_of(value).split())),
        "if": lambda _c, test, yes, no: yes if is_true(test) else no,
        "count-non-empty": lambda _c, nodes: float(sum(bool(text_of(node)) for node in nodes)),
        "coalesce": lambda _c, *values: next((text_of(value) for value in values if text_of(value)), ""),
        "once": lambda _c, value: value,
        "today": lambda _c: float(today.toordinal()),
        "now": lambda _c: float(today.toordinal()),
        "date": day_number,
        "decimal-date-time": day_number,
        "regex": lambda _c, value, pattern: re.fullmatch(text_of(pattern), text_of(value)) is not None,
        "int": lambda _c, value: float(int(_number(value))) if text_of(value) else float("nan"),
        "max": lambda _c, *values: max((n for n in map(_number, values) if n == n), default=float("nan")),
        "min": lambda _c, *values: min((n for n in map(_number, values) if n == n), default=float("nan")),
        "format-date": lambda _c, value, _pattern: text_of(value),
    }
    return {(None, name): function for name, function in named.items()}
