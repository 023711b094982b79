"""The audit log: every change and every download of personal data is one entry, for administrators.

- What was done, by whom, when, to what; as Central shapes it, with its words for actions and kinds.
- It is found by action, kind, time, actor; in pages; as CSV; on the desk; on the command line.
- A reading of answers, of people, of what they sign in with or of the log itself stands in it, once, before
  it has left; what another request gets (304, the way to something, a refusal, HEAD) does not.
- What was sent is told from the ledger, where it is asked for by name.
- A change that its action forgot is written by its route.
- No answer, no token, no password and no name ever stands in it; a note of the one who asks does.
- Administrators of the server read it, and nobody else.
- Every route that gives any of these away is in the table of readings, or is said to hold none.
"""

from __future__ import annotations

import csv
import io
import json
import re

import httpx
import pytest
from click.testing import CliRunner

from server.app import all_routes
from server.cli.audit import verb as audit_verb
from server.routes.recording import change_of, download_of
from server.store.audit import Audited, new_entry
from tests.make import an_instance
from tests.server.conftest import RunningHere, now
from tests.server.forms import WELL
from tests.visitor import at_desk

ANSWER = "Айылдын сыры 4471"
ONE = "/v1/projects/1/forms/well_visit/submissions"

# addresses of answers, people, tokens or the log that give none of them away
NOT_PERSONAL = (
    r"/submissions/keys$",
    r"/submissions/\{\w+\}/edit$",  # the way to a page
    r"\.svc/?$",
    r"\$metadata$",
    r"/users/current$",  # oneself
    r"/uploads$",
    r"/forms/\{form\}/export$",
)


@pytest.fixture(scope="module")
def sent(server: RunningHere) -> RunningHere:
    schema = server.publish(WELL).schema
    xml = an_instance(schema, {"village": ANSWER, "photo": "a.jpg"}, instance_id="uuid:audited")
    assert server.phone("Айгүл").send(xml, {"a.jpg": b"\xff\xd8photo"}).accepted
    return server


@pytest.fixture(scope="module")
def manager(sent: RunningHere) -> httpx.Client:
    return sent.program("manager")


@pytest.fixture(scope="module")
def administrator(sent: RunningHere) -> httpx.Client:
    return sent.program("administrator")


def logged(
    administrator: httpx.Client, limit: int | None = None, **query: str | int
) -> list[dict[str, object]]:
    """The newest entries, but for those of reading the log here."""
    reply = administrator.get("/v1/audits", params=query)
    assert reply.status_code == 200, reply.text
    return [entry for entry in reply.json() if entry["action"] != "read.audits"][:limit]


def test_an_entry_has_centrals_shape(manager, administrator) -> None:
    user = manager.post("/v1/projects/1/app-users", json={"displayName": "Бакыт"}).json()
    entry = logged(administrator, action="field_key.create", limit=1)[0]
    assert set(entry) == {"id", "actorId", "action", "acteeId", "details", "loggedAt", "notes"}
    me = manager.get("/v1/users/current").json()["id"]
    assert (entry["actorId"], entry["acteeId"]) == (me, f"1/{user['id']}")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(entry["loggedAt"]))
    extended = administrator.get(
        "/v1/audits?action=field_key&limit=1", headers={"X-Extended-Metadata": "true"}
    ).json()[0]
    assert extended["actor"]["id"] == me and extended["actor"]["type"] == "user"
    assert extended["actee"] == {"id": user["id"], "type": "field_key"}


