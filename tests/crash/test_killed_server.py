"""The whole server killed at random instants under load: what was acknowledged is there, whole, for ever.

- Every acknowledged instance and attachment is there after every restart, byte for byte.
- Nothing is half there: no submission without its record, no attachment without its blob, no broken chain.
- A round that was being closed is closed and frozen, or still open; never something between.
- A phone that got no answer sends again, and that is accepted.
- At the end `baikoo verify` finds everything whole, and the reading equals one made anew.

Some kills come in the middle of a checkpoint, some while the loader works, some while a round closes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.crash.process import FORM, FORM_ID, Folder, ServerProcess, command, make_folder
from tests.ledger import contents
from tests.make import an_instance
from tests.phone import Phone

pytestmark = pytest.mark.crash

KILLS = 52
PHONES = 6
ROUNDS = 8
CHECKED_EVERY = 6  # lives; the rest go straight on, so that crashes pile up
SEED = 20261124


HALF = {  # what nobody may find more than none of
    "submissions without a record": """
        SELECT count(*) FROM submission WHERE seq NOT IN (SELECT seq FROM record)""",
    "records without a submission": """
        SELECT count(*) FROM record
        WHERE kind = 'submission' AND seq NOT IN (SELECT seq FROM submission)""",
    "files without a record": """
        SELECT count(*) FROM submission_file
        WHERE sha256 IS NOT NULL AND seq NOT IN (SELECT seq FROM record WHERE kind = 'attachment')""",
    "holes in the ledger": "SELECT max(seq) - count(*) FROM record",
    "records that do not follow": """
        SELECT count(*) FROM record r JOIN record b ON b.seq = r.seq - 1 WHERE r.prev <> b.hash""",
}


@dataclass(slots=True)
class Sending:
    """What one phone wants to send: an instance, its files in one or several requests."""

    instance_id: str
    xml: bytes
    batches: list[dict[str, bytes]]
    deprecated_id: str | None = None


@dataclass(slots=True)
class Promises:
    """What the server has acknowledged, and is held to."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    instances: dict[str, bytes] = field(default_factory=dict)  # instanceID -> sha256 of its bytes
    files: dict[tuple[str, str], str] = field(default_factory=dict)  # (instanceID, name) -> sha256
    refused: list[str] = field(default_factory=list)

    def keep(self, sending: Sending, batch: Mapping[str, bytes]) -> None:
        with self.lock:
            self.instances[sending.instance_id] = hashlib.sha256(sending.xml).digest()
            for name, content in batch.items():
                self.files[sending.instance_id, name] = hashlib.sha256(content).hexdigest()


