"""What programs ask, in the shapes of ODK Central: sessions, forms, app users, submissions, exports.

- A workbook comes back byte for byte; faults are told with sheet, row and column; warnings must be seen.
- A version never changes; a changed type is refused; while a round is open, scoring does not change.
- What pyODK needs is there: keys with null, numbers that are never null, True and False, encoded ids.
- Submissions can be read, sent, edited, reviewed with a reason, and exported, codes or labels.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from forms.schema import Schema
from server.actions.import_objects import import_objects, import_villages
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES, WELL

WORKBOOK = Path(__file__).resolve().parents[2] / "xlsforms" / "service_association.xlsx"
MARKDOWN = {"Content-Type": "text/markdown"}


@pytest.fixture(scope="module")
def schema(server: RunningHere) -> Schema:
    return server.publish(WELL).schema


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    return server.phone(language="en")


@pytest.fixture(scope="module")
def coordinator(server: RunningHere) -> httpx.Client:
    return server.program("coordinator")


@pytest.fixture(scope="module")
def designer(server: RunningHere) -> httpx.Client:
    return server.program("designer")


def fresh() -> str:
    return f"uuid:{uuid4()}"


def md(markdown: str) -> bytes:
    return "\n".join(line.strip() for line in markdown.splitlines()).encode()


def post(program: httpx.Client, markdown: str, *, publish: bool = True) -> httpx.Response:
    """Send a workbook with its warnings seen."""
    path = f"/v1/projects/1/forms?publish={publish}&ignoreWarnings=True"
    return program.post(path, content=md(markdown), headers=MARKDOWN)


ONE = "/v1/projects/1/forms/well_visit"


def test_a_session_begins_is_known_and_ends(server) -> None:
    program = server.program("designer")
    assert program.get("/v1/users/current").json()["roles"] == [{"role": "designer", "projectId": None}]
    assert program.delete("/v1/sessions/current").json() == {"success": True}
    assert program.get("/v1/users/current").status_code == 401


def test_a_wrong_password_is_a_401_and_too_many_a_429(server) -> None:
    server.program("designer")
    email = server.store.accounts.all()[-1].email
    statuses = [
        httpx.post(f"{server.address}/v1/sessions", json={"email": email, "password": "wrong"}).status_code
        for _ in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_cookie_alone_changes_nothing(server) -> None:
    server.program("designer")
    email = server.store.accounts.all()[-1].email
    with httpx.Client(base_url=server.address) as browser:
        csrf = browser.post("/v1/sessions", json={"email": email, "password": PASSWORD}).json()["csrf"]
        assert browser.get("/v1/users/current").status_code == 200
        assert browser.post("/v1/projects/1/forms", content=b"x").status_code == 403
        answered = browser.post("/v1/projects/1/forms", content=b"x", headers={"X-CSRF-Token": csrf})
        assert answered.status_code == 400


def test_the_proof_of_a_page_may_stand_in_the_body(server) -> None:
    server.program("manager")
    email = server.store.accounts.all()[-1].email
    with httpx.Client(base_url=server.address) as browser:
        signed = browser.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        csrf, path = signed.json()["csrf"], "/v1/projects/1/app-users"
        assert browser.cookies["__csrf"] == csrf
        (said,) = [line for line in signed.headers.get_list("set-cookie") if line.startswith("__csrf=")]
        assert "HttpOnly" not in said and "samesite=strict" in said.lower()
        for body in ({}, {"__csrf": "guessed"}, {"__csrf": None}, [csrf]):
            assert browser.post(path, json=body).status_code == 403, body
        assert browser.post(path, json={"displayName": "Phone", "__csrf": csrf}).status_code == 200
        long = {"displayName": "Phone", "__csrf": csrf, "more": "x" * 1_000_000}
        assert browser.post(path, json=long).status_code == 403
        export = "/v1/projects/1/forms/nothing/submissions.csv"
        assert browser.post(export, data={"__csrf": "guessed"}).status_code == 403
        assert browser.post(export, data={"__csrf": csrf}).status_code == 404
        text = {"Content-Type": "text/plain"}
        assert (
            browser.post(path, content=b'{"__csrf": "%s"}' % csrf.encode(), headers=text).status_code == 403
        )


def test_a_workbook_is_published_and_comes_back_byte_for_byte(server, designer) -> None:
    workbook = WORKBOOK.read_bytes()
    reply = designer.post(
        "/v1/projects/1/forms?publish=True&ignoreWarnings=False", content=workbook, timeout=120
    )
    assert reply.status_code == 200, reply.text
    form = reply.json()
    assert form["state"] == "open" and form["objectType"] == "PSO" and form["warnings"] == []
    path = f"/v1/projects/1/forms/{quote(form['xmlFormId'])}"
    assert designer.get(f"{path}.xlsx").content == workbook
    version = quote(form["version"])
    assert designer.get(f"{path}/versions/{version}.xlsx").content == workbook
    again = designer.post("/v1/projects/1/forms?publish=true", content=workbook, timeout=120)
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    assert len(designer.get(f"{path}/versions").json()) == 1


def test_every_key_that_pyodk_insists_on_is_there(server, schema, designer) -> None:
    form = designer.get(ONE).json()
    needed = "projectId xmlFormId version hash state createdAt name enketoId keyId updatedAt publishedAt"
    assert set(needed.split()) <= set(form)
    assert form["version"] == "1"
    assert form in designer.get("/v1/projects/1/forms").json()
    project = designer.get("/v1/projects/1").json()
    assert project["id"] == 1 and project["createdAt"].endswith("Z")
    assert project in designer.get("/v1/projects").json()


def test_faults_are_told_all_at_once_with_their_cells(server, designer) -> None:
    broken = SCORED.replace("| C1   | Ways  | 1      |", "| C1   | Ways  | -1     |").replace(
        "| S5 | 1 ", "| S9 | 1 "
    )
    reply = designer.post("/v1/projects/1/forms?publish=true", content=md(broken), headers=MARKDOWN)
    assert reply.status_code == 400
    body = reply.json()
    assert body["code"] == 400.15
    cells = {(fault["sheet"], fault["column"]) for fault in body["details"]["faults"]}
    assert {("criteria", "weight"), ("survey", "scale")} <= cells
    assert all(fault["row"] and fault["message"] for fault in body["details"]["faults"])


def test_faults_are_told_in_the_language_asked_for(server, designer) -> None:
    broken = md(WELL.replace("| image | second", "| imagine | second"))
    spoken = {
        language: designer.post(
            "/v1/projects/1/forms", content=broken, headers={**MARKDOWN, "Accept-Language": language}
        ).json()["details"]["faults"][0]["message"]
        for language in ("ky", "ru", "en")
    }
    assert len(set(spoken.values())) == 3


def test_warnings_have_to_be_seen(server, designer) -> None:
    half = WELL.replace("well_visit", "half").replace(
        "| label   |", "| label::English (en) | label::Русский (ru) |"
    )
    reply = designer.post("/v1/projects/1/forms?publish=true", content=md(half), headers=MARKDOWN)
    assert reply.status_code == 400
    assert reply.json()["code"] == 400.16
    assert reply.json()["details"]["warnings"]["xlsFormWarnings"]
    accepted = post(designer, half)
    assert accepted.status_code == 200
    assert accepted.json()["warnings"]


def test_a_version_never_changes(server, schema, designer) -> None:
    changed = WELL.replace("Village |", "Village? |")
    path = f"{ONE}/draft"
    assert designer.post(f"{path}?ignoreWarnings=True", content=md(changed), headers=MARKDOWN).is_success
    reply = designer.post(f"{path}/publish")
    assert (reply.status_code, reply.json()["code"]) == (409, 409.6)
    designer.delete(path)


def test_a_draft_is_offered_to_nobody_until_it_is_published(server, designer, phone) -> None:
    assert post(designer, WELL.replace("well_visit", "drafted"), publish=False).status_code == 200
    assert "drafted" not in {listed.form_id for listed in phone.form_list()}
    path = "/v1/projects/1/forms/drafted"
    assert designer.get(f"{path}/draft").json()["version"] == "1"
    assert b"<h:html" in designer.get(f"{path}/draft.xml").content
    assert designer.post(f"{path}/draft/publish").json() == {"success": True}
    assert "drafted" in {listed.form_id for listed in phone.form_list()}
    assert designer.get(f"{path}/draft").status_code == 404


def test_a_file_of_a_form_is_uploaded_and_travels(server, designer, phone) -> None:
    form = (
        WELL.replace("well_visit", "pictured")
        .replace("| label   |", "| label | media::image |")
        .replace("| text  | village | Village |", "| text  | village | Village | logo.png |")
    )
    post(designer, form, publish=False)
    path = "/v1/projects/1/forms/pictured/draft"
    assert designer.post(f"{path}/attachments/other.png", content=b"x").status_code == 404
    assert designer.post(f"{path}/attachments/logo.png", content=b"png").json()["success"] is True
    assert designer.get(f"{path}/attachments").json()[0]["exists"] is True
    designer.post(f"{path}/publish")
    phone.refresh()
    assert phone.forms["pictured", "1"].media == {"logo.png": b"png"}


def test_app_users_are_added_shown_and_revoked(server, coordinator) -> None:
    path = "/v1/projects/1/app-users"
    added = coordinator.post(path, json={"displayName": "Асан"}).json()
    assert len(added["token"]) == 64 and added["type"] == "field_key"
    assert set(added) >= {"projectId", "id", "displayName", "createdAt", "updatedAt", "deletedAt"}
    assert added in coordinator.get(path).json()
    settings = coordinator.get(f"{path}/{added['id']}/settings")
    assert settings.headers["content-type"].startswith("text/plain")
    told = json.loads(zlib.decompress(base64.b64decode(settings.text)))
    assert told["general"]["server_url"] == f"{server.address}/v1/key/{added['token']}/projects/1"
    with Phone(told["general"]["server_url"]) as phone:
        assert phone.form_list() is not None
        assert coordinator.delete(f"{path}/{added['id']}").json() == {"success": True}
        assert phone.client.get(f"{phone.server_url}/formList").status_code == 403
    assert coordinator.post(path, json={"displayName": " "}).status_code == 400


def test_a_submission_is_read_as_central_shows_it(server, schema, phone, coordinator) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"village": "Ак-Суу", "photo": "a.jpg"}, instance_id=instance_id)
    phone.send(xml, {"a.jpg": b"jpeg"})
    path = f"{ONE}/submissions/{quote(instance_id, safe='')}"
    shown = coordinator.get(path).json()
    assert shown["instanceId"] == instance_id
    assert isinstance(shown["submitterId"], int) and "attachments" not in shown
    assert shown["reviewState"] is None
    assert shown["instanceId"] in {
        each["instanceId"] for each in coordinator.get(f"{ONE}/submissions").json()
    }
    assert coordinator.get(f"{path}.xml").content == xml
    assert coordinator.get(f"{path}/attachments").json() == [{"name": "a.jpg", "exists": True}]
    picture = coordinator.get(f"{path}/attachments/a.jpg")
    assert picture.content == b"jpeg" and picture.headers["content-disposition"].startswith("inline")
    assert coordinator.get(f"{ONE}/submissions/uuid%3Anothing").status_code == 404


def test_a_program_sends_and_edits(server, schema) -> None:
    member = server.program("member", "coordinator")
    first, second = fresh(), fresh()
    xml = an_instance(schema, {"village": "x"}, instance_id=first)
    path = f"{ONE}/submissions"
    assert member.post(path, content=xml).json()["instanceId"] == first
    assert member.post(path, content=xml).status_code == 409
    edit = an_instance(schema, {"village": "y"}, instance_id=second, deprecated_id=first)
    one = f"{path}/{quote(first, safe='')}"
    edited = member.put(one, content=edit).json()
    assert (edited["instanceId"], edited["currentVersion"]["instanceId"]) == (first, second)
    assert edited["reviewState"] == "edited"
    assert [each["instanceId"] for each in member.get(f"{one}/versions").json()] == [second, first]
    moved = member.get(f"{path}/{quote(second, safe='')}")
    assert moved.status_code == 301 and moved.headers["location"].endswith(quote(second, safe=""))
    assert member.get(moved.headers["location"]).status_code == 200
    other = xml.replace(b"well_visit", b"drafted")
    assert (member.post(path, content=other).status_code, member.post(path, content=b"<").status_code) == (
        400,
        400,
    )


def test_a_review_has_a_reason_and_stands_in_the_ledger(server, schema, phone, coordinator) -> None:
    instance_id = fresh()
    phone.send(an_instance(schema, {}, instance_id=instance_id))
    path = f"{ONE}/submissions/{quote(instance_id, safe='')}"
    before = server.store.ledger.head().seq
    void = coordinator.patch(path, json={"reviewState": "rejected", "reason": "a test"}).json()
    assert void["reviewState"] == "rejected"
    [record] = server.store.ledger.records_after(before)
    assert record.kind == "decision" and b"a test" in record.payload
    assert coordinator.patch(path, json={"reviewState": "perhaps", "reason": "x"}).status_code == 400


def test_many_are_decided_by_a_filter(server, coordinator, phone) -> None:
    schema = server.publish(WELL.replace("well_visit", "many")).schema
    for _ in range(5):
        phone.send(an_instance(schema, {}, instance_id=fresh()))
    given = {"formId": "many", "states": ["received"], "reviewState": "accepted", "reason": "checked"}
    reply = coordinator.post("/v1/projects/1/submissions/review", json=given)
    assert reply.json() == {"count": 5}
    assert coordinator.post("/v1/projects/1/submissions/review", json=given).json() == {"count": 0}


def test_comments_are_kept(server, schema, phone, coordinator) -> None:
    instance_id = fresh()
    phone.send(an_instance(schema, {}, instance_id=instance_id))
    path = f"{ONE}/submissions/{quote(instance_id, safe='')}/comments"
    assert coordinator.post(path, json={"body": "Look"}).json()["body"] == "Look"
    assert [each["body"] for each in coordinator.get(path).json()] == ["Look"]


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_export_holds_what_was_sent_a_moment_ago(server, coordinator, phone) -> None:
    schema = server.publish(WELL.replace("well_visit", "exported")).schema
    instance_id = fresh()
    phone.send(an_instance(schema, {"village": "=1+1"}, instance_id=instance_id), {"left.jpg": b"x"})
    path = "/v1/projects/1/forms/exported/submissions"
    reply = coordinator.get(f"{path}.csv")
    assert reply.headers["content-type"].startswith("text/csv")
    [row] = rows(reply.content)
    assert row["KEY"] == instance_id
    assert row["village"] == "'=1+1"  # no spreadsheet takes it for a formula
    assert row["SubmitterName"] == "Phone 1" and row["DeviceID"] == phone.device_id
    packed = coordinator.get(f"{path}.csv.zip?attachments=false")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert rows(archive.read("exported.csv")) == [row]


def test_an_export_of_a_citizens_answers_leaves_the_profile_out(server, coordinator, phone) -> None:
    import_villages(server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(server.store, 1, OBJECTS, now=now(), actor=None)
    schema = server.publish(SCORED).schema
    values = {"stream": "C", "object": "wua-1", "polite": "4", "quick": "2", "age": "44"}
    instance_id = fresh()
    phone.send(an_instance(schema, values, instance_id=instance_id))
    path = "/v1/projects/1/forms/service/submissions"
    [row] = rows(coordinator.get(f"{path}.csv?labels=ru").content)
    assert "44" not in row.values() and "Хорошо" in row.values()
    # the very bytes would tell it
    assert coordinator.get(f"{path}/{quote(instance_id, safe='')}.xml").status_code == 403


def test_the_head_of_the_ledger_is_everyones(server, schema) -> None:
    head = server.store.ledger.head()
    assert httpx.get(f"{server.address}/v1/ledger/head").json() == {"seq": head.seq, "hash": head.hash}


def test_refusals_of_programs_are_json_with_a_code(server, schema) -> None:
    reply = httpx.get(f"{server.address}/v1/projects/1/forms")
    assert reply.status_code == 401
    assert set(reply.json()) == {"message", "code", "details"}
    nowhere = httpx.get(f"{server.address}/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, 404.1)
    assert httpx.delete(f"{server.address}/v1/ledger/head").status_code == 405
