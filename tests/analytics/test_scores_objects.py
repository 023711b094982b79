"""From indicators to objects (domain 5.2 to 5.4, 5.7.15 to 5.7.24), on tables written down.

- n_min, coverage of criteria and of objects decide what is scored; what is not never counts as zero.
- Weights are normalised over what is applicable. One sheet has no interval.
- Every comparison looks at the value rounded half up to six decimals; bands at one decimal.
- Borderline, precision, dependence on weights, mostly empty.
"""

# ruff: noqa: E501 - tables are wider than code
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from analytics.scoring import computed as scores_of
from tests.evaluation import Evaluation
from tests.questionnaire import question, questionnaire
from tests.tables import load, read_table

ROUND_CRITERION = """
| round_id | type    | criterion_code | weight |
| VARCHAR  | VARCHAR | VARCHAR        | DOUBLE |
| r        | SUP     | C1             | 15     |
| r        | SUP     | C2             | 25     |
| r        | SUP     | C3             | 30     |
| r        | SUP     | C4             | 10     |
| r        | SUP     | C5             | 10     |
| r        | SUP     | C6             | 10     |
"""
OBJECTS = """
| round_id | object_id | type    |
| VARCHAR  | VARCHAR   | VARCHAR |
| r        | road      | SUP     |
"""


def compute(db: DuckDBPyConnection, *names: str) -> DuckDBPyConnection:
    for name in names:
        db.execute(read_table(name).sql)
    return db


def test_an_indicator_nobody_answered_is_not_a_zero() -> None:
    db = load(
        "evaluated_object",
        OBJECTS,
        "round_criterion",
        ROUND_CRITERION,
        "indicator_score",
        """
        | round_id | object_id | criterion_code | indicator_code | weight | score  | status         |
        | VARCHAR  | VARCHAR   | VARCHAR        | VARCHAR        | DOUBLE | DOUBLE | VARCHAR        |
        | r        | road      | C1             | C1.1           | 2      | 100    | scored         |
        | r        | road      | C1             | C1.2           | 1      | 40     | scored         |
        | r        | road      | C1             | C1.3           | 1      |        | not_scored     |
        | r        | road      | C2             | C2.1           | 1      | 30     | scored         |
        | r        | road      | C2             | C2.2           | 1      |        | not_scored     |
        | r        | road      | C3             | C3.1           | 1      | 90     | scored         |
        | r        | road      | C3             | C3.2           | 1.000003 |      | not_scored     |
        | r        | road      | C4             | C4.1           | 2      |        | not_applicable |
        | r        | road      | C5             | C5.1           | 2      |        | not_scored     |
        | r        | road      | C6             | C6.1           | 1      | 80     | scored         |
        | r        | road      | C6             | C6.2           | 7      |        | not_applicable |
        """,
    )
    compute(db, "criterion_score", "effective_weight")
    table = read_table("criterion_score")
    assert db.sql("FROM criterion_score").columns == [*table.grain, *table.columns]
    found = db.sql(
        "SELECT criterion_code, score, six(coverage), status, equal_score FROM criterion_score ORDER BY 1"
    )
    assert found.fetchall() == [
        ("C1", 80.0, 0.75, "scored", 70.0),
        ("C2", 30.0, 0.5, "scored", 30.0),  # exactly one half
        ("C3", None, 0.499999, "insufficient", None),
        ("C4", None, None, "not_applicable", None),
        ("C5", None, 0.0, "insufficient", None),
        ("C6", 80.0, 1.0, "scored", 80.0),
    ]
    assert db.sql("SELECT six(sum(omega)) FROM effective_weight").fetchall() == [(1.0,)]


