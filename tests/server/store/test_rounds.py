"""Rounds: planned, open, closed, frozen, published; each step a record.

- Opening fixes the version of every form, and refuses what would make an answer belong to two rounds.
- An answer belongs to the open round of its project that names its form and object, on the days of the round.
- Closing is two records; a crash between them is seen, and freezing twice is freezing once.
- Nothing about a round changes once it is open, but its state.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from forms.errors import BaikooError
from server.store import Store
from server.store.refusals import (
    FormWithoutScheme,
    ObjectNotFound,
    RoundDatesInvalid,
    RoundEmpty,
    RoundNameInvalid,
    RoundNotClosed,
    RoundNotFound,
    RoundNotFrozen,
    RoundNotOpen,
    RoundNotPlanned,
    RoundOverlap,
    RoundTaken,
    RoundWeightsInvalid,
)
from server.store.rounds import Round, RoundFile, RoundForm
from tests.server.store.making import NOW, a_campaign, a_round, an_object, later, publish

MAY = date(2026, 5, 1)


def plan(store: Store, wanted: Round) -> None:
    store.write(lambda tx: store.rounds.plan(tx, wanted, now=NOW, actor=None))


def open_(store: Store, round_id: str) -> Round:
    return store.write(lambda tx: store.rounds.open(tx, round_id, now=NOW, actor=None))


def close(store: Store, round_id: str) -> Round:
    return store.write(lambda tx: store.rounds.close(tx, round_id, now=later(), actor=None))


def freeze(store: Store, round_id: str) -> Round:
    table = store.blobs.keep(b"object_id,score\n")
    closed = store.rounds.get(round_id)
    return store.write(
        lambda tx: store.rounds.freeze(
            tx,
            round_id,
            as_of=closed.closed_seq or 0,
            tables={"object_score": table},
            method=b'{"weights": {"a": 0.5}}',
            now=later(2),
            actor=None,
        )
    )


def payloads(store: Store) -> list[dict[str, object]]:
    return [json.loads(r.payload or b"") for r in store.ledger.records_after(0) if r.kind == "round"]


def test_a_round_is_planned_changed_opened_closed_frozen_and_published(store: Store) -> None:
    a_campaign(store)
    plan(store, a_round(titles={"ky": "Башка", "ru": "Другой", "en": "Other"}, method_notes={"en": "note"}))
    publish(store, version="2", scored=True)
    opened = open_(store, "2026-1")
    assert opened.forms == (RoundForm("wells", "2", "MUN"),) and opened.opened_at == NOW
    closed = close(store, "2026-1")
    assert store.rounds.unfrozen() == (closed,)
    frozen = freeze(store, "2026-1")
    assert store.rounds.unfrozen() == ()
    release = store.blobs.keep(b"a release")
    published = store.write(
        lambda tx: store.rounds.publish(
            tx,
            "2026-1",
            release={"objects.csv": release},
            kenesh_resolution_no="12",
            kenesh_resolution_link="https://kenesh.example/12",
            now=later(3),
            actor=None,
        )
    )
    assert store.rounds.get("2026-1") == published and published.state == "published"
    assert (published.opened_seq, published.closed_seq) == (opened.opened_seq, closed.closed_seq)
    assert frozen.frozen_seq == published.frozen_seq and published.published_at == later(3)
    said = payloads(store)
    assert [step["state"] for step in said] == [
        "planned", "planned", "opened", "closed", "frozen", "published"
    ]  # fmt: skip
    assert said[4]["as_of"] == closed.closed_seq and said[4]["method"] == {"weights": {"a": 0.5}}
    assert said[2]["opened_seq"] == opened.opened_seq and said[5]["kenesh_resolution_no"] == "12"
    table = store.rounds.files("2026-1")[0]
    assert table.kind == "frozen" and said[4]["tables"] == {"object_score": table.sha256}
    assert store.rounds.files("2026-1")[1] == RoundFile(
        "release", "objects.csv", release.sha256, release.size
    )


def test_an_answer_belongs_to_the_open_round_of_its_form_object_and_day(store: Store) -> None:
    a_campaign(store)
    ask = store.rounds.round_for
    assert ask(1, "wells", "ak-suu", MAY) is None  # it is only planned
    open_(store, "2026-1")
    for day in (date(2026, 4, 1), MAY, date(2026, 5, 31)):
        assert ask(1, "wells", "ak-suu", day) == "2026-1"
    for day in (date(2026, 3, 31), date(2026, 6, 1)):
        assert ask(1, "wells", "ak-suu", day) is None
    assert ask(1, "wells", "other", MAY) is None and ask(1, "wells", None, MAY) is None
    assert ask(1, "springs", "ak-suu", MAY) is None and ask(2, "wells", "ak-suu", MAY) is None
    assert [one.round_id for one in store.rounds.open_with_form(1, "wells")] == ["2026-1"]
    close(store, "2026-1")
    assert ask(1, "wells", "ak-suu", MAY) is None and store.rounds.open_with_form(1, "wells") == ()


def test_two_open_rounds_never_share_a_form_an_object_and_a_day(store: Store) -> None:
    a_campaign(store, opened=True)
    put = store.registry.put_objects
    store.write(lambda tx: put(tx, 1, [an_object("other")], now=NOW, actor=None))
    plan(store, a_round("overlap", opens_on=date(2026, 5, 31), closes_on=date(2026, 7, 1)))
    with pytest.raises(RoundOverlap):
        open_(store, "overlap")
    plan(store, a_round("overlap", opens_on=date(2026, 6, 1), closes_on=date(2026, 7, 1)))
    open_(store, "overlap")
    plan(store, a_round("elsewhere", objects=("other",)))
    open_(store, "elsewhere")
    assert {one.round_id for one in store.rounds.all(1)} == {"2026-1", "overlap", "elsewhere"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"round_id": "a round"}, RoundNameInvalid),
        ({"round_id": "../x"}, RoundNameInvalid),
        ({"closes_on": date(2026, 3, 1)}, RoundDatesInvalid),
        ({"type_weights": {"MUN": 0}}, RoundWeightsInvalid),
        ({"type_weights": {"MUN": float("nan")}}, RoundWeightsInvalid),
        ({"type_weights": {"MUN": -1, "SUP": 5}}, RoundWeightsInvalid),
        ({"objects": ("nowhere",)}, ObjectNotFound),
        ({"forms": (RoundForm("nothing", None, None),)}, BaikooError),
    ],
)
def test_what_cannot_be_a_round_is_refused(
    sqlite_store: Store, change: dict[str, object], refusal: type[Exception]
) -> None:
    a_campaign(sqlite_store)
    with pytest.raises(refusal):
        plan(sqlite_store, a_round(**{"round_id": "2027", **change}))  # type: ignore[arg-type]
    with pytest.raises(RoundNotFound):
        sqlite_store.rounds.get("2027")


def test_a_round_needs_forms_that_are_scored_and_objects(store: Store) -> None:
    a_campaign(store)
    plan(store, a_round("empty", objects=()))
    with pytest.raises(RoundEmpty):
        open_(store, "empty")
    publish(store, "plain")
    plan(store, a_round("plain", forms=(RoundForm("plain", None, None),)))
    with pytest.raises(FormWithoutScheme):
        open_(store, "plain")


def test_every_step_follows_on_its_step(store: Store) -> None:
    a_campaign(store)
    with pytest.raises(RoundNotOpen):
        close(store, "2026-1")
    with pytest.raises(RoundNotClosed):
        freeze(store, "2026-1")
    open_(store, "2026-1")
    with pytest.raises(RoundNotPlanned):
        open_(store, "2026-1")
    with pytest.raises(RoundNotPlanned):
        plan(store, a_round())
    close(store, "2026-1")
    with pytest.raises(RoundNotFrozen):
        store.write(
            lambda tx: store.rounds.publish(
                tx,
                "2026-1",
                release={},
                kenesh_resolution_no="",
                kenesh_resolution_link="",
                now=NOW,
                actor=None,
            )
        )
    assert freeze(store, "2026-1") == freeze(store, "2026-1")


def test_a_round_id_is_taken_once_over_all_projects(store: Store) -> None:
    a_campaign(store)
    other = store.write(lambda tx: store.projects.create(tx, name="Another aimak", now=NOW))
    with pytest.raises(RoundTaken):
        plan(store, replace(a_round(), project_id=other, forms=(), objects=()))
