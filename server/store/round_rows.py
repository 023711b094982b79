"""A round as a value, as rows, and as the payload of its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

import msgspec
from sqlalchemy import Connection, delete, select

from forms.decoding import decode
from server.store import chain
from server.store.refusals import RoundNotFound
from server.store.tables import round_, round_form, round_object
from server.store.transaction import Tx

RoundState = Literal["planned", "open", "closed", "published"]
RoundKind = Literal[
    "monitoring_continuous", "monitoring_temporary", "evaluation_regular", "evaluation_one_off"
]
KINDS: tuple[RoundKind, ...] = get_args(RoundKind)
TYPE_WEIGHTS: Mapping[str, float] = {"EXEC": 35, "MUN": 25, "PSO": 25, "SUP": 15}


@dataclass(frozen=True, slots=True)
class RoundForm:
    """A form of a round; `version` is the one whose scheme scores it, fixed at opening."""

    form_id: str
    version: str | None
    object_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """`opens_on` and `closes_on` are both within it; texts by language (ky, ru, en)."""

    round_id: str  # unique over all projects: it stands in public addresses
    project_id: int
    titles: Mapping[str, str]
    kind: RoundKind
    opens_on: date
    closes_on: date
    forms: tuple[RoundForm, ...]
    objects: tuple[str, ...]
    state: RoundState = "planned"
    type_weights: Mapping[str, float] = field(default_factory=lambda: dict(TYPE_WEIGHTS))
    method_notes: Mapping[str, str] = field(default_factory=dict)
    kenesh_resolution_no: str = ""
    kenesh_resolution_link: str = ""
    previous_round_id: str | None = None
    opened_seq: int | None = None
    closed_seq: int | None = None  # nothing after it belongs to the round
    frozen_seq: int | None = None  # None though closed: the freezing has to be done again
    published_seq: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    published_at: datetime | None = None

    def form(self, form_id: str) -> RoundForm | None:
        return next((form for form in self.forms if form.form_id == form_id), None)


def load_rounds(connection: Connection, round_id: str | None = None) -> dict[str, Round]:
    """Rounds by id: all, or the one named."""
    forms: dict[str, list[RoundForm]] = {}
    objects: dict[str, list[str]] = {}
    heads = select(round_).order_by(round_.c.round_id)
    form_rows = select(round_form).order_by(round_form.c.round_id, round_form.c.position)
    object_rows = select(round_object).order_by(round_object.c.round_id, round_object.c.object_id)
    if round_id is not None:
        heads = heads.where(round_.c.round_id == round_id)
        form_rows = form_rows.where(round_form.c.round_id == round_id)
        object_rows = object_rows.where(round_object.c.round_id == round_id)
    for row in connection.execute(form_rows):
        forms.setdefault(row.round_id, []).append(RoundForm(row.form_id, row.version, row.object_type))
    for row in connection.execute(object_rows):
        objects.setdefault(row.round_id, []).append(row.object_id)
    return {
        row.round_id: Round(
            round_id=row.round_id,
            project_id=row.project_id,
            titles=_texts(row.titles),
            kind=row.kind,
            opens_on=row.opens_on,
            closes_on=row.closes_on,
            forms=tuple(forms.get(row.round_id, ())),
            objects=tuple(objects.get(row.round_id, ())),
            state=row.state,
            type_weights=decode(row.type_weights, dict[str, float]),
            method_notes=_texts(row.method_notes),
            kenesh_resolution_no=row.kenesh_resolution_no,
            kenesh_resolution_link=row.kenesh_resolution_link,
            previous_round_id=row.previous_round_id,
            opened_seq=row.opened_seq,
            closed_seq=row.closed_seq,
            frozen_seq=row.frozen_seq,
            published_seq=row.published_seq,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            published_at=row.published_at,
        )
        for row in connection.execute(heads)
    }


def require_round(rounds: Mapping[str, Round], round_id: str) -> Round:
    """Raises: RoundNotFound."""
    known = rounds.get(round_id)
    if known is None:
        raise RoundNotFound(round_id=round_id)
    return known


def store_round(tx: Tx, told: Round) -> None:
    """Write a round's rows as they are now."""
    row = {
        "project_id": told.project_id,
        "state": told.state,
        "kind": told.kind,
        "opens_on": told.opens_on,
        "closes_on": told.closes_on,
        "titles": _json(told.titles),
        "type_weights": _json(told.type_weights),
        "method_notes": _json(told.method_notes),
        "kenesh_resolution_no": told.kenesh_resolution_no,
        "kenesh_resolution_link": told.kenesh_resolution_link,
        "previous_round_id": told.previous_round_id,
        "opened_seq": told.opened_seq,
        "closed_seq": told.closed_seq,
        "frozen_seq": told.frozen_seq,
        "published_seq": told.published_seq,
        "opened_at": told.opened_at,
        "closed_at": told.closed_at,
        "published_at": told.published_at,
    }
    changed = tx.conn.execute(round_.update().where(round_.c.round_id == told.round_id).values(**row))
    if changed.rowcount == 0:
        tx.conn.execute(round_.insert().values(round_id=told.round_id, **row))
    for table in (round_form, round_object):
        tx.conn.execute(delete(table).where(table.c.round_id == told.round_id))
    forms = [
        {
            "round_id": told.round_id,
            "form_id": form.form_id,
            "position": position,
            "version": form.version,
            "object_type": form.object_type,
        }
        for position, form in enumerate(told.forms)
    ]
    objects = [
        {"round_id": told.round_id, "project_id": told.project_id, "object_id": object_id}
        for object_id in told.objects
    ]
    if forms:
        tx.conn.execute(round_form.insert(), forms)
    if objects:
        tx.conn.execute(round_object.insert(), objects)


def round_payload(told: Round) -> dict[str, chain.Json]:
    """The whole description, as every record of a round carries it."""
    return {
        "round_id": told.round_id,
        "project_id": told.project_id,
        "kind": told.kind,
        "titles": dict(told.titles),
        "opens_on": told.opens_on.isoformat(),
        "closes_on": told.closes_on.isoformat(),
        "forms": [
            {"form_id": form.form_id, "version": form.version or "", "object_type": form.object_type}
            for form in told.forms
        ],
        "objects": list(told.objects),
        "type_weights": dict(told.type_weights),
        "method_notes": dict(told.method_notes),
        "kenesh_resolution_no": told.kenesh_resolution_no,
        "kenesh_resolution_link": told.kenesh_resolution_link,
        "previous_round_id": told.previous_round_id,
        "opened_seq": told.opened_seq,
        "closed_seq": told.closed_seq,
    }


def _json(value: Mapping[str, str] | Mapping[str, float]) -> str:
    return msgspec.json.encode(dict(value)).decode()


def _texts(text: str) -> dict[str, str]:
    return decode(text, dict[str, str])
