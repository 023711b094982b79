"""The scales of the questionnaires: which choices an answer may be, and how many points each earns.

A named scale fixes its choice codes and their points; `own` leaves both to the workbook; `NUM` is a
number between two anchors. Everything that has to know a scale asks here.

Method: domain.md 4.0 (points) and 5.7.6 (choice names), 5.7.16 (smallest numbers of answers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NUMBER = "NUM"
OWN = "own"
NON_ANSWERS = ("NA", "DK", "REF")
STREAMS = ("O", "C")


@dataclass(frozen=True, slots=True)
class Scale:
    """One way of answering; `points` is empty where the workbook or the anchors give them.

    `also` names other choice codes that mean the same as the scale's own.
    `fact` is what anyone present would answer alike: one observation is enough for it.
    """

    name: str
    points: Mapping[str, float] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    fact: bool = False

    @property
    def choices(self) -> bool:
        """Is it answered by choosing, not by a number?"""
        return self.name != NUMBER


def _scale(
    name: str, points: Mapping[str, float], *, also: Mapping[str, str] | None = None, fact: bool
) -> Scale:
    return Scale(name, MappingProxyType(dict(points)), MappingProxyType(dict(also or {})), fact)


def _steps(first: float, last: float) -> dict[str, float]:
    """Five equal steps under the codes 1 to 5."""
    return {str(code): first + (last - first) * (code - 1) / 4 for code in range(1, 6)}


SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        scale.name: scale
        for scale in (
            _scale("S5", _steps(0, 100), fact=False),
            _scale("F5+", _steps(0, 100), fact=False),
            _scale("F5-", _steps(100, 0), fact=False),
            _scale("Y3", {"yes": 100.0, "partly": 50.0, "no": 0.0}, fact=True),
            _scale("Y2", {"yes": 100.0, "no": 0.0}, fact=True),
            _scale("Y2-", {"yes": 0.0, "no": 100.0}, fact=True),
            _scale(
                "T3",
                {"improved": 100.0, "unchanged": 50.0, "worsened": 0.0},
                also={"better": "improved", "same": "unchanged", "worse": "worsened"},
                fact=False,
            ),
            _scale(NUMBER, {}, fact=True),
            _scale(OWN, {}, fact=False),
        )
    }
)


def least_answers(stream: str, scale: str, sensitive: bool) -> int:
    """The floor of n_min: below it no mean is shown, and no workbook may go lower."""
    if stream == "C":
        return 10 if sensitive else 5
    return 1 if SCALES[scale].fact else 3
