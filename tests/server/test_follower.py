"""The thread that follows the ledger, whatever it does there.

- A batch that fails is tried again, until it works; what it failed with is known, and not what was sent.
- Who waits for a record is told the truth: also when the thread is stopped meanwhile.
- Where it ends, it does its last thing, and a second start takes up the work again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import follower as followers
from server.follower import Follower
from server.store import Store, open_store

LAST = 7  # record
ANSWER = "Айгүлдүн жообу"


class Counting(Follower):
    """Works up to a record, and fails before as often as it is told to."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "counting")
        self.failures = 0
        self.told: list[str] = []
        self.may_work = threading.Event()
        self.may_work.set()

    def _take_up(self) -> None:
        self.told.append("takes up")

    def _follow(self) -> bool:
        self.may_work.wait(10)
        if self.failures:
            self.failures -= 1
            raise KeyError(ANSWER)
        if not self._stopping:
            self._arrive(LAST)
        return False

    def _leave(self) -> None:
        self.told.append("leaves")


@pytest.fixture
def follower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setattr(followers, "TRY_AGAIN_S", 0.01)
    with open_store(tmp_path) as store:
        follower = Counting(store)
        yield follower
        follower.may_work.set()
        follower.stop()


def test_what_fails_is_tried_again(follower: Counting, caplog: pytest.LogCaptureFixture) -> None:
    follower.failures = 3
    follower.start()
    assert follower.caught_up(LAST)
    assert not follower.caught_up(LAST + 1, timeout_s=0)
    follower.stop()
    assert (follower.failures, follower.trouble) == (0, None)
    assert caplog.text.count("failed with KeyError") == 3 and "_follow" in caplog.text
    assert ANSWER not in caplog.text


def test_who_waits_while_it_stops_is_not_told_that_it_is_done(follower: Counting) -> None:
    follower.may_work.clear()
    follower.start()
    said: list[bool] = []
    waiting = threading.Thread(target=lambda: said.append(follower.caught_up(LAST)))
    waiting.start()
    threading.Timer(0.05, follower.may_work.set).start()
    follower.stop()
    waiting.join(5)
    assert said == [False]


def test_it_leaves_and_takes_up_again(follower: Counting) -> None:
    follower.start()
    follower.stop()
    follower.start()
    assert follower.caught_up(LAST)
    assert follower.told == ["takes up", "leaves", "takes up"]
