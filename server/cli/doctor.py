"""baikoo doctor: is this machine, and this data folder, as a server needs them?"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from datetime import UTC, datetime

import click

from forms.errors import BaikooError
from server.cli.frame import settings_here, tell, web_address, with_data, with_json
from server.cli.words import T, say
from server.pages.render import has_vendor_files
from server.running import find_running
from server.store import open_store

LITTLE_ROOM_BYTES = 2_000_000_000


@click.command("doctor", help=T("Look for what keeps a server from working: disk, clock, files, database."))
@with_json
@with_data
def verb(as_json: bool) -> int:
    settings = settings_here()
    settings.data.mkdir(parents=True, exist_ok=True)
    found: list[tuple[bool, str]] = []

    def say_so(well: bool, sentence: str) -> None:
        found.append((well, sentence))

    running = find_running(settings.server_file)
    free = shutil.disk_usage(settings.data).free
    say_so(free > LITTLE_ROOM_BYTES, T("Free space for data: {megabytes} MB.", megabytes=free // 1_000_000))
    say_so(
        datetime.now(UTC).year >= 2026,
        T("The clock says {time}.", time=datetime.now(UTC).isoformat(timespec="minutes")),
    )
    say_so(
        has_vendor_files(),
        T(
            "Files of the pages. If they are missing, run: {command}",
            command="uv sync --reinstall-package baikoo",
        ),
    )
    say_so(
        running is not None or settings.public_url is not None or settings.host != "0.0.0.0",  # noqa: S104
        T("Phones reach the server at {address}.", address=web_address(settings)),
    )
    if running is None:
        say_so(True, T("No server is running on this data folder."))
    else:
        say_so(True, T("A server is running at {address}.", address=running.address))
    head = None
    try:
        with open_store(settings.data, settings.database) as store:
            head = store.ledger.head()
            say_so(
                store.broken is None, T("The database opens. Records in the ledger: {count}.", count=head.seq)
            )
            administrators = [
                account
                for account in store.accounts.all()
                if any(each.role == "administrator" for each in account.assignments)
            ]
            say_so(
                bool(administrators),
                T(
                    "Administrators: {count}. Make one with: {command}",
                    count=len(administrators),
                    command="user create EMAIL --role administrator",
                ),
            )
    except BaikooError as error:
        say_so(False, say(error.sentence))
    well = all(ok for ok, _ in found)
    tell(
        as_json,
        {
            "well": well,
            "version": importlib.metadata.version("baikoo"),
            "python": platform.python_version(),
            "system": platform.system(),
            "data": str(settings.data),
            "head": head.seq if head else None,
            "findings": [{"well": ok, "message": sentence} for ok, sentence in found],
        },
        *(f"{'✓' if ok else '✗'} {sentence}" for ok, sentence in found),
    )
    return 0 if well else 1
