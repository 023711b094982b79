"""baikoo demo: everything at once, with invented data, in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from platformdirs import user_data_path

from server.cli.frame import progress_bar, with_data
from server.cli.serve import run, server_settings, shown_address, with_server
from server.cli.words import T

if TYPE_CHECKING:
    from server.context import Context


@click.command("demo", help=T("Start a demonstration with invented data; it stops with Ctrl+C."))
@with_server
@with_data
def verb(host: str | None, port: int | None, public_url: str | None, timezone: str | None) -> int:
    settings = server_settings(
        user_data_path("baikoo-demo", appauthor=False), host, port, public_url, timezone
    )

    def ready(context: Context, address: str) -> None:
        from server.demo.story import ADMINISTRATOR, tell_story

        with progress_bar(T("Demonstration")) as advance:
            told = tell_story(context, address, advance)
        address = shown_address(settings, address)
        click.echo()
        click.echo(T("Data folder: {folder}", folder=str(settings.data)))
        click.echo(T("Public site: {address}", address=f"{address}/"))
        click.echo(T("Desk: {address}", address=f"{address}/desk"))
        if told.password is not None:
            click.echo(
                T(
                    "Sign in as {email} with the one-time password {password}",
                    email=ADMINISTRATOR,
                    password=told.password,
                )
            )
        else:
            click.echo(
                T(
                    "Sign in as {email}; a new password: {command}",
                    email=ADMINISTRATOR,
                    command=f"python3 start.py user password {ADMINISTRATOR} --data {settings.data}",
                )
            )
        for name, path in told.phones:
            click.echo(T("Phone {name}: {server_url}", name=name, server_url=f"{address}{path}"))
        click.echo(T("The codes for ODK Collect are at {address}", address=f"{address}/desk"))
        if settings.host in ("127.0.0.1", "localhost", "::1"):
            click.echo(
                T("To let phones of the same network in, start with: {option}", option="--host 0.0.0.0")
            )

    return run(settings, ready)
