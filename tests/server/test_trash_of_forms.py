"""A form in the trash: gone for phones, programs and pages, and back as it was, or erased for good.

- Lists, exports, tables and phones do not know it; its number stands in the list of the trash.
- Restored, everything is as before.
- A new form may have its id, but none of its versions; its answers then count nowhere. It comes back only
  when the new one is in the trash too, with its answers and as the newest of those that had the name.
- An administrator purges it with a reason; verify is still green, and the id is free.
- On the machine of the server one of several of one id is named by its number.
- What a round went by is purged on the machine of the server alone; a form in an open round stays.
"""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from server.actions.encrypt_project import encrypt_project
from server.actions.form_trash import restore_form, trash_form
from server.actions.import_objects import import_objects, import_villages
from server.actions.trash_submission import purge_old
from server.store.verify import verify
from tests.journeys.terminal import type_all
from tests.make import a_form, an_instance
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES, WELL
from tests.server.test_drafts import FORMS, XML
from tests.server.test_rounds import answer, open_a_round
from tests.visitor import at_desk

GONE = (
    *("", ".xml", ".xlsx", "/versions", "/versions/1", "/versions/1.xml", "/fields", "/attachments"),
    *("/submissions", "/submissions.csv", "/submissions.csv.zip", ".svc", ".svc/Submissions"),
)


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    return server.program("manager")


def published(server: RunningHere, form_id: str) -> str:
    server.publish(WELL.replace("well_visit", form_id))
    return f"{FORMS}/{form_id}"


def number_of(program: httpx.Client, form_id: str) -> int:
    trashed = program.get(f"{FORMS}?deleted=true").json()
    return next(int(form["id"]) for form in trashed if form["xmlFormId"] == form_id)


def sent(server: RunningHere, form_id: str) -> bytes:
    xml = an_instance(a_form(WELL.replace("well_visit", form_id)), {"village": "Ак-Суу", "photo": "a.jpg"})
    assert server.phone().send(xml, {"a.jpg": f"photo of {form_id}".encode()}).accepted
    return xml


def test_a_form_vanishes_and_comes_back(server, manager) -> None:
    path = published(server, "vanishing")
    xml = sent(server, "vanishing")
    phone = server.phones[-1]
    before = manager.get(path).json()
    with at_desk(server, "coordinator") as visitor:
        offered = "//option[@value='vanishing']"
        assert visitor.get("/desk/1/submissions").document.xpath(offered)
        assert manager.delete(path).json() == {"success": True}
        assert not visitor.get("/desk/1/submissions").document.xpath(offered)
    for gone in GONE:
        assert manager.get(path + gone).status_code == 404, gone
    assert "vanishing" not in {form["xmlFormId"] for form in manager.get(FORMS).json()}
    assert "vanishing" not in {listed.form_id for listed in phone.form_list()}
    assert phone.client.get(f"{phone.server_url}/forms/vanishing.xml").status_code == 404
    assert phone.post(xml.replace(b"Suu", b"")).status_code == 404
    assert manager.delete(path).status_code == 404
    assert manager.post(f"{path}/restore").json()["code"] == 400.11
    number = number_of(manager, "vanishing")
    assert manager.post(f"{FORMS}/{number}/restore").json() == {"success": True}
    assert manager.post(f"{FORMS}/{number}/restore").status_code == 404
    assert manager.get(path).json() == before
    assert len(manager.get(f"{path}/submissions").json()) == 1
    assert phone.send(xml).accepted


def made(program: httpx.Client, form_id: str, version: str, **query: str) -> httpx.Response:
    """A form of a well under this id, which asks for a number where the usual one asks for text."""
    markdown = WELL.replace("well_visit", form_id).replace("| 1       |", f"| {version} |")
    markdown = markdown.replace("| text  | village |", "| integer | village |")
    return program.post(FORMS, params=query, content=a_form(markdown).xform.xml, headers=XML)


def answers(server: RunningHere, path: str) -> list[tuple[str, ...]]:
    """Questions and answers of the newest submission first."""
    return [tuple(row.items())[1] for row in rows(server, path)]


