"""A process killed at any instant loses nothing that it acknowledged, and leaves nothing half there.

- Every acknowledged instance and file is there after the kill, whether it fell into a commit, a checkpoint,
  a rename or a start; the chain verifies, and so do the tables beside it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from server.store import open_store
from server.store.verify import verify
from tests.server.store.making import publish

pytestmark = pytest.mark.crash

VICTIM = """
    import hashlib, os, sys, threading
    from datetime import UTC, datetime
    from pathlib import Path
    from server.store import Arrival, ArrivedFile, open_store, store as module

    module.CHECKPOINT_SECONDS = 0.02  # so that many a kill falls into one
    turn = sys.argv[3]
    store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
    os.write(1, b"open\\n")

    def send(thread):
        number = 0
        while True:
            number += 1
            name = f"uuid:{turn}-{thread}-{number}"
            photo = os.urandom(2000)
            kept = store.blobs.keep(photo)
            store.receive(Arrival(
                project_id=1, form_id="wells", version="1", instance_id=name,
                xml=b"<data>" + name.encode() * 40 + b"</data>", at=datetime.now(UTC),
                files=(ArrivedFile("photo.jpg", kept.sha256, kept.size),), expected=("photo.jpg",),
            )).result()
            os.write(1, f"{name} {kept.sha256}\\n".encode())

    for thread in range(12):
        threading.Thread(target=send, args=(thread,), daemon=True).start()
    threading.Event().wait()
"""


def kill_at_random(data: Path, database: str | None, turn: int, dice: random.Random) -> list[tuple[str, str]]:
    """What a process acknowledged until it was killed: (instanceID, sha256 of its photo)."""
    victim = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(VICTIM), str(data), database or "", str(turn)],
        stdout=subprocess.PIPE,
    )
    with victim, victim.stdout as pipe:  # type: ignore[union-attr]  # it is a pipe
        if dice.random() < 0.9:  # the others are killed while they start
            assert pipe.readline() == b"open\n"
        time.sleep(dice.uniform(0, 0.5))
        victim.kill()
        said = pipe.read()
    # the last line may be cut off: its answer had been given, so what is whole of it counts only when it ends
    lines = said[: said.rfind(b"\n") + 1].decode().splitlines()
    return [(name, sha256) for name, _, sha256 in (line.partition(" ") for line in lines if line != "open")]


def test_a_kill_at_any_instant_loses_nothing(tmp_path: Path, database: str | None) -> None:
    dice = random.Random(os.environ.get("BAIKOO_TEST_SEED", "2026"))
    data = tmp_path / "data"
    with open_store(data, database) as store:
        publish(store)
    acknowledged: list[tuple[str, str]] = []
    for turn in range(30 if database is None else 10):
        new = kill_at_random(data, database, turn, dice)
        acknowledged += new
        with open_store(data, database) as store:
            for name, sha256 in new:
                submission = store.submissions.get(1, "wells", name)
                assert store.submissions.xml(submission.seq).count(name.encode()) == 40
                assert [file.sha256 for file in store.submissions.files(submission.seq)] == [sha256]
                assert store.blobs.is_whole(sha256)
    with open_store(data, database) as store:
        assert verify(store).findings == ()
        for name, _ in acknowledged:
            assert store.submissions.get(1, "wells", name)
    assert len(acknowledged) > 300
