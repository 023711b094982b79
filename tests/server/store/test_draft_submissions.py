"""Test submissions of a draft, kept apart from everything that counts.

- They are kept with their files, listed newest first, and read byte for byte; the ledger never hears of them.
- The same again adds files; other bytes under the same instanceID are refused.
- An edit takes the place of what it edits, and keeps the files it still names.
- They go with their draft.
"""

from __future__ import annotations

import pytest

from forms.errors import EditedNotFound, EditOutdated, InstanceConflict
from server.store import Outcome, Store
from server.store.refusals import DraftNotFound, SubmissionNotFound
from tests.server.store.making import NOW, XML, a_file, an_arrival, an_id, content


def save_draft(store: Store, version: str = "1") -> None:
    told = content(store, version=version)
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))


def receive(store: Store, number: int = 1, xml: bytes = XML, **more: object) -> Outcome:
    arrival = an_arrival(number, xml, **more)
    return store.write(lambda tx: store.draft_submissions.receive(tx, arrival))


def test_a_test_submission_is_kept_with_its_files_and_not_in_the_ledger(store: Store) -> None:
    save_draft(store)
    head = store.ledger.head()
    files = (a_file(store, "a.jpg"), a_file(store, "unasked.jpg"))
    outcome = receive(store, version="other", expected=("a.jpg", "b.jpg"), files=files, device_id="d\0")
    assert (outcome.kind, outcome.missing) == ("new", ("b.jpg",))
    kept = store.draft_submissions.get(1, "wells", an_id(1))
    assert (kept.version, kept.device_id, kept.root_instance_id) == ("other", "d\ufffd", an_id(1))
    assert store.draft_submissions.xml(kept.number) == XML
    named = {file.name: (file.expected, file.sha256) for file in store.draft_submissions.files(kept.number)}
    assert named == {
        "a.jpg": (True, files[0].sha256),
        "b.jpg": (True, None),
        "unasked.jpg": (False, files[1].sha256),
    }
    assert store.ledger.head() == head


def test_the_same_again_adds_files_and_other_bytes_are_refused(store: Store) -> None:
    save_draft(store)
    receive(store, expected=("a.jpg",))
    again = receive(store, expected=("a.jpg",), files=(a_file(store, "a.jpg"),))
    assert (again.kind, again.missing) == ("again", ())
    with pytest.raises(InstanceConflict):
        receive(store, xml=b"<data/>")


def test_they_are_listed_newest_first_in_pages(store: Store) -> None:
    save_draft(store)
    for number in (1, 2, 3):
        receive(store, number)
    first = store.draft_submissions.page(1, "wells", limit=2)
    assert [one.instance_id for one in first] == [an_id(3), an_id(2)]
    rest = store.draft_submissions.page(1, "wells", limit=2, before=first[-1].number)
    assert [one.instance_id for one in rest] == [an_id(1)]
    read = [(one.instance_id, xml) for one, xml in store.draft_submissions.with_xml(1, "wells")]
    assert read == [(an_id(number), XML) for number in (1, 2, 3)]


def test_an_edit_takes_the_place_of_what_it_edits(store: Store) -> None:
    save_draft(store)
    receive(store, expected=("a.jpg", "b.jpg"), files=(a_file(store, "a.jpg"),))
    edited = receive(store, 2, b"<data>2</data>", deprecated_id=an_id(1), expected=("a.jpg",))
    assert (edited.kind, edited.missing) == ("edited", ())
    [current] = store.draft_submissions.page(1, "wells")
    assert (current.instance_id, current.root_instance_id) == (an_id(2), an_id(1))
    receive(store, 3, b"<data>3</data>", deprecated_id=an_id(2))
    first = store.draft_submissions.get(1, "wells", an_id(1))
    versions = store.draft_submissions.versions(first)
    assert [one.instance_id for one in versions] == [an_id(3), an_id(2), an_id(1)]
    assert store.draft_submissions.current(first).instance_id == an_id(3)
    with pytest.raises(EditOutdated):
        receive(store, 4, b"<data>4</data>", deprecated_id=an_id(2))
    with pytest.raises(EditedNotFound):
        receive(store, 4, b"<data>4</data>", deprecated_id=an_id(9))


def test_they_go_with_their_draft(store: Store) -> None:
    with pytest.raises(DraftNotFound):
        receive(store)
    save_draft(store)
    receive(store, expected=("a.jpg",), files=(a_file(store, "a.jpg"),))
    save_draft(store, "2")
    assert store.draft_submissions.page(1, "wells") == ()
    receive(store)
    store.write(lambda tx: store.drafts.discard(tx, 1, "wells"))
    with pytest.raises(SubmissionNotFound):
        store.draft_submissions.get(1, "wells", an_id(1))
