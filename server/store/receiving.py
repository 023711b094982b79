"""What becomes of an instance: new, the same again, an edit, or a conflict. Decided in one place, in order.

Spec: protocol.md 7.6 (every row of it) and 7.7
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from forms.errors import (
    BaikooError,
    EditConflict,
    EditedNotFound,
    EditOutdated,
    FormVersionNotFound,
    InstanceConflict,
)
from forms.faults.submissions import SubmissionDeleted, SubmissionPurged
from server.store import chain
from server.store.arrival import Arrival, ArrivedFile, Outcome
from server.store.audit import NewEntry
from server.store.audit import write as write_entries
from server.store.carrying import Carrying, Edit
from server.store.columns import moment_text
from server.store.database import Cell
from server.store.files import Files
from server.store.known import Known, admitted_version, current_version, known_versions
from server.store.ledger import subject_of
from server.store.transaction import Tx

EDITED = "submission.update.version"
_COLUMNS = (
    "seq",
    "instance_key",
    "root_seq",
    "form",
    "form_version",
    "instance_id",
    "state",
    "round_id",
    "actor_id",
    "received_at",
    "instance_name",
    "device_id",
    "user_agent",
    "link_token",
)

VersionNumbers = Callable[[int, str, str], tuple[int, int] | None]
"""(project_id, form_id, version) -> the numbers of form and version in the tables, None when unknown."""


def instance_key(subject: str) -> bytes:
    return hashlib.sha256(subject.encode("ascii")).digest()[:16]


@dataclass(slots=True)
class Prepared:
    """An arrival with everything that can be computed before the write lock is taken."""

    arrival: Arrival
    subject: str
    key: bytes
    deprecated_key: bytes | None
    sha256: str
    at: str


def prepare(arrival: Arrival) -> Prepared:
    """Hash and name an arrival, in the thread of whoever brings it."""
    if "\0" in "".join([arrival.device_id or "", arrival.user_agent or "", *(f.name for f in arrival.files)]):
        arrival = _without_nul(arrival)
    subject = subject_of(arrival.project_id, arrival.form_id, arrival.instance_id)
    deprecated = None
    if arrival.deprecated_id is not None:
        deprecated = instance_key(subject_of(arrival.project_id, arrival.form_id, arrival.deprecated_id))
    return Prepared(
        arrival,
        subject,
        instance_key(subject),
        deprecated,
        chain.sha256(arrival.xml),
        moment_text(arrival.at),
    )


def _without_nul(arrival: Arrival) -> Arrival:
    """NUL is no part of any name, and PostgreSQL keeps no text with one."""

    def clean(text: str | None) -> str | None:
        return text.replace("\0", "\ufffd") if text is not None else None

    files = tuple(replace(file, name=file.name.replace("\0", "\ufffd")) for file in arrival.files)
    return replace(
        arrival, device_id=clean(arrival.device_id), user_agent=clean(arrival.user_agent), files=files
    )


@dataclass(slots=True)
class _Group:
    """The arrivals of one group: what they meet, and the rows they become."""

    tx: Tx
    known: dict[bytes, Known]
    open_rounds: frozenset[tuple[int, str]] | None = None
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    edits: list[tuple[Prepared, Edit]] = field(default_factory=list)


class Receiving:
    def __init__(self, version_numbers: VersionNumbers, carrying: Carrying) -> None:
        self._version_numbers = version_numbers
        self._carrying = carrying

    def receive(self, tx: Tx, arrivals: Sequence[Prepared]) -> list[Outcome | BaikooError]:
        """Decide on each in order, and write all of them."""
        group = _Group(tx, known_versions(tx, _keys(arrivals)))
        files = Files(tx)
        answers: list[Outcome | BaikooError] = []
        for prepared in arrivals:
            try:
                answers.append(self._decide(group, files, prepared))
            except BaikooError as refusal:
                admitted = admitted_version(tx, prepared.arrival.project_id, prepared.sha256)
                if admitted is None:
                    answers.append(refusal)
                else:
                    known, prepared.subject = admitted
                    answers.append(_again(files, prepared, known))
        self._write(group, files)
        return answers

    def admit(self, tx: Tx, prepared: Prepared) -> Outcome:
        """Take what was refused, because a person decided so: as a new version where its id is known.

        Raises: SubmissionDeleted, FormVersionNotFound.
        """
        keys = [prepared.key, *([prepared.deprecated_key] if prepared.deprecated_key else [])]
        group = _Group(tx, known_versions(tx, keys))
        files = Files(tx)
        met = next((group.known[key] for key in keys if key in group.known), None)
        if met is not None and met.deleted:
            raise SubmissionDeleted(instance_id=prepared.arrival.instance_id)
        same = group.known.get(prepared.key)
        if same is not None and same.sha256 == prepared.sha256:
            outcome = _again(files, prepared, same)
        else:
            if same is not None:  # the id is taken: this version gets a name of its own
                prepared.subject = f"{prepared.subject}/{prepared.sha256[:16]}"
                prepared.key = instance_key(prepared.subject)
            outcome = self._new(group, files, prepared, current_version(tx, met.root_seq) if met else None)
        self._write(group, files)
        return outcome

    def _decide(self, group: _Group, files: Files, prepared: Prepared) -> Outcome:
        known = group.known.get(prepared.key)
        instance_id = prepared.arrival.instance_id
        if known is not None and known.deleted:
            raise (SubmissionPurged if known.erased else SubmissionDeleted)(instance_id=instance_id)
        if prepared.deprecated_key is None:
            if known is None:
                return self._new(group, files, prepared, None)
            if known.replaced_by is not None:
                raise EditOutdated(instance_id=instance_id)
            if known.sha256 != prepared.sha256:
                raise InstanceConflict(instance_id=instance_id)
            return _again(files, prepared, known)
        old = group.known.get(prepared.deprecated_key)
        if old is None:
            raise EditedNotFound()
        if old.deleted:
            gone = SubmissionPurged if old.erased else SubmissionDeleted
            raise gone(instance_id=prepared.arrival.deprecated_id or "")
        if old.replaced_by is not None:
            # the second request of an edit that came in several: the first one has replaced the old version
            is_that_edit = known is not None and known.replaced_by is None and known.root_seq == old.root_seq
            if known is not None and is_that_edit and known.sha256 == prepared.sha256:
                return _again(files, prepared, known)
            raise EditOutdated(instance_id=instance_id)
        if known is not None:
            raise EditConflict(instance_id=instance_id)
        return self._new(group, files, prepared, old)

    def _new(self, group: _Group, files: Files, prepared: Prepared, old: Known | None) -> Outcome:
        arrival, tx = prepared.arrival, group.tx
        numbers = self._version_numbers(arrival.project_id, arrival.form_id, arrival.version)
        if numbers is None:
            raise FormVersionNotFound(form_id=arrival.form_id, version=arrival.version)
        round_id = arrival.round_id if _is_open(group, arrival) else None
        seq = tx.append_hashed(
            "submission", prepared.subject, arrival.xml, prepared.sha256, prepared.at, arrival.actor, round_id
        )
        root_seq = old.root_seq if old is not None else seq
        known = Known(seq, root_seq, None, prepared.sha256)
        group.known[prepared.key] = known
        state = "received" if old is None else "edited"
        group.rows.append(
            (
                seq,
                prepared.key,
                root_seq,
                *numbers,
                arrival.instance_id,
                state,
                round_id,
                arrival.actor or chain.NOBODY,
                prepared.at,
                arrival.instance_name,
                arrival.device_id,
                arrival.user_agent,
                arrival.link_token,
            )
        )
        if old is not None:
            group.edits.append((prepared, Edit(seq, old.seq, arrival)))
            old.replaced_by = seq
        if arrival.expected or arrival.files:
            files.begin(prepared.subject, seq, prepared.at, arrival, old.seq if old is not None else None)
        missing = files.missing(seq) if arrival.expected else ()
        return Outcome(seq, "new" if old is None else "edited", root_seq, missing)

    def _write(self, group: _Group, files: Files) -> None:
        tx = group.tx
        if group.rows:
            tx.database.insert(tx.conn, "submission", _COLUMNS, group.rows)
        if group.edits:
            mark = tx.database.placeholder
            tx.conn.exec_driver_sql(
                f"UPDATE submission SET replaced_by = {mark} WHERE seq = {mark}",  # noqa: S608
                [(edit.seq, edit.old_seq) for _prepared, edit in group.edits],
            )
            carried = self._carrying.carry(tx, [edit for _prepared, edit in group.edits])
            # what is new stands in the ledger alone; an edit in the audit log too
            write_entries(
                tx,
                [
                    NewEntry(
                        edit.arrival.at,
                        edit.arrival.actor,
                        EDITED,
                        prepared.subject,
                        {"seq": edit.seq, **carried.get(edit.seq, {})},
                    )
                    for prepared, edit in group.edits
                ],
            )
        files.write()


def _again(files: Files, prepared: Prepared, known: Known) -> Outcome:
    """The same bytes: nothing new but the files that came with them this time."""
    if prepared.arrival.files and not known.erased:
        arrival = prepared.arrival
        files.add(prepared.subject, known.seq, prepared.at, arrival.actor, arrival.files)
    missing = files.missing(known.seq) if prepared.arrival.expected and not known.erased else ()
    return Outcome(known.seq, "again", known.root_seq, missing)


def _keys(arrivals: Sequence[Prepared]) -> set[bytes]:
    return {p.key for p in arrivals} | {p.deprecated_key for p in arrivals if p.deprecated_key is not None}


def _is_open(group: _Group, arrival: Arrival) -> bool:
    """Is the round still open? Nothing after the record that closed it can belong to it."""
    if arrival.round_id is None:
        return False
    if group.open_rounds is None:
        rows = group.tx.conn.exec_driver_sql("SELECT project_id, round_id FROM round WHERE state = 'open'")
        group.open_rounds = frozenset((project_id, round_id) for project_id, round_id in rows)
    return (arrival.project_id, arrival.round_id) in group.open_rounds


__all__ = ["ArrivedFile", "Prepared", "Receiving", "instance_key", "prepare"]
