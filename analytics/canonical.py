"""Tables as bytes that are the same whoever writes them: UTF-8, LF, ordered by key, six decimals.

A DOUBLE is rounded half away from zero to six decimals and written with all of them; a boolean is true or
false, a list is joined by ";", and what is absent is empty.
"""

# ruff: noqa: S608 - names of columns are quoted, sources are ours
from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from duckdb import DuckDBPyConnection


def write_csv(db: DuckDBPyConnection, source: str, grain: Iterable[str], *, guarded: bool = False) -> bytes:
    """All rows of a table or view as CSV with a header.

    `guarded`: a text that a spreadsheet would take for a formula gets an apostrophe before it. That is for
    what leaves the house; frozen tables stand as they are.
    """
    described = db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    cells = ", ".join(f"coalesce({_cell(_quoted(name), kind, guarded)}, '')" for name, kind, *_ in described)
    rows = db.execute(
        f"SELECT concat_ws(',', {cells}) FROM {source} ORDER BY {', '.join(map(_quoted, grain))} NULLS FIRST"
    ).fetchall()
    header = ",".join(name for name, *_ in described)
    return "\n".join([header, *(row[0] for row in rows), ""]).encode()


def read_csv(content: bytes) -> dict[str, list[str | None]]:
    """Column name -> its cells, an empty one as None."""
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    return {name: [cell or None for cell in cells] for name, cells in zip(header, columns, strict=True)}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(column: str, kind: str, guarded: bool) -> str:
    if kind == "DOUBLE":
        # as six(x) in scores/measures.sql: bytes do not depend on the order of adding; no negative zero
        return f"format('{{:.6f}}', round(round({column}, 12), 6) + 0.0)"
    if kind != "VARCHAR":
        text = f"array_to_string({column}, ';')" if kind.endswith("[]") else f"{column}::VARCHAR"
        return text if not kind.endswith("[]") else _cell_of_text(text, guarded)
    return _cell_of_text(column, guarded)


def _cell_of_text(text: str, guarded: bool) -> str:
    if guarded:
        text = f"regexp_replace({text}, '^([=+@\\t\\r-])', '''\\1')"
    return (
        f"CASE WHEN regexp_matches({text}, '[\",\\r\\n]')"
        f" THEN '\"' || replace({text}, '\"', '\"\"') || '\"' ELSE {text} END"
    )
