"""The tables beside the ledger against the ledger: they are kept for speed, and have to say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
from sqlalchemy import Connection, Table, select

from forms.decoding import convert, decode
from forms.errors import N_
from server.store import chain
from server.store.columns import AnyRow, moment_text
from server.store.database import Database
from server.store.files import Attachment
from server.store.form_content import original_id
from server.store.ledger import subject_of
from server.store.round_rows import load_rounds, round_payload
from server.store.tables import (
    decision,
    form,
    form_media,
    form_version,
    record,
    registry_object,
    replaced_file,
    round_file,
    submission,
    submission_file,
)
from server.store.verify_registry import registry_rows
from server.store.verify_rows import as_canonical, same_derived, same_submission
from server.store.verify_states import Told, differing_states

DISAGREES = N_("The table {table} does not agree with record {seq} ({subject}).")
UNTOLD = N_("The table {table} has a row of {subject} that no record tells of.")

Rows = Sequence[AnyRow]


class Find(Protocol):
    def __call__(
        self, text: str, *, seq: int | None = None, subject: str | None = None, **details: str
    ) -> None: ...


class _Decision(msgspec.Struct):
    submission_seq: int
    action: str
    reason: str = ""
    round_id: str | None = None
    question: str | None = None
    old: str | None = None
    new: str | None = None


class Tables:
    """What the ledger has told so far, in so far as a table has to agree with it in the end."""

    def __init__(self, database: Database, find: Find) -> None:
        self._database = database
        self._find = find
        self._told = Told()
        self._latest: dict[tuple[str, str], tuple[int, dict[str, chain.Json]]] = {}  # (kind, subject)
        self._frozen: dict[str, tuple[int, dict[str, chain.Json]]] = {}
        # by seq, because a purged form leaves its name free: subject, payload, time
        self._forms: dict[int, tuple[str, dict[str, chain.Json], str]] = {}

    def compare_batch(self, rows: Rows) -> None:
        """Submissions, files and decisions, whose rows carry the number of their record."""
        if not rows:
            return
        for row in rows:
            self._learn(row)
        first, last = rows[0].seq, rows[-1].seq
        by_seq = {row.seq: row for row in rows}
        with self._database.read() as connection:
            self._submissions(connection, by_seq, first, last)
            self._files(connection, by_seq, first, last)
            self._decisions(connection, by_seq, first, last)

    def compare_whole(self, last: int) -> None:
        """What is known only at the end of the ledger: states, forms, registry, rounds."""
        with self._database.read() as connection:
            for row in differing_states(connection, self._told, last):
                self._disagrees(submission, row.seq, row.subject)
            self._compare_forms(connection, last)
            self._compare_registry(connection, last)
            self._compare_rounds(connection, last)

    def _learn(self, row: AnyRow) -> None:
        if row.payload is None or row.kind not in ("form", "registry", "round", "decision"):
            return
        try:
            said = decode(bytes(row.payload), dict[str, object])
        except msgspec.MsgspecError:
            return  # it was altered, which its hash has told already
        if row.kind == "form":
            self._forms[row.seq] = (row.subject, said, row.at)  # type: ignore[assignment]  # JSON
        elif row.kind == "decision":
            told = convert(said, _Decision)
            self._told.learn(told.submission_seq, told.action, told.round_id, row.at)
        elif said.get("state") == "frozen":
            self._frozen[row.subject] = (row.seq, said)  # type: ignore[assignment]  # JSON
        else:
            self._latest[(row.kind, row.subject)] = (row.seq, said)  # type: ignore[assignment]  # JSON

    def _disagrees(self, table: Table, seq: int, subject: str) -> None:
        self._find(DISAGREES, seq=seq, subject=subject, table=table.name)

    def _surplus(self, table: Table, seqs: Iterable[int]) -> None:
        for seq in sorted(seqs):
            self._find(UNTOLD, seq=seq, subject=str(seq), table=table.name)

    def _submissions(
        self, connection: Connection, by_seq: Mapping[int, AnyRow], first: int, last: int
    ) -> None:
        question = (
            select(submission, form.c.project_id, form.c.form_id)
            .join(form, form.c.id == submission.c.form)
            .where(submission.c.seq.between(first, last))
        )
        rows = {row.seq: row for row in connection.execute(question)}
        for seq, told in by_seq.items():
            if told.kind != "submission":
                continue
            row = rows.pop(seq, None)
            if row is None or not same_submission(row, told):
                self._disagrees(submission, seq, told.subject)
        self._surplus(submission, rows)

    def _files(self, connection: Connection, by_seq: Mapping[int, AnyRow], first: int, last: int) -> None:
        rows = {
            row.seq: row
            for row in connection.execute(
                select(submission_file, record.c.subject, record.c.kind)
                .join(record, record.c.seq == submission_file.c.submission)
                .where(submission_file.c.seq.between(first, last))
            )
        }
        older = {
            row.seq: row
            for row in connection.execute(
                select(replaced_file, record.c.subject)
                .join(record, record.c.seq == replaced_file.c.submission)
                .where(replaced_file.c.seq.between(first, last))
            )
        }
        for seq, told in by_seq.items():
            if told.kind != "attachment":
                continue
            row, old = rows.pop(seq, None), older.pop(seq, None)
            if told.payload is None:
                if old is not None:
                    self._disagrees(replaced_file, seq, told.subject)
                continue
            try:
                file = decode(bytes(told.payload), Attachment)
            except msgspec.MsgspecError:
                continue  # it was altered, which its hash has told already
            if row is None:
                if old is None or (old.name, old.sha256, old.subject) != (
                    file.name,
                    file.sha256,
                    told.subject,
                ):
                    self._disagrees(submission_file, seq, told.subject)
            elif (row.name, row.sha256, row.size, row.subject, row.kind) != (
                file.name,
                file.sha256,
                file.size,
                told.subject,
                "submission",
            ):
                self._disagrees(submission_file, seq, told.subject)
        self._surplus(submission_file, rows)
        self._surplus(replaced_file, older)

    def _decisions(self, connection: Connection, by_seq: Mapping[int, AnyRow], first: int, last: int) -> None:
        rows = {
            row.seq: row
            for row in connection.execute(select(decision).where(decision.c.seq.between(first, last)))
        }
        for seq, told in by_seq.items():
            if told.kind != "decision" or told.payload is None:
                continue
            row = rows.pop(seq, None)
            try:
                said = decode(bytes(told.payload), _Decision)
            except msgspec.MsgspecError:
                continue  # it was altered, which its hash has told already
            if row is None or (*msgspec.structs.astuple(said), told.actor, told.at) != (
                row.submission,
                row.action,
                row.reason,
                row.round_id,
                row.question,
                row.old_value,
                row.new_value,
                row.actor_id,
                moment_text(row.at),
            ):
                self._disagrees(decision, seq, told.subject)
        self._surplus(decision, rows)

    def _compare_forms(self, connection: Connection, last: int) -> None:
        question = (
            select(form_version, form.c.project_id, form.c.form_id)
            .join(form, form.c.id == form_version.c.form)
            .where(form_version.c.seq <= last)
        )
        rows = {row.seq: row for row in connection.execute(question)}
        media: dict[int, dict[str, str]] = {}
        for file in connection.execute(select(form_media).where(form_media.c.sha256.is_not(None))):
            media.setdefault(file.form_version, {})[file.name] = file.sha256
        columns = ("version", "title", "xform_sha256", "xform_md5", "workbook_sha256", "published_by")
        for seq, (subject, said, at) in self._forms.items():
            row = rows.pop(seq, None)
            if (
                row is None
                or subject_of(row.project_id, original_id(row.form_id), row.version) != subject
                or any(getattr(row, name) != said.get(name) for name in columns)
            ):
                self._disagrees(form_version, seq, subject)
                continue
            if not same_derived(row, said) or moment_text(row.published_at) != at:
                self._disagrees(form_version, seq, subject)
            if media.get(row.id, {}) != said.get("media"):
                self._disagrees(form_media, seq, subject)
        for row in rows.values():
            subject = subject_of(row.project_id, original_id(row.form_id), row.version)
            self._find(UNTOLD, subject=subject, table=form_version.name)

    def _compare_registry(self, connection: Connection, last: int) -> None:
        found = {
            subject_of(row.project_id, *names): (table, row.seq, said)
            for table, row, names, said in registry_rows(connection, last)
        }
        for (kind, subject), (seq, told) in self._latest.items():
            if kind != "registry":
                continue
            table, row_seq, row_said = found.pop(subject, (registry_object, None, None))
            if row_seq != seq or as_canonical(row_said) != chain.canonical(told):
                self._disagrees(table, seq, subject)
        for subject, (table, _seq, _said) in found.items():
            self._find(UNTOLD, subject=subject, table=table.name)

    def _compare_rounds(self, connection: Connection, last: int) -> None:
        rounds = {subject_of(one.project_id, one.round_id): one for one in load_rounds(connection).values()}
        files: dict[str, dict[str, dict[str, str]]] = {}
        for row in connection.execute(select(round_file)):
            files.setdefault(row.round_id, {}).setdefault(row.kind, {})[row.name] = row.sha256
        for (kind, subject), (seq, told) in self._latest.items():
            if kind != "round":
                continue
            one = rounds.pop(subject, None)
            state = {"opened": "open"}.get(str(told.get("state")), told.get("state"))
            if one is None:
                self._find(DISAGREES, seq=seq, subject=subject, table="round")
                continue
            said = {name: value for name, value in told.items() if name not in ("state", "release")}
            same = one.state == state and as_canonical(round_payload(one)) == chain.canonical(said)
            kept = files.get(one.round_id, {})
            frozen_seq, frozen = self._frozen.get(subject, (None, {"tables": {}}))
            same = same and one.published_seq == (seq if state == "published" else None)
            same = same and one.frozen_seq == frozen_seq and kept.get("frozen", {}) == frozen["tables"]
            if not same or kept.get("release", {}) != told.get("release", {}):
                self._find(DISAGREES, seq=seq, subject=subject, table="round")
        for subject, one in rounds.items():
            if max(one.opened_seq or 0, one.closed_seq or 0) <= last and one.state != "planned":
                self._find(UNTOLD, subject=subject, table="round")
