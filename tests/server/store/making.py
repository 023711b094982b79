"""Small forms, instances and arrivals for the tests of the store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from forms.evaluation import Scheme
from forms.registry import RegistryObject
from forms.schema import Question, Schema
from server.store import Arrival, ArrivedFile, Outcome, Store
from server.store.forms import FormContent, FormVersion
from server.store.rounds import Round, RoundForm

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
XML = b'<data id="wells" version="1"><site>well_17</site></data>'


def later(minutes: int = 1) -> datetime:
    return NOW + timedelta(minutes=minutes)


def an_id(number: int) -> str:
    return f"uuid:{number:08x}-0000-4000-8000-000000000000"


def content(
    store: Store,
    form_id: str = "wells",
    version: str = "1",
    *,
    text: str = "",
    object_type: str | None = None,
    scored: bool = False,
) -> FormContent:
    """A form of one question; `scored` gives it a scheme."""
    schema = Schema(form_id, version, "Wells", ("",), "", (Question("site", "/site", "string", "input"),))
    xform = f"<h:html>{form_id} {version} {text}</h:html>".encode()
    workbook = store.blobs.keep(f"workbook {form_id} {version} {text}".encode())
    scheme = Scheme(form_id, version, {}, "MUN", (), (), {}, {}) if scored or object_type else None
    md5 = hashlib.md5(xform, usedforsecurity=False).hexdigest()
    kept = store.blobs.keep(xform)
    return FormContent(kept.sha256, md5, workbook.sha256, "wells.xlsx", schema, scheme, {"site": "public"})


def publish(store: Store, form_id: str = "wells", version: str = "1", *, scored: bool = False) -> FormVersion:
    told = content(store, form_id, version, scored=scored)
    return store.write(lambda tx: store.forms.publish(tx, 1, told, now=NOW, actor=None))


def an_arrival(number: int = 1, xml: bytes = XML, **more: object) -> Arrival:
    usual: dict[str, object] = {
        "project_id": 1,
        "form_id": "wells",
        "version": "1",
        "instance_id": an_id(number),
        "xml": xml,
        "at": NOW,
    }
    return Arrival(**{**usual, **more})  # type: ignore[arg-type]


def a_file(store: Store, name: str, bytes_: bytes = b"photo") -> ArrivedFile:
    kept = store.blobs.keep(bytes_)
    return ArrivedFile(name, kept.sha256, kept.size)


def receive(store: Store, arrival: Arrival) -> Outcome:
    return store.receive(arrival).result(timeout=20)


def an_object(object_id: str = "ak-suu", **more: object) -> RegistryObject:
    usual: dict[str, object] = {
        "object_id": object_id,
        "type": "MUN",
        "subtype": "water",
        "name_ky": f"Ишкана {object_id}",
    }
    return RegistryObject(**{**usual, **more})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A store with a scored form, an object, and a planned round that uses both."""

    store: Store
    round_id: str


def a_round(round_id: str = "2026-1", **more: object) -> Round:
    usual: dict[str, object] = {
        "round_id": round_id,
        "project_id": 1,
        "titles": {"ky": "Биринчи", "ru": "Первый", "en": "First"},
        "kind": "evaluation_regular",
        "opens_on": date(2026, 4, 1),
        "closes_on": date(2026, 5, 31),
        "forms": (RoundForm("wells", None, None),),
        "objects": ("ak-suu",),
    }
    return Round(**{**usual, **more})  # type: ignore[arg-type]


def a_campaign(store: Store, round_id: str = "2026-1", *, opened: bool = False) -> Campaign:
    publish(store, scored=True)
    store.write(lambda tx: store.registry.put_objects(tx, 1, [an_object()], now=NOW, actor=None))
    store.write(lambda tx: store.rounds.plan(tx, a_round(round_id), now=NOW, actor=None))
    if opened:
        store.write(lambda tx: store.rounds.open(tx, round_id, now=NOW, actor=None))
    return Campaign(store, round_id)
