"""A filter as OData writes it, read into a tree of values.

Nothing here knows a column or a form. What is longer or deeper than anybody means is refused before it is
understood. Spec: OData 4.01 part 2 (URL conventions), 5.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import TypeAlias

from analytics.odata.literals import LiteralValue as LiteralValue  # a part of this tree
from analytics.odata.literals import read_instant, read_number
from forms.faults.odata import FilterInvalid, FilterTooLong, FilterUnsupported

MOST_CHARACTERS = 20_000
MOST_WORDS = 3_000
DEEPEST = 40
MOST_OF_ROWS = 10  # any() and all(): each looks through every row of a repeat


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written; a datetime is UTC, without saying so."""

    value: LiteralValue
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """A field: "age", "group/age", "__system/reviewState", "$root/Submissions/__system/reviewState"."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of eq ne lt le gt ge has."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Among:
    left: Node
    values: tuple[Literal, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Joined:
    """All of the terms (`operator` and), or one of them (or)."""

    operator: str
    terms: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    term: Node
    at: int


@dataclass(frozen=True, slots=True)
class OfRows:
    """Of the rows of a repeat, any or all; `condition` None asks whether there is a row."""

    every: bool
    rows: str
    variable: str
    condition: Node | None
    at: int


Node: TypeAlias = Literal | Path | Call | Compare | Among | Joined | Not | OfRows

_WORDS = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d(?::?\d\d)?|[ ]\d\d:\d\d)?)
    |(?P<day>\d{4}-\d\d-\d\d)
    |(?P<hour>\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?)
    |(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>\$?[^\W\d](?:[\w.]|-(?=\w))*(?:/\$?[^\W\d](?:[\w.]|-(?=\w))*)*)
    |(?P<mark>[(),:])""",
    re.VERBOSE,
)
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "has")
_ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod")
_ENUMERATIONS = ("ReviewState", "Status")  # a strict client writes org...ReviewState'approved'


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str
    at: int


def read_tree(text: str) -> Node:
    """The tree of a filter. Raises: FilterInvalid (400.18), FilterUnsupported (501.4)."""
    if len(text) > MOST_CHARACTERS:
        raise FilterTooLong()
    parser = _Parser(_words(text), len(text))
    tree = parser.either(0)
    if parser.here is not None:
        raise parser.unexpected()
    return tree


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    position = 0
    while position < len(text):
        match = _WORDS.match(text, position)
        if match is None or match.lastgroup is None:
            raise FilterInvalid(at=position + 1, found=text[position : position + 20])
        if match.lastgroup != "space":
            words.append(_Word(match.lastgroup, match[0], position + 1))
            if len(words) > MOST_WORDS:
                raise FilterTooLong()
        position = match.end()
    return words


class _Parser:
    def __init__(self, words: list[_Word], length: int) -> None:
        self._words = words
        self._next = 0
        self._end = length + 1
        self._of_rows_so_far = 0

    @property
    def here(self) -> _Word | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def unexpected(self) -> FilterInvalid:
        word = self.here
        return FilterInvalid(at=word.at if word else self._end, found=word.text[:40] if word else "…")

    def _take(self) -> _Word:
        word = self.here
        if word is None:
            raise self.unexpected()
        self._next += 1
        return word

    def _is(self, text: str) -> bool:
        word = self.here
        return word is not None and word.kind in ("name", "mark") and word.text == text

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise self.unexpected()
        self._next += 1

    def either(self, depth: int) -> Node:
        return self._joined("or", lambda: self._both(depth))

    def _both(self, depth: int) -> Node:
        return self._joined("and", lambda: self._negated(depth))

    def _joined(self, operator: str, read: Callable[[], Node]) -> Node:
        at = self.here.at if self.here else self._end
        terms = [read()]
        while self._is(operator):
            self._next += 1
            terms.append(read())
        return terms[0] if len(terms) == 1 else Joined(operator, tuple(terms), at)

    def _negated(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise FilterTooLong()
        if self._is("not"):
            at = self._take().at
            return Not(self._negated(depth + 1), at)
        left = self._operand(depth)
        word = self.here
        if word is None or word.kind != "name":
            return left
        if word.text in _COMPARISONS:
            self._next += 1
            return Compare(word.text, left, self._operand(depth), word.at)
        if word.text == "in":
            self._next += 1
            return Among(left, self._values(), word.at)
        if word.text in _ARITHMETIC:
            raise FilterUnsupported(feature=word.text, at=word.at)
        return left

    def _values(self) -> tuple[Literal, ...]:
        self._expect("(")
        values = []
        while True:
            word = self._take()
            value = self._literal(word)
            if value is None:
                raise FilterInvalid(at=word.at, found=word.text[:40])
            values.append(value)
            if self._is(")"):
                self._next += 1
                return tuple(values)
            self._expect(",")

    def _operand(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise FilterTooLong()
        word = self._take()
        if word.kind == "mark" and word.text == "(":
            inside = self.either(depth + 1)
            self._expect(")")
            return inside
        literal = self._literal(word)
        if literal is not None:
            return literal
        if word.kind != "name":
            self._next -= 1
            raise self.unexpected()
        if not self._is("("):
            return Path(word.text, word.at)
        self._next += 1
        rows, _, last = word.text.rpartition("/")
        if rows:
            if last not in ("any", "all"):
                raise FilterUnsupported(feature=word.text[:100], at=word.at)
            return self._of_rows(rows, last == "all", word.at, depth)
        arguments: list[Node] = []
        if not self._is(")"):
            arguments.append(self.either(depth + 1))
            while self._is(","):
                self._next += 1
                arguments.append(self.either(depth + 1))
        self._expect(")")
        return Call(word.text, tuple(arguments), word.at)

    def _of_rows(self, rows: str, every: bool, at: int, depth: int) -> Node:
        self._of_rows_so_far += 1
        if self._of_rows_so_far > MOST_OF_ROWS:
            raise FilterTooLong()
        if self._is(")"):
            self._next += 1
            return OfRows(every, rows, "", None, at)
        variable = self._take()
        if variable.kind != "name" or "/" in variable.text:
            raise FilterInvalid(at=variable.at, found=variable.text[:40])
        self._expect(":")
        condition = self.either(depth + 1)
        self._expect(")")
        return OfRows(every, rows, variable.text, condition, at)

    def _literal(self, word: _Word) -> Literal | None:
        """The value that a word is; None where it is none."""
        if word.kind == "name":
            if word.text in ("null", "true", "false"):
                return Literal({"null": None, "true": True, "false": False}[word.text], word.at)
            follows = self.here
            if follows is None or follows.kind != "text" or follows.at != word.at + len(word.text):
                return None
            if word.text.rpartition(".")[2] not in _ENUMERATIONS:  # duration'P1D', geography'POINT (1 2)'
                raise FilterUnsupported(feature=f"{word.text[:60]}'…'", at=word.at)
            return self._literal(self._take())
        try:
            return Literal(_value(word), word.at) if word.kind != "mark" else None
        except (ValueError, OverflowError):
            raise FilterInvalid(at=word.at, found=word.text[:40]) from None


def _value(word: _Word) -> LiteralValue:
    match word.kind:
        case "text":
            return word.text[1:-1].replace("''", "'")
        case "moment":
            return read_instant(word.text)
        case "day":
            return date.fromisoformat(word.text)
        case "hour":
            return time.fromisoformat(word.text)
        case _:
            return read_number(word.text)
