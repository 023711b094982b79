"""Checks of a whole workbook: headings that look like ours, forgotten cells, sums, and what is never used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from forms.cells import Sheet
from forms.errors import Sentence
from forms.evaluation import Criterion, Indicator
from forms.scheme_indicators import SCORING
from forms.scheme_questions import Asked, Report, choice_lists, listed

SHEETS = ("survey", "choices", "criteria", "settings")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "survey": (
        "criterion",
        *SCORING,
        "stream",
        "unit",
        "nonresponse_of",
        "evidence_of",
        "subtypes",
        "role",
        "privacy",
    ),
    "choices": ("score", "nonresponse"),
    "criteria": ("name", "label", "weight", "subtypes"),
    "settings": ("object_type",),
}
# A plain form may have columns of these names for purposes of its own.
ORDINARY = frozenset({"name", "label", "weight", "unit", "scale", "subtypes", "score"})
# Headings of XLSForm; they resemble ours only by accident.
_CONVERTERS_WORDS = (
    "type name label hint guidance_hint relevant required required_message constraint "
    "constraint_message calculation default read_only readonly appearance parameters "
    "choice_filter repeat_count image audio video media note notes trigger list_name form_title "
    "form_id version default_language style instance_name public_key save_to order"
)
_CONVERTERS = frozenset(_CONVERTERS_WORDS.split())


def look_alikes(sheets: Mapping[str, Sheet], report: Report) -> None:
    """Headings that nobody reads and that resemble one of ours: probably a slip of the keyboard."""
    for name, sheet in sheets.items():
        ours = COLUMNS[name]
        for column in sheet.columns:
            if column.key in ours or column.key in _CONVERTERS:
                continue
            close = get_close_matches(column.key, ours, n=1, cutoff=0.75)
            if close:
                report.warn_at(
                    sheet.name,
                    1,
                    column.heading,
                    Sentence(
                        "The column {column} is not read. If you mean {meant}, correct the heading.",
                        column=column.heading,
                        meant=close[0],
                    ),
                )


def unsaved_formulas(sheets: Mapping[str, Sheet], report: Report) -> None:
    """A formula without a saved value is an empty cell to everyone but Excel."""
    for sheet in sheets.values():
        for row in sheet.rows:
            for column in row.unsaved:
                report.fault_at(
                    sheet.name,
                    row.number,
                    column.heading,
                    Sentence("The formula in this cell has no value. Write the value itself."),
                )


def names(asked: Sequence[Asked], report: Report) -> None:
    """Scores and exports find a question by its name alone, so each name stands once."""
    first: dict[str, int] = {}
    for question in asked:
        if question.structural or not question.name:
            continue
        if question.name in first:
            report.fault(
                question.row,
                "name",
                Sentence(
                    "The name {name} stands in row {row} already. Give this question another one.",
                    name=question.name,
                    row=first[question.name],
                ),
            )
        else:
            first[question.name] = question.row.number


def forgotten_criteria(asked: Sequence[Asked], survey: Sheet, report: Report) -> None:
    """A question that is described as an indicator but has no criterion would silently not count."""
    if not survey.has("criterion"):
        return
    for question in asked:
        filled = [key for key in SCORING if question.row.text(key)]
        if filled and not question.row.text("criterion"):
            report.fault(
                question.row,
                "criterion",
                Sentence(
                    "{name} has {columns} but no criterion, so it would not count. "
                    "Write its criterion, or clear those cells.",
                    name=question.name or "—",
                    columns=listed(survey.heading(key) for key in filled),
                ),
            )


def criteria_used(
    sheet: Sheet,
    criteria: Mapping[str, Criterion],
    scored: Collection[Asked],
    indicators: Collection[Indicator],
    languages: Sequence[str],
    report: Report,
) -> None:
    """Every criterion is asked about, carries weight, and has its name in every language of the form."""
    for row in sheet.rows:
        criterion = criteria.get(row.text("name"))
        if criterion is None:
            continue
        weights = [indicator.weight for indicator in indicators if indicator.criterion == criterion.code]
        if weights and sum(weights) == 0:
            report.fault(
                row,
                "name",
                Sentence(
                    "The weights of all indicators of {code} together are 0. Give them weights above 0.",
                    code=criterion.code,
                ),
            )
        if not any(question.row.text("criterion") == criterion.code for question in scored):
            report.warn(
                row,
                "name",
                Sentence(
                    "No question has the criterion {code}, so it will never be scored. "
                    "Write it at a question, or remove it.",
                    code=criterion.code,
                ),
            )
        for language in languages or [""]:
            if not criterion.labels.get(language) and not criterion.labels.get(""):
                report.warn(
                    row,
                    "label",
                    Sentence(
                        "The criterion {code} has no name in the language {language}. Write it into label.",
                        code=criterion.code,
                        language=language or "—",
                    ),
                )


def unused_points(choices: Sheet | None, scored: Collection[Asked], report: Report) -> None:
    """Points at a list that no scored question uses: probably a list was mixed up."""
    used = {question.list_name for question in scored}
    for name, rows in choice_lists(choices).items():
        pointed = [row for row in rows if row.text("score")]
        if pointed and name not in used:
            report.warn(
                pointed[0],
                "score",
                Sentence(
                    "The list {name} has points, but no question with a criterion uses it. "
                    "Check the lists, or clear the points.",
                    name=name,
                ),
            )
