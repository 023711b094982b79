"""What was refused though it could be read: kept once, bounded, because a phone cannot mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forms.errors import BaikooError, Sentence
from server.store.arrival import Outcome
from server.store.transaction import Tx

MAX_BYTES = 256_000_000  # of all of them together
MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused instance. `reason` is the sentence it was refused with."""

    quarantine_id: int
    project_id: int
    form_id: str
    version: str
    instance_id: str | None
    deprecated_id: str | None
    actor: int | None
    device_id: str | None
    reason: Sentence
    sha256: str
    size: int
    refused_at: datetime
    times: int  # how often the phone has tried
    accepted_seq: int | None
    discarded_at: datetime | None


class Quarantine:
    def all(self, project_id: int, *, undecided: bool = True) -> tuple[Refused, ...]:
        """Newest first."""
        raise NotImplementedError

    def get(self, quarantine_id: int) -> Refused:
        """Raises: RefusedNotFound."""
        raise NotImplementedError

    def xml(self, quarantine_id: int) -> bytes:
        raise NotImplementedError

    def accepted(self, project_id: int, xml: bytes) -> Outcome | None:
        """Were these bytes accepted from the quarantine? Asked before a refusal leaves: then it is a 201.

        `Store.receive` asks by itself; the action asks for what it refuses before (form closed, version unknown).
        """
        raise NotImplementedError

    def keep(
        self,
        tx: Tx,
        project_id: int,
        xml: bytes,
        error: BaikooError,
        *,
        form_id: str,
        version: str,
        instance_id: str | None,
        deprecated_id: str | None,
        actor: int | None,
        device_id: str | None,
        now: datetime,
    ) -> bool:
        """Keep what an authenticated sender was refused; False when there is no room (the phone still has it)."""
        raise NotImplementedError

    def accept(
        self,
        tx: Tx,
        quarantine_id: int,
        *,
        version: str | None,
        round_id: str | None,
        expected: tuple[str, ...],
        now: datetime,
        actor: int | None,
    ) -> Outcome:
        """Take it into the ledger after all, as a new version where its instanceID is known already.

        `version`: the form version to file it under, None for the one it names. The phone's next try is a 201.
        Raises: RefusedNotFound, RefusedDecided, FormNotFound, FormVersionNotFound, InstanceInvalid.
        """
        raise NotImplementedError

    def discard(self, tx: Tx, quarantine_id: int, *, now: datetime) -> None:
        """Its bytes go, its hash stays: a retry is refused as before and not kept again."""
        raise NotImplementedError
