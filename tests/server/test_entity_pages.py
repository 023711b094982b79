"""Entity lists at the desk:

- somebody with the right makes a list, gives it properties, adds, changes, deletes and restores entries;
- a spreadsheet shows what it would do, is taken only then, and can be undone;
- a conflict is shown with its history, and ended on the page;
- the registry is kept here by the organiser alone, in words and not in codes, held to its rules;
- rules say what phones are given, and the page counts it for each of them;
- a removed list lies in the trash, where its rows can be fetched;
- who may only read sees no form that writes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forms.registry_lists import OBJECT_PROPERTIES, VILLAGE_PROPERTIES
from server.pages.registry_terms import PROPERTY
from server.store.entities import NewEntity, Source
from server.store.entities.changes import NewVersion
from server.store.entities.rows import new_uuid
from tests.server.conftest import RunningHere, now
from tests.visitor import Visitor, at_desk

LIST = "/desk/1/lists/pumps"


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> Iterator[Visitor]:
    with at_desk(server, "manager") as visitor:
        page = visitor.fill(visitor.get("/desk/1/lists"), "/desk/1/lists", {"name": "pumps"})
        for name in ("code", "note"):
            page = visitor.fill(page, f"{LIST}/properties", {"name": name})
            assert page.status == 200, page.main
        yield visitor


def test_an_entry_is_added_changed_deleted_and_restored(manager: Visitor) -> None:
    page = manager.get(f"{LIST}/new")
    page = manager.fill(page, f"{LIST}/new", {"label": "Насос", "p-code": "7", "p-note": ""})
    assert "Насос" in page.main and "Added." in page.text
    own = page.path
    page = manager.fill(page, own, {"p-note": "жаңы"})
    assert "жаңы" in page.main and "Changed." in page.text
    old = manager.get(own)
    manager.fill(old, own, {"p-note": "first"})
    refused = manager.fill(old, own, {"p-note": "second"})
    assert refused.status == 422 and "version" in refused.main
    page = manager.fill(manager.get(own), f"{own}/delete")
    assert "It is deleted." in page.text and "Насос" not in manager.get(LIST).main
    assert "Насос" in manager.get(f"{LIST}?show=deleted").main
    page = manager.fill(page, f"{own}/restore")
    assert "It is back." in page.text
    assert "Насос" in manager.get(f"{LIST}?search=насос").main
    assert "Насос" not in manager.get(f"{LIST}?search=nothing").main


def test_a_spreadsheet_is_looked_at_taken_and_undone(manager: Visitor, server: RunningHere) -> None:
    known = server.store.entity_lists.get(1, "pumps")
    before = server.store.entities.count(known)
    file = {"list": ("pumps.csv", "label,code\nБир,101\nЭки,102\n".encode())}
    preview = manager.fill(manager.get(LIST), f"{LIST}/upload", files=file)
    assert "Nothing is written yet." in preview.main and server.store.entities.count(known) == before
    page = manager.fill(preview, f"{LIST}/take")
    assert "Added 2, changed 0, unchanged 0." in page.text
    batch = server.store.entity_batches.all(known)[0].batch_id
    page = manager.fill(page, f"{LIST}/uploads/{batch}/undo")
    assert "The upload is undone: 2 entries are as they were." in page.text
    assert server.store.entities.count(known) == before
    wrong = manager.fill(page, f"{LIST}/upload", files={"list": ("x.csv", b"label,colour\nx,red\n")})
    assert "colour" in wrong.main and not wrong.document.xpath("//form[contains(@action, 'take')]")


def test_a_conflict_is_seen_and_ended(manager: Visitor, server: RunningHere) -> None:
    store, moment = server.store, now()
    known = store.entity_lists.get(1, "pumps")
    new, source = NewEntity(new_uuid(), "Талаш", {"code": "1"}), Source()
    one = store.write(lambda tx: store.entities.create(tx, known, new, source, now=moment))
    brought = NewVersion({"code": "2"}, 1, "hard", ("code",))
    store.write(lambda tx: store.entities.add_version(tx, known, one, brought, source, now=moment))
    assert "Талаш" in manager.get(f"{LIST}?show=conflicts").main
    own = f"{LIST}/entities/{new.uuid}"
    page = manager.get(own)
    assert "different values" in page.main and "conflict" in page.main
    page = manager.fill(page, own)
    assert "different values" not in page.main
    assert store.entities.get(known, new.uuid).conflict is None


def test_the_registry_is_kept_by_the_organiser_under_its_rules(server: RunningHere) -> None:
    objects = "/desk/1/lists/objects"
    with at_desk(server, "organiser") as organiser:
        given = {"p-object_id": "o-1", "p-type": "MUN", "p-subtype": "water", "p-name_ky": "Суу"}
        blank = organiser.get(f"{objects}/new")
        assert set(PROPERTY) == {*OBJECT_PROPERTIES, *VILLAGE_PROPERTIES}
        assert all(PROPERTY[name] in blank.main for name in OBJECT_PROPERTIES)
        page = organiser.fill(blank, f"{objects}/new", given)
        assert "water supply" in page.main
        assert "Суу" in page.main and server.store.registry.get(1, "o-1").object.name_ky == "Суу"
        bad = organiser.fill(page, page.path, {"p-annual_budget_som": "-5"})
        assert bad.status == 422 and "annual_budget_som" in bad.main
        uuid = server.store.registry.get(1, "o-1").uuid
        assert organiser.get(f"{objects}/entities/{uuid}").status == 200
    with at_desk(server, "coordinator") as coordinator:
        page = coordinator.get(f"{objects}/entities/{uuid}")
        assert page.status == 200 and f"{objects}/entities/{uuid}" not in [
            form.get("action") for form in page.document.forms
        ]
        csrf = page.document.xpath("//input[@name='__csrf']")[0].get("value")
        answer = coordinator.client.post(f"{objects}/entities/{uuid}", data={"__csrf": csrf})
        assert answer.status_code == 403


def test_rules_say_who_sees_what_and_the_page_counts_what_each_phone_is_given(
    manager: Visitor, server: RunningHere
) -> None:
    store, access = server.store, f"{LIST}/access"
    known = store.entity_lists.get(1, "pumps")
    program = server.program("manager")
    program.post("/v1/projects/1/actor-properties", json={"name": "valley"})
    phone = program.post("/v1/projects/1/app-users", json={"displayName": "Of Chüy"}).json()
    program.patch(f"/v1/projects/1/app-users/{phone['id']}", json={"properties": {"valley": "Chüy"}})
    new = [NewEntity(new_uuid(), "Pump", {"note": note}) for note in ("Chüy", "Chüy", "Talas")]
    store.write(lambda tx: store.entities.create_many(tx, known, new, Source(), now=now()))
    page = manager.fill(manager.get(access), access, {"access": "rules"})
    assert page.status == 422 and "Choose at least one rule" in page.main
    chosen: dict[str, str | list[str]] = {
        "access": "rules", "property": ["", "note"], "actor_property": ["", "valley"],
    }  # fmt: skip
    page = manager.fill(manager.get(access), access, chosen)
    assert page.status == 200, page.main
    (row,) = page.document.xpath("//tbody/tr[th[text()='Of Chüy']]")
    assert [cell.text_content().strip() for cell in row.iter("td")] == ["Chüy", "2"]
    assert "note = valley" in " ".join(manager.get(LIST).main.split())
    page = manager.fill(manager.get(access), access, {"access": "own"})
    (row,) = page.document.xpath("//tbody/tr[th[text()='Of Chüy']]")
    assert [cell.text_content().strip() for cell in row.iter("td")] == ["0"]
    manager.fill(page, access, {"access": "all"})
    assert "given every entry" in manager.get(LIST).main


def test_a_property_goes_when_nothing_needs_it_and_a_list_goes_into_the_trash(manager: Visitor) -> None:
    made = "/desk/1/lists/tanks"
    page = manager.fill(manager.get("/desk/1/lists"), "/desk/1/lists", {"name": "tanks"})
    page = manager.fill(page, f"{made}/properties", {"name": "size"})
    page = manager.fill(manager.get(f"{made}/new"), f"{made}/new", {"label": "Tank", "p-size": "5"})
    refused = manager.fill(manager.get(made), f"{made}/properties/remove", {"name": "size"})
    assert refused.status == 422 and "cannot be removed" in refused.main
    page = manager.fill(manager.get(made), f"{made}/remove")
    assert "tanks" in page.main
    (link,) = [link for link in page.links if link.endswith("/entities.csv")]
    assert manager.client.get(link).text.splitlines()[1].split(",")[1:3] == ["Tank", "5"]
    assert manager.get(made).status == 404


def test_who_may_only_read_sees_no_form_that_writes(server: RunningHere, manager: Visitor) -> None:
    with at_desk(server, "viewer") as viewer:
        for path in ("/desk/1/lists", LIST):
            page = viewer.get(path)
            assert page.status == 200
            assert not [form for form in page.document.forms if "/lists" in (form.get("action") or "")
                        and (form.get("method") or "").lower() == "post"]  # fmt: skip
    with at_desk(server, "member") as member:
        assert member.get("/desk/1/lists").status == 403
