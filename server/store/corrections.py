"""The log of corrected values: what counted, what counts, why, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy import text as sql

from forms.places import question_name, row_of
from server.store.foundation import Foundation
from server.store.refusals import SubmissionNotFound
from server.store.tables import actor, decision, form, form_version, submission
from server.store.tables.submissions import OF_VALUES


@dataclass(frozen=True, slots=True)
class Correction:
    """One value of one version; `root_instance_id` is what the submission is called by.

    `action`: corrected; kept, by an edit that left that answer as it was sent; superseded, by one that
    changed it: its answer (`new`) counts from then on. `place` as in forms.places.
    """

    action: str
    seq: int
    at: datetime
    project_id: int
    form_id: str
    version: str
    root_instance_id: str
    round_id: str | None
    place: str
    old: str
    new: str
    reason: str
    actor: int | None
    actor_name: str

    @property
    def question(self) -> str:
        return question_name(self.place)

    @property
    def row(self) -> str:
        """The row of a repeat as exports call it (KEY); empty outside of repeats."""
        row = row_of(self.place)
        return self.root_instance_id + row if row else ""


class Corrections:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def get(self, seq: int) -> Correction:
        """Raises: SubmissionNotFound."""
        found = self._load([decision.c.seq == seq], 1)
        if not found:
            raise SubmissionNotFound(instance_id=seq)
        return found[0]

    def of(self, root_seq: int) -> tuple[Correction, ...]:
        """Those of a submission in all its versions, newest first."""
        versions = select(submission.c.seq).where(
            (submission.c.seq == root_seq)
            | ((submission.c.root_seq == root_seq) & (submission.c.root_seq != submission.c.seq))
        )
        return self._load([decision.c.submission.in_(versions)], 10_000)[::-1]

    def page(
        self, project_id: int, form_ids: Sequence[str], *, after: int = 0, limit: int = 1000
    ) -> tuple[Correction, ...]:
        """Those of these forms after this record, oldest first; none of what lies in the trash."""
        where = [
            form.c.project_id == project_id,
            form.c.form_id.in_(form_ids),
            decision.c.seq > after,
            submission.c.deleted_at.is_(None),
        ]
        return self._load(where, limit)

    def _load(self, where: Sequence[ColumnElement[bool]], limit: int) -> tuple[Correction, ...]:
        root = submission.alias("root")
        question = (
            select(
                decision,
                form.c.project_id,
                form.c.form_id,
                form_version.c.version,
                root.c.instance_id.label("root_instance_id"),
                submission.c.round_id.label("of_round"),
                actor.c.display_name,
            )
            .join(submission, submission.c.seq == decision.c.submission)
            .join(root, root.c.seq == submission.c.root_seq)
            .join(form, form.c.id == submission.c.form)
            .join(form_version, form_version.c.id == submission.c.form_version)
            .outerjoin(actor, actor.c.id == decision.c.actor_id)
            .where(sql(f"decision.{OF_VALUES}"), *where)  # in the words of the index
            .order_by(decision.c.seq)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(
            Correction(
                row.action,
                row.seq,
                row.at,
                row.project_id,
                row.form_id,
                row.version,
                row.root_instance_id,
                row.of_round,
                row.question or "",
                row.old_value or "",
                row.new_value or "",
                row.reason,
                row.actor_id or None,
                row.display_name or "",
            )
            for row in rows
        )
