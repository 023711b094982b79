"""Closing a round, and what may be seen before.

- freeze is a function of the reading as of one record: repeated, or later, it gives the same bytes.
- Canonical CSV: ordered by key, six decimals, half away from zero; what is loaded again is what was frozen.
- The method holds form versions, weights and thresholds, in JSON without fractions.
- While a round is open there are counts, and indicators of stream O; nothing with stream C in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import msgspec
import pytest

from analytics import rounds
from analytics.canonical import read_csv, write_csv
from analytics.rounds import FROZEN, freeze, load_frozen, mostly_empty_sheets, open_counts, open_observations
from analytics.scoring import RoundUnknown
from tests import worked_example as example
from tests.evaluation import Evaluation


@pytest.fixture
def evaluation(tmp_path: Path) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path)
    evaluation.form(example.WORKBOOK)
    evaluation.object(example.OBJECT_ID, "PSO", "dwu")
    evaluation.object("second", "PSO", "dwu")
    evaluation.round("2026-1", {example.FORM_ID: "PSO"}, [example.OBJECT_ID, "second"])
    for answers in example.CITIZENS:
        evaluation.submission(example.FORM_ID, answers, "2026-1")
    for member, answers in enumerate(example.OBSERVERS, start=20):
        evaluation.submission(example.FORM_ID, answers, "2026-1", actor=member)
    yield evaluation
    evaluation.warehouse.close()


def test_a_round_frozen_again_after_more_was_loaded_gives_the_same_bytes(evaluation: Evaluation) -> None:
    waiting = evaluation.submission(example.FORM_ID, example.CITIZENS[0], "2026-1", state=None)
    closed = evaluation.close("2026-1")
    with evaluation.read() as db:
        first = freeze(db, "2026-1", closed)
    evaluation.decide(waiting, "accepted")
    evaluation.decide(closed - 2, "void")
    evaluation.submission(example.FORM_ID, example.CITIZENS[1], "2026-1")
    evaluation.object(example.OBJECT_ID, "PSO", "wua", name_ky="renamed")
    evaluation.object("second", "MUN", "water")
    with evaluation.read() as db:
        assert freeze(db, "2026-1", closed) == first


def test_what_was_frozen_is_what_is_loaded_again(evaluation: Evaluation) -> None:
    frozen = evaluation.freeze("2026-1")
    with evaluation.read() as db:
        again = {name: write_csv(db, f"frozen_{name}", _grain(name)) for name in FROZEN}
        assert again == frozen.tables
        with duckdb.connect() as other:
            other.execute((Path(rounds.__file__).parent / "reading.sql").read_text("utf-8"))
            rounds.lay_out(other)
            for _ in range(2):  # loaded twice, it stands there once
                load_frozen(other, "2026-1", frozen.tables)
            assert {
                name: write_csv(other, f"frozen_{name}", _grain(name)) for name in FROZEN
            } == frozen.tables


def _grain(name: str) -> list[str]:
    return [*rounds.read_table(name).grain]


def test_tables_of_another_version_are_read_by_the_names_of_their_columns(evaluation: Evaluation) -> None:
    with evaluation.read(), duckdb.connect() as db:
        db.execute((Path(rounds.__file__).parent / "reading.sql").read_text("utf-8"))
        rounds.lay_out(db)
        older = b"status,score,object_id,round_id,forgotten\nscored,61.500000,ao,2020,x\n"
        load_frozen(db, "2020", {"object_score": older, "unheard_of": b"a\n1\n"})
        found = db.sql("SELECT round_id, object_id, status, score, se FROM frozen_object_score").fetchall()
    assert found == [("2020", "ao", "scored", 61.5, None)]


def test_canonical_numbers_are_rounded_half_away_from_zero_to_six_decimals() -> None:
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE made AS SELECT *"
            " FROM (VALUES (3, 1/128, 'a,\"b\"'), (1, -1/128, NULL), (2, -1e-9, 'ө'))"
            " AS made (key, number, words)"
        )
        assert write_csv(db, "made", ["key"]).decode() == (
            'key,number,words\n1,-0.007813,\n2,0.000000,ө\n3,0.007813,"a,""b"""\n'
        )


def test_the_order_of_adding_does_not_decide_a_half() -> None:
    with duckdb.connect() as db:
        half = "37.4609375"
        db.execute(f"CREATE TABLE made AS SELECT unnest([{half} - 2e-14, {half}, {half} + 2e-14]) AS n")
        assert write_csv(db, "made", ["n"]).decode().split() == ["n", "37.460938", "37.460938", "37.460938"]