def test_a_form_in_the_trash_lets_a_new_one_have_its_name(server, manager) -> None:
    path = published(server, "named")
    sent(server, "named")
    manager.delete(path)
    first = number_of(manager, "named")
    warned = made(manager, "named", "2").json()
    assert (warned["code"], warned["details"]["warnings"]["workflowWarnings"]) == (
        400.16,
        [{"type": "deletedFormExists", "details": {"xmlFormId": "named"}}],
    )
    past = made(manager, "named", "1", publish="true", ignoreWarnings="true").json()
    assert (past["code"], past["details"]) == (409.6, {"xmlFormId": "named", "version": "1"})
    assert manager.get(path).status_code == 404
    assert made(manager, "named", "2", ignoreWarnings="true").is_success
    assert manager.get(f"{path}/submissions").json() == []
    taken = manager.post(f"{FORMS}/{first}/restore").json()
    assert (taken["code"], taken["details"]["values"]) == (409.3, ["1", "named"])
    assert manager.post(f"{path}/draft/publish?version=1").json()["code"] == 409.6
    assert manager.post(f"{path}/draft/publish").is_success
    phone = server.phone()
    phone.refresh()
    assert {name for name in phone.forms if name[0] == "named"} == {("named", "2")}
    assert rows(server, path) == [] and verify(server.store).is_whole

    manager.delete(path)
    second = number_of(manager, "named")
    both = {one["id"] for one in manager.get(f"{FORMS}?deleted=true").json() if one["xmlFormId"] == "named"}
    assert both == {first, second}
    assert manager.post(f"{FORMS}/{first}/restore").is_success
    # under a version of its own: else tables would show the other's questions
    assert manager.get(path).json()["version"] == "1[restored]"
    assert answers(server, path) == [("village", "Ак-Суу")]
    assert len(manager.get(f"{path}/submissions").json()) == 1
    assert manager.post(f"{FORMS}/{second}/restore").json()["code"] == 409.3
    administrator = server.program("administrator")
    assert administrator.post(f"{FORMS}/{second}/purge", json={"reason": "An exercise"}).is_success
    assert answers(server, path) == [("village", "Ак-Суу")] and verify(server.store).is_whole


def test_what_gave_way_is_not_purged_by_itself(server, manager) -> None:
    path = published(server, "kept")
    sent(server, "kept")
    manager.delete(path)
    assert made(manager, "kept", "2", ignoreWarnings="true").is_success
    assert purge_old(server.store, now() + timedelta(days=31)) == 0
    manager.delete(path)
    first, second = sorted(form.number for form in server.store.forms.trashed(1) if form.form_id == "kept")
    unclear, purged = type_all(
        ("form", "restore", "kept"),
        ("form", "purge", "kept", "--number", str(second), "--reason", "An exercise", "--json"),
        data=server.context.settings.data,
    )
    assert unclear.code == 1 and f"{first} (" in unclear.sentence and f"{second} (" in unclear.sentence
    assert purged.json == {"form_id": "kept", "submissions": 0, "files": 0}
    assert manager.post(f"{FORMS}/{first}/restore").is_success


def test_a_purge_is_for_administrators_and_erases_everything(server, manager) -> None:
    path = published(server, "purged")
    xml = sent(server, "purged")
    manager.delete(path)
    number = number_of(manager, "purged")
    assert manager.post(f"{FORMS}/{number}/purge", json={"reason": "x"}).status_code == 403
    administrator = server.program("administrator")
    assert administrator.post(f"{FORMS}/{number}/purge", json={}).status_code == 400
    done = administrator.post(f"{FORMS}/{number}/purge", json={"reason": "An exercise"}).json()
    assert done == {"success": True, "submissions": 1, "files": 1}
    assert verify(server.store).is_whole
    assert "purged" not in {form["xmlFormId"] for form in manager.get(f"{FORMS}?deleted=true").json()}
    assert server.phone().post(xml).status_code == 404
    assert server.context.loader.caught_up()
    server.publish(WELL.replace("well_visit", "purged").replace("| text  | village", "| integer | village"))
    other = xml.replace("Ак-Суу".encode(), b"7").replace(b"uuid:0a000000", b"uuid:0b000000")
    assert server.phone().send(other).accepted
    assert [row["village"] for row in rows(server, path)] == ["7"]
    assert verify(server.store).is_whole


