"""How the command line finds the server that runs on a data folder, and asks it to do what needs DuckDB.

No second process may open the reading, so `data/server.json` says where the running server listens and holds
a token that it made at its start; only the owner of the folder can read the file. Without a running server
the command line opens the reading itself and calls `server.verbs.run_verb` directly.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from forms.faults.running import RunningServerFailed, RunningServerSilent

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Report = Callable[[Mapping[str, Json]], None]


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where the server of a data folder listens; `token` opens its internal routes."""

    address: str  # http://127.0.0.1:8383
    pid: int
    started: float  # when that process began: a number taken again by another process is not ours
    token: str

    def run_verb(
        self, name: str, arguments: Mapping[str, Json], report: Report, language: str = "en"
    ) -> Json:
        """The same as server.verbs.run_verb, done by the running server; a refusal is in this language.

        Raises: BaikooError with the sentence the server gave, RunningServerSilent.
        """
        import httpx  # takes a third of a second, and only a verb that asks a server needs it

        try:
            with (
                httpx.Client(timeout=None, trust_env=False) as client,  # noqa: S113 - a rebuild takes its time
                client.stream(
                    "POST",
                    f"{self.address}/internal/{name}",
                    json=dict(arguments),
                    headers={"Authorization": f"Bearer {self.token}", "Accept-Language": language},
                ) as response,
            ):
                return _result(response.iter_lines(), report)
        except httpx.TransportError as error:
            raise RunningServerSilent(address=self.address) from error


def _result(lines: Iterator[str], report: Report) -> Json:
    for line in lines:
        if not line:
            continue
        said = json.loads(line)
        if "progress" in said:
            report(said["progress"])
        elif "result" in said:
            result: Json = said["result"]
            return result
        else:
            raise RunningServerFailed(reason=said.get("message", line))
    raise RunningServerFailed(reason="the answer broke off")


def announce(server_file: Path, address: str) -> RunningServer:
    """Write server.json, readable by its owner alone; called when the server listens."""
    process = psutil.Process()
    running = RunningServer(address, process.pid, process.create_time(), secrets.token_urlsafe(32))
    said = {
        "address": running.address,
        "pid": running.pid,
        "started": running.started,
        "token": running.token,
    }
    server_file.unlink(missing_ok=True)
    # made with these rights, not given them later: nobody reads the token in between
    descriptor = os.open(server_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file)
    return running


def withdraw(server_file: Path, running: RunningServer) -> None:
    """Remove server.json at the end, unless another server has taken the folder since."""
    if find_running(server_file) == running:
        server_file.unlink(missing_ok=True)


def find_running(server_file: Path) -> RunningServer | None:
    """The server that runs on this data folder; None when there is none, or only the file of a dead one."""
    try:
        said = json.loads(server_file.read_text("utf-8"))
        running = RunningServer(said["address"], said["pid"], said["started"], said["token"])
        process = psutil.Process(running.pid)
        alive = process.is_running() and abs(process.create_time() - running.started) < 2
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return running if alive else None
