"""Where one answer stands in an instance, as one text: what a correction is written against.

Outside of repeats a place is the name of the question: "depth". In a repeat it is the way to it, with the
position of each row from 1: "/tap[2]/where", "/house[1]/person[3]/age". The second of two questions with one
name is called by its way too: "/at_night/depth". Keys of `forms.edited_instance` are such ways.
"""

from __future__ import annotations

import re

from forms.differences import Tree, row_after
from forms.schema import Question, Schema

_POSITION = re.compile(r"\[\d+\]")
_STEP = re.compile(r"([^/\[\]]+)(?:\[(\d+)\])?")


def is_way(place: str) -> bool:
    return place.startswith("/")


def row_of(place: str) -> str:
    """The innermost row that a place lies in: "/house[1]/person[3]"; empty outside of repeats."""
    return place[: place.rfind("]") + 1] if is_way(place) else ""


def path_of(way: str) -> str:
    """A way without its positions: the path that a form has."""
    return _POSITION.sub("", way)


def question_name(place: str) -> str:
    return place.rpartition("/")[2]


def question_at(schema: Schema, place: str) -> Question | None:
    """The question that is asked at a place; None where this version asks none there."""
    if not is_way(place):
        return _outside(schema, place)
    question = schema.at(path_of(place))
    return question if question is not None and _rows_are_named(schema, question, place) else None


def place_of(schema: Schema, question: Question, row: str = "") -> str:
    """The place of a question, in a repeat with the row around it."""
    if question.repeat is not None:
        return row + question.path[len(question.repeat) :]
    return question.name if _outside(schema, question.name) == question else question.path


def way_of(schema: Schema, place: str) -> str | None:
    """The way to a place, whichever form it has; None where this version asks nothing there."""
    question = question_at(schema, place)
    if question is None:
        return None
    return place if is_way(place) else question.path


def text_at(tree: Tree, way: str) -> str | None:
    """What a document says along a way; None where it says nothing."""
    here: Tree | None = tree
    for name, position in _STEP.findall(way):
        here = here.get(name) if isinstance(here, dict) else None
        if position:
            number = int(position) - 1
            here = here[number] if isinstance(here, list) and number < len(here) else None
    return here if isinstance(here, str) else None


def followed(old: Tree, new: Tree, way: str) -> str | None:
    """The same way in a later version, whose rows may have moved; None where its row is gone."""
    before: Tree | None = old
    after: Tree | None = new
    told = ""
    for name, position in _STEP.findall(way):
        before = before.get(name) if isinstance(before, dict) else None
        after = after.get(name) if isinstance(after, dict) else None
        told += f"/{name}"
        if position:
            number = int(position) - 1
            if not isinstance(before, list) or not isinstance(after, list) or number >= len(before):
                return None
            moved = row_after(before, after, number)
            if moved is None:
                return None
            before, after = before[number], after[moved]
            told += f"[{moved + 1}]"
    return told


def _outside(schema: Schema, name: str) -> Question | None:
    """The first question of this name outside of repeats; one of the form before one of its meta block."""
    found = schema.question(name)
    if found is None or found.repeat is None:
        return found
    named = (one for one in schema.questions if one.name == name and one.repeat is None)
    return next(named, None)


def _rows_are_named(schema: Schema, question: Question, way: str) -> bool:
    """Has every repeat on this way a position, and nothing else one?"""
    repeats = {repeat.path for repeat in schema.repeats}
    walked = ""
    for name, position in _STEP.findall(way):
        walked += f"/{name}"
        if (walked in repeats) != bool(position) or position == "0":
            return False
    return walked == question.path
