"""Removing a payload by law: its bytes go from database and files, its hash stays in the chain."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from server.store import chain
from server.store.files import Attachment
from server.store.refusals import NotErasable
from server.store.tables import form_media, form_version, record, round_file, submission, submission_file
from server.store.transaction import Tx
from server.store.troubles import RecordNotFound


def erase_record(
    tx: Tx, seq: int, *, instance: bytes | None, reason: str, now: datetime, actor: int | None
) -> tuple[int, str | None]:
    """Empty the payload of a submission or of an attachment; the seq of the erasure, and the blob to remove.

    Raises: RecordNotFound, NotErasable.
    """
    row = tx.conn.execute(
        select(record.c.kind, record.c.subject, record.c.round, record.c.payload).where(record.c.seq == seq)
    ).one_or_none()
    if row is None:
        raise RecordNotFound(seq=seq)
    if row.kind not in ("submission", "attachment") or row.payload is None:
        raise NotErasable(seq=seq)
    said: dict[str, chain.Json] = {"subject_seq": seq, "reason": reason}
    blob = None
    if row.kind == "submission":
        said["instance"] = instance.decode("utf-8") if instance is not None else None
        tx.conn.execute(
            submission.update()
            .where(submission.c.seq == seq)
            .values(instance_name=None, device_id=None, user_agent=None, link_token=None)
        )
    else:
        file = msgspec.json.decode(bytes(row.payload), type=Attachment)
        tx.conn.execute(
            submission_file.update()
            .where(submission_file.c.seq == seq)
            .values(sha256=None, size=None, seq=None)
        )
        blob = file.sha256 if _is_last(tx, seq, file.sha256) else None
    tx.conn.execute(record.update().where(record.c.seq == seq).values(payload=None))
    erased = tx.append(
        "erasure", row.subject, chain.canonical(said), at=now, actor=actor, round_id=row.round or None
    )
    return erased, blob


def _is_last(tx: Tx, seq: int, sha256: str) -> bool:
    """Does nothing else name this blob? Older arrivals of a file have no row, so records are asked."""
    named = b'"sha256":"' + sha256.encode("ascii") + b'"'
    others = select(record.c.payload).where(record.c.kind == "attachment", record.c.seq != seq)
    if any(named in bytes(payload) for payload in tx.conn.scalars(others) if payload is not None):
        return False
    for table, column in (
        (form_media, form_media.c.sha256),
        (form_version, form_version.c.workbook_sha256),
        (form_version, form_version.c.xform_sha256),
        (round_file, round_file.c.sha256),
    ):
        if tx.conn.scalar(select(func.count()).select_from(table).where(column == sha256)):
            return False
    return True
