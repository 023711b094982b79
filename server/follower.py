"""What follows the ledger: a thread that works on one batch after another, and those who wait for it.

The reading and the entity lists are kept so. It works after a submission was acknowledged, never before, and
nothing that happens here stops the server: what fails is tried again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from abc import ABC, abstractmethod

from server.store import Store

FOLLOW_S = 0.2  # how often the ledger is looked at when nobody asks
TRY_AGAIN_S = 1.0  # after something failed


class Follower(ABC):
    """Keeps something at the head of the ledger. `start` begins the thread, `stop` ends it."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._log = logging.getLogger(f"baikoo.{name}")
        self._reached = 0  # everything up to this record is worked on
        self._news = threading.Condition()  # told whenever `_reached` changes
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.trouble: str | None = None  # what keeps it from working just now, if anything does

    @abstractmethod
    def _take_up(self) -> None:
        """Find out how far the work has come."""

    @abstractmethod
    def _follow(self) -> bool:
        """Work on one batch; True when there may be more at once."""

    def _leave(self) -> None:  # noqa: B027 - most have nothing to do
        """The last thing the thread does."""

    def start(self) -> None:
        """Follow the ledger from now on."""
        self._take_up()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
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
        if self._reached >= wanted:
            return True
        self._wake.set()
        with self._news:
            self._news.wait_for(lambda: self._reached >= wanted or self._stopping, timeout_s)
            return self._reached >= wanted

    async def until_caught_up(self, seq: int | None = None, timeout_s: float = 10) -> bool:
        """`caught_up` for an event loop, which goes on meanwhile."""
        return await asyncio.to_thread(self.caught_up, seq, timeout_s)

    def lag(self) -> int:
        """The number of records not yet worked on."""
        return max(0, self._store.ledger.head().seq - self._reached)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if not self._turn():
                self._wake.wait(FOLLOW_S)
        self._leave()

    def _turn(self) -> bool:
        """Work on one batch, whatever happens; True when there may be more at once."""
        try:
            more = self._follow()
            self.trouble = None
            return more
        except Exception as error:  # the thread must live, and try again
            return self._recover(error)

    def _recover(self, error: Exception) -> bool:
        """What to do after a batch has failed; True when to go on at once."""
        self.trouble = type(error).__name__
        where = "".join(traceback.format_tb(error.__traceback__))  # and nothing of what was sent
        self._log.error("%s: failed with %s, and is tried again\n%s", self._name, type(error).__name__, where)
        self._wake.wait(TRY_AGAIN_S)
        return False

    def _arrive(self, seq: int) -> None:
        with self._news:
            self._reached = seq
            self._news.notify_all()
