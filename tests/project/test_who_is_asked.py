"""Whom the four questionnaires ask what.

- Without consent, or from a child, nothing is asked.
- Who did not use a service, or never applied, is asked only what everybody can know.
- An object is asked what its kind and its state allow, and one module at most.
- What a question before has settled is neither asked nor sent: it is not applicable, and not missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from forms.entities import ListedObject, objects_csv, villages_csv
from forms.evaluation import Scheme
from forms.fill import Asked, Blank
from forms.registry import Village
from forms.scheme import read_scheme
from forms.xlsform import convert

XLSFORMS = Path(__file__).resolve().parents[2] / "xlsforms"
FORMS = ("executive_body", "municipal_enterprise", "contractor", "service_association")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@cache
def xform(form_id: str) -> bytes:
    return convert((XLSFORMS / f"{form_id}.xlsx").read_bytes()).xform.xml


@cache
def scheme(form_id: str) -> Scheme:
    read = read_scheme((XLSFORMS / f"{form_id}.xlsx").read_bytes()).scheme
    assert read is not None
    return read


def _media(subtype: str, object_type: str, finished: date | None = None) -> Mapping[str, bytes]:
    village = Village(name="ak-suu", label_ky="Ак-Суу")
    one = ListedObject(
        "u-1", 1, "one", object_type, subtype, "Бир", villages=("ak-suu",), finished_on=finished
    )
    return {"villages.csv": villages_csv([village]), "objects.csv": objects_csv([one])}


def asked_of(
    form_id: str, subtype: str, answers: Mapping[str, str], finished: date | None = None
) -> tuple[set[str], etree._Element]:
    """The questions put to somebody who answers the first choice of all, or `answers`; and the instance."""
    object_type = scheme(form_id).object_type
    assert object_type is not None
    put: set[str] = set()

    def answer(question: Asked) -> str | None:
        put.add(question.name)
        if question.name in answers:
            return answers[question.name]
        if question.name.endswith("_na"):
            return None
        return question.choices[0] if question.choices else "2026-11-24" if question.type == "date" else "1"

    blank = Blank(xform(form_id), _media(subtype, object_type, finished))
    return put, etree.fromstring(blank.fill(answer, instance_id="uuid:1", started=NOW, ended=NOW))


def scored(form_id: str, put: set[str]) -> set[str]:
    return put & {one.code for one in scheme(form_id).indicators}


@pytest.mark.parametrize("form_id", FORMS)
@pytest.mark.parametrize("refusal", [{"consent": "no"}, {"consent": "yes", "adult": "no"}])
def test_without_consent_or_from_a_child_nothing_is_asked(form_id: str, refusal: dict[str, str]) -> None:
    put, instance = asked_of(form_id, "other", {"stream": "C", **refusal})
    assert put <= {"stream", "consent", "adult", "consent_text", "no_consent_note"}
    assert instance.find(".//object") is None


@pytest.mark.parametrize(
    ("form_id", "subtype", "awareness"),
    [
        ("municipal_enterprise", "waste", {"B4.2", "B6.2"}),
        ("contractor", "works", {"C5.2"}),
        ("service_association", "wua", {"D1.4", "D4.2"}),
    ],
)
def test_who_did_not_use_a_service_is_asked_only_what_everybody_can_know(
    form_id: str, subtype: str, awareness: set[str]
) -> None:
    put, _ = asked_of(form_id, subtype, {"stream": "C", "used_service": "no"})
    assert scored(form_id, put) == awareness
    put, _ = asked_of(form_id, subtype, {"stream": "C", "used_service": "yes"})
    assert scored(form_id, put) > awareness


def test_only_who_applied_is_asked_how_applicants_are_served() -> None:
    served = {"A3.1", "A3.2", "A3.3", "A3.4", "A6.3"}
    put, _ = asked_of("executive_body", "ao", {"stream": "C", "A3.F": "yes"})
    assert put >= served
    put, _ = asked_of("executive_body", "ao", {"stream": "C", "A3.F": "no"})
    assert not put & served


def test_without_a_hearing_nobody_counts_the_women_at_it() -> None:
    put, instance = asked_of("executive_body", "ao", {"stream": "O", "A2.1": "no"})
    assert "A2.2" not in put
    assert instance.find(".//A2.2") is None  # absent, not empty: so it is not applicable, and not missing


def test_without_an_interruption_nobody_says_how_long_it_took() -> None:
    put, _ = asked_of("municipal_enterprise", "other", {"stream": "C", "B2.2": "0"})
    assert "B2.2" in put and "B2.3" not in put


@pytest.mark.parametrize(
    ("form_id", "subtype", "module"),
    [
        ("municipal_enterprise", "waste", "B7w"),
        ("municipal_enterprise", "culture", "B7c"),
        ("municipal_enterprise", "pasture", "D6p"),
        ("service_association", "dwu", "D6d"),
        ("service_association", "other", "D6o"),
    ],
)
@pytest.mark.parametrize("stream", ["O", "C"])
def test_an_object_is_asked_its_own_module_only(form_id: str, subtype: str, module: str, stream: str) -> None:
    put, _ = asked_of(form_id, subtype, {"stream": stream})
    modules = {code.split(".")[0] for code in scored(form_id, put)} & {
        one.code for one in scheme(form_id).criteria if one.subtypes
    }
    assert modules == {module}


def test_a_contract_is_asked_what_its_kind_and_state_allow() -> None:
    works, _ = asked_of("contractor", "works", {"stream": "O"})
    done, _ = asked_of("contractor", "works", {"stream": "O"}, finished=date(2026, 5, 1))
    goods, _ = asked_of("contractor", "goods", {"stream": "O"}, finished=date(2026, 5, 1))
    advice, _ = asked_of("contractor", "consulting", {"stream": "O"}, finished=date(2026, 5, 1))
    assert {"C4.1", "C5.3"} <= works and not any(name.startswith("C6.") for name in works)
    assert {"C6.1", "C6.3"} <= done
    assert {"C3.2", "C6.3"} <= goods and not {"C4.1", "C5.3"} & goods
    assert "C6.2" in advice and not {"C3.2", "C4.1", "C5.3", "C6.3"} & advice