@pytest.mark.parametrize(
    ("way", "action", "kind"),
    [
        (f"{ONE}.csv", "form.submission.export", "csv"),
        (f"{ONE}.csv.zip", "form.submission.export", "zip"),
        (f"{ONE}/uuid:audited.xml", "read.submission", "xml"),
        (f"{ONE}/uuid:audited/attachments/a.jpg", "read.attachment", None),
    ],
)
def test_a_download_is_written_before_it_has_left(manager, administrator, way, action, kind) -> None:
    with manager.stream("GET", way) as reply:  # not a byte of the body read
        assert reply.status_code == 200
        entry = logged(administrator, limit=1)[0]
    assert entry["action"] == action and str(entry["acteeId"]).startswith("1/well_visit")
    assert (entry["details"] or {}).get("format") == kind
    before = entry["id"]
    assert manager.head(way).status_code in (200, 405)
    if etag := reply.headers.get("etag"):
        assert manager.get(way, headers={"If-None-Match": etag}).status_code == 304
    assert manager.get(way.replace("well_visit", "none")).status_code == 404
    assert logged(administrator, limit=1)[0]["id"] == before


def test_what_was_asked_for_is_named_and_what_was_sought_is_not(manager, administrator) -> None:
    assert manager.get(f"{ONE}.csv", params={"labels": "ky", ANSWER: ANSWER}).status_code == 200
    entry = logged(administrator, action="download", limit=1)[0]
    assert entry["details"] == {"parameters": "labels", "format": "csv"}


def test_changes_of_a_submission_are_written(manager, administrator, sent) -> None:
    assert manager.patch(f"{ONE}/uuid:audited", json={"reviewState": "approved"}).status_code == 200
    assert manager.post(f"{ONE}/uuid:audited/comments", json={"body": ANSWER}).status_code == 200
    told = logged(administrator, action="submission", limit=2)
    assert [entry["action"] for entry in told] == ["submission.comment", "submission.update"]
    assert told[1]["details"]["decision"] == "accepted"
    schema = sent.store.forms.get(1, "well_visit").current.schema
    edit = an_instance(schema, {"village": "y"}, instance_id="uuid:edit", deprecated_id="uuid:audited")
    assert manager.put(f"{ONE}/uuid:audited", content=edit).status_code == 200
    last = logged(administrator, limit=1)[0]
    assert (last["action"], last["acteeId"]) == ("submission.update.version", "1/well_visit/uuid:edit")


def test_a_note_of_the_one_who_asks_stands_beside(administrator, manager) -> None:
    note = {"X-Action-Notes": "%D0%B8%D0%B7%D0%B8%D0%BB%D0%B4%D3%A9%D3%A9"}
    assert manager.post("/v1/projects/1/app-users", json={"displayName": "T"}, headers=note).is_success
    assert logged(administrator, limit=1)[0]["notes"] == "изилдөө"
    broken = manager.post("/v1/projects/1/app-users", json={}, headers={"X-Action-Notes": "fun%ae"})
    assert (broken.status_code, broken.json()["code"]) == (400, 400.6)


def test_entries_are_found_by_action_time_actor_and_in_pages(administrator, manager) -> None:
    everything = logged(administrator)
    assert [entry["id"] for entry in everything] == sorted((e["id"] for e in everything), reverse=True)
    users = logged(administrator, action="user")
    assert administrator.get("/v1/audits?action=user&limit=2&offset=1").json() == users[1:3]
    me = manager.get("/v1/users/current").json()["id"]
    assert {entry["actorId"] for entry in logged(administrator, actor=me)} == {me}
    third = everything[2]["loggedAt"]
    assert all(entry["loggedAt"] >= third for entry in logged(administrator, start=third))
    assert all(entry["loggedAt"] <= third for entry in logged(administrator, end=third))
    assert logged(administrator, start="2999-01-01") == logged(administrator, start="2999-01-01Z") == []
    plain = {entry["action"] for entry in logged(administrator, action="nonverbose")}
    assert plain and not any(action.startswith(("read.", "submission.")) for action in plain)
    assert {e["action"] for e in logged(administrator, action="user")} >= {"user.create"}
    assert logged(administrator, action="account.create") == logged(administrator, action="user.create")
    for wrong in ({"start": "gestern"}, {"actor": "'; --"}, {"limit": "x"}):
        assert administrator.get("/v1/audits", params=wrong).status_code == 400, wrong


