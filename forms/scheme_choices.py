"""Whether the choices of a list are the scale's, what each earns, and which of them are no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from forms.cells import Row
from forms.errors import Sentence
from forms.evaluation import NonAnswer
from forms.scales import NON_ANSWERS, OWN, Scale
from forms.scheme_cells import code_of, number, stand_in
from forms.scheme_questions import Asked, Report, listed


def read_choices(
    asked: Asked, scale: Scale, choices: list[Row], report: Report
) -> tuple[dict[str, float], dict[str, NonAnswer]]:
    """The points of the choices that count, and the code of those that are no answer."""
    points: dict[str, float] = {}
    non_answers: dict[str, NonAnswer] = {}
    for choice in choices:
        code = choice.text("name")
        if choice.text("nonresponse"):
            non_answers[code] = non_answer(choice, report)
            if choice.text("score"):
                report.fault(
                    choice,
                    "score",
                    Sentence("A choice that is no answer earns no points. Clear score or nonresponse."),
                )
        elif stand_in(code) and (scale.points or not choice.text("score")):
            _say_stand_in(choice, code, report)
        elif scale.name == OWN:
            points[code] = _own_points(choice, code, report)
        elif scale.also.get(code, code) not in scale.points:
            report.fault(
                choice,
                "name",
                Sentence(
                    "Scale {scale} has no choice {choice}, only {known}. "
                    "Rename it, or write NA, DK or REF into its nonresponse.",
                    scale=scale.name,
                    choice=code,
                    known=listed(scale.points),
                ),
            )
        else:
            points[code] = scale.points[scale.also.get(code, code)]
            if choice.text("score") and number(choice, "score") != points[code]:
                report.fault(
                    choice,
                    "score",
                    Sentence(
                        "On scale {scale} the choice {choice} earns {points}, not {value}. "
                        "Correct the score or clear the cell.",
                        scale=scale.name,
                        choice=code,
                        points=f"{points[code]:g}",
                        value=choice.text("score"),
                    ),
                )
    _whole(asked, scale, points, report)
    return points, non_answers


def non_answer(choice: Row, report: Report) -> NonAnswer:
    """The code of a choice that is no answer: NA, DK or REF."""
    code = code_of(choice, "nonresponse", NON_ANSWERS)
    if not code:
        report.fault(
            choice,
            "nonresponse",
            Sentence(
                "{value} is no kind of non-answer. Write NA (not applicable), DK (does not know) or REF "
                "(will not say).",
                value=choice.text("nonresponse"),
            ),
        )
    if stand_in(choice.text("name")):
        _say_stand_in(choice, choice.text("name"), report)
    return cast(NonAnswer, code)


def _whole(asked: Asked, scale: Scale, points: Mapping[str, float], report: Report) -> None:
    """Every step of the scale is offered, each under one name."""
    steps = [scale.also.get(code, code) for code in points]
    missing = [step for step in scale.points if step not in steps]
    if missing:
        report.fault(
            asked.row,
            "type",
            Sentence(
                "The list {name} lacks {missing}, which scale {scale} needs. Add these choices.",
                name=asked.list_name,
                missing=listed(missing),
                scale=scale.name,
            ),
        )
    elif scale.points and len(steps) != len(set(steps)):
        report.fault(
            asked.row,
            "type",
            Sentence(
                "The list {name} has two choices for one step of scale {scale}. Keep one.",
                name=asked.list_name,
                scale=scale.name,
            ),
        )
    elif scale.name == OWN and not points:
        report.fault(
            asked.row,
            "type",
            Sentence(
                "The list {name} has no choice with points. Write 0 to 100 into the column score.",
                name=asked.list_name,
            ),
        )


def _own_points(choice: Row, code: str, report: Report) -> float:
    value = number(choice, "score")
    if not choice.text("score"):
        report.fault(
            choice,
            "score",
            Sentence(
                "The choice {choice} has no points. Write 0 to 100, or NA, DK or REF into nonresponse.",
                choice=code,
            ),
        )
    elif value is None or not 0 <= value <= 100:
        report.fault(
            choice,
            "score",
            Sentence(
                "The score {value} is not a number from 0 to 100. Write one.", value=choice.text("score")
            ),
        )
    return value or 0.0


def _say_stand_in(row: Row, code: str, report: Report) -> None:
    report.fault(
        row,
        "name",
        Sentence(
            "{code} is a number that stands for no answer. "
            "Name the choice NA, DK or REF and write the same into nonresponse.",
            code=code,
        ),
    )
