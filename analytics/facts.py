"""Forms, registry, rounds and decisions of the ledger as rows of the reading.

Each function loads one record inside the loader's transaction. A payload that does not have its shape
raises, and the record is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from duckdb import DuckDBPyConnection

from analytics import rounds
from analytics.answers import make_tables
from analytics.corrections import CORRECTING
from forms.decoding import decode
from forms.evaluation import Indicator, Scheme
from forms.registry import RegistryObject, Village
from forms.schema import Schema

Labels = Mapping[str, str]
_DECISION = ("seq", "submission_seq", "action", "round_id", "decided_at", "actor_id")
_CORRECTION = ("seq", "submission_seq", "question", "old", "new")


class Titles(msgspec.Struct, frozen=True):
    """A text in the three languages, as payloads hold it."""

    ky: str = ""
    ru: str = ""
    en: str = ""


class Decision(msgspec.Struct, frozen=True):
    """The payload of a decision; `action` as in reading.sql."""

    submission_seq: int
    action: str
    round_id: str | None = None
    question: str | None = None
    old: str | None = None
    new: str | None = None


class RoundForm(msgspec.Struct, frozen=True):
    form_id: str
    version: str = ""
    object_type: str | None = None


class Round(msgspec.Struct, frozen=True):
    """The payload of a round record: the whole description, and in `frozen` what was computed."""

    state: str
    kind: str | None = None
    titles: Titles = Titles()
    opens_on: date | None = None
    closes_on: date | None = None
    forms: tuple[RoundForm, ...] = ()
    objects: tuple[str, ...] = ()
    type_weights: dict[str, float] = {}
    method_notes: Titles = Titles()
    kenesh_resolution_no: str | None = None
    kenesh_resolution_link: str | None = None
    opened_seq: int | None = None
    closed_seq: int | None = None
    previous_round_id: str | None = None
    as_of: int | None = None
    method: msgspec.Raw = msgspec.Raw(b"{}")


class RegistryRecord(msgspec.Struct, frozen=True):
    """The payload of a registry record: a village, or an object whose attributes lie beside these."""

    village: Village | None = None
    name: str | None = None  # the entity's UUID, by which a phone names the object
    object_id: str | None = None
    deleted: bool = False


def load_form(
    db: DuckDBPyConnection,
    seq: int,
    at: datetime,
    project_id: int,
    schema: Schema,
    scheme: Scheme | None,
    never_stored: frozenset[str],
) -> None:
    """A published version: its tables, its scheme, and where every question's answers go."""
    table_schema, places = make_tables(db, project_id, schema, never_stored)
    key = [project_id, schema.form_id, schema.version]
    insert(
        db,
        "form_version",
        [
            [
                seq,
                *key,
                schema.title,
                scheme.object_type if scheme is not None else None,
                table_schema,
                _json(schema),
                _json(scheme) if scheme is not None else None,
                utc(at),
                _json(places),
            ]
        ],
    )
    if scheme is None:
        return
    insert(
        db,
        "criterion",
        [
            [*key, position, one.code, one.weight, list(one.subtypes), *_texts(one.labels)]
            for position, one in enumerate(scheme.criteria)
        ],
    )
    insert(db, "indicator", [_indicator(key, *item) for item in enumerate(scheme.indicators)])
    insert(db, "indicator_choice", [row for one in scheme.indicators for row in _choices(key, one)])


def load_registry(
    db: DuckDBPyConnection, seq: int, project_id: int, payload: bytes
) -> tuple[str, str] | None:
    """A village or an object; gives (entity name, object_id) of an object.

    A deleted village keeps its name for the answers that gave it; a deleted object has a status nobody gives.
    """
    record = decode(payload, RegistryRecord)
    if record.village is not None:
        village = record.village
        db.execute(
            "DELETE FROM village WHERE project_id = $project_id AND name = $name",
            {"project_id": project_id, "name": village.name},
        )
        row = [project_id, village.name, village.label_ky, village.label_ru, village.label_en]
        insert(db, "village", [row])
        return None
    thing = decode(payload, RegistryObject)
    status = "deleted" if record.deleted else thing.status
    name = record.name or thing.object_id
    insert(
        db,
        "object_record",
        [
            [
                seq, project_id, thing.object_id, name, thing.type, thing.subtype, status,
                thing.name_ky, thing.name_ru, thing.name_en, thing.legal_form, thing.aimak_code,
                list(thing.villages_served), thing.lat, thing.lon, thing.users_count, thing.valid_from,
                thing.valid_to, thing.predecessor_id or None, thing.contract_no, thing.tender_no,
                thing.portal_link, thing.method, thing.supplier_name, thing.supplier_is_person,
                thing.subject_ky, thing.subject_ru, thing.category, thing.sum_initial_som,
                thing.sum_final_som, thing.signed_on, thing.due_on, thing.finished_on,
                thing.warranty_months, thing.under_review_until, payload.decode(),
            ]
        ],
    )  # fmt: skip
    return name, thing.object_id


