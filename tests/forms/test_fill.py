"""Filling a form as a person would, for the demonstration and for tests.

- What is hidden is neither asked nor sent, and hides what depends on it.
- A choice filter over a CSV file leaves only its rows; a calculation is done.
- A number outside its constraint is asked again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from forms.fill import Asked, Blank
from tests.make import a_form

FORM = """
| survey |
| | type | name | label | relevant | choice_filter | calculation | constraint |
| | select_one_from_file villages.csv | where | Where | | | | |
| | select_one_from_file objects.csv | object | Object | | type = 'MUN' and selected(villages, ${where}) | | |
| | calculate | kind | | | | instance('objects')/root/item[name=${object}]/subtype | |
| | begin_group | g | G | | | | |
| | integer | wait | Minutes | ${none} = '' | | | . >= 0 and . <= 60 |
| | select_one none | none | Or | | | | |
| | end_group | | | | | | |
| | text | bins | Bins | ${kind} = 'waste' | | | |
| | text | late | Why | ${wait} > 30 | | | |
| choices |
| | list_name | name | label |
| | none | DK | No idea |
"""
MEDIA = {
    "villages.csv": b"name,label\nv1,One\nv2,Two\n",
    "objects.csv": b"name,label,type,subtype,villages\n"
    b"o1,A,MUN,waste,v1 v2\no2,B,MUN,water,v2\no3,C,PSO,wua,v1\n",
}
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def filled(answers: dict[str, list[str]]) -> tuple[dict[str, str], dict[str, Asked]]:
    """Answers by question name, and how each was asked; a list gives one answer after the other."""
    asked: dict[str, Asked] = {}

    def answer(question: Asked) -> str | None:
        asked[question.name] = question
        given = answers.get(question.name, [""])
        return given.pop(0) if len(given) > 1 else given[0]

    xml = Blank(a_form(FORM).xform.xml, MEDIA).fill(answer, instance_id="uuid:1", started=NOW, ended=NOW)
    return {str(leaf.tag): leaf.text or "" for leaf in etree.fromstring(xml).iter() if not len(leaf)}, asked


def test_a_filter_over_a_file_leaves_its_rows_and_a_calculation_follows() -> None:
    answers, asked = filled({"where": ["v1"], "object": ["o1"], "bins": ["two"]})
    assert asked["object"].choices == ("o1",)
    assert (answers["kind"], answers["bins"]) == ("waste", "two")


def test_what_is_hidden_is_not_asked_and_not_sent() -> None:
    answers, asked = filled({"where": ["v2"], "object": ["o2"]})
    assert "bins" not in asked
    assert "bins" not in answers


def test_an_answer_that_is_hidden_later_is_dropped_with_what_hung_on_it() -> None:
    answers, asked = filled(
        {"where": ["v1"], "object": ["o1"], "wait": ["45"], "none": ["DK"], "late": ["snow"]}
    )
    assert "wait" in asked
    assert answers["none"] == "DK"
    assert "wait" not in answers
    assert "late" not in answers


def test_a_number_outside_its_constraint_is_asked_again() -> None:
    answers, _asked = filled({"where": ["v1"], "object": ["o1"], "wait": ["900", "61", "40"]})
    assert answers["wait"] == "40"
