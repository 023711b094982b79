"""A whole evaluation in a few lines: records as the ledger would hold them, loaded into a real reading."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from duckdb import DuckDBPyConnection

from analytics.load import Customs, Loading, LoadRecord
from analytics.rounds import FrozenRound, freeze
from analytics.warehouse import Warehouse
from forms.scheme import SchemeReading, read_scheme
from forms.xlsform import Conversion
from tests.make import a_form, an_instance

OPENED = datetime(2026, 3, 2, 4, tzinfo=UTC)


@functools.cache
def a_scheme(markdown: str) -> SchemeReading:
    """The scheme of a workbook in Markdown, read once per text and test run."""
    text = "\n".join(line.strip() for line in markdown.splitlines())
    reading = read_scheme(text.encode(), filename="form.md")
    assert not reading.faults, [str(fault) for fault in reading.faults]
    return reading


class Evaluation:
    """Appends records and loads each at once. Submissions are accepted unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse.open(folder / "reading.duckdb", folder / "tmp", threads=2)
        zone = ZoneInfo("Asia/Bishkek")
        self._loading = Loading(self.warehouse, Customs(lambda token: "#" + token, lambda project: zone))
        self._forms: dict[str, Conversion] = {}
        self._described: dict[str, dict[str, object]] = {}
        self._waiting: list[LoadRecord] = []
        self.seq = 0
        self.now = OPENED

    def append(
        self,
        kind: str,
        subject: str,
        payload: object = None,
        *,
        actor: int | None = 1,
        round_id: str | None = None,
        **known: object,
    ) -> int:
        self.seq += 1
        self.now += timedelta(seconds=1)
        body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        self._waiting.append(
            LoadRecord(
                seq=self.seq, hash=f"{self.seq:064}", at=self.now, kind=kind, subject=subject, actor=actor,
                round_id=round_id, payload=body, **known,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return self.seq

    def load(self) -> None:
        waiting, self._waiting = self._waiting, []
        aside = self._loading.apply(waiting)
        assert not aside, aside

    @contextmanager
    def read(self) -> Iterator[DuckDBPyConnection]:
        self.load()
        with self.warehouse.read() as db:
            yield db

    def form(self, markdown: str) -> str:
        """Publish a workbook; gives its form_id."""
        form = a_form(markdown)
        reading = a_scheme(markdown)
        xform = form.xform
        self._forms[xform.form_id] = self._forms[f"{xform.form_id}/{xform.version}"] = form
        self.append(
            "form", f"1/{xform.form_id}/{xform.version}", schema=xform.schema, scheme=reading.scheme,
            privacy=reading.privacy,
        )  # fmt: skip
        return xform.form_id

    def object(self, object_id: str, type: str = "PSO", subtype: str = "", **attributes: object) -> None:
        given = {"object_id": object_id, "type": type, "subtype": subtype, "status": "active"}
        names = {"name_ky": f"{object_id} ky", "name_ru": f"{object_id} ru", "aimak_code": "KG-1"}
        self.append("registry", f"1/{object_id}", {**given, **names, **attributes})

    def round(
        self,
        round_id: str,
        forms: Mapping[str, str],
        objects: list[str],
        kind: str = "evaluation_regular",
        **described: object,
    ) -> None:
        """Open a round; `forms` is form_id -> object type."""
        self._described[round_id] = {
            "titles": {"ky": f"{round_id} ky", "ru": f"{round_id} ru", "en": f"{round_id} en"},
            "kind": kind,
            "opens_on": date(2026, 3, 1),
            "closes_on": date(2026, 3, 31),
            "forms": [
                {"form_id": form, "version": self._forms[form].xform.version, "object_type": kind_of}
                for form, kind_of in forms.items()
            ],
            "objects": objects,
            **described,
        }
        self._round(round_id, "opened")

    def submission(
        self,
        form_id: str,
        values: Mapping[str, object],
        round_id: str | None,
        *,
        state: str | None = "accepted",
        actor: int | None = 7,
        edits: int | None = None,
        version: str | None = None,
        link_token: str | None = None,
    ) -> int:
        """Receive a filled-in form and decide on it; gives its seq. `edits`: the seq of what it corrects."""
        instance_id = f"uuid:{self.seq + 1}"
        xml = an_instance(
            self._forms[f"{form_id}/{version}" if version else form_id],
            values,
            instance_id=instance_id,
            deprecated_id=f"uuid:{edits}" if edits else None,
        )
        seq = self.append(
            "submission",
            f"1/{form_id}/{instance_id}",
            xml,
            actor=actor,
            round_id=round_id,
            link_token=link_token,
        )
        if state is not None:
            self.decide(seq, state)
        return seq

    def decide(self, submission_seq: int, action: str, **more: object) -> int:
        payload = {"submission_seq": submission_seq, "action": action, "reason": "checked", **more}
        return self.append("decision", "1/form/decided", payload)

    def close(self, round_id: str) -> int:
        """Append the record that closes the round; gives its seq, as of which the scores are computed."""
        return self._round(round_id, "closed")

    def freeze(self, round_id: str, as_of: int | None = None) -> FrozenRound:
        """Close the round unless told as of when, compute its scores, and append them to the ledger."""
        as_of = as_of or self.close(round_id)
        with self.read() as db:
            frozen = freeze(db, round_id, as_of)
        payload = {
            "state": "frozen",
            "as_of": as_of,
            "tables": {name: hashlib.sha256(table).hexdigest() for name, table in frozen.tables.items()},
            "method": frozen.method,
        }
        self.append("round", f"1/{round_id}", payload, round_id=round_id, frozen=frozen.tables)
        return frozen

    def publish(self, round_id: str, *, as_of: int | None = None, days_later: int = 30) -> FrozenRound:
        """Close unless told as of when, freeze and publish."""
        frozen = self.freeze(round_id, as_of)
        self.now += timedelta(days=days_later)
        self._round(round_id, "published")
        return frozen

    def _round(self, round_id: str, state: str) -> int:
        payload = {"state": state, **self._described[round_id]}
        return self.append("round", f"1/{round_id}", payload, round_id=round_id)
