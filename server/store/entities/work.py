"""The work on entities that submissions leave behind: applied once each, in the order of the ledger.

What cannot be applied is told in the audit log, on the submission, which stays as it is. What waits for an
earlier update of its branch is kept until that one comes, or somebody, or time, applies it by force.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from forms.entities_sent import SentEntity, sent_entities
from forms.errors import BaikooError
from forms.instance import parse_instance
from server.store.audit import Audit
from server.store.columns import AnyRow
from server.store.entities.applying import Applying, Done, Waits
from server.store.entities.changes import Entities
from server.store.entities.feed import EntityFeed, Feed, Happening, Kind
from server.store.entities.values import EntityList, Held
from server.store.forms import Forms
from server.store.foundation import Foundation
from server.store.tables import audit, entity_held, entity_list, entity_version
from server.store.transaction import Tx
from server.store.troubles import trouble_of

log = logging.getLogger("baikoo.entities")

PATIENCE = timedelta(days=5)  # Central's: so long a held update waits for those before it
LONGEST_MESSAGE = 500

Prepared = tuple[Happening, tuple[SentEntity, ...]]


class EntityWork:
    def __init__(
        self, foundation: Foundation, forms: Forms, feed: EntityFeed, entities: Entities, audit: Audit
    ) -> None:
        self._database = foundation.database
        self._forms = forms
        self._feed = feed
        self._applying = Applying(entities)
        self._audit = audit

    # -- in order

    def prepare(self, feed: Feed) -> list[Prepared]:
        """Read the submissions; those that say nothing of entities are left out."""
        prepared = [(happened, self._sent(happened)) for happened in feed.happenings if happened.xml]
        return [(happened, sent) for happened, sent in prepared if sent]

    def apply(self, tx: Tx, feed: Feed, prepared: Sequence[Prepared], *, now: datetime) -> bool:
        """Apply what was prepared, and remember that it is; False where somebody else has done so."""
        if not self._feed.advance(tx, feed.after, feed.until):
            return False
        for happened, sent in prepared:
            self._work(tx, happened, sent, now)
        return True

    # -- what waits

    def held(self, *, project_id: int | None = None, before: datetime | None = None) -> tuple[Held, ...]:
        """Submissions that wait, in the order of their branches."""
        with self._database.read() as connection:
            return _held(connection, project_id, before)

    def force(self, tx: Tx, submission: int, *, now: datetime) -> bool:
        """Apply a submission that waits onto whatever is newest; False where it waits no more."""
        released = self._release(tx, submission, "forced", "submission.backlog.force", now)
        if released is None:
            return False
        self._work(tx, *released, now)
        return True

    # -- what waits for an acceptance that is not asked any more

    def pending(self, known: EntityList) -> tuple[int, ...]:
        """Submissions that would have made an entity in this list, had they been accepted."""
        with self._database.read() as connection:
            seqs = self._feed.current(connection, known.project_id)
            return tuple(seq for seq in seqs if self._would_make(connection, known, seq))

    def convert(self, tx: Tx, submission: int, *, now: datetime) -> None:
        """Make the entities of a submission that nobody has accepted."""
        happened = self._feed.of_submission(tx.conn, submission, "converted")
        if happened is not None and (sent := self._sent(happened)):
            self._work(tx, happened, sent, now)

    def _would_make(self, connection: Connection, known: EntityList, seq: int) -> bool:
        happened = self._feed.of_submission(connection, seq, "converted")
        if happened is None or _has_made(connection, happened.root) or _has_failed(connection, happened):
            return False
        return any(one.creates and one.list_name == known.name for one in self._sent(happened))

    def _sent(self, happened: Happening) -> tuple[SentEntity, ...]:
        version = self._forms.version(happened.project_id, happened.form_id, happened.version)
        return sent_entities(parse_instance(happened.xml), version.schema, happened.corrections)

    def _work(self, tx: Tx, happened: Happening, sent: tuple[SentEntity, ...], now: datetime) -> None:
        """One submission, and those it lets go on."""
        todo = [(happened, sent)]
        while todo:
            happened, sent = todo.pop()
            if _has_made(tx.conn, happened.root) or _is_held(tx.conn, happened.root):
                continue
            try:
                outcome = self._applying.apply(tx, happened, sent, now=now)
            except BaikooError as error:
                self._tell_error(tx, happened, error, str(error), now)
                continue
            except Exception as error:
                if trouble_of(error) is not None:
                    raise  # the disk or the database: it is tried again
                # the trace names lines of our code; the error's own text may quote what was sent
                where = "".join(traceback.format_tb(error.__traceback__))
                log.error("%s while applying entities\n%s", type(error).__name__, where)
                self._tell_error(tx, happened, error, "", now)
                continue
            if isinstance(outcome, Waits):
                self._hold(tx, happened, outcome, now)
                continue
            for done in outcome:
                self._tell(tx, happened, done, now)
                todo += self._following(tx, done, now)

    def _hold(self, tx: Tx, happened: Happening, waits: Waits, now: datetime) -> None:
        tx.conn.execute(
            entity_held.insert().values(
                submission=happened.submission,
                submission_root=happened.root,
                entity_list=waits.list_id,
                uuid=waits.uuid,
                branch_id=waits.branch_id,
                branch_base_version=waits.base_version,
                held_at=now,
            )
        )
        self._note(tx, "submission.backlog.hold", happened, now)

    def _following(self, tx: Tx, done: Done, now: datetime) -> list[Prepared]:
        """The submissions that waited for this change."""
        if done.branch_id is None:
            where = (entity_held.c.uuid == done.entity.uuid, entity_held.c.branch_base_version == 1)
        else:
            where = (
                entity_held.c.branch_id == done.branch_id,
                entity_held.c.branch_base_version == done.branch_base_version + 1,
            )
        waiting = tx.conn.scalars(select(entity_held.c.submission).where(*where)).all()
        released = (
            self._release(tx, seq, "released", "submission.backlog.reprocess", now) for seq in waiting
        )
        return [one for one in released if one is not None]

    def _release(self, tx: Tx, submission: int, kind: Kind, note: str, now: datetime) -> Prepared | None:
        gone = tx.conn.execute(entity_held.delete().where(entity_held.c.submission == submission))
        happened = self._feed.of_submission(tx.conn, submission, kind) if gone.rowcount else None
        if happened is None:
            return None
        self._note(tx, note, happened, now)
        return happened, self._sent(happened)

    def _tell(self, tx: Tx, happened: Happening, done: Done, now: datetime) -> None:
        action = "entity.create" if done.entity.version == 1 else "entity.update.version"
        self._note(
            tx,
            action,
            happened,
            now,
            list=done.known.name,
            entity=done.entity.uuid,
            version=done.entity.version,
        )

    def _tell_error(self, tx: Tx, happened: Happening, error: Exception, message: str, now: datetime) -> None:
        code = getattr(error, "code", None)
        details = {"message": message[:LONGEST_MESSAGE], "reason": type(error).__name__}
        if code is not None:
            details["code"] = str(code)
        self._note(tx, "entity.error", happened, now, **details)

    def _note(self, tx: Tx, action: str, happened: Happening, now: datetime, **details: str | int) -> None:
        self._audit.add(
            tx,
            action,
            happened.subject,
            now=now,
            actor=happened.actor,
            details={"submission": happened.submission, **details},
        )


def _has_made(connection: Connection, root: int) -> bool:
    """Has any version of this submission made or changed an entity?"""
    made = connection.execute(
        select(entity_version.c.version).where(entity_version.c.submission_root == root).limit(1)
    )
    return made.one_or_none() is not None


def _has_failed(connection: Connection, happened: Happening) -> bool:
    """Was this version tried, and could not become an entity? Then it waits for no acceptance."""
    told = connection.scalars(
        select(audit.c.details).where(audit.c.subject == happened.subject, audit.c.action == "entity.error")
    )
    return any(msgspec.json.decode(text).get("submission") == happened.submission for text in told)


def _is_held(connection: Connection, root: int) -> bool:
    held = select(entity_held.c.submission).where(entity_held.c.submission_root == root).limit(1)
    return connection.execute(held).one_or_none() is not None


def _held(connection: Connection, project_id: int | None, before: datetime | None) -> tuple[Held, ...]:
    question = select(entity_held).order_by(entity_held.c.branch_id, entity_held.c.branch_base_version)
    if project_id is not None:
        of_project = select(entity_list.c.id).where(entity_list.c.project_id == project_id)
        question = question.where(entity_held.c.entity_list.in_(of_project))
    if before is not None:
        question = question.where(entity_held.c.held_at < before)
    return tuple(_waiting(row) for row in connection.execute(question))


def _waiting(row: AnyRow) -> Held:
    return Held(
        row.submission,
        row.submission_root,
        row.entity_list,
        row.uuid,
        row.branch_id,
        row.branch_base_version,
        row.held_at,
    )
