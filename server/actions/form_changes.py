"""What a new version of a form may change: types of questions, and, while a round is open, its scoring.

Answers of all versions live in the same columns, so a question keeps its type (any type may become text). And
nobody can change the rules while answers come in: a version that touches the scheme stays a draft until the
round closes (design.md 2.1).
"""

from __future__ import annotations

from analytics.columns import PLAIN, kind_of
from forms.errors import N_, Fault, Sentence
from forms.schema import Question, Schema
from forms.scheme import Indicator, Scheme

_TYPE = N_(
    "Question {question} was {old} in the published form and is {new} now. "
    "Give the new question another name, or make it text."
)
_REPEAT = N_(
    "Question {question} was outside this repeat in the published form. Give the new question another name."
)


def type_clashes(published: Schema, new: Schema) -> list[Fault]:
    """Every question whose type is another one now, as faults of the workbook."""
    by_path = {question.path: question for question in published.questions}
    by_name = {(question.repeat, question.name): question for question in published.questions}
    faults = []
    for question in new.questions:
        before = by_path.get(question.path) or by_name.get((question.repeat, question.name))
        if before is None:
            continue
        message = _clash(before, question)
        if message is not None:
            faults.append(Fault("survey", None, question.name, message))
    return faults


def _clash(before: Question, now: Question) -> Sentence | None:
    if before.path == now.path and before.repeat != now.repeat:
        return Sentence(_REPEAT, question=now.name)
    old, new = kind_of(before), kind_of(now)
    if old == new or new in PLAIN:
        return None
    return Sentence(_TYPE, question=now.name, old=old, new=new)


def scoring_changes(scored: Scheme | None, new: Scheme | None) -> list[str]:
    """What differs in scoring between the version a round fixed and a new one: questions, criteria, roles.

    Empty: the new version may be published while the round is open. Wording may change, choices may not.
    """
    if scored is None and new is None:
        return []
    if scored is None or new is None:
        return ["object_type"]
    changed = []
    if scored.object_type != new.object_type:
        changed.append("object_type")
    if scored.criteria != new.criteria:
        changed.append("criteria")
    if dict(scored.roles) != dict(new.roles):
        changed.append("role")
    if dict(scored.privacy) != dict(new.privacy):
        changed.append("privacy")
    before = {indicator.code: indicator for indicator in scored.indicators}
    now = {indicator.code: indicator for indicator in new.indicators}
    for code in {**before, **now}:
        if code not in before or code not in now or _rules(before[code]) != _rules(now[code]):
            changed.append(code)
    return changed


def _rules(indicator: Indicator) -> tuple[object, ...]:
    """Everything of an indicator but its wording."""
    return (
        indicator.criterion,
        indicator.stream,
        indicator.scale,
        indicator.weight,
        indicator.n_min,
        indicator.best,
        indicator.worst,
        indicator.sensitive,
        indicator.cumulative,
        indicator.computed,
        indicator.subtypes,
        dict(indicator.points),
        dict(indicator.nonresponse),
        sorted(indicator.choice_labels),
        indicator.companion,
        dict(indicator.companion_nonresponse),
        indicator.evidence,
    )
