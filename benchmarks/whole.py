"""The rest of a server's day: start, idle memory, export, rebuild, closing a round; on so many submissions.

    .venv/bin/python -m benchmarks.whole 100000

Each figure is a verb done by a running server as the command line asks it, with the peak of its memory.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable

from benchmarks import form, servers, stored
from server.running import Json, find_running


def peak(target: servers.Target, work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and the most resident memory of the server meanwhile in MB."""
    most, done = target.resident_mb(), threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, target.resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        work()
        took = time.perf_counter() - started
    finally:
        done.set()
        watcher.join()
    return took, most


def main(count: int) -> None:
    with servers.folder() as folder:
        data = folder / "data"
        path = servers.prepare(data)
        stored.fill(data, count, accept=True)
        for again in ("first", "second"):
            started = time.perf_counter()
            with servers.baikoo(data, path) as target:
                print(f"{again} start with {count} submissions stored: {time.perf_counter() - started:.2f} s")
                time.sleep(3)
                print(f"  idle: {target.resident_mb():.0f} MB resident")
        export = {"project": 1, "form": form.FORM_ID, "group_paths": True, "media": False}
        on_a_question = "integer_1 ge 0 and text_1 ne null"
        work: list[tuple[str, str, dict[str, Json]]] = [
            ("CSV", "export", {**export, "path": str(folder / "all.csv"), "format": "csv"}),
            ("zip with the repeat", "export", {**export, "path": str(folder / "all.zip"), "format": "zip"}),
            (
                "the same through $filter on questions",
                "export",
                {**export, "path": str(folder / "some.zip"), "format": "zip", "filter": on_a_question},
            ),
            ("Parquet", "export", {**export, "path": str(folder / "all.parquet.zip"), "format": "parquet"}),
            ("GeoJSON", "export", {**export, "path": str(folder / "all.geojson"), "format": "geojson"}),
            ("Excel", "export", {**export, "path": str(folder / "all.xlsx"), "format": "xlsx"}),
            ("rebuild", "rebuild", {}),
            ("close the round: scores and their tables", "round-close", {"round": servers.ROUND}),
        ]
        for name, verb, arguments in work:
            with servers.baikoo(data, path) as target:
                time.sleep(1)
                running = find_running(data / "server.json")
                assert running is not None
                took, most = peak(
                    target, functools.partial(running.run_verb, verb, arguments, lambda _said: None)
                )
                print(f"{name}: {took:.2f} s, at most {most:.0f} MB", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