class SendingPhone(threading.Thread):
    """Sends one form after the other, as long as it is let; what got no answer it sends again."""

    def __init__(self, way: str, promises: Promises, seed: int) -> None:
        super().__init__(daemon=True)
        self.way = way
        self.promises = promises
        self.dice = random.Random(seed)
        self.address: str | None = None  # None: the server is away
        self.ending = threading.Event()
        self.waiting: deque[Sending] = deque()
        self.mine: list[str] = []  # acknowledged, and not yet replaced by an edit
        self.sent = 0
        self.phone = Phone("")
        self.phone.client.close()
        self.phone.client = httpx.Client(timeout=20)

    def run(self) -> None:
        while not self.ending.is_set():
            address = self.address
            if address is None:
                time.sleep(0.01)
                continue
            if not self.waiting:
                self.waiting.append(self.a_form())
            self.phone.server_url = f"{address}{self.way}"
            try:
                self.send(self.waiting[0])
            except httpx.HTTPError:
                time.sleep(0.01)  # killed under us: the form stays first in line
        self.phone.close()

    def send(self, sending: Sending) -> None:
        for number, batch in enumerate(sending.batches):
            response = self.phone.post(sending.xml, batch, incomplete=number + 1 < len(sending.batches))
            if response.status_code == 503:
                return  # stopping, or busy: the same again later
            if response.status_code != 201:
                self.promises.refused.append(f"{response.status_code} {response.text}")
                break
            self.promises.keep(sending, batch)
        if sending.deprecated_id in self.mine:
            self.mine.remove(sending.deprecated_id)
        self.mine.append(sending.instance_id)
        self.waiting.popleft()
        self.sent += 1

    def a_form(self) -> Sending:
        dice = self.dice
        instance_id = f"uuid:{uuid.UUID(int=dice.getrandbits(128), version=4)}"
        old = dice.choice(self.mine) if self.mine and dice.random() < 0.15 else None
        files = {name: dice.randbytes(dice.choice((300, 40_000, 400_000))) for name in ("1.jpg", "2.jpg")}
        kind = dice.random()
        batches: list[dict[str, bytes]] = [{}]
        if kind < 0.15:
            batches = [files]
        elif kind < 0.3:
            batches = [{name: content} for name, content in files.items()]  # a split upload
        values = {
            "stream": "C",
            "object": f"o{dice.randrange(ROUNDS)}",
            "taste": str(dice.randint(1, 5)),
            "liters": f"{dice.random() * 9:.3f}",
            "remark": "Суу таза, бирок аз. " * dice.randint(1, 40),
            "photo": "1.jpg" if len(batches[0]) else "",
            "paper": "2.jpg" if len(batches[0]) else "",
            "end": datetime.now(UTC).isoformat(),
        }
        xml = an_instance(FORM, values, instance_id=instance_id, deprecated_id=old)
        return Sending(instance_id, xml, batches, old)


