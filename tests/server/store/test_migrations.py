"""The steps of the layout lead to exactly the tables of the code, on both engines, whoever starts at once."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.store import Store, migrations, open_store
from server.store.database import SQLITE_FILE
from server.store.tables import metadata

STEPS = Path(migrations.__file__).parent


def test_the_steps_lead_to_the_tables_of_the_code(store: Store) -> None:
    with store.database.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_step_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.NEWEST]


def test_a_step_stands_alone() -> None:
    """It is applied to data of years ago, so it must not follow what tables.py says today."""
    for step in (STEPS / "versions").glob("*.py"):
        names = [
            node.module or ""
            for node in ast.walk(ast.parse(step.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        ]
        assert not any(name.startswith("server") for name in names), step.name


def test_starting_again_touches_nothing(tmp_path: Path, database: str | None) -> None:
    with open_store(tmp_path / "data", database) as store:
        project = store.projects.all()
        key = store.secret
    with open_store(tmp_path / "data", database) as store:
        assert (store.projects.all(), store.secret, store.ledger.head().seq) == (project, key, 0)


def test_several_processes_may_start_at_the_same_instant(tmp_path: Path, database: str | None) -> None:
    code = (
        "import sys; from pathlib import Path; from server.store import open_store\n"
        "with open_store(Path(sys.argv[1]), sys.argv[2] or None) as store: print(len(store.projects.all()))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data"), database or ""],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [out.strip() for out, _ in said] == ["1", "1", "1"], said


def test_the_folder_may_have_any_name_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "50% of айыл #1, too"
    with open_store(data) as store:
        assert store.ledger.head().seq == 0
        mode = (data / SQLITE_FILE).stat().st_mode & 0o777
    assert mode in (0o600, 0o666)  # Windows knows no such rights
