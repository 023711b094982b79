"""Scores computed without a pause, while something else is measured."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from benchmarks.servers import Target
from server.running import find_running


@contextlib.contextmanager
def without_pause(target: Target) -> Iterator[None]:
    """Let the running server compute the scores of its round again and again, as `verify` does."""
    stop = threading.Event()
    running = find_running(target.data / "server.json")
    assert running is not None
    runs = 0

    def compute() -> None:
        nonlocal runs
        while not stop.is_set():
            running.run_verb("verify-reading", {}, lambda _said: None)
            runs += 1

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        print(f"scores were computed {runs} times meanwhile")