def object_scores(criteria: str) -> dict[str, tuple[object, ...]]:
    db = load(
        "criterion_score",
        criteria,
        "stream_variance",
        "| round_id | object_id | stream | n | variance |\n| VARCHAR | VARCHAR | VARCHAR | BIGINT | DOUBLE |",
        "selection",
        "| object_id | stream | observer |\n| VARCHAR | VARCHAR | VARCHAR |",
        "sheet_check",
        "| object_id | mostly_empty |\n| VARCHAR | BOOLEAN |",
    )
    db.execute(
        "CREATE TEMP TABLE evaluated_object AS SELECT DISTINCT round_id, object_id, 'PSO' AS type, NULL AS subtype,"
        " NULL AS aimak_code, NULL AS form_version, false AS under_review,"
        " NULL::DATE AS under_review_until FROM criterion_score"
    )
    compute(db, "object_score")
    rows = db.sql(
        "SELECT object_id, score, six(coverage), status, band, depends_on_weights FROM object_score"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_an_object_needs_three_fifths_of_its_applicable_weight() -> None:
    found = object_scores(
        """
        | round_id | object_id | criterion_code | weight | score  | coverage | status         | equal_score |
        | VARCHAR  | VARCHAR   | VARCHAR        | DOUBLE | DOUBLE | DOUBLE   | VARCHAR        | DOUBLE      |
        | r        | enough    | A              | 60     | 50     | 1        | scored         | 50          |
        | r        | enough    | B              | 40     |        | 0.4      | insufficient   |             |
        | r        | short     | A              | 60     | 50     | 0.99999  | scored         | 50          |
        | r        | short     | B              | 40     |        | 0.4      | insufficient   |             |
        | r        | goods     | A              | 90     | 70     | 1        | scored         | 70          |
        | r        | goods     | B              | 10     |        |          | not_applicable |             |
        | r        | nothing   | A              | 60     |        | 0        | insufficient   |             |
        | r        | no_part   | A              | 60     |        |          | not_applicable |             |
        | r        | leaning   | A              | 90     | 61     | 1        | scored         | 61          |
        | r        | leaning   | B              | 10     | 21     | 1        | scored         | 20          |
        """
    )
    assert found == {
        "enough": (50.0, 0.6, "scored", "fair", False),
        "short": (None, 0.599994, "insufficient", "insufficient", False),
        "goods": (70.0, 1.0, "scored", "good", False),  # W renormalises to 90
        "nothing": (None, 0.0, "insufficient", "insufficient", False),
        "no_part": (None, None, "insufficient", "insufficient", False),
        "leaning": (57.0, 1.0, "scored", "fair", False),
    }


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (59.95, "good"),
        (59.949, "fair"),
        (59.9499999, "good"),  # 59.95 after rounding to six decimals
        (59.9499994, "fair"),
        (79.95, "very_good"),
        (79.9, "good"),
        (39.95, "fair"),
        (19.95, "poor"),
        (19.9, "very_poor"),
        (0, "very_poor"),
        (100, "very_good"),
    ],
)
def test_a_band_is_given_to_the_score_as_it_is_printed(score: float, band: str) -> None:
    assert load().execute("SELECT band_of($1::DOUBLE)", [score]).fetchall() == [(band,)]


def test_precision_and_t_are_as_the_tables_say() -> None:
    db = load()
    assert db.sql("SELECT precision_of(5), precision_of(5.0000004), precision_of(5.000001)").fetchall() == [
        ("high", "high", "medium")
    ]
    assert db.sql("SELECT precision_of(10), precision_of(10.01), precision_of(NULL)").fetchall() == [
        ("medium", "low", None)
    ]
    assert [db.execute("SELECT t_975($1)", [df]).fetchall()[0][0] for df in (1, 2, 6, 30, 31, 1000)] == [
        12.706, 4.303, 2.447, 2.042, 1.96, 1.96,
    ]  # fmt: skip


@pytest.fixture
def evaluation(tmp_path: Path) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path)
    yield evaluation
    evaluation.warehouse.close()


def the_object(evaluation: Evaluation, as_of: int, columns: str) -> dict[str, tuple[object, ...]]:
    with evaluation.read() as db, scores_of(db, "r", as_of):
        rows = db.sql(f"SELECT object_id, {columns} FROM temp.object_score").fetchall()
    return {row[0]: row[1:] for row in rows}


def test_one_sheet_scores_facts_and_no_ratings_and_has_no_interval(evaluation: Evaluation) -> None:
    form = evaluation.form(
        questionnaire(question("fact", "Y3", "O", weight=3), question("rating", "S5", "O"))
    )
    for object_id in ("single", "alike", "varied"):
        evaluation.object(object_id)
    evaluation.round("r", {form: "PSO"}, ["single", "alike", "varied"])
    sheets = {"single": ["yes"], "alike": ["yes"] * 3, "varied": ["yes", "partly", "no"]}
    for object_id, answers in sheets.items():
        for member, fact in enumerate(answers):
            values = {"stream": "O", "object": object_id, "fact": fact, "rating": "5"}
            evaluation.submission(form, values, "r", actor=20 + member)
    found = the_object(
        evaluation, evaluation.close("r"), "score, six(coverage), six(se), df, six(ci_low), precision"
    )
    assert found["single"] == (100.0, 0.75, None, None, None, None)
    assert found["alike"] == (100.0, 1.0, None, None, None, None)  # nothing varies: no interval either
    # u = 0.75 (y - 50)/3, Var = 3/2 · 2 · 12.5²
    assert found["varied"] == (62.5, 1.0, 21.650635, 2, 0.0, "low")
    with evaluation.read() as db, scores_of(db, "r", evaluation.seq):
        rows = db.sql(
            "SELECT object_id, indicator_code, se, ci_low, status FROM temp.indicator_score"
        ).fetchall()
    indicators = {row[:2]: row[2:] for row in rows}
    assert indicators["single", "fact"] == (None, None, "scored")
    assert indicators["single", "rating"] == (None, None, "not_scored")
    assert indicators["alike", "fact"] == (0.0, 100.0, "scored")  # an interval of no width


