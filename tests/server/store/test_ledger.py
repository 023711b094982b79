"""The chain: anyone can follow it, and nothing in it changes unseen.

- A header is canonical JSON (RFC 8785), its hash is chained to the one before.
- The export is verified by a script that knows nothing of Baikoo, and every change in it is found.
- An erasure empties a payload, says why, and the chain still verifies.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785

from server.store import Store, chain, verify_ledger
from server.store.refusals import NotErasable, ReasonMissing
from server.store.verify import verify
from tests.server.store.making import NOW, a_file, an_arrival, an_id, later, publish, receive


def exported(store: Store) -> list[bytes]:
    return list(store.ledger.export())


def faults(lines: list[bytes], heads: dict[int, str] | None = None) -> list[str]:
    return list(verify_ledger.faults(lines, heads or {}))


def altered(line: bytes, **values: object) -> bytes:
    return json.dumps({**json.loads(line), **values}).encode()


@pytest.fixture
def filled(store: Store) -> Store:
    publish(store)
    for number in range(1, 6):
        receive(store, an_arrival(number, b"<data>%d</data>" % number, actor=None))
    return store


def test_a_header_is_canonical_json() -> None:
    said = {
        "seq": 7,
        "at": "2026-05-01T06:00:00.000000Z",
        "kind": "submission",
        "subject": "1/wells/uuid:1",
        "actor": 3,
        "round": "2026-1",
        "payload_sha256": "a" * 64,
        "prev": "b" * 64,
    }
    written = chain.header(
        7,
        said["at"],
        "submission",
        "1/wells/uuid:1",
        3,
        "2026-1",
        "a" * 64,
        "b" * 64,  # type: ignore[arg-type]
    )
    assert written == rfc8785.dumps(said)  # type: ignore[arg-type]


def test_a_header_holds_nothing_that_would_need_an_escape() -> None:
    for odd in ('"', "\\", "\n", "ө"):
        with pytest.raises(ValueError, match="plain ASCII"):
            chain.header(1, "t", "submission", odd, 0, "", "a" * 64, "b" * 64)


def test_records_are_numbered_from_one_and_chained(filled: Store) -> None:
    records = filled.ledger.records_after(0)
    assert [record.seq for record in records] == list(range(1, 7))
    assert [record.kind for record in records] == ["form", *["submission"] * 5]
    assert records[0].prev == "0" * 64
    assert [record.prev for record in records[1:]] == [record.hash for record in records[:-1]]
    assert filled.ledger.head().hash == records[-1].hash
    assert [record.seq for record in filled.ledger.records_after(2, limit=2)] == [3, 4]


def test_the_export_is_verified_without_baikoo(filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(b"".join(exported(filled)))
    head = filled.ledger.head()
    done = subprocess.run(
        [sys.executable, "-I", str(verify_ledger.__file__), str(file), f"{head.seq}:{head.hash}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "whole" in done.stdout and f"head {head.seq}:{head.hash}" in done.stdout


def test_every_change_in_an_export_is_found(filled: Store) -> None:
    lines = exported(filled)
    assert faults(lines) == []
    payload = base64.b64encode(b"<data>other</data>").decode()
    changes = {
        "content": [*lines[:2], altered(lines[2], payload=payload), *lines[3:]],
        "header": [*lines[:2], altered(lines[2], subject="1/wells/uuid:other"), *lines[3:]],
        "sender": [*lines[:2], altered(lines[2], actor=9), *lines[3:]],
        "one missing": [*lines[:2], *lines[3:]],
        "two swapped": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "one emptied": [*lines[:2], altered(lines[2], payload=None), *lines[3:]],
        "the first missing": lines[1:],
    }
    for name, changed in changes.items():
        assert faults(changed), name


def test_a_ledger_rewritten_from_somewhere_on_is_found_by_a_head_that_was_kept(filled: Store) -> None:
    lines = exported(filled)
    kept = {6: json.loads(lines[5])["hash"]}
    record = {**json.loads(lines[5]), "subject": "1/wells/uuid:forged"}
    header = {key: record[key] for key in verify_ledger.HEADER}
    record["hash"] = hashlib.sha256(rfc8785.dumps(header)).hexdigest()
    forged = [*lines[:5], json.dumps(record).encode()]
    assert faults(forged) == []
    assert faults(forged, dict(kept)) and faults(lines[:5], dict(kept))
    assert faults(lines, dict(kept)) == []


def test_an_erased_submission_leaves_a_chain_that_verifies(filled: Store) -> None:
    seq = filled.submissions.get(1, "wells", an_id(2)).seq
    rest = b"<data/>"
    erased = filled.decisions.erase(seq, instance=rest, reason="court order 7", now=later(), actor=None)
    told = filled.ledger.record(erased)
    assert json.loads(told.payload or b"") == {
        "subject_seq": seq,
        "reason": "court order 7",
        "instance": "<data/>",
    }
    assert filled.ledger.record(seq).payload is None
    assert verify(filled).is_whole and verify(filled).erased == 1
    assert faults(exported(filled)) == []
    # a phone that sends it once more is content, and nothing comes back
    assert receive(filled, an_arrival(2, b"<data>2</data>", files=(a_file(filled, "a.jpg"),))).kind == "again"
    assert filled.ledger.record(seq).payload is None and filled.ledger.head().seq == erased


def test_an_erased_attachment_takes_its_file_along_unless_another_needs_it(store: Store) -> None:
    publish(store)
    shared = a_file(store, "a.jpg", b"both")
    own = a_file(store, "b.jpg", b"one")
    first = receive(store, an_arrival(1, files=(shared, own), expected=("a.jpg", "b.jpg")))
    receive(store, an_arrival(2, files=(shared,), expected=("a.jpg",)))
    for seq in (first.seq + 1, first.seq + 2):
        store.decisions.erase(seq, instance=None, reason="asked by the person", now=NOW, actor=None)
    assert store.blobs.exists(shared.sha256) and not store.blobs.exists(own.sha256)
    assert [file.sha256 for file in store.submissions.files(first.seq)] == [None, None]
    assert verify(store).findings == ()


def test_only_answers_and_their_files_can_be_erased_and_only_with_a_reason(filled: Store) -> None:
    with pytest.raises(NotErasable):
        filled.decisions.erase(1, instance=None, reason="because", now=NOW, actor=None)
    with pytest.raises(ReasonMissing):
        filled.decisions.erase(2, instance=None, reason=" ", now=NOW, actor=None)


def test_erased_bytes_are_not_in_the_files_any_more(sqlite_store: Store) -> None:
    store = sqlite_store
    publish(store)
    outcome = receive(store, an_arrival(1, b"<data>a-very-private-answer</data>"))
    store.decisions.erase(outcome.seq, instance=None, reason="asked", now=NOW, actor=None)
    for file in store.data.glob("baikoo.sqlite3*"):
        assert b"a-very-private-answer" not in file.read_bytes(), file.name
