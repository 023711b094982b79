"""The worked example of the method (domain 5.6) through the front door: workbook, phones, decisions, scores.

- Every printed figure stands in the public JSON and in the open-data files.
- Of two sheets with one token the latest accepted counts; void, returned and undecided ones do not.
- A sensitive question enters its criterion with ten answers.
- A criterion that concerns nobody leaves the others with their own weights.
- Numbers are clipped at both anchors; the band is that of the rounded score.
- The trend compares what was scored in both rounds, with the weights of now.
- What is hidden cannot be found in, or computed from, anything public.
- Nothing of a round is public before it is published.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping

import pytest

from tests import worked_example as example
from tests.journeys.front_door import FrontDoor, Json, Row
from tests.journeys.reference import ITEMS, figures
from tests.journeys.worked_rounds import (
    AFTER_VOID,
    DECIDED,
    DOUBLED,
    EXAMPLE,
    FORM,
    LATER_CITIZENS,
    LATER_OBSERVERS,
    MANY,
    MANY_CITIZENS,
    ONE_SHEET,
    SILENT,
    SILENT_TWIN,
    TWIN,
    hold_the_cases,
    hold_the_first,
    hold_the_second,
)


@pytest.fixture(scope="module")
def first_round(front_door: FrontDoor) -> FrontDoor:
    hold_the_first(front_door)
    return front_door


@pytest.fixture(scope="module")
def second_round(first_round: FrontDoor) -> FrontDoor:
    hold_the_second(first_round)
    return first_round


@pytest.fixture(scope="module")
def cases(front_door: FrontDoor) -> FrontDoor:
    hold_the_cases(front_door)
    return front_door


def row_of(rows: list[Row], **key: str) -> Row:
    [row] = [row for row in rows if all(row[name] == value for name, value in key.items())]
    return row


def indicators_of(result: Json) -> dict[str, Json]:
    return {
        each["indicator_code"]: each for criterion in result["criteria"] for each in criterion["indicators"]
    }


def result(door: FrontDoor, object_id: str, round_id: str = "2026-1") -> Json:
    return door.read(f"/v1/rounds/{round_id}/objects/{object_id}")


def score_in(door: FrontDoor, object_id: str) -> float:
    score: float = result(door, object_id, "cases")["object"]["score"]
    return score


# -- the printed figures


def test_the_object_is_as_printed(first_round: FrontDoor) -> None:
    shown = result(first_round, EXAMPLE)["object"]
    row = row_of(first_round.table("2026-1", "scores_object"), object_id=EXAMPLE)
    listed = next(
        each for each in first_round.read("/v1/rounds/2026-1")["objects"] if each["object_id"] == EXAMPLE
    )
    assert listed == shown
    for json_name, csv_name, digits, printed in (
        ("score", "score", 4, example.SCORE),
        ("coverage", "coverage", 4, example.COVERAGE),
        ("se", "se", 4, example.SE),
        ("df", "df", 0, example.DF),
        ("low", "ci_low", 1, example.LOW),
        ("high", "ci_high", 1, example.HIGH),
    ):
        assert round(shown[json_name], digits) == printed, json_name
        assert float(row[csv_name]) == shown[json_name], csv_name
    assert row["score"] == "65.738636"  # six decimals, as everything that is published
    assert (shown["band"], shown["precision"]) == (row["band"], row["precision"]) == ("good", "low")
    assert shown["flags"] == ["borderline"] == row["flags"].split(";")
    assert (shown["n_citizens"], shown["n_observers"], shown["form_version"]) == (6, 3, row["form_version"])
    assert (row["n_citizens"], row["n_observers"]) == ("6", "3")


def test_indicators_and_criteria_are_as_printed(first_round: FrontDoor) -> None:
    shown = result(first_round, EXAMPLE)
    rows = {
        row["indicator_code"]: row
        for row in first_round.table("2026-1", "scores_indicator")
        if row["object_id"] == EXAMPLE
    }
    found = indicators_of(shown)
    assert found.keys() == rows.keys() == example.INDICATORS.keys()
    hidden = {"not_scored": "suppressed"}  # its word for everyone
    for code, (n, score, se, status, _) in example.INDICATORS.items():
        each, row = found[code], rows[code]
        assert each["status"] == row["status"] == hidden.get(status, status), code
        assert (each["n_valid"] if status == "scored" else None) == (n if status == "scored" else None), code
        for name, printed in (("score", score), ("se", se)):
            assert (round(each[name], 4) if each[name] is not None else None) == printed, (code, name)
            assert row[name] == ("" if printed is None else f"{each[name]:.6f}"), (code, name)
    assert {code for code, each in found.items() if "disagreement" in each["flags"]} == {"D6d.4"}
    criteria = {each["criterion_code"]: each for each in shown["criteria"]}
    assert {
        code: (round(each["score"], 4), round(each["coverage"], 4)) for code, each in criteria.items()
    } == example.CRITERIA
    for row in first_round.table("2026-1", "scores_criterion"):
        if row["object_id"] == EXAMPLE:
            assert row["score"] == f"{criteria[row['criterion_code']]['score']:.6f}"


def test_the_codebook_tells_the_weights_that_were_used(first_round: FrontDoor) -> None:
    book = {row["indicator_code"]: row for row in first_round.table("2026-1", "codebook")}
    assert {
        code: (row["criterion_code"], row["stream"], int(row["n_min"])) for code, row in book.items()
    } == {code: (item.criterion, item.stream, item.n_min) for code, item in ITEMS.items()}
    assert (book["D6d.1"]["best"], book["D6d.1"]["worst"]) == ("24.000000", "4.000000")
    assert book["D6d.1"]["text_ky"] == "Суу суткасына канча саат келди?"


def test_the_object_is_read_on_its_page(first_round: FrontDoor) -> None:
    page = first_round.anyone.get(f"/rounds/2026-1/objects/{EXAMPLE}", params={"lang": "ky"})
    assert page.status_code == 200
    assert "65,7" in page.text
    assert "58,3333" not in page.text


def test_a_type_is_the_mean_of_its_objects(first_round: FrontDoor) -> None:
    objects = first_round.read("/v1/rounds/2026-1")["objects"]
    scored = [each for each in objects if each["score"] is not None]
    [group] = first_round.table("2026-1", "scores_type")
    assert int(group["n_objects"]) == len(scored) == 5
    assert float(group["score"]) == pytest.approx(sum(each["score"] for each in scored) / 5, abs=1e-6)
    error = math.sqrt(sum((each["se"] or 0) ** 2 for each in scored)) / 5
    assert float(group["se"]) == pytest.approx(error, abs=1e-6)
    aimak = first_round.read("/v1/rounds/2026-1")["aimak"]
    assert (aimak["score"], aimak["status"]) == (None, "insufficient")  # without its executive body


# -- further cases


def test_only_accepted_submissions_count(first_round: FrontDoor) -> None:
    """One void, one returned, one undecided; one accepted from the command line."""
    shown, example_shown = result(first_round, DECIDED), result(first_round, EXAMPLE)
    assert shown["criteria"] == example_shown["criteria"]
    assert shown["object"]["score"] == example_shown["object"]["score"]
    assert shown["object"]["n_citizens"] == 6


def test_with_one_sheet_facts_are_scored_and_ratings_are_not(first_round: FrontDoor) -> None:
    found = indicators_of(result(first_round, ONE_SHEET))
    assert (found["D6d.4"]["status"], found["D6d.4"]["score"], found["D6d.4"]["low"]) == ("scored", 100, None)
    assert (found["D5.3"]["status"], found["D5.3"]["se"]) == ("scored", None)
    assert (found["D5.1"]["status"], found["D5.1"]["score"]) == ("suppressed", None)


def test_a_sensitive_question_enters_with_ten_answers(first_round: FrontDoor) -> None:
    shown = result(first_round, MANY)
    found = indicators_of(shown)["D2.5"]
    assert (found["status"], found["n_valid"], found["score"]) == ("scored", 10, 60)
    assert (found["n_dk"], found["n_ref"], found["n_no_answer"]) == (None, None, 1)
    expected = figures(MANY_CITIZENS, example.OBSERVERS)
    assert "D2.5" in expected.scored
    assert shown["object"]["score"] == pytest.approx(expected.score, abs=1e-6)
    assert shown["object"]["se"] == pytest.approx(expected.se, abs=1e-6)


def test_too_little_is_insufficient_and_never_zero(first_round: FrontDoor) -> None:
    shown = result(first_round, SILENT)["object"]
    assert (shown["status"], shown["band"], shown["n_citizens"]) == ("insufficient", "insufficient", None)
    row = row_of(first_round.table("2026-1", "scores_object"), object_id=SILENT)
    assert {name for name, cell in row.items() if cell} == {
        "round_id", "object_id", "form_version", "n_observers", "coverage", "band",
    }  # fmt: skip
    page = first_round.anyone.get(f"/rounds/2026-1/objects/{SILENT}", params={"lang": "en"}).text
    assert "Insufficient data" in page
    assert "&lt;5" in page


def test_of_two_sheets_with_one_token_the_latest_accepted_counts(cases: FrontDoor) -> None:
    doubled = indicators_of(result(cases, DOUBLED, "cases"))
    assert (doubled["q"]["n_valid"], doubled["q"]["score"]) == (5, 80)
    assert (doubled["fact"]["n_valid"], doubled["fact"]["score"]) == (2, 70)


def test_after_a_void_sheet_the_earlier_one_counts_again(cases: FrontDoor) -> None:
    after = indicators_of(result(cases, AFTER_VOID, "cases"))
    assert (after["q"]["n_valid"], after["q"]["score"]) == (5, 100)
    assert (after["fact"]["n_valid"], after["fact"]["score"]) == (2, 40)


def test_numbers_are_clipped_at_both_anchors(cases: FrontDoor) -> None:
    above, below = (indicators_of(result(cases, case, "cases")) for case in ("above", "below"))
    assert [above[code]["score"] for code in ("hours", "days", "share")] == [100, 100, 100]
    assert [below[code]["score"] for code in ("hours", "days", "share")] == [0, 0, 0]
    assert indicators_of(result(cases, "goods", "cases"))["days"]["score"] == 75
    assert above["late"]["score"] == 100  # "never late" is the good end


def test_a_band_is_that_of_the_rounded_score(cases: FrontDoor) -> None:
    shown = {case: result(cases, case, "cases")["object"] for case in ("good", "fair")}
    assert [(shown[case]["score"], shown[case]["band"]) for case in shown] == [
        (59.95, "good"),
        (59.949, "fair"),
    ]


def test_a_criterion_that_does_not_apply_leaves_the_others_their_weights(cases: FrontDoor) -> None:
    goods = {each["criterion_code"]: each for each in result(cases, "goods", "cases")["criteria"]}
    assert goods["C4"]["status"] == "not_applicable"
    assert score_in(cases, "goods") == pytest.approx((20 * 75 + 70 * 50) / 90, abs=1e-6)
    assert score_in(cases, "works") == pytest.approx((20 * 75 + 70 * 50 + 10 * 0) / 100, abs=1e-6)


# -- the trend


@pytest.mark.parametrize(
    ("object_id", "before", "now", "word"),
    [
        (MANY, (MANY_CITIZENS, example.OBSERVERS), (LATER_CITIZENS, LATER_OBSERVERS), "improved"),
        (DECIDED, (example.CITIZENS, example.OBSERVERS), (example.CITIZENS, example.OBSERVERS), "no_change"),
        (
            ONE_SHEET,
            (example.CITIZENS, (example.observer("yes", "4", "yes"),)),
            (LATER_CITIZENS, LATER_OBSERVERS),
            "improved",
        ),
    ],
)
def test_the_trend_compares_what_was_scored_in_both_rounds(
    second_round: FrontDoor,
    object_id: str,
    before: tuple[tuple[Mapping[str, str | None], ...], ...],
    now: tuple[tuple[Mapping[str, str | None], ...], ...],
    word: str,
) -> None:
    matched = figures(*before).scored & figures(*now).scored
    old, new = figures(*before, only=matched), figures(*now, only=matched)
    delta, limit = new.score - old.score, max(5, 1.96 * math.hypot(new.se, old.se))
    assert ("improved" if delta >= limit else "no_change") == word
    row = row_of(second_round.table("2027-1", "scores_object"), object_id=object_id)
    assert row["trend"] == word
    assert float(row["delta"]) == pytest.approx(delta, abs=1e-6)
    shown = result(second_round, object_id, "2027-1")
    assert (shown["object"]["trend"], shown["object"]["delta"]) == (word, float(row["delta"]))
    assert [point["round_id"] for point in shown["history"]] == ["2026-1", "2027-1"]


def test_a_first_round_has_no_trend(second_round: FrontDoor) -> None:
    assert {row["trend"] for row in second_round.table("2026-1", "scores_object")} == {""}


# -- what stays hidden


def public_rows(
    door: FrontDoor, round_id: str, object_id: str
) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every row of every public table about an object, without its name."""
    package = door.read(f"/data/{round_id}/datapackage.json")
    rows = []
    for resource in package["resources"]:
        name = resource["path"].rsplit("/", 1)[-1].removesuffix(".csv")
        for row in door.table(round_id, name):
            if row.get("object_id") == object_id:
                told = {column: cell.replace(object_id, "OBJECT") for column, cell in row.items()}
                rows.append((name, tuple(told.items())))
    return rows


