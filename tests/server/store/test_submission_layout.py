"""Older data is taken along when the layout of submissions changes.

- Files that others of the same name have replaced were told of by their records alone: they get their rows.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import select

from server.store import migrations
from server.store.chain import canonical
from server.store.database import SQLITE_FILE, Database
from server.store.migrations import migrate
from server.store.tables import replaced_file

SUBJECT = "1/wells/uuid:1"


def lay_out(database: Database, step: str) -> None:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)


def insert(file: sqlite3.Connection, table: str, **values: object) -> None:
    marks = ", ".join("?" * len(values))
    file.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def test_files_that_were_replaced_get_their_rows(tmp_path: Path) -> None:
    database = Database(tmp_path, None)
    lay_out(database, "0004")
    at = "2026-05-01T06:00:00.000000Z"
    files = {seq: {"name": "a.jpg", "sha256": str(seq) * 64, "size": 5} for seq in (2, 3)}
    with closing(sqlite3.connect(tmp_path / SQLITE_FILE)) as file:
        for seq, kind, payload in (
            (1, "submission", b"<data/>"),
            *((seq, "attachment", canonical(dict(told))) for seq, told in files.items()),
        ):
            insert(
                file, "record", seq=seq, at=at, kind=kind, subject=SUBJECT, actor=0, round="",
                payload_sha256="", prev="", hash="", payload=payload,
            )  # fmt: skip
        insert(
            file, "submission", seq=1, root_seq=1, form=1, form_version=1, instance_id="uuid:1", actor_id=0,
            state="received", received_at=at, instance_key=hashlib.sha256(SUBJECT.encode()).digest()[:16],
        )  # fmt: skip
        insert(file, "submission_file", submission=1, expected=True, seq=3, **files[3])
        file.commit()
    migrate(database)
    with database.read() as connection:
        rows = [tuple(row) for row in connection.execute(select(replaced_file))]
    database.close()
    assert rows == [(2, 1, "a.jpg", "2" * 64)]
