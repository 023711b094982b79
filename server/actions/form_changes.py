"""What a new version of a form may change: types of questions, and, while a round is open, its scoring.

Answers of all versions live in the same columns, so a question keeps its type (any type may become text). And
nobody can change the rules while answers come in: a version that touches the scheme stays a draft until the
round closes (design.md 2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.columns import PLAIN, kind_of
from forms.errors import N_, Fault, Sentence
from forms.schema import Question, Schema
from forms.scheme import Indicator, Scheme
from forms.xform_fields import REPEAT, STRUCTURE, fields_of

_TYPE = N_(
    "Question {question} was {old} in the published form and is {new} now. "
    "Give the new question another name, or make it text."
)
_REPEAT = N_(
    "Question {question} was outside this repeat in the published form. Give the new question another name."
)


_GONE = N_(
    "Question {question} is no longer asked. Answers given to it stay, and are exported with the others."
)


@dataclass(frozen=True, slots=True)
class Clash:
    """A question that was of another type in a published version."""

    path: str
    was: str
    fault: Fault


def type_clashes(published: Iterable[Schema], new: Schema) -> list[Clash]:
    """Every question whose type is another one now, of any version, each once."""
    clashes: dict[str, Clash] = {}
    for schema in published:
        for clash in _clashes(schema, new):
            clashes.setdefault(clash.path, clash)
    return list(clashes.values())


def _clashes(published: Schema, new: Schema) -> list[Clash]:
    by_path = {question.path: question for question in published.questions}
    by_name = {(question.repeat, question.name): question for question in published.questions}
    groups = {f.path: f.type for f in fields_of(published) if f.type in (STRUCTURE, REPEAT)}
    clashes = []
    for question in new.questions:
        before = by_path.get(question.path) or by_name.get((question.repeat, question.name))
        message = None if before is None else _clash(before, question)
        was = before.type if before is not None else ""
        if question.path in groups:
            was = groups[question.path]
            message = Sentence(_TYPE, question=question.name, old=was, new=kind_of(question))
        if message is not None:
            clashes.append(Clash(question.path, was, Fault("survey", None, question.name, message)))
    for field in fields_of(new):
        asked = by_path.get(field.path)
        old = groups.get(field.path) or (asked.type if asked is not None else field.type)
        if field.type in (STRUCTURE, REPEAT) and old != field.type:
            message = Sentence(_TYPE, question=field.name, old=old, new=field.type)
            clashes.append(Clash(field.path, old, Fault("survey", None, field.name, message)))
    return clashes


def gone_questions(published: Schema, new: Schema) -> list[Fault]:
    """A warning for every question and group that the published version has and this one has not."""
    left = {field.path for field in fields_of(new)}
    return [
        Fault("survey", None, field.name, Sentence(_GONE, question=field.name))
        for field in fields_of(published)
        if field.path not in left and not field.path.endswith(("/meta", "/meta/entity", "/meta/entity/label"))
    ]


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
