"""How Baikoo starts: the first time, again, and from a fresh copy of the repository.

- The first start of `serve` publishes the four questionnaires and makes no account.
- A second start changes nothing: not the ledger, not a file, not what was published.
- A start says where the data lies and which addresses to open.
- `start.py` calls the command line with what the lock file names, and pytest for the word test.
- Without a way to set itself up it says what to do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.journeys.terminal import ROOT, Started, start, type_all

pytestmark = pytest.mark.terminal

FORMS = {"executive_body", "municipal_enterprise", "contractor", "service_association"}


def kept(data: Path) -> dict[str, str]:
    """Every file whose bytes are the truth, with its hash; the database is asked instead."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (*(data / "blobs").rglob("*"), data / "secret.key")
        if path.is_file()
    }


def told(data: Path) -> list[object]:
    """What stands in the truth: the head of the ledger, accounts, app users, rounds."""
    asked = type_all(
        ["ledger", "head", "--json"],
        ["user", "list", "--json"],
        ["app-user", "list", "--json"],
        ["round", "list", "--json"],
        data=data,
    )
    return [each.json for each in asked]


def test_the_first_start_publishes_the_questionnaires_and_nothing_else(first_start: Path, data: Path) -> None:
    head, accounts, phones, rounds = told(data)
    assert head == {"seq": len(FORMS), "hash": head["hash"]}  # type: ignore[index]  # JSON
    assert (accounts, phones, rounds) == ({"accounts": []}, {"app_users": []}, {"rounds": []})


def test_a_second_start_touches_nothing(data: Path) -> None:
    before, files = told(data), kept(data)
    with start("serve", data) as started:
        assert_it_serves(started)
        assert f"Data folder: {data}" in started.printed
        assert f"Desk: {started.address}/desk" in started.printed
        assert (data / "server.json").exists()
    assert not (data / "server.json").exists()
    assert told(data) == before
    assert kept(data) == files


def assert_it_serves(started: Started) -> None:
    assert httpx.get(f"{started.address}/").status_code == 200
    assert httpx.get(f"{started.address}/healthz").text == "ok\n"


# -- start.py


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def called(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Put a program in the place of uv that writes down how it was called; give those words."""
    note = tmp_path / "called.json"
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(
        f"import json, os, sys\n"
        f"left = sorted({{'VIRTUAL_ENV', 'PYTHONDONTWRITEBYTECODE'}} & set(os.environ))\n"
        f"json.dump([sys.argv[1:], os.getcwd(), left], open({str(note)!r}, 'w'))\n"
        f"sys.exit(7)\n"
    )
    monkeypatch.setattr(script, "uv", lambda: [sys.executable, str(stand_in)])
    monkeypatch.setenv("VIRTUAL_ENV", "somewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    def call(*arguments: str) -> list[str]:
        assert script.main([*arguments]) == 7  # its exit code is ours
        words, folder, left = json.loads(note.read_text())
        assert left == []  # neither another environment, nor that nothing compiled is kept
        return [*words, folder]

    return call


def test_any_word_is_a_verb_of_the_command_line(called: Callable[..., list[str]]) -> None:
    *words, folder = called("demo", "--port", "0")
    assert words[words.index("baikoo") :] == ["baikoo", "demo", "--port", "0"]
    assert words[0] == "run"
    assert {"--locked", "--no-dev"} <= set(words)
    assert words[words.index("--project") + 1] == str(ROOT)
    assert folder == str(Path.cwd())  # a file named after a verb lies where the person stands


def test_the_word_test_runs_the_whole_suite(called: Callable[..., list[str]]) -> None:
    *words, folder = called("test", "-m", "engine")
    assert words[words.index("pytest") :] == ["pytest", "-m", "engine"]
    assert "--no-dev" not in words
    assert folder == str(ROOT)


def test_without_a_word_it_says_which_there_are() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "start.py"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert "python3 start.py demo" in done.stdout


def test_where_it_cannot_be_set_up_it_says_what_to_do(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(script, "TOOLS", tmp_path / "tools")

    def broken(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "ensurepip")

    monkeypatch.setattr(script.venv, "create", broken)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        script.uv()
    assert not (tmp_path / "tools").exists()
