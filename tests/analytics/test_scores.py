"""The worked example of the method, from filled-in forms to the score of the aimak.

- Every figure printed in domain 5.6 comes out: indicators, criteria, object, interval, equal weights.
- Type, aimak and trend come out as printed there.
- Every result describes its columns, and a frozen table has the same ones.
"""

# ruff: noqa: E501 - tables are wider than code
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from analytics.canonical import read_csv
from analytics.rounds import FROZEN, FrozenRound, lay_out
from analytics.scoring import computed
from analytics.tables import read_sql
from tests import worked_example as example
from tests.evaluation import Evaluation
from tests.tables import load, read_table


def rows(frozen: FrozenRound, table: str, key: str) -> dict[str | None, dict[str, str | None]]:
    columns = read_csv(frozen.tables[table])
    return {
        columns[key][n]: {name: cells[n] for name, cells in columns.items()} for n in range(len(columns[key]))
    }


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    evaluation = the_worked_example(tmp_path_factory.mktemp("example"))
    yield evaluation
    evaluation.warehouse.close()


@pytest.fixture(scope="module")
def frozen(evaluation: Evaluation) -> FrozenRound:
    return evaluation.freeze("2026-1")


def the_worked_example(folder: Path) -> Evaluation:
    evaluation = Evaluation(folder)
    evaluation.form(example.WORKBOOK)
    evaluation.object(example.OBJECT_ID, example.OBJECT_TYPE, example.SUBTYPE)
    evaluation.round("2026-1", {example.FORM_ID: "PSO"}, [example.OBJECT_ID])
    for answers in example.CITIZENS:
        evaluation.submission(example.FORM_ID, answers, "2026-1")
    for member, answers in enumerate(example.OBSERVERS, start=20):
        evaluation.submission(example.FORM_ID, answers, "2026-1", actor=member)
    return evaluation


def test_indicators_are_as_printed(frozen: FrozenRound) -> None:
    found = rows(frozen, "indicator_score", "indicator_code")
    assert list(found) == sorted(example.INDICATORS)
    for code, (n, score, se, status, _) in example.INDICATORS.items():
        row = found[code]
        assert (int(row["n_valid"] or -1), row["status"]) == (n or int(row["n_valid"] or 0), status)
        for column, printed in (("score", score), ("se", se)):
            value = row[column]
            assert (round(float(value), 4) if value else None) == printed, (code, column)
    assert found["D6d.4"]["disagreement"] == "true"
    assert {code for code, row in found.items() if row["disagreement"] == "true"} == {"D6d.4"}


def test_normalised_answers_and_effective_weights_are_as_printed(
    evaluation: Evaluation, frozen: FrozenRound
) -> None:
    with evaluation.read() as db, computed(db, "2026-1", frozen.as_of):
        answers = dict(
            db.sql(
                "SELECT indicator_code, list(round(y, 3) ORDER BY submission_seq) FROM temp.indicator_answer"
                " GROUP BY indicator_code"
            ).fetchall()
        )
        omega = dict(db.sql("SELECT indicator_code, round(omega, 6) FROM temp.effective_weight").fetchall())
        variance = dict(db.sql("SELECT stream, round(variance, 4) FROM temp.stream_variance").fetchall())
    assert answers["D6d.1"] == [100, 80, 40, 100, 20, 70]
    assert answers["D6d.3"] == [75, 100, 50, None, 25, 75]
    assert answers["D6d.4"] == [100, 100, 50]
    assert answers["D6d.5"] == [None, 83.333, 50, None, 0, 100]
    assert answers["D2.1"] == [50, 75, 25, 75, None, 50]
    assert answers["D2.3"] == [100, 75, 50, 100, 0, 75]
    assert answers["D2.5"] == [100, 100, 0, 100, None, 100]
    assert answers["D5.1"] == [50, 75, 50]
    assert answers["D5.3"] == [None, None, None]
    assert answers["D5.4"] == [100, 50, 50, 100, 0, 50]
    assert omega == {
        code: figures[4] for code, figures in example.INDICATORS.items() if figures[4] is not None
    }
    assert variance == example.VARIANCE


def test_criteria_are_as_printed(frozen: FrozenRound) -> None:
    found = rows(frozen, "criterion_score", "criterion_code")
    assert {
        code: (round(float(row["score"] or -1), 4), round(float(row["coverage"] or -1), 4))
        for code, row in found.items()
    } == example.CRITERIA


