"""The reading damaged in every way, and every kind of record altered.

- Deleted, cut, overwritten, made by another version, its log damaged: the server starts, acknowledges
  what is sent meanwhile, says that the tables are being made anew, and then has all of them again.
- The same while it runs, where the system lets anybody touch an open file.
- A byte changed in the ledger, a blob, a frozen table or a table of the truth is found and named.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from analytics.warehouse import ReadingBeingMade
from forms.errors import Sentence
from server.actions.close_round import close_round
from server.actions.publish_round import publish_round
from server.actions.review_submissions import review_found
from server.pages.words import translate
from server.permissions import owner
from server.store.arrival import Arrival
from server.store.submissions import Wanted
from tests.crash.process import FORM, FORM_ID, Folder, ServerProcess, command, make_folder
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


# ---- what is proven -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A small folder with a record of every kind: a round published, submissions, files, decisions."""
    folder = make_folder(tmp_path_factory.mktemp("proven") / "data", phones=1, rounds=2)
    with ServerProcess(folder) as server:
        server.start()
        with Phone(f"{server.address}{folder.ways[0]}") as phone:
            for number in range(8):
                values = {"stream": "C", "object": "o0", "taste": "4", "photo": f"{number}.jpg"}
                xml = an_instance(FORM, values, instance_id=f"uuid:{number}")
                assert phone.send(xml, {f"{number}.jpg": b"photo %d" % number}).accepted
            edit = an_instance(
                FORM, {"stream": "C", "object": "o1"}, instance_id="uuid:e", deprecated_id="uuid:7"
            )
            assert phone.send(edit).accepted
        server.stop()
    now = datetime.now(UTC)
    with folder.open() as context:
        wanted = Wanted(project_id=1, form_id=FORM_ID)
        review_found(context.store, wanted, "accepted", reason="көрүлдү", person=owner())
        context.loader.start()
        close_round(context, "round-0", now=now, actor=None)
        publish_round(context, "round-0", now=now, actor=None, kenesh_resolution_no="7")
        assert context.loader.caught_up()
    assert command(folder.data, "verify").returncode == 0
    return folder


@contextlib.contextmanager
def altered(folder: Folder, change: Callable[[sqlite3.Connection], object]) -> Iterator[Folder]:
    """A copy in which somebody with rights on the file has changed something."""
    copy = folder.data.with_name("altered")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder.data, copy)
    with contextlib.closing(sqlite3.connect(copy / "baikoo.sqlite3")) as connection:
        change(connection)
        connection.commit()
    yield Folder(copy, folder.ways, folder.token, folder.rounds)
    shutil.rmtree(copy)


def findings(folder: Folder) -> list[str]:
    from server.store import open_store
    from server.store.verify import verify

    with open_store(folder.data) as store:
        return [str(each.sentence) for each in verify(store).findings]


# Columns that no record tells of: numbers that only join tables, what the reading takes from the instance
# itself, and what is outside the ledger by design (design.md 2.1).
UNPROVEN: dict[str, set[str]] = {
    "submission": {
        "form", "form_version", "instance_name", "device_id", "user_agent", "link_token", "decided_at",
    },
    "submission_file": {"expected"},
    "form_version": {"id", "form", "workbook_name"},
    "registry_object": {"changed_at", "project_id"},
    "village": {"position", "project_id"},
    "round": {"project_id"},
    "round_form": {"position"},
    "round_object": {"project_id"},
    "round_file": {"size"},
    "decision": set(),
    "record": set(),
}  # fmt: skip


def test_a_change_in_any_column_of_the_truth_is_found(proven: Folder) -> None:
    unfound = []
    with contextlib.closing(sqlite3.connect(proven.data / "baikoo.sqlite3")) as connection:
        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in UNPROVEN
        }
        rows = {
            table: [
                row[0] for row in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 3")
            ]
            for table in UNPROVEN
        }
    for table, names in columns.items():
        for name in names:
            if name in UNPROVEN[table]:
                continue
            for rowid in rows[table][:1]:

                def change(
                    connection: sqlite3.Connection, table: str = table, name: str = name, rowid: int = rowid
                ) -> None:
                    connection.execute("PRAGMA foreign_keys = OFF")
                    connection.execute("PRAGMA ignore_check_constraints = ON")
                    (value,) = connection.execute(
                        f"SELECT {name} FROM {table} WHERE rowid = ?", (rowid,)
                    ).fetchone()
                    with contextlib.suppress(sqlite3.IntegrityError):
                        connection.execute(
                            f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (another(value), rowid)
                        )

                with altered(proven, change) as folder:
                    try:
                        found = findings(folder)
                    except Exception as error:
                        unfound.append((table, name, repr(error)[:100]))
                        continue
                    if not found:
                        unfound.append((table, name, "nothing found"))
    assert not unfound, "\n".join(map(str, unfound))


def another(value: object) -> object:
    """Something else of the same kind, as little else as can be."""
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        text = value or "0"
        place = next((i for i in range(len(text) - 1, -1, -1) if text[i].isalnum()), 0)
        return text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
    return "x"


def test_a_row_that_is_gone_or_too_many_is_found(proven: Folder) -> None:
    for table in (
        "submission",
        "submission_file",
        "decision",
        "form_version",
        "registry_object",
        "round_file",
    ):
        with altered(
            proven,
            lambda db, table=table: (
                db.execute("PRAGMA foreign_keys = OFF"),
                db.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"),
            ),
        ) as folder:
            assert findings(folder), f"a row of {table} is gone"
    for seq in ("1", "(SELECT max(seq) / 2 FROM record)"):
        with altered(
            proven, lambda db, seq=seq: db.execute(f"DELETE FROM record WHERE seq = {seq}")
        ) as folder:
            assert findings(folder)


def test_a_changed_blob_is_named(proven: Folder) -> None:
    blobs = [path for path in (proven.data / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) > 20
    for number, blob in enumerate(blobs):
        content = blob.read_bytes()
        name = blob.parent.name + blob.name
        changed = bytearray(content)
        changed[len(content) // 2] ^= 1
        blob.write_bytes(changed if number % 2 else content[:-1])
        try:
            assert any(name in finding for finding in findings(proven)), blob
        finally:
            blob.write_bytes(content)
    said = command(proven.data, "verify")
    assert said.returncode == 0, said.stdout


def test_a_byte_changed_in_the_file_itself_is_found(proven: Folder) -> None:
    """Not through SQL: the very bytes of the answers on the disk."""
    copy = proven.data.with_name("bytes")
    shutil.copytree(proven.data, copy)
    file = copy / "baikoo.sqlite3"
    content = bytearray(file.read_bytes())
    place = content.find(b"<taste>4</taste>")
    assert place > 0
    content[place + 7] = ord("1")
    file.write_bytes(content)
    said = command(copy, "verify")
    assert said.returncode == 1 and "uuid:" in said.stdout + said.stderr
    shutil.rmtree(copy)