def rows(server: RunningHere, path: str) -> list[dict[str, str]]:
    import csv
    import io

    text = server.program("coordinator").get(f"{path}/submissions.csv").text.removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_form_of_rounds(server) -> None:
    store = server.store
    import_villages(store, 1, VILLAGES, now=now(), actor=None)
    import_objects(store, 1, OBJECTS, now=now(), actor=None)
    server.publish(SCORED)
    organiser, designer = server.program("organiser"), server.program("designer")
    open_a_round(organiser)
    answer(server, server.phone())
    refused = designer.delete(f"{FORMS}/service")
    assert refused.status_code == 409 and "2026-1" in refused.json()["message"]
    assert server.program("coordinator").post("/v1/projects/1/rounds/2026-1/close").is_success
    assert designer.delete(f"{FORMS}/service").is_success
    number = number_of(designer, "service")
    purge = server.program("administrator").post(f"{FORMS}/{number}/purge", json={"reason": "x"})
    assert purge.status_code == 409 and "baikoo form purge" in purge.json()["message"]

    listed, purged, again, verified = type_all(
        ("form", "list", "--trash", "--json"),
        ("form", "purge", "service", "--reason", "By law", "--json"),
        ("form", "restore", "service"),
        ("verify", "--json"),
        data=server.context.settings.data,
    )
    assert "service" in {form["form_id"] for form in listed.json["forms"]}
    assert purged.json == {"form_id": "service", "submissions": 1, "files": 0}
    assert again.code == 1 and again.sentence == "There is no form service in the trash."
    assert verified.code == 0, verified.out
    assert store.forms.version(1, "service", "1").scheme is not None  # published results name it


def test_at_the_desk(server) -> None:
    published(server, "at_desk")
    with at_desk(server, "designer") as visitor:
        page = visitor.get("/desk/1/forms/at_desk")
        after = visitor.fill(page, "/desk/1/forms/at_desk/trash")
        assert after.path == "/desk/1/forms" and "is in the trash" in after.main
        number = server.store.forms.trashed(1)[0].number
        assert not [form for form in after.document.forms if "purge" in form.get("action")]
        back = visitor.fill(after, f"/desk/1/forms/trash/{number}/restore")
        assert back.path == "/desk/1/forms/at_desk" and back.status == 200
        visitor.fill(back, "/desk/1/forms/at_desk/trash")
    with at_desk(server, "administrator", project_id=None) as visitor:
        page = visitor.get("/desk/1/forms")
        again = visitor.fill(page, f"/desk/1/forms/trash/{number}/purge", {"reason": ""})
        assert again.status == 422
        done = visitor.fill(again, f"/desk/1/forms/trash/{number}/purge", {"reason": "An exercise"})
        assert "at_desk" not in done.main and "erased" in done.main


def test_a_form_comes_back_under_the_key_that_its_project_got_meanwhile(server) -> None:
    store = server.store
    project_id = store.write(lambda tx: store.projects.create(tx, name="Башка аймак", now=now()))
    server.publish(WELL.replace("well_visit", "sleeping"), project_id)
    trash_form(store, project_id, "sleeping", now=now(), actor=None)
    encrypt_project(store, project_id, "a long passphrase", "", now=now(), actor=None)
    number = store.forms.trashed(project_id)[0].number
    restore_form(store, project_id, number, now=now(), actor=None)
    restored = store.forms.get(project_id, "sleeping").current
    assert restored is not None and restored.schema.public_key


def test_a_form_whose_entity_list_is_gone_stays_until_it_is_there_again(server, manager) -> None:
    store = server.store
    server.publish(
        """
        | survey |
        | | type | name   | label  | save_to |
        | | text | street | Street | street  |
        | entities |
        | | list_name | label     |
        | | shelters  | ${street} |
        | settings |
        | | form_title | form_id  | version |
        | | Shelters   | shelters | 1       |
        """
    )
    assert manager.delete(f"{FORMS}/shelters").is_success
    number = number_of(manager, "shelters")
    shelters = store.entity_lists.get(1, "shelters")
    store.write(lambda tx: store.entity_list_trash.put(tx, shelters, now=now()))
    refused = manager.post(f"{FORMS}/{number}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, 409.23)
    again = store.write(lambda tx: store.entity_lists.create(tx, 1, "shelters", now=now(), actor=None))
    store.write(lambda tx: store.entity_lists.add_property(tx, again, "street", now=now()))
    assert manager.post(f"{FORMS}/{number}/restore").is_success
