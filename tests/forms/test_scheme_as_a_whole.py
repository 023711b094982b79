"""A workbook as a whole: what is told when several cells, a sheet or the file itself are wrong.

- All faults are told at once, in the order of the sheets, each once.
- A sheet that is missing is said once; what is no workbook at all is a fault too.
- What is disabled is not read; a formula counts as the value that was saved with it.
"""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from forms.scheme import read_scheme
from tests.forms.a_workbook import a_workbook, in_row, places, reading_with


def test_all_faults_are_told_at_once_and_in_order() -> None:
    many = (
        in_row("survey", 6, criterion="D7", weight=0, best=4)
        | in_row("survey", 7, scale="S6", stream="X")
        | in_row("choices", 18, score=200)
        | in_row("criteria", 2, weight="-1", subtypes="dvu")
        | in_row("settings", 2, object_type="WUA")
    )
    assert places(reading_with(many).faults) == [
        ("survey", 6, "criterion"),
        ("survey", 6, "weight"),
        ("survey", 6, "worst"),
        ("survey", 7, "stream"),
        ("survey", 7, "scale"),
        ("choices", 18, "score"),
        ("criteria", 2, "weight"),
        ("criteria", 2, "subtypes"),
        ("settings", 2, "object_type"),
    ]


def test_a_fault_of_a_shared_list_is_told_once() -> None:
    shared = in_row("survey", 9, type="select_one s5", scale="S5") | in_row("choices", 8, score=30)
    assert places(reading_with(shared).faults) == [("choices", 8, "score")]


def test_one_list_cannot_serve_a_scale_and_its_opposite_with_points() -> None:
    both = in_row("survey", 9, type="select_one y2", scale="Y2") | in_row("choices", 12, score=0)
    assert places(reading_with(both).faults) == [("choices", 12, "score")]


def test_without_the_sheet_of_criteria_that_is_said_once() -> None:
    assert places(reading_with(without="criteria").faults) == [("criteria", None, None)]


def test_without_settings_the_object_type_is_asked_for() -> None:
    assert places(reading_with(without="settings").faults) == [("settings", None, "object_type")]


def test_weights_that_sum_to_nothing_are_told_beside_each_of_them() -> None:
    zero = in_row("criteria", 2, weight=0) | in_row("criteria", 3, weight=0)
    assert ("criteria", None, "weight") in places(reading_with(zero).faults)
    zero = in_row("survey", 6, weight=0) | in_row("survey", 7, weight=0) | in_row("survey", 9, weight=0)
    assert ("criteria", 2, "name") in places(reading_with(zero).faults)


def test_a_disabled_question_is_not_read() -> None:
    assert reading_with(in_row("survey", 7, disabled="yes", scale="S6")).faults == ()


def test_roles_are_asked_for_only_when_something_is_scored() -> None:
    plain = b"""
    | survey |
    |  | type    | name   | label  | privacy |
    |  | integer | people | People | public  |
    """
    reading = read_scheme(plain, filename="plain.md")
    assert reading.faults == ()
    assert reading.scheme is not None
    assert reading.scheme.privacy == {"people": "public"}
    assert reading.scheme.object_type is None


@pytest.mark.parametrize(
    "workbook", [b"", b"PK", b"not a workbook", a_workbook()[:2000], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_no_workbook_is_a_fault_too(workbook: bytes) -> None:
    reading = read_scheme(workbook)
    assert reading.scheme is None
    assert len(reading.faults) == 1


def test_a_saved_formula_counts_as_its_value() -> None:
    """Excel saves values beside formulas; openpyxl does not, so the value is put into the XML here."""
    written = a_workbook(in_row("survey", 7, weight="=1+1"))
    mended = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as old, zipfile.ZipFile(mended, "w") as new:
        for part in old.namelist():
            new.writestr(
                part,
                re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>2</v>", old.read(part)),
            )
    reading = read_scheme(mended.getvalue())
    assert reading.scheme is not None
    assert {i.code: i.weight for i in reading.scheme.indicators}["taste"] == 2
