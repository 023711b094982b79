"""Records of the ledger into the tables of the reading, each batch in one transaction with its progress.

A record that cannot be loaded is set aside with a reason that holds none of its answers, and stops nothing.
Nothing here decides: every row follows from the records, so a reading made anew equals the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote

import duckdb
from duckdb import DuckDBPyConnection

from analytics import facts
from analytics.corrections import CORRECTING
from analytics.intake import Intake, Name, NotLoadable
from analytics.warehouse import ReadingDamaged, Warehouse, is_fatal
from forms.decoding import decode
from forms.errors import BaikooError
from forms.evaluation import Scheme
from forms.schema import Schema

# gathered while a batch is read, and appended together at its end
APPENDED = ("submission", "attachment", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """A record of the ledger as the reading needs it; `payload` is None when it was erased.

    The last six say what the payload only names: of a form its schema, scheme and privacy rules; of a
    frozen round the bytes of its tables; of a submission the one-time token of the link it came through;
    and `fault` what of this could not be found.
    """

    seq: int
    hash: str
    at: datetime
    kind: str
    subject: str
    actor: int | None
    round_id: str | None
    payload: bytes | None
    schema: Schema | None = None
    scheme: Scheme | None = None
    privacy: Mapping[str, str] | None = None
    frozen: Mapping[str, bytes] | None = None
    link_token: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that could not be loaded; `reason` names the fault, never an answer."""

    seq: int
    kind: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Customs:
    """What the reading must be told: how a token is hashed, and the time zone of a project."""

    hash_token: Callable[[str], str]
    zone: Callable[[int], tzinfo]


class NotNow(Exception):
    """There is no room just now, on the disk or in memory: nothing is wrong with the record."""


class Loading:
    """Loads batch after batch and remembers forms and objects between them; one per warehouse."""

    def __init__(self, warehouse: Warehouse, customs: Customs) -> None:
        self._warehouse = warehouse
        self._intake = Intake(customs.hash_token, customs.zone)

    def apply(self, records: Sequence[LoadRecord]) -> list[SetAside]:
        """Load records, in the order of the ledger; those loaded before are passed over.

        Gives back what was set aside. Raises: ReadingDamaged when the engine has given up on the file,
        NotNow. A part may be loaded by then; call again with the same records.
        """
        loaded, _hash = self._warehouse.progress()
        todo = [record for record in records if record.seq > loaded]
        aside: list[SetAside] = []
        # a form makes tables, and stands alone in its transaction; everything else goes in together
        for is_form, batch in groupby(todo, key=lambda record: record.kind == "form"):
            for part in [[record] for record in batch] if is_form else [list(batch)]:
                aside += self._load(part)
        return aside

    def set_aside(self, record: LoadRecord, reason: str) -> SetAside:
        """Pass over a record without trying it."""
        one = SetAside(record.seq, record.kind, record.subject, reason)
        with self._warehouse.write() as db:
            _finish(db, record, [one])
        return one

    def forget(self) -> None:
        """Remember nothing of the file: another one has taken its place."""
        self._intake.forget()

    def _load(self, batch: list[LoadRecord]) -> list[SetAside]:
        """One transaction for all; where the engine refuses it, halves of it, down to the one at fault."""
        try:
            return self._load_together(batch)
        except ReadingDamaged:
            self._intake.forget()
            raise
        except Exception as error:
            self._intake.forget()
            if isinstance(error, duckdb.Error) and is_fatal(error):
                raise ReadingDamaged(type(error).__name__) from error
            if len(batch) > 1:
                middle = len(batch) // 2
                return self._load(batch[:middle]) + self._load(batch[middle:])
            if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
                raise NotNow(type(error).__name__) from error
            return [self.set_aside(batch[0], _reason(error))]

    def _load_together(self, batch: list[LoadRecord]) -> list[SetAside]:
        aside = []
        with self._warehouse.write() as db:
            self._intake.begin(db)
            for record in batch:
                try:
                    self._take(db, record)
                except Exception as error:
                    # these touch the tables last of all; after any other the transaction is spoilt
                    if record.kind not in ("submission", "attachment", "decision") or isinstance(
                        error, duckdb.Error
                    ):
                        raise
                    aside.append(SetAside(record.seq, record.kind, record.subject, _reason(error)))
            self._intake.flush()
            _finish(db, batch[-1], aside)
        return aside

    def _take(self, db: DuckDBPyConnection, record: LoadRecord) -> None:
        """One record into the tables, or into what the intake appends at the end of the batch."""
        if record.fault is not None:
            raise NotLoadable(record.fault)
        parts = [unquote(part) for part in record.subject.split("/")]
        project_id = int(parts[0])
        intake, seq = self._intake, record.seq
        match record.kind:
            case "submission":
                intake.submission(
                    seq, record.at, Name(project_id, *parts[1:]), actor=record.actor,
                    round_id=record.round_id, xml=record.payload, link_token=record.link_token,
                )  # fmt: skip
            case "attachment":
                intake.attachment(seq, Name(project_id, *parts[1:]), record.payload)
            case "form":
                if record.schema is None:
                    raise NotLoadable("the form has no schema")
                dropped = never_stored(record.scheme, record.privacy)
                facts.load_form(db, seq, record.at, project_id, record.schema, record.scheme, dropped)
                intake.forget()
            case "decision":
                if record.payload is None:
                    return  # a correction that was erased: nothing of it is left
                decision = decode(record.payload, facts.Decision)
                for row in facts.decision_rows(seq, record.at, record.actor, decision):
                    intake.add(*row)
                if decision.action in CORRECTING:
                    intake.correction(decision.submission_seq, decision.question or "", decision.new or "")
            case "round":
                facts.load_round(db, seq, record.at, project_id, parts[1], _payload(record), record.frozen)
            case "registry":
                named = facts.load_registry(db, seq, project_id, _payload(record))
                if named is not None:
                    intake.name_object(project_id, *named)
            case "erasure":
                intake.erasure(_payload(record))
            case _:
                raise NotLoadable("a kind of record that this version does not know")


