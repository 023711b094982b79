"""The four questionnaires in xlsforms/ keep what the field relies on.

- They become forms without a warning, their scheme has no fault, and ODK Validate opens them.
- Every indicator has the stream, scale, anchors, weight and non-answers of tests/golden/indicators.csv.
- The weights of what every object of a type is asked sum to 100; a module comes on top.
- Every text is there in Kyrgyz, Russian and English.
- Every fact that an observer reports can be proved; a photo is made small enough to send.
- Excel shows them with fixed headings and a guide, and they name nobody.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import openpyxl
import pytest

from forms.evaluation import Indicator, Scheme
from forms.scheme import read_scheme
from forms.xlsform import Conversion, convert

ROOT = Path(__file__).resolve().parents[2]
WORKBOOKS = {path.stem: path for path in sorted((ROOT / "xlsforms").glob("*.xlsx"))}
LANGUAGES = ("Кыргызча (ky)", "Русский (ru)", "English (en)")

each_workbook = pytest.mark.parametrize("form_id", WORKBOOKS)


@cache
def conversion(form_id: str) -> Conversion:
    return convert(WORKBOOKS[form_id].read_bytes(), WORKBOOKS[form_id].name)


@cache
def scheme(form_id: str) -> Scheme:
    reading = read_scheme(WORKBOOKS[form_id].read_bytes(), filename=WORKBOOKS[form_id].name)
    assert (reading.faults, reading.warnings) == ((), ())
    assert reading.scheme is not None
    return reading.scheme


@cache
def rows(form_id: str, sheet: str) -> list[dict[str, str]]:
    """The rows of a sheet by heading; an empty cell is ""."""
    book = openpyxl.load_workbook(WORKBOOKS[form_id], read_only=True)
    heads, *body = book[sheet].iter_rows(values_only=True)
    return [
        {str(head): "" if value is None else str(value) for head, value in zip(heads, row, strict=True)}
        for row in body
    ]


def survey(form_id: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in rows(form_id, "survey") if row["name"]}


def test_there_is_one_workbook_per_object_type() -> None:
    types = {form_id: scheme(form_id).object_type for form_id in WORKBOOKS}
    assert types == {
        "executive_body": "EXEC",
        "municipal_enterprise": "MUN",
        "contractor": "SUP",
        "service_association": "PSO",
    }


@each_workbook
def test_a_workbook_converts_without_a_warning_under_its_own_name(form_id: str) -> None:
    converted = conversion(form_id)
    assert converted.warnings == ()
    assert converted.xform.form_id == scheme(form_id).form_id == form_id
    assert re.fullmatch(r"20\d{8}", converted.xform.version)  # year, month, day, number: versions sort by age


@each_workbook
def test_every_indicator_is_as_agreed(form_id: str) -> None:
    book = scheme(form_id)
    weights = {criterion.code: criterion.weight for criterion in book.criteria}
    found = [
        [
            form_id,
            one.criterion,
            f"{weights[one.criterion]:g}",
            one.code,
            one.stream,
            one.scale,
            "" if one.best is None else f"{one.best:g}",
            "" if one.worst is None else f"{one.worst:g}",
            f"{one.weight:g}",
            _flags(one),
            " ".join(one.nonresponse or one.companion_nonresponse),
        ]
        for one in book.indicators
    ]
    with (ROOT / "tests/golden/indicators.csv").open(encoding="utf-8", newline="") as golden:
        agreed = [row for row in csv.reader(golden) if row[0] == form_id]
    assert sorted(found) == sorted(agreed)


def _flags(one: Indicator) -> str:
    flags = ["sensitive"] * one.sensitive + ["cumulative"] * one.cumulative
    return " ".join([*flags, *([one.computed] if one.computed else [])])


@pytest.mark.parametrize(
    ("form_id", "criteria", "observed", "asked"),
    [
        ("executive_body", 6, 13, 16),
        ("municipal_enterprise", 11, 25, 25),
        ("contractor", 6, 21, 4),
        ("service_association", 9, 23, 22),
    ],
)
def test_a_form_has_its_criteria_and_both_streams(
    form_id: str, criteria: int, observed: int, asked: int
) -> None:
    book = scheme(form_id)
    streams = [one.stream for one in book.indicators]
    assert (len(book.criteria), streams.count("O"), streams.count("C")) == (criteria, observed, asked)


@pytest.mark.parametrize(
    ("form_id", "subtype", "total", "module"),
    [
        ("executive_body", "ao", 100, ""),
        ("municipal_enterprise", "waste", 115, "B7w"),
        ("municipal_enterprise", "kindergarten", 115, "B7k"),
        ("municipal_enterprise", "library", 115, "B7c"),
        ("municipal_enterprise", "water", 125, "D6d"),
        ("municipal_enterprise", "pasture", 125, "D6p"),
        ("municipal_enterprise", "other", 100, ""),
        ("contractor", "works", 100, ""),
        ("contractor", "goods", 90, ""),
        ("contractor", "consulting", 90, ""),
        ("service_association", "wua", 100, "D6w"),
        ("service_association", "dwu", 100, "D6d"),
        ("service_association", "pasture", 100, "D6p"),
        ("service_association", "other", 100, "D6o"),
    ],
)
def test_weights_sum_to_a_hundred_and_a_module_comes_on_top(
    form_id: str, subtype: str, total: int, module: str
) -> None:
    used = [one for one in scheme(form_id).criteria if not one.subtypes or subtype in one.subtypes]
    assert sum(one.weight for one in used) == total
    assert [one.code for one in used if one.subtypes and one.code != "C4"] == [module] * bool(module)


def test_the_worked_example_finds_its_questions() -> None:
    example = {one.code: one for one in scheme("service_association").indicators}
    assert (example["D6d.1"].best, example["D6d.1"].worst) == (24, 4)
    assert (example["D6d.5"].best, example["D6d.5"].worst, example["D6d.5"].n_min) == (1, 7, 5)
    assert (example["D2.5"].n_min, example["D5.1"].n_min, example["D5.3"].n_min) == (10, 3, 1)


@each_workbook
def test_the_roles_are_filled(form_id: str) -> None:
    assert dict(scheme(form_id).roles) == {
        "stream": "stream",
        "consent": "consent",
        "village": "village",
        "object": "object",
        "visit": "visit",
        "method": "method",
        "token": "token",
        "sex": "P2",
        "age": "P3",
    }


@each_workbook
@pytest.mark.parametrize("sheet", ["survey", "choices", "criteria"])
def test_every_text_stands_in_three_languages(form_id: str, sheet: str) -> None:
    for row in rows(form_id, sheet):
        for kind in ("label", "hint", "required_message", "constraint_message"):
            texts = [row.get(f"{kind}::{language}", "") for language in LANGUAGES]
            assert all(texts) or not any(texts), (row["name"], kind)
        if sheet == "survey" and row["constraint"]:
            assert row[f"constraint_message::{LANGUAGES[0]}"], row["name"]
        if sheet == "survey" and row["required"]:
            assert row[f"required_message::{LANGUAGES[0]}"], row["name"]
        if sheet != "survey":
            assert row[f"label::{LANGUAGES[0]}"], row["name"]


@each_workbook
def test_a_fact_can_be_proved_and_a_photo_is_small(form_id: str) -> None:
    for one in scheme(form_id).indicators:
        assert bool(one.evidence) == (one.stream == "O" and one.computed is None), one.code
    photos = [row for row in rows(form_id, "survey") if row["type"] == "image"]
    assert photos and {row["parameters"] for row in photos} == {"max-pixels=1600"}


@each_workbook
def test_a_number_that_may_be_missing_has_its_companion_on_the_same_screen(form_id: str) -> None:
    questions = {question.name: question for question in conversion(form_id).xform.schema.questions}
    for one in scheme(form_id).indicators:
        if one.companion:
            assert one.companion == f"{one.code}_na"
            assert (
                questions[one.companion].path.rpartition("/")[0]
                == questions[one.code].path.rpartition("/")[0]
            )
            assert survey(form_id)[f"{one.code}_screen"]["appearance"] == "field-list"
            assert survey(form_id)[one.code]["relevant"] == f"${{{one.companion}}} = ''"


def test_a_numeric_answer_that_cannot_be_is_refused() -> None:
    limits = {name: row["constraint"] for form_id in WORKBOOKS for name, row in survey(form_id).items()}
    assert limits["A1.2"] == ". >= 0 and . <= 366"
    assert limits["A2.2"] == ". >= 0 and . <= 100"
    assert limits["A3.1"] == ". >= 0 and . <= 600"
    assert limits["A5.2"] == ". >= 0 and . <= 1000"  # execution of a budget may exceed 100 %
    assert limits["D6d.1"] == ". >= 0 and . <= 24"
    assert limits["D6d.2"] == ". >= 0 and . <= 31"
    assert limits["B2.2"] == ". >= 0"


@each_workbook
def test_excel_opens_a_workbook_with_fixed_headings_and_a_guide(form_id: str) -> None:
    book = openpyxl.load_workbook(WORKBOOKS[form_id])
    assert book.sheetnames == ["survey", "choices", "criteria", "settings", "guide"]
    for sheet in book.worksheets:
        assert sheet.freeze_panes and int(re.sub(r"\D", "", sheet.freeze_panes)) >= 2, sheet.title
        assert all(cell.fill.fgColor.rgb != "00000000" for cell in sheet[1]), sheet.title
        assert all(cell.alignment.wrap_text for row in sheet.iter_rows(min_row=2) for cell in row), (
            sheet.title
        )
    assert [cell.value for cell in book["guide"][1]] == [None, "Кыргызча", "Русский", "English"]
    assert all(all(cell.value for cell in row[1:]) for row in book["guide"].iter_rows(min_row=2))


@each_workbook
def test_a_workbook_names_nobody_and_runs_nothing(form_id: str) -> None:
    packed = zipfile.ZipFile(io.BytesIO(WORKBOOKS[form_id].read_bytes()))
    assert not [name for name in packed.namelist() if "vba" in name.lower() or "external" in name.lower()]
    properties = packed.read("docProps/core.xml").decode()
    assert "creator" not in properties and "lastModifiedBy" not in properties


@pytest.mark.engine
@each_workbook
def test_the_form_engine_of_odk_opens_the_form(form_id: str, tmp_path: Path) -> None:
    java, package = shutil.which("java"), find_spec("pyxform")
    assert java, "ODK Validate needs Java: install it and run again"
    assert package and package.origin
    form = tmp_path / "form.xml"
    form.write_bytes(conversion(form_id).xform.xml)
    validator = Path(package.origin).parent / "validators/odk_validate/bin/ODK_Validate.jar"
    done = subprocess.run([java, "-jar", validator, form], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
