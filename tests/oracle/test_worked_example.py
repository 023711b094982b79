"""The reference recomputes the worked example of domain.md 5.6 and the further cases under it.

- Every printed number of indicators, criteria, object, trend, type and aimak, and every label.
- One sheet only; numbers outside both anchors; a minus scale; rounding at a border of bands.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from forms.evaluation import Indicator
from forms.instance import parse_instance, read_answers
from forms.scheme import read_scheme
from tests import worked_example as example
from tests.make import a_form, an_instance
from tests.oracle.answers import Questionnaire, Sheet, Thing, points_of_number
from tests.oracle.figures import band, six, wilson
from tests.oracle.reference import ObjectScore, indicator_score, object_score, variance
from tests.oracle.rounds import MeanScore, aimak_score, type_score
from tests.oracle.trends import label, trend
from tests.questionnaire import question, questionnaire

UNION = Thing("ak-bulak-dwu", "PSO", "dwu")


def told(*values: object) -> tuple[object, ...]:
    return values


def a_questionnaire(markdown: str) -> Questionnaire:
    text = "\n".join(line.strip() for line in markdown.splitlines())
    scheme = read_scheme(text.encode(), filename="form.md").scheme
    assert scheme is not None
    return Questionnaire(a_form(markdown).xform.schema, scheme)


def sheets_of(asked: Questionnaire, *values: Mapping[str, str | None]) -> list[Sheet]:
    return [
        Sheet(seq, asked, read_answers(parse_instance(an_instance(asked.schema, each)), asked.schema).values)
        for seq, each in enumerate(values)
    ]


@pytest.fixture(scope="module")
def union() -> ObjectScore:
    asked = a_questionnaire(example.WORKBOOK)
    return object_score(UNION, asked, sheets_of(asked, *example.CITIZENS, *example.OBSERVERS))


def test_indicators(union: ObjectScore) -> None:
    found = {}
    for code, one in union.indicators.items():
        printed = [None if x is None else round(float(x), 4) for x in (one.score, one.se)]
        omega = union.omega.get(code)
        found[code] = (
            one.counts["valid"],
            *printed,
            one.status,
            None if omega is None else round(float(omega), 6),
        )
    assert found == example.INDICATORS
    assert {code for code, one in union.indicators.items() if one.flags} == {"D6d.4"}
    assert union.indicators["D6d.4"].flags == {"disagreement"}


def test_criteria_and_the_object(union: ObjectScore) -> None:
    found = {}
    for code, one in union.criteria.items():
        assert one.score is not None and one.coverage is not None
        found[code] = (round(float(one.score), 4), round(float(one.coverage), 4))
    assert found == example.CRITERIA
    assert union.score is not None and union.se is not None and union.equal is not None
    assert union.coverage is not None and union.interval is not None
    assert round(float(union.score), 4) == example.SCORE
    assert round(float(union.coverage), 4) == example.COVERAGE
    assert round(float(union.se), 4) == example.SE
    assert union.df == example.DF
    assert tuple(round(float(end), 1) for end in union.interval) == (example.LOW, example.HIGH)
    assert told(union.band, union.precision, union.flags) == (example.BAND, example.PRECISION, {"borderline"})
    assert round(float(union.equal), 4) == example.EQUAL_WEIGHTS
    found_variance = variance(union.omega, union.indicators, union.n)
    assert {stream: round(float(var), 4) for stream, var in found_variance.items()} == example.VARIANCE
    assert (union.n_citizens, union.n_observers) == (6, 3)


def test_a_round_compared_with_itself_has_not_changed(union: ObjectScore) -> None:
    same = trend(union, union)
    assert same is not None and same.delta is not None
    assert told(same.matched_share, six(same.delta), same.word) == (1, 0, "no_change")
    assert same.score_now == union.score and same.se_now == union.se


@pytest.mark.parametrize(
    ("before", "se", "word"),
    [
        ("57.2", "6", "no_change"),
        ("40", "4", "improved"),
        ("90", "1", "worsened"),
        ("60.738649", "0", "no_change"),
    ],
)
def test_trends(union: ObjectScore, before: str, se: str, word: str) -> None:
    assert union.score is not None and union.se is not None
    assert label(union.score - Fraction(before), union.se, Fraction(se)) == word


def test_a_change_of_five_points_is_a_change() -> None:
    assert label(Fraction(5), Fraction(0), Fraction(0)) == "improved"
    assert label(-Fraction("4.9999995"), Fraction(0), Fraction(0)) == "worsened"
    assert label(Fraction("4.9999994"), Fraction(0), Fraction(0)) == "no_change"


def test_type_and_aimak(union: ObjectScore) -> None:
    other = Thing("other", "PSO", "dwu")
    second = ObjectScore(
        other, {}, {}, {}, {}, 0, 0, "scored", None, Fraction("48.2"), None, Fraction(5), 1, None, None,
        "fair", frozenset(),
    )  # fmt: skip
    organisations = type_score("PSO", [union, second])
    assert organisations.score is not None and organisations.se is not None
    assert round(float(organisations.score), 4) == 56.9693
    assert round(float(organisations.se), 4) == 4.7474
    types = {
        "EXEC": MeanScore(1, Fraction(61), Fraction(0), "good"),
        "MUN": MeanScore(1, Fraction("70.4"), Fraction(0), "good"),
        "PSO": organisations,
        "SUP": MeanScore(0, None, None, "insufficient"),
    }
    weights = {"EXEC": Fraction(35), "MUN": Fraction(25), "PSO": Fraction(25), "SUP": Fraction(15)}
    aimak = aimak_score(types, weights)
    assert aimak.score is not None and round(float(aimak.score), 4) == 62.5792


def test_one_sheet_alone_scores_facts_and_has_no_interval() -> None:
    asked = a_questionnaire(
        questionnaire(question("fact", "Y3", "O", weight=2), question("rating", "S5", "O"))
    )
    one = object_score(UNION, asked, sheets_of(asked, {"stream": "O", "fact": "partly", "rating": "4"}))
    assert (one.indicators["fact"].status, one.indicators["rating"].status) == ("scored", "not_scored")
    assert told(one.score, one.interval, one.precision, one.se) == (50, None, None, None)


def test_below_coverage_nothing_is_scored() -> None:
    asked = a_questionnaire(questionnaire(question("c", "S5")))
    one = object_score(UNION, asked, sheets_of(asked, {"stream": "C", "c": "5"}))
    assert told(one.band, one.score, one.coverage) == ("insufficient", None, 0)


def test_scales_at_their_ends() -> None:
    assert [points_of_number(Fraction(x), 24, 4) for x in (30, 24, 14, 4, 0)] == [100, 100, 50, 0, 0]
    assert points_of_number(Fraction(15), 0, 60) == 75
    asked = a_questionnaire(questionnaire(question("f", "F5-", n_min="5")))
    indicator: Indicator = asked.scheme.indicators[0]
    never = sheets_of(asked, *[{"stream": "C", "f": "1"} for _ in range(5)])
    score = indicator_score(indicator, UNION, never)
    assert told(score.score, score.se, score.interval) == (100, 0, (100, 100))


def test_bands_look_at_one_decimal_after_six() -> None:
    cases = {
        "59.95": "good",
        "59.949": "fair",
        "59.9499995": "good",
        "79.95": "very_good",
        "19.9": "very_poor",
    }
    assert {text: band(Fraction(text)) for text in cases} == cases


def test_wilson() -> None:
    assert [round(float(x), 1) for x in wilson(18, 24)] == [75.0, 55.1, 88.0]
