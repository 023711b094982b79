"""Removing a payload by law or from the trash: its bytes go from database and files, its hash stays.

Answers stand in the records of submissions, in those of their files, and in those of corrections.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select

from forms.decoding import decode
from server.store import chain
from server.store.columns import AnyRow
from server.store.deciding import OF_VALUES
from server.store.files import Attachment
from server.store.foundation import Foundation
from server.store.refusals import NotErasable
from server.store.tables import (
    audit,
    comment,
    decision,
    draft,
    draft_media,
    draft_submission_file,
    form,
    form_media,
    form_version,
    quarantine,
    record,
    replaced_file,
    round_file,
    submission,
    submission_file,
)
from server.store.transaction import Tx
from server.store.troubles import RecordNotFound

BLOBS = (
    submission_file.c.sha256,
    replaced_file.c.sha256,
    draft_submission_file.c.sha256,
    draft.c.xform_sha256,
    draft.c.workbook_sha256,
    draft_media.c.sha256,
    form_media.c.sha256,
    form_version.c.workbook_sha256,
    form_version.c.xform_sha256,
    round_file.c.sha256,
)


class _Action(msgspec.Struct):
    action: str = ""


def erase_record(
    tx: Tx, seq: int, *, instance: bytes | None, reason: str, now: datetime, actor: int | None
) -> tuple[int, str | None]:
    """Empty the payload of a submission, of an attachment or of a correction.

    Gives the seq of the erasure, and the blob that nothing else may need: see `unused`.
    Raises: RecordNotFound, NotErasable.
    """
    row = tx.conn.execute(
        select(record.c.kind, record.c.subject, record.c.round, record.c.payload).where(record.c.seq == seq)
    ).one_or_none()
    if row is None:
        raise RecordNotFound(seq=seq)
    if row.payload is None or not _is_erasable(row):
        raise NotErasable(seq=seq)
    said: dict[str, chain.Json] = {"subject_seq": seq, "reason": reason}
    blob = None
    if row.kind == "submission":
        said["instance"] = instance.decode("utf-8") if instance is not None else None
        root_seq = tx.conn.scalar(select(submission.c.root_seq).where(submission.c.seq == seq))
        if root_seq != seq:  # which version it replaced stood in its bytes alone
            said["root_seq"] = root_seq
        tx.conn.execute(
            submission.update()
            .where(submission.c.seq == seq)
            .values(instance_name=None, device_id=None, user_agent=None, link_token=None)
        )
    elif row.kind == "decision":
        tx.conn.execute(delete(decision).where(decision.c.seq == seq))
    else:
        blob = decode(bytes(row.payload), Attachment).sha256
        tx.conn.execute(
            submission_file.update()
            .where(submission_file.c.seq == seq)
            .values(sha256=None, size=None, seq=None)
        )
        tx.conn.execute(delete(replaced_file).where(replaced_file.c.seq == seq))
    tx.conn.execute(record.update().where(record.c.seq == seq).values(payload=None))
    erased = tx.append(
        "erasure", row.subject, chain.canonical(said), at=now, actor=actor, round_id=row.round or None
    )
    return erased, blob


def erase_submission(tx: Tx, root_seq: int, *, reason: str, now: datetime, actor: int | None) -> set[str]:
    """Everything that was answered in any version of a submission, and said about it; its blobs."""
    versions = tx.conn.execute(
        select(submission.c.seq, submission.c.form, submission.c.instance_id)
        .where(
            (submission.c.seq == root_seq)
            | ((submission.c.root_seq == root_seq) & (submission.c.root_seq != submission.c.seq))
        )
        .order_by(submission.c.seq)
    ).all()
    blobs: set[str] = set()
    seqs = [row.seq for row in versions]
    files = submission_file.c
    for question in (
        select(files.seq).where(files.submission.in_(seqs), files.seq.is_not(None)),
        select(replaced_file.c.seq).where(replaced_file.c.submission.in_(seqs)),
        select(decision.c.seq).where(decision.c.submission.in_(seqs), decision.c.action.in_(OF_VALUES)),
        select(record.c.seq).where(record.c.seq.in_(seqs), record.c.payload.is_not(None)),
    ):
        for seq in sorted(tx.conn.scalars(question)):
            _erased, blob = erase_record(tx, seq, instance=None, reason=reason, now=now, actor=actor)
            blobs |= {blob} if blob is not None else set()
    tx.conn.execute(delete(comment).where(comment.c.submission.in_(seqs)))
    subjects = select(record.c.subject).where(record.c.seq.in_(seqs))
    # what programs noted beside what they did with it, in the words of people
    tx.conn.execute(audit.update().where(audit.c.subject.in_(subjects)).values(notes=None))
    for row in versions:  # what was refused under the same name says the same things
        _forget_refused(tx, row, now)
    return blobs


def remove_unused(foundation: Foundation, blobs: Iterable[str]) -> None:
    """Remove those of these blobs that nothing names any more; their records are on disk as erased."""
    with foundation.database.read() as connection:
        gone = unused(connection, blobs)
    for sha256 in gone:
        foundation.blobs.remove(sha256)


def unused(connection: Connection, blobs: Iterable[str]) -> set[str]:
    """Those of these blobs that nothing names any more."""
    left = set(blobs)
    for column in BLOBS:
        if left:
            left -= set(connection.scalars(select(column).where(column.in_(left))))
    return left


def _forget_refused(tx: Tx, row: AnyRow, now: datetime) -> None:
    project_id, form_id = tx.conn.execute(
        select(form.c.project_id, form.c.form_id).where(form.c.id == row.form)
    ).one()
    tx.conn.execute(
        quarantine.update()
        .where(
            quarantine.c.project_id == project_id,
            quarantine.c.form_id == form_id,
            quarantine.c.instance_id == row.instance_id,
            quarantine.c.xml.is_not(None),
        )
        .values(xml=None, discarded_at=now)
    )


def _is_erasable(row: AnyRow) -> bool:
    if row.kind == "decision":
        return decode(bytes(row.payload), _Action).action in OF_VALUES
    return row.kind in ("submission", "attachment")
