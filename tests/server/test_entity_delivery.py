"""What phones get of entity lists (protocol.md 4.2 and 5).

- a manifest names the list, what kind it is, a hash of its state, and where to ask after single entities;
- the CSV has name, label, __version and the properties, newest first, and is fetched again only when changed;
- a phone may see a part of a list: what it created, or what its villages have; its hash is then its own;
- integrity tells what is gone or out of sight, and leaves out what never was here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import httpx
import pytest

from server.store.entities import EntityList, NewEntity, Source
from server.store.transaction import Tx
from tests.phone import Listed, Media, Phone
from tests.server.conftest import RunningHere, now
from tests.server.entity_forms import Wells, a_uuid, wells


@pytest.fixture
def well(server: RunningHere) -> Iterator[Wells]:
    made = wells(server)
    yield made
    made.phone.close()


def change(well: Wells, fn: Callable[[Tx, EntityList], object]) -> None:
    well.server.store.write(lambda tx: fn(tx, well.known))


def listed(well: Wells, phone: Phone | None = None) -> Listed:
    return next(form for form in (phone or well.phone).form_list() if form.form_id == well.form_id)


def media(well: Wells, phone: Phone | None = None) -> Media:
    (only,) = (phone or well.phone).manifest(listed(well, phone))
    return only


def rows(well: Wells, phone: Phone | None = None) -> list[dict[str, str]]:
    phone = phone or well.phone
    reply = phone.get(media(well, phone).download_url)
    assert reply.status_code == 200
    return list(csv.DictReader(io.StringIO(reply.content.decode())))


def test_the_manifest_names_the_list_and_where_to_ask_after_its_entities(well: Wells) -> None:
    told = media(well)
    assert (told.name, told.type) == (f"{well.name}.csv", "entityList")
    base = well.phone.server_url
    assert told.download_url == f"{base}/forms/{well.form_id}/attachments/{well.name}.csv"
    assert told.integrity_url == f"{base}/datasets/{well.name}/integrity"


def test_the_csv_has_the_newest_first_and_every_property(well: Wells) -> None:
    store, one, two = well.server.store, a_uuid(), a_uuid()
    well.create(one, 'Well; "1", Ак-Суу', depth="1")
    well.create(two, "Well 2", owner="O")
    well.update(one, 1, depth="3")
    change(well, lambda tx, known: store.entity_lists.add_property(tx, known, "since", now=now()))
    reply = well.phone.get(media(well).download_url)
    assert reply.content.decode() == (
        f'name,label,__version,depth,owner,since\n{two},Well 2,1,,O,\n{one},"Well; ""1"", Ак-Суу",2,3,,\n'
    )
    assert reply.headers["content-type"].startswith("text/csv")


def test_a_list_is_fetched_again_only_when_it_changed(well: Wells) -> None:
    store, uuid = well.server.store, a_uuid()
    well.create(uuid)
    first = media(well)
    before = well.phone.not_modified
    etag = well.phone.get(first.download_url).headers["etag"]
    assert etag == f'"{first.md5}"'
    well.phone.get(first.download_url)
    assert well.phone.not_modified == before + 1
    assert media(well) == first
    hashes = {first.md5}
    for fn in (
        lambda tx, known: store.entities.update(tx, known, uuid, label="New", source=Source(), now=now()),
        lambda tx, known: store.entities.delete(tx, known, uuid, source=Source(), now=now()),
        lambda tx, known: store.entities.restore(tx, known, uuid, source=Source(), now=now()),
        lambda tx, known: store.entity_lists.add_property(tx, known, "more", now=now()),
    ):
        change(well, fn)
        hashes.add(media(well).md5)
    assert len(hashes) == 5
    assert [row["label"] for row in rows(well)] == ["New"]


def test_a_phone_refreshes_an_entity_form_as_collect_does(well: Wells) -> None:
    well.create(a_uuid())
    assert well.phone.refresh()[well.form_id] == "new"
    files = well.phone.forms[well.form_id, "1"].media
    assert files[f"{well.name}.csv"].count(b"\n") == 2


def test_a_list_with_approval_says_so(well: Wells) -> None:
    lists = well.server.store.entity_lists
    change(well, lambda tx, known: lists.set_approval(tx, known, approval_required=True, now=now()))
    assert media(well).type == "approvalEntityList"


def test_integrity_tells_what_is_gone(well: Wells) -> None:
    here, deleted, purged, unknown = (a_uuid() for _ in range(4))
    for uuid in (here, deleted, purged):
        well.create(uuid)
    store, moment = well.server.store, now()
    change(well, lambda tx, known: store.entities.delete(tx, known, purged, source=Source(), now=moment))
    change(well, lambda tx, known: store.entities.purge(tx, known, deleted_before=now(), now=now()))
    change(well, lambda tx, known: store.entities.delete(tx, known, deleted, source=Source(), now=now()))
    asked = well.phone.integrity(media(well), here, f"uuid:{deleted.upper()}", purged, unknown, "17")
    assert asked == {here: False, deleted: True, purged: True}
    everything = httpx.get(str(media(well).integrity_url))
    assert everything.text.count("<entity ") == 3
    assert everything.headers["x-openrosa-version"] == "1.0"
    assert well.phone.integrity(media(well), unknown) == {}


def test_integrity_knows_who_may_ask(well: Wells, server: RunningHere) -> None:
    url = str(media(well).integrity_url)
    assert httpx.get(url.replace(well.name, "nothing")).status_code == 404
    other = wells(server)
    path = f"/v1/projects/1/datasets/{well.name}/integrity"
    assert server.program("manager").get(path).status_code == 200
    collector = server.program("member")  # whose phone signs in by name
    assert collector.get(path).status_code == 200
    server.store.write(lambda tx: server.store.forms.set_state(tx, 1, well.form_id, "closed", now=now()))
    refused = httpx.get(url)
    assert refused.status_code == 403 and "OpenRosaResponse" in refused.text
    assert collector.get(path).status_code == 403
    assert httpx.get(str(media(other).integrity_url)).status_code == 200


def test_a_phone_sees_the_entities_it_created(well: Wells, server: RunningHere) -> None:
    other, manager = server.phone("Another phone"), server.program("manager")
    mine, theirs, ours = a_uuid(), a_uuid(), a_uuid()
    well.create(mine, "Mine")
    sender, well.phone = well.phone, other
    well.create(theirs, "Theirs")
    well.phone = sender
    change(
        well,
        lambda tx, known: server.store.entities.create(
            tx, known, NewEntity(ours, "By program"), Source(), now=now()
        ),
    )
    shared = media(well).md5
    assert media(well, other).md5 == shared and len(rows(well)) == 3
    told = manager.patch(path_of(well), json={"accessFilter": {"type": "ownerOnly"}}).json()
    assert (told["ownerOnly"], told["accessFilter"]) == (True, {"type": "ownerOnly"})
    assert media(well).md5 != media(well, other).md5
    assert [row["name"] for row in rows(well)] == [mine]
    assert [row["name"] for row in rows(well, other)] == [theirs]
    assert well.phone.integrity(media(well), mine, theirs, ours) == {mine: False, theirs: True, ours: True}
    file = f"/v1/projects/1/forms/{well.form_id}/attachments/{well.name}.csv"
    for role, lines in (("manager", 4), ("data_collector", 1)):
        assert server.program(role).get(file).text.count("\n") == lines
    assert "accessFilter" not in manager.patch(path_of(well), json={"ownerOnly": False}).json()
    assert len(rows(well)) == 3


def path_of(well: Wells) -> str:
    return f"/v1/projects/1/datasets/{well.name}"


def by(*rules: tuple[str, str]) -> dict[str, object]:
    told = [{"datasetProperty": one, "actorProperty": other} for one, other in rules]
    return {"accessFilter": {"type": "property", "rules": told}}


@pytest.fixture
def noted(server: RunningHere) -> Callable[[str, dict[str, str]], Phone]:
    """A phone of which this is noted."""
    manager = server.program("manager")
    for name in ("village", "second_village"):
        manager.post("/v1/projects/1/actor-properties", json={"name": name})

    def phone(name: str, values: dict[str, str]) -> Phone:
        made = server.phone(name)
        number = next(one.actor_id for one in server.store.app_users.all(1) if one.display_name == name)
        path = f"/v1/projects/1/app-users/{number}"
        assert manager.patch(path, json={"properties": values}).status_code == 200
        return made

    return phone


def test_a_phone_sees_what_any_of_the_rules_shows_it(
    well: Wells, server: RunningHere, noted: Callable[[str, dict[str, str]], Phone]
) -> None:
    manager = server.program("manager")
    uuids = {name: a_uuid() for name in ("ak-suu", "kara-suu", "")}
    for village, uuid in uuids.items():
        well.create(uuid, "W", owner=village)
    one = noted("One village", {"village": "ak-suu"})
    two = noted("Two villages", {"village": "kara-suu", "second_village": "ak-suu"})
    nothing = noted("No village", {"second_village": ""})
    told = manager.patch(path_of(well), json=by(("owner", "village"))).json()
    assert {name: told[name] for name in ("ownerOnly", "accessFilter")} == {
        "ownerOnly": False,
        **by(("owner", "village")),
    }
    assert [row["name"] for row in rows(well, one)] == [uuids["ak-suu"]]
    assert [row["name"] for row in rows(well, two)] == [uuids["kara-suu"]]
    before = media(well, two).md5
    both = by(("owner", "second_village"), ("owner", "village"))
    told = manager.patch(path_of(well), json=by(("owner", "village"), ("owner", "second_village"))).json()
    assert told["accessFilter"] == both["accessFilter"]
    assert media(well, two).md5 != before
    assert {row["name"] for row in rows(well, two)} == {uuids["ak-suu"], uuids["kara-suu"]}
    assert rows(well, nothing) == []
    assert two.integrity(media(well, two), *uuids.values())[uuids[""]] is True
    before = media(well, one).md5
    well.update(uuids["kara-suu"], 1, owner="tash")
    number = next(
        each.actor_id for each in server.store.app_users.all(1) if each.display_name == "One village"
    )
    manager.patch(f"/v1/projects/1/app-users/{number}", json={"properties": {"village": "tash"}})
    assert media(well, one).md5 != before
    assert [row["name"] for row in rows(well, one)] == [uuids["kara-suu"]]
    assert "accessFilter" not in manager.patch(path_of(well), json={"accessFilter": None}).json()
    assert len(rows(well, nothing)) == 3


def test_links_and_collectors_are_filtered_and_a_draft_is_tried_with_everything(
    well: Wells, server: RunningHere, noted: Callable[[str, dict[str, str]], Phone]
) -> None:
    manager = server.program("manager")
    noted("Somebody", {})
    for village in ("ak-suu", "kara-suu"):
        well.create(a_uuid(), "W", owner=village)
    manager.patch(path_of(well), json=by(("owner", "village")))
    form = f"/v1/projects/1/forms/{well.form_id}"
    link = manager.post(f"{form}/public-links", json={"displayName": "Anybody", "once": False}).json()
    path = f"{form}/attachments/{well.name}.csv"
    key = f"{server.address}/v1/key/{link['token']}"
    assert httpx.get(key + path.removeprefix("/v1")).text.count("\n") == 1
    changed = manager.patch(f"{form}/public-links/{link['id']}", json={"properties": {"village": "ak-suu"}})
    assert changed.status_code == 200
    assert httpx.get(key + path.removeprefix("/v1")).text.count("\n") == 2
    gone = httpx.get(f"{key}/projects/1/datasets/{well.name}/integrity").text
    assert gone.count("true") == 1
    assert server.program("data_collector").get(path).text.count("\n") == 1
    assert manager.get(path).text.count("\n") == 3
    manager.post(f"{form}/draft")
    token = manager.get(f"{form}/draft").json()["draftToken"]
    tried = f"/v1/test/{token}/projects/1/forms/{well.form_id}/draft/attachments/{well.name}.csv"
    assert httpx.get(server.address + tried).text.count("\n") == 3


def test_a_rule_names_what_is_there(well: Wells, server: RunningHere) -> None:
    manager = server.program("manager")
    manager.post("/v1/projects/1/actor-properties", json={"name": "village"})
    for wrong in (
        by(),
        by(("owner", "")),
        by(("", "village")),
        by(("nothing", "village")),
        by(("owner", "nothing")),
        {"accessFilter": {"type": "everything"}},
    ):
        refused = manager.patch(path_of(well), json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, 400.8), wrong
    assert manager.patch(path_of(well) + "?convert=perhaps", json={}).status_code == 400
    kept = manager.patch(path_of(well), json=by(("owner", "village"), ("owner", "village"))).json()
    assert kept["accessFilter"] == by(("owner", "village"))["accessFilter"]
    for same in ({"ownerOnly": False}, {"approvalRequired": False}):
        assert manager.patch(path_of(well), json=same).json()["accessFilter"] == kept["accessFilter"]
    own = manager.patch(path_of(well), json={"ownerOnly": True}).json()
    assert own["accessFilter"] == {"type": "ownerOnly"}
    fixed = manager.patch("/v1/projects/1/datasets/objects", json={"ownerOnly": True})
    assert (fixed.status_code, fixed.json()["code"]) == (409, 409.2)
