"""What every figure is made of: rounding, roots, t, bands, Wilson's interval (domain.md 5.3, 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor, isqrt

T = (
    "12.706", "4.303", "3.182", "2.776", "2.571", "2.447", "2.365", "2.306", "2.262", "2.228",
    "2.201", "2.179", "2.160", "2.145", "2.131", "2.120", "2.110", "2.101", "2.093", "2.086",
    "2.080", "2.074", "2.069", "2.064", "2.060", "2.056", "2.052", "2.048", "2.045", "2.042",
)  # fmt: skip
Z = Fraction("1.96")
BANDS = ((80, "very_good"), (60, "good"), (40, "fair"), (20, "poor"), (0, "very_poor"))
Interval = tuple[Fraction, Fraction]


def half_up(x: Fraction, digits: int) -> Fraction:
    scale = 10**digits
    size = Fraction(floor(abs(x) * scale + Fraction(1, 2)), scale)
    return size if x >= 0 else -size


def six(x: Fraction) -> Fraction:
    """What every comparison looks at (5.7.15)."""
    return half_up(x, 6)


def root(x: Fraction) -> Fraction:
    return Fraction(isqrt(floor(x * 10**60)), 10**30)


def t_of(df: int) -> Fraction:
    return Fraction(T[df - 1]) if df <= 30 else Z


def band(score: Fraction) -> str:
    return next(key for least, key in BANDS if half_up(six(score), 1) >= least)


def clipped(middle: Fraction, half: Fraction) -> Interval:
    return max(Fraction(0), middle - half), min(Fraction(100), middle + half)


def wilson(positive: int, n: int) -> tuple[Fraction, Fraction, Fraction]:
    p = Fraction(positive, n)
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * root(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return 100 * p, 100 * (middle - half), 100 * (middle + half)


def mean(weighted: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    pairs = list(weighted)
    return sum((w * x for w, x in pairs), Fraction(0)) / sum(w for w, _ in pairs)
