"""What `baikoo` says to those who call it wrongly, or ask what cannot be done.

- An error is one sentence and an exit code: 1 refused, 2 a wrong call; never a trace.
- The help names every verb; the installed program speaks the language of the terminal.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.terminal import Typed, environment, refused, type_all, type_named

pytestmark = pytest.mark.terminal


@pytest.fixture(scope="module")
def refusals(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Typed]:
    """What goes wrong before anything was done."""
    folder = tmp_path_factory.mktemp("refusals")
    a_file, no_database, nowhere = folder / "file", folder / "no-database", folder / "no" / "folder"
    a_file.write_bytes(b"")
    no_database.mkdir()
    (no_database / "baikoo.sqlite3").write_bytes(os.urandom(5000))
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        return type_named(
            {
                "file": ["round", "list", "--data", a_file],
                "serve file": ["serve", "--data", a_file, "--port", "0"],
                "damaged": ["round", "list", "--data", no_database],
                "serve damaged": ["serve", "--data", no_database, "--port", "0"],
                "port taken": ["serve", "--data", folder / "port", "--port", port],
                "time zone": ["serve", "--data", folder / "zone", "--timezone", "Mars/Base"],
                "public url": ["serve", "--data", folder / "zone", "--public-url", "baikoo"],
                "export nowhere": ["export", "contractor", nowhere / "a.csv", "--data", data],
                "ledger nowhere": ["ledger", "export", nowhere / "a.jsonl", "--data", data],
                "project": ["round", "list", "--project", "77", "--data", data],
                "verb": ["nothing"],
                "port": ["serve", "--port", "999999", "--data", folder / "zone"],
                "folder": ["restore", "nowhere", "--data", folder / "zone"],
                "decision": ["review", "perhaps", "contractor", "--data", data],
                "help": ["--help"],
            }
        )


WRONG_CALLS = ("verb", "port", "folder", "decision")


def test_an_error_is_one_sentence(refusals: dict[str, Typed]) -> None:
    for name, typed in refusals.items():
        if name not in (*WRONG_CALLS, "help"):
            refused(typed)
    assert "damaged" in refusals["serve damaged"].sentence
    assert "--port" in refusals["port taken"].sentence


def test_a_wrong_call_is_told_apart(refusals: dict[str, Typed]) -> None:
    assert [refusals[name].code for name in WRONG_CALLS] == [2, 2, 2, 2]
    assert all(refusals[name].err.splitlines()[-1].startswith("Error: ") for name in WRONG_CALLS)


def test_help_names_every_verb(refusals: dict[str, Typed]) -> None:
    listed = {line.split()[0] for line in refusals["help"].out.splitlines() if line.startswith("  ")}
    assert listed >= {
        "demo", "serve", "publish", "user", "app-user", "objects", "round", "review", "scores", "export",
        "verify", "rebuild", "ledger", "backup", "restore", "doctor",
    }  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    for each in type_all(["round", "list"], ["serve", "--port", "0"], data=locked / "data"):
        refused(each, "locked")


def test_the_installed_program_speaks_the_language_of_the_terminal(data: Path) -> None:
    program = Path(sys.executable).with_name("baikoo.exe" if os.name == "nt" else "baikoo")
    typed = subprocess.run(
        [program, "round", "open", "nothing", "--data", data],
        capture_output=True, encoding="utf-8", env=environment(BAIKOO_LANGUAGE="ru"), check=False,
    )  # fmt: skip
    assert (typed.returncode, typed.stdout) == (1, "")
    assert any("а" <= letter <= "я" for letter in typed.stderr)
