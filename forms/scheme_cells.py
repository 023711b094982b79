"""Reading one evaluation cell: the value it holds, or a fault that says what to write there."""

from __future__ import annotations

import math
import re

from forms.cells import Row
from forms.errors import Sentence
from forms.evaluation import SUBTYPES
from forms.scales import Scale, least_answers
from forms.scheme_questions import Report, listed, words

# Typed on a Kyrgyz or Russian keyboard these look like the Latin letters of our codes.
_LATIN = str.maketrans("АВЕКМНОРСТУХасеорху−–—", "ABEKMHOPCTYXaceopxy---")
# Numbers that questionnaires use for "no answer" where numbers cannot hold words.
_STAND_IN = r"(?:-\d+(?:\.0+)?|9*9[789]|77+|88+)"
_STAND_IN_SURELY = r"(?:-\d+(?:\.0+)?|9*99[789]|777+|888+)"  # 99 may well be a real number
_COMPARED = re.compile(rf"\.\s*=\s*['\"]?({_STAND_IN})['\"]?(?![\d.])")
_WRITTEN = re.compile(rf"['\"]?({_STAND_IN_SURELY})['\"]?")
_CHOSEN = re.compile(rf"[,(]\s*['\"]?({_STAND_IN_SURELY})['\"]?\s*[,)]")


def latin(text: str) -> str:
    """The text with letters that only look Latin made Latin."""
    return text.translate(_LATIN)


def code_of(row: Row, key: str, allowed: tuple[str, ...]) -> str:
    """The allowed code a cell means, whatever its case or keyboard; "" where it means none."""
    text = latin(row.text(key)).lower()
    return next((code for code in allowed if code.lower() == text), "")


def number(row: Row, key: str) -> float | None:
    """The number in a cell; None where it is empty or no finite number."""
    try:
        value = float(latin(row.text(key)).replace(",", ".").replace(" ", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def weight(row: Row, report: Report) -> float | None:
    """A weight above zero, or None and a fault."""
    value = number(row, "weight")
    if not row.text("weight"):
        report.fault(row, "weight", Sentence("The weight is missing. Write a number above 0."))
    elif value is None or value <= 0:
        report.fault(
            row,
            "weight",
            Sentence(
                "The weight {value} is not a number above 0. Write one, for example 2.",
                value=row.text("weight"),
            ),
        )
    return value


def yes(row: Row, key: str, report: Report) -> bool:
    """Is yes written here? Empty and no both mean no."""
    text = row.text(key).lower()
    if text not in ("", "yes", "no", "true", "false"):
        report.fault(
            row,
            key,
            Sentence("{value} is neither yes nor empty. Write yes or clear the cell.", value=row.text(key)),
        )
    return text in ("yes", "true")


def subtypes(row: Row, object_type: str | None, report: Report) -> tuple[str, ...]:
    """The subtypes a row concerns; empty means all. Unknown ones are faults, and left out."""
    known = SUBTYPES.get(object_type or "") or tuple(
        dict.fromkeys(s for every in SUBTYPES.values() for s in every)
    )
    written = tuple(word.lower() for word in words(row.text("subtypes")))
    for word in written:
        if word not in known:
            report.fault(
                row,
                "subtypes",
                Sentence(
                    "There is no subtype {value} of this object type. Write some of: {known}.",
                    value=word,
                    known=listed(known),
                ),
            )
    return tuple(word for word in written if word in known)


def anchors(row: Row, scale: Scale | None, report: Report) -> tuple[float | None, float | None]:
    """The best and worst number of scale NUM; no other scale has any."""
    found: list[float | None] = []
    for key in ("best", "worst"):
        value = number(row, key)
        found.append(value)
        if scale is None:
            continue
        if scale.choices and row.text(key):
            report.fault(
                row,
                key,
                Sentence(
                    "Only scale NUM has anchors; this question has scale {scale}. Clear the cell.",
                    scale=scale.name,
                ),
            )
        elif not scale.choices and not row.text(key):
            report.fault(
                row,
                key,
                Sentence(
                    "Scale NUM needs both anchors. Write the number that earns {points} points.",
                    points=100 if key == "best" else 0,
                ),
            )
        elif not scale.choices and value is None:
            report.fault(
                row, key, Sentence("The anchor {value} is not a number. Write one.", value=row.text(key))
            )
    if scale and not scale.choices and found[0] is not None and found[0] == found[1]:
        report.fault(row, "worst", Sentence("best and worst are the same number. Write two different ones."))
    return (found[0], found[1]) if scale and not scale.choices else (None, None)


def n_min(row: Row, stream: str, scale: Scale | None, sensitive: bool, report: Report) -> int:
    """The smallest number of answers: the workbook's, else the floor."""
    floor = least_answers(stream, scale.name, sensitive) if stream and scale else 1
    if not row.text("n_min"):
        return floor
    value = number(row, "n_min")
    if value is None or not value.is_integer() or value < 1:
        report.fault(
            row,
            "n_min",
            Sentence(
                "{value} is not a whole number above 0. Write one, or clear the cell for {floor}.",
                value=row.text("n_min"),
                floor=floor,
            ),
        )
    elif value < floor:
        report.fault(
            row,
            "n_min",
            Sentence(
                "n_min {value} is below the smallest number allowed here, {floor}: answers could be traced "
                "to persons. "
                "Write {floor} or more, or clear the cell.",
                value=int(value),
                floor=floor,
            ),
        )
    else:
        return int(value)
    return floor


def stand_in(text: str) -> bool:
    """Is this choice code a number that stands for "no answer", such as -99 or 999?"""
    return re.fullmatch(_STAND_IN, text.strip()) is not None


def stand_in_compared(expression: str) -> str:
    """The number for "no answer" that a constraint lets through (". = 999"), or ""."""
    found = _COMPARED.search(expression)
    return found.group(1) if found else ""


def stand_in_written(expression: str) -> str:
    """The number for "no answer" that a default or a calculation's if() puts in, or ""."""
    found = _WRITTEN.fullmatch(expression.strip())
    if not found and re.search(r"\b(if|coalesce)\s*\(", expression):
        found = _CHOSEN.search(expression)
    return found.group(1) if found else ""
