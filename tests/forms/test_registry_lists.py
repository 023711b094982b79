"""The registry as entity lists:

- every attribute of an object becomes a text and the same attribute again, whatever its type;
- the label is made of the names; where there is no Kyrgyz name, a label given is one;
- whatever is wrong is told by property, by the rules that a spreadsheet is held to;
- a program's 150.125 is a number; only a person's may mean two things.
"""

from __future__ import annotations

from datetime import date

import pytest

from forms.errors import Fault
from forms.registry import RegistryObject, Village
from forms.registry_lists import (
    OBJECTS,
    PROPERTIES,
    VILLAGES,
    RegistryFacts,
    facts_of_object,
    facts_of_village,
    read_facts,
)

ROAD = RegistryObject(
    object_id="road-1", type="SUP", subtype="works", name_ky="Жол", name_ru="Дорога", lat=42.87654, lon=74.0,
    founded_on=date(2001, 2, 3), villages_served=("ak-suu", "kara-suu"), users_count=0, tariff_som=0.1234567,
    annual_budget_som=1e14, sum_final_som=150.125, supplier_is_person=True, local_matter=("LM06", "LM99"),
)  # fmt: skip
PLAIN = {"object_id": "o", "type": "MUN", "subtype": "water", "name_ky": "Суу"}


def told(found: RegistryFacts | tuple[Fault, ...]) -> list[str | None]:
    assert isinstance(found, tuple)
    return [fault.column for fault in found]


def test_every_attribute_is_the_same_again() -> None:
    facts = facts_of_object(ROAD)
    assert read_facts(OBJECTS, facts.label, facts.data, {"ak-suu", "kara-suu"}) == facts
    assert (facts.key, facts.label) == ("road-1", "Жол / Дорога")
    assert facts.data["annual_budget_som"] == "100000000000000" and facts.data["users_count"] == "0"
    assert facts.data["villages_served"] == "ak-suu kara-suu" and "tender_no" not in facts.data
    village = facts_of_village(Village(name="ak-suu", label_ky="Ак-Суу", label_en="Ak-Suu"))
    assert read_facts(VILLAGES, None, village.data, None) == village
    assert (village.key, village.label) == ("ak-suu", "Ак-Суу")


def test_every_attribute_is_a_property() -> None:
    assert {"site_lon", "under_review_until", "local_matter"} <= set(PROPERTIES[OBJECTS])
    assert not {name for names in PROPERTIES.values() for name in names} & {"name", "label"}


def test_a_label_names_what_nothing_else_names() -> None:
    unnamed = {key: text for key, text in PLAIN.items() if key != "name_ky"}
    found = read_facts(OBJECTS, "Жаңы  скважина", unnamed, None)
    assert isinstance(found, RegistryFacts) and found.object is not None
    assert (found.label, found.object.name_ky) == ("Жаңы скважина", "Жаңы скважина")
    found = read_facts(OBJECTS, "Жол / Дорога", unnamed, None)
    assert isinstance(found, RegistryFacts) and found.object is not None
    assert (found.label, found.object.name_ru) == ("Жол / Дорога", "Дорога")
    found = read_facts(OBJECTS, "Something else", PLAIN, None)
    assert isinstance(found, RegistryFacts) and found.label == "Суу"
    assert told(read_facts(VILLAGES, "", {"code": "v"}, None)) == ["label_ky"]


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ({"signed_on": "2026-03-02", "due_on": "2026-03-01"}, ["due_on"]),
        ({"sum_initial_som": "-0.01"}, ["sum_initial_som"]),
        ({"villages_served": "atlantis"}, ["villages_served"]),
        ({"object_id": "", "type": "X"}, ["object_id", "type"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_what_is_wrong_is_told_by_property(data: dict[str, str], columns: list[str]) -> None:
    assert told(read_facts(OBJECTS, None, PLAIN | data, {"ak-suu"})) == columns


def test_only_a_persons_number_may_mean_two_things() -> None:
    sum_ = PLAIN | {"sum_final_som": "150.125"}
    assert isinstance(read_facts(OBJECTS, None, sum_, None), RegistryFacts)
    assert told(read_facts(OBJECTS, None, sum_, None, row=2, by_hand=True)) == ["sum_final_som"]


def test_a_village_is_told_by_its_code() -> None:
    assert told(read_facts(VILLAGES, None, {"code": "a b", "label_ky": "A"}, None)) == ["code"]
    assert told(read_facts(VILLAGES, None, {"name": "a", "label_ky": "A"}, None)) == ["name"]
