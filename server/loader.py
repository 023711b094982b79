"""Follows the ledger into the reading: one thread, small batches, each record once.

A reader who must see what was just sent waits for `caught_up`. Nothing that happens here stops the server:
a record that cannot be loaded is set aside, a damaged reading is made anew, a full disk is waited out.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from analytics.load import Customs, Loading, LoadRecord, NotNow, SetAside, count_set_aside
from analytics.warehouse import ReadingDamaged, Warehouse
from forms.errors import BaikooError
from server.follower import FOLLOW_S, TRY_AGAIN_S, Follower
from server.load_records import LedgerReader
from server.store import Store

Progress = Callable[[int, int], None]
"""Called with (records loaded, records there are)."""

BATCH = 500  # records in one transaction: the last hundred cost as much as the first ten
FAR_BEHIND = 1000  # records; so far behind, the tables are no picture of the ledger, and nobody reads them
CLEAN_S = 30  # after an erasure by law, before the file is made anew: erasures seldom come alone
TRIES = 5  # of a record for which there is no room, before it is passed over


@dataclass(frozen=True, slots=True)
class LoaderStatus:
    """How far the reading is: `lag` is the number of records not yet loaded."""

    loaded_seq: int
    head_seq: int
    lag: int
    set_aside: int
    being_made: bool
    trouble: str | None  # what keeps it from loading just now, if anything does


class Loader(Follower):
    """Keeps the reading at the head of the ledger."""

    def __init__(self, store: Store, warehouse: Warehouse, *, zone: Callable[[int], tzinfo]) -> None:
        super().__init__(store, "loader")
        self._warehouse = warehouse
        self._loading = Loading(warehouse, Customs(token_hash(store.secret), zone))
        self._ledger = LedgerReader(store)
        self._begin_again = False
        self._clean_at: float | None = None  # when to make a file without traces of what was erased
        self._head_before = 0
        self._tries = 0

    def catch_up(self, progress: Progress | None = None) -> None:
        """Load everything there is, here and now: for a command without a running server."""
        self._take_up()
        head = self._store.ledger.head().seq
        while self._reached < head and not self._stopping:
            self._turn()
            if progress is not None:
                progress(self._reached, head)
            if self._reached >= head and self._clean_at is not None:
                self._renew(keep=False)
        self._warehouse.release()

    def rebuild(self, progress: Progress | None = None) -> None:
        """Make the reading anew from the first record; readers are told so, sending goes on."""
        if self._thread is None:
            self._renew(keep=False)
            self.catch_up(progress)
            return
        with self._news:
            self._begin_again = True
            self._wake.set()
            self._news.wait_for(lambda: not self._begin_again or self._stopping)
        head = self._store.ledger.head().seq
        while not self._stopping and self._reached < head:
            if progress is not None:
                progress(self._reached, head)
            with self._news:
                self._news.wait_for(lambda: self._reached >= head, FOLLOW_S)
        if progress is not None:
            progress(head, head)

    @property
    def loaded_seq(self) -> int:
        return self._reached

    def status(self) -> LoaderStatus:
        head = self._store.ledger.head().seq
        aside = 0
        try:
            with self._warehouse.read() as db:
                aside = count_set_aside(db)
        except BaikooError:
            pass  # it is being made anew: what was set aside before is tried again
        return LoaderStatus(
            loaded_seq=self._reached,
            head_seq=head,
            lag=max(0, head - self._reached),
            set_aside=aside,
            being_made=self._warehouse.held or self._warehouse.damaged,
            trouble=self.trouble,
        )

    def _recover(self, error: Exception) -> bool:
        if isinstance(error, ReadingDamaged):
            self._log.error("the reading is damaged (%s) and is made anew", error)
            return self._try_renew()
        if not isinstance(error, NotNow):
            return super()._recover(error)
        self.trouble = str(error)
        self._tries += 1
        self._log.warning("loading waits: %s", error)
        self._wake.wait(TRY_AGAIN_S)
        return False

    def _follow(self) -> bool:
        if self._begin_again:
            self._renew(keep=False)
        head = self._store.ledger.head().seq
        sending, self._head_before = head > self._head_before > 0, head
        if head <= self._reached:
            self._warehouse.release()
            if self._clean_at is not None and time.monotonic() >= self._clean_at:
                self._log.info("the reading is made anew, without traces of what was erased")
                self._renew(keep=False)
                return True
            return False
        records = self._ledger.after(self._reached, BATCH)
        if not records:
            return False
        if self._tries >= TRIES:  # no room for one record, again and again: go on without it
            aside = [self._loading.set_aside(records[0], "there was no room to load it")]
            records = records[:1]
        else:
            aside = self._apply(records)
        for one in aside:
            self._log.warning("record %d (%s) is set aside: %s", one.seq, one.kind, one.reason)
        if any(record.kind == "erasure" for record in records) and self._warehouse.has_traces():
            self._clean_at = time.monotonic() + CLEAN_S
        self._tries = 0
        self._arrive(records[-1].seq)
        if self._reached >= head:
            self._warehouse.release()
        # while phones are sending, what comes meanwhile waits for the next turn: few large batches take half
        # the processor time of many small ones, and those who wait for an answer have it
        return self._reached < head and not (sending and head - self._reached < BATCH)

    def _apply(self, records: list[LoadRecord]) -> list[SetAside]:
        try:
            return self._loading.apply(records)
        except NotNow:
            self._arrive(self._warehouse.progress()[0])  # a part of them is loaded
            raise

    def _take_up(self) -> None:
        """Go on where the reading is; begin again where it belongs to another ledger."""
        loaded, known_hash = self._warehouse.progress()
        if loaded and not self._ledger.has(loaded, known_hash):
            self._log.warning("the reading belongs to another ledger and is made anew")
            self._renew(keep=False)
            return
        self._arrive(loaded)
        if self._warehouse.has_traces():
            self._clean_at = time.monotonic()
        if self._store.ledger.head().seq - loaded > FAR_BEHIND:
            self._warehouse.hold()

    def _try_renew(self) -> bool:
        try:
            self._renew(keep=True)
            return True
        except Exception as error:  # no room even for an empty file
            return super()._recover(error)

    def _renew(self, *, keep: bool) -> None:
        self._warehouse.hold()
        self._warehouse.renew(keep=keep)
        self._loading.forget()
        self._clean_at = None
        with self._news:
            self._reached = 0
            self._begin_again = False
            self._news.notify_all()


def token_hash(secret: bytes) -> Callable[[str], str]:
    """How a respondent's token is kept: as a hash that nobody can make without this server's key."""
    key = hmac.new(secret, b"respondent token", hashlib.sha256).digest()
    return lambda token: hmac.new(key, token.encode(), hashlib.sha256).hexdigest()[:32]
