"""What a version of a questionnaire asks otherwise than the one before it, for whoever publishes or reads it.

Told of every question that people see: whether it is new, gone, worded anew, or counts otherwise. What the
form works out by itself (conditions, limits, calculations) is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from forms.errors import N_, Sentence
from forms.evaluation import Indicator, Scheme
from forms.schema import Choice, Question, Schema
from server.pages.form_preview import kind_of_answer
from server.pages.words import best_text, catalogue

WORDED = N_("worded before: {words}")
WORDED_ELSEWHERE = N_("worded anew in another language")
HINTED = N_("the hint was: {words}")
HINTED_FIRST = N_("it has a hint now")
UNHINTED = N_("it has no hint any more")
ANSWERED = N_("the answer was {old} and is {new} now")
REQUIRED = N_("it has to be answered now")
NOT_REQUIRED = N_("it may be left unanswered now")
SOMETIMES = N_("it is asked only sometimes now")
ALWAYS = N_("it is always asked now")
CHOICES_MORE = N_("choices added: {names}")
CHOICES_GONE = N_("choices gone: {names}")
CHOICES_WORDED = N_("choices worded anew: {names}")
FROM_FILE = N_("its choices come from {file} now")
FROM_FORM = N_("its choices stand in the form now")
MOVED = N_("it stands in another group now")
COUNTS = N_("it counts for {criterion} now")
COUNTS_NOT = N_("it counts no more")
CRITERION = N_("it counted for {old} and counts for {new} now")
WEIGHT = N_("the weight was {old} and is {new} now")
SCORED = N_("it is scored otherwise")
SHOWN_CHOICES = 8


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """One question that differs; `how` is empty for one that is new or gone."""

    name: str
    label: str
    what: Literal["new", "gone", "changed"]
    how: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class FormDifferences:
    """Between an older version and a newer one."""

    questions: tuple[QuestionChange, ...]
    criteria: tuple[QuestionChange, ...]
    old_title: str  # empty: the title is the same
    files_new: tuple[str, ...]
    files_gone: tuple[str, ...]
    is_reordered: bool

    def __bool__(self) -> bool:
        files = self.files_new or self.files_gone
        return bool(self.questions or self.criteria or self.old_title or files or self.is_reordered)


def form_differences(
    old: Schema, old_scheme: Scheme | None, new: Schema, new_scheme: Scheme | None, language: str
) -> FormDifferences:
    """What `new` asks otherwise, in the order of its questions; those that are gone at the end."""
    before, now = _seen(old), _seen(new)
    scored_before, scored_now = _indicators(old_scheme), _indicators(new_scheme)
    changes = []
    for key, question in now.items():
        label = best_text(question.labels, language)
        known = before.get(key)
        if known is None:
            changes.append(QuestionChange(question.name, label, "new"))
            continue
        indicators = scored_before.get(question.name), scored_now.get(question.name)
        how = (*_how(known, question, language), *_counting(*indicators))
        if how:
            changes.append(QuestionChange(question.name, label, "changed", how))
    changes += [
        QuestionChange(question.name, best_text(question.labels, language), "gone")
        for key, question in before.items()
        if key not in now
    ]
    files_before, files_now = ([slot.name for slot in schema.media] for schema in (old, new))
    return FormDifferences(
        questions=tuple(changes),
        criteria=tuple(_criteria(old_scheme, new_scheme, language)),
        old_title=old.title if old.title != new.title else "",
        files_new=tuple(name for name in files_now if name not in files_before),
        files_gone=tuple(name for name in files_before if name not in files_now),
        is_reordered=[key for key in before if key in now] != [key for key in now if key in before],
    )


def _criteria(old: Scheme | None, new: Scheme | None, language: str) -> Iterator[QuestionChange]:
    before, now = (
        {criterion.code: criterion for criterion in (scheme.criteria if scheme is not None else ())}
        for scheme in (old, new)
    )
    for code in {**now, **before}:
        label = best_text((now.get(code) or before[code]).labels, language)
        if code not in now or code not in before:
            yield QuestionChange(code, label, "new" if code in now else "gone")
        elif now[code].weight != before[code].weight:
            weights = {"old": f"{before[code].weight:g}", "new": f"{now[code].weight:g}"}
            yield QuestionChange(code, label, "changed", (Sentence(WEIGHT, **weights),))


def _seen(schema: Schema) -> dict[tuple[str | None, str], Question]:
    """The questions that people see, by repeat and name: moved into another group, one is the same."""
    return {(question.repeat, question.name): question for question in schema.questions if question.control}


def _indicators(scheme: Scheme | None) -> Mapping[str, Indicator]:
    return {indicator.code: indicator for indicator in scheme.indicators} if scheme is not None else {}


def _how(old: Question, new: Question, language: str) -> Iterator[Sentence]:
    if (was := best_text(old.labels, language)) != best_text(new.labels, language):
        yield Sentence(WORDED, words=was or "–")
    elif dict(old.labels) != dict(new.labels):
        yield Sentence(WORDED_ELSEWHERE)
    yield from _hint(best_text(old.hints, language), best_text(new.hints, language))
    kinds = [catalogue(language).gettext(kind_of_answer(question)) for question in (old, new)]
    if kinds[0] != kinds[1]:
        yield Sentence(ANSWERED, old=kinds[0], new=kinds[1])
    if old.required != new.required:
        yield Sentence(REQUIRED if new.required else NOT_REQUIRED)
    if old.conditional != new.conditional:
        yield Sentence(SOMETIMES if new.conditional else ALWAYS)
    if old.external != new.external:
        yield Sentence(FROM_FILE, file=new.external) if new.external else Sentence(FROM_FORM)
    yield from _choices(old.choices, new.choices, language)
    if old.path != new.path:
        yield Sentence(MOVED)


def _hint(old: str, new: str) -> Iterator[Sentence]:
    if old and new and old != new:
        yield Sentence(HINTED, words=old)
    elif old != new:
        yield Sentence(HINTED_FIRST if new else UNHINTED)


def _choices(old: tuple[Choice, ...], new: tuple[Choice, ...], language: str) -> Iterator[Sentence]:
    before, now = ({choice.name: choice for choice in choices} for choices in (old, new))
    worded = [
        choice
        for choice in new
        if choice.name in before and dict(before[choice.name].labels) != dict(choice.labels)
    ]
    for said, choices in (
        (CHOICES_MORE, [choice for choice in new if choice.name not in before]),
        (CHOICES_GONE, [choice for choice in old if choice.name not in now]),
        (CHOICES_WORDED, worded),
    ):
        if choices:
            yield Sentence(said, names=_names(choices, language))


def _names(choices: Iterable[Choice], language: str) -> str:
    names = [best_text(choice.labels, language) or choice.name for choice in choices]
    more = f" … +{len(names) - SHOWN_CHOICES}" if len(names) > SHOWN_CHOICES else ""
    return ", ".join(names[:SHOWN_CHOICES]) + more


def _counting(old: Indicator | None, new: Indicator | None) -> Iterator[Sentence]:
    if old is None and new is not None:
        yield Sentence(COUNTS, criterion=new.criterion)
    elif old is not None and new is None:
        yield Sentence(COUNTS_NOT)
    elif old is not None and new is not None:
        if old.criterion != new.criterion:
            yield Sentence(CRITERION, old=old.criterion, new=new.criterion)
        if old.weight != new.weight:
            yield Sentence(WEIGHT, old=f"{old.weight:g}", new=f"{new.weight:g}")
        if _rules(old) != _rules(new):
            yield Sentence(SCORED)


def _rules(indicator: Indicator) -> Indicator:
    """What decides on points, without its place, its weight and its words."""
    return replace(indicator, criterion="", weight=0, labels={}, choice_labels={}, unit="")
