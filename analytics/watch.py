"""Readers that outstay their time are stopped, by one thread for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb
from duckdb import DuckDBPyConnection


class Watch:
    """Interrupts readers that outstay their time; one thread for all of them, started when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._until: dict[int, tuple[float, DuckDBPyConnection]] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    @contextmanager
    def over(self, cursor: DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
        with self._lock:
            self._until[id(cursor)] = (time.monotonic() + timeout_s, cursor)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="reading-watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._until.pop(id(cursor), None)

    def hurry(self) -> None:
        """Everybody's time is up."""
        with self._lock:
            self._until = {key: (0.0, cursor) for key, (_until, cursor) in self._until.items()}
            self._lock.notify_all()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        with self._lock:
            while not self._stopped:
                now = time.monotonic()
                for until, cursor in self._until.values():
                    if until <= now:
                        with suppress(duckdb.Error):  # it has just been closed
                            cursor.interrupt()
                self._lock.wait(0.25)
