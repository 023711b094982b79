"""Submissions as a coordinator looks at them: the list of a form's, and one with every answer labelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which submissions of a form a list shows; None means all."""

    project_id: int
    form_id: str | None = None
    round_id: str | None = None
    waiting: bool = False  # only those without a round
    object_ids: tuple[str, ...] | None = None
    not_object_types: tuple[str, ...] = ()  # the independence rule: these objects are never shown
    states: tuple[str, ...] | None = None  # received, accepted, returned, void, edited
    streams: tuple[str, ...] | None = None
    filled_from: date | None = None
    filled_to: date | None = None
    submitter_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListedSubmission:
    """One row of the list: the latest version of one submission."""

    submission_seq: int
    root_seq: int
    project_id: int
    form_id: str
    version: str
    instance_id: str
    root_instance_id: str
    instance_name: str
    round_id: str | None
    object_id: str | None
    object_name: str
    stream: str | None
    village: str | None
    filled_on: date | None
    received_at: datetime
    submitter_id: int | None
    state: str
    edits: int
    media_expected: int
    media_present: int
    misfits: int


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of a list, newest first, and how many there are in all."""

    rows: tuple[ListedSubmission, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was answered; `text` is empty when nothing was (`absent`: it was not even asked).

    `value` is the answer as it was sent or the names of its choices, `text` the same with labels.
    """

    name: str
    path: str
    label: str
    kind: str
    value: str
    text: str
    absent: bool
    empty: bool
    misfit: bool
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class AnsweredRepeat:
    """One row of a repeat, with the repeats inside it."""

    path: str
    label: str
    position: int
    answers: tuple[Answer, ...]
    repeats: tuple[AnsweredRepeat, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a submission; `sha256` is None while it has not arrived."""

    name: str
    sha256: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class SubmissionDetail:
    """One submission with every answer in the order of the form."""

    listed: ListedSubmission
    title: str
    answers: tuple[Answer, ...]
    repeats: tuple[AnsweredRepeat, ...]
    attachments: tuple[Attachment, ...]
    versions: tuple[int, ...] = field(default=())  # seqs of all its versions, oldest first


def list_submissions(
    db: DuckDBPyConnection, wanted: Wanted, *, language: str, limit: int = 50, offset: int = 0
) -> SubmissionPage:
    """Submissions of a project, newest first; names of objects in this language."""
    raise NotImplementedError


def submission_detail(
    db: DuckDBPyConnection, submission_seq: int, *, language: str, hidden: frozenset[str] = frozenset()
) -> SubmissionDetail | None:
    """One submission; questions named in `hidden` are left out. None when it is not (yet) loaded."""
    raise NotImplementedError