class Checkpoints(threading.Thread):
    """Another process of the owner, say a backup program, checkpointing the database again and again."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.file = file
        self.ending = threading.Event()
        self.done = 0

    def run(self) -> None:
        modes = ("PASSIVE", "FULL", "RESTART", "TRUNCATE")
        with contextlib.closing(sqlite3.connect(self.file, timeout=0.2)) as connection:
            while not self.ending.is_set():
                try:
                    connection.execute(f"PRAGMA wal_checkpoint({modes[self.done % 4]})").fetchall()
                except sqlite3.OperationalError:
                    continue  # busy: at once again
                self.done += 1


def check_everything(folder: Folder, promises: Promises) -> None:
    """Read the truth beside the running server: all that was promised, and nothing half."""
    with promises.lock:
        instances, files = dict(promises.instances), dict(promises.files)
    file = folder.data / "baikoo.sqlite3"
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT s.instance_id, r.payload FROM submission s JOIN record r ON r.seq = s.seq"
        )
        held = {instance_id: hashlib.sha256(payload).digest() for instance_id, payload in rows}
        lost = [each for each, sha256 in instances.items() if held.get(each) != sha256]
        assert not lost, f"{len(lost)} acknowledged instances are lost or altered: {lost[:3]}"
        kept = {
            (instance_id, name): sha256
            for instance_id, name, sha256 in connection.execute(
                "SELECT s.instance_id, f.name, f.sha256 FROM submission_file f "
                "JOIN submission s ON s.seq = f.submission WHERE f.sha256 IS NOT NULL"
            )
        }
        gone = [each for each, sha256 in files.items() if kept.get(each) != sha256]
        assert not gone, f"{len(gone)} acknowledged files are lost: {gone[:3]}"
        for sha256 in set(kept.values()):
            blob = folder.data / "blobs" / sha256[:2] / sha256[2:]
            assert hashlib.sha256(blob.read_bytes()).hexdigest() == sha256, f"half a blob: {sha256}"
        for half, question in HALF.items():
            assert connection.execute(question).fetchone() == (0,), half
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_server_killed_at_any_instant_loses_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    folder = make_folder(tmp_path / "data", phones=PHONES, rounds=ROUNDS)
    with ServerProcess(folder) as server:
        kill_again_and_again(folder, server, dice)


def kill_again_and_again(folder: Folder, server: ServerProcess, dice: random.Random) -> None:
    promises = Promises()
    phones = [SendingPhone(way, promises, SEED + number) for number, way in enumerate(folder.ways)]
    closing_tried: list[str] = []
    closed_for_sure: list[str] = []
    checkpoints = 0
    for phone in phones:
        phone.start()
    try:
        for life in range(KILLS):
            server.start()
            for phone in phones:
                phone.address = server.address
            if life % CHECKED_EVERY == 0:
                check_everything(folder, promises)
            others: list[threading.Thread] = []
            hammer = None
            if life % 3 == 1:  # in the middle of a checkpoint
                hammer = Checkpoints(folder.data / "baikoo.sqlite3")
                hammer.start()
            if life % 6 == 4 and len(closing_tried) < ROUNDS - 1:  # while a round closes
                round_id = folder.rounds[len(closing_tried)]
                closing_tried.append(round_id)
                others.append(threading.Thread(target=close, args=(server, round_id, closed_for_sure)))
            time.sleep(dice.uniform(0.02, 0.8))
            for thread in others:
                thread.start()
            if others:
                time.sleep(dice.uniform(0.0, 0.4))
            if life % 4 == 3:  # the checkpoint of the server itself comes every second
                time.sleep(dice.uniform(0.2, 0.6))
            server.kill()
            for phone in phones:
                phone.address = None
            if hammer is not None:
                hammer.ending.set()
                hammer.join(10)
                checkpoints += hammer.done
            for thread in others:
                thread.join(10)

        server.start()
        for phone in phones:
            phone.address = server.address
        until = time.monotonic() + 30
        while any(phone.waiting and phone.sent == 0 for phone in phones):
            assert time.monotonic() < until, "a phone could not send again what had got no answer"
            time.sleep(0.05)
    finally:
        for phone in phones:
            phone.ending.set()
        for phone in phones:
            phone.join(30)

    for phone in phones:  # what the last one of each did not hear about
        phone.phone = Phone(f"{server.address}{phone.way}")
        while phone.waiting:
            phone.send(phone.waiting[0])
        phone.phone.close()
    assert not promises.refused, promises.refused[:3]
    assert len(promises.instances) > KILLS * PHONES / 2, "hardly anything was sent between the kills"
    assert checkpoints > 20
    check_everything(folder, promises)

    server.until_loaded()
    rounds = settled_rounds(server, folder)
    assert closing_tried and set(closed_for_sure) <= {
        name for name, state in rounds.items() if state == "closed"
    }
    assert {name for name, state in rounds.items() if state == "closed"} <= set(closing_tried)
    server.stop()

    proof = command(folder.data, "verify")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    left = [path for path in (folder.data / "tmp").glob("*-*") if path.is_file()]
    for path in left:
        os.utime(path, (time.time() - 7200,) * 2)
    with folder.open() as context:
        assert not any(path.exists() for path in left), "what cut-off uploads leave is cleared away"
        context.loader.catch_up()
        followed = contents(context.warehouse)
        assert context.loader.status().set_aside == 0
        context.loader.rebuild()
        assert contents(context.warehouse) == followed
        rows = followed[f"form_{FORM_ID}.submissions"]
        assert len(rows) >= len(promises.instances)


def settled_rounds(server: ServerProcess, folder: Folder) -> dict[str, str]:
    """The state of every round, once each is open, or closed with its scores frozen."""
    until = time.monotonic() + 60
    while True:
        shown = [server.get(f"/v1/projects/1/rounds/{name}").json() for name in folder.rounds]
        if all((one["state"] == "open") == (one["frozenSeq"] is None) for one in shown):
            return {one["roundId"]: one["state"] for one in shown}
        assert time.monotonic() < until, f"a round that was closed is not frozen: {shown}"
        time.sleep(0.1)


def close(server: ServerProcess, round_id: str, closed: list[str]) -> None:
    with contextlib.suppress(httpx.HTTPError):
        if server.post(f"/v1/projects/1/rounds/{round_id}/close").status_code == 200:
            closed.append(round_id)
