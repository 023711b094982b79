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
    change(well, lambda tx, known: lists.set_options(tx, known, approval_required=True, now=now()))
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
    lists, other = server.store.entity_lists, server.phone("Another phone")
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
    change(well, lambda tx, known: lists.set_options(tx, known, owner_only=True, now=now()))
    assert media(well).md5 != media(well, other).md5
    assert [row["name"] for row in rows(well)] == [mine]
    assert [row["name"] for row in rows(well, other)] == [theirs]
    assert well.phone.integrity(media(well), mine, theirs, ours) == {mine: False, theirs: True, ours: True}
    file = f"/v1/projects/1/forms/{well.form_id}/attachments/{well.name}.csv"
    for role, lines in (("manager", 4), ("data_collector", 1)):
        assert server.program(role).get(file).text.count("\n") == lines


def test_a_phone_sees_the_entities_of_its_villages(well: Wells, server: RunningHere) -> None:
    other, manager = server.phone("Ak-Suu"), server.program("manager")
    uuids = {name: a_uuid() for name in ("ak-suu", "kara-suu", "")}
    for village, uuid in uuids.items():
        well.create(uuid, "W", owner=village)
    app_user = next(one.actor_id for one in server.store.app_users.all(1) if one.display_name == "Ak-Suu")
    path = f"/v1/projects/1/datasets/{well.name}/delivery"

    def deliver(name: str | None, **values: list[str]) -> httpx.Response:
        seen = [{"id": app_user, "values": villages} for villages in values.values()]
        return manager.put(path, json={"property": name, "appUsers": seen})

    assert deliver("owner").json() == {"property": "owner", "appUsers": []}
    assert rows(well, other) == []
    told = deliver("owner", seen=["ak-suu", "tash"]).json()
    assert manager.get(path).json() == told
    assert told == {"property": "owner", "appUsers": [{"id": app_user, "values": ["ak-suu", "tash"]}]}
    assert [row["name"] for row in rows(well, other)] == [uuids["ak-suu"]]
    before = media(well, other).md5
    well.update(uuids["kara-suu"], 1, owner="tash")
    assert media(well, other).md5 != before
    assert {row["name"] for row in rows(well, other)} == {uuids["ak-suu"], uuids["kara-suu"]}
    assert other.integrity(media(well, other), *uuids.values())[uuids[""]] is True
    assert deliver("nothing").status_code == 404
    assert deliver(None).json()["property"] is None
    assert len(rows(well, other)) == 3
