"""Submissions as they are listed: versions, files, comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from server.store import submission_rows
from server.store.arrival import ArrivedFile
from server.store.columns import moment_text
from server.store.files import Files
from server.store.foundation import Foundation
from server.store.ledger import subject_of
from server.store.receiving import instance_key
from server.store.refusals import SubmissionErased, SubmissionNotFound
from server.store.submission_rows import STATES, State, Submission, Wanted, load
from server.store.tables import actor, comment, form, record, submission, submission_file
from server.store.transaction import Tx

__all__ = ["STATES", "Comment", "Sender", "State", "Submission", "SubmissionFile", "Submissions", "Wanted"]


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


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, decides, comments; kind: account, app_user, public_link."""

    actor_id: int
    kind: str
    display_name: str
    created_at: datetime


class Submissions:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def page(
        self, wanted: Wanted, *, limit: int = 50, before: int | None = None, offset: int = 0
    ) -> tuple[Submission, ...]:
        """Newest first; `before`: the seq of the last one of the page before, `offset`: how many to pass."""
        where = submission_rows.conditions(wanted)
        if before is not None:
            where.append(submission.c.seq < before)
        return self._load(*where, limit=limit, offset=offset)

    def after(self, wanted: Wanted, seq: int, *, limit: int) -> tuple[Submission, ...]:
        """Those that came or were edited after this record, oldest first."""
        question = (
            select(submission.c.seq)
            .where(*submission_rows.conditions(wanted), submission.c.seq > seq)
            .order_by(submission.c.seq)
            .limit(limit)
        )
        with self._database.read() as connection:
            seqs = list(connection.scalars(question))
        return tuple(reversed(self._load(submission.c.seq.in_(seqs), limit=limit)))

    def count(self, wanted: Wanted) -> int:
        question = select(func.count()).select_from(submission).where(*submission_rows.conditions(wanted))
        with self._database.read() as connection:
            return connection.scalar(question) or 0

    def counts_by_state(self, project_id: int, form_id: str) -> dict[State, int]:
        """Every state with its number of current versions, zeros included."""
        total = self.count(Wanted(project_id=project_id, form_id=form_id))
        decided = Wanted(project_id=project_id, form_id=form_id, states=STATES[1:])
        s = submission.c
        question = select(s.state, func.count().label("how_many")).group_by(s.state)
        with self._database.read() as connection:
            rows = connection.execute(question.where(*submission_rows.conditions(decided)))
            counted: dict[State, int] = {row.state: row.how_many for row in rows}
        return {"received": total - sum(counted.values()), **{one: counted.get(one, 0) for one in STATES[1:]}}

    def get(self, project_id: int, form_id: str, instance_id: str) -> Submission:
        """The version with this instanceID, current or not; none in the trash. Raises: SubmissionNotFound."""
        key = instance_key(subject_of(project_id, form_id, instance_id))
        where = (submission.c.instance_key == key, submission.c.deleted_at.is_(None))
        return _one(self._load(*where), instance_id)

    def get_deleted(self, project_id: int, form_id: str, instance_id: str) -> Submission:
        """The same for one in the trash. Raises: SubmissionNotFound."""
        key = instance_key(subject_of(project_id, form_id, instance_id))
        where = (submission.c.instance_key == key, submission.c.deleted_at.is_not(None))
        return _one(self._load(*where), instance_id)

    def by_seq(self, seq: int) -> Submission:
        """Raises: SubmissionNotFound."""
        return _one(self._load(submission.c.seq == seq), str(seq))

    def by_seqs(self, seqs: Sequence[int]) -> tuple[Submission, ...]:
        """These versions, newest first."""
        return self._load(submission.c.seq.in_(seqs), limit=len(seqs))

    def current(self, root_seq: int) -> Submission:
        """The version that counts. Raises: SubmissionNotFound."""
        return _one(self._load(_of_root(root_seq), submission.c.replaced_by.is_(None)), str(root_seq))

    def versions(self, root_seq: int) -> tuple[Submission, ...]:
        """Every version, newest first."""
        return self._load(_of_root(root_seq))

    def xml(self, seq: int) -> bytes:
        """The very bytes received. Raises: SubmissionNotFound, SubmissionErased."""
        question = (
            select(record.c.payload, submission.c.instance_id)
            .join(submission, submission.c.seq == record.c.seq)
            .where(record.c.seq == seq)
        )
        with self._database.read() as connection:
            row = connection.execute(question).one_or_none()
        if row is None:
            raise SubmissionNotFound(instance_id=seq)
        if row.payload is None:
            raise SubmissionErased(instance_id=row.instance_id)
        return bytes(row.payload)

    def files(self, seq: int) -> tuple[SubmissionFile, ...]:
        table = submission_file.c
        question = select(table.name, table.expected, table.sha256, table.size).where(table.submission == seq)
        with self._database.read() as connection:
            rows = connection.execute(question.order_by(table.name)).all()
        return tuple(SubmissionFile(*row) for row in rows)

    def comments(self, root_seq: int) -> tuple[Comment, ...]:
        """Newest first."""
        question = (
            select(comment, actor.c.display_name)
            .outerjoin(actor, actor.c.id == comment.c.actor_id)
            .where(comment.c.submission == root_seq)
            .order_by(comment.c.id.desc())
        )
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(Comment(row.actor_id, row.display_name or "", row.body, row.created_at) for row in rows)

    def comment(self, tx: Tx, root_seq: int, body: str, *, now: datetime, actor: int | None) -> None:
        tx.conn.execute(
            comment.insert().values(submission=root_seq, actor_id=actor, body=body, created_at=now)
        )

    def attach(
        self, tx: Tx, seq: int, name: str, *, sha256: str, size: int, now: datetime, actor: int | None
    ) -> None:
        """A file for a submission that is there already (REST); the same bytes again change nothing.

        Raises: SubmissionNotFound, SubmissionErased.
        """
        row = tx.conn.execute(
            select(record.c.subject, record.c.payload.is_(None).label("erased"), submission.c.instance_id)
            .join(submission, submission.c.seq == record.c.seq)
            .where(record.c.seq == seq)
        ).one_or_none()
        if row is None:
            raise SubmissionNotFound(instance_id=seq)
        if row.erased:
            raise SubmissionErased(instance_id=row.instance_id)
        files = Files(tx)
        files.add(row.subject, seq, moment_text(now), actor, [ArrivedFile(name, sha256, size)])
        files.write()

    def link_tokens(self, first: int, last: int) -> Mapping[int, str]:
        """The one-time tokens of public links, by the seq of the submission that came through them."""
        question = select(submission.c.seq, submission.c.link_token).where(
            submission.c.seq.between(first, last), submission.c.link_token.is_not(None)
        )
        with self._database.read() as connection:
            return {row.seq: row.link_token for row in connection.execute(question)}

    def devices(self, project_id: int, form_id: str) -> list[tuple[int, str]]:
        """The device that sent each submission of a form, by the seq of its record, where one was named."""
        question = (
            select(submission.c.seq, submission.c.device_id)
            .join(form, form.c.id == submission.c.form)
            .where(
                form.c.project_id == project_id,
                form.c.form_id == form_id,
                submission.c.device_id.is_not(None),
            )
        )
        with self._database.read() as connection:
            return [(seq, device_id) for seq, device_id in connection.execute(question)]

    def last_received(self, project_id: int) -> dict[str, datetime]:
        """The time of the newest submission of every form that has one."""
        newest = (
            select(submission.c.seq)
            .where(
                submission.c.form == form.c.id,
                submission.c.replaced_by.is_(None),
                submission.c.deleted_at.is_(None),
            )
            .order_by(submission.c.seq.desc())
            .limit(1)
            .correlate(form)
            .scalar_subquery()
        )
        question = (
            select(form.c.form_id, submission.c.received_at)
            .join(submission, submission.c.seq == newest)
            .where(form.c.project_id == project_id)
        )
        with self._database.read() as connection:
            return {row.form_id: row.received_at for row in connection.execute(question)}

    def submitters(self, project_id: int, form_id: str) -> tuple[Sender, ...]:
        """Everybody who sent something that counts, by name."""
        s = submission.c
        forms = select(form.c.id).where(form.c.project_id == project_id, form.c.form_id == form_id)
        sent = select(s.actor_id).where(s.form.in_(forms), s.deleted_at.is_(None)).distinct()
        return self.senders(sent)

    def senders(self, actor_ids: Iterable[int] | Select[tuple[int]]) -> tuple[Sender, ...]:
        """Who stands behind these numbers, by name."""
        wanted = actor_ids if isinstance(actor_ids, Select) else list(actor_ids)
        question = select(actor).where(actor.c.id.in_(wanted)).order_by(actor.c.display_name, actor.c.id)
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(Sender(row.id, row.kind, row.display_name, row.created_at) for row in rows)

    def _load(
        self, *where: ColumnElement[bool], limit: int = 10_000, offset: int = 0
    ) -> tuple[Submission, ...]:
        with self._database.read() as connection:
            return load(connection, where, limit, offset)


def _of_root(root_seq: int) -> ColumnElement[bool]:
    return (submission.c.seq == root_seq) | (
        (submission.c.root_seq == root_seq) & (submission.c.root_seq != submission.c.seq)
    )


def _one(found: tuple[Submission, ...], name: str) -> Submission:
    if not found:
        raise SubmissionNotFound(instance_id=name)
    return found[0]
