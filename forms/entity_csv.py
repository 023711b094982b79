"""An entity list as a spreadsheet: the CSV people download, and the one they upload again.

A row is an entity. Its number stands under `__id` (as we write it) or `name` (as phones get it); one without
is new, unless the list is matched by a property. Other columns that begin with two underscores are ours
and are passed over, so that a downloaded file can be uploaded as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType

from forms.errors import Fault, Sentence
from forms.spreadsheet import Line, read_spreadsheet

UUID = re.compile(r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})", re.I)
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # as a spreadsheet sees a cell; apostrophes before it are ours
_BEGINNINGS = frozenset("=+-@\t\r'")
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "'")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
IDS = ("__id", "name", "uuid")
BEFORE, AFTER = (
    ("__id", "label"),
    ("__createdAt", "__creatorId", "__creatorName", "__updates", "__updatedAt", "__version"),
)


@dataclass(frozen=True, slots=True)
class UploadedRow:
    """A row as it was written; what it does not say (None, or no such key) stays as it is."""

    number: int
    uuid: str | None
    label: str | None
    data: dict[str, str]


@dataclass(slots=True)
class UploadedList:
    """`faults` is complete once the rows were read; a row with a fault is not among the rows."""

    columns: tuple[str, ...]
    rows: Iterator[UploadedRow]
    faults: list[Fault]


def normal_uuid(text: str) -> str | None:
    """The UUID (version 4) without `uuid:`, in small letters."""
    found = UUID.fullmatch(text.strip())
    return found[1].lower() if found else None


def read_entity_csv(
    content: bytes,
    properties: Collection[str],
    *,
    match: str | None,
    most_bytes: int,
    by_hand: bool = False,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> UploadedList:
    """The rows of an upload. `match`: the property whose value names the entity, instead of a UUID.

    `by_hand`: headings in any letters, blanks anywhere: the registry. `renamed`: other words for a heading.
    """
    sheet = read_spreadsheet(content, most_bytes=most_bytes, by_hand=by_hand)
    faults = sheet.faults
    # in place: the lines are read by these headings
    sheet.headings[:] = [
        renamed.get(name, name) if renamed.get(name) not in sheet.headings else name
        for name in sheet.headings
    ]
    if not faults:
        faults += _wrong_headings(sheet.headings, properties, match)
    if faults:
        return UploadedList((), iter(()), faults)
    columns = tuple(heading for heading in sheet.headings if heading in properties)
    return UploadedList(columns, _rows(sheet.lines, columns, match, faults), faults)


def _wrong_headings(
    headings: Sequence[str], properties: Collection[str], match: str | None
) -> Iterator[Fault]:
    for place, heading in enumerate(headings):
        if heading in headings[:place]:
            yield Fault("", 1, heading, Sentence("The column {column} occurs twice.", column=heading))
        elif heading not in properties and heading not in (*IDS, "label") and not heading.startswith("__"):
            told = Sentence("There is no column {column} in this list. Check the spelling.", column=heading)
            yield Fault("", 1, heading, told)
    for needed in (match,) if match is not None else ("label",) if not set(IDS) & set(headings) else ():
        if needed not in headings:
            yield Fault("", 1, needed, Sentence("The column {column} is missing.", column=needed))


def _rows(
    lines: Iterator[Line], columns: Sequence[str], match: str | None, faults: list[Fault]
) -> Iterator[UploadedRow]:
    seen: dict[str, int] = {}
    for line in lines:
        number = line.number or 0
        column = next((name for name in IDS if line.cells.get(name, "").strip()), None)
        uuid = normal_uuid(line.cells[column]) if column is not None else None
        if column is not None and uuid is None:
            told = Sentence("{value} is not the number of an entity.", value=line.cells[column][:80])
            line.refuse(column, told)
        key = line.cells.get(match, "").strip() if match is not None else uuid
        if match is not None and not key:
            line.refuse(match, Sentence("This cell cannot be empty."))
        if key and key in seen:
            told = Sentence("{value} stands in row {row} already.", value=key[:80], row=seen[key])
            line.refuse(match or column, told)
        elif key:
            seen[key] = number
        if line.faults:
            faults += line.faults
            continue
        data = {name: _undefused(line.cells.get(name, "")) for name in columns}
        yield UploadedRow(number, uuid, _undefused(line.cells.get("label", "")) or None, data)


def defused(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula; a number stays one."""
    if not text.startswith(BEGINNINGS):
        return text
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _undefused(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def picker(names: Sequence[str]) -> Callable[[Mapping[str, str]], Sequence[str]]:
    """What picks the values of these properties out of an entity's, empty where there is none."""
    if len(names) < 2:  # of one name itemgetter gives no tuple
        return lambda data: [data.get(name, "") for name in names]
    all_of = itemgetter(*names)

    def pick(data: Mapping[str, str]) -> Sequence[str]:
        try:
            found: tuple[str, ...] = all_of(data)
        except KeyError:
            return [data.get(name, "") for name in names]
        return found

    return pick


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV with LF; only those with something to quote go the slow way through csv."""
    lines: list[str] = []
    for row in rows:
        line = ",".join(row)
        if '"' in line or "\n" in line or "\r" in line or line.count(",") >= len(row):
            quoted = io.StringIO()
            csv.writer(quoted, lineterminator="\r\n").writerow(row)  # what ends a line is quoted in a cell
            line = quoted.getvalue().removesuffix("\r\n")
        lines.append(line)
    lines.append("")
    return "\n".join(lines)


class EntityCsv:
    """The rows of an entity list as CSV, piece by piece: LF, and nothing that a spreadsheet would run."""

    def __init__(self, properties: Sequence[str]) -> None:
        self.heading = csv_lines([[*BEFORE, *properties, *AFTER]]).encode()

    def piece(self, rows: Iterable[tuple[Sequence[str], Sequence[str]]]) -> bytes:
        """Rows in two parts: number, label and properties as somebody wrote them, and what is ours."""
        text = csv_lines(
            [*[text if text[:1] not in _BEGINNINGS else defused(text) for text in written], *ours]
            for written, ours in rows
        )
        return text.encode("utf-8", "surrogatepass")
