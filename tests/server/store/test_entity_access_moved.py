"""Values that were named for single phones become properties of theirs, and each phone sees what it saw."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from server.store import migrations, open_store
from server.store.database import Database
from server.store.entities import AccessRule
from server.store.migrations import _first_rows
from tests import postgresql

AT = "2026-05-01T06:00:00.000000Z"


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """A database of the layout before, empty."""
    if request.param == "sqlite":
        yield None
        return
    server: str = request.getfixturevalue("postgresql_server")
    with postgresql.new_database(server, "before_rules") as address:
        yield address


def lay_out(data: Path, database: str | None) -> None:
    opened = Database(data, database)
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    with opened.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        _first_rows(connection)
        _fill(connection)
    opened.close()


def _insert(connection: Connection, table: str, **values: object) -> None:
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)


def _fill(connection: Connection) -> None:
    _insert(connection, "project", id=1, name="A", description="", aimak_code="", created_at=AT)
    for number in (1, 2, 3):
        _insert(
            connection, "actor", id=number, kind="app_user", display_name=f"Phone {number}", created_at=AT
        )
    _insert(connection, "actor_property", project_id=1, name="Village", created_at=AT)
    for number, shown_by in ((1, "village"), (2, None)):
        _insert(
            connection, "entity_list", id=number, project_id=1, name=f"list_{number}", changes=1,
            approval_required=False, owner_only=False, filter_property=shown_by, changed_at=AT, created_at=AT,
        )  # fmt: skip
        _insert(
            connection, "entity_property", entity_list=number, name="village", position=0, published_at=AT
        )
    for actor, value in ((1, "ak-suu"), (2, "kara-suu"), (2, "tash")):
        _insert(connection, "entity_view", entity_list=1, actor_id=actor, value=value)
    for number, village in enumerate(("ak-suu", "kara-suu", "tash", "")):
        _insert(
            connection, "entity", entity_list=1, uuid=f"{number}", version=1, label=village, created_at=AT,
            data=f'{{"village":"{village}"}}', filter_value=village,
        )  # fmt: skip


def test_each_phone_sees_what_it_saw(tmp_path: Path, older: str | None) -> None:
    lay_out(tmp_path, older)
    with open_store(tmp_path, older) as store:
        shown, whole = store.entity_lists.get(1, "list_1"), store.entity_lists.get(1, "list_2")
        names = ("village_2", "village_3")  # Village is taken
        assert shown.rules == tuple(AccessRule("village", name) for name in names)
        assert whole.rules == ()
        assert dict(store.actor_properties.of(2)) == {"village_2": "kara-suu", "village_3": "tash"}
        seen = {
            actor: {one.label for one in store.entities.each(shown, store.entity_access.scope(shown, actor))}
            for actor in (1, 2, 3)
        }
        assert seen == {1: {"ak-suu"}, 2: {"kara-suu", "tash"}, 3: set()}
