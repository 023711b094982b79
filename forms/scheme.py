"""The evaluation columns of a workbook: object type, criteria, indicators, weights, points.

A converter ignores these columns (survey: criterion, scale, weight, n_min, stream, best, worst, unit,
sensitive, cumulative, nonresponse_of, evidence_of, computed, subtypes, role, privacy; choices: score,
nonresponse; settings: object_type; the sheet criteria), so they are read from the workbook itself.
`unit` is what a number counts, as free text.

Spec: domain.md 5.8
"""

from __future__ import annotations

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
    raise NotImplementedError
