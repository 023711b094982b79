"""Publishing a form that keeps entities (protocol.md 13): its lists, its drafts, its clashes.

- a draft makes no list; publishing it makes the list, and gives the file of its name the rows of it;
- what differs from a list or property in capital letters only is refused, with Central's number;
- an old version of entities is a warning; an unknown one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from forms.faults.entities import EntityListNotFound
from tests.forms.test_entities_in_xform import an_entity_form, entity, saved
from tests.server.conftest import RunningHere

FORMS = "/v1/projects/1/forms"
XML = {"Content-Type": "application/xml"}


@pytest.fixture(scope="module")
def designer(server: RunningHere) -> Iterator[httpx.Client]:
    yield server.program("manager")


def a_form(form_id: str, entity_list: str, prop: str = "depth", version: str = "2024.1.0") -> bytes:
    file = f'<instance id="l" src="jr://file-csv/{entity_list}.csv"/>'
    xml = an_entity_form(f"<q/>{entity(entity_list)}", file + saved("/q", prop), version=version)
    return xml.replace(b'id="f"', f'id="{form_id}"'.encode())


def post(designer: httpx.Client, xml: bytes, **query: str) -> httpx.Response:
    return designer.post(FORMS, content=xml, headers=XML, params=query)


def code(reply: httpx.Response) -> str:
    return str(reply.json().get("code"))


def test_a_draft_makes_no_list_and_publishing_it_does(server: RunningHere, designer: httpx.Client) -> None:
    assert post(designer, a_form("drafted", "ponds")).status_code == 200
    with pytest.raises(EntityListNotFound):
        server.store.entity_lists.get(1, "ponds")
    assert designer.post(f"{FORMS}/drafted/draft/publish").status_code == 200
    assert server.store.entity_lists.get(1, "ponds").property_names == ("depth",)
    (file,) = designer.get(f"{FORMS}/drafted/attachments").json()
    assert (file["name"], file["datasetExists"], file["exists"]) == ("ponds.csv", True, True)
    assert designer.get(f"{FORMS}/drafted/attachments/ponds.csv").text == "name,label,__version,depth\n"


def test_another_form_adds_its_properties(server: RunningHere, designer: httpx.Client) -> None:
    assert post(designer, a_form("one", "springs"), publish="true").status_code == 200
    assert post(designer, a_form("two", "springs", "owner"), publish="true").status_code == 200
    assert server.store.entity_lists.get(1, "springs").property_names == ("depth", "owner")


def test_capital_letters_make_no_other_list_and_no_other_property(designer: httpx.Client) -> None:
    assert post(designer, a_form("three", "canals"), publish="true").status_code == 200
    for publish in ("true", "false"):
        reply = post(designer, a_form("four", "Canals"), publish=publish)
        assert (reply.status_code, code(reply)) == (409, "409.16")
        reply = post(designer, a_form("five", "canals", "Depth"), publish=publish)
        assert (reply.status_code, code(reply)) == (409, "409.17")


def test_versions_of_entities_are_known_old_or_unknown(designer: httpx.Client) -> None:
    reply = post(designer, a_form("six", "lakes", version="2022.1.0"), publish="true")
    assert (reply.status_code, code(reply)) == (400, "400.16")
    old = post(designer, a_form("six", "lakes", version="2022.1.0"), publish="true", ignoreWarnings="true")
    assert old.status_code == 200
    for version in ("", "2021.1.0"):
        reply = post(designer, a_form("seven", "lakes", version=version), publish="true")
        assert (reply.status_code, code(reply)) == (400, "400.25")
