"""Which texts of a form are missing in which of its languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyxform import aliases
from pyxform.parsing.sheet_headers import process_header

from forms.errors import Fault, Sentence

Rows = Sequence[Mapping[str, str]]

_TEXTS = {
    "label": "label",
    "hint": "hint",
    "guidance_hint": "guidance_hint",
    "jr:constraintMsg": "constraint_message",
    "jr:requiredMsg": "required_message",
    "image": "image",
    "big-image": "big-image",
    "audio": "audio",
    "video": "video",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the workbook that holds one kind of text in one language."""

    heading: str
    text: str
    language: str


def missing_translations(
    sheets: Mapping[str, tuple[Sequence[str], Rows]], default_language: str
) -> list[Fault]:
    """A fault per cell that is empty though its row has the text in another language.

    `sheets` is name -> (headings, rows below them). A text that lacks its whole column in a language
    is told once. A form in one language has nothing to miss.
    """
    columns = {
        name: list(_text_columns(name, headings, default_language)) for name, (headings, _) in sheets.items()
    }
    languages = list(dict.fromkeys(column.language for found in columns.values() for column in found))
    if len(languages) < 2:
        return []
    return [
        fault
        for name, (_, rows) in sheets.items()
        for text in dict.fromkeys(column.text for column in columns[name])
        for fault in _missing(name, text, [c for c in columns[name] if c.text == text], languages, rows)
    ]


def _text_columns(sheet: str, headings: Sequence[str], default_language: str) -> Iterator[_Column]:
    known = aliases.survey_header if sheet == "survey" else aliases.list_header
    uses_double_colon = any("::" in heading for heading in headings)
    for heading in headings:
        tokens = process_header(heading, uses_double_colon, known, set(_TEXTS))[1]
        if len(tokens) > 1 and tokens[0] in ("media", "bind"):
            tokens = tokens[1:]
        if tokens and tokens[0] in _TEXTS and len(tokens) <= 2:
            yield _Column(heading, _TEXTS[tokens[0]], tokens[1] if len(tokens) == 2 else default_language)


def _missing(
    sheet: str, text: str, columns: list[_Column], languages: list[str], rows: Rows
) -> Iterator[Fault]:
    headings = {language: [c.heading for c in columns if c.language == language] for language in languages}
    used = [
        (number, row)
        for number, row in enumerate(rows, start=2)
        if any(row.get(column.heading) for column in columns)
    ]
    for language in languages:
        if not headings[language]:
            if used:
                yield Fault(
                    sheet,
                    1,
                    f"{text}::{language}",
                    Sentence(
                        "The column {column} is missing in the language {language}.",
                        column=text,
                        language=language,
                    ),
                )
            continue
        for number, row in used:
            if not any(row.get(heading) for heading in headings[language]):
                yield Fault(
                    sheet,
                    number,
                    headings[language][0],
                    Sentence("This text is missing in the language {language}.", language=language),
                )
