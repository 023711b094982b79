"""What becomes of an instance that arrives: every row of protocol.md 7.6.

- The same bytes under the same instanceID count once and only add files; other bytes are refused.
- An edit names the current version and stays under its first instanceID; its files are carried forward.
- Other bytes for a known file are kept beside the old ones.
- Nothing after the record that closed a round belongs to it.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from forms.errors import EditConflict, EditedNotFound, EditOutdated, FormVersionNotFound, InstanceConflict
from server.store import ArrivedFile, Store
from tests.server.store.making import (
    NOW,
    XML,
    a_campaign,
    a_file,
    an_arrival,
    an_id,
    publish,
    receive,
)


@pytest.fixture(autouse=True)
def form(store: Store) -> None:
    publish(store, scored=True)


def files(store: Store, seq: int) -> dict[str, str | None]:
    return {file.name: file.sha256 for file in store.submissions.files(seq)}


def test_a_new_instance_is_kept_byte_for_byte(store: Store) -> None:
    outcome = receive(store, an_arrival(device_id="collect:1", instance_name="Well 17"))
    assert outcome.kind == "new"
    assert store.submissions.xml(outcome.seq) == XML
    kept = store.submissions.get(1, "wells", an_id(1))
    assert (kept.seq, kept.state, kept.version, kept.device_id) == (outcome.seq, "received", "1", "collect:1")
    record = store.ledger.record(outcome.seq)
    assert (record.kind, record.subject, record.payload) == ("submission", f"1/wells/{an_id(1)}", XML)


def test_the_same_bytes_again_count_once(store: Store) -> None:
    first, again = receive(store, an_arrival()), receive(store, an_arrival())
    assert (again.kind, again.seq) == ("again", first.seq)
    assert store.ledger.head().seq == first.seq


def test_the_same_instance_posted_at_once_by_many_is_new_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        kinds = list(pool.map(lambda _: receive(store, an_arrival()).kind, range(8)))
    assert sorted(kinds) == ["again"] * 7 + ["new"]


def test_the_same_id_with_other_bytes_is_refused(store: Store) -> None:
    receive(store, an_arrival())
    with pytest.raises(InstanceConflict) as refusal:
        receive(store, an_arrival(xml=b"<data/>"))
    assert refusal.value.code == 409.1
    assert store.submissions.xml(store.submissions.get(1, "wells", an_id(1)).seq) == XML


def test_the_same_id_of_another_form_is_another_submission(store: Store) -> None:
    publish(store, "springs")
    kinds = {receive(store, an_arrival()).kind, receive(store, an_arrival(form_id="springs")).kind}
    assert kinds == {"new"}


def test_an_old_version_is_taken_and_an_unknown_one_refused(store: Store) -> None:
    publish(store, version="2")
    assert receive(store, an_arrival(1, version="1")).kind == "new"
    assert receive(store, an_arrival(2, version="2")).kind == "new"
    with pytest.raises(FormVersionNotFound):
        receive(store, an_arrival(3, version="3"))


def test_files_come_with_the_instance_or_later(store: Store) -> None:
    one, two = a_file(store, "one.jpg"), a_file(store, "two.jpg")
    expected = ("one.jpg", "two.jpg")
    first = receive(store, an_arrival(files=(one,), expected=expected))
    assert first.missing == ("two.jpg",)
    again = receive(store, an_arrival(files=(two,), expected=expected))
    assert (again.kind, again.missing) == ("again", ())
    assert files(store, first.seq) == {"one.jpg": one.sha256, "two.jpg": two.sha256}
    named = store.submissions.get(1, "wells", an_id(1))
    assert (named.files_expected, named.files_present) == (2, 2)


def test_a_file_nobody_mentioned_is_kept_as_well(store: Store) -> None:
    extra = a_file(store, "фото 😀.jpg")
    outcome = receive(store, an_arrival(files=(extra,)))
    assert files(store, outcome.seq) == {"фото 😀.jpg": extra.sha256}


def test_other_bytes_under_a_known_name_leave_the_older_blob(store: Store) -> None:
    old, new = a_file(store, "one.jpg", b"old"), a_file(store, "one.jpg", b"new")
    first = receive(store, an_arrival(files=(old,), expected=("one.jpg",)))
    receive(store, an_arrival(files=(new,), expected=("one.jpg",)))
    receive(store, an_arrival(files=(new,), expected=("one.jpg",)))
    assert files(store, first.seq) == {"one.jpg": new.sha256}
    told = [record for record in store.ledger.records_after(first.seq) if record.kind == "attachment"]
    assert [json.loads(record.payload or b"")["sha256"] for record in told] == [old.sha256, new.sha256]
    assert {record.subject for record in told} == {f"1/wells/{an_id(1)}"}
    assert store.blobs.read(old.sha256) == b"old"


def test_two_files_may_have_the_same_bytes(store: Store) -> None:
    both = (a_file(store, "one.jpg"), a_file(store, "two.jpg"))
    outcome = receive(store, an_arrival(files=both, expected=("one.jpg", "two.jpg")))
    assert len(set(files(store, outcome.seq).values())) == 1 and not outcome.missing


def test_an_edit_of_the_current_version_replaces_it(store: Store) -> None:
    first = receive(store, an_arrival(1))
    edit = receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    assert (edit.kind, edit.root_seq) == ("edited", first.seq)
    current = store.submissions.current(first.seq)
    assert (current.instance_id, current.root_instance_id, current.state) == (an_id(2), an_id(1), "edited")
    assert [version.instance_id for version in store.submissions.versions(first.seq)] == [an_id(2), an_id(1)]
    assert store.submissions.by_seq(first.seq).replaced_by == edit.seq


def test_a_chain_of_edits_keeps_the_first_id_as_root(store: Store) -> None:
    first = receive(store, an_arrival(1))
    receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    third = receive(store, an_arrival(3, b"<data>3</data>", deprecated_id=an_id(2)))
    assert third.root_seq == first.seq
    assert store.submissions.current(first.seq).instance_id == an_id(3)


def test_an_edit_of_what_has_not_arrived_may_be_sent_again_later(store: Store) -> None:
    edit = an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1))
    with pytest.raises(EditedNotFound) as refusal:
        receive(store, edit)
    assert refusal.value.code == 404.5
    receive(store, an_arrival(1))
    assert receive(store, edit).kind == "edited"


def test_an_edit_of_an_older_version_is_refused(store: Store) -> None:
    receive(store, an_arrival(1))
    receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    with pytest.raises(EditOutdated) as refusal:
        receive(store, an_arrival(3, b"<data>3</data>", deprecated_id=an_id(1)))
    assert refusal.value.code == 409.9


def test_the_second_request_of_an_edit_adds_its_files(store: Store) -> None:
    receive(store, an_arrival(1))
    parts = [a_file(store, "one.jpg"), a_file(store, "two.jpg", b"two")]
    edits = [
        an_arrival(
            2, b"<data>2</data>", deprecated_id=an_id(1), files=(part,), expected=("one.jpg", "two.jpg")
        )
        for part in parts
    ]
    first, second = receive(store, edits[0]), receive(store, edits[1])
    assert (first.kind, second.kind, second.seq, second.missing) == ("edited", "again", first.seq, ())


def test_an_edit_under_a_number_that_is_taken_is_refused(store: Store) -> None:
    receive(store, an_arrival(1))
    receive(store, an_arrival(2))
    with pytest.raises(EditConflict) as refusal:
        receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    assert refusal.value.code == 409.3


def test_a_version_that_was_replaced_is_not_taken_again(store: Store) -> None:
    receive(store, an_arrival(1))
    receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    with pytest.raises(EditOutdated):
        receive(store, an_arrival(1))


def test_an_edit_keeps_the_files_it_still_mentions(store: Store) -> None:
    photo, sound, new_sound = (
        a_file(store, "photo.jpg"),
        a_file(store, "sound.m4a", b"la"),
        a_file(store, "sound.m4a", b"lala"),
    )
    receive(store, an_arrival(1, files=(photo, sound), expected=("photo.jpg", "sound.m4a")))
    edit = receive(
        store,
        an_arrival(
            2,
            b"<data>2</data>",
            deprecated_id=an_id(1),
            files=(new_sound,),
            expected=("photo.jpg", "sound.m4a", "map.png"),
        ),
    )
    assert edit.missing == ("map.png",)
    assert files(store, edit.seq) == {
        "photo.jpg": photo.sha256,
        "sound.m4a": new_sound.sha256,
        "map.png": None,
    }
    told = [r for r in store.ledger.records_after(edit.seq) if r.kind == "attachment"]
    assert {r.subject for r in told} == {f"1/wells/{an_id(2)}"} and len(told) == 2


def test_an_edit_may_use_another_version_of_the_form(store: Store) -> None:
    publish(store, version="2")
    first = receive(store, an_arrival(1))
    receive(store, an_arrival(2, b"<data>2</data>", version="2", deprecated_id=an_id(1)))
    assert store.submissions.current(first.seq).version == "2"


def test_the_round_stands_in_the_header_while_it_is_open(store: Store) -> None:
    a_campaign(store, opened=True)
    inside = receive(store, an_arrival(1, round_id="2026-1"))
    store.write(lambda tx: store.rounds.close(tx, "2026-1", now=NOW, actor=None))
    after = receive(store, an_arrival(2, round_id="2026-1"))
    assert store.ledger.record(inside.seq).round_id == "2026-1"
    assert store.ledger.record(after.seq).round_id is None
    assert store.submissions.by_seq(after.seq).round_id is None


def test_names_of_any_kind_are_kept_and_never_break_a_header(store: Store) -> None:
    odd = 'uuid:"\\ / ☃ %2F'
    outcome = receive(store, an_arrival(instance_id=odd, files=(ArrivedFile("a\0b", "0" * 64, 1),)))
    assert store.submissions.get(1, "wells", odd).seq == outcome.seq
    assert store.ledger.record(outcome.seq).subject.count("/") == 2
    assert list(files(store, outcome.seq)) == ["a\ufffdb"]


def test_a_large_group_is_decided_like_single_ones(store: Store) -> None:
    arrivals = [an_arrival(number % 300, xml=b"<data>%d</data>" % (number % 300)) for number in range(700)]
    futures = [store.receive(arrival) for arrival in arrivals]
    kinds = [future.result(timeout=30).kind for future in futures]
    assert kinds.count("new") == 300 and kinds.count("again") == 400
    assert store.ledger.head().seq == 301
