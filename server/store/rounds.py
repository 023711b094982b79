"""Rounds of evaluation: planned, open, closed, published; each step a record of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from server.store.blobs import Blob
from server.store.transaction import Tx

RoundState = Literal["planned", "open", "closed", "published"]
RoundKind = Literal[
    "monitoring_continuous", "monitoring_temporary", "evaluation_regular", "evaluation_one_off"
]
TYPE_WEIGHTS: Mapping[str, float] = {"EXEC": 35, "MUN": 25, "PSO": 25, "SUP": 15}


@dataclass(frozen=True, slots=True)
class RoundForm:
    """A form of a round; `version` is the one whose scheme scores it, fixed at opening."""

    form_id: str
    version: str | None
    object_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    round_id: str  # unique over all projects: it stands in public addresses
    project_id: int
    titles: Mapping[str, str]
    kind: RoundKind
    opens_on: date
    closes_on: date
    forms: tuple[RoundForm, ...]
    objects: tuple[str, ...]
    state: RoundState = "planned"
    type_weights: Mapping[str, float] = field(default_factory=lambda: dict(TYPE_WEIGHTS))
    method_notes: Mapping[str, str] = field(default_factory=dict)
    kenesh_resolution_no: str = ""
    kenesh_resolution_link: str = ""
    previous_round_id: str | None = None
    opened_seq: int | None = None
    closed_seq: int | None = None  # nothing after it belongs to the round
    frozen_seq: int | None = None  # None though closed: the freezing has to be done again
    published_seq: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    published_at: datetime | None = None

    def form(self, form_id: str) -> RoundForm | None:
        return next((form for form in self.forms if form.form_id == form_id), None)


@dataclass(frozen=True, slots=True)
class RoundFile:
    """A frozen table (kind frozen) or a file of the release (kind release)."""

    kind: Literal["frozen", "release"]
    name: str
    sha256: str
    size: int


class Rounds:
    def all(self, project_id: int) -> tuple[Round, ...]:
        """The rounds of a project, newest first; cached."""
        raise NotImplementedError

    def get(self, round_id: str) -> Round:
        """Raises: RoundNotFound."""
        raise NotImplementedError

    def round_for(self, project_id: int, form_id: str, object_id: str | None, day: date) -> str | None:
        """The open round that a submission filled in on this day belongs to; cached, asked per submission."""
        raise NotImplementedError

    def open_with_form(self, project_id: int, form_id: str) -> tuple[Round, ...]:
        """The open rounds that use a form."""
        raise NotImplementedError

    def unfrozen(self) -> tuple[Round, ...]:
        """Closed rounds whose scores are not frozen yet: a crash came between the two records."""
        raise NotImplementedError

    def files(self, round_id: str) -> tuple[RoundFile, ...]:
        raise NotImplementedError

    def plan(self, tx: Tx, round_: Round, *, now: datetime, actor: int | None) -> None:
        """Plan a round, or change one that is still planned.

        Raises: RoundInvalid, RoundTaken, RoundNotPlanned, FormNotFound, ObjectNotFound.
        """
        raise NotImplementedError

    def open(self, tx: Tx, round_id: str, *, now: datetime, actor: int | None) -> Round:
        """Open it: fixes the version of every form (the current one). Raises: RoundOverlap, RoundNotPlanned,
        FormWithoutScheme, RoundInvalid."""
        raise NotImplementedError

    def close(self, tx: Tx, round_id: str, *, now: datetime, actor: int | None) -> Round:
        """The record `closed`; the scores are frozen next. Raises: RoundNotOpen."""
        raise NotImplementedError

    def freeze(
        self,
        tx: Tx,
        round_id: str,
        *,
        as_of: int,
        tables: Mapping[str, Blob],
        method: bytes,
        now: datetime,
        actor: int | None,
    ) -> Round:
        """The record `frozen`: sha256 of every table, and the method (JSON). A second time changes nothing.

        Raises: RoundNotClosed.
        """
        raise NotImplementedError

    def publish(
        self,
        tx: Tx,
        round_id: str,
        *,
        release: Mapping[str, Blob],
        kenesh_resolution_no: str,
        kenesh_resolution_link: str,
        now: datetime,
        actor: int | None,
    ) -> Round:
        """Raises: RoundNotClosed, RoundNotFrozen."""
        raise NotImplementedError
