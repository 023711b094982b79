"""Records of the ledger into the tables of the reading, each batch in one transaction with its progress.

A record that cannot be loaded is set aside with a reason that holds none of its answers, and stops nothing.
Nothing here decides: every row follows from the records, so a reading made anew equals the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from analytics.warehouse import Warehouse
from forms.evaluation import Scheme
from forms.xform import Schema

Kind = Literal["submission", "attachment", "form", "decision", "round", "registry", "erasure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """A record of the ledger as the reading needs it; `payload` is None when it was erased.

    The last four say what the payload only names: of a form its schema, scheme and privacy rules; of a
    frozen round the bytes of its tables; of a submission the one-time token of the link it came through.
    """

    seq: int
    hash: str
    at: datetime
    kind: str
    subject: str
    actor: int | None
    round_id: str | None
    payload: bytes | None
    schema: Schema | None = None
    scheme: Scheme | None = None
    privacy: Mapping[str, str] | None = None
    frozen: Mapping[str, bytes] | None = None
    link_token: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that could not be loaded; `reason` names the fault, never an answer."""

    seq: int
    kind: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Customs:
    """What the reading must be told: how a token is hashed, and the time zone of a project."""

    hash_token: Callable[[str], str]
    zone: Callable[[int], tzinfo]


def apply(warehouse: Warehouse, records: Sequence[LoadRecord], customs: Customs) -> list[SetAside]:
    """Load records, in the order of the ledger; what could not be loaded comes back.

    Raises: ReadingDamaged when the engine has given up on the file; duckdb.IOException and
    duckdb.OutOfMemoryException when there is no room just now: nothing was loaded, try again.
    """
    raise NotImplementedError
