"""The evaluation columns of a workbook: object type, criteria, indicators, weights, points.

A converter ignores these columns (survey: criterion, scale, weight, n_min, stream, best, worst, unit,
sensitive, cumulative, nonresponse_of, evidence_of, computed, subtypes, role, privacy; choices: score,
nonresponse; settings: object_type; the sheet criteria), so they are read from the workbook itself.
`unit` is what a number counts, as free text.

Spec: domain.md 5.8
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.cells import Row, Sheet, language_code, read_sheets
from forms.errors import Fault, Sentence, WorkbookFaults
from forms.evaluation import (
    COMPUTED,
    METHODS,
    ROLES,
    SUBTYPES,
    Criterion,
    Indicator,
    Scheme,
    SchemeReading,
)
from forms.scales import NON_ANSWERS, SCALES, STREAMS, Scale, least_answers
from forms.scheme_cells import code_of
from forms.scheme_checks import (
    COLUMNS,
    ORDINARY,
    SHEETS,
    criteria_used,
    forgotten_criteria,
    look_alikes,
    names,
    unsaved_formulas,
    unused_points,
)
from forms.scheme_criteria import read_criteria
from forms.scheme_indicators import Book, read_indicator
from forms.scheme_links import link_companions, link_evidence
from forms.scheme_questions import Asked, Report, choice_lists, named, questions
from forms.scheme_roles import read_privacy, read_roles

__all__ = [
    "COMPUTED",
    "METHODS",
    "NON_ANSWERS",
    "ROLES",
    "SCALES",
    "STREAMS",
    "SUBTYPES",
    "Criterion",
    "Indicator",
    "Scale",
    "Scheme",
    "SchemeReading",
    "least_answers",
    "read_scheme",
]


def read_scheme(workbook: bytes, *, filename: str = "form.xlsx") -> SchemeReading:
    """The scheme of a workbook, or all its faults at once, each with sheet, row and column.

    Reads .xlsx, .xls and Markdown text (`form.md`, as pyxform reads it). Never raises for what a person
    wrote into the workbook: a file that cannot be read is a fault too.
    """
    try:
        sheets = read_sheets(workbook, filename, SHEETS)
    except WorkbookFaults as refusal:
        return SchemeReading(None, refusal.faults, (), {})
    report = Report()
    look_alikes(sheets, report)
    asked = questions(sheets["survey"]) if "survey" in sheets else []
    privacy = read_privacy(asked, report)
    scheme = _scheme(sheets, asked, privacy, report) if asked and _evaluates(sheets) else None
    order = [sheets[name].name for name in SHEETS if name in sheets]

    def place(fault: Fault) -> tuple[int, int]:
        return (order.index(fault.sheet) if fault.sheet in order else len(order), fault.row or 0)

    faults = tuple(sorted(report.faults, key=place))
    return SchemeReading(
        None if faults else scheme, faults, tuple(sorted(report.warnings, key=place)), privacy
    )


def _evaluates(sheets: Mapping[str, Sheet]) -> bool:
    """Has the workbook a column that only an evaluation has, or the sheet of criteria?"""
    return "criteria" in sheets or any(
        sheets[name].has(key) for name in sheets for key in COLUMNS[name] if key not in ORDINARY
    )


def _scheme(
    sheets: Mapping[str, Sheet], asked: Sequence[Asked], privacy: Mapping[str, str], report: Report
) -> Scheme:
    survey = sheets["survey"]
    settings = sheets["settings"].rows[0] if "settings" in sheets and sheets["settings"].rows else None
    scored = {question.name: question for question in asked if question.row.text("criterion")}
    unsaved_formulas(sheets, report)
    names(asked, report)
    forgotten_criteria(asked, survey, report)

    language = language_code(settings.text("default_language")) if settings else ""
    object_type = _object_type(sheets, settings, bool(scored), report)
    lists = choice_lists(sheets.get("choices"))
    criteria = _criteria(sheets, object_type, language, bool(scored), report)
    book = Book(lists, criteria, object_type or None, language)
    read = [read_indicator(question, book, report) for question in scored.values()]
    indicators = {indicator.code: indicator for indicator in read if indicator}
    indicators = link_companions(asked, named(asked), lists, indicators, report)
    indicators = link_evidence(asked, indicators, scored, report)
    if criteria:
        languages = sorted({column.language for column in survey.columns if column.key == "label"} - {""})
        criteria_used(sheets["criteria"], criteria, scored.values(), indicators.values(), languages, report)
    unused_points(sheets.get("choices"), scored.values(), report)
    return Scheme(
        form_id=settings.text("form_id") if settings else "",
        version=settings.text("version") if settings else "",
        titles=settings.texts("form_title") if settings else {},
        object_type=object_type or None,  # type: ignore[arg-type]  # one of SUBTYPES
        criteria=tuple((criteria or {}).values()),
        indicators=tuple(indicators.values()),
        roles=read_roles(asked, lists, survey.name, bool(scored), report),
        privacy=privacy,
    )


def _object_type(sheets: Mapping[str, Sheet], settings: Row | None, scored: bool, report: Report) -> str:
    """One of EXEC, MUN, SUP, PSO; needed as soon as a question has a criterion."""
    code = code_of(settings, "object_type", tuple(SUBTYPES)) if settings else ""
    written = settings.text("object_type") if settings else ""
    if not code and (scored or written):
        report.fault_at(
            sheets["settings"].name if settings else "settings",
            settings.number if settings else None,
            "object_type",
            Sentence(
                "{value} is no object type. Write EXEC, MUN, SUP or PSO into object_type.",
                value=written or "—",
            ),
        )
    return code


def _criteria(
    sheets: Mapping[str, Sheet], object_type: str, language: str, scored: bool, report: Report
) -> dict[str, Criterion] | None:
    if "criteria" in sheets:
        return read_criteria(sheets["criteria"], object_type or None, language, report)
    if scored:
        report.fault_at(
            "criteria",
            None,
            None,
            Sentence("There is no sheet criteria. Add it, with the columns name, label and weight."),
        )
    return None
