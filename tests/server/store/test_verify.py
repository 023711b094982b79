"""Whatever is changed in the truth is found, and named: the record, what it is about, the file.

- Every column of every kind of record, each payload, each blob.
- The tables beside the ledger: forms, registry, rounds, decisions, submissions, files.
- A single byte changed anywhere in the file of the database.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, update

from server.store import Store, open_store
from server.store import tables as t
from server.store.database import SQLITE_FILE
from server.store.troubles import StoreDamaged, StoreTooNew
from server.store.verify import Report, verify
from tests.server.store.making import (
    NOW,
    a_campaign,
    a_file,
    a_round,
    an_arrival,
    an_id,
    content,
    later,
    receive,
)


def everything(store: Store) -> None:
    """At least one record of every kind, with blobs."""
    a_campaign(store, opened=True)
    other = content(store, version="2")
    store.write(lambda tx: store.forms.publish(tx, 1, other, now=NOW, actor=None, notes="by Aigul"))
    photo = a_file(store, "photo.jpg", b"a photo")
    first = receive(store, an_arrival(1, round_id="2026-1", files=(photo,), expected=("photo.jpg",)))
    newer = a_file(store, "photo.jpg", b"another photo")
    receive(store, an_arrival(1, round_id="2026-1", files=(newer,), expected=("photo.jpg",)))
    second = receive(store, an_arrival(2, b"<data>2</data>", round_id="2026-1"))
    edit = receive(store, an_arrival(3, b"<data>3</data>", deprecated_id=an_id(2), round_id="2026-1"))
    waiting = receive(store, an_arrival(4, b"<data>4</data>"))
    store.write(lambda tx: store.decisions.review(tx, first.seq, "accepted", reason="", now=NOW, actor=None))
    store.write(lambda tx: store.decisions.review(tx, edit.seq, "void", reason="twice", now=NOW, actor=None))
    store.write(
        lambda tx: store.decisions.assign(tx, waiting.seq, "2026-1", reason="late", now=NOW, actor=None)
    )
    store.decisions.erase(second.seq, instance=b"<data/>", reason="asked", now=NOW, actor=None)
    closed = store.write(lambda tx: store.rounds.close(tx, "2026-1", now=later(), actor=None))
    table = store.blobs.keep(b"object_id,score\nak-suu,80\n")
    store.write(
        lambda tx: store.rounds.freeze(
            tx,
            "2026-1",
            as_of=closed.closed_seq or 0,
            tables={"object_score": table},
            method=b"{}",
            now=NOW,
            actor=None,
        )
    )
    store.write(lambda tx: store.rounds.plan(tx, a_round("2027-1"), now=NOW, actor=None))


@pytest.fixture
def whole(store: Store) -> Store:
    everything(store)
    report = verify(store)
    assert report.findings == () and report.head == store.ledger.head()
    assert (report.records, report.erased, report.blobs) == (store.ledger.head().seq, 1, 7)
    return store


def spoil(store: Store, table: Table, seq: int | None = None, **values: object) -> Report:
    """Change rows behind the back of the store, and look."""
    statement = update(table).values(**values)
    if seq is not None:
        statement = statement.where(table.c.seq == seq)
    store.write(lambda tx: tx.conn.execute(statement))
    return verify(store)


def test_a_changed_column_of_any_record_is_found(whole: Store) -> None:
    for seq in range(1, whole.ledger.head().seq + 1):
        record = whole.ledger.record(seq)
        changes: dict[str, tuple[object, object]] = {
            "subject": (record.subject + "x", record.subject),
            "actor": (99, record.actor or 0),
            "round": ("another", record.round_id or ""),
            "hash": ("0" * 64, record.hash),
            "kind": ("submissioN", record.kind),
        }
        if record.payload is not None:
            changes["payload"] = (record.payload + b" ", record.payload)
        for column, (wrong, right) in changes.items():
            report = spoil(whole, t.record, seq, **{column: wrong})
            assert seq in {finding.seq for finding in report.findings}, (seq, column)
            spoil(whole, t.record, seq, **{column: right})
    assert verify(whole).is_whole


def test_a_removed_record_is_found(whole: Store) -> None:
    whole.write(lambda tx: tx.conn.execute(delete(t.record).where(t.record.c.seq == 3)))
    assert 3 in {finding.seq for finding in verify(whole).findings}


def test_a_payload_emptied_without_an_erasure_is_found(whole: Store) -> None:
    seq = whole.submissions.get(1, "wells", an_id(1)).seq
    assert [finding.seq for finding in spoil(whole, t.record, seq, payload=None).findings] == [seq]


def test_a_payload_that_came_back_after_its_erasure_is_found(whole: Store) -> None:
    seq = whole.submissions.get(1, "wells", an_id(2)).seq
    report = spoil(whole, t.record, seq, payload=b"<data>2</data>")
    assert seq in {finding.seq for finding in report.findings}


def test_a_changed_or_missing_blob_is_named(whole: Store) -> None:
    for kept in list(whole.blobs.all()):
        path = whole.blobs.path(kept.sha256)
        right = path.read_bytes()
        path.write_bytes(bytes([right[0] ^ 1]) + right[1:])
        (finding,) = verify(whole).findings
        assert finding.sha256 == kept.sha256 and finding.subject and kept.sha256 in str(finding.sentence)
        path.unlink()
        assert [finding.sha256 for finding in verify(whole).findings] == [kept.sha256]
        path.write_bytes(right)
    assert verify(whole).is_whole


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (t.submission, {"state": "received"}),
        (t.submission, {"round_id": None}),
        (t.submission, {"instance_id": "uuid:other"}),
        (t.submission, {"actor_id": 5}),
        (t.submission_file, {"sha256": "0" * 64}),
        (t.decision, {"action": "accepted"}),
        (t.decision, {"reason": "another"}),
        (t.form_version, {"xform_md5": "another"}),
        (t.form_version, {"notes": "another"}),
        (t.form_version, {"notes": None}),
        (t.form_version, {"published_at": later()}),
        (t.registry_object, {"uuid": "another"}),
        (t.round_, {"closes_on": NOW.date()}),
        (t.round_, {"type_weights": '{"MUN":1}'}),
        (t.round_, {"state": "published"}),
        (t.round_form, {"version": "7"}),
        (t.round_file, {"sha256": "0" * 64}),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else next(iter(value)),
)
def test_a_table_that_says_something_else_than_the_ledger_is_found(
    whole: Store, table: Table, values: dict[str, object]
) -> None:
    report = spoil(whole, table, **values)
    name = "round" if table.name.startswith("round") else table.name
    assert report.findings and all(name in str(finding.sentence) for finding in report.findings)


@pytest.mark.parametrize(
    "values",
    [
        {"label": "another"},
        {"version": 7},
        {"deleted_at": NOW},
        {"data": '{"object_id":"ak-suu","type":"MUN","subtype":"waste","name_ky":"Башка"}'},
        {"data": '{"object_id":"ak-suu"}'},
    ],
    ids=str,
)
def test_an_entity_of_the_registry_that_says_something_else_than_the_ledger_is_found(
    whole: Store, values: dict[str, object]
) -> None:
    report = spoil(whole, t.entity, **values)
    assert report.findings and all("registry_object" in str(finding.sentence) for finding in report.findings)


def test_a_row_that_no_record_tells_of_is_found(whole: Store) -> None:
    publish_row = t.form_version.select().limit(1)

    def smuggle(tx: object) -> None:
        connection = tx.conn  # type: ignore[attr-defined]
        row = dict(connection.execute(publish_row).one()._mapping)
        del row["id"]
        connection.execute(t.form_version.insert().values({**row, "version": "secret", "seq": 2}))
        decision = dict(connection.execute(t.decision.select().limit(1)).one()._mapping)
        connection.execute(t.decision.insert().values({**decision, "seq": 1}))

    whole.write(smuggle)
    assert {str(finding.sentence).split()[2] for finding in verify(whole).findings} == {
        "form_version",
        "decision",
    }


def test_a_byte_changed_anywhere_in_the_ledger_is_found(sqlite_store: Store, tmp_path: Path) -> None:
    everything(sqlite_store)
    payloads = [record.payload for record in sqlite_store.ledger.records_after(0) if record.payload]
    hashes = [record.hash.encode() for record in sqlite_store.ledger.records_after(0)]
    sqlite_store.close()
    intact = (sqlite_store.data / SQLITE_FILE).read_bytes()
    for needle in [*payloads, *hashes]:
        at = intact.rfind(needle) + len(needle) // 2
        damaged = intact[:at] + bytes([intact[at] ^ 0x20]) + intact[at + 1 :]
        data = tmp_path / "damaged"
        shutil.copytree(sqlite_store.data, data)
        (data / SQLITE_FILE).write_bytes(damaged)
        with open_store(data) as store:
            assert verify(store).findings, needle
        shutil.rmtree(data)


def test_pages_that_are_spoilt_are_found_wherever_they_are(sqlite_store: Store, tmp_path: Path) -> None:
    everything(sqlite_store)
    for number in range(10, 60):
        receive(sqlite_store, an_arrival(number, b"<data>" + b"y" * 9000 + b"</data>"))
    sqlite_store.close()
    intact = (sqlite_store.data / SQLITE_FILE).read_bytes()
    assert len(intact) > 200 * 4096
    for page in range(1, len(intact) // 4096, 11):
        data = tmp_path / "damaged"
        shutil.copytree(sqlite_store.data, data)
        spoilt = bytearray(intact)
        for at in range(page * 4096, page * 4096 + 4096):
            spoilt[at] ^= 0x55
        (data / SQLITE_FILE).write_bytes(spoilt)
        try:
            with open_store(data) as store:
                assert not verify(store).is_whole, page
        except StoreDamaged:
            pass  # it does not even open, and says so
        shutil.rmtree(data)


def test_data_of_a_newer_baikoo_is_left_alone(tmp_path: Path, store: Store, database: str | None) -> None:
    store.write(lambda tx: tx.conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew):
        open_store(tmp_path / "data", database)


def test_what_arrives_while_it_is_verified_does_not_disturb(whole: Store) -> None:
    def arrive(step: str, done: int, total: int) -> None:
        receive(whole, an_arrival(100 + done, b"<data>more</data>"))

    assert verify(whole, arrive).findings == ()
