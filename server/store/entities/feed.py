"""What has happened to submissions that write into entity lists, in the order of the ledger.

Forms without entities cost nothing here: their versions are left out of the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, select

from server.store.columns import AnyRow
from server.store.deciding import CORRECTING
from server.store.foundation import Foundation
from server.store.tables import (
    decision,
    form,
    form_version,
    generation,
    record,
    setting,
    submission,
)
from server.store.transaction import Tx

PROGRESS = "entities.seq"
Kind = Literal["created", "edited", "accepted", "released", "forced", "converted"]


@dataclass(frozen=True, slots=True)
class Happening:
    """A submission came, was edited, or was accepted; `xml` is what it says, empty once that is gone.

    `submission` and `root` are records, of the version and of the first one; `subject` is what the first one
    is about.
    """

    seq: int
    kind: Kind
    submission: int
    root: int
    subject: str
    project_id: int
    form_id: str
    version: str
    actor: int | None
    user_agent: str | None
    xml: bytes
    corrections: Mapping[str, str] = field(default_factory=dict)  # by question: what counts instead


@dataclass(frozen=True, slots=True)
class Feed:
    """What happened after `after`, all of it up to `until`."""

    after: int
    until: int
    happenings: tuple[Happening, ...]


class EntityFeed:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._versions: tuple[int, tuple[int, ...]] = (-1, ())

    def done(self) -> int:
        """The record up to which everything is applied."""
        with self._database.read() as connection:
            return done_of(connection)

    def head(self) -> int:
        with self._database.read() as connection:
            return int(connection.scalar(select(func.max(record.c.seq))) or 0)

    def advance(self, tx: Tx, after: int, until: int) -> bool:
        """Everything up to `until` is applied; False where somebody else has gone on from `after`."""
        done = done_of(tx.conn)
        if done > after:
            return False
        if done == 0:
            tx.conn.execute(setting.delete().where(setting.c.name == PROGRESS))
            tx.conn.execute(setting.insert().values(name=PROGRESS, value=str(until)))
        else:
            tx.conn.execute(setting.update().where(setting.c.name == PROGRESS).values(value=str(until)))
        return True

    def after(self, seq: int, limit: int) -> Feed:
        """The next happenings, `limit` of them at most; one state of the database answers."""
        with self._database.read() as connection:
            head = int(connection.scalar(select(func.max(record.c.seq))) or 0)
            versions = self._writing(connection) if head > seq else ()
            if not versions:
                return Feed(seq, max(seq, head), ())
            came = submission.c.seq
            taken = decision.c.seq
            writing = submission.c.form_version.in_(versions)
            arrivals = _question(came).where(writing, came > seq, came <= head).order_by(came).limit(limit)
            acceptances = (
                _question(taken)
                .join(decision, decision.c.submission == submission.c.seq)
                .where(writing, taken > seq, taken <= head, decision.c.action == "accepted")
                .order_by(taken)
                .limit(limit)
            )
            happened = [
                _happening(row, "created" if row.root_seq == row.seq else "edited")
                for row in connection.execute(arrivals)
            ]
            for row in connection.execute(acceptances).all():
                happened.append(_happening(row, "accepted", _corrections(connection, row.seq)))
        happened.sort(key=lambda one: one.seq)
        until = head if len(happened) < limit else happened[limit - 1].seq
        return Feed(seq, until, tuple(happened[:limit]))

    def of_submission(self, connection: Connection, seq: int, kind: Kind) -> Happening | None:
        """A submission that is to be looked at again; None where it is gone."""
        row = connection.execute(
            _question(submission.c.seq).where(submission.c.seq == seq, submission.c.deleted_at.is_(None))
        ).one_or_none()
        if row is None or row.payload is None:
            return None
        return _happening(row, kind, _corrections(connection, seq))

    def current(self, connection: Connection, project_id: int) -> tuple[int, ...]:
        """The current versions of every submission of a project that may write into lists, oldest first."""
        rows = connection.scalars(
            select(submission.c.seq)
            .join(form, form.c.id == submission.c.form)
            .where(
                form.c.project_id == project_id,
                submission.c.form_version.in_(self._writing(connection)),
                submission.c.replaced_by.is_(None),
                submission.c.deleted_at.is_(None),
            )
            .order_by(submission.c.seq)
        )
        return tuple(rows)

    def _writing(self, connection: Connection) -> tuple[int, ...]:
        """The numbers of the versions that write into lists, as this connection sees them."""
        number = connection.scalar(select(generation.c.number).where(generation.c.family == "forms")) or 0
        known, versions = self._versions
        if known != number:
            versions = tuple(
                connection.scalars(
                    select(form_version.c.id).where(form_version.c.schema_json.contains('"entity_lists":[{'))
                )
            )
            self._versions = (number, versions)
        return versions


def _question(event: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    first = record.alias("first")
    return (
        select(
            event.label("event"),
            submission.c.seq,
            submission.c.root_seq,
            submission.c.actor_id,
            submission.c.user_agent,
            submission.c.deleted_at,
            form.c.project_id,
            form.c.form_id,
            form_version.c.version,
            record.c.payload,
            first.c.subject,
        )
        .join(record, record.c.seq == submission.c.seq)
        .join(first, first.c.seq == submission.c.root_seq)
        .join(form, form.c.id == submission.c.form)
        .join(form_version, form_version.c.id == submission.c.form_version)
    )


def _corrections(connection: Connection, seq: int) -> dict[str, str]:
    """What was corrected in a version before it was accepted, by its place (forms.places)."""
    rows = connection.execute(
        select(decision.c.question, decision.c.new_value)
        .where(decision.c.submission == seq, decision.c.action.in_(CORRECTING))
        .order_by(decision.c.seq)
    )
    return {row.question: row.new_value for row in rows if row.question and row.new_value is not None}


def _happening(row: AnyRow, kind: Kind, corrections: Mapping[str, str] | None = None) -> Happening:
    gone = row.payload is None or row.deleted_at is not None  # erased by law, or in the trash
    return Happening(
        row.event,
        kind,
        row.seq,
        row.root_seq,
        row.subject,
        row.project_id,
        row.form_id,
        row.version,
        row.actor_id or None,
        row.user_agent,
        b"" if gone else bytes(row.payload),
        corrections or {},
    )


def done_of(connection: Connection) -> int:
    told = connection.scalar(select(setting.c.value).where(setting.c.name == PROGRESS))
    return int(told) if told else 0
