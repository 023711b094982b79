"""Who took personal data away, written beside everything else that waits: many entries are one statement.

An entry is on disk before the first byte of the download leaves. Only where the disk takes nothing at all,
it waits in memory for the next one: a full disk is mended by taking the data somewhere else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from forms.errors import Unavailable
from server.store.audit import Audit, NewEntry
from server.store.transaction import Tx

log = logging.getLogger("baikoo.store")
MOST_WAITING = 10_000


class Downloads:
    def __init__(self, audit: Audit, submit: Callable[[Callable[[Tx], None]], Future[None]]) -> None:
        self._audit = audit
        self._submit = submit
        self._lock = threading.Lock()
        self._waiting: list[NewEntry] = []
        self._written: Future[None] | None = None  # of the job that will take all that waits

    async def note(self, entry: NewEntry) -> None:
        """Put it in the log; back when it is there."""
        try:
            await asyncio.shield(asyncio.wrap_future(self._put(entry)))
        except Unavailable as trouble:
            log.warning("a download stands in the audit log later: %s", type(trouble).__name__)
            with self._lock:
                if entry not in self._waiting:
                    self._keep(entry)

    def _put(self, entry: NewEntry) -> Future[None]:
        with self._lock:
            self._keep(entry)
            if self._written is None or self._written.done():  # done and not run: the disk refused it
                self._written = self._submit(self._job())
            return self._written

    def _keep(self, entry: NewEntry) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(entry)

    def _job(self) -> Callable[[Tx], None]:
        taken: list[NewEntry] = []

        def write(tx: Tx) -> None:
            with self._lock:  # a job whose group could not be committed runs again, with the same entries
                taken.extend(self._waiting)
                self._waiting = []
                self._written = None
            if taken:
                self._audit.write(tx, taken)

        return write
