"""The two servers of the benchmarks, each a process of its own on a folder of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil

from benchmarks import form

ROOT = Path(__file__).resolve().parents[1]
OBJECTS = 40
ROUND = "bench-1"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: where to post, what to post, and its process."""

    name: str
    url: str
    instance: Path
    process: psutil.Process
    data: Path

    def cpu_seconds(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def resident_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


def baikoo_command(data: Path, *words: str) -> str:
    """Run a verb of the command line and return what it prints."""
    command = [sys.executable, "-m", "server.cli", *words, "--data", str(data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def prepare(data: Path) -> str:
    """A data folder with the form of the benchmarks, its objects, an open round and a phone; the path to post to."""
    workbook = data.parent / "bench.md"
    workbook.write_text(form.workbook(), "utf-8")
    objects = data.parent / "objects.csv"
    rows = [f"o{number},PSO,wua,Объект {number}" for number in range(OBJECTS)]
    objects.write_text("\n".join(["object_id,type,subtype,name_ky", *rows]), "utf-8")
    today = date.today()
    first, last = (today + timedelta(days=days) for days in (-10, 10))
    # the four questionnaires too: the first start of the server would publish them while it is measured
    shipped = sorted((ROOT / "xlsforms").glob("*.xlsx"))
    baikoo_command(data, "publish", str(workbook), *map(str, shipped))
    baikoo_command(data, "objects", "import", str(objects))
    baikoo_command(
        data,
        "round",
        "plan",
        ROUND,
        "--title-ky",
        "Өлчөө",
        "--from",
        str(first),
        "--to",
        str(last),
        "--form",
        form.FORM_ID,
    )
    baikoo_command(data, "round", "open", ROUND)
    return str(json.loads(baikoo_command(data, "app-user", "add", "bench", "--json"))["server_url"])


@contextlib.contextmanager
def baikoo(data: Path, path: str) -> Iterator[Target]:
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        said = data / "server.json"
        for _ in range(600):
            if said.exists() and (address := json.loads(said.read_text()))["pid"] == process.pid:
                break
            time.sleep(0.05)
        else:
            raise RuntimeError("the server did not start")
        _scheme, _slash, rest = path.partition("//")
        url = f"{address['address']}/{rest.partition('/')[2]}/submission"
        instance = data.parent / "instance.xml"
        instance.write_bytes(form.instance("o1", day=date.today().isoformat()))
        yield Target("baikoo", url, instance, psutil.Process(process.pid), data)
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def bare(folder: Path) -> Iterator[Target]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(exist_ok=True)
    instance = folder / "instance.xml"
    instance.write_bytes(form.instance("o1", day=date.today().isoformat()))
    command = [sys.executable, "-m", "benchmarks.bare", str(folder / "log"), str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield Target(
            "bare stack", f"http://127.0.0.1:{port}/submission", instance, psutil.Process(process.pid), folder
        )
    finally:
        process.terminate()
        process.wait(30)


def fire(target: Target, clients: int, seconds: float, photo_bytes: int = 0) -> dict[str, float]:
    """One run of the load in a process of its own; adds the server's CPU per submission in milliseconds."""
    before = target.cpu_seconds()
    words: Sequence[str] = (
        target.url,
        str(target.instance),
        "--clients",
        str(clients),
        "--seconds",
        str(seconds),
        "--photo-bytes",
        str(photo_bytes),
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    got: dict[str, float] = json.loads(done.stdout)
    if got["refused"]:
        raise RuntimeError(f"{target.name} refused {got['refused']} submissions")
    got["cpu_ms"] = (target.cpu_seconds() - before) * 1000 / max(1, got["acknowledged"])
    return got


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk that is measured: beside this one, since /tmp may be memory."""
    path = Path(tempfile.mkdtemp(prefix="baikoo-bench-", dir=ROOT.parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
