"""The command line as a person types it, in processes of its own.

`type_all` starts one Python that runs the verbs one after the other, each from its own words to its own exit
code; `start` leaves a server running. Run as a script this file is that Python.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_S = 120


@dataclass(frozen=True, slots=True)
class Typed:
    """One call: what it printed, what it complained of, its exit code."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line a refusal is made of."""
        [line] = self.err.splitlines()
        return line


def environment(**more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BAIKOO_")}
    return {**plain, "BAIKOO_LANGUAGE": "en", "PYTHONUTF8": "1", **more}


def type_all(
    *commands: Sequence[str | Path], stdin: str = "", data: Path | None = None, **environ: str
) -> list[Typed]:
    """Run verbs in one process, in order; `data` is their data folder. None of them may show a trace."""
    places = ["--data", str(data)] if data is not None else []
    words = [[*map(str, command), *places] for command in commands]
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.terminal", json.dumps(words)],
        capture_output=True,
        encoding="utf-8",
        input=stdin,
        cwd=ROOT,
        env=environment(**environ),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    typed = [
        Typed(tuple(each["words"]), each["code"], each["out"], each["err"])
        for each in json.loads(done.stdout)
    ]
    for each in typed:
        assert "Traceback" not in each.err + each.out, (each.words, each.err[-2000:])
    return typed


def type_named(
    commands: Mapping[str, Sequence[str | Path]], stdin: str = "", data: Path | None = None
) -> dict[str, Typed]:
    """The same for verbs that have names to be found by."""
    return dict(zip(commands, type_all(*commands.values(), stdin=stdin, data=data), strict=True))


def type_one(*words: str | Path, stdin: str = "", data: Path | None = None, **environ: str) -> Typed:
    [typed] = type_all(words, stdin=stdin, data=data, **environ)
    return typed


@dataclass(slots=True)
class Started:
    """A running `baikoo serve` or `baikoo demo`: its process, and everything it has printed so far."""

    process: subprocess.Popen[str]
    address: str
    printed: str


@contextlib.contextmanager
def start(verb: str, data: Path, *words: str) -> Iterator[Started]:
    """Start a server of its own and stop it as Ctrl+C does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", verb, "--data", str(data), "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        cwd=ROOT,
        env=environment(),
    )
    try:
        yield Started(process, *_ready(process))
    finally:
        process.terminate()
        rest = process.communicate(timeout=60)[0]
    assert "Traceback" not in rest, rest


def _ready(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The address, and what was printed up to the last line of a start."""
    assert process.stdout is not None
    printed, address, until = "", "", time.monotonic() + START_S
    for line in process.stdout:
        printed += line
        if line.startswith("Public site: "):
            address = line.removeprefix("Public site: ").strip().rstrip("/")
        if line.startswith(("First account: ", "The codes for ODK Collect")):
            return address, printed
        assert time.monotonic() < until, printed
    raise AssertionError(f"the server did not start: {printed}")


def main() -> None:
    """Run what the argument lists, and print what came of it as JSON."""
    from server.cli import main as baikoo

    told = []
    ours = sys.stdout, sys.stderr
    for words in json.loads(sys.argv[1]):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
        sys.stdout, sys.stderr = streams
        sys.argv = ["baikoo", *words]
        code: object = 0
        try:
            baikoo()
        except SystemExit as stop:
            code = stop.code
        except Exception:  # what Python itself would have shown
            traceback.print_exc()
            code = 70
        said = []
        for stream in streams:
            stream.flush()
            raw = stream.buffer
            assert isinstance(raw, io.BytesIO)
            said.append(raw.getvalue().decode())
        told.append({"words": words, "code": code or 0, "out": said[0], "err": said[1]})
        sys.stdout, sys.stderr = ours
    print(json.dumps(told))


if __name__ == "__main__":
    main()


def refused(typed: Typed, *words: str, code: int = 1) -> None:
    """One sentence with these words, and nothing on standard output."""
    assert (typed.code, typed.out) == (code, ""), typed
    assert all(word in typed.sentence for word in words), typed.sentence


def done(*typed: Typed) -> None:
    for each in typed:
        assert (each.code, each.err) == (0, ""), each