@pytest.mark.parametrize(("one", "other"), [(EXAMPLE, TWIN), (SILENT, SILENT_TWIN)])
def test_objects_that_differ_in_what_is_hidden_look_alike(
    first_round: FrontDoor, one: str, other: str
) -> None:
    rows = public_rows(first_round, "2026-1", one)
    assert rows
    assert rows == public_rows(first_round, "2026-1", other)
    seen, twin = result(first_round, one), result(first_round, other)
    assert (seen["criteria"], seen["strongest"], seen["weakest"]) == (
        twin["criteria"], twin["strongest"], twin["weakest"],
    )  # fmt: skip
    names = {"object_id", "names"}
    assert {k: v for k, v in seen["object"].items() if k not in names} == {
        k: v for k, v in twin["object"].items() if k not in names
    }
    pages = [first_round.anyone.get(f"/rounds/2026-1/objects/{each}").text for each in (one, other)]
    assert pages[0].replace(one, "OBJECT") == pages[1].replace(other, "OBJECT")


def test_every_sum_is_made_of_what_is_shown(first_round: FrontDoor) -> None:
    """So nothing hidden is left over when the shown parts are taken away."""
    for object_id in (EXAMPLE, TWIN, MANY, ONE_SHEET):
        shown = result(first_round, object_id)
        for criterion in shown["criteria"]:
            parts = [
                (each["weight"], each["score"])
                for each in criterion["indicators"]
                if each["score"] is not None
            ]
            mean = sum(weight * score for weight, score in parts) / sum(weight for weight, _ in parts)
            assert criterion["score"] == pytest.approx(mean, abs=2e-6)
        whole = sum(each["weight"] for each in shown["criteria"])
        mean = sum(each["weight"] * each["score"] for each in shown["criteria"]) / whole
        assert shown["object"]["score"] == pytest.approx(mean, abs=2e-6)


