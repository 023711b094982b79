"""What changed since the round before (domain 5.5, 5.7.23).

- Matched indicators alone: same code, stream, scale and anchors, scored in both rounds, deciding a part now.
- Both rounds get the weights of now; the errors come from the covariances that were kept.
- Before is the latest published round of the same kind that scored the object, else its predecessor.
"""

# ruff: noqa: E501 - tables are wider than code
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from analytics.canonical import read_csv
from analytics.rounds import FrozenRound
from tests.evaluation import Evaluation
from tests.questionnaire import question, questionnaire
from tests.tables import load, read_table

NOW, SE_NOW = 65.73863636363636, 8.071518


def one_indicator(
    before: float, se_before: float, omega: float = 1, best: float | None = None
) -> DuckDBPyConnection:
    """An object with one matched indicator; n/(n-1) times its covariance is the variance."""
    anchors = "NULL" if best is None else f"{best}"
    db = load(
        "asked_round",
        "| round_id | project_id | kind | as_of | closed_at |\n| VARCHAR | INTEGER | VARCHAR | BIGINT | TIMESTAMP |\n| now | 1 | regular | 100 | |",
        "round",
        "| round_id | project_id | kind | state | frozen_seq | closed_seq | published_at |\n| VARCHAR | INTEGER | VARCHAR | VARCHAR | BIGINT | BIGINT | TIMESTAMP |\n| old | 1 | regular | published | 50 | 49 | |",
        "object_score",
        "| round_id | object_id | status |\n| VARCHAR | VARCHAR | VARCHAR |\n| now | thing | scored |",
        "evaluated_object",
        "| round_id | object_id | predecessor_id |\n| VARCHAR | VARCHAR | VARCHAR |\n| now | thing | |",
        "frozen_object_score",
        "| round_id | object_id | status |\n| VARCHAR | VARCHAR | VARCHAR |\n| old | thing | scored |",
    )
    db.execute(
        "CREATE TEMP TABLE effective_weight AS SELECT 'now' AS round_id, 'thing' AS object_id, 'i' AS indicator_code,"
        f" 'K' AS criterion_code, 25.0 AS criterion_weight, 3.0 AS weight, {omega}::DOUBLE AS omega"
    )
    same = f"'i' AS indicator_code, 'C' AS stream, 'NUM' AS scale, {anchors}::DOUBLE AS best, 0.0 AS worst, 'scored' AS status"
    db.execute(
        f"CREATE TEMP TABLE indicator_score AS SELECT 'now' AS round_id, 'thing' AS object_id, 'K' AS criterion_code, {same}, {NOW} AS score"
    )
    db.execute(
        f"CREATE TEMP TABLE frozen_indicator_score AS SELECT 'old' AS round_id, 'thing' AS object_id, {same}, {before} AS score"
    )
    db.execute(
        f"CREATE TEMP TABLE covariance AS SELECT 'now' AS round_id, 'thing' AS object_id, 'C' AS stream, 'i' AS indicator_code, 'i' AS other_code, 2 AS n, {SE_NOW**2 / 2} AS covariance"
    )
    db.execute(
        f"CREATE TEMP TABLE frozen_covariance AS SELECT 'old' AS round_id, 'thing' AS object_id, 'C' AS stream, 'i' AS indicator_code, 'i' AS other_code, 2 AS n, {se_before**2 / 2} AS covariance"
    )
    db.execute(read_table("trend").sql)
    return db


@pytest.mark.parametrize(
    ("before", "se", "delta", "se_delta", "limit", "trend"),
    [(57.2, 6.0, 8.54, 10.057, 19.71, "no_change"), (40.0, 4.0, 25.74, 9.008, 17.66, "improved")],
)
def test_the_trends_of_the_worked_example(
    before: float, se: float, delta: float, se_delta: float, limit: float, trend: str
) -> None:
    db = one_indicator(before, se)
    assert db.sql(
        "SELECT round(delta, 2), round(se_delta, 3), round(limit_of_change, 2), trend FROM trend"
    ).fetchall() == [(delta, se_delta, limit, trend)]


def test_a_fall_is_worsened_and_less_than_three_fifths_matched_is_not_comparable() -> None:
    assert one_indicator(100, 1).sql("SELECT trend FROM trend").fetchall() == [("worsened",)]
    assert one_indicator(40, 1, omega=0.6).sql("SELECT trend, matched_share FROM trend").fetchall() == [
        ("improved", 0.6)
    ]
    assert one_indicator(40, 1, omega=0.599999).sql("SELECT trend FROM trend").fetchall() == [
        ("not_comparable",)
    ]


