"""What changed between two rounds (domain.md 5.5 and 5.7.23), and what is kept so that it can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from tests.oracle.figures import Z, root, six
from tests.oracle.reference import IndicatorScore, ObjectScore, omegas, variance, w_of


@dataclass(frozen=True, slots=True)
class Trend:
    matched_share: Fraction
    score_now: Fraction | None
    score_before: Fraction | None
    se_now: Fraction | None
    se_before: Fraction | None
    delta: Fraction | None
    word: str


def label(delta: Fraction, se_now: Fraction, se_before: Fraction) -> str:
    limit = six(max(Fraction(5), Z * root(se_now**2 + se_before**2)))
    return "improved" if six(delta) >= limit else "worsened" if six(delta) <= -limit else "no_change"


def trend(now: ObjectScore, before: ObjectScore) -> Trend | None:
    """5.5 and 5.7.23: over what both rounds have scored alike, with the weights of now."""
    if now.score is None or before.score is None:
        return None
    matched = [code for code in now.omega if _alike(now.indicators[code], before.indicators.get(code))]
    share = sum((now.omega[code] for code in matched), Fraction(0))
    if not matched:
        return Trend(share, None, None, None, None, None, "not_comparable")
    weights = {
        code: (now.indicators[code].indicator.criterion, w_of(now.indicators[code])) for code in matched
    }
    omega = omegas({code: now.criteria[code].weight for code, _ in weights.values()}, weights)
    score_now = sum((part * (now.indicators[code].score or 0) for code, part in omega.items()), Fraction(0))
    se_now = root(sum(variance(omega, now.indicators, now.n).values(), Fraction(0)))
    # the round before is known by what was frozen of it, with six decimals
    score_before = sum(
        (part * six(before.indicators[code].score or Fraction(0)) for code, part in omega.items()),
        Fraction(0),
    )
    se_before = root(max(Fraction(0), _frozen_variance(before, omega)))
    delta = score_now - score_before
    word = label(delta, se_now, se_before) if six(share) >= Fraction(3, 5) else "not_comparable"
    return Trend(share, score_now, score_before, se_now, se_before, delta, word)


def _alike(now: IndicatorScore, before: IndicatorScore | None) -> bool:
    if before is None or before.status != "scored":
        return False
    a, b = now.indicator, before.indicator
    return (a.stream, a.scale, a.best, a.worst) == (b.stream, b.scale, b.best, b.worst)


def _frozen_variance(one: ObjectScore, omega: Mapping[str, Fraction]) -> Fraction:
    total = Fraction(0)
    for stream, n in one.n.items():
        if n > 1:
            for (a, b), kept in covariances(one, stream).items():
                pair = omega.get(a, Fraction(0)) * omega.get(b, Fraction(0)) * six(kept)
                total += Fraction(n, n - 1) * pair * (1 if a == b else 2)
    return total


def covariances(one: ObjectScore, stream: str) -> dict[tuple[str, str], Fraction]:
    """How the means of two scored indicators of a stream vary together (5.7.23); kept, never published."""
    scored = {
        code: each for code, each in one.indicators.items()
        if each.score is not None and each.indicator.stream == stream and not each.indicator.computed
    }  # fmt: skip
    return {
        (a, b): sum(
            ((scored[a].valid[seq] - (scored[a].score or 0)) * (scored[b].valid[seq] - (scored[b].score or 0))
             for seq in scored[a].valid.keys() & scored[b].valid.keys()),
            Fraction(0),
        ) / (len(scored[a].valid) * len(scored[b].valid))
        for a, b in product(scored, scored)
        if a <= b and scored[a].valid.keys() & scored[b].valid.keys()
    }  # fmt: skip
