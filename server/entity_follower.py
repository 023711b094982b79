"""Follows the ledger into the entity lists: one thread, small batches, each submission once.

It works after a submission was acknowledged, never before. How far it has come stands in the truth, in the
transaction of its work; a server that was killed goes on exactly there. Spec: protocol.md 13.1
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from datetime import UTC, datetime
from functools import partial

from server.store import Store
from server.store.entities.work import PATIENCE
from server.store.transaction import Tx

log = logging.getLogger("baikoo.entities")

FOLLOW_S = 0.2  # how often the ledger is looked at when nobody asks
BATCH = 10  # submissions in one transaction, of some milliseconds each: phones wait for it
PAUSE_S = 0.005  # between two batches at least; at most half of the time is ours, phones have the other half
REMEMBER = 5000  # records without entities after which the progress is written down all the same
HELD_S = 600.0  # how often held submissions are looked at


class EntityFollower:
    """Keeps the entity lists at the head of the ledger. `start` begins the thread, `stop` ends it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._done = 0
        self._written = 0
        self._news = threading.Condition()  # told whenever `_done` changes
        self._wake = threading.Event()
        self._stopping = False
        self._held_at = 0.0
        self._thread: threading.Thread | None = None
        self.trouble: str | None = None  # what keeps it from working just now, if anything does

    def start(self) -> None:
        self._take_up()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="entities", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """There is something new: look at once, not at the next turn."""
        self._wake.set()

    def caught_up(self, seq: int | None = None, timeout_s: float = 10) -> bool:
        """Wait until this record is worked on, by default the last there is now; False: it takes longer."""
        wanted = self._store.ledger.head().seq if seq is None else seq
        if self._done >= wanted:
            return True
        self._wake.set()
        with self._news:
            return self._news.wait_for(lambda: self._done >= wanted or self._stopping, timeout_s)

    def catch_up(self) -> None:
        """Work on everything there is, here and now: for a command without a running server."""
        self._take_up()
        while self._follow():
            pass
        self._remember()

    def apply_held(self, *, older_only: bool = False, project_id: int | None = None) -> int:
        """Apply what waits by force, in the order of its branches; how many submissions."""
        now = datetime.now(UTC)
        before = now - PATIENCE if older_only else None
        waiting = self._store.entity_work.held(project_id=project_id, before=before)
        forced = 0
        for held in waiting:
            forced += self._store.write(partial(self._force, held.submission, now))
        return forced

    def _force(self, submission: int, now: datetime, tx: Tx) -> bool:
        return self._store.entity_work.force(tx, submission, now=now)

    def _take_up(self) -> None:
        self._arrive(self._store.entity_feed.done())
        self._written = self._done

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if not self._turn():
                self._wake.wait(FOLLOW_S)
        try:
            self._remember()
        except Exception:  # nothing is lost: the next start looks at those records again
            log.info("the progress of the entities could not be written down")

    def _turn(self) -> bool:
        """Work on one batch, whatever happens; True when there may be more at once."""
        try:
            more = self._follow()
            if time.monotonic() - self._held_at > HELD_S:
                self._held_at = time.monotonic()
                self.apply_held(older_only=True)
            self.trouble = None
            return more
        except Exception as error:  # the thread must live, and try again
            self.trouble = type(error).__name__
            where = "".join(traceback.format_tb(error.__traceback__))  # and nothing of what was sent
            log.error("entities wait, and are tried again: %s\n%s", type(error).__name__, where)
        self._wake.wait(FOLLOW_S * 5)
        return False

    def _follow(self) -> bool:
        feed = self._store.entity_feed.after(self._done, BATCH)
        if feed.until == self._done:
            return False
        prepared = self._store.entity_work.prepare(feed)
        if prepared:
            now, began = datetime.now(UTC), time.monotonic()
            done = self._store.write(lambda tx: self._store.entity_work.apply(tx, feed, prepared, now=now))
            if not done:  # another process was faster
                self._take_up()
                return True
            self._written = feed.until
            self._pause(time.monotonic() - began)
        self._arrive(feed.until)
        if self._done - self._written >= REMEMBER:
            self._remember()
        return len(feed.happenings) >= BATCH

    def _pause(self, took_s: float) -> None:
        if not self._stopping:
            time.sleep(max(PAUSE_S, took_s))

    def _remember(self) -> None:
        """Write the progress down, although nothing was done: the next start has less to look at."""
        after, until = self._written, self._done
        if until > after:
            self._store.write(lambda tx: self._store.entity_feed.advance(tx, after, until))
            self._written = until

    def _arrive(self, seq: int) -> None:
        with self._news:
            self._done = seq
            self._news.notify_all()
