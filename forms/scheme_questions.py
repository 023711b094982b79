"""The rows of a workbook as the scheme sees them: questions, choice lists, and what was found wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms.cells import Row, Sheet
from forms.errors import Fault, Sentence

SELECT_ONE = "select_one"
NUMBERS = frozenset({"integer", "decimal", "range"})

_TYPES = (
    (re.compile(r"(select_one_from_file|select one from file)\s+(?P<file>\S+)"), SELECT_ONE),
    (re.compile(r"(select_multiple_from_file|select multiple from file)\s+(?P<file>\S+)"), "select_multiple"),
    (re.compile(r"select_one_external\s+(?P<file>\S+)"), SELECT_ONE),
    (
        re.compile(r"(add select one prompt using|select one from|select_?1|select[_ ]one)\s+(?P<list>\S+)"),
        SELECT_ONE,
    ),
    (
        re.compile(
            r"(add select multiple prompt using|select all that apply from|select_multiple|"
            r"select all that apply)\s+(?P<list>\S+)"
        ),
        "select_multiple",
    ),
    (re.compile(r"rank\s+(?P<list>\S+)"), "rank"),
)
_SAME_TYPE = {"int": "integer", "string": "text", "photo": "image", "location": "geopoint", "gps": "geopoint"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One row of the survey sheet. `kind` is its plain type; begin and end rows are `structural`."""

    row: Row
    name: str
    kind: str
    list_name: str = ""
    file: str = ""
    repeat: str | None = None
    structural: bool = False
    or_other: bool = False

    @property
    def number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def select_one(self) -> bool:
        """A choice of one from a list of the workbook itself."""
        return self.kind == SELECT_ONE and bool(self.list_name) and not self.or_other


@dataclass(slots=True)
class Report:
    """Every fault and warning found so far, each once."""

    faults: dict[Fault, None] = field(default_factory=dict)
    warnings: dict[Fault, None] = field(default_factory=dict)

    def fault(self, row: Row, key: str, message: Sentence) -> None:
        self.faults[Fault(row.sheet.name, row.number, row.sheet.heading(key), message)] = None

    def warn(self, row: Row, key: str, message: Sentence) -> None:
        self.warnings[Fault(row.sheet.name, row.number, row.sheet.heading(key), message)] = None

    def fault_at(self, sheet: str, row: int | None, column: str | None, message: Sentence) -> None:
        self.faults[Fault(sheet, row, column, message)] = None

    def warn_at(self, sheet: str, row: int | None, column: str | None, message: Sentence) -> None:
        self.warnings[Fault(sheet, row, column, message)] = None


def questions(survey: Sheet) -> list[Asked]:
    """The rows of the survey in order, with the innermost repeat around each."""
    asked: list[Asked] = []
    around: list[str | None] = []  # of each open group: the innermost repeat at that depth
    for row in survey.rows:
        kind = " ".join(row.text("type").split())
        if not kind or row.text("disabled").lower() in ("yes", "true", "true()"):
            continue
        name = row.text("name")
        repeat = around[-1] if around else None
        opening = re.match(r"begin[_ ](\w+)", kind, re.IGNORECASE)
        if opening:
            around.append(name if opening.group(1).lower() in ("repeat", "loop", "looped") else repeat)
        elif re.match(r"end[_ ]", kind, re.IGNORECASE):
            if around:
                around.pop()
        else:
            asked.append(_question(row, name, kind, repeat))
            continue
        asked.append(Asked(row, name, kind.lower(), repeat=repeat, structural=True))
    return asked


def choice_lists(choices: Sheet | None) -> dict[str, list[Row]]:
    """The rows of every list, by its name."""
    lists: dict[str, list[Row]] = {}
    for row in choices.rows if choices else ():
        if row.text("list_name") and row.text("name"):
            lists.setdefault(row.text("list_name"), []).append(row)
    return lists


def named(asked: Iterable[Asked]) -> dict[str, Asked]:
    """The questions by name, the first of a name."""
    found: dict[str, Asked] = {}
    for question in asked:
        if question.name and not question.structural:
            found.setdefault(question.name, question)
    return found


def listed(names: Iterable[str]) -> str:
    """Names for a sentence: "A1, A2, A3"; a long list is cut."""
    all_names = list(names)
    return ", ".join(all_names[:12]) + (" …" if len(all_names) > 12 else "")


def words(cell: str) -> tuple[str, ...]:
    """The words of a cell that holds several, once each."""
    return tuple(dict.fromkeys(re.split(r"[\s,;]+", cell.strip()))) if cell.strip() else ()


def labels(row: Row, default_language: str) -> Mapping[str, str]:
    """The label of a row by language; one without a language belongs to the default, where there is one."""
    texts = row.texts("label")
    if "" in texts and default_language:
        texts.setdefault(default_language, texts.pop(""))
    return {language: text for language, text in texts.items() if text}


def _question(row: Row, name: str, kind: str, repeat: str | None) -> Asked:
    plain = re.sub(r"(?<!\s)\s+or[_ ](other|specify other)$", "", kind)
    for pattern, select in _TYPES:
        found = pattern.fullmatch(plain)
        if found:
            parts = found.groupdict()
            return Asked(
                row,
                name,
                select,
                parts.get("list") or "",
                parts.get("file") or "",
                repeat,
                or_other=plain != kind,
            )
    lower = kind.lower()
    return Asked(row, name, _SAME_TYPE.get(lower, lower), repeat=repeat)
