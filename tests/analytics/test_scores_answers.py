"""What an answer is, before it is a number (domain 4.0, 5.1, 5.7.1 to 5.7.8).

- Every scale gives its points; a number is clipped at its anchors, in both directions.
- Hidden by a condition is NA; present and empty, or absent without a condition, is missing.
- A companion says why a number is absent. What is off the scale counts as missing, and is flagged.
- An indicator is not applicable when all answers are NA, or when the subtype is not concerned.
- A value of the system counts once, without variance.
- Missing evidence, disagreement and little information are flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from analytics.scoring import computed as scores_of
from tests.evaluation import Evaluation
from tests.questionnaire import companion, computed, question, questionnaire

Answers = Mapping[str, object]
Found = dict[str, object]


@pytest.fixture
def evaluation(tmp_path: Path) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path)
    yield evaluation
    evaluation.warehouse.close()


def indicators(
    evaluation: Evaluation,
    workbook: str,
    *answers: Answers,
    stream: str = "C",
    object_type: str = "PSO",
    **registered: object,
) -> dict[str, Found]:
    """Indicator -> its row, after these sheets about one object were accepted."""
    form_id = evaluation.form(workbook)
    evaluation.object("thing", object_type, **registered)  # type: ignore[arg-type]
    evaluation.round("r", {form_id: object_type}, ["thing"])
    for member, given in enumerate(answers, start=10):
        evaluation.submission(form_id, {"stream": stream, "object": "thing", **given}, "r", actor=member)
    return scored(evaluation, evaluation.close("r"))


def scored(evaluation: Evaluation, as_of: int) -> dict[str, Found]:
    with evaluation.read() as db, scores_of(db, "r", as_of):
        found = db.execute("FROM temp.indicator_score")
        names = [column[0] for column in found.description]
        return {row[2]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


POINTS = {
    "S5": {"1": 0, "2": 25, "3": 50, "4": 75, "5": 100},
    "F5+": {"1": 0, "2": 25, "3": 50, "4": 75, "5": 100},
    "F5-": {"1": 100, "2": 75, "3": 50, "4": 25, "5": 0},
    "Y3": {"yes": 100, "partly": 50, "no": 0},
    "Y2": {"yes": 100, "no": 0},
    "Y2-": {"yes": 0, "no": 100},
    "T3": {"improved": 100, "unchanged": 50, "worsened": 0, "better": 100, "same": 50, "worse": 0},
    "own": {"bad": 0, "middling": 40, "fine": 100},
}


def test_a_choice_has_the_points_of_its_scale(evaluation: Evaluation) -> None:
    codes = {f"q{n}": points for n, points in enumerate(POINTS.values())}
    form = evaluation.form(questionnaire(*(question(f"q{n}", scale) for n, scale in enumerate(POINTS))))
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    sheets = [{q: [*points][n] if n < len(points) else "" for q, points in codes.items()} for n in range(6)]
    sent = {
        evaluation.submission(form, {"stream": "C", "object": "thing", **sheet}, "r"): sheet
        for sheet in sheets
    }
    as_of = evaluation.close("r")
    with evaluation.read() as db, scores_of(db, "r", as_of):
        rows = db.sql(
            "SELECT submission_seq, indicator_code, y FROM temp.indicator_answer WHERE y IS NOT NULL"
        )
        found = {(code, sent[seq][code]): y for seq, code, y in rows.fetchall()}
    assert found == {(q, choice): y for q, points in codes.items() for choice, y in points.items()}


def test_a_number_is_linear_between_its_anchors_and_clipped_outside(evaluation: Evaluation) -> None:
    cases = [
        ("100", "0", "40", 40),
        ("0", "60", "15", 75),
        ("24", "4", "30", 100),
        ("24", "4", "1", 0),
        ("1", "7", "10", 0),
        ("1", "7", "0", 100),
        ("20", "40", "25.5", 72.5),
    ]
    workbook = questionnaire(
        *(question(f"q{n}", "NUM", "O", best=best, worst=worst) for n, (best, worst, *_) in enumerate(cases))
    )
    found = indicators(evaluation, workbook, {f"q{n}": case[2] for n, case in enumerate(cases)}, stream="O")
    assert [found[f"q{n}"]["score"] for n in range(len(cases))] == [case[3] for case in cases]


def test_non_answers_are_counted_apart_and_never_zero(evaluation: Evaluation) -> None:
    answers = [
        *({"q": "5"} for _ in range(5)),
        {"q": "DK"},
        {"q": "REF"},
        {"q": "NA"},
        {"q": ""},
        {"q": None},
    ]
    row = indicators(evaluation, questionnaire(question("q", "S5")), *answers)["q"]
    assert [row[n] for n in ("n_asked", "n_valid", "n_na", "n_dk", "n_ref", "n_missing")] == [
        9,
        5,
        1,
        1,
        1,
        2,
    ]
    assert row["score"] == 100


def test_what_a_condition_hid_is_not_applicable_and_what_was_left_empty_is_missing(
    evaluation: Evaluation,
) -> None:
    workbook = questionnaire(
        question("used", type="text"),
        question("shown", "S5"),
        question("hidden", "S5", relevant="${used} = 'yes'"),
        {"type": "begin_group", "name": "g", "label": "g", "relevant": "${used} = 'yes'"},
        question("in_group", "S5"),
        {"type": "end_group"},
    )
    absent = {"used": "no", "shown": None, "hidden": None, "in_group": None}
    empty = {"used": "yes", "shown": "", "hidden": "", "in_group": ""}
    found = indicators(evaluation, workbook, absent, absent, empty)
    counts = {code: (row["n_na"], row["n_missing"], row["status"]) for code, row in found.items()}
    assert counts == {
        "shown": (0, 3, "not_scored"),
        "hidden": (2, 1, "not_scored"),
        "in_group": (2, 1, "not_scored"),
    }


def test_a_condition_counts_in_the_version_that_was_filled_in(evaluation: Evaluation) -> None:
    plain = questionnaire(question("used", type="text"), question("q", "S5"), version="1")
    conditional = questionnaire(
        question("used", type="text"), question("q", "S5", relevant="${used} = 'yes'"), version="2"
    )
    evaluation.form(conditional)
    form = evaluation.form(plain)
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    absent = {"stream": "C", "object": "thing", "used": "no", "q": None}
    evaluation.submission(form, absent, "r", version="1")
    evaluation.submission(form, absent, "r", version="2")
    evaluation.submission(form, absent, "r", version="2")
    row = scored(evaluation, evaluation.close("r"))["q"]
    assert (row["n_na"], row["n_missing"]) == (2, 1)


def test_a_companion_says_why_a_number_is_absent(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        companion("q_na", "q"), question("q", "NUM", best="0", worst="10", relevant="${q_na} = ''")
    )
    answers = [
        {"q_na": "DK", "q": None},
        {"q_na": "REF", "q": None},
        {"q_na": "NA", "q": None},
        {"q_na": "", "q": ""},
        {"q_na": "", "q": "5"},
        {"q_na": "forgot", "q": None},  # a reason that is none: off the scale
    ]
    row = indicators(evaluation, workbook, *answers)["q"]
    assert [row[n] for n in ("n_valid", "n_na", "n_dk", "n_ref", "n_missing")] == [1, 1, 1, 1, 2]
    assert row["off_scale"] is True


def test_an_answer_off_the_scale_is_missing_and_flagged(evaluation: Evaluation) -> None:
    cases = [("S5", "6"), ("S5", "good"), ("Y3", "YES"), ("NUM", "-1"), ("NUM", "often"), ("NUM", "NaN")]
    full = {"S5": "5", "Y3": "yes", "NUM": "0"}
    anchors = {"NUM": {"best": "0", "worst": "10"}}
    workbook = questionnaire(
        *(question(f"q{n}", scale, "O", **anchors.get(scale, {})) for n, (scale, _) in enumerate(cases))
    )
    good = {f"q{n}": full[scale] for n, (scale, _) in enumerate(cases)}
    off = {f"q{n}": answer for n, (_, answer) in enumerate(cases)}
    found = indicators(evaluation, workbook, good, good, good, off, stream="O")
    for code, row in found.items():
        assert (row["n_valid"], row["n_missing"], row["off_scale"], row["score"]) == (3, 1, True, 100), code


def test_na_is_taken_where_the_question_does_not_offer_it(evaluation: Evaluation) -> None:
    workbook = questionnaire(question("q", "S5")).replace(
        "| s5 | NA | NA |  | NA |", "| s5 | none | none |  | NA |"
    )
    row = indicators(evaluation, workbook, {"q": "NA"}, {"q": "none"})["q"]
    assert (row["n_na"], row["off_scale"], row["status"]) == (2, False, "not_applicable")


def test_questions_may_be_called_like_our_own_columns(evaluation: Evaluation) -> None:
    ours = (
        "subtype",
        "object_id",
        "round_id",
        "version",
        "submission_seq",
        "answer_1",
        "y",
        "corrected_1",
        "form_id",
    )
    workbook = questionnaire(
        *(question(name, "Y2", "O", evidence_of="") for name in ours),
        question("seen", type="text", evidence_of=" ".join(ours)),
    )
    found = indicators(evaluation, workbook, {**dict.fromkeys(ours, "yes"), "seen": "a photo"}, stream="O")
    assert {code: row["score"] for code, row in found.items()} == dict.fromkeys(ours, 100)


def test_one_answer_that_is_not_na_makes_an_indicator_applicable(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        *(question(name, "Y3", "O") for name in ("all_na", "one_dk", "one_empty", "one_valid"))
    )
    na = dict.fromkeys(("all_na", "one_dk", "one_empty", "one_valid"), "NA")
    found = indicators(
        evaluation, workbook, na, {**na, "one_dk": "DK", "one_empty": "", "one_valid": "yes"}, stream="O"
    )
    assert {code: row["status"] for code, row in found.items()} == {
        "all_na": "not_applicable",
        "one_dk": "not_scored",
        "one_empty": "not_scored",
        "one_valid": "scored",
    }


def test_a_stream_without_submissions_leaves_its_indicators_not_scored(evaluation: Evaluation) -> None:
    found = indicators(
        evaluation, questionnaire(question("c", "S5"), question("o", "Y2", "O")), {"o": "yes"}, stream="O"
    )
    assert (found["c"]["status"], found["o"]["status"]) == ("not_scored", "scored")


def test_answers_of_the_other_stream_do_not_count(evaluation: Evaluation) -> None:
    found = indicators(
        evaluation, questionnaire(question("c", "Y2"), question("o", "Y2", "O")), {"c": "no", "o": "yes"}
    )
    assert (found["c"]["n_valid"], found["o"]["n_valid"]) == (1, 0)


def test_a_subtype_that_is_not_concerned_is_not_applicable_whatever_was_answered(
    evaluation: Evaluation,
) -> None:
    workbook = questionnaire(
        question("for_all", "Y2", "O"),
        question("for_dwu", "Y2", "O", subtypes="dwu"),
        question("for_wua", "Y2", "O", subtypes="wua"),
        question("in_wua", "Y2", "O", criterion="W"),
        criteria="K:60 W:40:wua",
    )
    yes = dict.fromkeys(("for_all", "for_dwu", "for_wua", "in_wua"), "yes")
    found = indicators(evaluation, workbook, yes, stream="O", subtype="dwu")
    assert {code: (row["status"], row["n_valid"]) for code, row in found.items()} == {
        "for_all": ("scored", 1),
        "for_dwu": ("scored", 1),
        "for_wua": ("not_applicable", 0),
        "in_wua": ("not_applicable", 0),
    }


def test_the_growth_of_a_contract_is_computed_once_and_without_variance(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        computed("growth", "contract_growth", "0", "15"),
        computed("on_time", "recommendations_on_time", "100", "0"),
        question("seen", "Y2", "O"),
        object_type="SUP",
    )
    found = indicators(
        evaluation, workbook, {"seen": "yes"}, stream="O", object_type="SUP", subtype="works",
        sum_initial_som=1_000_000, sum_final_som=1_030_000,
    )  # fmt: skip
    growth = found["growth"]
    assert (growth["n_valid"], growth["score"], growth["se"]) == (1, pytest.approx(80), None)
    assert found["on_time"]["status"] == "not_applicable"  # the system has none


def test_a_contract_that_became_cheaper_has_not_grown(evaluation: Evaluation) -> None:
    workbook = questionnaire(computed("growth", "contract_growth", "0", "15"), object_type="SUP")
    found = indicators(
        evaluation, workbook, object_type="SUP", subtype="works", sum_initial_som=100, sum_final_som=90
    )  # fmt: skip
    assert found["growth"]["score"] == 100


def test_an_observed_answer_without_its_evidence_is_unverified(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        question("fact", "Y3", "O"),
        question("rating", "S5", "O"),
        question("bare", "Y3", "O"),  # nothing is evidence of it, so it never is unverified
        question("photo", type="image", evidence_of="fact rating"),
        question("title", type="text", evidence_of="fact"),
        question("place", type="geopoint", evidence_of="fact"),
    )
    good = {"fact": "yes", "rating": "5", "bare": "yes", "photo": "", "title": "", "place": ""}
    sheets: dict[str, tuple[Answers, ...]] = {
        "nothing": (good,),
        "plain step": ({**good, "rating": "4"},),  # steps 3 and 4 need none
        "photo": ({**good, "photo": "1.jpg"},),
        "document": ({**good, "title": "act", "rating": "3"},),
        "position": ({**good, "place": "42.8 74.6 700 12", "rating": "3"},),
        "vague position": ({**good, "place": "42.8 74.6 700 900", "rating": "3"},),
        "no answer": ({**good, "fact": "NA", "rating": ""},),
        "one of two": ({**good, "photo": "1.jpg"}, {**good, "rating": "3"}),
    }
    form = evaluation.form(workbook)
    for object_id in sheets:
        evaluation.object(object_id)
    evaluation.round("r", {form: "PSO"}, [*sheets])
    for object_id, answers in sheets.items():
        for member, sheet in enumerate(answers, start=10):
            evaluation.submission(form, {"stream": "O", "object": object_id, **sheet}, "r", actor=member)
    as_of = evaluation.close("r")
    with evaluation.read() as db, scores_of(db, "r", as_of):
        rows = db.sql(
            "SELECT object_id, indicator_code FROM temp.indicator_score WHERE unverified"
        ).fetchall()
    assert {object_id: {code for thing, code in rows if thing == object_id} for object_id in sheets} == {
        "nothing": {"fact", "rating"},
        "plain step": {"fact"},
        "photo": set(),
        "document": set(),
        "position": set(),
        "vague position": {"fact"},
        "no answer": set(),
        "one of two": {"fact"},
    }


def test_facts_of_one_visit_may_disagree_and_ratings_may_not(evaluation: Evaluation) -> None:
    workbook = questionnaire(
        question("fact", "Y3", "O"),
        question("number", "NUM", "O", best="0", worst="10"),
        question("rating", "S5", "O"),
        question("changing", "Y2", "O"),
    )
    day, later = "2026-03-03", "2026-03-04"
    found = indicators(
        evaluation,
        workbook,
        {"visit": day, "fact": "yes", "number": "11", "rating": "1", "changing": "no"},
        {"visit": day, "fact": "partly", "number": "12", "rating": "5", "changing": "no"},
        {"visit": later, "fact": "yes", "number": "3", "rating": "5", "changing": "yes"},
        stream="O",
    )
    # 11 and 12 are both clipped to no points: the raw answers differ all the same
    assert {code for code, row in found.items() if row["disagreement"]} == {"fact", "number"}


def test_little_information_is_more_than_half_of_those_asked(evaluation: Evaluation) -> None:
    answers = [{"half": "5", "more": "5"}] * 5 + [{"half": "DK", "more": "DK"}] * 5
    answers += [{"half": "NA", "more": "REF"}] + [{"half": "NA", "more": "NA"}] * 20
    found = indicators(evaluation, questionnaire(question("half", "S5"), question("more", "S5")), *answers)
    assert {code: row["little_information"] for code, row in found.items()} == {"half": False, "more": True}


def test_a_share_of_positive_answers_has_wilsons_interval(evaluation: Evaluation) -> None:
    workbook = questionnaire(question("q", "Y2"), question("mood", "S5"), question("often", "F5+"))
    answers = [*[{"q": "yes", "mood": "4", "often": "5"}] * 18, *[{"q": "no", "mood": "3", "often": "5"}] * 6]
    found = indicators(evaluation, workbook, *answers)
    for code in ("q", "mood"):
        shares = [found[code][name] for name in ("share_positive", "share_low", "share_high")]
        assert [round(float(str(share)), 1) for share in shares] == [75.0, 55.1, 88.0]
    assert found["often"]["share_positive"] is None


def test_a_corrected_value_of_an_observation_sheet_counts_instead_of_what_was_sent(
    evaluation: Evaluation,
) -> None:
    workbook = questionnaire(
        question("fact", "Y2", "O"), question("number", "NUM", "O", best="100", worst="0")
    )
    form = evaluation.form(workbook)
    evaluation.object("thing")
    evaluation.round("r", {form: "PSO"}, ["thing"])
    sheet = {"stream": "O", "object": "thing", "fact": "no", "number": "10"}
    seq = evaluation.submission(form, sheet, "r")
    evaluation.decide(seq, "corrected", question="fact", old="no", new="yes")
    evaluation.decide(seq, "corrected", question="number", old="10", new="30")
    evaluation.decide(seq, "corrected", question="number", old="30", new="40")
    as_of = evaluation.close("r")
    evaluation.decide(seq, "corrected", question="fact", old="yes", new="no")  # after the closing
    found = scored(evaluation, as_of)
    assert (found["fact"]["score"], found["number"]["score"]) == (100, 40)
