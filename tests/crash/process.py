"""A server in a process of its own, that can be killed, and the data folder it works on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from server.actions.accounts import add_account
from server.actions.add_app_user import add_app_user
from server.actions.import_objects import import_objects
from server.actions.plan_round import open_round, plan_round
from server.actions.publish_form import publish_form
from server.context import Context, open_context
from server.demo.questionnaires import publish_questionnaires
from server.settings import Settings
from server.store.rounds import TYPE_WEIGHTS, Round, RoundForm
from tests.make import a_form
from tests.questionnaire import question, questionnaire
from tests.server.conftest import workbook

ROOT = Path(__file__).resolve().parents[2]
FORM_ID = "well"
MARKDOWN = questionnaire(
    question("taste", "S5"),
    question("liters", type="decimal"),
    question("remark", type="text"),
    question("photo", type="image"),
    question("paper", type="image"),
    form_id=FORM_ID,
)
FORM = a_form(MARKDOWN)


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder made ready: a form, an open round for each object, phones, a coordinator."""

    data: Path
    ways: tuple[str, ...]  # the path under which each phone sends
    token: str  # of the coordinator's session
    rounds: tuple[str, ...]  # round-N evaluates object oN

    @property
    def settings(self) -> Settings:
        return Settings(self.data, port=0, reading_memory="256MB")

    def open(self, *, follow: bool = False) -> Context:
        """The folder opened in this process; no server may be running on it."""
        return open_context(self.settings, follow=follow)


def make_folder(data: Path, *, phones: int, rounds: int) -> Folder:
    now = datetime.now(UTC)
    with open_context(Settings(data, port=0, reading_memory="256MB"), follow=False) as context:
        store = context.store
        publish_questionnaires(store, 1, now=now)
        publish_form(store, 1, workbook(MARKDOWN), now=now, actor=None)
        names = [f"o{number}" for number in range(rounds)]
        rows = "\n".join(f"{name},PSO,wua,Объект {name}" for name in names)
        import_objects(store, 1, f"object_id,type,subtype,name_ky\n{rows}".encode(), now=now, actor=None)
        for number, name in enumerate(names):
            planned = Round(
                round_id=f"round-{number}",
                project_id=1,
                titles={"ky": "Байкоо", "ru": "Наблюдение", "en": "Watching"},
                kind="evaluation_regular",
                opens_on=(now - timedelta(days=9)).date(),
                closes_on=(now + timedelta(days=9)).date(),
                forms=(RoundForm(FORM_ID, None, "PSO"),),
                objects=(name,),
                type_weights=dict(TYPE_WEIGHTS),
                method_notes={},
            )
            plan_round(store, planned, now=now, actor=None)
            open_round(store, planned.round_id, now=now, actor=None)
        users = [add_app_user(store, 1, f"Phone {n}", now=now, actor=None) for n in range(phones)]
        ways = tuple(f"/v1/key/{store.app_users.token(user)}/projects/1" for user in users)
        account = add_account(
            store, "c@example.org", "correct horse", (("coordinator", 1),), now=now, actor=None
        )
        session = store.write(lambda tx: store.sessions.begin(tx, account.actor_id, now=now))
        return Folder(data, ways, session.token, tuple(f"round-{number}" for number in range(rounds)))


@dataclass(slots=True)
class ServerProcess:
    """`python -m server.cli serve` on a folder; it lives until it is killed or stopped."""

    folder: Folder
    process: subprocess.Popen[bytes] | None = None
    address: str = ""
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder.data.with_name(self.folder.data.name + ".log")

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [
            sys.executable,
            "-m",
            "server.cli",
            "serve",
            "--port",
            "0",
            "--data",
            str(self.folder.data),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        said = self.folder.data / "server.json"
        until = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, f"the server ended:\n{self.log.read_text('utf-8')[-3000:]}"
            assert time.monotonic() < until, "the server did not start"
            try:
                told = json.loads(said.read_text("utf-8"))
                if told["pid"] == self.process.pid:
                    self.address = told["address"]
                    return
            except (OSError, ValueError):
                pass  # not written yet, or only half of it
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would, but for what the disk itself forgets."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *failure: object) -> None:
        if self.process is not None:
            self.kill()

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.folder.token}"}
        return httpx.get(f"{self.address}{path}", headers=headers, timeout=30)

    def post(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.folder.token}"}
        return httpx.post(f"{self.address}{path}", headers=headers, timeout=60)

    def until_loaded(self, timeout_s: float = 60) -> dict[str, object]:
        """Wait until the reading has everything; gives what /readyz says then."""
        until = time.monotonic() + timeout_s
        while True:
            said: dict[str, object] = self.get("/readyz").json()
            if said["loaded_seq"] == said["head_seq"] and not said["reading_being_made"]:
                return said
            assert time.monotonic() < until, said
            time.sleep(0.05)


def command(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line."""
    line = [sys.executable, "-m", "server.cli", *words, "--data", str(data)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
