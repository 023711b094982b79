"""Lists of submissions: current versions, newest first, by page and by what is asked for."""

from __future__ import annotations

import pytest

from server.store import Store
from server.store.refusals import SubmissionErased, SubmissionNotFound
from server.store.submissions import Wanted
from tests.server.store.making import NOW, a_file, an_arrival, an_id, later, publish, receive

WELLS = Wanted(project_id=1, form_id="wells")


@pytest.fixture
def filled(store: Store) -> Store:
    """Ten submissions of wells, the first edited once, and one of springs."""
    publish(store)
    publish(store, "springs")
    for number in range(1, 11):
        receive(store, an_arrival(number, at=later(number)))
    receive(store, an_arrival(11, b"<data>11</data>", at=later(11), deprecated_id=an_id(1)))
    receive(store, an_arrival(12, at=later(12), form_id="springs"))
    return store


def numbers(store: Store, wanted: Wanted, **more: int) -> list[int]:
    return [int(one.instance_id[5:13], 16) for one in store.submissions.page(wanted, **more)]


def test_current_versions_come_newest_first_page_by_page(filled: Store) -> None:
    first = filled.submissions.page(WELLS, limit=4)
    assert numbers(filled, WELLS, limit=4) == [11, 10, 9, 8]
    assert numbers(filled, WELLS, limit=4, before=first[-1].seq) == [7, 6, 5, 4]
    assert numbers(filled, WELLS) == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]
    assert filled.submissions.count(WELLS) == 10
    assert filled.submissions.count(Wanted(project_id=1)) == 11
    assert filled.submissions.count(Wanted(project_id=2)) == 0


def test_they_are_asked_for_by_state_time_and_number(filled: Store) -> None:
    ten = filled.submissions.get(1, "wells", an_id(10))
    filled.write(lambda tx: filled.decisions.review(tx, ten.seq, "accepted", reason="", now=NOW, actor=None))
    asked = {
        Wanted(project_id=1, states=("accepted", "edited")): [11, 10],
        Wanted(project_id=1, form_id="wells", received_from=later(9), received_before=later(11)): [10, 9],
        Wanted(project_id=1, seqs=(ten.seq,)): [10],
        Wanted(project_id=1, submitter=7): [],
    }
    assert {wanted: numbers(filled, wanted) for wanted in asked} == asked
    states = {"received": 8, "accepted": 1, "returned": 0, "void": 0, "edited": 1}
    assert filled.submissions.counts_by_state(1, "wells") == states
    assert filled.submissions.last_received(1) == {"wells": later(11), "springs": later(12)}


def test_the_sender_is_named(store: Store) -> None:
    publish(store)
    phone = store.write(lambda tx: store.app_users.add(tx, 1, "Phone 1", now=NOW))
    receive(store, an_arrival(actor=phone.actor_id, user_agent="Collect"))
    known = store.submissions.get(1, "wells", an_id(1))
    assert (known.submitter, known.submitter_name, known.user_agent) == (phone.actor_id, "Phone 1", "Collect")
    assert store.ledger.record(known.seq).actor == phone.actor_id


def test_comments_stand_at_the_submission(filled: Store) -> None:
    root = filled.submissions.get(1, "wells", an_id(1)).root_seq
    for body in ("first", "second"):
        filled.write(lambda tx, b=body: filled.submissions.comment(tx, root, b, now=NOW, actor=None))
    assert [comment.body for comment in filled.submissions.comments(root)] == ["second", "first"]


def test_a_file_may_be_added_to_what_is_there(filled: Store) -> None:
    seq = filled.submissions.get(1, "wells", an_id(2)).seq
    file = a_file(filled, "map.png")
    head = filled.ledger.head().seq
    for _ in range(2):
        filled.write(
            lambda tx: filled.submissions.attach(
                tx, seq, file.name, sha256=file.sha256, size=file.size, now=NOW, actor=None
            )
        )
    assert [one.sha256 for one in filled.submissions.files(seq)] == [file.sha256]
    assert filled.ledger.head().seq == head + 1


def test_tokens_of_public_links_are_kept_beside_the_ledger(filled: Store) -> None:
    outcome = receive(filled, an_arrival(20, link_token="slip-7"))
    assert filled.submissions.link_tokens(1, outcome.seq) == {outcome.seq: "slip-7"}


def test_what_is_not_there_is_said(filled: Store) -> None:
    with pytest.raises(SubmissionNotFound):
        filled.submissions.get(1, "wells", "uuid:nothing")
    with pytest.raises(SubmissionNotFound):
        filled.submissions.xml(999)
    seq = filled.submissions.get(1, "wells", an_id(2)).seq
    filled.decisions.erase(seq, instance=None, reason="asked", now=NOW, actor=None)
    with pytest.raises(SubmissionErased):
        filled.submissions.xml(seq)
    assert filled.submissions.by_seq(seq).erased