def decision_rows(
    seq: int, at: datetime, actor: int | None, decision: Decision
) -> Iterator[tuple[str, tuple[str, ...], list[object]]]:
    """What a decision says, as (table, columns, row); nearly every submission has one."""
    about = decision.submission_seq
    yield "decision", _DECISION, [seq, about, decision.action, decision.round_id, utc(at), actor]
    if decision.action in CORRECTING:
        yield "correction", _CORRECTION, [seq, about, decision.question, decision.old, decision.new]


def load_round(
    db: DuckDBPyConnection,
    seq: int,
    at: datetime,
    project_id: int,
    round_id: str,
    payload: bytes,
    frozen: Mapping[str, bytes] | None,
) -> None:
    """A state of a round: the latest description replaces the one before, a frozen one adds its tables."""
    record = decode(payload, Round)
    ids: dict[str, object] = {"round_id": round_id, "project_id": project_id}
    if record.state == "frozen":
        rounds.load_frozen(db, round_id, frozen or {})
        db.execute(
            "UPDATE round SET frozen_seq = $seq, method = $method "
            "WHERE round_id = $round_id AND project_id = $project_id",
            {**ids, "seq": seq, "method": bytes(record.method).decode()},
        )
        return
    before = first_row(
        db,
        "SELECT opened_seq, closed_seq, opened_at, closed_at, published_at, frozen_seq, method "
        "FROM round WHERE round_id = $round_id AND project_id = $project_id",
        ids,
    )
    opened_seq, closed_seq, opened_at, closed_at, published_at, frozen_seq, method = before or (None,) * 7
    moment = utc(at)
    if record.state == "opened":
        opened_seq, opened_at = seq, moment
    elif record.state == "closed":
        closed_seq, closed_at = seq, moment
    elif record.state == "published":
        published_at = moment
    for table in ("round", "round_form", "round_object", "type_weight"):
        db.execute(f"DELETE FROM {table} WHERE round_id = $round_id AND project_id = $project_id", ids)  # noqa: S608  (names of ours)
    state = {"opened": "open"}.get(record.state, record.state)
    insert(
        db,
        "round",
        [
            [
                round_id, project_id, record.titles.ky, record.titles.ru, record.titles.en, record.kind,
                state, record.opens_on, record.closes_on, opened_seq, closed_seq, opened_at, closed_at,
                published_at, record.previous_round_id, record.kenesh_resolution_no,
                record.kenesh_resolution_link, record.method_notes.ky, record.method_notes.ru,
                record.method_notes.en, frozen_seq, method,
            ]
        ],
    )  # fmt: skip
    insert(
        db,
        "round_form",
        [[round_id, project_id, form.form_id, form.version, form.object_type] for form in record.forms],
    )
    insert(db, "round_object", [[round_id, project_id, object_id] for object_id in record.objects])
    insert(
        db,
        "type_weight",
        [[round_id, project_id, kind, weight] for kind, weight in sorted(record.type_weights.items())],
    )


def first_row(db: DuckDBPyConnection, question: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
    """The one row of a question, its result read to the end: after `fetchone` nothing could be appended."""
    rows: list[tuple[Any, ...]] = db.execute(question, values).fetchall()
    return rows[0] if rows else None


def insert(db: DuckDBPyConnection, table: str, rows: list[list[object]]) -> None:
    """Rows in the order of the table's columns."""
    if rows:
        with db.appender(table) as appender:
            appender.append_rows(rows)


def utc(moment: datetime) -> datetime:
    """An instant as the reading keeps it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment


def _indicator(key: list[object], position: int, one: Indicator) -> list[object]:
    return [
        *key, position, one.code, one.criterion, one.stream, one.scale, one.weight, one.n_min, one.best,
        one.worst, one.sensitive, one.cumulative, one.computed, one.unit, list(one.subtypes), one.companion,
        list(one.evidence), *_texts(one.labels),
    ]  # fmt: skip


def _choices(key: list[object], one: Indicator) -> list[list[object]]:
    """The choices of an indicator, then the non-answers of its companion."""
    names = dict.fromkeys([*one.points, *one.nonresponse, *one.choice_labels])
    rows = [
        [
            *[*key, one.code, position, name, one.points.get(name), one.nonresponse.get(name), False],
            *_texts(one.choice_labels.get(name, {})),
        ]
        for position, name in enumerate(names)
    ]
    return rows + [
        [*key, one.code, position, name, None, kind, True, *_texts({})]
        for position, (name, kind) in enumerate(one.companion_nonresponse.items())
    ]


def _texts(labels: Labels) -> list[object]:
    """The Kyrgyz, Russian and English text; one without a language stands for the Kyrgyz one."""
    return [labels.get("ky") or labels.get("") or None, labels.get("ru") or None, labels.get("en") or None]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
