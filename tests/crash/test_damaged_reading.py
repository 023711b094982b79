"""The reading damaged in every way.

- Deleted, cut, overwritten, made by another version, its log damaged: the server starts, acknowledges
  what is sent meanwhile, says that the tables are being made anew, and then has all of them again.
- The same while it runs, where the system lets anybody touch an open file.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from analytics.warehouse import ReadingBeingMade
from forms.errors import Sentence
from server.pages.words import translate
from server.store.arrival import Arrival
from tests.crash.process import FORM, FORM_ID, Folder, ServerProcess, make_folder
from tests.ledger import contents
from tests.make import an_instance
from tests.phone import Phone

pytestmark = pytest.mark.crash

MANY = 6000  # so many records take a while to load


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder with many submissions, all of them loaded."""
    folder = make_folder(tmp_path_factory.mktemp("filled") / "data", phones=1, rounds=2)
    now = datetime.now(UTC)
    with folder.open() as context:
        waiting = []
        for number in range(MANY):
            instance_id = f"uuid:{number}"
            values = {
                "stream": "C",
                "object": "o0",
                "taste": str(number % 5 + 1),
                "remark": "Суу таза. " * 20,
            }
            xml = an_instance(FORM, values, instance_id=instance_id)
            waiting.append(
                context.store.receive(
                    Arrival(
                        project_id=1,
                        form_id=FORM_ID,
                        version="1",
                        instance_id=instance_id,
                        xml=xml,
                        at=now,
                        round_id="round-0",
                    )
                )
            )
        for future in waiting:
            future.result(60)
        context.loader.catch_up()
    return folder


@pytest.fixture
def folder(filled: Folder, tmp_path: Path) -> Folder:
    """A copy of it: all data lies in one folder that can be copied."""
    shutil.copytree(filled.data, tmp_path / "data")
    return Folder(tmp_path / "data", filled.ways, filled.token, filled.rounds)


def reading(folder: Folder) -> Path:
    return folder.data / "reading.duckdb"


def log_of(folder: Folder) -> Path:
    return folder.data / "reading.duckdb.wal"


