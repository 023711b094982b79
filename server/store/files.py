"""The files of submissions: which the instance mentions, which have come, each arrival a record.

Other bytes under a known name are a new record; the older blob stays. An edit keeps the files of the version
before it that it still mentions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from server.store import chain
from server.store.arrival import Arrival, ArrivedFile
from server.store.database import Cell
from server.store.transaction import Tx

_COLUMNS = ("submission", "name", "expected", "sha256", "size", "seq")
_REPLACE = (
    "ON CONFLICT (submission, name) DO UPDATE "
    "SET sha256 = excluded.sha256, size = excluded.size, seq = excluded.seq"
)


class Attachment(msgspec.Struct):
    """The payload of an attachment record."""

    name: str
    sha256: str
    size: int


@dataclass(slots=True)
class _Slot:
    expected: bool
    sha256: str | None = None
    size: int | None = None
    seq: int | None = None
    changed: bool = True


class Files:
    """The files of the submissions of one group."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._slots: dict[int, dict[str, _Slot]] = {}
        self._replaced: list[tuple[Cell, ...]] = []

    def begin(self, subject: str, seq: int, at: str, arrival: Arrival, old_seq: int | None) -> None:
        """The files of a new version: sent now, carried over from the version before, or not here yet."""
        slots = self._slots[seq] = {name: _Slot(expected=True) for name in arrival.expected}
        self.add(subject, seq, at, arrival.actor, arrival.files)
        if old_seq is None or arrival.encrypted:
            return
        before = self._of(old_seq)
        for name, slot in slots.items():
            old = before.get(name)
            if slot.sha256 is None and old is not None and old.sha256 is not None and old.size is not None:
                self._put(subject, seq, at, arrival.actor, ArrivedFile(name, old.sha256, old.size))

    def add(self, subject: str, seq: int, at: str, actor: int | None, arrived: Sequence[ArrivedFile]) -> None:
        """Files that came; one that is here already with the same bytes changes nothing."""
        slots = self._of(seq)
        for file in arrived:
            slot = slots.get(file.name)
            if slot is None or slot.sha256 != file.sha256:
                self._put(subject, seq, at, actor, file)

    def missing(self, seq: int) -> tuple[str, ...]:
        """The files the instance mentions that have not come."""
        return tuple(name for name, slot in self._of(seq).items() if slot.expected and slot.sha256 is None)

    def _put(self, subject: str, seq: int, at: str, actor: int | None, file: ArrivedFile) -> None:
        payload = chain.canonical({"name": file.name, "sha256": file.sha256, "size": file.size})
        number = self._tx.append_hashed(
            "attachment", subject, payload, chain.sha256(payload), at, actor, None
        )
        slots = self._of(seq)
        old = slots.get(file.name)
        expected = old.expected if old is not None else False
        if old is not None and old.sha256 is not None and old.seq is not None:
            self._replaced.append((old.seq, seq, file.name, old.sha256))
        slots[file.name] = _Slot(expected, file.sha256, file.size, number)

    def _of(self, seq: int) -> dict[str, _Slot]:
        if seq not in self._slots:
            rows = self._tx.conn.exec_driver_sql(
                "SELECT name, expected, sha256, size, seq FROM submission_file WHERE submission = "  # noqa: S608
                f"{self._tx.database.placeholder} ORDER BY name",
                (seq,),
            )
            self._slots[seq] = {
                name: _Slot(bool(expected), sha256, size, number, changed=False)
                for name, expected, sha256, size, number in rows
            }
        return self._slots[seq]

    def write(self) -> None:
        rows: list[tuple[Cell, ...]] = [
            (seq, name, slot.expected, slot.sha256, slot.size, slot.seq)
            for seq, slots in self._slots.items()
            for name, slot in slots.items()
            if slot.changed
        ]
        if rows:
            self._tx.database.insert(self._tx.conn, "submission_file", _COLUMNS, rows, _REPLACE)
        if self._replaced:
            self._tx.database.insert(
                self._tx.conn, "replaced_file", ("seq", "submission", "name", "sha256"), self._replaced
            )
