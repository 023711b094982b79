"""Reading the evaluation columns of a workbook.

- A right workbook gives its criteria, indicators, roles and privacy, and no fault or warning.
- n_min and subtypes are filled in: the floor of domain.md 5.7.16, the criterion's subtypes.
- Cells may be numbers or text, in any case, with spaces around, and typed on a Cyrillic keyboard.
- A workbook without evaluation columns is a plain form: no scheme, no fault.
- The converter ignores every column of ours, and phones get a form all the same.
- A scheme travels as JSON.
- Who may see an answer is known for every question that may name a person.
"""

from __future__ import annotations

import msgspec
import pytest

from forms.privacy import Privacy, understand
from forms.scales import SCALES
from forms.scheme import Scheme, least_answers, read_scheme
from forms.xlsform import convert
from tests.forms.a_workbook import MARKDOWN, Changes, a_workbook, reading_with

PLAIN = """
| survey |
|  | type    | name   | label  |
|  | integer | people | People |
|  | text    | why    | Why    |
| settings |
|  | form_title | form_id |
|  | Plain      | plain   |
"""


def scheme_with(changes: Changes | None = None) -> Scheme:
    reading = reading_with(changes)
    assert reading.faults == ()
    assert reading.scheme is not None
    return reading.scheme


def test_a_right_workbook_is_read_whole() -> None:
    reading = reading_with()
    assert (reading.faults, reading.warnings) == ((), ())
    scheme = reading.scheme
    assert scheme is not None
    assert (scheme.form_id, scheme.version, scheme.object_type) == ("water", "1", "PSO")
    assert [(c.code, c.weight, c.labels["ky"]) for c in scheme.criteria] == [
        ("D6", 25, "Суу"),
        ("D2", 15, "Төлөм"),
    ]
    assert scheme.roles == {"stream": "stream", "object": "object", "token": "slip"}
    found = {i.code: i for i in scheme.indicators}
    assert list(found) == ["hours", "taste", "bribe", "tested", "fixed", "lamps"]
    hours = found["hours"]
    assert (hours.criterion, hours.stream, hours.scale, hours.weight) == ("D6", "C", "NUM", 3)
    assert (hours.best, hours.worst, hours.unit, hours.points) == (24, 4, "саат", {})
    assert (hours.companion, hours.companion_nonresponse) == ("hours_na", {"NA": "NA", "DK": "DK"})
    assert hours.labels == {"ky": "Канча саат?", "en": "How many hours?"}
    assert found["bribe"].points == {"yes": 0, "no": 100}
    assert found["bribe"].nonresponse == {"REF": "REF"}
    assert found["bribe"].sensitive
    assert found["tested"].cumulative
    assert found["tested"].evidence == ("proof",)
    assert found["fixed"].computed == "recommendations_on_time"
    assert found["lamps"].points == {"all": 100, "some": 12.5}
    assert found["lamps"].choice_labels["some"]["en"] == "Some"


def test_n_min_is_the_workbooks_or_the_floor() -> None:
    assert {i.code: i.n_min for i in scheme_with().indicators} == {
        "hours": 5,
        "taste": 7,
        "bribe": 10,
        "tested": 1,
        "fixed": 1,
        "lamps": 3,
    }


@pytest.mark.parametrize(
    ("stream", "scale", "sensitive", "floor"),
    [("C", scale, False, 5) for scale in SCALES]
    + [("C", scale, True, 10) for scale in SCALES]
    + [("O", scale, False, 1) for scale in ("Y2", "Y2-", "Y3", "NUM")]
    + [("O", scale, False, 3) for scale in ("S5", "F5+", "F5-", "T3", "own")],
)
def test_the_floor_of_n_min(stream: str, scale: str, sensitive: bool, floor: int) -> None:
    assert least_answers(stream, scale, sensitive) == floor


def test_subtypes_come_from_the_criterion_and_are_narrowed_by_the_question() -> None:
    concerns = {i.code: i.subtypes for i in scheme_with().indicators}
    assert concerns["hours"] == ("wua", "dwu")
    assert concerns["taste"] == ("dwu",)
    assert concerns["bribe"] == ()


