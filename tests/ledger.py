"""A small ledger written down: records as the loader hands them to the reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from analytics.load import Customs, LoadRecord, SetAside, apply
from analytics.warehouse import Warehouse
from forms.evaluation import Scheme
from forms.xlsform import Conversion

NOON = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)  # in Bishkek
CUSTOMS = Customs(
    hash_token=lambda token: f"hashed {token}", zone=lambda _project_id: ZoneInfo("Asia/Bishkek")
)


def an_id(number: int) -> str:
    return f"uuid:{number:08x}-0000-4000-8000-000000000000"


@dataclass(slots=True)
class Ledger:
    """Appends records, one minute after the other, the first at noon."""

    records: list[LoadRecord] = field(default_factory=list)

    def append(
        self,
        kind: str,
        subject: str,
        payload: bytes | None,
        *,
        actor: int | None = 7,
        round_id: str | None = None,
        form: Conversion | None = None,
        scheme: Scheme | None = None,
        privacy: Mapping[str, str] | None = None,
        link_token: str | None = None,
    ) -> int:
        seq = len(self.records) + 1
        self.records.append(
            LoadRecord(
                seq=seq,
                hash=f"hash {seq}",
                at=NOON + timedelta(minutes=seq - 1),
                kind=kind,
                subject=subject,
                actor=actor,
                round_id=round_id,
                payload=payload,
                schema=form.xform.schema if form is not None else None,
                scheme=scheme,
                privacy=privacy,
                link_token=link_token,
            )
        )
        return seq

    def form(
        self,
        form: Conversion,
        *,
        project_id: int = 1,
        scheme: Scheme | None = None,
        privacy: Mapping[str, str] | None = None,
    ) -> int:
        schema = form.xform.schema
        subject = f"{project_id}/{quote(schema.form_id)}/{quote(schema.version)}"
        return self.append("form", subject, b"{}", form=form, scheme=scheme, privacy=privacy)

    def submission(
        self,
        xml: bytes | None,
        number: int = 1,
        *,
        form_id: str = "visit",
        project_id: int = 1,
        actor: int | None = 7,
        round_id: str | None = None,
        link_token: str | None = None,
        variant: str = "",
    ) -> int:
        subject = f"{project_id}/{quote(form_id)}/{an_id(number)}{variant and '/' + variant}"
        return self.append("submission", subject, xml, actor=actor, round_id=round_id, link_token=link_token)

    def attachment(self, name: str, sha256: str, number: int = 1, *, form_id: str = "visit") -> int:
        payload = {"name": name, "sha256": sha256, "size": 5}
        return self.append("attachment", f"1/{form_id}/{an_id(number)}", _json(payload))

    def decision(self, submission_seq: int, action: str, number: int = 1, **more: object) -> int:
        payload = {"submission_seq": submission_seq, "action": action, "reason": "seen", **more}
        return self.append("decision", f"1/visit/{an_id(number)}", _json(payload), actor=3)

    def thing(self, object_id: str, uuid: str, **more: object) -> int:
        payload = {
            "object_id": object_id,
            "name": uuid,
            "type": "PSO",
            "subtype": "wua",
            "status": "active",
            "name_ky": object_id.title(),
            **more,
        }
        return self.append("registry", f"1/{object_id}", _json(payload))

    def village(self, name: str, ky: str, ru: str = "") -> int:
        payload = {"village": {"name": name, "label_ky": ky, "label_ru": ru}}
        return self.append("registry", f"1/village/{name}", _json(payload))

    def round(self, round_id: str, state: str, **more: object) -> int:
        return self.append("round", f"1/{round_id}", _json({"state": state, **more}), round_id=round_id)

    def load(self, warehouse: Warehouse) -> list[SetAside]:
        return apply(warehouse, self.records, CUSTOMS)


def a_warehouse(folder: Path) -> Warehouse:
    return Warehouse.open(folder / "reading.duckdb", folder / "tmp", memory="256MB", threads=1)


def contents(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the reading, in an order of its own."""
    with warehouse.read() as db:
        tables = db.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'reading'"
        ).fetchall()
        return {
            f"{schema}.{table}": sorted(db.execute(f'FROM "{schema}"."{table}"').fetchall(), key=repr)
            for schema, table in sorted(tables)
        }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
