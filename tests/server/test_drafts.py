"""The life of a form as programs of ODK Central know it: draft, files, notes, versions, fields.

- A new form is a draft or is published at once; an id that is there already is refused (409.3).
- A draft is replaced, copied from the published form, discarded unless it is all there is (409.7).
- It is published under the version written in it or another; a version never comes twice (409.6).
- A changed type is refused with 400.17, what is no longer asked is warned of with 400.16.
- Files come as raw bytes, chunked and packed as they are; they are carried on, replaced, taken out.
- The workbook of every version comes back byte for byte, under its own ending alone.
- A form_id may hold a slash and whatever else addresses write in per cents.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.make import a_form, an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.forms import WELL, WELL_2
from tests.visitor import at_desk

MARKDOWN, XML = {"Content-Type": "text/markdown"}, {"Content-Type": "application/xml"}
FORMS = "/v1/projects/1/forms"
TREES = """
| survey |
| | type                              | name    | label   | media::image |
| | select_one_from_file trees.csv    | tree    | Tree    |              |
| | text                              | note    | Note    | leaf.png     |
| | integer                           | height  | Height  |              |
| settings |
| | form_title | form_id | version |
| | Trees      | trees   | 1       |
"""


@pytest.fixture(scope="module")
def designer(server: RunningHere) -> httpx.Client:
    return server.program("designer")


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    return server.phone(language="en")


def named(markdown: str, form_id: str) -> str:
    return markdown.replace("| trees   |", f"| {form_id} |")


def md(markdown: str, form_id: str = "trees") -> bytes:
    """A workbook; the server converts it in a process of its own, which takes a second."""
    return "\n".join(line.strip() for line in named(markdown, form_id).splitlines()).encode()


def xform(markdown: str, form_id: str = "trees") -> bytes:
    """The XForm of it, which needs no conversion any more."""
    return a_form(named(markdown, form_id)).xform.xml


def create(program: httpx.Client, form_id: str, *, publish: bool = False) -> str:
    """A form of trees under this id; its address."""
    reply = program.post(f"{FORMS}?publish={publish}", content=xform(TREES, form_id), headers=XML)
    assert reply.status_code == 200, reply.text
    assert reply.json()["xmlFormId"] == form_id and (reply.json()["publishedAt"] is not None) == publish
    return f"{FORMS}/{form_id}"


def draft(program: httpx.Client, path: str, markdown: str, **query: str) -> httpx.Response:
    content = xform(markdown, path.rpartition("/")[2])
    return program.post(f"{path}/draft", params=query, content=content, headers=XML)


def test_an_id_that_is_there_is_refused(designer) -> None:
    path = create(designer, "taken")
    again = designer.post(FORMS, content=xform(TREES, "taken"), headers=XML)
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    assert again.json()["details"]["fields"] == ["projectId", "xmlFormId"]
    assert again.json()["details"]["values"] == ["1", "taken"]
    nothing = designer.post(f"{path}/draft").json()
    assert (nothing["code"], nothing["details"]) == (400.2, {"field": "xml"})
    assert draft(designer, path, TREES).json() == {"success": True}


def test_a_draft_alone_is_for_those_who_write_forms(server, designer) -> None:
    path = create(designer, "unpublished")
    assert designer.get(path).json()["draftToken"]
    member = server.program("member")
    assert member.get(path).status_code == 403
    assert "unpublished" not in {form["xmlFormId"] for form in member.get(FORMS).json()}
    assert member.get(f"{path}/draft").status_code == 403


def test_what_is_published_is_copied_and_published_under_another_version(designer, phone) -> None:
    path = create(designer, "copied", publish=True)
    assert designer.get(f"{path}/draft").status_code == 404
    assert designer.post(f"{path}/draft").json() == {"success": True}
    copy = designer.get(f"{path}/draft").json()
    assert (copy["version"], copy["publishedAt"]) == ("1", None) and len(copy["draftToken"]) == 64
    same = designer.post(f"{path}/draft/publish")
    assert (same.status_code, same.json()["code"]) == (409, 409.6)
    assert same.json()["details"] == {"xmlFormId": "copied", "version": "1"}
    published = designer.post(f"{path}/draft/publish?version=2%20%26%20b", json={"notes": "Fewer questions"})
    assert published.json() == {"success": True}
    shown = designer.get(path).json()
    assert shown["version"] == "2 & b" and shown["hash"] != copy["hash"]
    versions = designer.get(f"{path}/versions", headers={"X-Extended-Metadata": "true"}).json()
    assert [(one["version"], one["publishNotes"]) for one in versions] == [
        ("2 & b", "Fewer questions"),
        ("1", None),
    ]
    assert versions[0]["publishedBy"]["displayName"]
    assert designer.get(f"{path}/draft").status_code == 404
    phone.refresh()
    assert phone.forms["copied", "2 & b"].md5 == shown["hash"]


def test_a_draft_is_discarded_unless_it_is_all_there_is(designer) -> None:
    path = create(designer, "discarded")
    refused = designer.delete(f"{path}/draft")
    assert (refused.status_code, refused.json()["code"]) == (409, 409.7)
    designer.post(f"{path}/draft/publish")
    assert designer.delete(f"{path}/draft").status_code == 404
    designer.post(f"{path}/draft")
    first = designer.get(f"{path}/draft").json()["draftToken"]
    assert designer.delete(f"{path}/draft").json() == {"success": True}
    designer.post(f"{path}/draft")
    assert designer.get(f"{path}/draft").json()["draftToken"] != first
    assert designer.get(path).json()["version"] == "1"


def test_a_draft_of_another_form_is_refused(designer) -> None:
    path = create(designer, "another")
    reply = designer.post(f"{path}/draft", content=xform(WELL), headers=XML)
    assert (reply.status_code, reply.json()["code"]) == (400, 400.8)
    assert reply.json()["details"]["value"] == "well_visit"
    assert designer.post(f"{FORMS}/nowhere/draft").status_code == 404


def test_a_form_id_with_odd_characters_is_one_name(server, designer) -> None:
    form_id = 'Суу/50% «б»\\ a?b#c&d=1 "x"'
    written = form_id.replace("&", "&amp;").replace('"', "&quot;").encode()
    made = designer.post(FORMS, content=xform(TREES, "odd").replace(b'"odd"', b'"%s"' % written), headers=XML)
    assert made.json()["xmlFormId"] == form_id
    path = f"{FORMS}/{quote(form_id, safe='')}"
    assert designer.post(f"{path}/draft/attachments/leaf.png", content=b"leaf").is_success
    with Phone(designer.get(f"{path}/draft/settings").json()["serverUrl"]) as tried:
        tried.refresh()
        assert tried.forms[form_id, "1"].media == {"leaf.png": b"leaf"}
    assert designer.post(f"{path}/draft/publish").is_success
    phone = server.phone()
    phone.refresh()
    assert phone.forms[form_id, "1"].media == {"leaf.png": b"leaf"}
    xml = an_instance(a_form(named(TREES, "odd")), {"height": "3"}).replace(b'"odd"', b'"%s"' % written)
    assert phone.send(xml).accepted
    coordinator = server.program("coordinator")
    [row] = coordinator.get(f"{path}.svc/Submissions").json()["value"]
    assert row["height"] == 3
    assert "3" in coordinator.get(f"{path}/submissions.csv").text.splitlines()[1].split(",")
    with at_desk(server, "designer") as visitor:
        [address] = [
            link.get("href")
            for link in visitor.get("/desk/1/forms").document.xpath("//main//a")
            if quote(form_id, safe="") in link.get("href")
        ]
        assert visitor.get(address).status == 200
    administrator = server.program("administrator")
    entries = administrator.get("/v1/audits?action=form", headers={"X-Extended-Metadata": "true"}).json()
    assert form_id in {entry["actee"]["xmlFormId"] for entry in entries if entry["action"] == "form.create"}


def test_a_changed_type_is_refused_unless_it_becomes_text(designer) -> None:
    path = create(designer, "typed", publish=True)
    changed = TREES.replace("| integer                           | height", "| decimal | height")
    reply = draft(designer, path, changed)
    assert (reply.status_code, reply.json()["code"]) == (400, 400.17)
    assert {"path": "/height", "type": "int"}.items() <= reply.json()["details"].items()
    grouped = TREES.replace(
        "| | integer                           | height  | Height  |              |",
        "| | begin_group | height | Height | |\n| | text | metres | Metres | |\n| | end_group | | | |",
    )
    assert draft(designer, path, grouped, ignoreWarnings="true").json()["code"] == 400.17
    as_text = TREES.replace("| integer                           | height", "| text | height")
    assert draft(designer, path, as_text).json() == {"success": True}


def test_what_is_no_longer_asked_is_warned_of(designer) -> None:
    path = create(designer, "shorter", publish=True)
    shorter = TREES.replace("| | integer                           | height  | Height  |              |", "")
    reply = draft(designer, path, shorter)
    assert (reply.status_code, reply.json()["code"]) == (400, 400.16)
    assert reply.json()["details"]["warnings"]["workflowWarnings"] == [
        {"type": "structureChanged", "details": ["height"]}
    ]
    assert draft(designer, path, shorter, ignoreWarnings="True").status_code == 200
    assert designer.post(f"{path}/draft/publish?version=2").status_code == 200
    now = [field["name"] for field in designer.get(f"{path}/fields").json()]
    ever = [field["name"] for field in designer.get(f"{path}/fields?deletedFields=true").json()]
    assert "height" not in now and ever == [*now, "height"]


def test_files_come_as_they_are_and_travel(designer, phone) -> None:
    path = create(designer, "filed")
    file = f"{path}/draft/attachments/leaf.png"
    assert designer.get(file).status_code == 404
    assert designer.post(f"{path}/draft/attachments/other.png", content=b"x").status_code == 404
    packed = gzip.compress(b"a picture")

    def in_pieces() -> Iterator[bytes]:
        yield packed[:10]
        yield packed[10:]

    sent = designer.post(file, content=in_pieces(), headers={"Content-Encoding": "gzip"})
    assert sent.json()["success"] is True and sent.json()["blobExists"] is True
    assert designer.get(file).content == packed
    listed = {each["name"]: each for each in designer.get(f"{path}/draft/attachments").json()}
    assert listed["leaf.png"]["exists"] and listed["leaf.png"]["size"] == len(packed)
    assert not listed["trees.csv"]["exists"]
    assert draft(designer, path, TREES.replace("| Note    |", "| Notes   |")).status_code == 200
    assert designer.get(file).content == packed  # carried on into the next draft
    designer.post(f"{path}/draft/publish")
    phone.refresh()
    assert phone.forms["filed", "1"].media == {"leaf.png": packed}
    assert designer.get(f"{path}/versions/1/attachments").json() == designer.get(f"{path}/attachments").json()
    designer.post(f"{path}/draft")
    assert designer.delete(file).json() == {"success": True}
    assert designer.delete(file).status_code == 404
    assert designer.get(f"{path}/versions/1/attachments/leaf.png").content == packed


def test_a_file_is_linked_to_the_entity_list_of_its_name(server, designer) -> None:
    path = create(designer, "linked")
    file = f"{path}/draft/attachments/trees.csv"
    assert designer.patch(file, json={"dataset": True}).status_code == 404
    store = server.store
    store.write(lambda tx: store.entity_lists.create(tx, 1, "trees", now=now(), actor=None))
    linked = designer.patch(file, json={"dataset": True}).json()
    assert linked["datasetExists"] and linked["exists"] and not linked["blobExists"]
    picture = designer.patch(f"{path}/draft/attachments/leaf.png", json={"dataset": True})
    assert (picture.status_code, picture.json()["code"]) == (400, 400.26)
    assert designer.post(file, content=b"name,label\n1,One\n").json()["datasetExists"] is False
    assert designer.patch(file, json={"dataset": True}).json()["blobExists"] is False
    assert designer.delete(file).json() == {"success": True}
    assert designer.get(f"{path}/draft/attachments").json()[1]["exists"] is False
    assert {"datasetExists": True}.items() <= {
        each["name"]: each for each in designer.get(f"{create(designer, 'linked2')}/draft/attachments").json()
    }["trees.csv"].items()  # a form that comes later finds the list by itself


def test_the_original_of_every_version_comes_back_under_its_own_ending(designer) -> None:
    workbook = md(TREES, "original")
    sent = designer.post(f"{FORMS}?publish=true&ignoreWarnings=True", content=workbook, headers=MARKDOWN)
    assert sent.status_code == 200, sent.text
    path = f"{FORMS}/original"
    first = designer.get(f"{path}.xlsx").content
    assert first == md(TREES, "original")
    designer.post(f"{path}/draft")
    designer.post(f"{path}/draft/publish?version=2")
    assert designer.get(f"{path}/versions/1.xlsx").content == first
    assert designer.get(f"{path}/versions/2.xlsx").content == first
    assert designer.get(f"{path}.xls").status_code == 404
    third = designer.get(f"{path}.xml").content.replace(b'version="2"', b'version="3"')
    sent = designer.post(f"{path}/draft", content=third, headers=XML)
    assert sent.json() == {"success": True}
    assert designer.get(f"{path}/draft.xml").content == third
    assert designer.get(f"{path}/draft.xlsx").status_code == 404


def test_the_fields_are_those_of_central(designer) -> None:
    path = create(designer, "fields")
    fields = designer.get(f"{path}/fields").json()
    assert fields == designer.get(f"{path}/draft/fields").json()
    assert {
        "name": "height",
        "path": "/height",
        "type": "int",
        "binary": None,
        "selectMultiple": None,
    }.items() <= (fields[2].items())
    assert [field["order"] for field in fields] == list(range(len(fields)))
    assert "/meta" in {field["path"] for field in designer.get(f"{path}/fields?odata=true").json()}


def test_an_xform_without_meta_or_with_the_name_of_a_file_is_refused(designer) -> None:
    def bare(form_id: str, inside: str) -> httpx.Response:
        xml = (
            '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>'
            f'<h:title>Bare</h:title><model><instance><data id="{form_id}">{inside}<q/></data></instance>'
            '<bind nodeset="/data/q" type="string"/></model></h:head><h:body/></h:html>'
        )
        return designer.post(FORMS, content=xml, headers=XML)

    assert bare("bare", "").json()["code"] == 400.27
    assert bare("bare", "<meta/>").json()["code"] == 400.27
    for ending in ("xml", "xls", "xlsx"):
        assert bare(f"bare.{ending}", "<meta><instanceID/></meta>").json()["code"] == 400.8
    assert bare("bare", "<meta><instanceID/></meta>").status_code == 200


def test_a_state_is_changed_and_other_words_are_left_alone(designer, phone) -> None:
    path = create(designer, "states", publish=True)
    assert designer.patch(path, json={"state": "closing", "hash": "x"}).json()["state"] == "closing"
    assert "states" not in {listed.form_id for listed in phone.form_list()}
    assert phone.get(f"{phone.server_url}/forms/states.xml").status_code == 200
    assert designer.patch(path, json={"state": "closed"}).json()["state"] == "closed"
    assert phone.get(f"{phone.server_url}/forms/states.xml").status_code == 403
    assert designer.patch(path, json={"state": "ajar"}).json()["code"] == 400.8
    assert designer.patch(path, json={}).json()["state"] == "closed"


def test_more_is_told_to_those_who_ask_for_more(server, designer, phone) -> None:
    server.publish(WELL)
    server.publish(WELL_2)
    schema = server.store.forms.get(1, "well_visit").current.schema
    assert phone.send(an_instance(schema, {"village": "Ак-Суу"})).accepted
    shown = designer.get(f"{FORMS}/well_visit", headers={"X-Extended-Metadata": "True"}).json()
    assert shown["submissions"] == 1 and shown["lastSubmission"] and shown["reviewStates"]["received"] == 1
    assert shown["excelContentType"].endswith("sheet") and shown["publishNotes"] is None
    assert "submissions" not in designer.get(f"{FORMS}/well_visit").json()


def test_what_publishing_would_add_to_entity_lists_is_told_before(server, designer) -> None:
    form = """
    | survey |
    | | type | name   | label  | save_to |
    | | text | street | Street | street  |
    | | text | colour | Colour | colour  |
    | entities |
    | | list_name | label        |
    | | houses    | ${street}    |
    | settings |
    | | form_title | form_id | version |
    | | Houses     | houses  | 1       |
    """
    sent = designer.post(FORMS, content=xform(form), headers=XML)
    assert sent.status_code == 200, sent.text
    new = [{"name": name, "isNew": True, "inForm": True} for name in ("colour", "street")]
    path = f"{FORMS}/houses"
    assert designer.get(f"{path}/draft/dataset-diff").json() == [
        {"name": "houses", "isNew": True, "properties": new}
    ]
    assert server.store.entity_lists.find(1, "houses") is None
    assert designer.post(f"{path}/draft/publish").is_success
    known = server.store.entity_lists.find(1, "houses")
    assert known is not None and set(known.property_names) == {"street", "colour"}
    [published] = designer.get(f"{path}/dataset-diff").json()
    assert [each["isNew"] for each in published["properties"]] == [False, False]


def test_manifests_of_versions_and_drafts(server, designer) -> None:
    path = create(designer, "manifests")
    designer.post(f"{path}/draft/attachments/leaf.png", content=b"leaf")
    start = f"{server.address}{path}"
    assert f"<downloadUrl>{start}/draft/attachments/leaf.png</downloadUrl>" in (
        designer.get(f"{path}/draft/manifest").text
    )
    designer.post(f"{path}/draft/publish")
    manifest = designer.get(f"{path}/versions/1/manifest")
    assert manifest.headers["x-openrosa-version"] == "1.0"
    assert f"<downloadUrl>{start}/versions/1/attachments/leaf.png</downloadUrl>" in manifest.text


def test_rows_of_choices_that_the_workbook_holds_travel_by_themselves(designer) -> None:
    form = """
    | survey |
    | | type                     | name  | label | choice_filter  |
    | | text                     | state | State |                |
    | | select_one_external city | city  | City  | state=${state} |
    | external_choices |
    | | list_name | name | label   | state |
    | | city      | osh  | Ош      | south |
    | settings |
    | | form_title | form_id | version |
    | | Cities     | cities  | 1       |
    """
    sent = designer.post(FORMS + "?ignoreWarnings=true", content=md(form), headers=MARKDOWN)
    assert sent.status_code == 200, sent.text
    path = f"{FORMS}/cities/draft/attachments"
    assert designer.get(path).json()[0]["blobExists"] is True
    rows = designer.get(f"{path}/itemsets.csv").text
    assert "list_name" in rows.splitlines()[0] and "Ош" in rows
