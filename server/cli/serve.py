"""baikoo serve: the server itself, for real work."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

import click

from forms.errors import BaikooError
from forms.faults.running import AddressTaken
from server.cli.frame import address_in_the_network, now, progress_bar, with_data
from server.cli.words import T, say
from server.settings import Settings, read_settings

if TYPE_CHECKING:
    from server.context import Context

F = TypeVar("F", bound=Callable[..., object])
Ready = Callable[["Context", str], None]


def run(settings: Settings, ready: Ready) -> int:
    """Serve until stopped; once it listens, `ready` gets its context and address, in a thread of its own.

    Raises: AddressTaken, and those of open_context: before anything is served, so each is one sentence.
    """
    from server.app import Server  # what a server needs takes a second to import; `--help` does not
    from server.context import open_context

    class Announcing(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and self.servers:
                Thread(target=self.say_ready, name="ready", daemon=True).start()

        def say_ready(self) -> None:
            try:
                ready(self.app.state.context, self.address)
            except BaikooError as error:
                click.echo(say(error.sentence), err=True)
            except Exception:
                if not self.should_exit:  # stopped in the middle: the next start goes on from there
                    raise

    with closing(bound(settings.host, settings.port)) as address:
        server = Announcing(settings, open_context(settings))
        server.run([address])
    return 0 if server.started else 1


def bound(host: str, port: int) -> socket.socket:
    """A socket for this address, not yet listening. Raises: AddressTaken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
        if os.name == "posix":  # there it frees what just closed; on Windows it would share what is in use
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressTaken(host=host, port=str(port), reason=reason) from error
    return taken


def shown_address(settings: Settings, address: str) -> str:
    """The address to open: as the neighbours see this machine, where the whole network may come in."""
    if settings.public_url:
        return settings.public_url
    if settings.host in ("0.0.0.0", "::"):  # noqa: S104
        return f"http://{address_in_the_network()}:{address.rpartition(':')[2]}"
    return address


def with_server(command: F) -> F:
    """The options of a server, each also an environment variable."""
    for option in (
        click.option("--timezone", help=T("Time zone of the days of a round.")),
        click.option("--public-url", help=T("Address as phones and browsers see it.")),
        click.option("--port", type=click.IntRange(0, 65535), help=T("Port to listen at.")),
        click.option("--host", help=T("Address to listen at; 0.0.0.0 for the whole network.")),
    ):
        command = option(command)
    return command


def server_settings(
    data: Path | None, host: str | None, port: int | None, public_url: str | None, timezone: str | None
) -> Settings:
    """The settings of a server; `data` is where it keeps its data when nobody says another folder."""
    given = click.get_current_context().ensure_object(dict)
    return read_settings(
        os.environ,
        data=given.get("data") or (None if "BAIKOO_DATA" in os.environ else data),
        database=given.get("database"),
        host=host,
        port=port,
        public_url=public_url,
        timezone=timezone,
    )


@click.command("serve", help=T("Start the server for real work; it stops with Ctrl+C."))
@with_server
@with_data
def verb(host: str | None, port: int | None, public_url: str | None, timezone: str | None) -> int:
    settings = server_settings(None, host, port, public_url, timezone)

    def ready(context: Context, address: str) -> None:
        from server.demo.questionnaires import publish_questionnaires

        with progress_bar(T("Questionnaires")) as advance:
            publish_questionnaires(context.store, 1, now=now(), progress=advance)
        address = shown_address(settings, address)
        click.echo(T("Data folder: {folder}", folder=str(settings.data)))
        click.echo(T("Public site: {address}", address=f"{address}/"))
        click.echo(T("Desk: {address}", address=f"{address}/desk"))
        click.echo(
            T("First account: {command}", command="python3 start.py user create EMAIL --role administrator")
        )

    return run(settings, ready)
