"""The audit log: who changed what, and who took personal data away. No answers, names, tokens or passwords.

A change is one call, in the transaction that makes the change:

    store.audit.add(tx, "form.update", f"{project_id}/{form_id}", now=now, actor=actor, details={...})

`action` is Central's word where it has one (entity.create, dataset.update, form.delete ...), else
`thing.deed` in the same manner. `subject` is what it is about: the number of an account or a project, or
project/form, project/list, project/form/instanceID. `details` are numbers and words of ours: a state, a
role, a count, the name of a column; nothing that a person has answered or typed.

A change that puts a record into the ledger and writes no entry gets one by itself (`note_records`); one that
does neither is written by its route. Both know less of it than the action does.

A download needs no call: a line in `server/routes/recording.py` names the route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, not_, or_, select

from forms.decoding import decode
from server.store.arrivals import CREATED, Arrived, arrivals
from server.store.asked import asked
from server.store.audit_words import KINDS, NONVERBOSE, OF_DECISIONS, OF_RECORDS, VERBOSE, action_of
from server.store.columns import AnyRow
from server.store.foundation import Foundation
from server.store.tables import actor, audit
from server.store.transaction import Tx

PAGE = 1000
LONGEST_SUBJECT = 1000

Details = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor` None: the owner's command line, or somebody whom nobody knows."""

    audit_id: int
    at: datetime
    actor: int | None
    action: str
    subject: str
    details: Details
    notes: str | None = None
    actor_name: str = ""
    actor_kind: str = ""
    actor_created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that has no number yet."""

    at: datetime
    actor: int | None
    action: str
    subject: str
    details: Details
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    """Which entries: of an action or a kind (`form`, `download`), a time, an actor. Nothing given: all."""

    action: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    actor: int | None = None


class Audit:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def page(
        self,
        wanted: Audited | None = None,
        *,
        limit: int = 100,
        offset: int = 0,
        before: int | None = None,
    ) -> tuple[Entry, ...]:
        """Newest first; `before`: the number of the last one of the page before.

        What was sent is told from the ledger, where it is asked for by name (`submission.create`).
        """
        if wanted is not None and wanted.action == CREATED:
            found = arrivals(
                self._database,
                start=wanted.start,
                end=wanted.end,
                sender=wanted.actor,
                before=before,
                limit=limit,
                offset=offset,
            )
            return tuple(_of_arrival(one) for one in found)
        where = _conditions(wanted or Audited())
        if before is not None:
            where.append(audit.c.id < before)
        question = (
            select(audit, actor.c.display_name, actor.c.kind, actor.c.created_at)
            .outerjoin(actor, actor.c.id == audit.c.actor_id)
            .where(*where)
            .order_by(audit.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(question))

    def all(self, wanted: Audited) -> Iterator[Entry]:
        """Every one of them, newest first, a page at a time."""
        before: int | None = None
        while page := self.page(wanted, limit=PAGE, before=before):
            yield from page
            before = page[-1].audit_id

    def add(
        self,
        tx: Tx,
        action: str,
        subject: str,
        *,
        now: datetime,
        actor: int | None,
        details: Details | None = None,
    ) -> None:
        """Write one entry in the transaction of the change; see the top of this module."""
        notes = tx.asked.notes if tx.asked is not None else None
        write(tx, [NewEntry(now, actor, action, subject, details or {}, notes)])

    def write(self, tx: Tx, entries: Sequence[NewEntry]) -> None:
        write(tx, entries)


class _Decision(msgspec.Struct):
    """Of a decision's record, the one word that is ours: never the reason, never a value."""

    action: str = ""


def note_records(tx: Tx) -> None:
    """What a change has put into the ledger and not into the log: one entry for all of it."""
    if not tx.records or tx.entries:
        return
    first, count = tx.records[0], len(tx.records)
    subject, action = first.subject, OF_RECORDS[first.kind]
    details: dict[str, str | int] = {"records": count, "seq": tx.head.seq}
    if first.kind == "decision":
        decided = decode(first.payload, _Decision).action
        action = OF_DECISIONS.get(decided, action)
        details["decision"] = decided
    if count > 1:  # many at once have the form in common, or the project
        subject = "/".join(subject.split("/")[: 2 if first.kind == "decision" else 1])
    notes = tx.asked.notes if tx.asked is not None else None
    write(tx, [NewEntry(first.at, first.actor, action, subject, details, notes)])


def write(tx: Tx, entries: Sequence[NewEntry]) -> None:
    """Write these entries, as they are, in a transaction that is open already."""
    tx.entries += len(entries)
    if tx.asked is not None:
        tx.asked.entries += len(entries)
    if entries:
        tx.conn.execute(audit.insert(), [_row(entry) for entry in entries])


def _row(entry: NewEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "actor_id": entry.actor or None,
        "action": action_of(entry.action),
        "subject": entry.subject[:LONGEST_SUBJECT].replace("\0", "\ufffd"),
        "details": msgspec.json.encode(dict(entry.details)).decode(),
        "notes": entry.notes,
    }


def new_entry(
    action: str, subject: str, *, now: datetime, actor: int | None, details: Details | None = None
) -> NewEntry:
    """An entry with the note of the request that is being answered."""
    request = asked.get()
    return NewEntry(now, actor, action, subject, details or {}, request.notes if request else None)


def _conditions(wanted: Audited) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        where.append(audit.c.at >= wanted.start)
    if wanted.end is not None:
        where.append(audit.c.at < wanted.end)
    if wanted.actor is not None:
        where.append(audit.c.actor_id == wanted.actor)
    if wanted.action == NONVERBOSE:
        where += [not_(audit.c.action.startswith(word, autoescape=True)) for word in VERBOSE]
    elif wanted.action is not None and wanted.action in KINDS:
        beginnings = KINDS[wanted.action]
        where.append(or_(*(audit.c.action.startswith(word, autoescape=True) for word in beginnings)))
    elif wanted.action is not None:
        where.append(audit.c.action == action_of(wanted.action))
    return where


def _of_arrival(one: Arrived) -> Entry:
    details: Details = {"instanceId": one.instance_id, "submissionId": one.seq, "submissionDefId": one.seq}
    named = (one.actor_name, one.actor_kind, one.actor_created_at)
    return Entry(one.seq, one.at, one.actor, CREATED, one.subject, details, None, *named)


def _entry(row: AnyRow) -> Entry:
    return Entry(
        row.id,
        row.at,
        row.actor_id,
        row.action,
        row.subject,
        decode(row.details, dict[str, str | int]),
        row.notes,
        row.display_name or "",
        row.kind or "",
        row.created_at,
    )