def test_a_hidden_indicator_tells_its_status_alone(first_round: FrontDoor) -> None:
    for row in first_round.table("2026-1", "scores_indicator"):
        if row["status"] == "suppressed":
            assert {name for name, cell in row.items() if cell} == {
                "round_id", "object_id", "indicator_code", "status",
            }  # fmt: skip


def test_no_public_address_gives_a_citizens_answers(first_round: FrontDoor) -> None:
    form = f"/v1/projects/1/forms/{FORM}"
    for path in (
        f"{form}/submissions",
        f"{form}/submissions.csv",
        f"{form}/submissions.csv.zip",
        "/v1/projects",
    ):
        assert first_round.anyone.get(path).status_code == 401, path


# -- the same answers for those who may see them


def test_what_was_sent_leaves_as_csv(first_round: FrontDoor) -> None:
    answer = first_round.coordinator.get(f"/v1/projects/1/forms/{FORM}/submissions.csv.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.namelist() == [f"{FORM}.csv"]
        lines = packed.read(f"{FORM}.csv").decode().splitlines()
    sent = first_round.read_submissions(FORM)
    assert len(lines) == len(sent) + 1 > 60
    states = [each["reviewState"] for each in sent if each["roundId"] == "2026-1"]
    assert {state: states.count(state) for state in ("rejected", "hasIssues", None)} == {
        "rejected": 1, "hasIssues": 1, None: 1,
    }  # fmt: skip


def test_the_ledger_and_the_reading_agree_with_all_of_it(second_round: FrontDoor) -> None:
    said = second_round.baikoo("verify")
    assert "Everything is whole" in said
    assert "The tables agree with the ledger." in said
