"""What the versions of a submission changed, as texts for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from forms.differences import Difference, differences, read_tree


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a version says otherwise than the one before it; empty where one says nothing.

    `way` is where it stands, as forms.places writes it.
    """

    way: str
    path: str
    old: str
    new: str


def changes(
    versions: Sequence[tuple[int, bytes]], repeats: frozenset[str], hidden: frozenset[str]
) -> dict[int, tuple[Change, ...]]:
    """What each version changed, by its number; versions are the oldest first.

    Its meta block, which always differs, is left out.
    """
    trees = [(number, read_tree(xml, repeats, hidden)) for number, xml in versions]
    return {
        number: tuple(
            Change(_way(one), _path(one), _text(one.old), _text(one.new))
            for one in differences(old, new)
            if one.path[0] != "meta"
        )
        for (_, old), (number, new) in pairwise(trees)
    }


def _way(difference: Difference) -> str:
    steps = [step if isinstance(step, str) else f"{step[0]}[{step[1] + 1}]" for step in difference.path]
    return "/" + "/".join(steps)


def _path(difference: Difference) -> str:
    steps = [step if isinstance(step, str) else f"{step[0]} {step[1] + 1}" for step in difference.path]
    return " / ".join(steps)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " | ".join(map(_text, value))
    return value if isinstance(value, str) else ""
