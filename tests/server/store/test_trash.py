"""The trash: what is deleted counts nowhere, can come back, and can be purged for good.

- Deleted ones are in no list but the trash, with all their versions; restoring brings them back as they were.
- To delete and to restore are decisions in the ledger; the tables agree with it.
- Answers that evaluate an object are deleted only when they are void, with a reason, and not after closing.
- A resend of a deleted one, and an edit of one, are refused, and nothing of it is acknowledged.
- A purge erases answers, files, corrections and comments; hashes stay and the chain verifies.
- A blob that something else names stays.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from forms.faults.submissions import AttachmentNeedsVoid, DeleteNeedsVoid, NotDeleted, SubmissionDeleted
from server.store import Store
from server.store.decisions import Review
from server.store.refusals import ReasonMissing, SubmissionErased, SubmissionNotFound, SubmissionRoundClosed
from server.store.submissions import Wanted
from server.store.verify import verify
from tests.server.store.making import NOW, a_campaign, a_file, an_arrival, an_id, later, publish, receive

ALL, TRASH = Wanted(project_id=1), Wanted(project_id=1, deleted=True)


def delete(store: Store, seq: int, reason: str = "") -> None:
    store.write(lambda tx: store.trash.delete(tx, seq, reason=reason, now=later(), actor=None))


def restore(store: Store, seq: int, reason: str = "") -> None:
    store.write(lambda tx: store.trash.restore(tx, seq, reason=reason, now=later(2), actor=None))


def decide(store: Store, seq: int, action: Review) -> None:
    store.write(lambda tx: store.decisions.review(tx, seq, action, reason="why", now=NOW, actor=None))


def seqs(store: Store, wanted: Wanted) -> list[int]:
    return [one.seq for one in store.submissions.page(wanted)]


def test_deleted_ones_are_in_the_trash_alone_until_they_are_restored(store: Store) -> None:
    publish(store)
    first, other = receive(store, an_arrival(1)), receive(store, an_arrival(2))
    edit = receive(store, an_arrival(3, b"<data>3</data>", deprecated_id=an_id(1)))
    decide(store, edit.seq, "accepted")
    delete(store, edit.seq)
    assert (seqs(store, ALL), seqs(store, TRASH)) == ([other.seq], [edit.seq])
    assert store.submissions.count(ALL) == 1
    assert store.submissions.counts_by_state(1, "wells")["accepted"] == 0
    for number in (1, 3):
        with pytest.raises(SubmissionNotFound):
            store.submissions.get(1, "wells", an_id(number))
        assert store.submissions.get_deleted(1, "wells", an_id(number)).deleted_at == later()
    assert verify(store).is_whole
    restore(store, edit.seq)
    assert (seqs(store, ALL), seqs(store, TRASH)) == ([edit.seq, other.seq], [])
    assert store.submissions.get(1, "wells", an_id(3)).state == "accepted"
    assert [each.action for each in store.decisions.of(edit.seq)] == ["accepted", "deleted", "restored"]
    assert first.seq == store.submissions.get(1, "wells", an_id(1)).seq
    assert verify(store).is_whole
    with pytest.raises(NotDeleted):
        restore(store, edit.seq)


def test_a_table_that_hides_more_than_the_ledger_tells_is_found(sqlite_store: Store) -> None:
    publish(sqlite_store)
    seq = receive(sqlite_store, an_arrival()).seq
    moment = "2026-05-01T06:00:00.000000Z"
    sqlite_store.write(
        lambda tx: tx.conn.exec_driver_sql(f"UPDATE submission SET deleted_at = '{moment}' WHERE seq = {seq}")
    )
    assert [found.seq for found in verify(sqlite_store).findings] == [seq]


def test_answers_on_an_object_are_deleted_only_when_void_and_with_a_reason(store: Store) -> None:
    publish(store, scored=True)
    seq = receive(store, an_arrival()).seq
    with pytest.raises(ReasonMissing):
        delete(store, seq)
    with pytest.raises(DeleteNeedsVoid):
        delete(store, seq, "sent twice")
    decide(store, seq, "void")
    delete(store, seq, "sent twice")
    with pytest.raises(ReasonMissing):
        restore(store, seq)
    restore(store, seq, "it was the only one")
    assert store.submissions.by_seq(seq).state == "void"


def test_after_the_closing_nothing_is_deleted_or_restored(store: Store) -> None:
    campaign = a_campaign(store, opened=True)
    kept, gone = (receive(store, an_arrival(number, round_id=campaign.round_id)).seq for number in (1, 2))
    for seq in (kept, gone):
        decide(store, seq, "void")
    delete(store, gone, "why")
    store.write(lambda tx: store.rounds.close(tx, campaign.round_id, now=NOW, actor=None))
    with pytest.raises(SubmissionRoundClosed):
        delete(store, kept, "why")
    with pytest.raises(SubmissionRoundClosed):
        restore(store, gone, "why")


def test_a_resend_or_an_edit_of_a_deleted_one_is_refused(store: Store) -> None:
    publish(store)
    seq = receive(store, an_arrival()).seq
    delete(store, seq)
    with pytest.raises(SubmissionDeleted) as refused:
        receive(store, an_arrival())
    assert refused.value.code == 409.18
    with pytest.raises(SubmissionDeleted):
        receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    restore(store, seq)
    assert receive(store, an_arrival()).kind == "again"
    assert receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1))).kind == "edited"


def test_a_purge_erases_everything_that_was_said(store: Store) -> None:
    publish(store)
    photo, old, shared = (a_file(store, "a.jpg", content) for content in (b"new", b"old", b"shared"))
    receive(store, an_arrival(1, expected=("a.jpg",), files=(old,)))
    outcome = receive(store, an_arrival(1, expected=("a.jpg",), files=(photo,)))
    receive(store, an_arrival(2, files=(shared,)))
    edit = receive(store, an_arrival(3, b"<data/>", deprecated_id=an_id(1), files=(shared,)))

    def say(tx) -> None:  # type: ignore[no-untyped-def]
        store.decisions.correct(
            tx, edit.seq, question="site", old="well_17", new="well_71", reason="typo", now=NOW, actor=None
        )
        store.submissions.comment(tx, outcome.root_seq, "well_17?", now=NOW, actor=None)

    store.write(say)
    delete(store, edit.seq)
    assert store.trash.due(later()) == ()
    assert store.trash.due(later() + timedelta(microseconds=1)) == (edit.seq,)
    store.trash.purge(edit.seq, reason="30 days", now=later(3), actor=None)
    for number in (1, 3):
        with pytest.raises(SubmissionErased):
            store.submissions.xml(store.submissions.get_deleted(1, "wells", an_id(number)).seq)
    payloads = b"".join(record.payload or b"" for record in store.ledger.records_after(0))
    assert b"well_71" not in payloads and payloads.count(b"well_17") == 1  # that of the other one
    assert store.submissions.comments(outcome.root_seq) == ()
    assert [store.blobs.exists(file.sha256) for file in (photo, old, shared)] == [False, False, True]
    assert (seqs(store, TRASH), store.trash.due(later(9))) == ([], ())
    assert verify(store).is_whole
    with pytest.raises(NotDeleted):
        restore(store, edit.seq)
    with pytest.raises(SubmissionDeleted):
        receive(store, an_arrival(1))


def test_a_file_is_removed_and_its_name_stays(store: Store) -> None:
    publish(store)
    publish(store, "scored", scored=True)
    photo = a_file(store, "a.jpg")
    arrival = an_arrival(expected=("a.jpg",), files=(photo,))
    free = receive(store, arrival)
    bound = receive(store, an_arrival(form_id="scored", expected=("a.jpg",), files=(photo,)))
    with pytest.raises(AttachmentNeedsVoid):
        store.trash.remove_file(bound.seq, "a.jpg", reason="why", now=NOW, actor=None)
    store.trash.remove_file(free.seq, "a.jpg", reason="", now=NOW, actor=None)
    assert [file.sha256 for file in store.submissions.files(free.seq)] == [None]
    assert store.blobs.exists(photo.sha256)
    assert receive(store, arrival).missing == ()  # the phone may bring it again
    assert verify(store).is_whole


def test_an_older_file_that_no_table_tells_of_is_found(sqlite_store: Store) -> None:
    publish(sqlite_store)
    for content in (b"old", b"new"):
        receive(sqlite_store, an_arrival(files=(a_file(sqlite_store, "a.jpg", content),)))
    assert verify(sqlite_store).is_whole
    sqlite_store.write(lambda tx: tx.conn.exec_driver_sql("DELETE FROM replaced_file"))
    assert [found.seq for found in verify(sqlite_store).findings] == [3]
