"""An evaluation as its four users do it: workbook, registry, round, phones, decisions, results.

Everything goes over the socket of a running server, or through the command line beside it.
"""

from __future__ import annotations

import csv
import functools
import io
import itertools
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pyxform.xls2json_backends import md_table_to_workbook

from forms.schema import Schema
from forms.xform import parse_xform
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere

Row = dict[str, str]
Json = Any  # what a program reads from the API
VILLAGES = "name,label_ky,label_ru,label_en\nv1,Ак-Булак,Ак-Булак,Ak-Bulak\n".encode()


class FrontDoor:
    """A running server, and the people in front of it."""

    def __init__(self, server: RunningHere) -> None:
        self.server = server
        self.data: Path = server.context.settings.data
        self.designer = server.program("designer", project_id=1)
        self.organiser = server.program("organiser", project_id=1)
        self.coordinator = server.program("coordinator", project_id=1)
        self.anyone = httpx.Client(base_url=server.address, timeout=60)
        self.phones = [server.phone(f"Phone {number}") for number in range(3)]
        self._minutes = itertools.count()

    def close(self) -> None:
        for client in (self.designer, self.organiser, self.coordinator, self.anyone):
            client.close()

    def publish(self, markdown: str, *, ignore_warnings: bool = False) -> Json:
        """Post a workbook as a designer's program does."""
        answer = self.designer.post(
            "/v1/projects/1/forms",
            params={"publish": "true", "ignoreWarnings": str(ignore_warnings).lower()},
            headers={
                "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "X-XlsForm-FormId-Fallback": "form",
            },
            content=as_xlsx(markdown),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def register(self, object_type: str, subtype: str, *object_ids: str) -> None:
        """Import villages and these objects from spreadsheets."""
        done = self.organiser.post("/v1/projects/1/villages", content=VILLAGES)
        assert done.status_code == 200, done.text
        lines = ["object_id,type,subtype,name_ky,name_ru,name_en,aimak_code,villages_served"]
        lines += [
            f"{each},{object_type},{subtype},{each} ky,{each} ru,{each} en,KG-1,v1" for each in object_ids
        ]
        done = self.organiser.post("/v1/projects/1/objects", content="\n".join(lines).encode())
        assert done.json()["added"] == len(object_ids), done.text

    def open_round(self, round_id: str, forms: Sequence[str], objects: Sequence[str]) -> None:
        planned = self.organiser.post(
            "/v1/projects/1/rounds",
            json={
                "roundId": round_id,
                "titles": {"ky": f"{round_id} ky", "ru": f"{round_id} ru", "en": f"{round_id} en"},
                "opensOn": str(today() - timedelta(days=10)),
                "closesOn": str(today() + timedelta(days=10)),
                "forms": list(forms),
                "objects": list(objects),
            },
        )
        assert planned.status_code == 200, planned.text
        assert planned.json()["state"] == "planned"
        opened = self.coordinator.post(f"/v1/projects/1/rounds/{round_id}/open")
        assert opened.json()["state"] == "open", opened.text
        for phone in self.phones:
            phone.refresh()

    def send(self, form_id: str, answers: Mapping[str, object], phone: int = 0) -> str:
        """Fill in a form as the phone has it and send it; gives the instanceID."""
        used = self.phones[phone]
        instance_id, xml = fill_in(used, form_id, answers, minutes=next(self._minutes))
        sent = used.send(xml)
        assert sent.statuses == (201,), sent
        return instance_id

    def decide(self, form_id: str, instance_id: str, state: str, reason: str = "") -> None:
        done = self.coordinator.patch(
            f"/v1/projects/1/forms/{form_id}/submissions/{instance_id}",
            json={"reviewState": state, "reason": reason},
        )
        assert done.status_code == 200, done.text

    def accept_the_rest(self, form_id: str) -> int:
        """Accept whatever nobody has decided on yet; how many."""
        done = self.coordinator.post(
            "/v1/projects/1/submissions/review",
            json={"reviewState": "approved", "formId": form_id, "states": ["received"]},
        )
        assert done.status_code == 200, done.text
        return int(done.json()["count"])

    def close_round(self, round_id: str) -> None:
        closed = self.coordinator.post(f"/v1/projects/1/rounds/{round_id}/close")
        assert closed.json()["state"] == "closed", closed.text

    def publish_round(self, round_id: str) -> None:
        published = self.coordinator.post(
            f"/v1/projects/1/rounds/{round_id}/publish", json={"keneshResolutionNo": "7/2"}
        )
        assert published.json()["state"] == "published", published.text

    def read(self, path: str) -> Json:
        """Public JSON, as anyone reads it."""
        answer = self.anyone.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def table(self, round_id: str, name: str) -> list[Row]:
        """One open-data table of a published round."""
        answer = self.anyone.get(f"/data/{round_id}/{name}.csv")
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))

    def read_submissions(self, form_id: str) -> list[Json]:
        """The list of a form's submissions, as a coordinator's program reads it."""
        answer = self.coordinator.get(f"/v1/projects/1/forms/{form_id}/submissions")
        assert answer.status_code == 200, answer.text
        submissions: list[Json] = answer.json()
        return submissions

    def baikoo(self, *words: str) -> str:
        """Run the command line beside the running server; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", *words, "--data", str(self.data)],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "BAIKOO_LANGUAGE": "en"},
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def fill_in(phone: Phone, form_id: str, answers: Mapping[str, object], minutes: int = 0) -> tuple[str, bytes]:
    """A filled-in form and its instanceID, as the phone has the form; some hours ago and so many minutes on.

    `object` is an object_id: the phone names it as its objects.csv does.
    """
    form = next(form for form in phone.forms.values() if form.form_id == form_id)
    objects = csv.DictReader(io.StringIO(form.media["objects.csv"].decode("utf-8-sig")))
    names = {row["object_id"]: row["name"] for row in objects}
    ended = datetime.now(UTC) - timedelta(hours=12) + timedelta(minutes=minutes)
    instance_id = f"uuid:{uuid.uuid4()}"
    said = {
        **answers,
        "object": names[str(answers["object"])],
        "end": ended.isoformat(timespec="milliseconds"),
    }
    return instance_id, an_instance(schema_of(form.xml), said, instance_id=instance_id)


@functools.cache
def schema_of(xml: bytes) -> Schema:
    return parse_xform(xml).schema


def today() -> date:
    """The day where the server works."""
    return datetime.now(ZoneInfo("Asia/Bishkek")).date()


def as_xlsx(markdown: str) -> bytes:
    """A workbook as a designer saves it, of one that is written in Markdown."""
    written = io.BytesIO()
    md_table_to_workbook("\n".join(line.strip() for line in markdown.splitlines())).save(written)
    return written.getvalue()
