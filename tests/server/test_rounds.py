"""A round, from plan to open data, through the front door.

- A submission belongs to the open round that names its form, object and day; else it waits in a queue.
- While a round is open its scoring cannot change (such a version stays a draft), and nobody sees a score.
- Closing fixes the scores as of one record; a crash between the two records is repeated with the same result.
- What is published stays at its address, with its hash in the ledger, and is seen by everyone.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from server.actions import close_round as closing
from server.actions.close_round import close_round, freeze_what_was_closed
from server.actions.import_objects import import_objects, import_villages
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES

TODAY = now().astimezone(ZoneInfo("Asia/Bishkek")).date()


@pytest.fixture
def aimak(new_server) -> RunningHere:
    server = new_server()
    import_villages(server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(server.store, 1, OBJECTS, now=now(), actor=None)
    server.publish(SCORED)
    return server


@pytest.fixture
def organiser(aimak) -> httpx.Client:
    return aimak.program("organiser")


@pytest.fixture
def coordinator(aimak) -> httpx.Client:
    return aimak.program("coordinator")


def plan(program: httpx.Client, round_id: str = "2026-1", **given: object) -> httpx.Response:
    described = {
        "roundId": round_id,
        "titles": {"ky": "Биринчи раунд", "ru": "Первый раунд", "en": "First round"},
        "opensOn": str(TODAY - timedelta(days=5)),
        "closesOn": str(TODAY + timedelta(days=5)),
        "forms": ["service"],
        **given,
    }
    return program.post("/v1/projects/1/rounds", json=described)


def open_a_round(program: httpx.Client) -> None:
    assert plan(program).status_code == 200
    assert program.post("/v1/projects/1/rounds/2026-1/open").json()["forms"][0]["version"] == "1"


def answer(
    server: RunningHere, phone: Phone, object_id: str = "wua-1", day: date = TODAY, **values: str
) -> str:
    schema = server.store.forms.get(1, "service").current.schema
    given = {"stream": "C", "object": object_id, "today": str(day), "polite": "4", "quick": "2", **values}
    instance_id = f"uuid:{uuid4()}"
    assert phone.send(an_instance(schema, given, instance_id=instance_id)).statuses == (201,)
    return instance_id


def accept_all(program: httpx.Client) -> int:
    given = {"formId": "service", "reviewState": "accepted", "reason": "checked"}
    return program.post("/v1/projects/1/submissions/review", json=given).json()["count"]


def round_of(server: RunningHere, instance_id: str) -> str | None:
    return server.store.submissions.get(1, "service", instance_id).round_id


def test_a_submission_belongs_to_the_round_of_its_form_object_and_day(aimak, organiser) -> None:
    phone = aimak.phone()
    waiting = answer(aimak, phone)
    open_a_round(organiser)
    uuid = aimak.store.registry.get(1, "wua-1").uuid
    assert round_of(aimak, answer(aimak, phone)) == "2026-1"
    assert round_of(aimak, answer(aimak, phone, uuid)) == "2026-1"
    assert round_of(aimak, answer(aimak, phone, "nobody knows it")) is None
    assert round_of(aimak, answer(aimak, phone, day=TODAY - timedelta(days=30))) is None
    assert round_of(aimak, waiting) is None


def test_what_waits_is_given_a_round_by_a_decision_with_a_reason(aimak, organiser, coordinator) -> None:
    waiting = answer(aimak, aimak.phone())
    open_a_round(organiser)
    path = f"/v1/projects/1/forms/service/submissions/{waiting}/round"
    assert coordinator.post(path, json={"roundId": "2026-1"}).status_code == 400
    given = {"roundId": "2026-1", "reason": "filled in on the first day"}
    assert coordinator.post(path, json=given).json() == {"success": True}
    assert round_of(aimak, waiting) == "2026-1"
    assert organiser.post(path, json=given).status_code == 403


def test_scoring_cannot_change_while_a_round_is_open(aimak, organiser, coordinator) -> None:
    open_a_round(organiser)
    designer = aimak.program("designer")
    heavier = SCORED.replace("| S5 | 1 ", "| S5 | 3 ").replace("| 1       | PSO", "| 2       | PSO")
    lines = "\n".join(line.strip() for line in heavier.splitlines()).encode()
    path, kind = "/v1/projects/1/forms/service/draft", {"Content-Type": "text/markdown"}
    assert designer.post(f"{path}?ignoreWarnings=true", content=lines, headers=kind).is_success
    refused = designer.post(f"{path}/publish")
    assert refused.status_code == 409
    assert "quick" in refused.json()["message"] and "2026-1" in refused.json()["message"]
    assert aimak.store.drafts.get(1, "service").version == "2"
    reworded = SCORED.replace("| Quick |", "| Fast |").replace("| 1       | PSO", "| 2       | PSO")
    lines = "\n".join(line.strip() for line in reworded.splitlines()).encode()
    assert designer.post(f"{path}?ignoreWarnings=true", content=lines, headers=kind).is_success
    assert designer.post(f"{path}/publish").is_success
    answer(aimak, aimak.phone())
    assert coordinator.post("/v1/projects/1/rounds/2026-1/close").status_code == 200


def test_a_round_is_counted_closed_and_published(aimak, organiser, coordinator) -> None:
    open_a_round(organiser)
    phone = aimak.phone()
    for polite in "4443322":
        answer(aimak, phone, polite=polite)
    assert accept_all(coordinator) == 7
    counts = coordinator.get("/v1/projects/1/rounds/2026-1/counts").json()
    assert {(c["object_id"], c["stream"]): c["accepted"] for c in counts}["wua-1", "C"] == 7
    assert httpx.get(f"{aimak.address}/v1/rounds").json() == []
    assert httpx.get(f"{aimak.address}/v1/rounds/2026-1").status_code == 404
    assert organiser.post("/v1/projects/1/rounds/2026-1/close").status_code == 403
    closed = coordinator.post("/v1/projects/1/rounds/2026-1/close").json()
    assert closed["state"] == "closed" and closed["frozenSeq"] > closed["closedSeq"]
    assert httpx.get(f"{aimak.address}/v1/rounds").json() == []
    assert httpx.get(f"{aimak.address}/data/2026-1/scores_object.csv").status_code == 404
    resolution = {"keneshResolutionNo": "12/3", "keneshResolutionLink": "https://example.org/12"}
    published = organiser.post("/v1/projects/1/rounds/2026-1/publish", json=resolution).json()
    assert published["state"] == "published" and published["keneshResolutionNo"] == "12/3"
    [summary] = httpx.get(f"{aimak.address}/v1/rounds").json()
    assert summary["round_id"] == "2026-1"
    results = httpx.get(f"{aimak.address}/v1/rounds/2026-1").json()
    scored = next(each for each in results["objects"] if each["object_id"] == "wua-1")
    polite, quick = (75 * 3 + 50 * 2 + 25 * 2) / 7, 25
    assert scored["n_citizens"] == 7
    assert scored["score"] == pytest.approx((polite * 2 + quick) / 3, abs=1e-6)
    assert httpx.get(f"{aimak.address}/v1/rounds/2026-1/objects/wua-1").json()["criteria"]
    assert httpx.get(f"{aimak.address}/v1/rounds/2026-1/method").status_code == 200


def test_open_data_stays_at_its_address_with_its_hash(aimak, organiser, coordinator) -> None:
    open_a_round(organiser)
    coordinator.post("/v1/projects/1/rounds/2026-1/close")
    organiser.post("/v1/projects/1/rounds/2026-1/publish", json={"keneshResolutionNo": "12/3"})
    address = f"{aimak.address}/data/2026-1/scores_object.csv"
    file = httpx.get(address)
    assert file.status_code == 200 and file.headers["content-type"].startswith("text/csv")
    assert file.text.startswith("round_id,object_id,form_version,n_citizens")
    assert httpx.get(address, headers={"If-None-Match": file.headers["etag"]}).status_code == 304
    named = {each.name: each.sha256 for each in aimak.store.rounds.files("2026-1") if each.kind == "release"}
    assert file.headers["etag"] == f'"{named["scores_object.csv"]}"'
    assert httpx.get(f"{aimak.address}/data/2026-1/datapackage.json").json()["resources"]
    assert "12/3" in httpx.get(f"{aimak.address}/data/2026-1/rounds.csv").text
    assert httpx.get(f"{aimak.address}/data/2026-1/secret.key").status_code == 404
    assert httpx.get(f"{aimak.address}/data/..%2F..%2Fsecret/x").status_code == 404


def test_a_crash_between_the_two_records_is_repeated_with_the_same_result(
    aimak, organiser, monkeypatch
) -> None:
    open_a_round(organiser)
    phone = aimak.phone()
    for _ in range(6):
        answer(aimak, phone)

    def crash(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(closing, "freeze", crash)
        with pytest.raises(KeyboardInterrupt):
            close_round(aimak.context, "2026-1", now=now(), actor=None)
    assert aimak.store.rounds.get("2026-1").state == "closed"
    assert aimak.store.rounds.get("2026-1").frozen_seq is None
    assert round_of(aimak, answer(aimak, phone)) is None  # what comes now is outside
    freeze_what_was_closed(aimak.context)
    frozen = {each.name: each.sha256 for each in aimak.store.rounds.files("2026-1")}
    assert frozen
    first = aimak.store.rounds.get("2026-1").frozen_seq
    assert close_round(aimak.context, "2026-1", now=now(), actor=None).frozen_seq == first


def test_what_was_decided_after_the_closing_changes_nothing(aimak, organiser, coordinator) -> None:
    open_a_round(organiser)
    instance_id = answer(aimak, aimak.phone())
    coordinator.post("/v1/projects/1/rounds/2026-1/close")
    path = f"/v1/projects/1/forms/service/submissions/{instance_id}"
    late = coordinator.patch(path, json={"reviewState": "rejected", "reason": "late"})
    assert late.status_code == 409
