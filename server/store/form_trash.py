"""Forms in the trash: put there, taken out again, or purged with every answer that was given to them.

A form in the trash keeps its name, its versions and its answers; nobody is shown any of it. A purge empties
the payloads of its answers, each with a record of erasure, and frees the name, unless a round goes by it:
published results stay, and go on saying which questionnaire they come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Select, delete, func, select

from forms.errors import FormNotFound
from forms.faults.forms import FormInOpenRound, FormNotTrashed
from server.store.columns import AnyRow
from server.store.deciding import append_decision
from server.store.decisions import BATCH, PAUSE_S, Write
from server.store.erasing import erase_submission, unused
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
        """Out of it again, as it was; its form_id. Raises: FormNotTrashed."""
        row = self._trashed(tx.conn, project_id, number)
        tx.touch("forms")
        tx.conn.execute(form.update().where(form.c.id == number).values(deleted_at=None))
        return str(row.form_id)

    def rounds_of(self, project_id: int, number: int) -> tuple[str, ...]:
        """The rounds, planned ones left out, that go by a form in the trash. Raises: FormNotTrashed."""
        with self._foundation.database.read() as connection:
            row = self._trashed(connection, project_id, number)
            return _rounds(connection, project_id, row.form_id)

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
        return Purged(row.form_id, len(roots), len(gone))

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
                quarantine.c.form_id == row.form_id,
                quarantine.c.xml.is_not(None),
            )
            .values(xml=None, discarded_at=now)
        )
        kept = bool(_rounds(tx.conn, row.project_id, row.form_id))
        name = row.form_id if kept else f"{row.form_id}/{row.id}"
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


def _delete(tx: Tx, root_seq: int, reason: str, now: datetime, actor: int | None) -> None:
    """Take it out of every count, unless it is in the trash already, or a round has counted it for good."""
    row = tx.conn.execute(
        select(submission.c.seq, submission.c.round_id, submission.c.deleted_at, record.c.subject)
        .join(record, record.c.seq == submission.c.seq)
        .where(submission.c.root_seq == root_seq, submission.c.replaced_by.is_(None))
    ).one()
    if row.round_id is None and row.deleted_at is None:
        append_decision(tx, row, "deleted", reason, now, actor)
        tx.conn.execute(submission.update().where(submission.c.root_seq == root_seq).values(deleted_at=now))
