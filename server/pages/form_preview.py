"""A questionnaire as a designer looks at it before publishing: its questions, and what counts of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from forms.decoding import decode
from forms.errors import N_, Fault, Sentence
from forms.evaluation import Indicator, Scheme
from forms.schema import Question, Schema
from server.pages.words import best_text, catalogue

_BY_CONTROL = {
    "select1": N_("one choice"),
    "select": N_("several choices"),
    "rank": N_("an order"),
    "range": N_("a step on a scale"),
    "trigger": N_("a confirmation"),
    "note": N_("text to read"),
}
_BY_TYPE = {
    "int": N_("a whole number"),
    "decimal": N_("a number"),
    "date": N_("a date"),
    "time": N_("a time of day"),
    "dateTime": N_("a date and time"),
    "geopoint": N_("a position"),
    "geotrace": N_("a line on the map"),
    "geoshape": N_("an area on the map"),
    "barcode": N_("a barcode"),
}
_BY_MEDIA = {"image": N_("a photo"), "audio": N_("a sound"), "video": N_("a video")}
_FILE, _TEXT = N_("a file"), N_("text")
SHOWN_CHOICES = 12


@dataclass(frozen=True, slots=True)
class PreviewedQuestion:
    """One question that a person sees; `kind` and `label` in the language of the page."""

    name: str
    label: str
    hint: str
    kind: str
    choices: tuple[str, ...]
    more_choices: int
    external: str
    repeat: str
    required: bool
    conditional: bool
    indicator: Indicator | None


@dataclass(frozen=True, slots=True)
class PreviewedCriterion:
    code: str
    label: str
    weight: float
    indicators: int


@dataclass(frozen=True, slots=True)
class Preview:
    questions: tuple[PreviewedQuestion, ...]
    criteria: tuple[PreviewedCriterion, ...]
    object_type: str | None
    languages: tuple[str, ...]
    hidden: int  # fields that nobody sees: calculations, metadata


class _Written(msgspec.Struct):
    """A warning, as the action keeps it with a draft."""

    sheet: str
    row: int | None
    column: str | None
    text: str
    details: dict[str, str | int | float]


def preview(schema: Schema, scheme: Scheme | None, language: str) -> Preview:
    """What the questionnaire asks, in the order of the form."""
    indicators = {indicator.code: indicator for indicator in scheme.indicators} if scheme else {}
    repeats = {repeat.path: best_text(repeat.labels, language) or repeat.path for repeat in schema.repeats}
    seen = [question for question in schema.questions if question.control]
    return Preview(
        questions=tuple(
            _previewed(question, indicators.get(question.name), repeats, language) for question in seen
        ),
        criteria=tuple(
            PreviewedCriterion(
                criterion.code,
                best_text(criterion.labels, language),
                criterion.weight,
                sum(indicator.criterion == criterion.code for indicator in indicators.values()),
            )
            for criterion in (scheme.criteria if scheme else ())
        ),
        object_type=scheme.object_type if scheme else None,
        languages=tuple(schema.language_names.get(code, code) for code in schema.languages if code),
        hidden=len(schema.questions) - len(seen),
    )


def _previewed(
    question: Question, indicator: Indicator | None, repeats: Mapping[str, str], language: str
) -> PreviewedQuestion:
    labels = [best_text(choice.labels, language) or choice.name for choice in question.choices]
    return PreviewedQuestion(
        name=question.name,
        label=best_text(question.labels, language),
        hint=best_text(question.hints, language),
        kind=catalogue(language).gettext(kind_of_answer(question)),
        choices=tuple(labels[:SHOWN_CHOICES]),
        more_choices=max(0, len(labels) - SHOWN_CHOICES),
        external=question.external,
        repeat=repeats.get(question.repeat, "") if question.repeat else "",
        required=question.required,
        conditional=question.conditional,
        indicator=indicator,
    )


def kind_of_answer(question: Question) -> str:
    """What a person gives in answer, as an English sentence of the catalogues."""
    if question.control in _BY_CONTROL:
        return _BY_CONTROL[question.control]
    if question.type == "binary":
        return _BY_MEDIA.get(question.mediatype.split("/")[0], _FILE)
    return _BY_TYPE.get(question.type, _TEXT)


def written_warnings(warnings: str) -> tuple[Fault, ...]:
    """The warnings kept with a draft."""
    return tuple(
        Fault(entry.sheet, entry.row, entry.column, Sentence(entry.text, **entry.details))
        for entry in decode(warnings, list[_Written])
    )
