"""The ledger as it is read: records in order, the head, and the export that anyone can verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `payload` is None when it was erased by law; `actor` None is the owner's command line."""

    seq: int
    at: datetime
    kind: str  # submission, attachment, form, decision, round, registry, erasure
    subject: str
    actor: int | None
    round_id: str | None
    payload_sha256: str
    prev: str
    hash: str
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; (0, 64 zeros) while nothing is in it."""

    seq: int
    hash: str


def subject_of(project_id: int, *names: str) -> str:
    """What a record is about: project/form/instanceID and the like, each name percent-encoded."""
    return "/".join([str(project_id), *(quote(name, safe=":") for name in names)])


class Ledger:
    def head(self) -> Head:
        """The last record that is committed (asks the database)."""
        raise NotImplementedError

    def records_after(self, seq: int, limit: int = 500) -> list[Record]:
        """The records after `seq`, in order, payloads included, at most 64 MB of them at once."""
        raise NotImplementedError

    def record(self, seq: int) -> Record:
        """Raises: RecordNotFound."""
        raise NotImplementedError

    def export(self, after: int = 0) -> Iterator[bytes]:
        """JSON Lines, one record each, payload in base64 (null when erased); see verify_ledger.py."""
        raise NotImplementedError