def test_the_object_is_as_printed(frozen: FrozenRound) -> None:
    row = rows(frozen, "object_score", "object_id")[example.OBJECT_ID]
    for column, digits, printed in (
        ("score", 4, example.SCORE),
        ("coverage", 4, example.COVERAGE),
        ("se", 4, example.SE),
        ("df", 0, example.DF),
        ("ci_low", 1, example.LOW),
        ("ci_high", 1, example.HIGH),
        ("equal_score", 4, example.EQUAL_WEIGHTS),
    ):
        assert round(float(row[column] or -1), digits) == printed, column
    assert (row["n_citizens"], row["n_observers"], row["band"], row["precision"]) == ("6", "3", "good", "low")
    assert (row["borderline"], row["depends_on_weights"]) == ("true", "false")


def test_type_and_aimak_are_as_printed() -> None:
    db = load(
        "object_score",
        """
        | round_id | object_id | type    | aimak_code | status       | score                   | se       | under_review |
        | VARCHAR  | VARCHAR   | VARCHAR | VARCHAR    | VARCHAR      | DOUBLE                  | DOUBLE   | BOOLEAN      |
        | 2026     | water     | PSO     | KG         | scored       | 65.73863636363636       | 8.071518 | false        |
        | 2026     | pasture   | PSO     | KG         | scored       | 48.2                    | 5.0      | false        |
        | 2026     | ditch     | PSO     | KG         | insufficient |                         |          | false        |
        | 2026     | ao        | EXEC    | KG         | scored       | 61.0                    |          | false        |
        | 2026     | waste     | MUN     | KG         | scored       | 70.4                    |          | false        |
        | 2026     | road      | SUP     | KG         | insufficient |                         |          | false        |
        """,
        "round_type_weight",
        """
        | round_id | type    | weight |
        | VARCHAR  | VARCHAR | DOUBLE |
        | 2026     | EXEC    | 35     |
        | 2026     | MUN     | 25     |
        | 2026     | PSO     | 25     |
        | 2026     | SUP     | 15     |
        """,
    )
    db.execute(read_sql("type_score"))
    db.execute(read_sql("aimak_score"))
    types = {
        row[0]: row[1:]
        for row in db.sql("SELECT type, n_objects, round(score, 4), round(se, 4) FROM type_score").fetchall()
    }
    assert types["PSO"] == (2, 56.9693, 4.7474)
    assert types["SUP"] == (0, None, None)
    assert db.sql("SELECT n_objects, round(score, 4), band, status FROM aimak_score").fetchall() == [
        (4, 62.5792, "good", "scored")
    ]
    [(se,)] = db.sql("SELECT se FROM aimak_score").fetchall()
    assert se == pytest.approx(25 * 4.7474 / 85, abs=1e-4)


def test_an_aimak_without_its_executive_body_has_no_score() -> None:
    db = load(
        "type_score",
        """
        | round_id | type    | aimak_code | n_objects | score  | se     | status       |
        | VARCHAR  | VARCHAR | VARCHAR    | BIGINT    | DOUBLE | DOUBLE | VARCHAR      |
        | none     | EXEC    | KG         | 0         |        |        | insufficient |
        | none     | MUN     | KG         | 3         | 70     | 1      | scored       |
        | none     | PSO     | KG         | 2         | 50     | 1      | scored       |
        | alone    | EXEC    | KG         | 1         | 61     | 1      | scored       |
        | both     | EXEC    | KG         | 1         | 60     | 3      | scored       |
        | both     | SUP     | KG         | 1         | 40     | 4      | scored       |
        """,
        "round_type_weight",
        """
        | round_id | type    | weight |
        | VARCHAR  | VARCHAR | DOUBLE |
        | none     | EXEC    | 35     |
        | none     | MUN     | 25     |
        | none     | PSO     | 25     |
        | alone    | EXEC    | 35     |
        | both     | EXEC    | 1      |
        | both     | SUP     | 1      |
        """,
    )
    db.execute(read_sql("aimak_score"))
    assert db.sql("SELECT round_id, n_objects, score, se, status FROM aimak_score ORDER BY 1").fetchall() == [
        ("alone", 0, None, None, "insufficient"),
        ("both", 2, 50.0, 2.5, "scored"),
        ("none", 0, None, None, "insufficient"),
    ]


@pytest.mark.parametrize(
    "name", [*FROZEN, "selection", "computed_answer", "round_indicator", "stream_variance"]
)
def test_every_column_of_a_result_is_described(
    name: str, evaluation: Evaluation, frozen: FrozenRound
) -> None:
    table = read_table(name)
    with evaluation.read() as db, computed(db, "2026-1", frozen.as_of):
        assert db.sql(f"FROM temp.{name}").columns == [*table.grain, *table.columns]
    assert all(text.en for text in table.described.values())


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_table_has_the_columns_of_its_result(name: str) -> None:
    with duckdb.connect() as db:
        db.execute((Path(__file__).parents[2] / "analytics" / "reading.sql").read_text("utf-8"))
        lay_out(db)
        assert db.sql(f"FROM frozen_{name}").columns == [*read_table(name).described]
