"""What befalls a submission after it came, as programs see it; shapes, codes and numbers are ODK Central's.

- A list has pages with their total, knows people by name where asked, and answers 304 while nothing changed.
- Versions keep their bytes and files; diffs name what each changed; a later version has its address under the
  first one's.
- An edit names the version it replaces; the same instanceID cannot be sent twice.
- Comments, history and submitters are told; a comment just written is the reason of a review.
- Deleted ones leave list, counts and exports, come back when restored, and are refused when sent again.
- A correction changes what counts in exports, never the bytes, and stands in a log; a citizen's answer, a
  role, a file and a value that does not fit are refused; scores and files agree.
- In a repeat a correction names its row as exports do, and entities made of the row say what counts.
- An edit from a phone keeps the corrections of answers it left alone, wherever their rows went, and answers
  anew where it changed them; an edit made on what counts keeps none. All of it stands in the log.
- The tables of the reading agree with the ledger after all this, and made anew they say the same.
- Files are brought by their sender or by who may edit, and erased with their name staying.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from forms.schema import Schema
from server.actions.import_objects import import_objects, import_villages
from server.actions.trash_submission import purge_old
from server.store.verify import verify
from server.verbs import run_verb
from tests.ledger import contents
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES

TAPS = """
| survey |
|        | type         | name    | label   |
|        | text         | village | Village |
|        | integer      | depth   | Depth   |
|        | select_multiple f | faults | Faults |
|        | image        | photo   | Photo   |
|        | begin_repeat | tap     | Tap     |
|        | text         | where   | Where   |
|        | end_repeat   |         |         |
| choices |
|        | list_name | name  | label  |
|        | f         | dry   | Dry    |
|        | f         | dirty | Dirty  |
| settings |
|        | form_title | form_id | version |
|        | Taps       | taps    | 1       |
"""
ALL = "/v1/projects/1/forms/taps/submissions"
Send = Callable[..., str]


@pytest.fixture(scope="module")
def schema(server: RunningHere) -> Schema:
    return server.publish(TAPS).schema


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    return server.phone(language="en")


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    """Somebody with ODK Central's role: the form evaluates nothing."""
    return server.program("manager", project_id=1)


@pytest.fixture(scope="module")
def coordinator(server: RunningHere) -> httpx.Client:
    return server.program("coordinator")


@pytest.fixture
def send(schema: Schema, phone: Phone) -> Send:
    def sent(of: str | None = None, files: dict[str, bytes] | None = None, **answers: object) -> str:
        instance_id = fresh()
        xml = an_instance(schema, answers, instance_id=instance_id, deprecated_id=of)
        assert phone.send(xml, files or {}).accepted
        return instance_id

    return sent


def fresh() -> str:
    return f"uuid:{uuid4()}"


def one(instance_id: str, tail: str = "", form_id: str = "taps") -> str:
    return f"/v1/projects/1/forms/{form_id}/submissions/{quote(instance_id, safe='')}{tail}"


def code(reply: httpx.Response) -> tuple[int, float]:
    return reply.status_code, reply.json()["code"]


def waiting(server: RunningHere) -> list[bytes]:
    """What was refused and waits for a decision."""
    kept = server.store.quarantine
    return [kept.xml(each.quarantine_id) for each in kept.all(1)]


def exported(program: httpx.Client, form_id: str = "taps") -> dict[str, dict[str, str]]:
    content = program.get(f"/v1/projects/1/forms/{form_id}/submissions.csv").text
    return {row["KEY"]: row for row in csv.DictReader(io.StringIO(content))}


