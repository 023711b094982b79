"""How every table is laid out: names of its constraints, and indexes of some rows only."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, Table
from sqlalchemy import text as sql
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, metadata, *parts)


def partial(name: str, where: str, *columns: str) -> Index:
    """An index of some rows only."""
    return Index(name, *columns, sqlite_where=sql(where), postgresql_where=sql(where))
