"""The fields of a page on which somebody edits answers: one per question, as the form would ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.columns import kind_of
from analytics.exports.choice_labels import in_language
from forms.schema import Question, Schema

LONG = 60  # letters, from which on a text gets a larger field
INPUTS = {"integer": "number", "date": "date"}
_ROW = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A question to be answered anew; `choices` are (name, label), empty where one writes.

    `heading` opens a new row of a repeat: its label and number.
    """

    key: str
    name: str
    label: str
    hint: str
    text: str
    control: str  # text, long, number, date, one, several
    choices: tuple[tuple[str, str], ...] = ()
    heading: str = ""

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(self.text.split()) if self.control == "several" else frozenset({self.text})


def answer_fields(
    answers: Sequence[tuple[str, Question, str]],
    schema: Schema,
    language: str,
    given: Mapping[str, str] | None = None,
) -> list[AnswerField]:
    """The fields in the order of the form, row by row in repeats; `given` is what was typed before."""
    repeats = {repeat.path: repeat for repeat in schema.repeats}
    fields: list[AnswerField] = []
    row = ""
    for key, question, text in _by_rows(answers):
        here = key.rpartition("]")[0] + "]" if "]" in key else ""
        heading = ""
        if here != row and here:
            repeat = repeats.get(question.repeat or "")
            label = in_language(repeat.labels, language) if repeat is not None else ""
            numbers = ".".join(_ROW.findall(here))
            heading = f"{label or (question.repeat or '').rpartition('/')[2]} {numbers}"
        row = here
        said = (given or {}).get(key, text)
        fields.append(
            AnswerField(
                key=key,
                name=question.name,
                label=in_language(question.labels, language) or question.name,
                hint=in_language(question.hints, language),
                text=said,
                control=_control(question, said),
                choices=_choices(question, language, said),
                heading=heading,
            )
        )
    return fields


def _by_rows(answers: Sequence[tuple[str, Question, str]]) -> list[tuple[str, Question, str]]:
    """Row by row: the document lists a question of all rows before the next question."""
    order: dict[str, list[tuple[str, Question, str]]] = {}
    for answer in answers:
        key = answer[0]
        order.setdefault(key.rpartition("]")[0] if "]" in key else f"at {len(order)}", []).append(answer)
    return [answer for rows in order.values() for answer in rows]


def _control(question: Question, text: str) -> str:
    kind = kind_of(question)
    offered = question.choices and not question.external
    if kind == "choices":
        return "several" if offered else "text"
    if kind == "choice":
        return "one" if offered else "text"
    if kind == "integer" and re.fullmatch(r"-?\d*", text):
        return "number"
    if kind == "date" and re.fullmatch(r"(\d{4}-\d\d-\d\d)?", text):
        return "date"
    return "long" if len(text) > LONG or "\n" in text or "multiline" in question.appearance else "text"


def _choices(question: Question, language: str, text: str) -> tuple[tuple[str, str], ...]:
    if question.external or kind_of(question) not in ("choice", "choices"):
        return ()
    known = {choice.name: in_language(choice.labels, language) or choice.name for choice in question.choices}
    named = text.split() if kind_of(question) == "choices" else [text] if text else []
    return (*known.items(), *((name, name) for name in named if name not in known))