def test_a_list_has_pages_with_their_total(manager, send) -> None:
    before = len(manager.get(ALL).json())
    sent = [send(village=str(number)) for number in range(3)]
    page = manager.get(f"{ALL}?limit=2&offset=1")
    assert [each["instanceId"] for each in page.json()] == sent[1::-1]
    assert page.headers["x-total-count"] == str(before + 3)
    assert manager.get(f"{ALL}?offset=1000000").json() == []
    whole = manager.get(ALL)
    again = manager.get(ALL, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    send()
    assert manager.get(ALL, headers={"If-None-Match": whole.headers["etag"]}).status_code == 200


def test_people_are_known_by_name_where_asked(manager, send, phone) -> None:
    instance_id = send(village="a")
    plain = manager.get(one(instance_id)).json()
    assert "submitter" not in plain and plain["currentVersion"]["instanceId"] == instance_id
    extended = {"X-Extended-Metadata": "true"}
    for shown in (
        manager.get(one(instance_id), headers=extended).json(),
        manager.get(f"{ALL}?limit=1", headers=extended).json()[0],
    ):
        assert shown["submitter"]["displayName"] == "Phone 1" and shown["submitter"]["type"] == "field_key"
        assert shown["submitter"]["id"] == shown["submitterId"]
        assert shown["currentVersion"]["submitter"] == shown["submitter"]
    submitters = manager.get(f"{ALL}/submitters").json()
    assert {"id", "type", "displayName", "createdAt", "updatedAt", "deletedAt"} <= set(submitters[0])
    assert plain["submitterId"] in {each["id"] for each in submitters}


def test_versions_keep_their_bytes_and_files(manager, send) -> None:
    first = send(files={"a.jpg": b"first"}, village="x", photo="a.jpg")
    second = send(first, {"b.jpg": b"second"}, village="y", photo="b.jpg")
    versions = manager.get(one(first, "/versions"), headers={"X-Extended-Metadata": "true"}).json()
    assert [(each["instanceId"], each["current"]) for each in versions] == [(second, True), (first, False)]
    assert versions[0]["submitter"]["displayName"] == "Phone 1" and versions[0]["formVersion"] == "1"
    old, new = (f"{one(first)}/versions/{quote(each, safe='')}" for each in (first, second))
    assert b"<village>x</village>" in manager.get(f"{old}.xml").content
    assert manager.get(one(first, ".xml")).content == manager.get(f"{new}.xml").content
    assert manager.get(f"{old}/attachments").json() == [{"name": "a.jpg", "exists": True}]
    assert manager.get(one(first, "/attachments")).json() == [{"name": "b.jpg", "exists": True}]
    assert manager.get(f"{old}/attachments/a.jpg").content == b"first"
    for tail in ("", ".xml", "/attachments", "/attachments/b.jpg"):
        moved = manager.get(one(second, tail))
        assert moved.status_code == 301
        assert moved.headers["location"] == f"{new}{tail}"
    assert manager.delete(f"{old}/attachments/a.jpg").json() == {"success": True}
    assert manager.get(f"{old}/attachments").json() == [{"name": "a.jpg", "exists": False}]
    done = [each["action"] for each in manager.get(one(first, "/audits")).json()]
    assert done[0] == "submission.attachment.update" and "submission.purge" not in done
    other = send()
    assert code(manager.get(f"{one(other)}/versions/{quote(first, safe='')}")) == (404, 404.1)


def test_diffs_name_what_each_version_changed(manager, send) -> None:
    first = send(village="x", tap=[{"where": "north"}, {"where": "south"}])
    second = send(first, village="y", tap=[{"where": "south"}])
    diffs = manager.get(one(first, "/diffs")).json()
    assert set(diffs) == {second}
    assert [each for each in diffs[second] if each["path"][0] != "meta"] == [
        {"path": ["village"], "old": "x", "new": "y"},
        {"path": [["tap", 0]], "old": {"where": "north"}},
    ]
    assert {"path": ["meta", "deprecatedID"], "new": first} in diffs[second]
    assert manager.get(one(send(), "/diffs")).json() == {}


def test_an_edit_names_the_version_it_replaces(manager, schema, send) -> None:
    first = send(village="x")

    def edit(instance_id: str, of: str | None) -> bytes:
        return an_instance(schema, {"village": "z"}, instance_id=instance_id, deprecated_id=of)

    assert code(manager.put(one(first), content=edit(fresh(), None))) == (400, 400.19)
    assert code(manager.put(one(first), content=edit(fresh(), send()))) == (409, 409.9)
    assert code(manager.put(one(fresh()), content=edit(fresh(), first))) == (404, 404.1)
    assert manager.put(one(first), content=edit(fresh(), first)).json()["reviewState"] == "edited"
    assert code(manager.put(one(first), content=edit(fresh(), first))) == (409, 409.9)
    assert code(manager.post(ALL, content=edit(first, None))) == (409, 409.3)
    other = edit(fresh(), None).replace(b'id="taps"', b'id="others"')
    assert code(manager.post(ALL, content=other)) == (400, 400.8)
    way = manager.get(one(first, "/edit"))
    assert way.status_code == 302 and way.headers["location"].endswith("/edit")


def test_answers_are_edited_while_their_form_is_open(server, manager, schema, send) -> None:
    instance_id = send(village="a")
    edit = one(instance_id, "/edit")
    assert manager.get(edit).status_code == 302
    for state in ("closing", "closed"):
        assert manager.patch("/v1/projects/1/forms/taps", json={"state": state}).is_success
        assert code(manager.get(edit)) == (409, 409.12)
    assert manager.patch("/v1/projects/1/forms/taps", json={"state": "open"}).is_success


def test_the_way_to_a_version_keeps_what_was_asked(manager, send) -> None:
    first = send(village="a")
    edit = send(first, village="b")
    found = manager.get(f"{one(edit, '.xml')}?x=1%202")
    assert (found.status_code, found.headers["location"]) == (
        301,
        one(first, f"/versions/{quote(edit, safe='')}.xml?x=1%202"),
    )
    assert manager.get(found.headers["location"]).headers["content-type"] == "application/xml; charset=utf-8"
    other = b'<data id="other"><meta><instanceID>x</instanceID></meta></data>'
    assert code(manager.post(ALL, content=other)) == (400, 400.8)
    assert code(manager.post("/v1/projects/1/forms/none/submissions", content=other)) == (404, 404.1)


def test_every_word_of_a_review_is_taken(manager, send) -> None:
    instance_id = send()
    for state in ("approved", "hasIssues", "rejected", "edited", None):
        assert manager.patch(one(instance_id), json={"reviewState": state}).json()["reviewState"] == state
    assert manager.patch(one(instance_id), json={"reviewState": "maybe"}).status_code == 400


def test_a_review_without_a_state_decides_nothing(manager, send) -> None:
    instance_id = send()
    assert manager.patch(one(instance_id), json={"reviewState": "approved"}).is_success
    for nothing in ({}, {"reason": "x"}):
        shown = manager.patch(one(instance_id), json=nothing)
        assert (shown.status_code, shown.json()["reviewState"]) == (200, "approved")
    assert manager.patch(one(instance_id), json={"reviewState": None}).json()["reviewState"] is None


def test_history_tells_everything_newest_first(server, manager, send) -> None:
    first = send()
    manager.patch(one(first), json={"reviewState": "hasIssues", "reason": "no photo"})
    send(first)
    manager.delete(one(first))
    manager.post(one(first, "/restore"))
    audits = manager.get(one(first, "/audits")).json()
    assert [each["action"] for each in audits] == [
        "submission.restore",
        "submission.delete",
        "submission.update.version",
        "submission.update",
        "submission.create",
    ]
    assert (audits[3]["details"]["reviewState"], audits[3]["notes"]) == ("hasIssues", "no photo")
    page = manager.get(one(first, "/audits?limit=1&offset=1"), headers={"X-Extended-Metadata": "true"}).json()
    assert [each["action"] for each in page] == ["submission.delete"]
    assert page[0]["actor"]["type"] == "user"


def test_deleted_ones_count_nowhere_until_they_are_restored(server, manager, send, schema, phone) -> None:
    first = send(village="gone")
    edit = send(first, village="gone too")
    assert manager.delete(one(first)).json() == {"success": True}
    assert first not in {each["instanceId"] for each in manager.get(ALL).json()}
    assert first not in exported(manager)
    for path in (one(first), one(first, ".xml"), one(first, "/versions"), one(edit)):
        assert manager.get(path).status_code == 404
    assert manager.delete(one(first)).status_code == 404
    [trashed] = [each for each in manager.get(f"{ALL}?deleted=true").json() if each["instanceId"] == first]
    assert trashed["deletedAt"].endswith("Z")
    resent = phone.post(an_instance(schema, {"village": "gone"}, instance_id=first))
    assert resent.status_code == 409 and "deleted" in resent.text
    assert code(manager.post(ALL, content=an_instance(schema, {}, instance_id=first))) == (409, 409.18)
    edit_of_it = an_instance(schema, {"village": "late"}, instance_id=fresh(), deprecated_id=edit)
    assert phone.post(edit_of_it).status_code == 409  # kept for a decision, and taken after the restore
    assert edit_of_it in waiting(server)
    assert manager.post(one(first, "/restore")).json() == {"success": True}
    assert exported(manager)[first]["village"] == "gone too"
    assert manager.post(one(first, "/restore")).status_code == 404
    assert phone.post(edit_of_it).status_code == 201
    assert edit_of_it not in waiting(server)


def test_what_lay_in_the_trash_for_30_days_is_purged(server, manager, send, schema) -> None:
    old, mine, kept = (send(village=f"secret-{number}") for number in range(3))
    for instance_id in (old, mine):
        manager.delete(one(instance_id), headers={"X-Action-Notes": "note-of-secret"})
    administrator = server.program("administrator")
    assert manager.post(one(mine, "/purge"), json={"reason": "x"}).status_code == 403
    assert administrator.post(one(mine, "/purge"), json={}).status_code == 400  # no reason
    assert administrator.post(one(kept, "/purge"), json={"reason": "x"}).status_code == 404
    assert administrator.post(one(mine, "/purge"), json={"reason": "by law"}).json() == {"success": True}
    assert purge_old(server.store, now() + timedelta(days=29)) == 0
    assert purge_old(server.store, now() + timedelta(days=31)) >= 1
    said = b"".join(record.payload or b"" for record in server.store.ledger.records_after(0, 10_000))
    assert b"secret-0" not in said and b"secret-1" not in said and b"secret-2" in said
    again = manager.post(ALL, content=an_instance(schema, {"village": "secret-1"}, instance_id=mine))
    assert code(again) == (409, 409.18) and "erased for good" in again.json()["message"]
    assert "note-of-secret" not in administrator.get("/v1/audits?action=submission").text
    deleted = {each["instanceId"] for each in manager.get(f"{ALL}?deleted=true").json()}
    assert not deleted & {old, mine}
    assert verify(server.store).is_whole


def test_a_corrected_value_counts_and_the_bytes_stay(manager, send) -> None:
    instance_id = send(village="Ак-Сув", depth="12", faults="dry")
    sent = manager.get(one(instance_id, ".xml")).content

    def correct(question: str, value: str, reason: str = "heard wrong") -> httpx.Response:
        given = {"question": question, "value": value, "reason": reason}
        return manager.post(one(instance_id, "/corrections"), json=given)

    assert code(correct("village", "Ак-Суу", "  "))[0] == 400  # no reason
    done = correct("village", "Ак-Суу").json()
    assert (done["old"], done["new"], done["reason"]) == ("Ак-Сув", "Ак-Суу", "heard wrong")
    assert correct("village", "=Ак-Суу").json()["old"] == "Ак-Суу"
    assert correct("faults", "dirty dry").status_code == 200
    row = exported(manager)[instance_id]
    assert (row["village"], row["depth"], row["faults"]) == ("'=Ак-Суу", "12", "dirty dry")
    assert manager.get(one(instance_id, ".xml")).content == sent
    for question, value in (("depth", "deep"), ("faults", "broken"), ("photo", "b.jpg"), ("nothing", "x"),
                            ("where", "x"), ("instanceID", "x"), ("village", "=Ак-Суу")):  # fmt: skip
        assert correct(question, value).status_code in (400, 409), question
    told = manager.get(one(instance_id, "/corrections")).json()
    assert [each["question"] for each in told] == ["faults", "village", "village"]
    for log in ("/v1/projects/1/forms/taps/corrections.csv", "/v1/projects/1/corrections.csv"):
        lines = [
            line
            for line in csv.DictReader(io.StringIO(manager.get(log).text))
            if line["instance_id"] == instance_id
        ]
        assert [(line["question"], line["new_value"]) for line in lines] == [
            ("village", "Ак-Суу"),
            ("village", "'=Ак-Суу"),
            ("faults", "dirty dry"),
        ]
        assert lines[0]["reason"] == "heard wrong" and lines[0]["corrected_by"]


def rows_exported(program: httpx.Client, instance_id: str) -> dict[str, str]:
    """KEY -> where, of the taps of one submission."""
    archive = zipfile.ZipFile(io.BytesIO(program.get(f"{ALL}.csv.zip").content))
    lines = csv.DictReader(io.StringIO(archive.read("taps-tap.csv").decode()))
    return {line["KEY"]: line["where"] for line in lines if line["KEY"].startswith(instance_id)}


def corrected(
    program: httpx.Client, instance_id: str, question: str, value: str, row: str = ""
) -> httpx.Response:
    given = {"question": question, "value": value, "row": row, "reason": "seen"}
    return program.post(one(instance_id, "/corrections"), json=given)


def logged(program: httpx.Client, instance_id: str) -> list[tuple[str, ...]]:
    lines = csv.DictReader(io.StringIO(program.get("/v1/projects/1/forms/taps/corrections.csv").text))
    columns = ("action", "row", "question", "old_value", "new_value")
    return [tuple(line[name] for name in columns) for line in lines if line["instance_id"] == instance_id]


def test_in_a_repeat_the_row_is_named_as_exports_name_it(manager, send) -> None:
    instance_id = send(tap=[{"where": "north"}, {"where": "south"}])
    unnamed = corrected(manager, instance_id, "where", "west")
    assert code(unnamed) == (400, 400.2) and f"{instance_id}/tap[1]" in unnamed.json()["message"]
    assert code(corrected(manager, instance_id, "where", "west", f"{instance_id}/tap[3]")) == (400, 400.8)
    assert code(corrected(manager, instance_id, "where", "x", f"{instance_id}/tap[1]/where")) == (400, 400.8)
    key = f"{instance_id}/tap[2]"
    done = corrected(manager, instance_id, "where", "west", key).json()
    assert (done["question"], done["row"], done["old"], done["new"]) == ("where", key, "south", "west")
    found = manager.get("/v1/projects/1/forms/taps.svc/Submissions.tap?$top=2000").json()["value"]
    [odata] = [row for row in found if row["where"] == "west"]
    again = corrected(manager, instance_id, "where", "east", odata["__id"]).json()
    assert (again["row"], again["old"]) == (key, "west")
    assert rows_exported(manager, instance_id) == {f"{instance_id}/tap[1]": "north", key: "east"}
    assert logged(manager, instance_id) == [
        ("corrected", key, "where", "south", "west"),
        ("corrected", key, "where", "west", "east"),
    ]


def test_an_edit_of_a_phone_keeps_what_it_did_not_touch_and_answers_anew_what_it_did(manager, send) -> None:
    first = send(village="a", depth="1", faults="dry", tap=[{"where": w} for w in ("n", "s", "w")])
    rows = {number: f"{first}/tap[{number}]" for number in (1, 2, 3)}
    corrected(manager, first, "village", "b")
    corrected(manager, first, "depth", "2")
    corrected(manager, first, "faults", "dirty")
    for number, value in ((1, "north"), (2, "south"), (3, "west")):
        corrected(manager, first, "where", value, rows[number])
    # the phone deletes the first row, changes depth, and leaves the rest as it had sent it
    send(first, village="a", depth="7", faults="dry", tap=[{"where": "s"}, {"where": "w"}])
    assert logged(manager, first)[6:] == [
        ("kept", "", "village", "a", "b"),
        ("superseded", "", "depth", "2", "7"),
        ("kept", "", "faults", "dry", "dirty"),
        ("superseded", rows[1], "where", "north", ""),
        ("kept", rows[1], "where", "s", "south"),
        ("kept", rows[2], "where", "w", "west"),
    ]
    row = exported(manager)[first]
    assert (row["village"], row["depth"], row["faults"]) == ("b", "7", "dirty")
    assert rows_exported(manager, first) == {rows[1]: "south", rows[2]: "west"}
    told = manager.get(one(first, "/audits")).json()
    assert [each["action"].rpartition(".")[2] for each in told[:3]] == ["keep", "keep", "supersede"]
    assert (
        told[0]["details"]["row"] == rows[2]
        and told[0]["actorId"] == manager.get("/v1/users/current").json()["id"]
    )


def test_files_come_from_their_sender_or_from_who_may_edit(server, manager, send, schema) -> None:
    collector = server.program("data_collector", project_id=1)
    instance_id, foreign = fresh(), send(photo="a.jpg")
    xml = an_instance(schema, {"photo": "a b.jpg"}, instance_id=instance_id)
    assert collector.post(ALL, content=xml).status_code == 200
    file = one(instance_id, "/attachments/a%20b.jpg")
    assert collector.post(one(foreign, "/attachments/a.jpg"), content=b"x").status_code == 403
    assert collector.post(file, content=b"mine").json() == {"success": True}
    assert collector.post(file, content=b"other").status_code == 403  # it is there already
    assert manager.post(file, content=b"better").json() == {"success": True}
    assert manager.get(file).content == b"better"
    assert manager.post(one(instance_id, "/attachments/unknown.jpg"), content=b"x").status_code == 404
    assert collector.delete(file).status_code == 403
    assert manager.delete(file).json() == {"success": True}
    assert manager.get(one(instance_id, "/attachments")).json() == [{"name": "a b.jpg", "exists": False}]
    assert manager.get(file).status_code == 404 and manager.delete(file).status_code == 404


def test_a_file_that_is_no_picture_is_never_shown_by_a_browser(manager, send) -> None:
    instance_id = send(files={"a.svg": b"<svg/>", "a.html": b"<script>"}, photo="a.svg")
    for name in ("a.svg", "a.html"):
        reply = manager.get(one(instance_id, f"/attachments/{name}"))
        assert reply.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in reply.headers["content-security-policy"]


@pytest.fixture(scope="module")
def service(server: RunningHere) -> Schema:
    """A form that evaluates: its answers are the group's alone."""
    import_villages(server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(server.store, 1, OBJECTS, now=now(), actor=None)
    return server.publish(SCORED).schema


def evaluate(phone: Phone, service: Schema, stream: str, **more: object) -> str:
    instance_id = fresh()
    values = {"stream": stream, "object": "wua-1", "polite": "4", "quick": "2", **more}
    assert phone.send(an_instance(service, values, instance_id=instance_id)).accepted
    return instance_id


def test_answers_on_an_object_are_deleted_only_when_void(service, phone, manager, coordinator) -> None:
    instance_id = evaluate(phone, service, "C")
    path = one(instance_id, form_id="service")
    assert manager.delete(path).status_code == 403
    assert coordinator.delete(path).status_code == 400  # no reason
    assert coordinator.delete(f"{path}?reason=twice").status_code == 409
    assert coordinator.patch(path, json={"reviewState": "rejected"}).status_code == 400  # no reason
    coordinator.post(f"{path}/comments", json={"body": "The same slip twice."})
    assert coordinator.patch(path, json={"reviewState": "rejected"}).status_code == 200
    notes = [each["notes"] for each in coordinator.get(f"{path}/audits").json()]
    assert notes[0] == "The same slip twice."
    assert coordinator.delete(f"{path}?reason=twice").json() == {"success": True}
    assert instance_id not in exported(coordinator, "service")


def test_an_observed_value_is_corrected_and_a_citizens_never(service, phone, manager, coordinator) -> None:
    sheet, citizen = evaluate(phone, service, "O"), evaluate(phone, service, "C")

    def correct(program: httpx.Client, instance_id: str, question: str = "polite") -> int:
        given = {"question": question, "value": "5", "reason": "the photo shows it"}
        path = one(instance_id, "/corrections", form_id="service")
        return program.post(path, json=given).status_code

    assert correct(coordinator, citizen) == 403
    assert correct(manager, sheet) == 403
    assert correct(coordinator, sheet, "object") == 409  # what the sheet is about
    assert correct(coordinator, sheet, "age") == 409  # of a profile, which nobody sees
    assert correct(coordinator, sheet) == 200
    rows = exported(coordinator, "service")
    assert (rows[sheet]["polite"], rows[citizen]["polite"]) == ("5", "4")
    assert coordinator.put(one(sheet, form_id="service"), content=b"<x/>").status_code == 400


def test_times_are_as_central_writes_them(manager, send) -> None:
    shown = manager.get(one(send())).json()
    assert shown["updatedAt"] is None and shown["deletedAt"] is None
    assert datetime.fromisoformat(shown["createdAt"]).replace(tzinfo=UTC) and shown["createdAt"][19] == "."


def test_the_reading_agrees_with_the_ledger_and_made_anew_it_says_the_same(server, send, manager) -> None:
    first = send(village="a", depth="1")
    manager.post(one(first, "/corrections"), json={"question": "depth", "value": "2", "reason": "x"})
    edit = send(first, village="b", depth="3")
    manager.post(one(first, "/corrections"), json={"question": "depth", "value": "4", "reason": "x"})
    other = send(edit, village="c", depth="5")
    manager.delete(one(first))
    purge_old(server.store, now() + timedelta(days=31))
    context = server.context
    assert context.loader.caught_up()
    assert run_verb(context, "verify-reading", {}, lambda said: None)["differences"] == []
    before = contents(context.warehouse)
    context.loader.rebuild()
    after = contents(context.warehouse)
    assert after.pop("main.progress") and before.pop("main.progress")
    assert before == after
    assert first not in exported(manager) and other not in exported(manager)
