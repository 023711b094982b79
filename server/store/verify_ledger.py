"""Verify an export of Baikoo's ledger without Baikoo: python verify_ledger.py FILE [HEAD ...]

Needs Python 3.11 and nothing else. FILE is what `baikoo ledger export` wrote: every line one record, as
JSON. A HEAD is seq:hash as it stands on a page or a scorecard that somebody kept: the ledger must still have
that record with that hash.

The rules, for whoever writes this in another language:
1. The header of a record is its seq, at, kind, subject, actor, round, payload_sha256 and prev, written as
   canonical JSON (RFC 8785: keys in order, no blanks); `hash` is the hex sha256 of that.
2. seq counts from 1; prev is the hash of the record before, 64 zeros for the first.
3. payload is base64; its sha256 is payload_sha256. It is null where it was erased by law, and then a later
   record of kind erasure names its seq in subject_seq.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterable

HEADER = ("actor", "at", "kind", "payload_sha256", "prev", "round", "seq", "subject")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def faults(lines: Iterable[bytes], heads: dict[int, str]) -> Iterable[str]:
    """Every fault found, as a sentence; nothing when the ledger is whole."""
    seq, before = 0, "0" * 64
    emptied: set[int] = set()
    erased: set[int] = set()
    for number, line in enumerate(lines, 1):
        record = json.loads(line)
        name = f"record {record['seq']} ({record['subject']}, line {number})"
        header = {key: record[key] for key in HEADER}
        written = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if sha256(written) != record["hash"]:
            yield f"{name}: the header does not have its hash"
        if record["seq"] != seq + 1 or record["prev"] != before:
            yield f"{name}: does not follow on record {seq}"
        if record["payload"] is None:
            emptied.add(record["seq"])
        else:
            payload = base64.b64decode(record["payload"], validate=True)
            if sha256(payload) != record["payload_sha256"]:
                yield f"{name}: the content does not have its hash"
            elif record["kind"] == "erasure":
                erased.add(json.loads(payload)["subject_seq"])
        seq, before = record["seq"], record["hash"]
        if heads.pop(seq, before) != before:
            yield f"{name}: has another hash than the one you kept"
    for missing in sorted(emptied - erased):
        yield f"record {missing}: the content is gone, and no erasure says why"
    for missing in sorted(heads):
        yield f"record {missing}: you kept its hash, and it is not there"
    print(f"{seq} records, head {seq}:{before}")


def main(path: str, *kept: str) -> int:
    heads = {int(seq): value for seq, value in (head.split(":") for head in kept)}
    with open(path, "rb") as file:  # noqa: PTH123 - a script for anyone, as plain as can be
        found = list(faults(file, heads))
    print("\n".join(found) if found else "whole: every record, content and hash fits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
