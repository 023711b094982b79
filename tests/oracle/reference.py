"""The scores of a round in plain Python, from the text of domain.md 5 alone: anyone can recompute them.

Exact fractions all the way, roots to thirty digits, so that no rounding of a machine stands in between.
Nothing here knows SQL, or was written after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from forms.evaluation import Indicator, Scheme
from tests.oracle.answers import (
    FACTS,
    Answer,
    Questionnaire,
    Sheet,
    Thing,
    answer_of,
    mostly_empty,
    points_of_number,
    system_value,
    unverified,
)
from tests.oracle.figures import Interval, band, clipped, mean, root, six, t_of, wilson


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    indicator: Indicator
    counts: Mapping[str, int]  # valid, NA, DK, REF, missing
    status: str  # scored, not_scored, not_applicable
    score: Fraction | None
    se: Fraction | None
    interval: Interval | None
    share: tuple[Fraction, Fraction, Fraction] | None  # of positive answers, per cent, and its interval
    flags: frozenset[str]
    valid: Mapping[int, Fraction]  # seq of a sheet -> its points, those that count

    @property
    def n_asked(self) -> int:
        return sum(self.counts.values()) - self.counts["NA"]


@dataclass(frozen=True, slots=True)
class CriterionScore:
    weight: Fraction
    status: str
    coverage: Fraction | None
    score: Fraction | None
    equal: Fraction | None


@dataclass(frozen=True, slots=True)
class ObjectScore:
    thing: Thing
    indicators: Mapping[str, IndicatorScore]
    criteria: Mapping[str, CriterionScore]
    omega: Mapping[str, Fraction]  # effective weight, of what decides a part of the score
    n: Mapping[str, int]  # stream -> submissions behind the variance
    n_citizens: int
    n_observers: int
    status: str
    coverage: Fraction | None
    score: Fraction | None
    equal: Fraction | None
    se: Fraction | None
    df: int | None
    interval: Interval | None
    precision: str | None
    band: str
    flags: frozenset[str]


def indicator_score(indicator: Indicator, thing: Thing, sheets: Sequence[Sheet]) -> IndicatorScore:
    """5.1.2 to 5.1.3, 5.2, 5.3; `sheets` are the selected ones of the object, of both streams."""
    outside = bool(indicator.subtypes) and thing.subtype not in indicator.subtypes
    asked: list[Sheet] = []
    found: dict[int, Answer] = {}
    if outside:
        pass  # not looked at, whatever was answered
    elif indicator.computed:
        value = system_value(thing, indicator)
        if value is None or indicator.best is None or indicator.worst is None:
            found = {-1: Answer("NA")}
        else:
            points = points_of_number(value, indicator.best, indicator.worst)
            found = {-1: Answer("valid", points, value)}
    else:
        asked = [sheet for sheet in sheets if sheet.stream == indicator.stream]
        found = {sheet.seq: answer_of(sheet, indicator) for sheet in asked}
        if indicator.cumulative:
            asked = _at_last_visit(asked, found)
            found = {sheet.seq: found[sheet.seq] for sheet in asked}
    valid = {seq: answer.points for seq, answer in found.items() if answer.points is not None}
    kinds = [answer.kind for answer in found.values()]
    counts = {kind: kinds.count(kind) for kind in ("valid", "NA", "DK", "REF", "missing")}
    n, n_asked = len(valid), len(found) - counts["NA"]

    flags = {"off_scale"} if any(answer.off_scale for answer in found.values()) else set()
    if n_asked and six(Fraction(n_asked - n, n_asked)) > Fraction(1, 2):
        flags.add("little_information")
    if any(unverified(sheet, indicator, found[sheet.seq]) for sheet in asked):
        flags.add("unverified")
    if indicator.stream == "O" and indicator.scale in FACTS:
        told = {(sheet.visit, found[sheet.seq].raw) for sheet in asked if sheet.seq in valid}
        if len(told) > len({visit for visit, _ in told}):
            flags.add("disagreement")

    if outside or (found and counts["NA"] == len(found)):
        status = "not_applicable"
    else:
        status = "scored" if n >= indicator.n_min else "not_scored"
    score = se = interval = share = None
    if status == "scored":
        score = sum(valid.values(), Fraction(0)) / n
        if n > 1:
            se = root(sum(((y - score) ** 2 for y in valid.values()), Fraction(0)) / (n - 1) / n)
            interval = clipped(score, t_of(n - 1) * se)
        if indicator.scale in ("S5", "Y2", "Y2-"):
            share = wilson(sum(y >= 75 for y in valid.values()), n)
    return IndicatorScore(
        indicator, counts, status, score, se, interval, share, frozenset(flags), valid
    )  # fmt: skip


def _at_last_visit(sheets: Sequence[Sheet], found: Mapping[int, Answer]) -> list[Sheet]:
    """The sheets of the last visit with a valid answer (5.7.11); a visit without a date comes first."""
    visits = [sheet.visit for sheet in sheets if found[sheet.seq].kind == "valid"]
    if not visits:
        return list(sheets)
    dated = [visit for visit in visits if visit is not None]
    last = max(dated) if dated else None
    return [sheet for sheet in sheets if sheet.visit == last]


def criterion_scores(
    scheme: Scheme, thing: Thing, indicators: Mapping[str, IndicatorScore]
) -> dict[str, CriterionScore]:
    """5.1.4 and the coverage of 5.2."""
    scores = {}
    for criterion in scheme.criteria:
        outside = bool(criterion.subtypes) and thing.subtype not in criterion.subtypes
        own = [one for one in indicators.values() if one.indicator.criterion == criterion.code]
        applicable = [] if outside else [one for one in own if one.status != "not_applicable"]
        scored = [(w_of(one), one.score) for one in applicable if one.score is not None]
        weight = Fraction(repr(criterion.weight))
        if not applicable:
            scores[criterion.code] = CriterionScore(weight, "not_applicable", None, None, None)
            continue
        coverage = sum((w for w, _ in scored), Fraction(0)) / sum(map(w_of, applicable))
        if not scored or six(coverage) < Fraction(1, 2):
            scores[criterion.code] = CriterionScore(weight, "insufficient", coverage, None, None)
        else:
            equal = mean([(Fraction(1), score) for _, score in scored])
            scores[criterion.code] = CriterionScore(weight, "scored", coverage, mean(scored), equal)
    return scores


def w_of(one: IndicatorScore) -> Fraction:
    return Fraction(repr(one.indicator.weight))


def omegas(
    criteria: Mapping[str, Fraction], weights: Mapping[str, tuple[str, Fraction]]
) -> dict[str, Fraction]:
    """Effective weights of indicators (code -> criterion, w) under criteria (code -> W)."""
    whole = sum(criteria.values())
    inner = {
        code: sum(w for criterion, w in weights.values() if criterion == code) for code in criteria
    }  # fmt: skip
    return {
        code: criteria[criterion] / whole * w / inner[criterion] for code, (criterion, w) in weights.items()
    }


def variance(
    omega: Mapping[str, Fraction], indicators: Mapping[str, IndicatorScore], n: Mapping[str, int]
) -> dict[str, Fraction]:
    """Var of each stream over the indicators of `omega` (5.3): submissions are the units, n is given."""
    found = {}
    for stream, n_stream in n.items():
        u: dict[int, Fraction] = {}
        for code, weight in omega.items():
            one = indicators[code]
            if one.indicator.stream == stream and not one.indicator.computed and one.score is not None:
                for seq, y in one.valid.items():
                    u[seq] = u.get(seq, Fraction(0)) + weight * (y - one.score) / len(one.valid)
        total = sum((each**2 for each in u.values()), Fraction(0))
        found[stream] = Fraction(n_stream, n_stream - 1) * total if n_stream > 1 else Fraction(0)
    return found


def object_score(thing: Thing, questionnaire: Questionnaire, sheets: Sequence[Sheet]) -> ObjectScore:
    """5.1.5, 5.2 to 5.5; `sheets` are the selected ones of this object."""
    scheme = questionnaire.scheme
    indicators = {one.code: indicator_score(one, thing, sheets) for one in scheme.indicators}
    criteria = criterion_scores(scheme, thing, indicators)
    applicable = [one for one in criteria.values() if one.coverage is not None]
    coverage = None
    if applicable:
        parts = [(one.weight, one.coverage or Fraction(0) if one.status == "scored" else Fraction(0))
                 for one in applicable]  # fmt: skip
        coverage = mean(parts)
    is_scored = coverage is not None and six(coverage) >= Fraction(3, 5)

    decides = {code: one.weight for code, one in criteria.items() if one.status == "scored"}
    omega = omegas(decides, {
        code: (one.indicator.criterion, w_of(one)) for code, one in indicators.items()
        if one.score is not None and one.indicator.criterion in decides
    })  # fmt: skip
    n = {
        stream: len(set[int]().union(*(
            indicators[code].valid for code in omega
            if indicators[code].indicator.stream == stream and not indicators[code].indicator.computed
        )))
        for stream in ("C", "O")
    }  # fmt: skip
    score = equal = se = df = interval = precision = None
    flags = {"mostly_empty"} if any(
        mostly_empty(sheet, [one for one in scheme.indicators
                             if not one.subtypes or thing.subtype in one.subtypes])
        for sheet in sheets
    ) else set()  # fmt: skip
    if is_scored:
        scored = [one for one in criteria.values() if one.status == "scored"]
        score = mean((one.weight, one.score) for one in scored if one.score is not None)
        equal = mean((Fraction(1), one.equal) for one in scored if one.equal is not None)
        varying = {stream: var for stream, var in variance(omega, indicators, n).items() if six(var) > 0}
        if varying:
            total = sum(varying.values(), Fraction(0))
            se = root(total)
            below = sum((var**2 / (n[stream] - 1) for stream, var in varying.items()), Fraction(0))
            df = floor(six(total**2 / below))
            half = t_of(df) * se
            interval = clipped(score, half)
            precision = "high" if six(half) <= 5 else "medium" if six(half) <= 10 else "low"
            if band(interval[0]) != band(interval[1]):
                flags.add("borderline")
        if band(equal) != band(score):
            flags.add("depends_on_weights")
    observers = {sheet.token or sheet.root.seq for sheet in sheets if sheet.stream == "O"}
    return ObjectScore(
        thing, indicators, criteria, omega, n, sum(sheet.stream == "C" for sheet in sheets), len(observers),
        "scored" if is_scored else "insufficient", coverage, score, equal, se, df, interval, precision,
        band(score) if score is not None else "insufficient", frozenset(flags),
    )  # fmt: skip