def test_what_was_sent_is_told_from_the_ledger_where_it_is_asked_for(administrator, manager, sent) -> None:
    schema = sent.store.forms.get(1, "well_visit").current.schema
    before = len(logged(administrator, action="submission.create"))
    for number in range(3):
        xml = an_instance(schema, {"village": "x"}, instance_id=f"uuid:new-{number}")
        assert manager.post(ONE, content=xml).status_code == 200
    found = logged(administrator, action="submission.create")
    assert len(found) == before + 3
    assert [entry["details"]["instanceId"] for entry in found[:3]] == [f"uuid:new-{n}" for n in (2, 1, 0)]
    me = manager.get("/v1/users/current").json()["id"]
    query = {
        "action": "submission.create",
        "actor": me,
        "start": found[1]["loggedAt"],
        "limit": 1,
        "offset": 1,
    }
    [second] = administrator.get("/v1/audits", params=query, headers={"X-Extended-Metadata": "true"}).json()
    assert (second["actor"]["id"], second["acteeId"]) == (me, "1/well_visit/uuid:new-1")
    assert second["actee"] == {"projectId": 1, "xmlFormId": "well_visit"}
    told = administrator.get("/v1/audits.csv?action=submission.create").text
    assert told.count("submission.create") == before + 3


def test_it_is_a_csv_too(administrator) -> None:
    reply = administrator.get("/v1/audits.csv?action=download")
    rows = [*csv.DictReader(io.StringIO(reply.text))]
    told = [row for row in rows if row["action"] != "read.audits"]
    assert told and len(told) == len(logged(administrator, action="download"))
    assert list(rows[0])[:3] == ["id", "loggedAt", "actorId"]
    assert "attachment" in reply.headers["content-disposition"]


def test_no_answer_no_token_and_no_name_stands_in_it(administrator, sent) -> None:
    user = sent.store.app_users.all(1)[0]
    other = sent.program("manager")  # which signs out with its token in the address
    session = other.headers["Authorization"].split()[1]
    assert other.delete(f"/v1/sessions/{session}").status_code == 200
    text = administrator.get("/v1/audits").text
    for secret in (session, ANSWER, sent.store.app_users.token(user), "Айгүл", "Бакыт", "example.org"):
        assert secret not in text


def test_administrators_of_the_server_read_it_and_nobody_else(sent, manager, administrator) -> None:
    other = sent.store.write(lambda tx: sent.store.projects.create(tx, name="Башка", now=now()))
    for program in (manager, sent.program("administrator", project_id=other)):
        for path in ("/v1/audits", "/v1/audits.csv"):
            assert program.get(path).status_code == 403
            assert httpx.get(f"{sent.address}{path}").status_code == 401


def test_it_is_a_page_of_the_desk_with_filters(sent) -> None:
    with at_desk(sent, "administrator", project_id=None) as visitor:
        page = visitor.get("/desk/1/audit?action=download&since=2020-01-01&until=2999-01-01")
        assert page.status == 200 and "form.submission.export" in page.main
        assert "field_key.create" not in page.main and "field_key.create" in visitor.get("/desk/1/audit").main
        assert "Nothing of this kind" in visitor.get("/desk/1/audit?since=2100-01-01&actor=x").main
        [link] = [link for link in page.links if link.startswith("/v1/audits.csv")]
        assert visitor.client.get(link).text.count("form.submission.export")


def test_the_command_line_reads_it(sent) -> None:
    data = ["--data", str(sent.context.settings.data)]
    told = CliRunner().invoke(audit_verb, ["--action", "download", "--json", *data])
    assert any(str(entry["acteeId"]).startswith("1/") for entry in json.loads(told.output)["entries"])
    rows = CliRunner().invoke(audit_verb, ["--csv", "--start", "2026-01-01", *data]).output.splitlines()
    assert rows[0].startswith("id,loggedAt") and len(rows) > 5