@pytest.fixture
def evaluation(tmp_path: Path) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path)
    yield evaluation
    evaluation.warehouse.close()


def run(
    evaluation: Evaluation,
    round_id: str,
    form: str,
    sheets: list[dict[str, str]],
    object_id: str = "thing",
    *,
    kind: str = "evaluation_regular",
    published: bool = True,
) -> FrozenRound:
    evaluation.round(round_id, {form: "PSO"}, [object_id], kind)
    for number, sheet in enumerate(sheets):
        evaluation.submission(form, {"object": object_id, **sheet}, round_id, actor=50 + number)
    return evaluation.publish(round_id) if published else evaluation.freeze(round_id)


def trend_of(frozen: FrozenRound) -> dict[str, str | None] | None:
    columns = read_csv(frozen.tables["trend"])
    return {name: cells[0] for name, cells in columns.items()} if columns["round_id"] else None


def test_matched_indicators_alone_are_compared_with_the_weights_of_now(evaluation: Evaluation) -> None:
    old = questionnaire(
        question("same", "S5", weight=1),
        question("heavier", "Y3", "O", criterion="L", weight=1),
        question("other_anchor", "NUM", "O", criterion="L", best="10", worst="0"),
        question("gone", "S5", weight=1),
        criteria="K:50 L:50",
        version="1",
    )
    new = questionnaire(
        question("same", "S5", weight=2),
        question("heavier", "Y3", "O", criterion="L", weight=3),
        question("other_anchor", "NUM", "O", criterion="L", best="20", worst="0"),
        question("fresh", "S5", weight=1),
        criteria="K:60 L:40",
        version="2",
    )
    evaluation.object("thing")
    evaluation.form(old)
    before = [{"stream": "C", "same": code, "gone": "5"} for code in ("1", "1", "2", "3", "3")]
    before += [{"stream": "O", "heavier": code, "other_anchor": "5"} for code in ("no", "no", "partly")]
    assert trend_of(run(evaluation, "1", "q", before)) is None
    form = evaluation.form(new)
    now = [{"stream": "C", "same": code, "fresh": "1"} for code in ("4", "4", "5", "5", "5")]
    now += [{"stream": "O", "heavier": code, "other_anchor": "5"} for code in ("yes", "yes", "yes")]
    found = trend_of(run(evaluation, "2", form, now))
    assert found is not None
    # matched: same (W 60) and heavier (W 40); alone in their criteria, they weigh 0.6 and 0.4
    same_now, same_before, heavier_before = 90.0, 25.0, 100 / 6
    assert float(found["score_now"] or 0) == pytest.approx(0.6 * same_now + 40)
    assert float(found["score_before"] or 0) == pytest.approx(
        0.6 * same_before + 0.4 * heavier_before, abs=1e-6
    )
    assert float(found["matched_share"] or 0) == pytest.approx(0.6 * 2 / 3 + 0.4 * 3 / 4)
    spread_before = [25, 25, 0, 25, 25]
    citizens = 5 / 4 * sum((0.6 * d / 5) ** 2 for d in spread_before)
    observers = 3 / 2 * sum((0.4 * (y - heavier_before) / 3) ** 2 for y in (0, 0, 50))
    assert float(found["se_before"] or 0) == pytest.approx((citizens + observers) ** 0.5, abs=1e-6)
    assert (found["before_round_id"], found["trend"]) == ("1", "improved")


def test_before_is_the_latest_published_round_of_the_same_kind_or_that_of_the_predecessor(
    evaluation: Evaluation,
) -> None:
    form = evaluation.form(questionnaire(question("q", "Y2", "O")))
    for object_id, predecessor in (("old", ""), ("thing", "old")):
        evaluation.object(object_id, predecessor_id=predecessor)
    sheet = [{"stream": "O", "q": "yes"}]
    run(evaluation, "first", form, sheet, "old")
    inherited = trend_of(run(evaluation, "second", form, sheet))
    run(evaluation, "other kind", form, sheet, kind="monitoring_temporary")
    run(evaluation, "unpublished", form, sheet, published=False)
    run(evaluation, "without answers", form, [])
    run(evaluation, "later of the predecessor", form, sheet, "old")
    own = trend_of(run(evaluation, "last", form, sheet))
    assert inherited is not None
    assert (inherited["before_round_id"], inherited["before_object_id"]) == ("first", "old")
    assert own is not None
    assert (own["before_round_id"], own["before_object_id"], own["trend"]) == ("second", "thing", "no_change")
    assert trend_of(run(evaluation, "empty", form, [])) is None