def apply(warehouse: Warehouse, records: Sequence[LoadRecord], customs: Customs) -> list[SetAside]:
    """`Loading.apply` for one batch, remembering nothing afterwards."""
    return Loading(warehouse, customs).apply(records)


def count_set_aside(db: DuckDBPyConnection) -> int:
    """How many records could not be loaded."""
    row = db.execute("SELECT count(*) FROM set_aside").fetchone()
    return int(row[0]) if row is not None else 0


def set_aside_records(db: DuckDBPyConnection, limit: int = 200) -> list[SetAside]:
    """The latest records that could not be loaded, for coordinators."""
    rows = db.execute(
        "SELECT seq, kind, subject, reason FROM set_aside ORDER BY seq DESC LIMIT $limit", {"limit": limit}
    ).fetchall()
    return [SetAside(*row) for row in rows]


def never_stored(scheme: Scheme | None, privacy: Mapping[str, str] | None) -> frozenset[str]:
    """Questions whose answers stay out of the reading: those to be dropped, and the respondent's token."""
    rules = privacy if privacy is not None else scheme.privacy if scheme is not None else {}
    names = {name for name, rule in rules.items() if rule == "drop"}
    if scheme is not None and (token := scheme.roles.get("token")):
        names.add(token)
    return frozenset(names)


def _payload(record: LoadRecord) -> bytes:
    if record.payload is None:
        raise NotLoadable("its payload was erased")
    return record.payload


def _finish(db: DuckDBPyConnection, last: LoadRecord, aside: Sequence[SetAside]) -> None:
    facts.insert(db, "set_aside", [[one.seq, one.kind, one.subject, one.reason] for one in aside])
    db.execute(
        "UPDATE progress SET loaded_seq = $seq, loaded_hash = $hash", {"seq": last.seq, "hash": last.hash}
    )


def _reason(error: Exception) -> str:
    """The name of a fault and where it arose; its message may quote answers, so it is left out."""
    if isinstance(error, NotLoadable):
        return str(error)
    name = type(error).__name__
    if isinstance(error, BaikooError):
        return name
    return f"{name} in {' < '.join(_places(error)) or 'the engine'}"


def _places(error: Exception) -> Iterator[str]:
    """The innermost two places of ours that the error passed through."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.parent.name in ("analytics", "forms"):
            frames.append(f"{file.parent.name}/{file.name}:{trace.tb_lineno}")
        trace = trace.tb_next
    yield from reversed(frames[-2:])