def test_many_downloads_at_once_are_all_written(sent) -> None:
    import asyncio

    async def many() -> None:
        entries = [
            new_entry("read.submission", f"1/many/{number}", now=now(), actor=None) for number in range(300)
        ]
        await asyncio.gather(*(sent.store.downloads.note(entry) for entry in entries))

    asyncio.run(many())
    found = sent.store.audit.page(Audited(action="read.submission"), limit=1000)
    assert {f"1/many/{number}" for number in range(300)} <= {entry.subject for entry in found}


def test_a_reading_is_told_once_and_says_nothing_of_what_was_read(administrator, sent) -> None:
    reader, page = sent.program("administrator", "manager"), "1/well_visit"
    one = f"{page}/uuid:audited"
    readings = [
        (ONE, "read.submission", page),
        (f"{ONE}/uuid:audited", "read.submission", one),
        (f"{ONE}/uuid:audited/versions", "read.submission", one),
        (f"{ONE}/uuid:audited/versions/uuid:audited", "read.submission", f"{one}/uuid:audited"),
        (f"{ONE}/uuid:audited/comments", "read.submission", one),
        (f"{ONE}/uuid:audited/audits", "read.submission", one),
        (f"{ONE}/uuid:audited/attachments", "read.submission", one),
        (
            f"{ONE}/uuid:audited/versions/uuid:audited/attachments/a.jpg",
            "read.attachment",
            f"{one}/uuid:audited",
        ),
        (f"{ONE}/submitters", "read.assignment", page),
        ("/v1/users", "read.user", None),
        ("/v1/projects/1/app-users", "read.field_key", "1"),
        ("/v1/projects/1/forms/well_visit/public-links", "read.public_link", page),
        ("/v1/projects/1/assignments", "read.assignment", "1"),
        ("/v1/api-tokens", "read.api_token", None),
        ("/v1/audits.csv", "read.audits", None),
    ]
    for way, *_told in readings:
        assert reader.get(way).status_code == 200, way
    me = reader.get("/v1/users/current").json()["id"]
    entries = [each for each in administrator.get(f"/v1/audits?actor={me}").json() if each["actorId"] == me]
    found = [(entry["action"], entry["acteeId"]) for entry in reversed(entries)]
    assert [each for each in found if each[0].startswith("read.")] == [
        tuple(told) for _way, *told in readings
    ]
    assert not any((entry["details"] or {}).keys() - {"format"} for entry in entries)


def test_every_route_that_gives_personal_data_away_is_written_down() -> None:
    personal = (
        r"/submissions|\.svc|/entities|/view/|correction|/users|/app-users|links|tokens|assignments|audit"
    )
    rooms = "submissions|queue|quarantine|app-users|links|tokens|accounts|audit"
    at_desk = rf"/desk/.*/({rooms}|lists/\{{\w+\}}$|.*/export)"
    for route in all_routes():
        path = getattr(route, "path", "")
        if "GET" not in (getattr(route, "methods", None) or ()) or path.startswith(("/v1/key/", "/v1/test/")):
            continue
        if re.search(at_desk if path.startswith("/desk/") else personal, path) is None:
            continue
        told = download_of(path) is not None
        assert told != any(re.search(known, path) for known in NOT_PERSONAL), path


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PATCH", "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}", "submission.update"),
        ("POST", "/v1/projects/{project_id}/forms/{form_id}/draft/publish", "form.update.publish"),
        ("DELETE", "/v1/projects/{project_id}/datasets/{name}", "dataset.delete"),
        ("POST", "/v1/projects/{project_id}/app-users", "app_user.create"),
    ],
)
def test_a_change_nobody_named_is_named_by_its_route(method: str, path: str, action: str) -> None:
    assert change_of(method, path) == action
