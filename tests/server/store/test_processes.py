"""A second process may write at the same time: the command line beside the server.

- Two processes append to one chain, and nothing of either is lost or doubled.
- What one process publishes, closes or changes, the other sees within a second, and a change sees at once.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from server.store import Store
from server.store.verify import verify
from tests.server.store.making import NOW, a_campaign, an_arrival, an_id, publish, receive

SENDING = """
    import sys, threading
    from pathlib import Path
    from server.store import open_store
    from tests.server.store.making import an_arrival, receive

    first, count = int(sys.argv[3]), int(sys.argv[4])
    with open_store(Path(sys.argv[1]), sys.argv[2] or None) as store:
        def send(numbers):
            for number in numbers:
                receive(store, an_arrival(number))
        shares = [range(first + share, first + count, 4) for share in range(4)]
        threads = [threading.Thread(target=send, args=(share,)) for share in shares]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print("sent")
"""


def start(data: Path, database: str | None, script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(data), database or "", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_append_to_one_chain(store: Store, database: str | None) -> None:
    publish(store)
    others = [start(store.data, database, SENDING, first, 300) for first in (1000, 1200)]  # 100 of them twice
    for number in range(1, 301):
        receive(store, an_arrival(number))
    for other in others:
        out, err = other.communicate(timeout=120)
        assert out == "sent\n", err
    assert store.ledger.head().seq == 1 + 300 + 500
    for number in [*range(1, 301), *range(1000, 1500)]:
        assert store.submissions.get(1, "wells", an_id(number))
    assert verify(store).findings == ()


PUBLISHING = """
    import sys
    from pathlib import Path
    from server.store import open_store
    from tests.server.store.making import NOW, publish

    with open_store(Path(sys.argv[1]), sys.argv[2] or None) as store:
        publish(store, "springs")
        store.write(lambda tx: store.forms.set_state(tx, 1, "wells", "closed", now=NOW))
        store.write(lambda tx: store.rounds.close(tx, "2026-1", now=NOW, actor=None))
        print("done")
"""


def test_what_another_process_changes_is_seen_within_a_second(store: Store, database: str | None) -> None:
    a_campaign(store, opened=True)
    assert [version.form_id for version in store.forms.offered(1)] == ["wells"]
    assert store.rounds.round_for(1, "wells", "ak-suu", NOW.date()) == "2026-1"
    out, err = start(store.data, database, PUBLISHING).communicate(timeout=60)
    assert out == "done\n", err
    # the writer never trusts what it remembers: nothing after the closing record belongs to the round
    outcome = receive(store, an_arrival(1, round_id="2026-1"))
    assert store.ledger.record(outcome.seq).round_id is None
    until = time.monotonic() + 3
    while [version.form_id for version in store.forms.offered(1)] != ["springs"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert store.rounds.get("2026-1").state == "closed"
    assert receive(store, an_arrival(2, form_id="springs")).kind == "new"


@pytest.mark.parametrize("seconds", [1.5])
def test_a_process_that_holds_the_lock_is_waited_for(
    store: Store, database: str | None, seconds: float
) -> None:
    holding = f"""
        import sys, time
        from pathlib import Path
        from server.store import open_store

        with open_store(Path(sys.argv[1]), sys.argv[2] or None) as store:
            store.write(lambda tx: (print("held", flush=True), time.sleep({seconds})))
    """
    publish(store)
    other = start(store.data, database, holding)
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    begun = time.monotonic()
    assert receive(store, an_arrival(1)).kind == "new"
    assert time.monotonic() - begun > seconds / 3
    assert other.wait(timeout=30) == 0
    other.communicate()
