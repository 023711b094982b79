"""What an arrival meets: the versions that are there already, asked for in few questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.store.transaction import Tx


@dataclass(slots=True)
class Known:
    """A version that is there already, or was decided on a moment ago in this group."""

    seq: int
    root_seq: int
    replaced_by: int | None
    sha256: str
    erased: bool = False
    deleted: bool = False


def known_versions(tx: Tx, wanted: Iterable[bytes]) -> dict[bytes, Known]:
    """The versions that are there under these keys."""
    keys = list(wanted)
    known: dict[bytes, Known] = {}
    for start in range(0, len(keys), 128):
        some = keys[start : start + 128]
        # repeating a key pads the question to a length that is prepared already
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        marks = ", ".join([tx.database.placeholder] * len(some))
        rows = tx.conn.exec_driver_sql(
            "SELECT s.instance_key, s.seq, s.root_seq, s.replaced_by, r.payload_sha256, r.payload IS NULL, "  # noqa: S608
            "s.deleted_at IS NOT NULL "
            f"FROM submission s JOIN record r ON r.seq = s.seq WHERE s.instance_key IN ({marks})",
            tuple(some),
        )
        for key, seq, root_seq, replaced_by, sha256, erased, deleted in rows:
            known[bytes(key)] = Known(seq, root_seq, replaced_by, sha256, bool(erased), bool(deleted))
    return known


def current_version(tx: Tx, root_seq: int) -> Known:
    """The version that an edit replaces."""
    mark = tx.database.placeholder
    row = tx.conn.exec_driver_sql(
        f"SELECT seq FROM submission WHERE (seq = {mark} OR (root_seq = {mark} AND root_seq <> seq)) "  # noqa: S608
        "AND replaced_by IS NULL",
        (root_seq, root_seq),
    ).one()
    return Known(row[0], root_seq, None, "")


def admitted_version(tx: Tx, project_id: int, sha256: str) -> tuple[Known, str] | None:
    """A refused instance that a person has accepted from the quarantine meanwhile, and its subject."""
    mark = tx.database.placeholder
    row = tx.conn.exec_driver_sql(
        "SELECT s.seq, s.root_seq, s.replaced_by, r.payload IS NULL, r.subject FROM quarantine q "  # noqa: S608
        "JOIN submission s ON s.seq = q.accepted_seq JOIN record r ON r.seq = s.seq "
        f"WHERE q.project_id = {mark} AND q.sha256 = {mark} AND s.deleted_at IS NULL",
        (project_id, sha256),
    ).one_or_none()
    if row is None:
        return None
    return Known(row[0], row[1], row[2], sha256, bool(row[3])), str(row[4])