def test_a_cell_that_would_be_a_formula_is_defused_only_on_the_way_out() -> None:
    with duckdb.connect() as db:
        db.execute("CREATE TABLE made AS SELECT unnest(['=1+1', '+1', '-1', '@a', 'plain', '1=1']) AS words")
        assert write_csv(db, "made", ["words"], guarded=True).decode().splitlines()[1:] == [
            "'+1", "'-1", "1=1", "'=1+1", "'@a", "plain",
        ]  # fmt: skip
        assert b"\n=1+1\n" in write_csv(db, "made", ["words"])


def test_the_method_names_versions_weights_and_thresholds_without_fractions(evaluation: Evaluation) -> None:
    method = evaluation.freeze("2026-1").method
    assert method["type_weights"] == {"EXEC": 35, "MUN": 25, "PSO": 25, "SUP": 15}
    [form] = msgspec.convert(method["forms"], type=list[dict[str, object]])
    assert (form["form_id"], form["version"], form["object_type"]) == (
        example.FORM_ID,
        example.VERSION,
        "PSO",
    )
    criteria = msgspec.convert(form["criteria"], type=list[dict[str, object]])
    assert {row["criterion_code"]: row["weight"] for row in criteria} == {
        "D6": 25, "D2": 15, "D5": 15,
    }  # fmt: skip
    assert b"." not in msgspec.json.encode(_numbers(method))


def _numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if isinstance(value, int | float) else []


def test_an_open_round_gives_counts(evaluation: Evaluation) -> None:
    for state in (None, "returned", "void", "void"):
        evaluation.submission(example.FORM_ID, example.CITIZENS[0], "2026-1", state=state)
    original = evaluation.submission(example.FORM_ID, example.CITIZENS[0], "2026-1")
    evaluation.submission(example.FORM_ID, example.CITIZENS[1], "2026-1", edits=original, state=None)
    with evaluation.read() as db:
        counts = open_counts(db, "2026-1")
        with pytest.raises(RoundUnknown):
            open_counts(db, "1999")
    found = {
        (one.object_id, one.stream): (one.received, one.accepted, one.returned, one.void) for one in counts
    }
    assert found == {
        (example.OBJECT_ID, "C"): (2, 6, 1, 2),
        (example.OBJECT_ID, "O"): (0, 3, 0, 0),
        ("second", "C"): (0, 0, 0, 0),
        ("second", "O"): (0, 0, 0, 0),
    }


def test_an_open_round_gives_indicators_of_stream_o_and_nothing_of_stream_c(evaluation: Evaluation) -> None:
    with evaluation.read() as db:
        found = open_observations(db, "2026-1")
        assert not db.sql("SELECT 1 FROM duckdb_tables() WHERE temporary").fetchall()
    assert [asdict(one) for one in found if one.object_id == example.OBJECT_ID] == [
        {"object_id": example.OBJECT_ID, "indicator_code": "D6d.4", "n_valid": 3,
         "score": pytest.approx(83.333333), "flags": ("disagreement",)},
        {"object_id": example.OBJECT_ID, "indicator_code": "D5.1", "n_valid": 3,
         "score": pytest.approx(58.333333), "flags": ()},
    ]  # fmt: skip
    assert {one.indicator_code for one in found} == {"D6d.4", "D5.1", "D5.3"}


def test_a_reviewer_is_told_which_sheets_are_mostly_empty(evaluation: Evaluation) -> None:
    empty = example.citizen("", "DK", "", "", "", "", "")
    found = {
        evaluation.submission(example.FORM_ID, empty, "2026-1", state=state) for state in (None, "returned")
    }
    evaluation.submission(example.FORM_ID, empty, None, state=None)  # of no round
    with evaluation.read() as db:
        assert mostly_empty_sheets(db, "2026-1") == found


def test_nothing_of_the_computing_stays_behind(evaluation: Evaluation) -> None:
    closed = evaluation.close("2026-1")
    with evaluation.read() as db:
        freeze(db, "2026-1", closed)
        assert not db.sql("SELECT 1 FROM duckdb_tables() WHERE temporary").fetchall()
        with pytest.raises(RoundUnknown):
            freeze(db, "1999", closed)
        assert not db.sql("SELECT 1 FROM duckdb_tables() WHERE temporary").fetchall()


def test_frozen_tables_name_no_submission_and_no_person(evaluation: Evaluation) -> None:
    frozen = evaluation.freeze("2026-1")
    for table in frozen.tables.values():
        assert not {"submission_seq", "instance_id", "token", "observer", "submitter_id"} & set(
            read_csv(table)
        )
