"""The questions that say what an answer belongs to (column role), and who may see them (privacy)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.cells import Row
from forms.errors import Sentence
from forms.evaluation import METHODS, ROLES
from forms.privacy import by_default, complete, suits, understand
from forms.scales import STREAMS
from forms.scheme_cells import code_of, latin
from forms.scheme_questions import SELECT_ONE, Asked, Report, listed

_DATES = ("date", "today", "calculate")
_NO_ANSWER = ("note", "select_multiple", "rank")


def read_roles(
    asked: Sequence[Asked], lists: Mapping[str, list[Row]], survey: str, scored: bool, report: Report
) -> dict[str, str]:
    """Role -> question. `survey` is the sheet's name; `scored`: some question has a criterion."""
    roles: dict[str, str] = {}
    for question in asked:
        row = question.row
        if not row.text("role"):
            continue
        role = code_of(row, "role", ROLES)
        if not role:
            report.fault(
                row,
                "role",
                Sentence(
                    "{value} is not a role. Write one of {known}, or clear the cell.",
                    value=row.text("role"),
                    known=listed(ROLES),
                ),
            )
        elif role in roles:
            report.fault(
                row,
                "role",
                Sentence(
                    "The role {role} belongs to {name} already. Clear one of the two cells.",
                    role=role,
                    name=roles[role],
                ),
            )
        else:
            roles[role] = question.name
            _check(question, role, lists, report)
    for role in ("stream", "object"):
        if scored and role not in roles:
            report.fault_at(
                survey,
                None,
                "role",
                Sentence(
                    "No question has the role {role}. Scores need it: write {role} into the role cell of "
                    "that question.",
                    role=role,
                ),
            )
    return roles


def _check(question: Asked, role: str, lists: Mapping[str, list[Row]], report: Report) -> None:
    row = question.row
    if question.structural or question.kind in _NO_ANSWER or question.repeat is not None:
        report.fault(
            row,
            "role",
            Sentence(
                "The role {role} needs one single answer. Move it to a question outside repeats that has "
                "one.",
                role=role,
            ),
        )
        return
    choices = [choice.text("name") for choice in lists.get(question.list_name, ())]
    if role == "stream" and (not question.select_one or sorted(choices) != sorted(STREAMS)):
        looks_right = sorted(latin(choice) for choice in choices) == sorted(STREAMS)
        report.fault(
            row,
            "type",
            Sentence(
                "The choices of {name} look like O and C but are not Latin letters. "
                "Type them on an English keyboard.",
                name=question.name,
            )
            if question.select_one and looks_right
            else Sentence(
                "The question {name} tells the stream: make it a select_one with exactly the choices O and "
                "C.",
                name=question.name,
            ),
        )
    elif role == "visit" and question.kind not in _DATES:
        report.fault(
            row, "type", Sentence("A visit is told by its date. Make {name} a date.", name=question.name)
        )
    elif role == "method" and question.kind == SELECT_ONE:
        for choice in lists.get(question.list_name, ()):
            if choice.text("name") not in METHODS:
                report.warn(
                    choice,
                    "name",
                    Sentence(
                        "{value} is no known method. Use {known}: answers of a focus group are left out of "
                        "scores only under focus_group.",
                        value=choice.text("name"),
                        known=listed(METHODS),
                    ),
                )


def read_privacy(asked: Sequence[Asked], report: Report) -> dict[str, str]:
    """Question -> rule: the cell's, and the default where it is empty and not plain `area`."""
    rules: dict[str, str] = {}
    for question in asked:
        row, name = question.row, question.name
        if question.structural or not name:
            continue
        default = by_default(name, question.kind)
        if row.text("role").lower() == "token":
            default = "drop"  # what is kept of a token is its keyed hash
        rule = understand(row.text("privacy"))
        if row.text("privacy") and rule is None:
            report.fault(
                row,
                "privacy",
                Sentence(
                    "{value} is no privacy rule. Write public, area, restricted or drop; or year, band:10 "
                    "(years) or round:2km.",
                    value=row.text("privacy"),
                ),
            )
        elif rule and not suits(rule.transform, question.kind):
            report.fault(
                row,
                "privacy",
                Sentence(
                    "{value} does not fit a question of type {kind}: year is for dates, band for numbers, "
                    "round for positions.",
                    value=row.text("privacy"),
                    kind=question.kind,
                ),
            )
        if rule and default != "drop":
            rules[name] = complete(row.text("privacy"), default)
        elif default:
            rules[name] = default
        if question.or_other:
            rules[f"{name}_other"] = "restricted"
    return rules
