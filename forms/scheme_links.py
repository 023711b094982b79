"""What one question says about another: companions of numbers, and evidence of indicators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forms.cells import Row
from forms.errors import Sentence
from forms.evaluation import Indicator, NonAnswer
from forms.scheme_choices import non_answer
from forms.scheme_questions import Asked, Report, words


def link_companions(
    asked: Sequence[Asked],
    by_name: Mapping[str, Asked],
    lists: Mapping[str, list[Row]],
    indicators: Mapping[str, Indicator],
    report: Report,
) -> dict[str, Indicator]:
    """The indicators, each number with the question that says why there is none."""
    linked = dict(indicators)
    of_number: dict[str, str] = {}
    for companion in asked:
        name = companion.row.text("nonresponse_of")
        if not name:
            continue
        number = by_name.get(name)
        codes = _companion_codes(companion, lists, report)
        if number is None or not number.number or number.repeat != companion.repeat:
            report.fault(
                companion.row,
                "nonresponse_of",
                Sentence(
                    "There is no number question {name} beside this one. "
                    "Write the name of an integer, decimal or range.",
                    name=name,
                ),
            )
        elif name in of_number:
            report.fault(
                companion.row,
                "nonresponse_of",
                Sentence(
                    "{name} has the companion {other} already. Keep one of the two.",
                    name=name,
                    other=of_number[name],
                ),
            )
        else:
            of_number[name] = companion.name
            if not re.search(rf"\$\{{\s*{re.escape(companion.name)}\s*\}}", number.row.text("relevant")):
                report.warn(
                    number.row,
                    "relevant",
                    Sentence(
                        "{name} should be asked only while {other} is empty. "
                        "Write ${{{other}}} = '' into relevant.",
                        name=name,
                        other=companion.name,
                    ),
                )
            if name in linked:
                linked[name] = replace(linked[name], companion=companion.name, companion_nonresponse=codes)
    return linked


def _companion_codes(
    companion: Asked, lists: Mapping[str, list[Row]], report: Report
) -> dict[str, NonAnswer]:
    row = companion.row
    if not companion.select_one:
        report.fault(
            row,
            "type",
            Sentence(
                "{name} says why a number is missing, so it must be a select_one with a list of this "
                "workbook.",
                name=companion.name,
            ),
        )
        return {}
    if row.text("criterion"):
        report.fault(
            row,
            "criterion",
            Sentence(
                "{name} says why a number is missing and earns no points. Clear its criterion.",
                name=companion.name,
            ),
        )
    choices = lists.get(companion.list_name)
    if choices is None:
        report.fault(
            row,
            "type",
            Sentence(
                "There is no list {name} in the sheet choices. Add its choices there.",
                name=companion.list_name,
            ),
        )
        return {}
    codes: dict[str, NonAnswer] = {}
    for choice in choices:
        if choice.text("nonresponse"):
            codes[choice.text("name")] = non_answer(choice, report)
        else:
            report.fault(
                choice,
                "nonresponse",
                Sentence(
                    "{choice} is a choice of {name}, which says why a number is missing. "
                    "Write NA, DK or REF.",
                    choice=choice.text("name"),
                    name=companion.name,
                ),
            )
    return codes


def link_evidence(
    asked: Sequence[Asked], indicators: Mapping[str, Indicator], wanted: Mapping[str, Asked], report: Report
) -> dict[str, Indicator]:
    """The indicators, each with the questions that prove its answer.

    `wanted` are all questions with a criterion, also those whose row is faulty.
    """
    evidence: dict[str, list[str]] = {}
    for proof in asked:
        row = proof.row
        named = words(row.text("evidence_of"))
        for name in named:
            if name not in wanted:
                report.fault(
                    row,
                    "evidence_of",
                    Sentence(
                        "There is no indicator {name}. Write the name of a question that has a criterion.",
                        name=name,
                    ),
                )
            elif proof.structural or name == proof.name:
                report.fault(
                    row,
                    "evidence_of",
                    Sentence(
                        "Evidence is a question of its own, such as a photo or a document. "
                        "Move {name} to that row.",
                        name=name,
                    ),
                )
            else:
                evidence.setdefault(name, []).append(proof.name)
        if named and proof.repeat is not None and not proof.structural:
            report.warn(
                row,
                "evidence_of",
                Sentence(
                    "Evidence inside a repeat is not counted. Ask for one photo or document outside "
                    "{repeat}.",
                    repeat=proof.repeat,
                ),
            )
            for name in named:
                evidence[name] = [other for other in evidence.get(name, []) if other != proof.name]
        elif any(name in indicators and indicators[name].stream == "C" for name in named):
            report.warn(
                row,
                "evidence_of",
                Sentence(
                    "Only observation sheets need evidence, so this does nothing in stream C. Clear the cell."
                ),
            )
    return {
        name: replace(indicator, evidence=tuple(evidence.get(name, ())))
        for name, indicator in indicators.items()
    }
