"""Submissions create and change entities (protocol.md 13.1), asked through the front door.

- created when they come, or when they are accepted; updated from the version they began from;
- an upsert updates, and creates what is not there;
- a submission does its work once, wholly or not at all, and is never refused for its entities;
- offline updates follow their branch, wait for those before them, and are applied by force in the end;
- conflicts are soft or hard, told per version, and never lowered by a later change;
- a name belongs to one entity on the whole server, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from server.store.entities import NewEntity, Source
from tests.server.conftest import RunningHere
from tests.server.entity_forms import FORM, REPEAT, Wells, a_uuid, wells


@pytest.fixture
def well(server: RunningHere) -> Iterator[Wells]:
    made = wells(server)
    yield made
    made.phone.close()


def now() -> datetime:
    return datetime.now(UTC)


def test_publishing_makes_the_list_and_its_properties(well: Wells) -> None:
    assert well.known.property_names == ("depth", "owner")


def test_a_submission_creates_an_entity_and_another_one_updates_it(well: Wells) -> None:
    uuid = a_uuid()
    first = well.create(uuid, "Well &amp; 1", depth="12", owner="Айгүл")
    made = well.get(uuid)
    assert (made.label, dict(made.data), made.version) == ("Well & 1", {"depth": "12", "owner": "Айгүл"}, 1)
    assert well.notes(first) == [("entity.create", "")]
    second = well.update(uuid, 1, owner="")
    changed = well.get(uuid)
    assert (changed.label, dict(changed.data)) == ("Well & 1", {"depth": "12", "owner": ""})
    version = well.versions(uuid)[1]
    assert (version.base_version, version.conflict, version.conflicting) == (1, None, ())
    assert version.user_agent is not None and version.submission is not None
    assert made.created_by == version.created_by is not None
    assert well.notes(second) == [("entity.update.version", "")]


def test_a_version_names_the_submission_it_came_with(well: Wells) -> None:
    uuid = a_uuid()
    sent = well.create(uuid, "Well")
    manager = well.server.program("manager")
    [version] = manager.get(f"/v1/projects/1/datasets/{well.name}/entities/{uuid}/versions").json()
    source = version["source"]["submission"]
    assert (source["instanceId"], source["xmlFormId"]) == (sent, well.form_id)
    assert source["submitterId"] == version["creatorId"]
    assert source["currentVersion"]["instanceId"] == sent and source["submitter"]["displayName"]
    assert version["source"]["event"]["action"] == "submission.create"
    [made] = manager.get(f"/v1/projects/1/datasets/{well.name}/entities/{uuid}/audits").json()
    assert (made["action"], made["details"]["source"]) == ("entity.create", version["source"])
    assert made["actor"]["type"] == "field_key"
    store = well.server.store
    store.write(lambda tx: store.entity_lists.set_approval(tx, well.known, approval_required=True, now=now()))
    late = a_uuid()
    waiting = well.create(late, "Late")
    path = f"/v1/projects/1/forms/{well.form_id}/submissions/{quote(waiting, safe='')}"
    coordinator = well.server.program("coordinator")
    assert coordinator.patch(path, json={"reviewState": "approved"}).status_code == 200
    well.apply()
    [accepted] = manager.get(f"/v1/projects/1/datasets/{well.name}/entities/{late}/versions").json()
    assert accepted["source"]["event"]["action"] == "submission.update"
    assert accepted["source"]["event"]["actorId"] != accepted["source"]["submission"]["submitterId"]


def test_versions_tell_which_conflicts_are_open(well: Wells) -> None:
    """Step by step what Central's own tests expect of it."""
    uuid, manager = a_uuid(), well.server.program("manager")
    path = f"/v1/projects/1/datasets/{well.name}/entities/{uuid}"
    well.create(uuid, "Well", depth="1")
    for base, depth in ((1, "2"), (2, "3")):
        changed = manager.patch(f"{path}?baseVersion={base}", json={"data": {"depth": depth}})
        assert changed.status_code == 200

    def versions(query: str = "") -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = manager.get(f"{path}/versions{query}").json()
        return told

    def relevant() -> list[int]:
        found = [one["version"] for one in versions() if one["relevantToConflict"]]
        assert found == [one["version"] for one in versions("?relevantToConflict=true")]
        return found

    def good() -> list[int]:
        return [one["version"] for one in versions() if one["lastGoodVersion"]]

    well.update(uuid, 2, label="Another", depth="9")
    assert (relevant(), good()) == ([2, 3, 4], [3])
    assert versions()[3]["conflictingProperties"] == ["depth"] and versions()[3]["conflict"] == "hard"
    assert [one["conflictingProperties"] for one in versions()[:3]] == [None, None, None]
    assert manager.patch(f"{path}?resolve=true&baseVersion=3").json()["code"] == 409.15
    assert manager.patch(f"{path}?resolve=true&baseVersion=4").json()["conflict"] is None
    assert (relevant(), good()) == ([], [4])
    well.update(uuid, 3, label="A third")
    assert (relevant(), good()) == ([3, 4, 5], [4])
    assert versions()[4]["conflictingProperties"] == ["label"]
    assert [one["resolved"] for one in versions()] == [False, False, False, True, False]
    assert manager.patch(f"{path}?resolve=true&force=true", json={"data": {"depth": "10"}}).status_code == 200
    well.update(uuid, 5, owner="Somebody")
    assert versions()[6]["conflict"] == "soft" and versions()[6]["conflictingProperties"] == []
    assert [one["resolved"] for one in versions()] == [False, False, False, True, True, False, False]
    assert (relevant(), good()) == ([5, 6, 7], [6])
    actions = [each["action"] for each in manager.get(f"{path}/audits").json()]
    assert actions[:3] == ["entity.update.version", "entity.update.resolve", "entity.update.version"]


