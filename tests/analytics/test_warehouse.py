"""The file of the reading.

- What was loaded is there after closing and opening again.
- A file that does not open, is damaged, or was laid out by another version is moved aside, and an empty one
  takes its place; of such files only the latest is kept.
- A file that another process holds is no damaged file.
- Nobody reads while the tables are being made, and who is reading then is told so.
- A reader that takes too long is stopped, and only that one.
- A reader can neither reach files of the machine nor change how the engine is set.
- What is written together is there together, or not at all.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from analytics import warehouse as warehouses
from analytics.warehouse import ReadingBeingMade, ReadingDamaged, ReadingInUse, ReadingTooSlow, Warehouse
from tests.ledger import a_warehouse


def mark(warehouse: Warehouse, name: str) -> None:
    with warehouse.write() as db:
        db.execute("INSERT INTO village VALUES (1, $name, 'А', 'А', 'A')", {"name": name})


def marks(warehouse: Warehouse) -> list[str]:
    with warehouse.read() as db:
        return [name for (name,) in db.execute("SELECT name FROM village ORDER BY name").fetchall()]


def test_what_was_loaded_is_there_after_opening_again(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    assert warehouse.fresh
    mark(warehouse, "ak-suu")
    warehouse.close()
    again = a_warehouse(tmp_path)
    assert not again.fresh
    assert marks(again) == ["ak-suu"]
    assert again.progress() == (0, "")
    again.close()


@pytest.mark.parametrize("damage", ["empty", "words", "half", "head"])
def test_a_file_that_does_not_open_is_moved_aside(tmp_path: Path, damage: str) -> None:
    warehouse = a_warehouse(tmp_path)
    mark(warehouse, "ak-suu")
    warehouse.close()
    file = tmp_path / "reading.duckdb"
    whole = file.read_bytes()
    broken = {
        "empty": b"",
        "words": b"this is no database " * 1000,
        "half": whole[: len(whole) // 2],
        "head": whole[:4096] + bytes(8192) + whole[12288:],
    }[damage]
    file.write_bytes(broken)
    (tmp_path / "reading.duckdb.damaged-20200101T000000").write_bytes(b"an earlier one")
    again = a_warehouse(tmp_path)
    assert again.fresh
    assert again.moved_aside is not None and again.moved_aside.read_bytes() == broken
    assert marks(again) == []
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1
    again.close()


def test_a_file_of_another_layout_is_moved_aside(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    mark(warehouse, "ak-suu")
    with warehouse.write() as db:
        db.execute("UPDATE progress SET layout = 'of last year'")
    warehouse.close()
    again = a_warehouse(tmp_path)
    assert again.fresh and again.moved_aside is not None
    assert marks(again) == []
    again.close()


def test_a_file_that_another_process_holds_is_not_damaged(tmp_path: Path) -> None:
    a_warehouse(tmp_path).close()
    script = (
        "import duckdb, sys\n"
        "db = duckdb.connect()\n"
        "db.execute(f\"ATTACH '{sys.argv[1]}' AS reading\")\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    file = tmp_path / "reading.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        with pytest.raises(ReadingInUse):
            a_warehouse(tmp_path)
        other.communicate("")
    assert not list(tmp_path.glob("*.damaged-*"))
    a_warehouse(tmp_path).close()


def test_damage_met_while_reading_is_told_and_ends_with_a_new_file(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    with warehouse.write() as db:
        db.execute("INSERT INTO village SELECT 1, repeat('x', 500) || range, '', '', '' FROM range(20000)")
    warehouse.close()
    file = tmp_path / "reading.duckdb"
    content = bytearray(file.read_bytes())
    for at in range(3 * 4096 + 262144, len(content) - 300, 4096):  # the data, not the lists of what is where
        content[at : at + 8] = b"\xa5" * 8
    file.write_bytes(bytes(content))
    again = a_warehouse(tmp_path)
    if not again.fresh:  # met at opening it is moved aside at once, else by the first who reads
        with pytest.raises(ReadingBeingMade), again.read() as db:
            db.execute("SELECT max(name), count(DISTINCT label_ky) FROM village").fetchall()
        assert again.damaged
        with pytest.raises(ReadingDamaged), again.write():
            pass
        again.renew(keep=True)
    assert again.moved_aside is not None
    assert not again.damaged and marks(again) == []
    again.close()


def test_nobody_reads_while_the_tables_are_made(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    warehouse.hold()
    with pytest.raises(ReadingBeingMade), warehouse.read():
        pass
    mark(warehouse, "ak-suu")
    warehouse.release()
    assert marks(warehouse) == ["ak-suu"]
    warehouse.close()
    with pytest.raises(ReadingBeingMade), warehouse.read():
        pass


def test_a_reader_that_takes_too_long_is_stopped_alone(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    with warehouse.read() as other:
        with pytest.raises(ReadingTooSlow), warehouse.read(timeout_s=0.05) as db:
            db.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 7")
        assert other.execute("SELECT 1").fetchall() == [(1,)]
    warehouse.close()


def test_whoever_reads_while_the_file_is_made_anew_is_told_so(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    mark(warehouse, "ak-suu")
    busy = threading.Event()

    def read_for_long() -> str:
        try:
            with warehouse.read() as db:
                busy.set()
                db.execute(
                    "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 7"
                )
        except ReadingBeingMade:
            return "being made"
        return "read to the end"

    with ThreadPoolExecutor(1) as pool, pytest.raises(ReadingBeingMade), warehouse.read() as idle:
        reader = pool.submit(read_for_long)
        assert busy.wait(10)
        warehouse.renew(keep=False)
        assert reader.result(10) == "being made"
        idle.execute("FROM village")
    assert marks(warehouse) == []
    warehouse.close()


def test_a_reader_reaches_no_files_and_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    warehouse = a_warehouse(tmp_path)
    for statement in (
        f"FROM '{tmp_path / 'secret.csv'}'",
        f"COPY village TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ):
        with pytest.raises(duckdb.Error), warehouse.read() as db:
            db.execute(statement)
    with warehouse.read() as db:
        db.execute(f"COPY village TO '{tmp_path / 'tmp' / 'out.csv'}'")
    warehouse.close()


def test_what_is_written_together_is_there_together(tmp_path: Path) -> None:
    warehouse = a_warehouse(tmp_path)
    with pytest.raises(ZeroDivisionError), warehouse.write() as db:
        db.execute("INSERT INTO village VALUES (1, 'ak-suu', '', '', '')")
        1 / 0  # noqa: B018
    assert marks(warehouse) == []
    warehouse.close()


def test_the_layout_changes_with_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    before = warehouses.layout_of_the_reading()
    monkeypatch.setattr(warehouses, "LAYOUT", warehouses.LAYOUT + 1)
    warehouses.layout_of_the_reading.cache_clear()
    assert warehouses.layout_of_the_reading() != before
    monkeypatch.undo()
    warehouses.layout_of_the_reading.cache_clear()
    assert warehouses.layout_of_the_reading() == before
