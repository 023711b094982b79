"""Which submissions count (domain 5.1.1, 5.7.9 to 5.7.14), and at which visit.

- Only accepted ones, as of the record that closed the round; the latest per token, object and stream.
- An edit has the key of its original and a review state of its own.
- In stream O the visit is a part of the key; a cumulative fact counts at its last visit alone.
- Focus groups never count; a round comes from the record or from a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.scoring import computed as scores_of
from tests.evaluation import Evaluation
from tests.questionnaire import question, questionnaire


@pytest.fixture
def evaluation(tmp_path: Path) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path)
    form = evaluation.form(questionnaire(question("c", "Y2"), question("o", "Y2", "O")))
    for object_id in ("thing", "other"):
        evaluation.object(object_id)
    evaluation.round("r", {form: "PSO"}, ["thing"])
    yield evaluation
    evaluation.warehouse.close()


def citizen(evaluation: Evaluation, token: str = "", **how: object) -> int:
    values = {"stream": "C", "object": "thing", "token": token, "c": "yes"}
    return evaluation.submission("q", values, "r", **how)  # type: ignore[arg-type]


def observer(evaluation: Evaluation, actor: int, visit: str = "", **how: object) -> int:
    values = {"stream": "O", "object": "thing", "visit": visit, "o": "yes"}
    return evaluation.submission("q", values, "r", actor=actor, **how)  # type: ignore[arg-type]


def selected(evaluation: Evaluation, as_of: int | None = None) -> set[int]:
    as_of = as_of or evaluation.close("r")
    with evaluation.read() as db, scores_of(db, "r", as_of):
        return {seq for (seq,) in db.sql("SELECT submission_seq FROM temp.selection").fetchall()}


def test_only_accepted_submissions_count(evaluation: Evaluation) -> None:
    accepted = citizen(evaluation)
    citizen(evaluation, state=None)
    citizen(evaluation, state="returned")
    citizen(evaluation, state="void")
    taken_back = citizen(evaluation)
    evaluation.decide(taken_back, "received")
    put_right = citizen(evaluation, state="void")
    evaluation.decide(put_right, "accepted")
    assert selected(evaluation) == {accepted, put_right}


def test_of_one_token_the_latest_accepted_counts_and_after_a_void_the_earlier_again(
    evaluation: Evaluation,
) -> None:
    citizen(evaluation, "once")
    twice = citizen(evaluation, "once")
    earlier = citizen(evaluation, "voided")
    citizen(evaluation, "voided", state="void")
    # decided on in the other order: the latest is the one received last
    first = citizen(evaluation, "late", state=None)
    last = citizen(evaluation, "late")
    evaluation.decide(first, "accepted")
    assert selected(evaluation) == {twice, earlier, last}


def test_without_a_token_submissions_never_replace_each_other(evaluation: Evaluation) -> None:
    assert selected(evaluation, None) == set()
    three = {citizen(evaluation, actor=5) for _ in range(3)}  # one enumerator
    assert selected(evaluation) == three


def test_a_token_counts_once_in_each_stream(evaluation: Evaluation) -> None:
    values = {"object": "thing", "token": "paper slip"}
    c = evaluation.submission("q", {**values, "stream": "C", "c": "yes"}, "r", actor=9)
    o = evaluation.submission("q", {**values, "stream": "O", "o": "yes"}, "r", actor=9)
    assert selected(evaluation) == {c, o}


def test_an_observer_counts_once_per_visit(evaluation: Evaluation) -> None:
    observer(evaluation, 1, "2026-03-02")
    again = observer(evaluation, 1, "2026-03-02")
    later = observer(evaluation, 1, "2026-03-09")
    second = observer(evaluation, 2, "2026-03-02")
    observer(evaluation, 3)
    without_a_day = observer(evaluation, 3)
    as_of = evaluation.close("r")
    assert selected(evaluation, as_of) == {again, later, second, without_a_day}
    with evaluation.read() as db, scores_of(db, "r", as_of):
        assert db.sql("SELECT n_citizens, n_observers FROM temp.object_score").fetchall() == [(0, 3)]


def test_an_edit_has_the_key_of_its_original_and_a_review_state_of_its_own(evaluation: Evaluation) -> None:
    original = citizen(evaluation)
    accepted_edit = citizen(evaluation, edits=original)
    kept = citizen(evaluation)
    citizen(evaluation, edits=kept, state=None)
    sheet = observer(evaluation, 1, "2026-03-02")
    moved = observer(evaluation, 4, "2026-03-05", edits=sheet)  # by another person, with another day
    replaced = citizen(evaluation, "slip")
    edit_of_it = citizen(evaluation, edits=replaced)  # the slip's number was left out
    newest = citizen(evaluation, "slip")
    assert selected(evaluation) == {accepted_edit, kept, moved, newest}
    assert edit_of_it < newest


def test_decisions_and_submissions_after_the_closing_record_do_not_count(evaluation: Evaluation) -> None:
    counted, undecided, voided_later = (
        citizen(evaluation),
        citizen(evaluation, state=None),
        citizen(evaluation),
    )
    closed = evaluation.close("r")
    evaluation.decide(undecided, "accepted")
    evaluation.decide(voided_later, "void")
    citizen(evaluation)
    assert selected(evaluation, closed) == {counted, voided_later}


def test_a_decision_gives_a_submission_its_round_or_takes_it(evaluation: Evaluation) -> None:
    queued = evaluation.submission("q", {"stream": "C", "object": "thing", "c": "yes"}, None)
    assigned = evaluation.submission("q", {"stream": "C", "object": "thing", "c": "yes"}, None)
    evaluation.decide(assigned, "assigned", round_id="r")
    moved_away = citizen(evaluation)
    evaluation.decide(moved_away, "assigned", round_id="elsewhere")
    assert selected(evaluation) == {assigned}
    assert queued


def test_focus_groups_and_objects_outside_the_round_never_count(evaluation: Evaluation) -> None:
    evaluation.submission("q", {"stream": "C", "object": "thing", "method": "focus_group", "c": "yes"}, "r")
    evaluation.submission("q", {"stream": "C", "object": "other", "c": "yes"}, "r")
    evaluation.submission("q", {"stream": "", "object": "thing", "c": "yes"}, "r")
    survey = evaluation.submission(
        "q", {"stream": "C", "object": "thing", "method": "survey", "c": "yes"}, "r"
    )
    assert selected(evaluation) == {survey}


def test_repeated_visits_are_averaged_and_cumulative_facts_count_at_the_last(tmp_path: Path) -> None:
    evaluation = Evaluation(tmp_path / "visits")
    grows = {"best": "100", "worst": "0", "cumulative": "yes"}
    workbook = questionnaire(
        question("mean", "NUM", "O", best="100", worst="0"),
        question("latest", "NUM", "O", **grows),
        question("asked_in_vain", "Y3", "O", cumulative="yes"),
    )
    form = evaluation.form(workbook)
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"], kind="monitoring_continuous")
    for actor, visit, number, latest in (
        (1, "2026-03-02", "10", "20"),
        (2, "2026-03-02", "20", "20"),
        (1, "2026-03-09", "40", "50"),
        (2, "2026-03-09", "50", "70"),
        (3, "2026-03-09", "", "many"),
        (1, "2026-03-16", "60", ""),  # a later visit without a valid answer is not the last one
    ):
        sheet = {"visit": visit, "mean": number, "latest": latest, "asked_in_vain": "DK"}
        evaluation.submission(form, {"stream": "O", "object": "thing", **sheet}, "r", actor=actor)
    as_of = evaluation.close("r")
    with evaluation.read() as db, scores_of(db, "r", as_of):
        rows = db.sql(
            "SELECT indicator_code, score, n_valid, n_dk, n_missing, disagreement, off_scale"
            " FROM temp.indicator_score"
        ).fetchall()
    assert {row[0]: row[1:] for row in rows} == {
        "mean": (36.0, 5, 0, 1, True, False),
        "latest": (60.0, 2, 0, 1, True, True),
        "asked_in_vain": (None, 0, 6, 0, False, False),
    }
    evaluation.warehouse.close()
