"""A draft is tried on a phone with its own code, and what was sent for a try counts nowhere.

- The code holds the address of the draft, its name and nothing else; every address repeats the token.
- Any version is taken, also of a closed form; answers are neither in the ledger nor among submissions.
- What was sent goes when the draft is published or saved anew; the code then opens nothing (404.4).
- A renewed code replaces the old one.
- For those who write forms a test submission is like any other: listed with who sent it, edited, compared,
  given its files and rid of them.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator

import httpx
import pytest

from server.store import Tx
from server.store.entities import NewEntity, Source
from server.store.entities.rows import new_uuid
from tests.make import a_form, an_instance
from tests.phone import Phone, Refused
from tests.server.conftest import RunningHere, now
from tests.server.forms import WELL
from tests.server.test_drafts import FORMS, TREES, XML, create, named, xform


@pytest.fixture(scope="module")
def designer(server: RunningHere) -> httpx.Client:
    return server.program("designer")


@pytest.fixture
def phone(request: pytest.FixtureRequest) -> Iterator[Phone]:
    with Phone("") as made:
        yield made


def scan(program: httpx.Client, path: str, phone: Phone) -> str:
    """Set the phone up as the code of the draft says; the name of its place on the phone."""
    settings = program.get(f"{path}/draft/settings").json()
    told = json.loads(zlib.decompress(base64.b64decode(settings["settings"])))
    assert told["general"]["server_url"] == settings["serverUrl"] and told["admin"] == {}
    assert told["general"]["form_update_mode"] == "match_exactly" and told["project"]["icon"] == "📝"
    phone.server_url = settings["serverUrl"]
    phone.forms.clear()
    return str(told["project"]["name"])


def filled(form_id: str, number: int, **values: str) -> bytes:
    form = a_form(named(TREES, form_id))
    return an_instance(form, values, instance_id=f"uuid:{number:08x}-0000-4000-8000-000000000000")


def test_a_draft_is_fetched_filled_and_sent(server, designer, phone) -> None:
    path = create(designer, "tried one")
    designer.post(f"{path}/draft/attachments/leaf.png", content=b"leaf")
    assert scan(designer, path, phone) == "[Draft] Trees"
    [listed] = phone.form_list()
    token = designer.get(f"{path}/draft").json()["draftToken"]
    start = f"{server.address}/v1/test/{token}/projects/1/forms/tried%20one/draft"
    assert phone.server_url == start
    assert (listed.download_url, listed.manifest_url) == (f"{start}.xml", f"{start}/manifest")
    phone.refresh()
    assert phone.forms["tried one", "1"].media == {"leaf.png": b"leaf"}
    head = server.store.ledger.head().seq
    xml = filled("tried one", 1, height="12")
    assert phone.send(xml).statuses == (201,) and phone.send(xml).statuses == (201,)
    assert phone.post(filled("tried one", 1, height="13")).status_code == 409
    old = an_instance(a_form(named(TREES, "tried one")), {}, instance_id="uuid:2", version="of 2019")
    assert phone.send(old).accepted
    assert server.store.ledger.head().seq == head
    sent = designer.get(f"{path}/draft/submissions").json()
    assert [one["instanceId"] for one in sent] == ["uuid:2", "uuid:00000001-0000-4000-8000-000000000000"]
    one = f"{path}/draft/submissions/{sent[1]['instanceId']}"
    assert designer.get(f"{one}.xml").content == xml
    assert designer.get(one).json()["deviceId"] == "collect:ab12CD34ef56GH78"
    assert designer.get(f"{one}/attachments").json() == []
    assert designer.get(f"{path}/draft", headers={"X-Extended-Metadata": "true"}).json()["submissions"] == 2
    rows = designer.get(f"{path}/draft.svc/Submissions").json()["value"]
    assert [row["__system"]["formVersion"] for row in rows] == ["of 2019", "1"]
    assert b"uuid:2," in designer.get(f"{path}/draft/submissions.csv").content
    with server.program("coordinator") as coordinator:
        assert coordinator.get(f"{path}/draft/submissions").status_code == 403
        assert coordinator.get(f"{path}/submissions").json() == []


def test_answers_to_another_form_are_refused(designer, phone) -> None:
    scan(designer, create(designer, "tried_other"), phone)
    refused = phone.post(an_instance(a_form(WELL), {}))
    assert refused.status_code == 400 and b"well_visit" in refused.content


def test_the_state_of_the_form_does_not_matter(designer, phone) -> None:
    path = create(designer, "tried_closed", publish=True)
    designer.post(f"{path}/draft")
    designer.patch(path, json={"state": "closed"})
    scan(designer, path, phone)
    assert phone.form_list() and phone.send(filled("tried_closed", 3)).accepted


def test_what_was_sent_goes_with_the_draft(designer, phone) -> None:
    path = create(designer, "tried_gone", publish=True)
    designer.post(f"{path}/draft")
    scan(designer, path, phone)
    assert phone.send(filled("tried_gone", 4)).accepted
    designer.post(f"{path}/draft")  # saved anew: the code stays, the answers go
    assert designer.get(f"{path}/draft/submissions").json() == []
    assert phone.send(filled("tried_gone", 4)).accepted
    assert designer.post(f"{path}/draft/publish?version=2").json() == {"success": True}
    with pytest.raises(Refused) as refused:
        phone.form_list()
    assert refused.value.status == 404 and refused.value.message
    assert phone.client.head(f"{phone.server_url}/submission").status_code == 404
    assert phone.post(filled("tried_gone", 5)).status_code == 404
    assert phone.client.get(f"{phone.server_url}.xml").status_code == 404
    designer.post(f"{path}/draft")
    assert designer.get(f"{path}/draft/submissions").json() == []


def test_a_code_is_renewed(designer, phone) -> None:
    path = create(designer, "tried_renewed")
    scan(designer, path, phone)
    old = phone.server_url
    token = designer.post(f"{path}/draft/token").json()["draftToken"]
    assert phone.client.get(f"{old}/formList").status_code == 404
    scan(designer, path, phone)
    assert token in phone.server_url and phone.form_list()
    other = phone.server_url.replace("/forms/tried_renewed/", "/forms/tried_other/")
    assert phone.client.get(f"{other}/formList").status_code == 404


def test_those_who_write_forms_send_without_a_phone(designer) -> None:
    path = create(designer, "tried_sent")
    sent = designer.post(f"{path}/draft/submissions", content=filled("tried_sent", 6))
    assert sent.status_code == 200 and sent.json()["submitterId"] > 0
    token = designer.get(f"{path}/draft").json()["draftToken"]
    address = f"/v1/test/{token}/projects/1/forms/tried_sent/draft/submissions"
    with httpx.Client(base_url=designer.base_url) as anybody:
        assert anybody.post(address, content=filled("tried_sent", 7)).json()["submitterId"] == 0
    assert len(designer.get(f"{path}/draft/submissions").json()) == 2
    assert designer.head(f"{path}/draft/submission").status_code == 204


def test_a_test_submission_is_edited_and_given_its_files(designer) -> None:
    markdown = TREES.replace("| | text                              | note ", "| | image | note ")
    made = designer.post(FORMS, content=xform(markdown, "tried_edited"), headers=XML)
    all_ = f"{FORMS}/tried_edited/draft/submissions"
    assert made.is_success, made.text
    form = a_form(named(markdown, "tried_edited"))
    first = an_instance(form, {"note": "a.jpg", "height": "3"}, instance_id="uuid:first")
    assert designer.post(all_, content=first).status_code == 200
    again = designer.post(all_, content=first)
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    file = f"{all_}/uuid:first/attachments/a.jpg"
    assert designer.get(f"{all_}/uuid:first/attachments").json() == [{"name": "a.jpg", "exists": False}]
    assert designer.get(file).status_code == 404
    assert designer.post(f"{all_}/uuid:first/attachments/b.jpg", content=b"x").status_code == 404
    assert designer.post(file, content=b"a picture").json() == {"success": True}
    assert designer.get(file).content == b"a picture"

    second = an_instance(
        form, {"note": "a.jpg", "height": "4"}, instance_id="uuid:second", deprecated_id="uuid:first"
    )
    outdated = an_instance(form, {}, instance_id="uuid:other", deprecated_id="uuid:nobody")
    assert (
        designer.put(f"{all_}/uuid:first", content=first.replace(b"first", b"new")).json()["code"] == 400.19
    )
    assert designer.put(f"{all_}/uuid:first", content=outdated).json()["code"] == 409.9
    edited = designer.put(f"{all_}/uuid:first", content=second).json()
    assert (edited["instanceId"], edited["currentVersion"]["instanceId"]) == ("uuid:first", "uuid:second")
    assert [one["instanceId"] for one in designer.get(f"{all_}/uuid:first/versions").json()] == [
        "uuid:second",
        "uuid:first",
    ]
    [changed] = [
        each
        for each in designer.get(f"{all_}/uuid:first/diffs").json()["uuid:second"]
        if each["path"] == ["height"]
    ]
    assert (changed["old"], changed["new"]) == ("3", "4")
    assert designer.get(f"{all_}/uuid:first.xml").content == second
    assert designer.get(f"{all_}/uuid:first/versions/uuid:first.xml").content == first
    assert designer.get(f"{all_}/uuid:first/versions/uuid:third").status_code == 404
    assert designer.get(file).content == b"a picture"  # carried on into the edit
    assert designer.delete(file).json() == {"success": True}
    assert designer.delete(file).status_code == 404 and designer.get(file).status_code == 404
    before = f"{all_}/uuid:first/versions/uuid:first/attachments"
    assert designer.get(before).json() == [{"name": "a.jpg", "exists": True}]
    assert designer.get(f"{before}/a.jpg").content == b"a picture"
    assert designer.delete(f"{before}/a.jpg").is_success
    [listed] = designer.get(all_, headers={"X-Extended-Metadata": "true"}).json()
    [sender] = designer.get(f"{all_}/submitters").json()
    assert listed["submitter"]["id"] == sender["id"] and listed["instanceId"] == "uuid:first"
    extended = designer.get(f"{FORMS}/tried_edited/draft", headers={"X-Extended-Metadata": "true"}).json()
    assert (
        extended["submissions"] == 1 and extended["lastSubmission"] == listed["currentVersion"]["createdAt"]
    )
    assert extended["createdBy"]["id"] == sender["id"] and extended["reviewStates"]["received"] == 1


def test_entity_lists_travel_with_a_draft(server, designer, phone) -> None:
    store, moment = server.store, now()
    oak = NewEntity(new_uuid(), "Oak", {})

    def make(tx: Tx) -> None:
        trees = store.entity_lists.create(tx, 1, "trees", now=moment, actor=None)
        store.entities.create(tx, trees, oak, Source(), now=moment)

    store.write(make)
    scan(designer, create(designer, "tried_lists"), phone)
    phone.refresh()
    assert b"Oak" in phone.forms["tried_lists", "1"].media["trees.csv"]
    [media] = phone.manifest(phone.form_list()[0])
    assert media.entity_list