def noise(file: Path, start: float, length: float) -> None:
    """Overwrite a part, from and for these shares of the file."""
    size = file.stat().st_size
    with file.open("rb+") as opened:
        opened.seek(int(size * start))
        opened.write(bytes((7 * n) % 251 for n in range(4096)) * (int(size * length) // 4096 + 1))


def a_log(folder: Folder) -> None:
    """Leave a log beside the file, as a crash does."""
    with ServerProcess(folder) as server:
        server.start()
        server.until_loaded()
        with Phone(f"{server.address}{folder.ways[0]}") as phone:
            for number in range(20):
                xml = an_instance(FORM, {"stream": "C", "object": "o1"}, instance_id=f"uuid:log-{number}")
                assert phone.post(xml).status_code == 201
        server.until_loaded()
        server.kill()
    assert log_of(folder).stat().st_size > 0


def other_layout(folder: Folder) -> None:
    with duckdb.connect(str(reading(folder))) as db:
        db.execute("UPDATE progress SET layout = 'of another version'")


def no_database(folder: Folder) -> None:
    reading(folder).unlink()
    reading(folder).write_text("Бул маалымат базасы эмес.", "utf-8")


def log_noise(folder: Folder) -> None:
    a_log(folder)
    noise(log_of(folder), 0.2, 0.5)


def log_cut(folder: Folder) -> None:
    a_log(folder)
    with log_of(folder).open("rb+") as log:
        log.truncate(log_of(folder).stat().st_size // 2 + 3)


def log_alone(folder: Folder) -> None:
    a_log(folder)
    reading(folder).unlink()


def log_gone(folder: Folder) -> None:
    a_log(folder)
    log_of(folder).unlink()


def cut(share: float) -> Callable[[Folder], None]:
    def do(folder: Folder) -> None:
        with reading(folder).open("rb+") as file:
            file.truncate(int(reading(folder).stat().st_size * share))

    return do


DAMAGES: dict[str, Callable[[Folder], None]] = {
    "deleted": lambda folder: reading(folder).unlink(),
    "empty": cut(0),
    "cut to half": cut(0.5),
    "cut at its end": cut(0.98),
    "noise everywhere": lambda folder: noise(reading(folder), 0, 1),
    "noise in its head": lambda folder: noise(reading(folder), 0, 0.001),
    "noise in the middle": lambda folder: noise(reading(folder), 0.3, 0.4),
    "no database at all": no_database,
    "of another version": other_layout,
    "noise in its log": log_noise,
    "its log cut": log_cut,
    "its log alone is left": log_alone,
    "its log is gone": log_gone,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_reading_damaged_while_stopped_comes_back(folder: Folder, damage: str) -> None:
    DAMAGES[damage](folder)
    with ServerProcess(folder) as server:
        server.start()
        with Phone(f"{server.address}{folder.ways[0]}") as phone:
            xml = an_instance(FORM, {"stream": "C", "object": "o1"}, instance_id="uuid:meanwhile")
            assert phone.send(xml).accepted
            watch(server)
            assert phone.send(xml).accepted
        rows = server.get(f"/v1/projects/1/forms/{FORM_ID}/submissions.csv")
        assert rows.status_code == 200 and rows.text.count("uuid:") >= MANY + 1
        server.stop()
    equals_one_made_anew(folder)


def watch(server: ServerProcess) -> None:
    """Ask until the tables are whole again."""
    until = time.monotonic() + 90
    while True:
        table = server.get(f"/v1/projects/1/forms/{FORM_ID}/submissions.csv")
        if table.status_code == 200 and table.text.count("uuid:") >= MANY:
            break
        assert table.status_code in (200, 503), table.text
        assert time.monotonic() < until, "the tables did not come back"
        time.sleep(0.05)
    server.until_loaded()


@pytest.mark.parametrize("language", ["ky", "en"])
def test_pages_say_that_the_tables_are_being_made_anew(folder: Folder, language: str) -> None:
    sentence = translate(Sentence(ReadingBeingMade.text), language)
    reading(folder).unlink()
    said = []
    with ServerProcess(folder) as server:
        server.start()
        while server.get("/readyz").json()["reading_being_made"]:
            page = server.get(f"/rounds/round-0?lang={language}")
            program = server.get("/v1/projects/1/rounds/round-0/counts")
            assert page.status_code in (200, 503) and program.status_code in (200, 503)
            said.append((page.status_code, sentence in page.text))
        server.until_loaded()
        assert server.get("/rounds/round-0").status_code == 200
    assert (503, True) in said and (503, False) not in said


def equals_one_made_anew(folder: Folder) -> None:
    with folder.open() as context:
        context.loader.catch_up()
        found = contents(context.warehouse)
        assert context.loader.status().set_aside == 0
        context.loader.rebuild()
        assert contents(context.warehouse) == found


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody touch an open file")
@pytest.mark.parametrize("damage", ["deleted", "empty", "noise everywhere", "noise in the middle"])
def test_a_reading_damaged_while_running_comes_back(folder: Folder, damage: str) -> None:
    with ServerProcess(folder) as server:
        server.start()
        server.until_loaded()
        DAMAGES[damage](folder)
        with Phone(f"{server.address}{folder.ways[0]}") as phone:
            for number in range(300):
                xml = an_instance(FORM, {"stream": "C", "object": "o1"}, instance_id=f"uuid:after-{number}")
                assert phone.post(xml).status_code == 201
                if number % 50 == 0:  # whatever it finds there, it answers
                    assert server.get(f"/v1/projects/1/forms/{FORM_ID}/submissions.csv").status_code in (
                        200,
                        503,
                    )
                    assert server.get("/").status_code in (200, 503)
        server.stop()
        server.start()
        watch(server)
        server.stop()
    equals_one_made_anew(folder)