def test_what_an_older_version_saves_to_a_removed_property_is_left_out(well: Wells) -> None:
    store, uuid = well.server.store, a_uuid()
    store.write(lambda tx: store.entity_lists.remove_property(tx, well.known, "owner", now=now()))
    sent = well.create(uuid, "Well", depth="1", owner="Somebody")
    well.update(uuid, 1, depth="2", owner="Another")
    assert (well.get(uuid).version, well.get(uuid).data) == (2, {"depth": "2"})
    assert well.notes(sent) == [("entity.create", "")]


def test_flags_count_only_as_1_or_true(well: Wells) -> None:
    for flag in ("yes", "TRUE", "0", ""):
        well.send(f'id="{a_uuid()}" create="{flag}"')
        assert well.notes() == []
    uuid = a_uuid()
    well.send(f'id="uuid:{uuid.upper()}" create="true"')
    assert well.get(uuid).uuid == uuid


@pytest.mark.parametrize(
    ("entity", "label", "code"),
    [
        ('create="1"', "W", "400.2"),
        ('id="17" create="1"', "W", "400.11"),
        ('id="{uuid}" create="1"', " ", "400.2"),
        ('id="{uuid}" update="1"', "W", "400.2"),
        ('id="{uuid}" update="1" baseVersion="one"', "W", "400.11"),
        ('id="{uuid}" update="1" baseVersion="1"', "W", "404.8"),
        ('id="{known}" update="1" baseVersion="7"', "W", "404.9"),
        ('id="{known}" create="1"', "W", "409.3"),
        ('id="{known}" update="1" baseVersion="1" trunkVersion="1"', "W", "400.2"),
        ('id="{known}" update="1" baseVersion="1" trunkVersion="x" branchId="{uuid}"', "W", "400.11"),
        ('id="{known}" update="1" baseVersion="1" trunkVersion="1" branchId="b"', "W", "400.11"),
        ('id="{known}" update="1" baseVersion="1" trunkVersion="2" branchId="{uuid}"', "W", "404.9"),
        ('id="{deleted}" create="1"', "W", "409.19"),
        ('id="{deleted}" update="1" baseVersion="1"', "W", "404.11"),
        ('id="{elsewhere}" create="1"', "W", "409.3"),
        ('id="{elsewhere}" update="1" baseVersion="1"', "W", "404.8"),
    ],
)
def test_an_error_is_told_on_the_submission_which_stays(
    well: Wells, known: dict[str, str], entity: str, label: str, code: str
) -> None:
    well = known_wells[0]
    before = well.server.store.entities.count(well.known)
    instance_id = well.send(entity.format(uuid=a_uuid(), **known), label)
    assert well.notes(instance_id) == [("entity.error", code)]
    assert well.server.store.entities.count(well.known) == before