def test_n_of_a_stream_counts_submissions_with_an_answer_that_decides_something(
    evaluation: Evaluation,
) -> None:
    form = evaluation.form(questionnaire(question("a", "S5"), question("b", "S5"), question("rare", "S5")))
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    for a, b, rare in [("1", "1", ""), ("5", "1", ""), ("1", "5", ""), ("5", "5", ""), ("1", "", ""), ("", "5", ""),
                       ("DK", "DK", "5"), ("", "", "4")]:  # fmt: skip
        evaluation.submission(form, {"stream": "C", "object": "thing", "a": a, "b": b, "rare": rare}, "r")
    as_of = evaluation.close("r")
    with evaluation.read() as db, scores_of(db, "r", as_of):
        [(n, variance)] = db.sql("SELECT n, variance FROM temp.stream_variance").fetchall()
        weights = dict(db.sql("SELECT indicator_code, omega FROM temp.effective_weight").fetchall())
    assert (n, weights) == (6, {"a": 0.5, "b": 0.5})
    deviations = [(-40, -60), (60, -60), (-40, 40), (60, 40), (-40, 0), (0, 40)]
    assert variance == pytest.approx(6 / 5 * sum((0.5 * a / 5 + 0.5 * b / 5) ** 2 for a, b in deviations))


def test_a_sheet_with_less_than_a_third_of_its_applicable_items_is_mostly_empty(
    evaluation: Evaluation,
) -> None:
    names = [f"q{n}" for n in range(9)]
    form = evaluation.form(questionnaire(*(question(name, "Y2") for name in names)))
    sheets = {
        "full": ["yes"] * 9,
        "a third": ["yes", "DK", "REF", *[""] * 6],
        "less": ["yes", "no", *[""] * 7],
        "off": ["yes", "no", "maybe", *[""] * 6],
        "two of six": ["yes", "no", *[""] * 4, "NA", "NA", "NA"],
        "none of none": ["NA"] * 9,
    }
    for object_id in sheets:
        evaluation.object(object_id)
    evaluation.round("r", {form: "PSO"}, [*sheets])
    for object_id, answers in sheets.items():
        evaluation.submission(
            form, {"stream": "C", "object": object_id, **dict(zip(names, answers, strict=True))}, "r"
        )
    found = the_object(evaluation, evaluation.close("r"), "mostly_empty")
    assert {object_id for object_id, (empty,) in found.items() if empty} == {"less", "off"}


def test_what_does_not_concern_the_subtype_does_not_make_a_sheet_mostly_empty(evaluation: Evaluation) -> None:
    module = [question(f"wua{n}", "Y2", subtypes="wua") for n in range(6)]
    form = evaluation.form(questionnaire(question("a", "Y2"), question("b", "Y2"), *module))
    for subtype in ("dwu", "wua"):
        evaluation.object(subtype, subtype=subtype)
    evaluation.round("r", {form: "PSO"}, ["dwu", "wua"])
    for subtype in ("dwu", "wua"):
        evaluation.submission(form, {"stream": "C", "object": subtype, "a": "yes"}, "r")
    found = the_object(evaluation, evaluation.close("r"), "mostly_empty")
    assert found == {"dwu": (False,), "wua": (True,)}


def test_ten_answers_to_a_sensitive_question_bring_it_into_its_criterion(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        question("D2.1", "S5", weight=2),
        question("D2.3", "F5+", weight=2),
        question("D2.5", "Y2-", weight=2, sensitive="yes"),
    )
    form = evaluation.form(workbook)
    for object_id in ("nine", "ten"):
        evaluation.object(object_id)
    evaluation.round("r", {form: "PSO"}, ["nine", "ten"])
    for object_id, valid in (("nine", 9), ("ten", 10)):
        for n in range(12):
            values = {"D2.1": "3", "D2.3": "5", "D2.5": "no" if n < valid else "REF"}
            evaluation.submission(form, {"stream": "C", "object": object_id, **values}, "r")
    found = the_object(evaluation, evaluation.close("r"), "score, six(coverage)")
    assert found == {"nine": (75.0, 0.666667), "ten": (pytest.approx(83.333333), 1.0)}


def test_an_object_nobody_looked_at_is_there_without_a_score(evaluation: Evaluation) -> None:
    form = evaluation.form(questionnaire(question("c", "S5"), question("o", "S5", "O")))
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    found = the_object(
        evaluation, evaluation.close("r"), "status, score, coverage, band, n_citizens, n_observers"
    )
    assert found == {"thing": ("insufficient", None, 0.0, "insufficient", 0, 0)}


def test_with_equal_weights_the_band_may_be_another(evaluation: Evaluation) -> None:
    workbook = questionnaire(question("heavy", "Y2", "O", weight=3), question("light", "Y2", "O"))
    form = evaluation.form(workbook)
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    evaluation.submission(form, {"stream": "O", "object": "thing", "heavy": "yes", "light": "no"}, "r")
    found = the_object(evaluation, evaluation.close("r"), "score, band, equal_score, depends_on_weights")
    assert found == {"thing": (75.0, "good", 50.0, True)}
