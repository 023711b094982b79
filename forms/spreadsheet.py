"""A CSV as Excel writes it: headings, and the lines below them, each with what was found wrong in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from forms.errors import Fault, Sentence

MAX_BYTES = 10 * 1024 * 1024


@dataclass(slots=True)
class Line:
    """One line of the file: its cells by heading, and what was found wrong in it.

    `number` counts as the spreadsheet does; None where the cells come from no file.
    """

    number: int | None
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, column: str | None, message: Sentence) -> None:
        self.faults.append(Fault("", self.number, column, message))


@dataclass(slots=True)
class Spreadsheet:
    """Headings without blanks around them, the lines one at a time, and the faults of the file as a whole.

    `faults` is complete once the lines were read: quotation marks that do not match show on the way.
    """

    headings: list[str]
    lines: Iterator[Line]
    faults: list[Fault]


def read_spreadsheet(content: bytes, *, most_bytes: int = MAX_BYTES, by_hand: bool) -> Spreadsheet:
    """UTF-8 with or without BOM; commas, semicolons or tabs. Empty lines are passed over.

    `by_hand`: capital letters in headings, and how many blanks stand in a cell, mean nothing.
    """
    faults: list[Fault] = []
    try:
        if len(content) > most_bytes or b"\0" in content:
            raise ValueError
        text = content.decode("utf-8-sig")
    except ValueError:
        told = Sentence("This is not a CSV file in UTF-8. In Excel choose: Save as, CSV UTF-8.")
        return Spreadsheet([], iter(()), [Fault("", None, None, told)])
    stream = io.StringIO(text, newline="")
    first = stream.readline()
    delimiter = first.strip()[4:5] if first.lower().startswith("sep=") else ""
    if delimiter:  # a line that Excel writes for itself and does not show
        begin = stream.tell()
        first = stream.readline()
        stream.seek(begin)
    else:
        stream.seek(0)
    delimiter = delimiter or max(",;\t", key=lambda each: re.sub(r'"[^"]*"', "", first).count(each))
    rows = _rows(stream, delimiter, faults)
    headings = [heading.strip() for heading in next(rows, [])]
    if by_hand:
        headings = [heading.lower() for heading in headings]
    while headings and not headings[-1]:
        headings.pop()
    return Spreadsheet(headings, _lines(rows, headings, by_hand), faults)


def check_headings(headings: Sequence[str], known: Collection[str], required: Sequence[str]) -> list[Fault]:
    """What is wrong with the first line."""
    faults = []
    for place, heading in enumerate(headings):
        if heading not in known:
            told = Sentence("There is no column {column} in this list. Check the spelling.", column=heading)
            faults.append(Fault("", 1, heading, told))
        elif heading in headings[:place]:
            told = Sentence("The column {column} occurs twice.", column=heading)
            faults.append(Fault("", 1, heading, told))
    for name in required:
        if name not in headings:
            faults.append(Fault("", 1, name, Sentence("The column {column} is missing.", column=name)))
    return faults


def _rows(stream: io.StringIO, delimiter: str, faults: list[Fault]) -> Iterator[list[str]]:
    try:
        yield from csv.reader(stream, delimiter=delimiter, strict=True)
    except csv.Error:
        told = Sentence("The quotation marks in this file do not match. Save it in Excel as CSV UTF-8 again.")
        faults.append(Fault("", None, None, told))


def _lines(rows: Iterator[list[str]], headings: list[str], by_hand: bool) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):
        cells = [" ".join(cell.split()) if by_hand else cell for cell in row]
        if not any(cell.strip() for cell in cells):
            continue
        line = Line(number, dict(zip(headings, cells, strict=False)))
        if any(cells[len(headings) :]):
            told = Sentence("This row has more cells than there are headings.")
            line.refuse(headings[-1] if headings else None, told)
        yield line
