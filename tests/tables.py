"""Tables of DuckDB written as Markdown: a header of names, a row of types, then the rows; empty is NULL."""

from __future__ import annotations

import duckdb
from duckdb import DuckDBPyConnection

from analytics.tables import Table, parse_table, read_sql, read_table

__all__ = ["Table", "load", "parse_table", "read_table"]


def load(*names_and_rows: str, into: DuckDBPyConnection | None = None) -> DuckDBPyConnection:
    """A database with these tables: name, Markdown, name, Markdown ... and the macros of the scores."""
    db = into or duckdb.connect()
    db.execute(read_sql("measures"))
    for name, markdown in zip(names_and_rows[::2], names_and_rows[1::2], strict=True):
        columns, kinds, *rows = [
            [cell.strip() or None for cell in line.strip().strip("|").split("|")]
            for line in markdown.strip().splitlines()
        ]
        typed = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, kinds, strict=True))
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})")
        if rows:
            marks = ", ".join("?" for _ in columns)
            db.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    return db
