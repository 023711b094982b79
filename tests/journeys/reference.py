"""The method of domain 5 for the short form of its worked example, in plain Python, to compare with."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

Answers = Mapping[str, str | None]
RATING = {str(code): 25.0 * (code - 1) for code in range(1, 6)}
CRITERIA = {"D6": 25, "D2": 15, "D5": 15}


def _number(best: float, worst: float) -> Callable[[str], float | None]:
    return lambda text: 100 * min(1.0, max(0.0, (float(text) - worst) / (best - worst))) if text else None


@dataclass(frozen=True, slots=True)
class Item:
    criterion: str
    stream: str
    weight: int
    n_min: int
    points: Callable[[str], float | None]


ITEMS = {
    "D6d.1": Item("D6", "C", 3, 5, _number(24, 4)),
    "D6d.3": Item("D6", "C", 2, 5, RATING.get),
    "D6d.4": Item("D6", "O", 3, 1, {"yes": 100.0, "partly": 50.0, "no": 0.0}.get),
    "D6d.5": Item("D6", "C", 1, 5, _number(1, 7)),
    "D2.1": Item("D2", "C", 2, 5, RATING.get),
    "D2.3": Item("D2", "C", 2, 5, RATING.get),
    "D2.5": Item("D2", "C", 2, 10, {"yes": 0.0, "no": 100.0}.get),
    "D5.1": Item("D5", "O", 3, 3, RATING.get),
    "D5.3": Item("D5", "O", 2, 1, {"yes": 100.0, "partly": 50.0, "no": 0.0}.get),
    "D5.4": Item("D5", "C", 1, 5, {"better": 100.0, "same": 50.0, "worse": 0.0}.get),
}


@dataclass(frozen=True, slots=True)
class Figures:
    scored: frozenset[str]
    score: float
    se: float


def figures(
    citizens: Sequence[Answers], observers: Sequence[Answers], only: Collection[str] | None = None
) -> Figures:
    """Score and standard error; `only`: of these indicators, whatever else could be scored."""
    sheets = {"C": citizens, "O": observers}
    points = {
        code: [item.points(each.get(code) or "") for each in sheets[item.stream]]
        for code, item in ITEMS.items()
    }
    valid = {code: [y for y in ys if y is not None] for code, ys in points.items()}
    scored = {code for code, item in ITEMS.items() if len(valid[code]) >= item.n_min}
    if only is not None:
        scored &= set(only)
    mean = {code: sum(valid[code]) / len(valid[code]) for code in scored}
    shown = {ITEMS[code].criterion for code in scored}
    whole = sum(CRITERIA[criterion] for criterion in shown)
    omega = {
        code: CRITERIA[ITEMS[code].criterion]
        / whole
        * ITEMS[code].weight
        / sum(ITEMS[other].weight for other in scored if ITEMS[other].criterion == ITEMS[code].criterion)
        for code in scored
    }
    variance = 0.0
    for stream, given in sheets.items():
        residuals = []
        for number in range(len(given)):
            parts = [
                omega[code] * (y - mean[code]) / len(valid[code])
                for code in scored
                if ITEMS[code].stream == stream and (y := points[code][number]) is not None
            ]
            if parts:
                residuals.append(sum(parts))
        n = len(residuals)
        variance += n / (n - 1) * sum(u * u for u in residuals) if n > 1 else 0.0
    return Figures(frozenset(scored), sum(omega[code] * mean[code] for code in scored), math.sqrt(variance))
