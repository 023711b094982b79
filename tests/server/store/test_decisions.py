"""Decisions on submissions.

- Every decision is a record with its reason and its person; the latest review counts.
- What an edit has replaced, or a closed round has counted, is not decided on any more.
- Many are decided in small pieces, and phones are served between them.
- A corrected value outlives edits that left its answer alone, and no other.
- A submission without a round waits; a decision gives it one that is open and uses its form.
"""

from __future__ import annotations

import json
import threading
import time

import pytest

from server.store import Store
from server.store.audit import Audited
from server.store.decisions import Review
from server.store.refusals import (
    ReasonMissing,
    RoundNotOpen,
    RoundWithoutForm,
    SubmissionNotFound,
    SubmissionOutdated,
    SubmissionRoundClosed,
)
from server.store.submissions import Wanted
from server.store.verify import verify
from tests.server.store.making import NOW, a_campaign, a_round, an_arrival, an_id, later, publish, receive

ALL = Wanted(project_id=1)


def review(store: Store, seq: int, action: Review, reason: str = "checked") -> int:
    return store.write(
        lambda tx: store.decisions.review(tx, seq, action, reason=reason, now=later(), actor=None)
    )


def assign(store: Store, seq: int, round_id: str) -> int:
    return store.write(
        lambda tx: store.decisions.assign(tx, seq, round_id, reason="its day was wrong", now=NOW, actor=None)
    )


def test_the_latest_review_counts_and_all_are_kept(store: Store) -> None:
    publish(store)
    seq = receive(store, an_arrival()).seq
    review(store, seq, "accepted", "")
    last = review(store, seq, "void", "sent twice from another phone")
    known = store.submissions.by_seq(seq)
    assert (known.state, known.decided_at) == ("void", later())
    told = store.decisions.of(seq)
    assert [(one.action, one.reason) for one in told] == [
        ("accepted", ""),
        ("void", "sent twice from another phone"),
    ]
    record = store.ledger.record(last)
    assert (record.kind, record.subject) == ("decision", f"1/wells/{an_id(1)}")
    assert json.loads(record.payload or b"") == {
        "submission_seq": seq,
        "action": "void",
        "reason": "sent twice from another phone",
    }


def test_where_a_form_evaluates_all_but_an_acceptance_need_a_reason(store: Store) -> None:
    publish(store, scored=True)
    seq = receive(store, an_arrival()).seq
    actions: tuple[Review, ...] = ("void", "returned", "received")
    for action in actions:
        with pytest.raises(ReasonMissing):
            review(store, seq, action, "  ")
    with pytest.raises(SubmissionNotFound):
        review(store, 999, "accepted")


def test_a_replaced_version_is_not_decided_on(store: Store) -> None:
    publish(store)
    first = receive(store, an_arrival(1))
    review(store, first.seq, "accepted")
    edit = receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    assert store.submissions.by_seq(edit.seq).state == "edited"
    with pytest.raises(SubmissionOutdated):
        review(store, first.seq, "void")
    review(store, edit.seq, "accepted")


def test_what_a_closed_round_has_counted_stays(store: Store) -> None:
    a_campaign(store, opened=True)
    seq = receive(store, an_arrival(round_id="2026-1")).seq
    review(store, seq, "accepted")
    store.write(lambda tx: store.rounds.close(tx, "2026-1", now=NOW, actor=None))
    with pytest.raises(SubmissionRoundClosed):
        review(store, seq, "void")


def test_a_submission_without_a_round_waits_for_a_decision(store: Store) -> None:
    a_campaign(store, opened=True)
    inside = receive(store, an_arrival(1, round_id="2026-1")).seq
    waiting = receive(store, an_arrival(2)).seq
    queue = Wanted(project_id=1, waiting=True)
    assert [one.seq for one in store.submissions.page(queue)] == [waiting]
    seq = assign(store, waiting, "2026-1")
    assert store.submissions.by_seq(waiting).round_id == "2026-1"
    assert store.submissions.count(queue) == 0
    assert store.submissions.count(Wanted(project_id=1, round_id="2026-1")) == 2
    assert json.loads(store.ledger.record(seq).payload or b"")["round_id"] == "2026-1"
    assert inside != waiting


