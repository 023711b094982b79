"""What was refused though it could be read.

- It is kept once per content, with the sentence it was refused with, and only so much of it.
- Accepting one takes it into the ledger, and the phone's next try is a 201, whatever it was refused for.
- Discarding one removes its bytes; a retry is refused as before.
"""

from __future__ import annotations

import pytest

from forms.errors import BaikooError, EditedNotFound, EditOutdated, FormClosed, InstanceConflict
from server.store import Arrival, Outcome, Store, quarantine
from server.store.audit import Audit
from server.store.refusals import RefusedDecided, RefusedNotFound
from server.store.verify import verify
from tests.server.store.making import NOW, XML, a_file, an_arrival, an_id, later, publish, receive

OTHER = b"<data>other</data>"


def refuse(store: Store, arrival: Arrival, error: BaikooError) -> bool:
    """What the action does with a refusal."""
    return store.write(
        lambda tx: store.quarantine.keep(
            tx,
            arrival.project_id,
            arrival.xml,
            error,
            form_id=arrival.form_id,
            version=arrival.version,
            instance_id=arrival.instance_id,
            deprecated_id=arrival.deprecated_id,
            actor=arrival.actor,
            device_id=arrival.device_id,
            now=NOW,
        )
    )


def accept(store: Store, *, version: str = "1", expected: tuple[str, ...] = ()) -> Outcome:
    known = store.quarantine.all(1)[0]
    return store.write(
        lambda tx: store.quarantine.accept(
            tx,
            known.quarantine_id,
            version=version,
            round_id=None,
            expected=expected,
            now=later(),
            actor=None,
        )
    )


def refused(store: Store, arrival: Arrival) -> BaikooError:
    with pytest.raises(BaikooError) as refusal:
        receive(store, arrival)
    refuse(store, arrival, refusal.value)
    return refusal.value


def test_it_is_kept_once_with_its_reason(store: Store) -> None:
    publish(store)
    receive(store, an_arrival())
    error = refused(store, an_arrival(xml=OTHER, device_id="collect:1"))
    refused(store, an_arrival(xml=OTHER))
    (known,) = store.quarantine.all(1)
    assert (known.times, known.reason, known.device_id) == (2, error.sentence, "collect:1")
    assert store.quarantine.xml(known.quarantine_id) == OTHER
    assert store.quarantine.accepted(1, OTHER) is None


def test_it_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MAX_BYTES", 2 * len(XML))
    kept = [refuse(store, an_arrival(n, XML[:-1] + b"%d" % n), FormClosed(form_id="wells")) for n in range(4)]
    assert kept == [True, True, False, False]
    monkeypatch.setattr(quarantine, "MAX_BYTES", 10_000)
    monkeypatch.setattr(quarantine, "MAX_ENTRIES", 2)
    assert refuse(store, an_arrival(9, b"<data>9</data>"), FormClosed(form_id="wells")) is False


def test_other_bytes_under_a_known_id_are_accepted_as_a_version(store: Store) -> None:
    publish(store)
    first = receive(store, an_arrival())
    conflicting = an_arrival(xml=OTHER)
    assert isinstance(refused(store, conflicting), InstanceConflict)
    outcome = accept(store, expected=("a.jpg",))
    assert (outcome.kind, outcome.root_seq, outcome.missing) == ("edited", first.seq, ("a.jpg",))
    assert store.submissions.current(first.seq).seq == outcome.seq
    assert store.submissions.xml(outcome.seq) == OTHER
    again = receive(store, an_arrival(xml=OTHER, files=(a_file(store, "a.jpg"),), expected=("a.jpg",)))
    assert (again.kind, again.seq, again.missing) == ("again", outcome.seq, ())
    assert store.ledger.record(outcome.seq).subject.startswith(f"1/wells/{an_id(1)}/")
    assert verify(store).findings == ()
    assert store.quarantine.all(1) == () and len(store.quarantine.all(1, undecided=False)) == 1
    assert isinstance(store.audit, Audit) and store.audit.page()[0].action == "quarantine.accept"


def test_an_edit_of_an_older_version_can_be_accepted(store: Store) -> None:
    publish(store)
    first = receive(store, an_arrival(1))
    receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    late = an_arrival(3, b"<data>3</data>", deprecated_id=an_id(1))
    assert isinstance(refused(store, late), EditOutdated)
    outcome = accept(store)
    assert store.submissions.current(first.seq).seq == outcome.seq
    assert receive(store, late).kind == "again"
    assert len(store.submissions.versions(first.seq)) == 3


def test_an_edit_of_what_never_came_can_be_accepted(store: Store) -> None:
    publish(store)
    orphan = an_arrival(2, deprecated_id=an_id(1))
    assert isinstance(refused(store, orphan), EditedNotFound)
    assert accept(store).kind == "new"
    assert receive(store, orphan).kind == "again"


def test_what_the_action_refused_is_found_by_its_bytes(store: Store) -> None:
    publish(store)
    unknown = an_arrival(version="unknown")
    refused(store, unknown)
    outcome = accept(store, version="1")
    assert outcome.kind == "new" and store.submissions.by_seq(outcome.seq).version == "1"
    assert store.quarantine.accepted(1, XML) == Outcome(outcome.seq, "again", outcome.seq)


def test_a_discarded_one_loses_its_bytes_and_is_refused_again(store: Store) -> None:
    publish(store)
    receive(store, an_arrival())
    refused(store, an_arrival(xml=OTHER))
    number = store.quarantine.all(1)[0].quarantine_id
    store.write(lambda tx: store.quarantine.discard(tx, number, now=NOW))
    with pytest.raises(RefusedNotFound):
        store.quarantine.xml(number)
    with pytest.raises(RefusedDecided):
        store.write(lambda tx: store.quarantine.discard(tx, number, now=NOW))
    refused(store, an_arrival(xml=OTHER))
    assert store.quarantine.all(1) == () and store.quarantine.get(number).times == 2


def test_an_edit_that_came_before_the_one_it_edits_waits_and_is_lost_nowhere(store: Store) -> None:
    publish(store)
    receive(store, an_arrival(1))
    second = an_arrival(3, OTHER, deprecated_id=an_id(2))
    assert isinstance(refused(store, second), EditedNotFound)
    assert store.quarantine.xml(store.quarantine.all(1)[0].quarantine_id) == OTHER
    receive(store, an_arrival(2, b"<data>2</data>", deprecated_id=an_id(1)))
    assert receive(store, second).kind == "edited"
    assert store.quarantine.all(1) == ()  # nobody needs to decide on it any more
