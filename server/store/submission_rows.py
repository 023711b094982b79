"""Rows of submissions as values, and what a list of them may be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, func, select

from server.store.tables import actor, form, form_version, record, submission, submission_file

State = Literal["received", "accepted", "returned", "void", "edited"]
STATES: tuple[State, ...] = get_args(State)


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
    deleted_at: datetime | None = None  # not None: it is in the trash


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which current versions are meant; None: whatever it is.

    `waiting`: of a form that is scored, and in no round.
    """

    project_id: int
    form_id: str | None = None
    states: tuple[State, ...] | None = None
    round_id: str | None = None
    waiting: bool | None = None
    submitter: int | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    seqs: tuple[int, ...] | None = None
    deleted: bool = False  # those in the trash, instead of all others


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    s = submission.c
    forms = select(form.c.id).where(form.c.project_id == wanted.project_id, form.c.deleted_at.is_(None))
    if wanted.form_id is not None:
        forms = forms.where(form.c.form_id == wanted.form_id)
    where: list[ColumnElement[bool]] = [s.replaced_by.is_(None), s.form.in_(forms)]
    if wanted.deleted:  # one that was purged is in no list any more
        there = select(record.c.seq).where(record.c.seq == s.seq, record.c.payload.is_not(None))
        where += [s.deleted_at.is_not(None), there.exists()]
    else:
        where.append(s.deleted_at.is_(None))
    if wanted.states is not None:
        where.append(s.state.in_(wanted.states))
        if "received" not in wanted.states:
            where.append(s.state != "received")  # says the same, in the words of the index
    if wanted.round_id is not None:
        where.append(s.round_id == wanted.round_id)
    if wanted.waiting is not None:
        scored = s.form.in_(select(form_version.c.form).where(form_version.c.scheme_json.is_not(None)))
        where += [s.round_id.is_(None), scored] if wanted.waiting else [s.round_id.is_not(None) | ~scored]
    if wanted.submitter is not None:
        where.append(s.actor_id == wanted.submitter)
    if wanted.received_from is not None:
        where.append(s.received_at >= wanted.received_from)
    if wanted.received_before is not None:
        where.append(s.received_at < wanted.received_before)
    if wanted.seqs is not None:
        where.append(s.seq.in_(wanted.seqs))
    return where


def load(
    connection: Connection, where: Sequence[ColumnElement[bool]], limit: int, offset: int = 0
) -> tuple[Submission, ...]:
    """Newest first."""
    s = submission.c
    root = submission.alias("root")
    files = submission_file.c
    expected = (
        select(func.count()).where(files.submission == s.seq, files.expected.is_(True)).scalar_subquery()
    )
    present = (
        select(func.count())
        .where(files.submission == s.seq, files.expected.is_(True), files.sha256.is_not(None))
        .scalar_subquery()
    )
    # the page first, what hangs on it afterwards
    page = select(s.seq).where(*where).order_by(s.seq.desc()).limit(limit).offset(offset or None)
    rows = connection.execute(
        select(
            submission,
            form.c.project_id,
            form.c.form_id,
            form_version.c.version,
            root.c.instance_id.label("root_instance_id"),
            actor.c.display_name,
            record.c.payload.is_(None).label("erased"),
            expected.label("files_expected"),
            present.label("files_present"),
        )
        .join(form, form.c.id == s.form)
        .join(form_version, form_version.c.id == s.form_version)
        .join(root, root.c.seq == s.root_seq)
        .join(record, record.c.seq == s.seq)
        .outerjoin(actor, actor.c.id == s.actor_id)
        .where(s.seq.in_(page))
        .order_by(s.seq.desc())
    )
    return tuple(
        Submission(
            seq=row.seq,
            root_seq=row.root_seq,
            project_id=row.project_id,
            form_id=row.form_id,
            version=row.version,
            instance_id=row.instance_id,
            root_instance_id=row.root_instance_id,
            instance_name=row.instance_name,
            received_at=row.received_at,
            submitter=row.actor_id or None,
            submitter_name=row.display_name or "",
            device_id=row.device_id,
            user_agent=row.user_agent,
            state=row.state,
            decided_at=row.decided_at,
            round_id=row.round_id,
            replaced_by=row.replaced_by,
            erased=row.erased,
            files_expected=row.files_expected,
            files_present=row.files_present,
            deleted_at=row.deleted_at,
        )
        for row in rows
    )