known_wells: list[Wells] = []


@pytest.fixture(scope="module")
def known(server: RunningHere) -> dict[str, str]:
    """Names of entities in one list, and of one in another."""
    here, there = wells(server), wells(server)
    known_wells[:] = [here]
    names = {name: a_uuid() for name in ("known", "deleted", "elsewhere")}
    here.create(names["known"])
    here.create(names["deleted"])
    there.create(names["elsewhere"])
    store = server.store
    store.write(
        lambda tx: store.entities.delete(tx, here.known, names["deleted"], source=Source(), now=now())
    )
    return names


def test_another_list_than_the_forms_own_is_none(well: Wells) -> None:
    well.send_xml(
        f'<meta><entity dataset="others" id="{a_uuid()}" create="1"><label>L</label></entity>'
        "<instanceID>uuid:other-list</instanceID></meta>"
    )
    assert well.notes("uuid:other-list") == [("entity.error", "404.7")]


def test_a_form_does_what_it_declares_and_nothing_else(server: RunningHere) -> None:
    only_updates = FORM.replace("create_if", "nothing").replace("${{depth}}!=1", "")
    well = wells(server, only_updates)
    well.create(a_uuid())
    assert well.notes() == [("entity.error", "403.2")]


def test_an_upsert_updates_and_creates_what_is_not_there(well: Wells) -> None:
    uuid, other = a_uuid(), a_uuid()
    both = 'create="1" update="1"'
    well.send(f'id="{uuid}" {both} baseVersion=""', "New", {"depth": "1"})
    assert well.get(uuid).version == 1
    well.send(f'id="{uuid}" {both} baseVersion="1"', "Newer", {"depth": "2"})
    assert (well.get(uuid).version, well.get(uuid).label) == (2, "Newer")
    well.send(f'id="{other}" {both} baseVersion="1"', "Not there yet")
    assert well.get(other).version == 1
    well.send(f'id="{uuid}" {both} baseVersion="9"', "Wrong base")
    assert well.notes() == [("entity.error", "404.9")]
    assert well.get(uuid).version == 2


def test_a_submission_does_its_work_once(well: Wells) -> None:
    uuid = a_uuid()
    first = well.create(uuid, depth="1")
    edit = well.send(f'id="{uuid}" create="1"', "Edited", {"depth": "2"}, deprecated_id=first)
    assert (well.get(uuid).label, well.get(uuid).version) == ("Well", 1)
    assert well.notes(edit) == [] and well.notes(first) == [("entity.create", "")]


def test_an_edit_does_what_the_first_version_could_not(well: Wells) -> None:
    uuid = a_uuid()
    first = well.send(f'id="{uuid}" create="1"', " ")
    well.send(f'id="{uuid}" create="1"', "Now with a label", deprecated_id=first)
    assert well.get(uuid).label == "Now with a label"
    assert well.notes(first) == [("entity.error", "400.2"), ("entity.create", "")]


def test_a_list_with_approval_creates_when_the_submission_is_accepted(well: Wells) -> None:
    store, uuid, other = well.server.store, a_uuid(), a_uuid()
    store.write(lambda tx: store.entity_lists.set_approval(tx, well.known, approval_required=True, now=now()))
    first = well.create(uuid, depth="3")
    assert well.find(uuid) is None
    accept(well, first)
    assert (well.get(uuid).version, well.notes(first)) == (1, [("entity.create", "")])
    accept(well, first)
    assert (well.get(uuid).version, well.notes(first)) == (1, [("entity.create", "")])
    well.update(uuid, 1, depth="4")
    assert well.get(uuid).version == 2, "updates need no approval"
    both = well.send(f'id="{other}" create="1" update="1" baseVersion=""', "Upsert")
    assert well.find(other) is None
    accept(well, both)
    assert well.get(other).version == 1


def accept(well: Wells, instance_id: str) -> None:
    """As a coordinator does by program."""
    server = well.server
    coordinator = server.programs[0] if server.programs else server.program("coordinator")
    path = f"/v1/projects/1/forms/{well.form_id}/submissions/{quote(instance_id)}"
    reply = coordinator.patch(path, json={"reviewState": "approved"})
    assert reply.status_code == 200, reply.text
    well.apply()


