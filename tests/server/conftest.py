"""A real server on a real socket, with a data folder of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from forms.scheme import read_scheme
from server.actions.accounts import add_account
from server.actions.add_app_user import add_app_user
from server.actions.publish_form import ReadForm, publish_form
from server.app import Server
from server.context import Context
from server.settings import Settings
from server.store import Store
from server.store.forms import FormVersion
from tests.make import a_form
from tests.phone import Phone

PASSWORD = "correct horse battery"


@dataclass(slots=True)
class RunningHere:
    """A server in a thread of this process."""

    server: Server
    address: str
    phones: list[Phone] = field(default_factory=list)
    programs: list[httpx.Client] = field(default_factory=list)

    @property
    def context(self) -> Context:
        context: Context = self.server.app.state.context
        return context

    @property
    def store(self) -> Store:
        return self.context.store

    def phone(self, name: str = "Phone 1", language: str = "ky", project_id: int = 1) -> Phone:
        """A phone with the settings of a new app user."""
        user = add_app_user(self.store, project_id, name, now=now(), actor=None, language=language)
        phone = Phone(f"{self.address}/v1/key/{self.store.app_users.token(user)}/projects/{project_id}")
        self.phones.append(phone)
        return phone

    def publish(self, markdown: str, project_id: int = 1) -> FormVersion:
        """Publish a form written in Markdown."""
        return publish_form(self.store, project_id, workbook(markdown), now=now(), actor=None).version

    def program(self, *roles: str, project_id: int | None = None) -> httpx.Client:
        """A program signed in as a new account with these roles."""
        email = f"person{len(self.store.accounts.all())}@example.org"
        add_account(
            self.store, email, PASSWORD, tuple((role, project_id) for role in roles), now=now(), actor=None
        )
        credentials = {"email": email, "password": PASSWORD}
        token = httpx.post(f"{self.address}/v1/sessions", json=credentials).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=self.address, timeout=60, headers=headers)
        self.programs.append(client)
        return client

    def stop(self) -> None:
        for client in (*self.phones, *self.programs):
            client.close()


def workbook(markdown: str) -> ReadForm:
    """What publishing reads of a workbook in Markdown, converted in this process."""
    lines = "\n".join(line.strip() for line in markdown.splitlines()).encode()
    conversion, reading = a_form(markdown), read_scheme(lines, filename="form.md")
    assert not reading.faults, reading.faults
    return ReadForm(conversion.xform, reading.scheme, reading.privacy, conversion.warnings, lines, "form.md")


def now() -> datetime:
    return datetime.now(UTC)


def serve(settings: Settings) -> Iterator[RunningHere]:
    server = Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while server.running is None:
        assert thread.is_alive() and time.monotonic() < until, "the server did not start"
        time.sleep(0.01)
    running = RunningHere(server, server.address)
    try:
        yield running
    finally:
        running.stop()
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHere]:
    """One server for the tests of a module; what they publish and send is theirs."""
    yield from serve(Settings(data=tmp_path_factory.mktemp("data"), port=0))


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., RunningHere]]:
    """Start servers with settings of one's own."""
    started: list[Iterator[RunningHere]] = []

    def start(**settings: object) -> RunningHere:
        given = {"data": tmp_path / "data", "port": 0, **settings}
        serving = serve(Settings(**given))  # type: ignore[arg-type]
        started.append(serving)
        return next(serving)

    yield start
    for serving in reversed(started):
        next(serving, None)