@pytest.mark.parametrize(
    ("scale", "points"),
    [
        ("S5", [0, 25, 50, 75, 100]),
        ("F5+", [0, 25, 50, 75, 100]),
        ("F5-", [100, 75, 50, 25, 0]),
        ("Y3", [100, 50, 0]),
        ("Y2", [100, 0]),
        ("Y2-", [0, 100]),
        ("T3", [100, 50, 0]),
    ],
)
def test_the_points_of_the_scales(scale: str, points: list[float]) -> None:
    assert list(SCALES[scale].points.values()) == points


def test_a_trend_may_be_better_same_worse() -> None:
    names = {
        ("choices", 15, "name"): "better",
        ("choices", 16, "name"): "same",
        ("choices", 17, "name"): "worse",
    }
    scheme = scheme_with({("survey", 9, "scale"): "T3", **names})
    assert {i.code: i.points for i in scheme.indicators}["tested"] == {"better": 100, "same": 50, "worse": 0}


@pytest.mark.parametrize(
    "changes",
    [
        {("survey", 6, "weight"): 3.0},
        {("survey", 6, "weight"): " 3 "},
        {("survey", 6, "weight"): "3,0"},
        {("survey", 6, "scale"): "num "},
        {("survey", 6, "stream"): "С"},  # a Cyrillic letter
        {("survey", 10, "evidence_of"): " tested  "},
        {("survey", 8, "sensitive"): "YES"},
        {("survey", 8, "sensitive"): True},
        {("survey", 9, "sensitive"): "no"},
        {("survey", 8, "scale"): "y2–"},  # a dash that an editor made longer
        {("choices", 7, "score"): 0.0},
        {("settings", 2, "object_type"): "pso"},
        {("choices", 14, "nonresponse"): "ref"},
    ],
)
def test_cells_are_read_as_people_write_them(changes: Changes) -> None:
    assert scheme_with(changes) == scheme_with()


def test_a_workbook_without_evaluation_is_a_plain_form() -> None:
    reading = read_scheme(PLAIN.encode(), filename="plain.md")
    assert (reading.scheme, reading.faults, reading.warnings) == (None, (), ())
    assert reading.privacy == {"why": "restricted"}


def test_markdown_and_excel_read_alike() -> None:
    assert read_scheme(MARKDOWN.encode(), filename="water.md") == reading_with()


def test_the_converter_ignores_our_columns() -> None:
    conversion = convert(a_workbook())
    told = [str(warning) for warning in conversion.warnings]
    assert told == [each for each in told if "max-pixels" in each]
    xml = conversion.xform.xml.decode()
    assert conversion.xform.schema.question("hours") is not None
    for ours in ("criterion", "evidence_of", "recommendations_on_time", "round:2km", "object_type"):
        assert ours not in xml


def test_a_scheme_travels_as_json() -> None:
    scheme = scheme_with()
    assert msgspec.json.decode(msgspec.json.encode(scheme), type=Scheme) == scheme


def test_questions_that_may_name_a_person_are_restricted() -> None:
    more: Changes = {
        ("survey", 20, "type"): "integer",
        ("survey", 20, "name"): "phone_number",
        ("survey", 20, "label::Кыргызча (ky)"): "Телефон",
        ("survey", 20, "label::English (en)"): "Phone",
        ("survey", 21, "type"): "deviceid",
        ("survey", 21, "name"): "device",
        ("survey", 22, "type"): "select_one own or_other",
        ("survey", 22, "name"): "why",
        ("survey", 22, "label::Кыргызча (ky)"): "Эмне үчүн",
        ("survey", 22, "label::English (en)"): "Why",
    }
    assert scheme_with(more).privacy == {
        "proof": "restricted",
        "defect": "restricted",
        "place": "restricted round:2km",
        "born": "public year",
        "slip": "drop",
        "phone_number": "restricted",
        "device": "restricted",
        "why_other": "restricted",
    }


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        ("public", Privacy("public")),
        ("area band:10", Privacy("area", "band", 10)),
        ("Restricted Round:2.5km", Privacy("restricted", "round", 2.5)),
        ("year", Privacy("area", "year")),
        ("", None),
        ("secret", None),
        ("band:0", None),
        ("public area", None),
        ("round:2", None),
    ],
)
def test_a_privacy_rule_is_an_audience_and_perhaps_a_transform(rule: str, meaning: Privacy | None) -> None:
    assert understand(rule) == meaning