def test_without_approval_an_acceptance_creates_nothing(well: Wells) -> None:
    uuid = a_uuid()
    first = well.send(f'id="{uuid}" create="1"', " ")
    accept(well, first)
    assert well.notes(first) == [("entity.error", "400.2")]


def test_several_entities_of_a_submission_are_made_together_or_not_at_all(server: RunningHere) -> None:
    well = wells(server, REPEAT)
    one, two, three = a_uuid(), a_uuid(), a_uuid()

    def send(instance_id: str, *entities: tuple[str, str]) -> None:
        rows = "".join(
            f'<well><depth>{number}</depth><meta><entity dataset="{well.name}" id="{uuid}" create="1">'
            f"<label>{label}</label></entity></meta></well>"
            for number, (uuid, label) in enumerate(entities, 1)
        )
        well.send_xml(f"<place>P</place>{rows}<meta><instanceID>{instance_id}</instanceID></meta>")

    send("uuid:both", (one, "First"), (two, "Second"))
    assert [(well.get(uuid).label, dict(well.get(uuid).data)) for uuid in (one, two)] == [
        ("First", {"depth": "1"}),
        ("Second", {"depth": "2"}),
    ]
    assert well.notes("uuid:both") == [("entity.create", "")] * 2
    send("uuid:half", (three, "Third"), (one, "Taken"))
    assert well.find(three) is None
    assert well.notes("uuid:half") == [("entity.error", "400.43")]


def test_forms_without_entities_leave_the_follower_nothing_to_do(server: RunningHere) -> None:
    server.publish(
        "| survey |\n| | type | name | label |\n| | text | q | Q |\n| settings |\n| | form_id |\n| | plain |"
    )
    phone = server.phone("Plain")
    phone.send(b'<data id="plain"><q>1</q><meta><instanceID>uuid:plain</instanceID></meta></data>')
    seq = server.store.ledger.head().seq
    assert server.context.entity_follower.caught_up(seq)
    assert server.store.entity_feed.after(seq - 1, 10).happenings == ()


# -- what happened offline


def test_a_branch_that_nobody_disturbed(well: Wells) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.create(uuid, depth="0")
    for base in (1, 2, 3):
        well.update(uuid, base, 1, branch, depth=str(base))
    assert well.bases(uuid) == [None, 1, 2, 3]
    assert [one.conflict for one in well.versions(uuid)] == [None] * 4
    assert well.get(uuid).conflict is None


@pytest.mark.parametrize(("other", "conflict"), [({"owner": "B"}, "soft"), ({"depth": "99"}, "hard")])
def test_a_branch_that_somebody_disturbed(well: Wells, other: dict[str, str], conflict: str) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.create(uuid, depth="0")
    well.send(f'id="{uuid}" update="1" baseVersion="1"', None, other)
    well.update(uuid, 1, 1, branch, depth="1")
    well.update(uuid, 2, 1, branch, depth="2")
    assert well.bases(uuid) == [None, 1, 1, 3]
    assert [one.conflict for one in well.versions(uuid)] == [None, None, conflict, "soft"]
    assert well.versions(uuid)[2].conflicting == (("depth",) if conflict == "hard" else ())
    assert (well.get(uuid).conflict, well.get(uuid).data["depth"]) == (conflict, "2")


def test_the_same_value_from_two_sides_is_no_hard_conflict(well: Wells) -> None:
    uuid = a_uuid()
    well.create(uuid, depth="0")
    well.update(uuid, 1, depth="5")
    well.update(uuid, 1, depth="5")
    assert well.get(uuid).conflict == "soft"
    well.update(uuid, 1, label="Another", depth="6")
    assert well.get(uuid).conflict == "hard"
    store = well.server.store
    store.write(
        lambda tx: store.entities.resolve(tx, well.known, uuid, base_version=None, source=Source(), now=now())
    )
    assert well.get(uuid).conflict is None


