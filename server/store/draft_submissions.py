"""Test submissions of a draft: what a phone sent while somebody tried the form. Never in the ledger.

They live as long as the draft: one that is saved anew, published or discarded takes them along. Any version
is taken, nothing is closed, and no round hears of it. Spec: protocol.md 7.6, last lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from forms.errors import EditConflict, EditedNotFound, EditOutdated, InstanceConflict
from server.store import chain
from server.store.arrival import Arrival, ArrivedFile, Outcome
from server.store.columns import AnyRow
from server.store.foundation import Foundation
from server.store.refusals import DraftNotFound, SubmissionNotFound
from server.store.submissions import SubmissionFile
from server.store.tables import actor, draft, draft_submission, draft_submission_file, form
from server.store.transaction import Tx

READ_AT_ONCE = 200
_TABLE, _FILES = draft_submission.c, draft_submission_file.c
_COLUMNS = [column for column in draft_submission.c if column.name != "xml"]


@dataclass(frozen=True, slots=True)
class DraftSubmission:
    """One test submission; an edit has the `root_instance_id` of what it edits, and takes its place."""

    number: int
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
    replaced_by: int | None


class DraftSubmissions:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def receive(self, tx: Tx, arrival: Arrival) -> Outcome:
        """Keep a test submission and its files (blobs already); the numbers of the outcome are its own.

        The same again adds files. Raises: DraftNotFound, InstanceConflict, EditOutdated, EditConflict,
        EditedNotFound.
        """
        draft_of = tx.conn.scalar(
            select(draft.c.form)
            .join(form, form.c.id == draft.c.form)
            .where(form.c.project_id == arrival.project_id, form.c.form_id == arrival.form_id)
        )
        if draft_of is None:
            raise DraftNotFound(form_id=arrival.form_id)
        known = _find(tx, draft_of, arrival.instance_id)
        old = _find(tx, draft_of, arrival.deprecated_id) if arrival.deprecated_id is not None else None
        if known is not None and bytes(known.xml) == arrival.xml and known.replaced_by is None:
            return self._outcome(tx, known.id, "again", known.root or known.id, arrival.files)
        if arrival.deprecated_id is not None:
            if old is None:
                raise EditedNotFound()
            if known is not None:
                raise EditConflict(instance_id=arrival.instance_id)
            if old.replaced_by is not None:
                raise EditOutdated(instance_id=arrival.instance_id)
        elif known is not None:
            refusal = EditOutdated if known.replaced_by is not None else InstanceConflict
            raise refusal(instance_id=arrival.instance_id)
        number = self._insert(tx, draft_of, arrival, (old.root or old.id) if old is not None else None)
        if old is not None:
            tx.conn.execute(draft_submission.update().where(_TABLE.id == old.id).values(replaced_by=number))
        slots = {name: ArrivedFile(name, "", 0) for name in arrival.expected}
        if old is not None:
            kept = tx.conn.execute(select(draft_submission_file).where(_FILES.submission == old.id))
            slots |= {
                row.name: ArrivedFile(row.name, row.sha256, row.size)
                for row in kept
                if row.name in slots and row.sha256
            }
        for slot in slots.values():
            _put(tx, number, slot, expected=True)
        root = (old.root or old.id) if old is not None else number
        return self._outcome(tx, number, "new" if old is None else "edited", root, arrival.files)

    def attach(self, tx: Tx, number: int, file: ArrivedFile) -> None:
        """A file for a test submission that is there already; the latest of one name counts."""
        _put(tx, number, file, expected=False)

    def page(
        self, project_id: int, form_id: str, *, limit: int = 500, before: int | None = None
    ) -> tuple[DraftSubmission, ...]:
        """The current ones, newest first; `before`: the number of the last one of the page before."""
        where: list[ColumnElement[bool]] = [_TABLE.replaced_by.is_(None)]
        if before is not None:
            where.append(_TABLE.id < before)
        return self._load(project_id, form_id, where, limit)

    def count(self, project_id: int, form_id: str) -> tuple[int, datetime | None]:
        """How many current ones there are, and when the last of them came."""
        question = (
            select(func.count(), func.max(_TABLE.received_at))
            .join(form, form.c.id == _TABLE.form)
            .where(form.c.project_id == project_id, form.c.form_id == form_id, _TABLE.replaced_by.is_(None))
        )
        with self._database.read() as connection:
            count, last = connection.execute(question).one()
        return int(count), last

    def get(self, project_id: int, form_id: str, instance_id: str) -> DraftSubmission:
        """The one of this instanceID, current or not. Raises: SubmissionNotFound."""
        found = self._load(project_id, form_id, [_TABLE.instance_id == instance_id], 1)
        if not found:
            raise SubmissionNotFound(instance_id=instance_id)
        return found[0]

    def current(self, one: DraftSubmission) -> DraftSubmission:
        """The latest version of a test submission."""
        found = self.versions(one)
        return next((version for version in found if version.replaced_by is None), one)

    def versions(self, one: DraftSubmission) -> tuple[DraftSubmission, ...]:
        """Every version, newest first."""
        root = select(_TABLE.id).where(
            _TABLE.form == select(_TABLE.form).where(_TABLE.id == one.number).scalar_subquery(),
            _TABLE.instance_id == one.root_instance_id,
        )
        same = _TABLE.root.in_(root) | _TABLE.id.in_(root)
        return self._load(one.project_id, one.form_id, [same], 10_000)

    def xml(self, number: int) -> bytes:
        """The very bytes received. Raises: SubmissionNotFound."""
        with self._database.read() as connection:
            xml = connection.scalar(select(_TABLE.xml).where(_TABLE.id == number))
        if xml is None:
            raise SubmissionNotFound(instance_id=number)
        return bytes(xml)

    def files(self, number: int) -> tuple[SubmissionFile, ...]:
        question = select(_FILES.name, _FILES.expected, _FILES.sha256, _FILES.size)
        with self._database.read() as connection:
            rows = connection.execute(question.where(_FILES.submission == number).order_by(_FILES.name))
            return tuple(SubmissionFile(*row) for row in rows)

    def with_xml(self, project_id: int, form_id: str) -> Iterator[tuple[DraftSubmission, bytes]]:
        """The current ones with their bytes, oldest first, read in batches: what a table is made of."""
        after = 0
        while True:
            where = [_TABLE.replaced_by.is_(None), _TABLE.id > after]
            batch = self._load(project_id, form_id, where, READ_AT_ONCE, oldest_first=True)
            if not batch:
                return
            with self._database.read() as connection:
                rows = connection.execute(
                    select(_TABLE.id, _TABLE.xml).where(_TABLE.id.in_([one.number for one in batch]))
                )
                xml = {row.id: bytes(row.xml) for row in rows}
            yield from ((one, xml[one.number]) for one in batch if one.number in xml)
            after = batch[-1].number

    def _insert(self, tx: Tx, draft_of: int, arrival: Arrival, root: int | None) -> int:
        made = tx.conn.execute(
            draft_submission.insert().values(
                form=draft_of,
                instance_id=arrival.instance_id,
                received_at=arrival.at,
                xml=arrival.xml,
                version=arrival.version,
                root=root,
                actor_id=arrival.actor or chain.NOBODY,
                instance_name=arrival.instance_name,
                device_id=_storable(arrival.device_id),
                user_agent=_storable(arrival.user_agent),
            )
        )
        assert made.inserted_primary_key is not None
        return int(made.inserted_primary_key[0])

    def _outcome(self, tx: Tx, number: int, kind: str, root: int, files: Sequence[ArrivedFile]) -> Outcome:
        for file in files:
            _put(tx, number, file, expected=False)
        missing = tx.conn.scalars(
            select(_FILES.name)
            .where(_FILES.submission == number, _FILES.expected.is_(True), _FILES.sha256.is_(None))
            .order_by(_FILES.name)
        )
        return Outcome(number, kind, root, tuple(missing))  # type: ignore[arg-type]  # one of its three words

    def _load(
        self,
        project_id: int,
        form_id: str,
        where: Sequence[ColumnElement[bool]],
        limit: int,
        *,
        oldest_first: bool = False,
    ) -> tuple[DraftSubmission, ...]:
        root = draft_submission.alias("root")
        question = (
            select(
                *_COLUMNS,
                form.c.project_id,
                form.c.form_id,
                root.c.instance_id.label("root_id"),
                actor.c.display_name,
            )
            .join(form, form.c.id == _TABLE.form)
            .outerjoin(root, root.c.id == _TABLE.root)
            .outerjoin(actor, actor.c.id == _TABLE.actor_id)
            .where(form.c.project_id == project_id, form.c.form_id == form_id, *where)
            .order_by(_TABLE.id if oldest_first else _TABLE.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(_draft_submission(row) for row in connection.execute(question))


def _draft_submission(row: AnyRow) -> DraftSubmission:
    return DraftSubmission(
        number=row.id,
        project_id=row.project_id,
        form_id=row.form_id,
        version=row.version or "",
        instance_id=row.instance_id,
        root_instance_id=row.root_id or row.instance_id,
        instance_name=row.instance_name,
        received_at=row.received_at,
        submitter=row.actor_id or None,
        submitter_name=row.display_name or "",
        device_id=row.device_id,
        user_agent=row.user_agent,
        replaced_by=row.replaced_by,
    )


def _find(tx: Tx, draft_of: int, instance_id: str) -> AnyRow | None:
    row: AnyRow | None = tx.conn.execute(
        select(_TABLE.id, _TABLE.xml, _TABLE.root, _TABLE.replaced_by).where(
            _TABLE.form == draft_of, _TABLE.instance_id == instance_id
        )
    ).one_or_none()
    return row


def _put(tx: Tx, number: int, file: ArrivedFile, *, expected: bool) -> None:
    """A slot for a file, or the file for its slot; a file without content is one that has not arrived."""
    here = (_FILES.submission == number) & (_FILES.name == file.name)
    given = {"sha256": file.sha256 or None, "size": file.size if file.sha256 else None}
    if not tx.conn.execute(draft_submission_file.update().where(here).values(given)).rowcount:
        tx.conn.execute(
            draft_submission_file.insert().values(
                submission=number, name=file.name, expected=expected, **given
            )
        )


def _storable(text: str | None) -> str | None:
    """NUL is no part of any name, and PostgreSQL keeps no text with one."""
    return text.replace("\0", "\ufffd") if text is not None else None
