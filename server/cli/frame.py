"""What the verbs share: the settings, the store or the running server, printing, progress."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from forms.errors import ProjectNotFound
from server.cli.words import T, language
from server.running import Json, find_running
from server.settings import Settings, read_settings
from server.store import Store, open_store

F = TypeVar("F", bound=Callable[..., object])


def with_data(command: F) -> F:
    """--data and --database, as for the server; the verb gets `settings` instead."""

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        context.ensure_object(dict)[str(parameter.name)] = value
        return value

    for option in (
        click.option(
            "--database",
            expose_value=False,
            callback=read,
            help=T("Address of PostgreSQL instead of SQLite."),
        ),
        click.option("--data", expose_value=False, callback=read, help=T("The data folder.")),
    ):
        command = option(command)
    return command


def settings_here() -> Settings:
    given: Mapping[str, str | None] = click.get_current_context().ensure_object(dict)
    return read_settings(os.environ, data=given.get("data"), database=given.get("database"))


@contextlib.contextmanager
def the_store() -> Iterator[Store]:
    """The truth, opened beside the running server or without one."""
    settings = settings_here()
    with open_store(settings.data, settings.database) as store:
        yield store


def with_project(command: F) -> F:
    return click.option("--project", type=int, help=T("Number of the project; by default the only one."))(
        command
    )


def chosen_project(store: Store, project: int | None) -> int:
    """The project named, or the only one. Raises: ProjectNotFound."""
    if project is not None:
        return store.projects.get(project).project_id
    projects = [each for each in store.projects.all() if each.archived_at is None]
    if len(projects) != 1:
        raise ProjectNotFound(project_id="--project")
    return projects[0].project_id


def with_json(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help=T("Print one JSON object."))(command)


def tell(as_json: bool, value: Mapping[str, object], *lines: str) -> None:
    """One JSON object, or lines for a person."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, default=_plain))
    else:
        for line in lines:
            click.echo(line)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def now() -> datetime:
    return datetime.now(UTC)


def web_address(settings: Settings) -> str:
    """How phones and browsers reach the server, as far as this machine can tell."""
    if settings.public_url:
        return settings.public_url
    running = find_running(settings.server_file)
    if running:
        return running.address
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - every address of this machine; a phone needs one of them
        host = address_in_the_network()
    return f"http://{host}:{settings.port}"


def address_in_the_network() -> str:
    """This machine's address as its neighbours see it; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation, never reached
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Call with (what, done, total). Silent where nobody looks: output goes to a file or a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(
                task, description=f"{title}: {what}" if what else title, completed=done, total=total or None
            )

        yield advance


def in_the_server(name: str, arguments: Mapping[str, Json], title: str) -> Json:
    """Do what needs the reading: in the running server, or here when none runs on the data folder."""
    settings = settings_here()
    running = find_running(settings.server_file)
    with progress_bar(title) as advance:

        def report(said: Mapping[str, Json]) -> None:
            done, total = said.get("done"), said.get("total")
            advance(
                str(said.get("what", "")),
                done if isinstance(done, int) else 0,
                total if isinstance(total, int) else 0,
            )

        if running is not None:
            return running.run_verb(name, arguments, report, language())
        from server.context import open_context
        from server.verbs import run_verb

        with open_context(settings) as context:
            return run_verb(context, name, arguments, report)


def absolute(path: Path) -> str:
    """The running server works in a folder of its own."""
    return str(path.expanduser().resolve())
