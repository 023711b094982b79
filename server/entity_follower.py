"""Follows the ledger into the entity lists: one thread, small batches, each submission once.

It works after a submission was acknowledged, never before. How far it has come stands in the truth, in the
transaction of its work; a server that was killed goes on exactly there. Spec: protocol.md 13.1
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from server.follower import Follower
from server.store import Store
from server.store.entities.work import PATIENCE
from server.store.transaction import Tx

BATCH = 10  # submissions in one transaction, of some milliseconds each: phones wait for it
PAUSE_S = 0.005  # between two batches at least; at most half of the time is ours, phones have the other half
REMEMBER = 5000  # records without entities after which the progress is written down all the same
HELD_S = 600.0  # how often held submissions are looked at


class EntityFollower(Follower):
    """Keeps the entity lists at the head of the ledger."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "entities")
        self._written = 0  # how far the truth says it has come
        self._held_at = 0.0

    def catch_up(self) -> None:
        """Work on everything there is, here and now: for a command without a running server."""
        self._take_up()
        while self._work():
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
        self._written = self._reached

    def _leave(self) -> None:
        try:
            self._remember()
        except Exception:  # nothing is lost: the next start looks at those records again
            self._log.info("the progress of the entities could not be written down")

    def _follow(self) -> bool:
        more = self._work()
        if time.monotonic() - self._held_at > HELD_S:
            self._held_at = time.monotonic()
            self.apply_held(older_only=True)
        return more

    def _work(self) -> bool:
        """Apply the next batch; True when there may be more at once."""
        feed = self._store.entity_feed.after(self._reached, BATCH)
        if feed.until == self._reached:
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
        if self._reached - self._written >= REMEMBER:
            self._remember()
        return len(feed.happenings) >= BATCH

    def _pause(self, took_s: float) -> None:
        if not self._stopping:
            time.sleep(max(PAUSE_S, took_s))

    def _remember(self) -> None:
        """Write the progress down, although nothing was done: the next start has less to look at."""
        after, until = self._written, self._reached
        if until > after:
            self._store.write(lambda tx: self._store.entity_feed.advance(tx, after, until))
            self._written = until