def test_an_update_waits_for_the_one_before_it(well: Wells) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.create(uuid)
    well.update(uuid, 1, 1, branch, depth="1")
    late = well.update(uuid, 4, 1, branch, depth="4")
    later = well.update(uuid, 3, 1, branch, depth="3")
    assert well.get(uuid).version == 2
    assert well.notes(late) == well.notes(later) == [("submission.backlog.hold", "")]
    well.update(uuid, 2, 1, branch, depth="2")
    assert well.bases(uuid) == [None, 1, 2, 3, 4]
    assert [one.data.get("depth") for one in well.versions(uuid)] == [None, "1", "2", "3", "4"]
    assert well.notes(late)[1:] == [("submission.backlog.reprocess", ""), ("entity.update.version", "")]
    assert well.server.store.entity_work.held() == ()


def test_an_update_waits_for_the_creation(well: Wells) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.update(uuid, 2, None, branch, depth="2")
    well.update(uuid, 1, None, branch, depth="1")
    assert well.find(uuid) is None
    well.create(uuid, "Made offline", branch=branch)
    assert well.bases(uuid) == [None, 1, 2]
    assert well.get(uuid).conflict is None


def test_a_trunk_that_is_not_there_yet_waits(well: Wells) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.create(uuid)
    held = well.update(uuid, 2, 2, branch, depth="2")
    assert well.notes(held) == [("submission.backlog.hold", "")]
    error = well.update(uuid, 1, 2, branch, depth="1")
    assert well.notes(error) == [("entity.error", "404.9")]


def test_what_waits_too_long_is_applied_by_force(well: Wells) -> None:
    uuid, branch, store = a_uuid(), a_uuid(), well.server.store
    well.create(uuid, depth="0")
    first = well.update(uuid, 3, 1, branch, depth="3")
    well.update(uuid, 4, 1, branch, depth="4")
    held = store.entity_work.held()
    assert [one.branch_base_version for one in held if one.uuid == uuid] == [3, 4]
    assert well.server.context.entity_follower.apply_held(older_only=True) == 0
    assert well.server.context.entity_follower.apply_held() >= 1
    assert [one.data["depth"] for one in well.versions(uuid)] == ["0", "3", "4"]
    assert well.bases(uuid) == [None, 1, 2]
    assert [one.forced for one in well.versions(uuid)][:2] == [False, True]
    assert well.notes(first)[1] == ("submission.backlog.force", "")


def test_force_makes_what_is_not_there_and_the_late_creation_is_an_update(well: Wells) -> None:
    uuid, branch = a_uuid(), a_uuid()
    well.update(uuid, 2, None, branch, depth="2")
    well.server.context.entity_follower.apply_held()
    assert (well.get(uuid).label, dict(well.get(uuid).data)) == ("auto generated", {"depth": "2"})
    well.update(uuid, 3, None, branch, depth="3")
    assert well.bases(uuid) == [None, 1]
    well.create(uuid, "The real name", branch=branch, depth="1")
    assert (well.get(uuid).label, well.get(uuid).data["depth"]) == ("The real name", "1")
    assert well.get(uuid).conflict == "hard"


def test_an_order_of_branches_lets_others_alone(well: Wells) -> None:
    """Two phones with branches of their own on one entity: each waits for its own."""
    uuid, one, two = a_uuid(), a_uuid(), a_uuid()
    well.create(uuid)
    well.update(uuid, 2, 1, two, owner="two")
    well.update(uuid, 1, 1, one, depth="1")
    assert well.get(uuid).version == 2
    well.update(uuid, 1, 1, two, owner="first of two")
    assert [version.branch_id for version in well.versions(uuid)] == [None, one, two, two]
    assert well.get(uuid).data == {"depth": "1", "owner": "two"}


def test_a_restart_goes_on_where_it_was(well: Wells) -> None:
    follower = well.server.context.entity_follower
    follower.stop()
    uuids = [a_uuid() for _ in range(5)]
    for uuid in uuids:
        well.send(f'id="{uuid}" create="1"', wait=False)
    assert well.find(uuids[0]) is None
    follower.start()
    well.apply()
    assert [well.get(uuid).version for uuid in uuids] == [1] * 5
    follower.stop()
    follower.start()
    well.apply()
    assert [well.get(uuid).version for uuid in uuids] == [1] * 5


