"""The layout of the tables, step by step (Alembic). A step is applied once and never edited."""

from __future__ import annotations

import io
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from server.store.database import Database
from server.store.generations import FAMILIES
from server.store.tables import chain, generation
from server.store.troubles import StoreTooNew

NEWEST = "0011"


def migrate(database: Database) -> None:
    """Bring the tables to the newest layout, whoever else is starting at the same time.

    Raises: StoreTooNew (a later Baikoo made them).
    """
    with database.reading.connect() as connection:
        if _layout(connection) == NEWEST:
            return
    with database.writing.begin() as connection:
        database.lock_layout(connection)
        layout = _layout(connection)
        if layout != NEWEST:
            if layout is not None and layout > NEWEST:
                raise StoreTooNew()
            _upgrade(connection)
        _first_rows(connection)


def _layout(connection: Connection) -> str | None:
    """The step these tables are at; None while there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    layout: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return layout


def _upgrade(connection: Connection) -> None:
    from alembic import command  # a start with nothing to migrate does without it
    from alembic.config import Config

    config = Config(stdout=io.StringIO())
    # a % in the path of the folder means nothing to us
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _first_rows(connection: Connection) -> None:
    if connection.scalar(select(chain.c.id)) is None:
        connection.execute(chain.insert().values(id=1))
    known = set(connection.scalars(select(generation.c.family)))
    for family in FAMILIES:
        if family not in known:
            connection.execute(generation.insert().values(family=family, number=1))
