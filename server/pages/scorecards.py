"""Charts of published results: objects of a type, criteria of an object, the rounds of an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from analytics.results import CriterionScore, HistoryPoint, ObjectResult, ObjectScore, RoundResults
from forms.errors import N_
from server.pages import words
from server.pages.charts import ABSENT, Bar, Frame, Point, bars, strip, trend
from server.pages.terms import TERMS, term

_CHART_OF_CRITERIA = N_("Score by criterion")
_ABOUT_CRITERIA = N_(
    "From 0 to 100. Coverage is the share of a criterion's weight that enough people answered."
)
_CHART_OF_ROUNDS = N_("Score in every published round")
_ABOUT_ROUNDS = N_("From 0 to 100; the thin line is the interval.")
_AS_TABLE = N_("Show as a table")
_CRITERION, _ROUND = N_("Criterion"), N_("Round")
_SCORE, _INTERVAL, _BAND, _COVERAGE, _WEIGHT = (
    N_("Score"),
    N_("Interval"),
    N_("Band"),
    N_("Coverage"),
    N_("Weight"),
)


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """An object of a round, and its score as a strip."""

    object: ObjectScore
    strip: Markup


@dataclass(frozen=True, slots=True)
class TypeGroup:
    """The objects of one type in the order of the alphabet of the page."""

    type: str
    rows: tuple[ScoreRow, ...]


def groups_of(results: RoundResults, language: str) -> list[TypeGroup]:
    """The objects of a round by type."""
    ordered = sorted(results.objects, key=lambda entry: words.sort_key(entry.names.best(language)))
    return [
        TypeGroup(
            code,
            tuple(
                ScoreRow(entry, strip(entry.score, entry.low, entry.high, entry.band or ""))
                for entry in ordered
                if entry.type == code
            ),
        )
        for code in TERMS["type"]
        if any(entry.type == code for entry in ordered)
    ]


def criteria_chart(criteria: Sequence[CriterionScore], language: str) -> Markup:
    """A bar for each criterion that concerns the object, with its coverage."""
    say = words.catalogue(language).gettext
    items = [
        Bar(
            label=entry.labels.best(language),
            note=f"{say(_COVERAGE)}: {words.percent(entry.coverage, language)}",
            value=entry.score,
            band=band_of(entry.score) if entry.score is not None else "",
            cells=(words.percent(entry.coverage, language), words.number(entry.weight, language)),
            absent=say(term(entry.status, "status")),
        )
        for entry in criteria
        if entry.status != "not_applicable"
    ]
    frame = Frame(
        key="chart-criteria",
        title=say(_CHART_OF_CRITERIA),
        description=say(_ABOUT_CRITERIA),
        head=(say(_CRITERION), say(_SCORE), say(_COVERAGE), say(_WEIGHT)),
        table_label=say(_AS_TABLE),
    )
    return bars(frame, items, partial(_one_decimal, language))


def history_chart(history: Sequence[HistoryPoint], language: str) -> Markup | None:
    """The scores of an object round by round; None while there is only one."""
    if len(history) < 2:
        return None
    say = words.catalogue(language).gettext
    points = [
        Point(
            label=entry.titles.best(language),
            value=entry.score,
            low=entry.low,
            high=entry.high,
            cells=(say(term(entry.band, "band")) if entry.band else ABSENT,),
        )
        for entry in history
    ]
    frame = Frame(
        key="chart-history",
        title=say(_CHART_OF_ROUNDS),
        description=say(_ABOUT_ROUNDS),
        head=(say(_ROUND), say(_SCORE), say(_BAND)),
        interval=say(_INTERVAL),
        table_label=say(_AS_TABLE),
    )
    return trend(frame, points, partial(_one_decimal, language))


def flags_of(result: ObjectResult) -> list[str]:
    """Every mark on the page of an object, in the order of the glossary, so that each can be explained."""
    found = set(result.object.flags)
    for criterion in result.criteria:
        for indicator in criterion.indicators:
            found.update(indicator.flags)
    return [code for code in TERMS["flag"] if code in found]


def band_of(score: float) -> str:
    """The band of a score, for the colour of its bar; rounded as domain.md 5.4 has it."""
    shown = words.rounded(score, 1)
    for floor, code in ((80, "very_good"), (60, "good"), (40, "fair"), (20, "poor")):
        if shown >= floor:
            return code
    return "very_poor"


def _one_decimal(language: str, value: float) -> str:
    return words.number(value, language, 1)
