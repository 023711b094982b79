"""The thread that follows the ledger into the reading.

- What was acknowledged is seen by whoever asks for it, as soon as the loader says it has caught up.
- The thread goes on after a restart where it stopped, and begins again when the ledger is another one.
- A damaged reading is moved aside and made anew, while submissions go on being acknowledged.
- Making it anew on request tells readers so, and gives the same reading.
- A record that cannot be loaded is set aside, counted, and stops nothing.
- A command without a server loads what there is, in its own thread.
- After an erasure by law the file is made anew, so that nothing of the answers is left in it.
- A respondent's token is kept as a hash that depends on the server's key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.warehouse import ReadingBeingMade, Warehouse
from server import loader as loaders
from server.actions.publish_form import publish_form
from server.loader import Loader, token_hash
from server.store import Store, open_store
from server.store.arrival import Arrival, ArrivedFile, Outcome
from tests.ledger import an_id, contents
from tests.make import a_form, an_instance
from tests.server.conftest import workbook

SURVEY = """
| survey |
| | type | name | label |
| | integer | pipes | Pipes |
| | text | remark | Remark |
| | image | photo | Photo |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
FORM = a_form(SURVEY)
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


class Room:
    """A data folder with its truth, its reading, and the loader between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(folder)
        self.open_reading()

    def open_reading(self) -> None:
        self.warehouse = Warehouse.open(
            self.folder / "reading.duckdb", self.folder / "tmp", memory="256MB", threads=1
        )
        self.loader = Loader(self.store, self.warehouse, zone=lambda _project_id: ZoneInfo("Asia/Bishkek"))

    def close_reading(self) -> None:
        self.loader.stop()
        self.warehouse.close()

    def close(self) -> None:
        self.close_reading()
        self.store.close()

    def send(self, number: int, *, xml: bytes | None = None, files: tuple[ArrivedFile, ...] = ()) -> Outcome:
        """A submission, acknowledged."""
        if xml is None:
            values = {"pipes": str(number), "remark": f"remark {number}", "photo": "1.jpg" if files else ""}
            xml = an_instance(FORM, values, instance_id=an_id(number))
        arrival = Arrival(
            project_id=1, form_id="visit", version="1", instance_id=an_id(number), xml=xml, at=NOW,
            files=files, expected=tuple(file.name for file in files),
        )  # fmt: skip
        return self.store.receive(arrival).result(10)

    def pipes(self) -> list[int]:
        with self.warehouse.read() as db:
            return [
                n for (n,) in db.execute("SELECT pipes FROM form_visit.submissions ORDER BY _seq").fetchall()
            ]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    publish_form(room.store, 1, workbook(SURVEY), now=NOW, actor=None)
    yield room
    room.close()


def until(claim: object, timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not claim():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_what_was_acknowledged_is_seen(room: Room) -> None:
    room.loader.start()
    for number in range(1, 6):
        outcome = room.send(number)
        assert room.loader.caught_up(timeout_s=10)
        assert room.loader.loaded_seq >= outcome.seq
        assert room.pipes() == list(range(1, number + 1))
    assert asyncio.run(room.loader.until_caught_up())
    status = room.loader.status()
    assert (status.lag, status.set_aside, status.being_made, status.trouble) == (0, 0, False, None)


def test_it_is_seen_soon_though_nobody_asks(room: Room) -> None:
    room.loader.start()
    assert room.loader.caught_up()
    room.send(1)
    until(lambda: room.pipes() == [1], 3)


def test_who_asks_for_more_than_there_is_is_not_kept_waiting(room: Room) -> None:
    room.loader.start()
    assert not room.loader.caught_up(10_000, timeout_s=0.05)


def test_it_goes_on_where_it_stopped(room: Room) -> None:
    room.loader.start()
    room.send(1)
    assert room.loader.caught_up()
    room.close_reading()
    room.send(2)
    room.open_reading()
    assert room.loader.loaded_seq == 0 and not room.warehouse.fresh
    room.loader.start()
    assert room.loader.caught_up()
    assert room.pipes() == [1, 2]


def test_attachments_come_with_their_submission(room: Room) -> None:
    blob = room.store.blobs.keep(b"a photo")
    room.send(1, files=(ArrivedFile("1.jpg", blob.sha256, blob.size),))
    room.loader.start()
    assert room.loader.caught_up()
    with room.warehouse.read() as db:
        assert db.execute("SELECT name, sha256, size FROM attachment").fetchall() == [
            ("1.jpg", blob.sha256, 7)
        ]
        assert db.execute("SELECT media FROM submission").fetchall() == [(["1.jpg"],)]


def test_a_reading_of_another_ledger_is_made_anew(room: Room, tmp_path: Path) -> None:
    other = Room(tmp_path / "other")
    publish_form(other.store, 1, workbook(SURVEY), now=NOW, actor=None)
    other.send(77)
    other.loader.catch_up()
    assert other.pipes() == [77]
    other.close()
    room.close_reading()
    (tmp_path / "other" / "reading.duckdb").replace(tmp_path / "reading.duckdb")
    room.send(1)
    room.open_reading()
    room.loader.start()
    assert room.loader.caught_up()
    assert room.pipes() == [1]


def test_a_damaged_reading_is_made_anew_while_submissions_are_acknowledged(room: Room) -> None:
    room.loader.start()
    room.send(1)
    assert room.loader.caught_up()
    before = contents(room.warehouse)
    room.warehouse.damaged = True  # as a reader leaves it who met the damage
    with pytest.raises(ReadingBeingMade):
        room.pipes()
    room.send(2)
    until(lambda: room.warehouse.moved_aside is not None and not room.warehouse.held)
    assert room.loader.caught_up()
    assert room.pipes() == [1, 2]
    assert contents(room.warehouse)["main.form_version"] == before["main.form_version"]


def test_a_file_that_does_not_open_is_filled_again(room: Room) -> None:
    room.loader.start()
    room.send(1)
    assert room.loader.caught_up()
    room.close_reading()
    room.warehouse.path.write_bytes(b"no database")
    room.open_reading()
    assert room.warehouse.moved_aside is not None
    room.loader.start()
    assert room.loader.caught_up()
    assert room.pipes() == [1]


@pytest.mark.parametrize("with_thread", [True, False])
def test_made_anew_it_is_the_same(room: Room, with_thread: bool) -> None:
    for number in range(1, 40):
        room.send(number)
    if with_thread:
        room.loader.start()
        assert room.loader.caught_up()
    else:
        room.loader.catch_up()
    before = contents(room.warehouse)
    seen: list[tuple[int, int]] = []
    room.loader.rebuild(lambda loaded, head: seen.append((loaded, head)))
    assert seen[-1] == (room.loader.loaded_seq, room.store.ledger.head().seq)
    assert contents(room.warehouse) == before
    assert not list(room.folder.glob("*.damaged-*"))


def test_far_behind_nobody_reads(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "FAR_BEHIND", 5)
    for number in range(1, 10):
        room.send(number)
    room.loader._take_up()
    with pytest.raises(ReadingBeingMade):
        room.pipes()
    assert room.loader.status().being_made
    room.loader.start()
    assert room.loader.caught_up()
    assert len(room.pipes()) == 9


def test_a_record_that_cannot_be_loaded_stops_nothing(room: Room) -> None:
    room.loader.start()
    room.send(1)
    room.send(2, xml=b"<data id='visit' version='1'>cut off")
    room.send(3)
    assert room.loader.caught_up()
    assert room.pipes() == [1, 3]
    assert room.loader.status().set_aside == 1


def test_a_command_loads_what_there_is_by_itself(room: Room) -> None:
    for number in range(1, 4):
        room.send(number)
    seen: list[tuple[int, int]] = []
    room.loader.catch_up(lambda loaded, head: seen.append((loaded, head)))
    assert room.pipes() == [1, 2, 3]
    head = room.store.ledger.head().seq
    assert seen[-1] == (head, head)


def test_after_an_erasure_the_file_is_made_anew(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "CLEAN_S", 0.1)
    room.loader.start()
    outcome = room.send(
        1, xml=an_instance(FORM, {"pipes": "1", "remark": "ERASE ME " * 50}, instance_id=an_id(1))
    )
    room.send(2)
    assert room.loader.caught_up()
    left = an_instance(FORM, {"pipes": "1", "remark": None}, instance_id=an_id(1))
    room.store.decisions.erase(outcome.seq, instance=left, reason="asked for", now=NOW, actor=None)
    assert room.loader.caught_up()
    until(lambda: not room.loader.status().being_made and not room.warehouse.has_traces())
    assert room.loader.caught_up()
    with room.warehouse.read() as db:
        rows = db.execute("SELECT pipes, remark FROM form_visit.submissions ORDER BY _seq").fetchall()
    assert rows == [(1, None), (2, "remark 2")]
    room.close_reading()
    assert not any(b"ERASE ME" in file.read_bytes() for file in room.folder.glob("reading.duckdb*"))
    room.open_reading()


def test_a_token_is_hashed_with_the_key_of_the_server() -> None:
    ours, theirs = token_hash(b"1" * 32), token_hash(b"2" * 32)
    assert ours("slip 7") == ours("slip 7") != ours("slip 8")
    assert ours("slip 7") != theirs("slip 7")
    assert "slip" not in ours("slip 7")
