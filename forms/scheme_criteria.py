"""The sheet criteria: the weighted groups that indicators belong to."""

from __future__ import annotations

from forms.cells import Sheet
from forms.errors import Sentence
from forms.evaluation import Criterion
from forms.scheme_cells import subtypes, weight
from forms.scheme_questions import Report, labels


def read_criteria(
    sheet: Sheet, object_type: str | None, default_language: str, report: Report
) -> dict[str, Criterion]:
    """The criteria by code, as far as they can be read."""
    criteria: dict[str, Criterion] = {}
    for row in sheet.rows:
        code = row.text("name")
        if not code:
            report.fault(
                row,
                "name",
                Sentence("This criterion has no code. Write one into the column name, for example A1."),
            )
        elif len(code.split()) > 1:
            report.fault(
                row, "name", Sentence("The code {code} has a space in it. Write it as one word.", code=code)
            )
        elif code in criteria:
            report.fault(
                row,
                "name",
                Sentence("The criterion {code} stands twice. Give one of them another code.", code=code),
            )
        value = weight(row, report)
        concerns = subtypes(row, object_type, report)
        if code and code not in criteria:
            criteria[code] = Criterion(code, labels(row, default_language), value or 0.0, concerns)
    if criteria and sum(criterion.weight for criterion in criteria.values()) == 0:
        report.fault_at(
            sheet.name,
            None,
            sheet.heading("weight"),
            Sentence("The weights of all criteria together are 0. Give them weights above 0."),
        )
    return criteria