def test_what_came_before_the_server_was_killed_is_applied_once(well: Wells) -> None:
    """The progress is written with the work: applying the same batch again is refused."""
    store, uuid = well.server.store, a_uuid()
    well.server.context.entity_follower.stop()
    before = store.entity_feed.done()
    well.send(f'id="{uuid}" create="1"', wait=False)
    feed = store.entity_feed.after(before, 50)
    prepared = store.entity_work.prepare(feed)
    assert store.write(lambda tx: store.entity_work.apply(tx, feed, prepared, now=now()))
    assert not store.write(lambda tx: store.entity_work.apply(tx, feed, prepared, now=now()))
    well.server.context.entity_follower.start()
    well.apply()
    assert well.get(uuid).version == 1


def test_pending_submissions_are_converted_when_approval_is_no_longer_asked(well: Wells) -> None:
    store, uuid = well.server.store, a_uuid()
    store.write(lambda tx: store.entity_lists.set_approval(tx, well.known, approval_required=True, now=now()))
    well.create(uuid)
    pending = store.entity_work.pending(well.known)
    assert len(pending) == 1
    store.write(
        lambda tx: store.entity_lists.set_approval(tx, well.known, approval_required=False, now=now())
    )
    store.write(lambda tx: store.entity_work.convert(tx, pending[0], now=now()))
    assert well.get(uuid).version == 1
    assert store.entity_work.pending(well.known) == ()


def test_what_failed_before_approval_was_asked_waits_for_none(well: Wells) -> None:
    store, failed = well.server.store, well.send(f'id="{a_uuid()}" create="1"', " ")
    assert well.notes(failed) == [("entity.error", "400.2")]
    store.write(lambda tx: store.entity_lists.set_approval(tx, well.known, approval_required=True, now=now()))
    assert store.entity_work.pending(well.known) == ()


def test_old_waiting_is_five_days(well: Wells) -> None:
    uuid = a_uuid()
    well.create(uuid)
    well.update(uuid, 3, 1, a_uuid(), depth="3")
    store = well.server.store
    assert len(store.entity_work.held(before=now() + timedelta(seconds=1))) >= 1
    assert store.entity_work.held(before=now() - timedelta(days=5)) == ()


def test_entities_of_programs_and_phones_share_one_history(well: Wells) -> None:
    store, uuid = well.server.store, a_uuid()
    store.write(
        lambda tx: store.entities.create(
            tx, well.known, NewEntity(uuid, "By program", {"depth": "1"}), Source(user_agent="x"), now=now()
        )
    )
    well.update(uuid, 1, owner="phone")
    assert [one.submission is None for one in well.versions(uuid)] == [True, False]


def test_a_program_reads_on_the_submission_what_became_of_it(well: Wells) -> None:
    server, uuid = well.server, a_uuid()
    coordinator = server.programs[0] if server.programs else server.program("coordinator")
    path = f"/v1/projects/1/forms/{well.form_id}/submissions"
    made = coordinator.get(f"{path}/{quote(well.create(uuid))}/audits").json()
    assert [entry["action"] for entry in made] == ["entity.create", "submission.create"]
    assert made[0]["details"]["entity"] == {"uuid": uuid, "dataset": well.name}
    refused = coordinator.get(f"{path}/{quote(well.create(uuid))}/audits").json()
    assert [entry["action"] for entry in refused] == ["entity.error", "submission.create"]
    problem = refused[0]["details"]
    assert problem["problem"]["problemCode"] == 409.3 and uuid in problem["errorMessage"]


def test_a_mistake_of_ours_is_told_and_the_next_submission_goes_on(
    well: Wells, caplog: pytest.LogCaptureFixture
) -> None:
    """A watcher that breaks stands for any bug; what was sent is in no log."""
    store, uuid, other, label = well.server.store, a_uuid(), a_uuid(), "Aigul's secret"

    def breaks(*told: object) -> None:
        if uuid in str(told):
            raise KeyError(label)

    store.entities.watch(well.name, breaks)
    first = well.create(uuid, label)
    second = well.create(other)
    assert (well.find(uuid), well.get(other).version) == (None, 1)
    assert [action for action, _ in well.notes(first)] == ["entity.error"]
    assert [action for action, _ in well.notes(second)] == ["entity.create"]
    assert "KeyError while applying entities" in caplog.text and "secret" not in caplog.text
