"""What everyone may see (domain 6, anonymisation), tried by attack.

- Nothing of an open or merely closed round. Nothing per submission, no covariance.
- Below n_min nothing but the status; what is suppressed is in no sum above it, so subtraction finds nothing.
- Small numbers of citizens are hidden, one by one and in sums. Sensitive items show one count of non-answers.
- An insufficient object shows coverage and criteria; a contract under review its name, and is in no mean.
- Every table is described in three languages, the same bytes come out every time, formulas are defused.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date

import pytest

from analytics import results
from analytics.dataset import LAYOUTS, release
from analytics.publication import Resolution
from analytics.results import ResultNotFound, object_result, published_rounds, round_results
from analytics.tables import read_table
from tests.evaluation import Evaluation
from tests.questionnaire import question, questionnaire

Rows = list[dict[str, str]]
ON = date(2026, 4, 30)

SERVICE = questionnaire(
    question("D1", "S5", weight=2),
    question("D2", "Y2-", weight=2, sensitive="yes"),
    question("D3", "Y2", "O", criterion="L", weight=3),
    question("D4", "S5", "O", criterion="L"),
    question("D5", "Y2", criterion="L"),
    question("D6", "Y2", criterion="L", n_min="10"),
    criteria="K:60 L:40",
    form_id="service",
)
BODY = questionnaire(
    question("A1", "Y3", "O"), question("A2", "S5"), object_type="EXEC", form_id="body"
)  # fmt: skip
CONTRACT = questionnaire(
    question("C1.1", "Y2", "O", criterion="C1"),
    question("C2.1", "Y2", "O", criterion="C2"),
    criteria="C1:15 C2:85",
    object_type="SUP",
    form_id="contract",
)


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    evaluation = Evaluation(tmp_path_factory.mktemp("published"))
    forms = {evaluation.form(SERVICE): "PSO", evaluation.form(BODY): "EXEC", evaluation.form(CONTRACT): "SUP"}
    aimak = {"aimak_name_ky": "Арча-Төр", "aimak_name_ru": "Арча-Тёр"}
    evaluation.object(
        "ao", "EXEC", "ao", name_ky='=HYPERLINK("x")', name_ru="Айыл окмоту", name_en="AO", **aimak
    )
    for object_id in ("many", "nine", "few", "none"):
        evaluation.object(object_id, "PSO", "dwu")
    supplier = {"supplier_name": "Road Ltd", "supplier_is_person": False, "customer_id": "ao"}
    for object_id in ("road", "bridge"):
        evaluation.object(object_id, "SUP", "works", sum_initial_som=100, **supplier)
    evaluation.object("school", "SUP", "works", under_review_until=ON, **supplier)
    evaluation.object("fence", "SUP", "works", supplier_name="A person", supplier_is_person=True)
    objects = ["ao", "many", "nine", "few", "none", "road", "bridge", "school", "fence"]
    evaluation.round("r", forms, objects)
    for object_id, citizens, bribed in (("many", 12, 2), ("nine", 9, 3), ("few", 3, 1)):
        for n in range(citizens):
            values = {
                "D1": "4",
                "D2": "yes" if n < bribed else "no",
                "D5": "NA" if object_id == "nine" else "yes",
                "D6": "NA" if object_id == "nine" else "yes",
            }
            values["D2"] = "REF" if object_id == "many" and n == 11 else values["D2"]
            evaluation.submission("service", {"stream": "C", "object": object_id, **values}, "r")
        for member in range(2):
            values = {"D3": "yes", "D4": "2"}
            evaluation.submission(
                "service", {"stream": "O", "object": object_id, **values}, "r", actor=member + 1
            )
    for n in range(6):
        evaluation.submission("body", {"stream": "C", "object": "ao", "A2": "12345"[n % 5]}, "r")
    evaluation.submission("body", {"stream": "O", "object": "ao", "A1": "yes"}, "r")
    for object_id, late in (("road", "yes"), ("bridge", "no"), ("school", "no"), ("fence", "no")):
        values = {"C1.1": "yes" if object_id == "road" else "no", "C2.1": late}
        evaluation.submission("contract", {"stream": "O", "object": object_id, **values}, "r")
    evaluation.freeze("r")
    yield evaluation
    evaluation.warehouse.close()


@pytest.fixture(scope="module")
def files(evaluation: Evaluation) -> dict[str, bytes]:
    """Made before the round is published, as the action does that publishes it."""
    with evaluation.read() as db:
        return release(db, "r", published_on=ON)


@pytest.fixture(scope="module")
def later(evaluation: Evaluation, files: dict[str, bytes]) -> dict[str, bytes]:
    """The same round, were it published a day later."""
    assert files
    with evaluation.read() as db:
        return release(db, "r", published_on=date(2026, 5, 1))


def rows(files: dict[str, bytes], name: str) -> Rows:
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))


def test_nothing_of_a_round_that_is_not_published_is_found(
    evaluation: Evaluation, files: dict[str, bytes], later: dict[str, bytes]
) -> None:
    evaluation.round("open", {"service": "PSO"}, ["many"])
    with evaluation.read() as db:
        for round_id in ("open", "never"):
            with pytest.raises(ResultNotFound):
                release(db, round_id, published_on=ON)
        for round_id in ("r", "open", "never"):  # r is frozen, and released for the action, but not published
            with pytest.raises(ResultNotFound):
                round_results(db, round_id)
            with pytest.raises(ResultNotFound):
                object_result(db, round_id, "many")
            with pytest.raises(ResultNotFound):
                results.method(db, round_id)
        assert published_rounds(db) == ()
    assert rows(files, "rounds")[0]["published_on"] == str(ON)
    assert rows(later, "rounds")[0]["published_on"] == "2026-05-01"


def test_below_n_min_nothing_but_the_status_is_there(files: dict[str, bytes]) -> None:
    hidden = [row for row in rows(files, "scores_indicator") if row["status"] == "suppressed"]
    assert {(row["object_id"], row["indicator_code"]) for row in hidden} >= {
        ("nine", "D2"), ("few", "D1"), ("few", "D2"), ("few", "D5"), ("many", "D4"), ("nine", "D4"),
    }  # fmt: skip
    for row in hidden:
        assert {name: cell for name, cell in row.items() if cell} == {
            name: row[name] for name in ("round_id", "object_id", "indicator_code", "status")
        }


def test_a_sensitive_item_shows_one_count_of_those_without_an_answer(files: dict[str, bytes]) -> None:
    [row] = [
        row
        for row in rows(files, "scores_indicator")
        if (row["object_id"], row["indicator_code"]) == ("many", "D2")
    ]
    assert (row["n_valid"], row["n_no_answer"], row["n_dk"], row["n_ref"], row["n_missing"]) == (
        "11",
        "1",
        "",
        "",
        "",
    )
    [other] = [
        row
        for row in rows(files, "scores_indicator")
        if (row["object_id"], row["indicator_code"]) == ("many", "D1")
    ]
    assert (other["n_dk"], other["n_ref"], other["n_missing"], other["n_no_answer"]) == ("0", "0", "0", "0")


def test_few_who_were_not_concerned_are_not_counted_out(files: dict[str, bytes]) -> None:
    found = {(row["object_id"], row["indicator_code"]): row for row in rows(files, "scores_indicator")}
    assert (found["nine", "D5"]["status"], found["nine", "D5"]["n_na"]) == ("not_applicable", "9")
    assert found["nine", "D5"]["score"] == ""
    few = found["nine", "D6"]  # of which ten answers make a score
    assert [few[name] for name in ("status", "n_na", "n_asked", "n_valid")] == ["not_applicable", "", "", ""]


def test_what_is_suppressed_is_in_no_sum_above_it(files: dict[str, bytes]) -> None:
    """Everything above can be computed from what is published: so nothing else is in it."""
    codebook = {(row["type"], row["indicator_code"]): row for row in rows(files, "codebook")}
    types = {row["object_id"]: row["type"] for row in rows(files, "objects")}
    scored = [row for row in rows(files, "scores_indicator") if row["status"] == "scored"]
    criteria = [row for row in rows(files, "scores_criterion") if row["status"] == "scored"]
    assert len(criteria) >= 8
    for row in criteria:
        parts = [
            (float(codebook[types[row["object_id"]], one["indicator_code"]]["w"]), float(one["score"]))
            for one in scored
            if one["object_id"] == row["object_id"]
            and codebook[types[row["object_id"]], one["indicator_code"]]["criterion_code"]
            == row["criterion_code"]
        ]
        mean = sum(w * score for w, score in parts) / sum(w for w, _ in parts)
        assert float(row["score"]) == pytest.approx(mean, abs=2e-6)
    weights = {
        (row["type"], row["criterion_code"]): float(row["criterion_weight"])
        for row in rows(files, "codebook")
    }
    objects = [row for row in rows(files, "scores_object") if row["score"]]
    for row in objects:
        mine = [one for one in criteria if one["object_id"] == row["object_id"]]
        parts = [
            (weights[types[row["object_id"]], one["criterion_code"]], float(one["score"])) for one in mine
        ]
        assert float(row["score"]) == pytest.approx(
            sum(w * s for w, s in parts) / sum(w for w, _ in parts), abs=2e-6
        )
    for row in rows(files, "scores_type"):
        mine = [float(one["score"]) for one in objects if types[one["object_id"]] == row["type"]]
        assert int(row["n_objects"]) == len(mine)
        assert float(row["score"]) == pytest.approx(sum(mine) / len(mine), abs=2e-6)
    [aimak] = rows(files, "scores_aimak")
    given = {"EXEC": 35, "PSO": 25, "SUP": 15}
    means = {row["type"]: float(row["score"]) for row in rows(files, "scores_type")}
    expected = sum(weight * means[kind] for kind, weight in given.items()) / sum(given.values())
    assert float(aimak["score"]) == pytest.approx(expected, abs=2e-6)


def test_one_to_four_citizens_are_not_counted_for_anyone_to_see(
    evaluation: Evaluation, files: dict[str, bytes]
) -> None:
    counts = {row["object_id"]: row["n_citizens"] for row in rows(files, "scores_object")}
    assert counts == {
        "ao": "6", "many": "12", "nine": "9", "few": "", "none": "0",
        "road": "0", "bridge": "0", "school": "", "fence": "0",
    }  # fmt: skip
    _publish(evaluation)
    with evaluation.read() as db:
        [summary] = published_rounds(db)
        assert summary.n_citizens == 27  # 3 of "few" cannot be found by subtraction
        assert object_result(db, "r", "few").object.n_citizens is None


def _publish(evaluation: Evaluation) -> None:
    with evaluation.read() as db:
        known = db.sql("SELECT state FROM round WHERE round_id = 'r'").fetchall()
    if known != [("published",)]:
        evaluation.now = evaluation.now.replace(year=2026, month=4, day=30)
        evaluation._round("r", "published")


def test_an_insufficient_object_shows_coverage_and_criteria_only(files: dict[str, bytes]) -> None:
    [row] = [row for row in rows(files, "scores_object") if row["object_id"] == "few"]
    assert (row["band"], row["coverage"] != "") == ("insufficient", True)
    assert not any(
        row[name] for name in ("score", "se", "df", "ci_low", "ci_high", "precision", "delta", "trend")
    )
    assert [one["status"] for one in rows(files, "scores_criterion") if one["object_id"] == "few"] == [
        "insufficient", "scored",
    ]  # fmt: skip


def test_a_contract_under_review_shows_its_name_and_is_in_no_mean(
    files: dict[str, bytes], later: dict[str, bytes]
) -> None:
    [row] = [row for row in rows(files, "scores_object") if row["object_id"] == "school"]
    assert {name for name, cell in row.items() if cell} == {"round_id", "object_id", "form_version", "flags"}
    assert row["flags"] == "under_review"
    for table in ("scores_indicator", "scores_criterion"):
        assert not [one for one in rows(files, table) if one["object_id"] == "school"]
    assert "school" in {one["object_id"] for one in rows(files, "contracts")}
    [contracts] = [one for one in rows(files, "scores_type") if one["type"] == "SUP"]
    assert contracts["n_objects"] == "3"
    [contracts] = [one for one in rows(later, "scores_type") if one["type"] == "SUP"]
    assert contracts["n_objects"] == "4"  # the supplier's days to reply are over


def test_a_supplier_that_is_a_person_is_not_named(files: dict[str, bytes]) -> None:
    names = {row["object_id"]: row["supplier_name"] for row in rows(files, "contracts")}
    assert names == {"road": "Road Ltd", "bridge": "Road Ltd", "school": "Road Ltd", "fence": ""}
    assert b"A person" not in b"".join(files.values())


def test_only_the_tables_of_the_specification_leave_and_with_its_columns(files: dict[str, bytes]) -> None:
    assert set(files) == {*(f"{name}.csv" for name in LAYOUTS), "datapackage.json"}
    for name, layout in LAYOUTS.items():
        header = files[f"{name}.csv"].decode().splitlines()[0]
        assert header.split(",") == layout.replace("*", "").split()
    everything = b"".join(files.values()).decode()
    for word in ("instance_id", "submission_seq", "uuid:", "token", "submitter", "observer_", "covariance"):
        assert word not in everything


def test_a_release_is_the_same_before_and_after_publication_and_whenever_it_is_made(
    evaluation: Evaluation, files: dict[str, bytes]
) -> None:
    _publish(evaluation)
    evaluation.object("many", "PSO", "dwu", name_ky="renamed since")
    with evaluation.read() as db:
        assert release(db, "r", published_on=ON) == files
        assert release(db, "r", published_on=ON) == files


def test_the_resolution_that_comes_with_the_publication_stands_in_the_release(evaluation: Evaluation) -> None:
    evaluation.round("with plan", {"service": "PSO"}, ["none"], kenesh_resolution_no="planned 1")
    evaluation.freeze("with plan")
    with evaluation.read() as db:
        planned = rows(release(db, "with plan", published_on=ON), "rounds")
        given = release(
            db, "with plan", published_on=ON, resolution=Resolution("12/3", "https://example.org/12")
        )
    assert [row["kenesh_resolution_no"] for row in planned] == ["planned 1"]
    [row] = rows(given, "rounds")
    assert (row["kenesh_resolution_no"], row["kenesh_resolution_link"]) == ("12/3", "https://example.org/12")


def test_a_name_that_is_a_formula_is_defused(files: dict[str, bytes]) -> None:
    assert rows(files, "objects")[0]["name_ky"] == '\'=HYPERLINK("x")'


def test_the_descriptor_describes_every_column_in_three_languages(files: dict[str, bytes]) -> None:
    package = json.loads(files["datapackage.json"])
    assert [resource["name"] for resource in package["resources"]] == [*LAYOUTS]
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["attribution_ru"] == "Группа СМиО айылного аймака Арча-Тёр, раунд r ru"
    assert package["attribution"] == "JM&E group of the aiyl aimak AO, round r en"
    for resource in package["resources"]:
        table = rows(files, resource["name"])
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == LAYOUTS[resource["name"]].replace("*", "").split()
        for field in [*fields, resource]:
            assert field["description"] and field["description_ky"] and field["description_ru"], field
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in table]
        assert len(set(keys)) == len(keys)
        assert resource["bytes"] == len(files[resource["path"]])
        for row in table:
            for field in fields:
                _fits(field["type"], row[field["name"]])


def _fits(kind: str, cell: str) -> None:
    if cell:
        {"integer": int, "number": float, "date": date.fromisoformat, "string": str, "boolean": bool}[kind](
            cell
        )


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_published_view_has_the_columns_it_describes(evaluation: Evaluation, name: str) -> None:
    with evaluation.read() as db:
        assert set(db.sql(f"FROM published_{name}").columns) == set(read_table(f"published_{name}").described)


def test_pages_get_an_object_with_its_criteria_and_what_tells_most(evaluation: Evaluation) -> None:
    _publish(evaluation)
    with evaluation.read() as db:
        result = object_result(db, "r", "many")
        body = object_result(db, "r", "ao")
        everything = round_results(db, "r")
    assert [one.criterion_code for one in result.criteria] == ["K", "L"]
    assert [[one.indicator_code for one in criterion.indicators] for criterion in result.criteria] == [
        ["D1", "D2"],
        ["D3", "D4", "D5", "D6"],
    ]
    scored = [one.indicator_code for one in (*result.strongest, *result.weakest)]
    assert sorted(scored) == ["D1", "D2", "D3", "D5", "D6"]  # D4 is suppressed, and none stands twice
    assert result.object.names.ky == "many ky"
    assert [point.round_id for point in result.history] == ["r"]
    assert [one.type for one in everything.types] == ["EXEC", "SUP", "PSO"]
    assert [one.object_id for one in everything.objects][:5] == ["ao", "bridge", "fence", "road", "school"]
    # C1 of the contracts it ordered, without the one under review; and the supplier over C2 alone
    assert body.procurement is not None
    assert (body.procurement.n_contracts, body.procurement.score) == (2, 50)


def test_a_supplier_with_several_contracts_is_averaged_without_the_openness_of_the_procurement(
    evaluation: Evaluation,
) -> None:
    with evaluation.read() as db:
        found = db.sql(
            "SELECT supplier_name, n_contracts, score FROM frozen_supplier_score ORDER BY 1"
        ).fetchall()
        shown = db.sql("SELECT supplier_name FROM published_supplier_score").fetchall()
    assert found == [("Road Ltd", 2, 50.0)]
    assert shown == []  # one of its contracts is under review


def test_the_method_of_a_published_round_can_be_read(evaluation: Evaluation) -> None:
    _publish(evaluation)
    with evaluation.read() as db:
        found = results.method(db, "r")
    assert [form.form_id for form in found.forms] == ["body", "contract", "service"]
    [indicator] = [one for one in found.forms[2].criteria[0].indicators if one.indicator_code == "D2"]
    assert (indicator.n_min, indicator.sensitive, indicator.weight) == (10, True, 2)
    assert {choice.choice: choice.points for choice in indicator.choices} == {
        "yes": 0, "no": 100, "NA": None, "DK": None, "REF": None,
    }  # fmt: skip
    assert found.type_weights["EXEC"] == 35
    assert found.thresholds["object_coverage"] == "0.6"
    assert found.software_version.startswith("baikoo ")
    assert "object_score" in {table.name for table in found.tables}