def test_a_round_is_given_only_while_it_is_open_and_uses_the_form(store: Store) -> None:
    a_campaign(store, opened=True)
    publish(store, "plain")
    other = receive(store, an_arrival(1, form_id="plain")).seq
    waiting = receive(store, an_arrival(2)).seq
    with pytest.raises(RoundWithoutForm):
        assign(store, other, "2026-1")
    store.write(lambda tx: store.rounds.plan(tx, a_round("later"), now=NOW, actor=None))
    with pytest.raises(RoundNotOpen):
        assign(store, waiting, "later")
    store.write(lambda tx: store.rounds.close(tx, "2026-1", now=NOW, actor=None))
    with pytest.raises(RoundNotOpen):
        assign(store, waiting, "2026-1")


def test_a_correction_keeps_the_old_value_beside_the_new(store: Store) -> None:
    publish(store)
    seq = receive(store, an_arrival()).seq
    store.write(
        lambda tx: store.decisions.correct(
            tx, seq, question="site", old="well_17", new="well_71", reason="a slip", now=NOW, actor=None
        )
    )
    told = store.decisions.of(seq)[0]
    assert (told.action, told.question, told.old, told.new) == ("corrected", "site", "well_17", "well_71")
    assert store.submissions.by_seq(seq).state == "received"


def test_edits_that_come_at_once_hand_a_correction_on_until_one_answers_anew(store: Store) -> None:
    publish(store)
    first = receive(store, an_arrival()).seq
    for new in ("well_70", "well_71"):
        store.write(
            lambda tx, new=new: store.decisions.correct(
                tx, first, question="site", old="", new=new, reason="a slip", now=NOW, actor=None
            )
        )
    xml = b'<data id="wells" version="1"><site>%s</site></data>'
    edits = [
        an_arrival(number, xml % site, deprecated_id=an_id(number - 1))
        for number, site in ((2, b"well_17"), (3, b"well_17"), (4, b"well_9"), (5, b"well_17"))
    ]
    seqs = [future.result(timeout=20).seq for future in [store.receive(edit) for edit in edits]]
    told = [(one.action, one.old, one.new, one.reason) for seq in seqs for one in store.decisions.of(seq)]
    kept = ("kept", "well_17", "well_71", "a slip")
    assert told == [kept, kept, ("superseded", "well_71", "well_9", "")]
    entries = [dict(one.details) for one in store.audit.page(Audited(action="submission.update.version"))]
    assert [one.get("kept", one.get("superseded")) for one in entries] == [None, 1, 1, 1]
    assert verify(store).is_whole


def test_many_are_decided_in_small_pieces_and_phones_are_served_between(store: Store) -> None:
    publish(store)
    seqs = [store.receive(an_arrival(number)) for number in range(1, 301)]
    numbers = [future.result(20).seq for future in seqs]
    waits: list[float] = []
    stop = threading.Event()

    def phone() -> None:
        number = 1000
        while not stop.is_set():
            begun = time.perf_counter()
            receive(store, an_arrival(number))
            waits.append(time.perf_counter() - begun)
            number += 1

    sending = threading.Thread(target=phone)
    sending.start()
    steps: list[tuple[int, int]] = []
    done = store.decisions.review_all(
        numbers, "accepted", reason="", now=later, actor=None, progress=lambda *step: steps.append(step)
    )
    stop.set()
    sending.join()
    assert done == 300 and steps[-1] == (300, 300) and len(steps) == 6
    assert store.submissions.counts_by_state(1, "wells")["accepted"] == 300
    assert len(waits) >= 6 and max(waits) < 5


def test_many_leave_out_what_cannot_be_decided(store: Store) -> None:
    publish(store)
    first = receive(store, an_arrival(1)).seq
    second = receive(store, an_arrival(2)).seq
    receive(store, an_arrival(3, b"<data>3</data>", deprecated_id=an_id(1)))
    done = store.decisions.review_all([first, second, 999], "accepted", reason="", now=later, actor=None)
    assert done == 1 and store.submissions.by_seq(second).state == "accepted"
    with pytest.raises(ReasonMissing):
        store.decisions.review_all([second], "void", reason="", now=later, actor=None)
