"""Proof that nothing was lost or altered: the chain, every payload, every blob, and the tables beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forms.errors import Sentence
from server.store.ledger import Head
from server.store.store import Store

Progress = Callable[[str, int, int], None]
"""Called with (records or blobs or tables, how many are done, how many there are)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which record, about what, in which blob."""

    sentence: Sentence
    seq: int | None = None
    subject: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    head: Head
    records: int
    erased: int
    blobs: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings


def verify(store: Store, progress: Progress | None = None) -> Report:
    """Read everything once and compare it with its hashes."""
    raise NotImplementedError
