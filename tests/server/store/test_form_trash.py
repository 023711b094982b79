"""Forms in the trash.

- A form there is in no list and takes nothing; restored, it is as it was.
- Its id stays taken until it is restored or purged, or gives way to another; a form in an open round stays.
- What gave way has answers that count nowhere, and versions nobody publishes again; its answers come back
  with it, but not those that lay in the trash before.
- A purge erases every answer, each with a record; the chain and the tables still verify.
- After a purge the id is free again, unless a round goes by the form: its version stays readable.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from forms.errors import FormNotFound, FormVersionNotFound, VersionTaken
from forms.faults.forms import FormIdInTrash, FormIdInUse, FormInOpenRound, FormNotTrashed
from server.store import Store
from server.store.form_trash import Purged
from server.store.refusals import ReasonMissing
from server.store.verify import verify
from tests.server.store.making import NOW, a_campaign, a_file, an_arrival, content, later, publish, receive


def trash(store: Store) -> int:
    number = store.forms.get(1, "wells").number
    store.write(lambda tx: store.form_trash.put(tx, 1, "wells", now=NOW))
    return number


def purge(store: Store, number: int, reason: str = "The exercise is over") -> Purged:
    return store.form_trash.purge(1, number, reason=reason, now=later, actor=None)


def test_a_form_in_the_trash_is_nowhere_and_comes_back_as_it_was(store: Store) -> None:
    version = publish(store)
    before = store.forms.get(1, "wells")
    number = trash(store)
    assert store.forms.all(1) == () and store.forms.offered(1) == ()
    assert [form.number for form in store.forms.trashed(1)] == [number]
    assert store.forms.numbers(1, "wells", "1") is None
    for ask in (store.forms.get, store.forms.versions):
        with pytest.raises(FormNotFound):
            ask(1, "wells")
    with pytest.raises(FormNotFound):
        store.forms.require_open(1, "wells", "1")
    with pytest.raises(FormNotFound):
        trash(store)
    assert store.write(lambda tx: store.form_trash.restore(tx, 1, number)) == "wells"
    assert store.forms.get(1, "wells") == before and store.forms.offered(1) == (version,)
    with pytest.raises(FormNotTrashed):
        store.write(lambda tx: store.form_trash.restore(tx, 1, number))


def test_its_id_stays_taken(store: Store) -> None:
    publish(store)
    trash(store)
    with pytest.raises(FormIdInTrash):
        publish(store, version="2")
    with pytest.raises(FormIdInTrash):
        told = content(store, version="2")
        store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))


def test_it_gives_way_to_another_and_takes_its_name_back(store: Store) -> None:
    first = publish(store)
    receive(store, an_arrival(1))
    gone = receive(store, an_arrival(2)).seq
    store.write(lambda tx: store.trash.delete(tx, gone, reason="", now=NOW, actor=None))
    number = trash(store)
    assert store.form_trash.answers(number)[0] == {"received": 1}
    store.form_trash.give_way(1, "wells", now=later, actor=None)
    assert [form.form_id for form in store.forms.trashed(1)] == ["wells"]
    assert store.form_trash.answers(number)[0] == {"received": 1}
    with pytest.raises(VersionTaken):
        publish(store)
    second = publish(store, version="2")
    assert store.forms.get(1, "wells").current == second and second.form_id == "wells"
    assert store.submissions.counts_by_state(1, "wells")["received"] == 0
    assert not store.form_trash.has_its_name(1, number)
    with pytest.raises(FormIdInUse):
        store.write(lambda tx: store.form_trash.restore(tx, 1, number))
    assert verify(store).is_whole

    trash(store)
    store.form_trash.give_way(1, "wells", now=later, actor=None)
    store.form_trash.count_again(1, number, now=later, actor=None)
    assert store.write(lambda tx: store.form_trash.restore(tx, 1, number)) == "wells"
    assert store.forms.get(1, "wells").current == first
    assert store.submissions.counts_by_state(1, "wells")["received"] == 1
    assert store.forms.newer_in_trash(1, "wells", first.seq)
    assert not store.forms.newer_in_trash(1, "wells", second.seq)
    assert verify(store).is_whole


def test_a_draft_goes_into_the_trash_with_its_form(store: Store) -> None:
    told = content(store)
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))
    token = store.drafts.get(1, "wells").token
    number = trash(store)
    assert store.drafts.all(1) == () and store.drafts.by_token(token) is None
    store.write(lambda tx: store.form_trash.restore(tx, 1, number))
    assert store.drafts.get(1, "wells").token == token


def test_a_form_in_an_open_round_stays(store: Store) -> None:
    a_campaign(store, opened=True)
    with pytest.raises(FormInOpenRound):
        trash(store)


def test_a_purge_erases_every_answer_and_the_ledger_still_verifies(store: Store) -> None:
    publish(store)
    photo = a_file(store, "well.jpg")
    for number in (1, 2):
        receive(store, an_arrival(number, b'<data id="wells">%d</data>' % number, files=(photo,)))
    form = trash(store)
    with pytest.raises(ReasonMissing):
        purge(store, form, " ")
    assert purge(store, form) == Purged("wells", 2, 1)
    report = verify(store)
    assert report.is_whole and report.erased == 4
    assert not store.blobs.exists(photo.sha256)
    assert store.forms.trashed(1) == ()
    with pytest.raises(FormNotTrashed):
        purge(store, form)


def test_after_a_purge_the_id_begins_anew(store: Store) -> None:
    publish(store)
    receive(store, an_arrival())
    purge(store, trash(store))
    with pytest.raises(FormNotFound):
        store.forms.version(1, "wells", "1")
    told = content(store, text="other questions")
    version = store.write(lambda tx: store.forms.publish(tx, 1, told, now=NOW, actor=None))
    assert store.forms.offered(1) == (version,)
    receive(store, an_arrival(2))
    assert verify(store).is_whole
    assert store.forms.of_record(1) == replace(version, content=store.forms.of_record(1).content, seq=1)  # type: ignore[union-attr]
    purge(store, trash(store))
    assert verify(store).is_whole


def test_a_form_that_a_round_went_by_keeps_its_id_and_its_versions(store: Store) -> None:
    campaign = a_campaign(store, opened=True)
    store.write(lambda tx: store.rounds.close(tx, campaign.round_id, now=later(), actor=None))
    number = trash(store)
    assert store.form_trash.rounds_of(1, number) == (campaign.round_id,)
    purge(store, number)
    assert store.forms.version(1, "wells", "1").scheme is not None
    with pytest.raises(FormVersionNotFound):
        store.forms.version(1, "wells", "2")
    with pytest.raises(FormIdInTrash):
        publish(store)
    assert verify(store).is_whole
