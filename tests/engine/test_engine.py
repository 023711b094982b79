"""The engine itself: every type of question is filled, and only as the form allows.

- Every type of question gets an answer that our own reading of the form understands.
- Relevance, constraints, required questions and choice filters are obeyed.
- The same seed draws the same answers; instanceIDs differ.
- Each language is spoken in turn.
- A form that nobody can get through is refused with the question's name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forms.instance import Answers, parse_instance, read_answers
from forms.xform import Schema
from tests.engine.engine import Filled, FormRefused, fill, validate
from tests.make import a_form

pytestmark = pytest.mark.engine

ALL_TYPES = """
| survey |
|  | type                                   | name      | label::Кыргызча (ky) | label::English (en) | relevant              | constraint                             | required | choice_filter                    | calculation     | parameters             | appearance |
|  | start                                  | started   |                      |                     |                       |                                        |          |                                  |                 |                        |            |
|  | deviceid                               | device    |                      |                     |                       |                                        |          |                                  |                 |                        |            |
|  | start-geopoint                         | here      |                      |                     |                       |                                        |          |                                  |                 |                        |            |
|  | note                                   | hello     | Салам                | Hello               |                       |                                        |          |                                  |                 |                        |            |
|  | select_one_from_file villages.csv      | village   | Айыл                 | Village             |                       |                                        | yes      |                                  |                 |                        |            |
|  | select_one_from_file objects.csv       | object    | Объект               | Object              |                       |                                        | yes      | selected(villages, ${village})   |                 |                        |            |
|  | select_one yn                          | uses      | Колдоносузбу?        | Do you use it?      |                       |                                        | yes      |                                  |                 |                        |            |
|  | begin_group                            | used      | Колдонуу             | Use                 | ${uses} = 'yes'       |                                        |          |                                  |                 |                        | field-list |
|  | select_multiple what                   | what      | Эмне?                | What?               |                       | not(selected(., 'none') and count-selected(.) > 1) |  |                              |                 |                        |            |
|  | rank what                              | order     | Тартиби              | Order               |                       |                                        |          |                                  |                 |                        |            |
|  | integer                                | days      | Канча күн?           | How many days?      |                       | . >= 301 and . <= 303                  | yes      |                                  |                 |                        |            |
|  | decimal                                | share     | Үлүшү                | Share               |                       | . > 0 and . < 1                        | yes      |                                  |                 |                        |            |
|  | range                                  | warmth    | Жылуулук             | Warmth              |                       |                                        |          |                                  |                 | start=-5 end=5 step=5  |            |
|  | end_group                              |           |                      |                     |                       |                                        |          |                                  |                 |                        |            |
|  | text                                   | code      | Код                  | Code                |                       | regex(., '^[0-9]{3,9}$')               | yes      |                                  |                 |                        | numbers    |
|  | text                                   | thoughts  | Оюңуз                | Your thoughts       |                       | string-length(.) <= 500                |          |                                  |                 |                        | multiline  |
|  | date                                   | visit     | Күнү                 | Date                |                       | . <= today()                           | yes      |                                  |                 |                        |            |
|  | time                                   | hour      | Убакыт               | Time                |                       |                                        |          |                                  |                 |                        |            |
|  | datetime                               | moment    | Учур                 | Moment              |                       |                                        |          |                                  |                 |                        |            |
|  | geopoint                               | place     | Жери                 | Place               |                       |                                        |          |                                  |                 |                        |            |
|  | geotrace                               | path      | Жол                  | Path                |                       |                                        |          |                                  |                 |                        |            |
|  | geoshape                               | field     | Талаа                | Field               |                       |                                        |          |                                  |                 |                        |            |
|  | image                                  | photo     | Сүрөт                | Photo               |                       |                                        |          |                                  |                 | max-pixels=1024        |            |
|  | audio                                  | voice     | Үн                   | Voice               |                       |                                        |          |                                  |                 |                        |            |
|  | file                                   | paper     | Документ             | Document            |                       |                                        |          |                                  |                 |                        |            |
|  | barcode                                | barcode   | Штрих-код            | Barcode             |                       |                                        |          |                                  |                 |                        |            |
|  | acknowledge                            | agreed    | Макулмун             | I agree             |                       |                                        |          |                                  |                 |                        |            |
|  | begin_repeat                           | defects   | Кемчиликтер          | Defects             |                       |                                        |          |                                  |                 |                        |            |
|  | text                                   | defect    | Кемчилик             | Defect              |                       |                                        |          |                                  |                 |                        |            |
|  | image                                  | shot      | Сүрөт                | Photo               |                       |                                        |          |                                  |                 | max-pixels=1024        |            |
|  | end_repeat                             |           |                      |                     |                       |                                        |          |                                  |                 |                        |            |
|  | calculate                              | defects_n |                      |                     |                       |                                        |          |                                  | count(${defects}) |                      |            |
| choices |
|  | list_name | name  | label::Кыргызча (ky) | label::English (en) |
|  | yn        | yes   | Ооба                 | Yes                 |
|  | yn        | no    | Жок                  | No                  |
|  | what      | tap   | Кран                 | Tap                 |
|  | what      | well  | Кудук                | Well                |
|  | what      | none  | Эч нерсе             | Nothing             |
| settings |
|  | form_title | form_id   | version | default_language |
|  | Баары      | all_types | 1       | Кыргызча (ky)    |
"""  # noqa: E501 - a sheet is as wide as it is

MEDIA = {
    "villages.csv": "name,label\nv1,Ак-Суу\nv2,Көк-Жар\n".encode(),
    "objects.csv": "name,label,villages\na,Кудук,v1\nb,Арык,v1 v2\nc,Мектеп,v2\n".encode(),
}
NOT_ANSWERED = {"hello", "device", "instanceID", "instanceName", "started", "here"}


def filled(tmp_path: Path, count: int, seed: int = 1) -> tuple[Schema, list[Filled]]:
    xform = a_form(ALL_TYPES).xform
    return xform.schema, fill(xform.xml, MEDIA, tmp_path, count, seed)


def answers_of(each: Filled, schema: Schema) -> Answers:
    return read_answers(parse_instance(each.xml_path.read_bytes()), schema)


def by_name(answers: Answers) -> dict[str, str]:
    return {path.rsplit("/", 1)[-1]: value for path, value in answers.values.items() if value}


def test_every_type_of_question_is_answered(tmp_path: Path) -> None:
    schema, forms = filled(tmp_path, 40)
    answered: set[str] = set()
    for each in forms:
        answers = answers_of(each, schema)
        answered |= by_name(answers).keys()
        for rows in answers.repeats.values():
            answered |= {
                path.rsplit("/", 1)[-1] for row in rows for path, value in row.values.items() if value
            }
    assert {question.name for question in schema.questions} - NOT_ANSWERED <= answered


def test_the_form_is_obeyed(tmp_path: Path) -> None:
    schema, forms = filled(tmp_path, 40)
    offered = {"v1": {"a", "b"}, "v2": {"b", "c"}}
    for each in forms:
        said = by_name(answers_of(each, schema))
        assert said["object"] in offered[said["village"]]
        assert re.fullmatch("[0-9]{3,9}", said["code"])
        assert said["device"] == "collect:0000000000000000"
        assert said["instanceID"].startswith("uuid:")
        if said["uses"] == "no":
            assert not {"what", "order", "days", "share", "warmth"} & said.keys()
        else:
            assert 301 <= int(said["days"]) <= 303
            assert 0 < float(said["share"]) < 1


def test_the_files_an_instance_names_lie_beside_it(tmp_path: Path) -> None:
    _, forms = filled(tmp_path, 20)
    assert any(each.media_paths for each in forms)
    for each in forms:
        xml = each.xml_path.read_text(encoding="utf-8")
        beside = {path.name for path in each.xml_path.parent.iterdir()} - {"instance.xml"}
        assert beside == {path.name for path in each.media_paths}
        assert all(f">{name}<" in xml for name in beside)
        assert set(re.findall(r">(\d+\.(?:jpg|m4a|pdf))<", xml)) == beside


def test_the_same_seed_draws_the_same_answers(tmp_path: Path) -> None:
    schema, first = filled(tmp_path / "first", 10, seed=7)
    _, again = filled(tmp_path / "again", 10, seed=7)
    _, other = filled(tmp_path / "other", 10, seed=8)

    def drawn(forms: list[Filled]) -> list[dict[str, str]]:
        kept = {
            "village",
            "object",
            "uses",
            "what",
            "days",
            "share",
            "code",
            "thoughts",
            "photo",
            "defects_n",
        }
        return [{k: v for k, v in by_name(answers_of(each, schema)).items() if k in kept} for each in forms]

    assert drawn(first) == drawn(again) != drawn(other)
    ids = {by_name(answers_of(each, schema))["instanceID"] for each in first + again}
    assert len(ids) == 20


def test_languages_take_turns(tmp_path: Path) -> None:
    xform = a_form(ALL_TYPES).xform
    assert [each.language for each in fill(xform.xml, MEDIA, tmp_path / "all", 3)] == [
        "Кыргызча (ky)",
        "English (en)",
        "Кыргызча (ky)",
    ]
    assert {each.language for each in fill(xform.xml, MEDIA, tmp_path / "en", 3, 0, ["en"])} == {
        "English (en)"
    }


def test_a_form_that_nobody_gets_through_is_refused_by_name(tmp_path: Path) -> None:
    impossible = """
    | survey |
    |  | type    | name  | label | required | constraint |
    |  | integer | never | Never | yes      | . != .     |
    """
    with pytest.raises(FormRefused, match="never"):
        fill(a_form(impossible).xform.xml, {}, tmp_path, 1)


def test_odk_validate_takes_what_is_right_and_refuses_what_is_not() -> None:
    xml = a_form(ALL_TYPES).xform.xml
    validate(xml)
    with pytest.raises(FormRefused):
        validate(xml.replace(b"string-length(.)", b"string-length(."))
