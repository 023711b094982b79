"""What pyxform says, as faults: with sheet, row and column, in our words where we have them.

pyxform tells the row and the sheet inside its message; where it does not, the cell is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter

from pyxform.errors import ErrorCode

from forms.errors import N_, Fault, Sentence

Sheets = Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]]

_ROW = re.compile(r"\[row ?: ?(\d+)\]")
_CELL = re.compile(r"On the '([^']+)' sheet, the '([^']+)' value")
_SHEET = re.compile(r"for sheet: '([^']+)'|on the '([^']+)' sheet", re.IGNORECASE)
_TRANSLATION = re.compile(r"Language '.*' is missing the (survey|choices) ")

# pyxform's codes, in our words; the details in brackets are those of its own message
_BY_CODE = {
    "HEADER_002": N_("Two columns mean the same: {other} and {header}. Remove one of them."),
    "HEADER_003": N_("These columns are missing: {missing}."),
    "HEADER_004": N_(
        "The heading {column} is empty or has a space in it. Write it without spaces, or remove the column."
    ),
    "LABEL_001": N_("This choice has no label: people would see its code."),
    "NAMES_001": N_("The name {value} occurs twice in the same group. Give each question a name of its own."),
    "NAMES_002": N_("The name {value} differs from another only in capital letters. Choose a clearer one."),
    "NAMES_003": N_("A repeat cannot be called {value}: that is the name of the whole form."),
    "NAMES_004": N_("Another repeat is called {value} too. Give each repeat a name of its own."),
    "NAMES_005": N_("The name meta belongs to the form itself. Choose another."),
    "NAMES_006": N_("This choice has no name. Write a short code, such as yes or no."),
    "NAMES_007": N_("This choice name occurs twice in its list. Give each choice a name of its own."),
    "NAMES_008": N_(
        "This is not a valid name. It begins with a letter or an underscore and has only letters, digits, "
        "underscores, hyphens and full stops, no spaces."
    ),
    "NAMES_013": N_("There is no sheet called {sheet}. Is it one of these, misspelt: {candidates}?"),
    "PYREF_001": N_(
        "This reference is not complete. Write a dollar sign and then the question's name in curly brackets."
    ),
    "PYREF_002": N_("Write a comma between the questions that are referred to."),
    "PYREF_003": N_("There is no question called {q}, to which this refers. Check the spelling."),
    "PYREF_004": N_("Several questions are called {q}, so it is not clear which one is meant here."),
    "SURVEY_001": N_("This end_{type} has no begin_{type} above it."),
    "SURVEY_002": N_("The begin_{type} called {name} has no end_{type} below it."),
    "SURVEY_004": N_("Parameters are written as name=value, with a space between two of them."),
    "SURVEY_005": N_("This question type does not know the parameters {rejected}. It knows: {accepted}."),
}

# messages without a code: what they look like, the column they are about, our words
_BY_LOOK: list[tuple[re.Pattern[str], str, str, str]] = [
    (re.compile(look, re.DOTALL), sheet, column, text)
    for look, sheet, column, text in [
        (r"Question with no type", "survey", "type", N_("This row has no type.")),
        (r"Question or group with no name", "survey", "name", N_("This question or group has no name.")),
        (r"Missing calculation", "survey", "calculation", N_("A row of type calculate needs a calculation.")),
        (
            r"Unknown question type '(?P<type>[^']*)'",
            "survey",
            "type",
            N_("There is no question type called {type}."),
        ),
        (
            r"List name not in (?:external )?choices sheet: (?P<list_name>.*)",
            "survey",
            "type",
            N_("The choices sheet has no list called {list_name}."),
        ),
        (
            r"There should be an? (?P<sheet>(?:external_)?choices) sheet",
            "",
            "",
            N_("A question takes its answers from the sheet {sheet}, which the workbook does not have."),
        ),
        (r"must have a sheet named 'survey'", "", "", N_("The workbook has no sheet called survey.")),
        (r"Duplicate column header: (?P<header>.*)", "", "", N_("There are two columns called {header}.")),
        (
            r"Choice names with spaces cannot.*\[(?P<name>.*)\] in \[(?P<list_name>.*)\]",
            "choices",
            "name",
            N_("The choice name {name} has a space in it; where several answers can be chosen, none may."),
        ),
        (
            r"Use the max-pixels parameter",
            "survey",
            "parameters",
            N_("Write max-pixels=1024 here: smaller photos are sent sooner and need less room."),
        ),
        (
            r"This form uses or_other and translations",
            "survey",
            "type",
            N_(
                "or_other adds an answer in English only. Write the choice other and a text question instead."
            ),
        ),
        (r"(?:Group|Repeat|Loop) has no label", "survey", "label", N_("This group or repeat has no label.")),
        (
            r"Row without name, text, or label is being skipped",
            "survey",
            "type",
            N_("This row has neither name nor label and is left out."),
        ),
        (
            r"do not contain valid machine-readable codes: (?P<languages>.*?)\. Learn",
            "survey",
            "",
            N_("Write the code of a language in brackets, as in Кыргызча (ky). Without one: {languages}."),
        ),
    ]
]


def faults_of(message: str, sheets: Sheets) -> list[Fault]:
    """Every fault that one message of pyxform tells; what the check of translations tells is left out."""
    message = message.partition(" If you do not mean to include a sheet")[0]
    told = (part.strip() for part in re.split(r"\n(?=\[row ?: ?\d+\])", message))
    return [
        fault
        for part in told
        if part and not _TRANSLATION.match(part)
        for fault in _faults_of_one(part, sheets)
    ]


def _faults_of_one(message: str, sheets: Sheets) -> Iterator[Fault]:
    row_match, cell, sheet_match = _ROW.search(message), _CELL.search(message), _SHEET.search(message)
    row = int(row_match[1]) if row_match else None
    sheet = (
        cell[1] if cell else (sheet_match[1] or sheet_match[2]) if sheet_match else "survey" if row else ""
    )
    column = cell[2] if cell else None
    for code, pattern in _CODES.items():
        if match := pattern.fullmatch(message):
            yield Fault(sheet, row, column, Sentence(_BY_CODE[code], **match.groupdict()))
            return
    for look, look_sheet, look_column, text in _BY_LOOK:
        if match := look.search(message):
            details = {name: value.strip() for name, value in match.groupdict().items()}
            places = (
                [(row, sheet or look_sheet)] if row else _places(look_column, look_sheet, details, sheets)
            )
            for place, where in places:
                yield Fault(where, place, column or look_column or None, Sentence(text, **details))
            return
    plain = " ".join(_ROW.sub("", message).split())
    yield Fault(sheet, row, column, Sentence("The form converter says: {message}", message=plain[:500]))


def _places(
    column: str, sheet: str, details: Mapping[str, str], sheets: Sheets
) -> list[tuple[int | None, str]]:
    """The rows a message is about though it does not say so: those whose cell is what it quotes."""
    if "header" in details:
        return [
            (1, next((name for name, (headings, _) in sheets.items() if details["header"] in headings), ""))
        ]
    quoted = details.get(column)
    _, rows = sheets.get(sheet, ((), ()))
    found: list[tuple[int | None, str]] = [
        (number, sheet)
        for number, row in enumerate(rows, start=2)
        if quoted and " ".join(str(row.get(column, "")).split()) == " ".join(quoted.split())
    ]
    return found or [(None, sheet)]


def _pattern(template: str) -> re.Pattern[str]:
    """A template of pyxform as a pattern that finds its details in a message."""
    parts, seen = [], set()
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts) + r"\s*", re.DOTALL)


_CODES = {code: _pattern(ErrorCode[code].value.msg) for code in _BY_CODE}
