"""Submissions as they are listed: versions, files, comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.store.transaction import Tx

State = Literal["received", "accepted", "returned", "void", "edited"]


@dataclass(frozen=True, slots=True)
class Submission:
    """One version of one submission; an unedited one is its own root."""

    seq: int
    root_seq: int
    project_id: int
    form_id: str
    version: str
    instance_id: str
    root_instance_id: str
    instance_name: str | None
    received_at: datetime
    submitter: int | None
    submitter_name: str
    device_id: str | None
    user_agent: str | None
    state: State
    decided_at: datetime | None
    round_id: str | None
    replaced_by: int | None  # the seq of the edit after it; None: it is the current version
    erased: bool
    files_expected: int
    files_present: int  # of the expected ones


@dataclass(frozen=True, slots=True)
class SubmissionFile:
    """A file the instance mentions or that came with it; `sha256` None: it has not arrived."""

    name: str
    expected: bool
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Comment:
    actor: int | None
    actor_name: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which current versions are meant; None: whatever it is. `waiting`: of a form with a scheme, no round."""

    project_id: int
    form_id: str | None = None
    states: tuple[State, ...] | None = None
    round_id: str | None = None
    waiting: bool | None = None
    submitter: int | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    seqs: tuple[int, ...] | None = None


class Submissions:
    def page(self, wanted: Wanted, *, limit: int = 50, before: int | None = None) -> tuple[Submission, ...]:
        """Newest first; `before`: the seq of the last one of the page before."""
        raise NotImplementedError

    def count(self, wanted: Wanted) -> int:
        raise NotImplementedError

    def counts_by_state(self, project_id: int, form_id: str) -> dict[State, int]:
        """Every state with its number of current versions, zeros included."""
        raise NotImplementedError

    def get(self, project_id: int, form_id: str, instance_id: str) -> Submission:
        """The version with this instanceID, current or not. Raises: SubmissionNotFound."""
        raise NotImplementedError

    def by_seq(self, seq: int) -> Submission:
        """Raises: SubmissionNotFound."""
        raise NotImplementedError

    def current(self, root_seq: int) -> Submission:
        """The version that counts. Raises: SubmissionNotFound."""
        raise NotImplementedError

    def versions(self, root_seq: int) -> tuple[Submission, ...]:
        """Every version, newest first."""
        raise NotImplementedError

    def xml(self, seq: int) -> bytes:
        """The very bytes received. Raises: SubmissionNotFound, SubmissionErased."""
        raise NotImplementedError

    def files(self, seq: int) -> tuple[SubmissionFile, ...]:
        raise NotImplementedError

    def comments(self, root_seq: int) -> tuple[Comment, ...]:
        raise NotImplementedError

    def comment(self, tx: Tx, root_seq: int, body: str, *, now: datetime, actor: int | None) -> None:
        raise NotImplementedError

    def attach(
        self, tx: Tx, seq: int, name: str, *, sha256: str, size: int, now: datetime, actor: int | None
    ) -> None:
        """A file for a submission that is there already (REST); the same bytes again change nothing."""
        raise NotImplementedError
