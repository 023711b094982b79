"""How a record of the ledger is written down and hashed: the header as canonical JSON, chained by `prev`.

Spec: design.md 2.1 and RFC 8785 (https://www.rfc-editor.org/rfc/rfc8785)
"""

from __future__ import annotations

import hashlib
import re

import rfc8785

BEGINNING = "0" * 64
NOBODY = 0  # the actor of what the owner of the data folder did; headers hold strings and integers only
_PLAIN = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")  # needs no escape in JSON

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def canonical(value: Json) -> bytes:
    """Canonical JSON."""
    return rfc8785.dumps(value)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def header(
    seq: int, at: str, kind: str, subject: str, actor: int, round_id: str, payload_sha256: str, prev: str
) -> bytes:
    """The header of a record as canonical JSON, without a general writer: this is per submission.

    Names are percent-encoded and round ids are plain, so nothing in a header needs an escape.
    """
    if not _PLAIN.fullmatch(at + kind + subject + round_id):
        raise ValueError("a header holds plain ASCII only")
    return (
        f'{{"actor":{actor},"at":"{at}","kind":"{kind}","payload_sha256":"{payload_sha256}","prev":"{prev}",'
        f'"round":"{round_id}","seq":{seq},"subject":"{subject}"}}'
    ).encode("ascii")
