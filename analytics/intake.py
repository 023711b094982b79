"""Submissions, attachments and erasures of one batch, gathered and appended together at its end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec
from duckdb import DuckDBPyConnection

from analytics.answers import read_tables
from analytics.columns import read_date, read_moment
from analytics.corrections import corrected_values, set_value
from analytics.erasures import take_out
from analytics.facts import first_row, utc
from analytics.rows import Row, TableRows, VersionRows, compile_rows, filled_on
from forms.decoding import decode
from forms.evaluation import Scheme
from forms.instance import Answers, Instance, expected_media, parse_instance, read_answers
from forms.schema import Schema

REMEMBERED = 50_000  # instances whose attachments and edits find them without a search

_SUBMISSION = (
    "submission_seq", "project_id", "form_id", "version", "instance_id", "root_seq", "round_id", "object_id",
    "stream", "token", "visit", "is_focus_group", "village", "sex", "age", "filled_on", "received_at",
    "submitter_id", "instance_name", "encrypted", "media", "variant",
)  # fmt: skip
_ATTACHMENT = ("seq", "submission_seq", "name", "sha256", "size")

Version = tuple[int, str, str]
"""(project_id, form_id, version) of a form."""


class Name(NamedTuple):
    """What the ledger calls a submission. `variant` tells versions apart that share their instanceID."""

    project_id: int
    form_id: str
    instance_id: str
    variant: str = ""


class NotLoadable(Exception):
    """A record that does not fit what came before it; the message holds no answer."""


class _Attachment(msgspec.Struct, frozen=True):
    name: str
    sha256: str
    size: int


class _Erasure(msgspec.Struct, frozen=True):
    """`instance` is what is left of the answers, as XML; nothing when all of them went, and with them what
    an edit said about the version it replaced: `root_seq` is the first one."""

    subject_seq: int
    instance: str | None = None
    root_seq: int | None = None


class Intake:
    """Turns instances into rows. `begin` opens a batch, `flush` appends what it gathered."""

    def __init__(self, hash_token: Callable[[str], str], zone: Callable[[int], tzinfo]) -> None:
        self._hash_token = hash_token
        self._zone = zone
        self._schemas: dict[str, Schema] = {}
        self.forget()

    def forget(self) -> None:
        self._versions: dict[Version, VersionRows | None] = {}
        self._names: dict[tuple[int, str], str] | None = None
        self._recent: OrderedDict[Name, tuple[int, int]] = OrderedDict()
        self._rows: dict[tuple[str, tuple[str, ...]], list[Row]] = {}

    def begin(self, db: DuckDBPyConnection) -> None:
        self._db = db
        self._rows = {}

    def flush(self) -> None:
        for (target, columns), rows in self._rows.items():
            with self._db.appender(target, columns=list(columns)) as appender:
                appender.append_rows(rows)
                appender.flush()
        self._rows = {}

    def name_object(self, project_id: int, name: str, object_id: str) -> None:
        names = self._object_names()
        names[project_id, name] = names[project_id, object_id] = object_id

    def submission(
        self,
        seq: int,
        at: datetime,
        name: Name,
        *,
        actor: int | None,
        round_id: str | None,
        xml: bytes | None,
        link_token: str | None,
        root_seq: int | None = None,
    ) -> None:
        """The rows of an instance: one among all submissions, and those of its form's tables."""
        project_id, form_id, instance_id, variant = name
        root_seq = root_seq or seq
        base: dict[str, object] = {
            "submission_seq": seq,
            "project_id": project_id,
            "form_id": form_id,
            "instance_id": instance_id,
            "round_id": round_id,
            "received_at": utc(at),
            "submitter_id": actor,
            "encrypted": False,
            "variant": variant,
        }
        if variant:
            root_seq = (self._find(name._replace(variant="")) or (seq, seq))[1]
        rows: list[tuple[TableRows, Row]] = []
        if xml is not None:
            instance = parse_instance(xml)
            if instance.instance_id != instance_id:  # it had none, and the server named it
                instance = replace(instance, instance_id=instance_id)
            version = self._version((project_id, form_id, instance.version))
            answers = read_answers(instance, version.schema)
            if not instance.encrypted:
                rows = version.of(seq, instance_id, answers)
            base |= self._facts(version, instance, answers, actor, link_token, at)
            if instance.deprecated_id is not None and root_seq == seq:
                root_seq = (self._find(Name(project_id, form_id, instance.deprecated_id)) or (seq, seq))[1]
        base["root_seq"] = root_seq
        for table, row in rows:
            self._rows.setdefault((table.target, table.columns), []).append(row)
        self.add("submission", _SUBMISSION, [base.get(column) for column in _SUBMISSION])
        self._remember(name, seq, root_seq)

    def attachment(self, seq: int, name: Name, payload: bytes | None) -> None:
        """The row of a file; one that was erased has none."""
        if payload is None:
            return
        file = decode(payload, _Attachment)
        found = self._find(name)
        if found is None:
            raise NotLoadable("the submission it belongs to is not loaded")
        self.add("attachment", _ATTACHMENT, [seq, found[0], file.name, file.sha256, file.size])

    def correction(self, submission_seq: int, place: str, value: str) -> None:
        """Put a corrected value where the answer stood. A citizen's answer stays as it was given."""
        self.flush()
        row = first_row(
            self._db,
            "SELECT project_id, form_id, version FROM submission "
            "WHERE submission_seq = $seq AND version IS NOT NULL AND stream IS DISTINCT FROM 'C'",
            {"seq": submission_seq},
        )
        version = self._known_version(row) if row is not None else None
        if version is not None:
            set_value(self._db, version, submission_seq, place, value)

    def erasure(self, payload: bytes) -> None:
        """Take out a file, a correction or the answers of a submission, and put in what is left of these."""
        erased = decode(payload, _Erasure)
        self.flush()
        gone = take_out(self._db, erased.subject_seq)
        if gone is None:
            return
        self.submission(
            erased.subject_seq, gone.received_at, Name(*gone.name),
            actor=gone.submitter_id, round_id=gone.round_id, link_token=None, root_seq=erased.root_seq,
            xml=erased.instance.encode() if erased.instance is not None else None,
        )  # fmt: skip
        for place, value in corrected_values(self._db, erased.subject_seq):
            self.correction(erased.subject_seq, place, value)

    def _facts(
        self,
        version: VersionRows,
        instance: Instance,
        answers: Answers,
        actor: int | None,
        link_token: str | None,
        at: datetime,
    ) -> dict[str, object]:
        """What the roles of the scheme say about an instance."""
        roles, values = version.roles, answers.values

        def said(path: str | None) -> str | None:
            return (values.get(path) or "").strip() or None if path is not None else None

        stream = said(roles.stream)
        stream = stream if stream in ("O", "C") else None
        token = None
        if stream == "O":
            token = str(actor) if actor is not None else None
        elif stream == "C" and (told := link_token or said(roles.token)):
            token = self._hash_token(told)
        visit = None
        if day := said(roles.visit):
            try:
                visit = read_date(day) if len(day) == 10 else read_moment(day, version.zone).date()
            except (ValueError, OverflowError):
                visit = None
        thing, names = said(roles.object), self._object_names()
        return {
            "version": instance.version,
            "object_id": names.get((version.project_id, thing.removeprefix("uuid:"))) if thing else None,
            "stream": stream,
            "token": token,
            "visit": visit,
            "is_focus_group": "focus_group" in (said(roles.method) or "").split(),
            "village": said(roles.village),
            "sex": said(roles.sex),
            "age": said(roles.age),
            "filled_on": filled_on(values, version.schema, utc(at), version.zone),
            "instance_name": instance.instance_name,
            "encrypted": instance.encrypted,
            "media": expected_media(answers, version.schema),
        }

    def _known_version(self, key: Version) -> VersionRows | None:
        if key not in self._versions:
            self._versions[key] = self._read_version(*key)
        return self._versions[key]

    def _version(self, key: Version) -> VersionRows:
        version = self._known_version(key)
        if version is None:
            raise NotLoadable("its version of the form is not known")
        return version

    def _read_version(self, project_id: int, form_id: str, version: str) -> VersionRows | None:
        row = first_row(
            self._db,
            "SELECT table_schema, form_schema, scheme, places FROM form_version "
            "WHERE project_id = $project_id AND form_id = $form_id AND version = $version "
            "ORDER BY seq DESC LIMIT 1",
            {"project_id": project_id, "form_id": form_id, "version": version},
        )
        if row is None:
            return None
        table_schema, form_schema, scheme, places = row
        if form_schema not in self._schemas:  # one value per text: what is cached by it is found at once
            self._schemas[form_schema] = decode(form_schema, Schema)
        return compile_rows(
            read_tables(self._db, table_schema),
            self._schemas[form_schema],
            decode(scheme, Scheme) if scheme else None,
            decode(places, dict[str, tuple[str, str]]),
            project_id=project_id,
            version=version,
            zone=self._zone(project_id),
        )

    def _object_names(self) -> dict[tuple[int, str], str]:
        """Object ids by the names a phone may give: the entity's UUID, or the object_id itself."""
        if self._names is None:
            rows = self._db.execute(
                "SELECT project_id, name, object_id FROM object_record ORDER BY seq"
            ).fetchall()
            self._names = {}
            for project_id, name, object_id in rows:
                self._names[project_id, object_id] = object_id
                self._names[project_id, name] = object_id
        return self._names

    def _find(self, name: Name) -> tuple[int, int] | None:
        """(seq, root seq) of a submission loaded before."""
        known = self._recent.get(name)
        if known is None:
            row = first_row(
                self._db,
                "SELECT submission_seq, root_seq FROM submission WHERE instance_id = $instance_id "
                "AND form_id = $form_id AND project_id = $project_id AND variant = $variant",
                name._asdict(),
            )
            if row is not None:
                known = (row[0], row[1])
                self._remember(name, *known)
        return known

    def _remember(self, name: Name, seq: int, root_seq: int) -> None:
        self._recent[name] = (seq, root_seq)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    def add(self, target: str, columns: tuple[str, ...], row: list[object]) -> None:
        """A row to be appended at the end of the batch."""
        self._rows.setdefault((target, columns), []).append(row)  # type: ignore[arg-type]
