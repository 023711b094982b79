"""A question with a criterion becomes an indicator, or a list of what is wrong with its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from forms.cells import Row
from forms.errors import Sentence
from forms.evaluation import COMPUTED, ComputedBy, Criterion, Indicator, NonAnswer, Stream
from forms.scales import SCALES, STREAMS, Scale
from forms.scheme_cells import (
    anchors,
    code_of,
    n_min,
    stand_in_compared,
    stand_in_written,
    subtypes,
    weight,
    yes,
)
from forms.scheme_choices import read_choices
from forms.scheme_questions import Asked, Report, labels, listed

# Cells that make no sense on a question without a criterion.
SCORING = ("scale", "weight", "n_min", "best", "worst", "sensitive", "cumulative", "computed")


@dataclass(frozen=True, slots=True)
class Book:
    """What the checks look up: the lists, criteria and words of one workbook."""

    lists: Mapping[str, list[Row]]
    criteria: Mapping[str, Criterion] | None  # None: the sheet is missing, and that is a fault already
    object_type: str | None
    default_language: str


def read_indicator(asked: Asked, book: Book, report: Report) -> Indicator | None:
    """The indicator a question is; companions and evidence are added later. None when it cannot be one."""
    row = asked.row
    if asked.structural:
        report.fault(
            row, "criterion", Sentence("A criterion belongs on a question, not on a group. Clear this cell.")
        )
        return None
    if asked.repeat is not None:
        report.fault(
            row,
            "criterion",
            Sentence(
                "The scored question {name} is inside the repeat {repeat}. "
                "Move it out, or clear its criterion.",
                name=asked.name,
                repeat=asked.repeat,
            ),
        )
    criterion = _criterion(row, book, report)
    stream = _code(row, "stream", STREAMS, report)
    scale = SCALES.get(_code(row, "scale", tuple(SCALES), report))
    value = weight(row, report)
    sensitive, cumulative = yes(row, "sensitive", report), yes(row, "cumulative", report)
    if cumulative and stream == "C":
        report.warn(
            row,
            "cumulative",
            Sentence(
                "Only observation sheets have visits, so cumulative does nothing in stream C. Clear the cell."
            ),
        )
    computed = _computed(asked, stream, scale, report)
    best, worst = anchors(row, scale, report)
    concerns = _subtypes(row, book, criterion, report)
    points: Mapping[str, float] = {}
    non_answers: Mapping[str, NonAnswer] = {}
    offered: list[Row] = []
    if scale and scale.choices:
        if not asked.select_one:
            report.fault(
                row,
                "type",
                Sentence(
                    "Scale {scale} is answered by choosing. Make {name} a select_one with a list of this "
                    "workbook.",
                    scale=scale.name,
                    name=asked.name,
                ),
            )
        elif asked.list_name not in book.lists:
            report.fault(
                row,
                "type",
                Sentence(
                    "There is no list {name} in the sheet choices. Add its choices there.",
                    name=asked.list_name,
                ),
            )
        else:
            offered = book.lists[asked.list_name]
            points, non_answers = read_choices(asked, scale, offered, report)
    elif scale and not computed:
        _number(asked, report)
    if sensitive and offered and "REF" not in non_answers.values():
        report.warn(
            row,
            "sensitive",
            Sentence(
                "A sensitive question should offer not to answer. "
                "Add a choice with REF in the column nonresponse to the list {name}.",
                name=asked.list_name,
            ),
        )
    least = n_min(row, stream, scale, sensitive, report)
    if not (stream and scale):
        return None
    return Indicator(
        code=asked.name,
        criterion=criterion.code if criterion else "",
        stream=cast(Stream, stream),
        scale=scale.name,
        weight=value or 0.0,
        n_min=least,
        best=best,
        worst=worst,
        sensitive=sensitive,
        cumulative=cumulative,
        computed=cast(ComputedBy, computed) if computed else None,
        subtypes=concerns,
        labels=labels(row, book.default_language),
        unit=row.text("unit"),
        points=points,
        nonresponse=non_answers,
        choice_labels={choice.text("name"): labels(choice, book.default_language) for choice in offered},
        companion=None,
        companion_nonresponse={},
        evidence=(),
    )


def _criterion(row: Row, book: Book, report: Report) -> Criterion | None:
    if book.criteria is None:
        return None
    criterion = book.criteria.get(row.text("criterion"))
    if criterion is None:
        report.fault(
            row,
            "criterion",
            Sentence(
                "There is no criterion {value} in the sheet criteria. Write one of {known}, or add it there.",
                value=row.text("criterion"),
                known=listed(book.criteria) or "—",
            ),
        )
    return criterion


def _code(row: Row, key: str, allowed: tuple[str, ...], report: Report) -> str:
    code = code_of(row, key, allowed)
    if code:
        return code
    known = listed(allowed)
    if key == "stream":
        sentence = Sentence(
            "{value} is not a stream. Write O (observation sheet) or C (citizen survey).",
            value=row.text(key) or "—",
        )
    else:
        sentence = Sentence(
            "{value} is not a scale. Write one of {known}.", value=row.text(key) or "—", known=known
        )
    report.fault(row, key, sentence)
    return ""


def _computed(asked: Asked, stream: str, scale: Scale | None, report: Report) -> str:
    row = asked.row
    if not row.text("computed"):
        return ""
    code = code_of(row, "computed", COMPUTED)
    if not code:
        report.fault(
            row,
            "computed",
            Sentence(
                "The system does not compute {value}. Write one of {known}, or clear the cell.",
                value=row.text("computed"),
                known=listed(COMPUTED),
            ),
        )
    if asked.kind != "note":
        report.fault(
            row,
            "computed",
            Sentence(
                "A value the system computes is not asked. Make {name} a note, or clear computed.",
                name=asked.name,
            ),
        )
    if (scale and scale.choices) or stream == "C":
        report.fault(
            row,
            "computed",
            Sentence("A value the system computes is a number of observation. Write scale NUM and stream O."),
        )
    return code


def _subtypes(row: Row, book: Book, criterion: Criterion | None, report: Report) -> tuple[str, ...]:
    """Its own subtypes within its criterion's; empty means all."""
    own = subtypes(row, book.object_type, report)
    of_criterion = criterion.subtypes if criterion else ()
    both = (
        tuple(subtype for subtype in own if subtype in of_criterion)
        if own and of_criterion
        else own or of_criterion
    )
    if own and of_criterion and not both:
        report.fault(
            row,
            "subtypes",
            Sentence(
                "The criterion concerns only {known}, so this question would never count. "
                "Write some of these, or clear the cell.",
                known=listed(of_criterion),
            ),
        )
    return both


def _number(asked: Asked, report: Report) -> None:
    """A question on scale NUM takes a number, and numbers only."""
    row = asked.row
    if not asked.number and asked.kind != "calculate":
        report.fault(
            row,
            "type",
            Sentence(
                "Scale NUM needs a number. Make {name} integer, decimal, range or calculate.", name=asked.name
            ),
        )
    codes = {
        "constraint": stand_in_compared(row.text("constraint")),
        "default": stand_in_written(row.text("default")),
        "calculation": stand_in_written(row.text("calculation")),
    }
    for key, code in codes.items():
        if code:
            report.fault(
                row,
                key,
                Sentence(
                    "{code} stands for no answer, and would be counted as a number. "
                    "Take it out, and ask why there is "
                    "no number in a select_one with nonresponse_of {name}.",
                    code=code,
                    name=asked.name,
                ),
            )
