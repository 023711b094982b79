"""The questionnaires of xlsforms/ in ODK's own form engine.

- Each converts without a warning, its scheme has no fault and no warning, and ODK Validate opens it.
- 200 filled-in forms of each, in three languages, are accepted by the engine to the end.
- Both streams occur, and hardly a question is never answered.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from forms.entities import ListedObject, Village, objects_csv, villages_csv
from forms.instance import parse_instance, read_answers
from forms.scheme import SUBTYPES, Scheme, read_scheme
from forms.xform import XForm
from forms.xlsform import convert
from tests.engine.engine import Filled, fill, validate

pytestmark = pytest.mark.engine

WORKBOOKS = sorted((Path(__file__).resolve().parents[2] / "xlsforms").glob("*.xlsx"))
COUNT = 200
LANGUAGES = ("ky", "ru", "en")
VILLAGES = (("tash-bulak", "Таш-Булак", "Таш-Булак"), ("kok-say", "Көк-Сай", "Кок-Сай"))


def a_registry() -> dict[str, bytes]:
    """villages.csv and objects.csv of a fictional aimak, with an object of every subtype in each village."""
    villages = [Village(name=name, label_ky=ky, label_ru=ru) for name, ky, ru in VILLAGES]
    objects = []
    for object_type, subtypes in SUBTYPES.items():
        for subtype in subtypes:
            number = len(objects) + 1
            objects.append(
                ListedObject(
                    uuid=f"4b1d0000-0000-4000-8000-{number:012d}",
                    version=1,
                    object_id=f"{object_type.lower()}-{subtype.replace('_', '-')}",
                    type=object_type,
                    subtype=subtype,
                    name_ky=f"Объект {number}",
                    villages=tuple(village.name for village in villages),
                    finished_on=date(2025, 5, 20) if object_type == "SUP" and number % 2 else None,
                    sum_initial_som=1_500_000,
                    sum_final_som=1_620_000,
                )
            )
    return {"villages.csv": villages_csv(villages), "objects.csv": objects_csv(objects)}


@pytest.fixture(scope="module", params=WORKBOOKS, ids=[path.stem for path in WORKBOOKS])
def workbook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def xform(workbook: Path) -> XForm:
    conversion = convert(workbook.read_bytes(), workbook.name)
    assert [str(warning) for warning in conversion.warnings] == []
    return conversion.xform


@pytest.fixture(scope="module")
def scheme(workbook: Path) -> Scheme:
    reading = read_scheme(workbook.read_bytes(), filename=workbook.name)
    assert [str(fault) for fault in [*reading.faults, *reading.warnings]] == []
    assert reading.scheme is not None
    return reading.scheme


@pytest.fixture(scope="module")
def filled(xform: XForm, tmp_path_factory: pytest.TempPathFactory) -> list[Filled]:
    started = time.monotonic()
    forms = fill(xform.xml, a_registry(), tmp_path_factory.mktemp(xform.form_id), COUNT, 1, LANGUAGES)
    assert time.monotonic() - started < 60
    return forms


def answers(filled: list[Filled], xform: XForm) -> list[Mapping[str, str]]:
    """Of each filled-in form: question -> answer, where there is one; the repeats' rows as well."""
    found = []
    for each in filled:
        read = read_answers(parse_instance(each.xml_path.read_bytes()), xform.schema)
        rows = [row.values for of_repeat in read.repeats.values() for row in of_repeat]
        found.append(
            {path: value for values in (read.values, *rows) for path, value in values.items() if value}
        )
    return found


def test_there_is_a_workbook_of_every_object_type() -> None:
    readings = [read_scheme(path.read_bytes(), filename=path.name) for path in WORKBOOKS]
    assert {reading.scheme.object_type for reading in readings if reading.scheme} == SUBTYPES.keys()


def test_it_has_no_fault_and_no_warning_and_odk_validate_opens_it(xform: XForm, scheme: Scheme) -> None:
    assert scheme.form_id == xform.form_id
    assert all(xform.schema.question(indicator.code) for indicator in scheme.indicators)
    validate(xform.xml)


def test_every_filled_in_form_is_accepted_in_three_languages(filled: list[Filled], xform: XForm) -> None:
    assert len(filled) == COUNT
    assert {each.language[-3:-1] for each in filled} == set(LANGUAGES)
    ids = set()
    for each in filled:
        instance = parse_instance(each.xml_path.read_bytes())
        assert (instance.form_id, instance.version) == (xform.form_id, xform.version)
        ids.add(instance.instance_id)
    assert len(ids) == COUNT


def test_both_streams_occur(filled: list[Filled], xform: XForm, scheme: Scheme) -> None:
    stream = xform.schema.question(scheme.roles["stream"])
    assert stream is not None
    streams = [said.get(stream.path) for said in answers(filled, xform)]
    assert min(streams.count("O"), streams.count("C")) > COUNT / 10


def test_hardly_a_question_is_never_answered(filled: list[Filled], xform: XForm) -> None:
    asked = {q.path for q in xform.schema.questions if q.control not in ("", "note")}
    answered = set().union(*answers(filled, xform))
    assert len(asked - answered) <= len(asked) / 20, sorted(asked - answered)
