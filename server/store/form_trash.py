"""Forms in the trash: put there, taken out again, or purged with every answer that was given to them.

A form in the trash keeps its versions and its answers; nobody is shown any of it. Its name it gives to a new
form that wants it: its answers are put into the trash too, as decisions of the ledger, so that they count
nowhere beside those to the new one, and are taken out again when it is restored. A purge empties the payloads
of its answers, each with a record of erasure. The name of a form that a round goes by is never free:
published results stay, and go on saying which questionnaire they come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Select, delete, func, select

from forms.errors import N_, FormNotFound
from forms.faults.forms import FormIdInTrash, FormIdInUse, FormInOpenRound, FormNotTrashed
from server.store.columns import AnyRow
from server.store.deciding import append_decision
from server.store.decisions import BATCH, PAUSE_S, Write
from server.store.erasing import erase_submission, unused
from server.store.form_content import original_id, set_apart
from server.store.foundation import Foundation
from server.store.refusals import ReasonMissing
from server.store.tables import (
    draft,
    draft_media,
    draft_submission,
    form,
    quarantine,
    record,
    round_,
    round_form,
    submission,
)
from server.store.transaction import Tx

GAVE_WAY = N_("Its form lies in the trash, and another one has its name.")
TAKEN_BACK = N_("Its form was taken out of the trash.")
Progress = Callable[[int, int], None]
"""Called with (submissions erased, submissions there are)."""


@dataclass(frozen=True, slots=True)
class Purged:
    form_id: str
    submissions: int
    files: int


class FormTrash:
    def __init__(self, foundation: Foundation, write: Write) -> None:
        self._foundation = foundation
        self._write = write

    def put(self, tx: Tx, project_id: int, form_id: str, *, now: datetime) -> None:
        """Into the trash, its draft with it. Raises: FormNotFound, FormInOpenRound."""
        row = tx.conn.execute(
            select(form.c.id).where(
                form.c.project_id == project_id, form.c.form_id == form_id, form.c.deleted_at.is_(None)
            )
        ).one_or_none()
        if row is None:
            raise FormNotFound(form_id=form_id)
        for round_id in _rounds(tx.conn, project_id, form_id, "open"):
            raise FormInOpenRound(round_id=round_id)
        tx.touch("forms")
        tx.conn.execute(form.update().where(form.c.id == row.id).values(deleted_at=now))

    def restore(self, tx: Tx, project_id: int, number: int) -> str:
        """Out of it again, as it was; its form_id. Raises: FormNotTrashed, FormIdInUse."""
        form_id = original_id(self._trashed(tx.conn, project_id, number).form_id)
        named = (form.c.project_id == project_id) & (form.c.form_id == form_id)
        if tx.conn.scalar(select(form.c.id).where(named, form.c.id != number)) is not None:
            raise FormIdInUse(form_id=form_id, project_id=project_id)
        tx.touch("forms")
        values = {"form_id": form_id, "deleted_at": None, "gave_way_at": None}
        tx.conn.execute(form.update().where(form.c.id == number).values(values))
        return form_id

    def answers(self, number: int) -> tuple[dict[str, int], datetime | None]:
        """How many answers of each state a form in the trash has, and when the last of them came."""
        s = submission.c
        there = s.deleted_at.is_(None) | (s.deleted_at >= form.c.gave_way_at)
        question = (
            select(s.state, func.count(), func.max(s.received_at))
            .join(form, form.c.id == s.form)
            .where(s.form == number, s.replaced_by.is_(None), there)
            .group_by(s.state)
        )
        with self._foundation.database.read() as connection:
            rows = connection.execute(question).all()
        return {row[0]: row[1] for row in rows}, max((row[2] for row in rows), default=None)

    def give_way(
        self, project_id: int, form_id: str, *, now: Callable[[], datetime], actor: int | None
    ) -> None:
        """Let another form have the id of one in the trash, if one there has it.

        Its answers go in small transactions. Broken off, it can be begun again. Raises: FormIdInTrash.
        """
        named = (form.c.project_id == project_id) & (form.c.form_id == form_id)
        there = named & form.c.deleted_at.is_not(None) & form.c.purged_at.is_(None)
        with self._foundation.database.read() as connection:
            number = connection.scalar(select(form.c.id).where(there))
            if number is None:
                return
            if _rounds(connection, project_id, form_id):
                raise FormIdInTrash(form_id=form_id)
            roots = list(connection.scalars(_answered(number)))
        fresh = (form.c.id == number) & form.c.gave_way_at.is_(None)
        self._write(lambda tx: tx.conn.execute(form.update().where(fresh).values(gave_way_at=now())) and None)
        self._in_batches(roots, lambda tx, root_seq: _delete(tx, root_seq, GAVE_WAY, now(), actor))

        def let_go(tx: Tx) -> None:
            tx.touch("forms")
            tx.conn.execute(form.update().where(there).values(form_id=set_apart(form_id, number)))

        self._write(let_go)

    def has_its_name(self, project_id: int, number: int) -> bool:
        """Has it not given its name to another? Raises: FormNotTrashed."""
        with self._foundation.database.read() as connection:
            row = self._trashed(connection, project_id, number)
            return bool(row.form_id == original_id(row.form_id))

    def count_again(
        self, project_id: int, number: int, *, now: Callable[[], datetime], actor: int | None
    ) -> None:
        """Take out of the trash what went there when this form gave way. Raises: FormNotTrashed."""
        with self._foundation.database.read() as connection:
            row = self._trashed(connection, project_id, number)
            if row.gave_way_at is None:
                return
            since = submission.c.deleted_at >= row.gave_way_at
            roots = list(connection.scalars(_answered(number).where(since)))
        self._in_batches(roots, lambda tx, root_seq: _undelete(tx, root_seq, now(), actor))

    def _in_batches(self, roots: list[int], each: Callable[[Tx, int], None]) -> None:
        """So that phones are served between."""
        for begin in range(0, len(roots), BATCH):
            some = roots[begin : begin + BATCH]

            def change(tx: Tx, some: list[int] = some) -> None:
                for root_seq in some:
                    each(tx, root_seq)

            self._write(change)
            time.sleep(PAUSE_S)

    def rounds_of(self, project_id: int, number: int) -> tuple[str, ...]:
        """The rounds, planned ones left out, that go by a form in the trash. Raises: FormNotTrashed."""
        with self._foundation.database.read() as connection:
            row = self._trashed(connection, project_id, number)
            return _rounds(connection, project_id, row.form_id) if row.gave_way_at is None else ()

    def purge(
        self,
        project_id: int,
        number: int,
        *,
        reason: str,
        now: Callable[[], datetime],
        actor: int | None,
        progress: Progress | None = None,
    ) -> Purged:
        """Erase every answer, in small transactions so that phones are served between; then the form is gone.

        Broken off, it can be begun again. Raises: FormNotTrashed, ReasonMissing.
        """
        if not reason.strip():
            raise ReasonMissing()
        with self._foundation.database.read() as connection:
            row = self._trashed(connection, project_id, number)
            roots = list(connection.scalars(_answered(number)))
        blobs: set[str] = set()
        for begin in range(0, len(roots), BATCH):
            some = roots[begin : begin + BATCH]
            blobs |= self._write(partial(_erase, some, reason, now(), actor))
            if progress is not None:
                progress(begin + len(some), len(roots))
            time.sleep(PAUSE_S)
        self._write(lambda tx: self._let_go(tx, row, now()))
        with self._foundation.database.read() as connection:
            gone = unused(connection, blobs)
        for blob in gone:
            self._foundation.blobs.remove(blob)
        self._foundation.database.forget_freed()
        return Purged(original_id(row.form_id), len(roots), len(gone))

    def _trashed(self, connection: Connection, project_id: int, number: int) -> AnyRow:
        row: AnyRow | None = connection.execute(
            select(form).where(
                form.c.project_id == project_id,
                form.c.id == number,
                form.c.deleted_at.is_not(None),
                form.c.purged_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            raise FormNotTrashed(number=number)
        return row

    def _let_go(self, tx: Tx, row: AnyRow, now: datetime) -> None:
        """What is left beside the answers: its draft, what was refused for it, its name."""
        tx.touch("forms")
        for table in (draft_media, draft_submission, draft):
            tx.conn.execute(delete(table).where(table.c.form == row.id))
        tx.conn.execute(
            quarantine.update()
            .where(
                quarantine.c.project_id == row.project_id,
                quarantine.c.form_id == original_id(row.form_id),
                quarantine.c.refused_at < (row.gave_way_at or now),
                quarantine.c.xml.is_not(None),
            )
            .values(xml=None, discarded_at=now)
        )
        kept = row.gave_way_at is None and bool(_rounds(tx.conn, row.project_id, row.form_id))
        name = row.form_id if kept else set_apart(original_id(row.form_id), row.id)
        tx.conn.execute(form.update().where(form.c.id == row.id).values(purged_at=now, form_id=name))


def _rounds(
    connection: Connection, project_id: int, form_id: str, state: str | None = None
) -> tuple[str, ...]:
    question = (
        select(round_.c.round_id)
        .join(round_form, round_form.c.round_id == round_.c.round_id)
        .where(round_.c.project_id == project_id, round_form.c.form_id == form_id)
        .order_by(round_.c.round_id)
    )
    wanted = round_.c.state != "planned" if state is None else round_.c.state == state
    return tuple(connection.scalars(question.where(wanted)))


def _answered(number: int) -> Select[int]:
    """The first versions of the submissions of a form of which anything is left."""
    return (
        select(submission.c.root_seq)
        .join(record, record.c.seq == submission.c.seq)
        .where(submission.c.form == number, record.c.payload.is_not(None))
        .group_by(submission.c.root_seq)
        .order_by(func.min(submission.c.seq))
    )


def _erase(roots: list[int], reason: str, now: datetime, actor: int | None, tx: Tx) -> set[str]:
    blobs: set[str] = set()
    for root_seq in roots:
        _delete(tx, root_seq, reason, now, actor)
        blobs |= erase_submission(tx, root_seq, reason=reason, now=now, actor=actor)
    return blobs


def _current(root_seq: int) -> Select[tuple[int, str | None, datetime | None, str]]:
    """The current version of a submission, and what a decision on it needs."""
    return (
        select(submission.c.seq, submission.c.round_id, submission.c.deleted_at, record.c.subject)
        .join(record, record.c.seq == submission.c.seq)
        .where(submission.c.root_seq == root_seq, submission.c.replaced_by.is_(None))
    )


def _undelete(tx: Tx, root_seq: int, now: datetime, actor: int | None) -> None:
    row = tx.conn.execute(_current(root_seq)).one()
    if row.deleted_at is not None:
        append_decision(tx, row, "restored", TAKEN_BACK, now, actor)
        tx.conn.execute(submission.update().where(submission.c.root_seq == root_seq).values(deleted_at=None))


def _delete(tx: Tx, root_seq: int, reason: str, now: datetime, actor: int | None) -> None:
    """Take it out of every count, unless it is in the trash already, or a round has counted it for good."""
    row = tx.conn.execute(_current(root_seq)).one()
    if row.round_id is None and row.deleted_at is None:
        append_decision(tx, row, "deleted", reason, now, actor)
        tx.conn.execute(submission.update().where(submission.c.root_seq == root_seq).values(deleted_at=now))
