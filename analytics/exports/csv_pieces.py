"""The text of a CSV file, written by DuckDB in pieces, so that a form of any size takes little memory.

Unlike ODK Central's, a text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a
carriage return, and is no number) gets an apostrophe in front.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

from duckdb import DuckDBPyConnection

from analytics.answers import quoted
from analytics.exports.layout import TEXT, Cell, ExportTable
from analytics.warehouse import Warehouse

ROWS = 10_000  # submissions in a piece
READ_BYTES = 1 << 20

# asked one by one: three times as fast as a list of first letters, which costs as much as all the rest
_STARTS_A_FORMULA = ("'='", "'+'", "'-'", "'@'", "chr(9)", "chr(13)")
_NUMBER = r"'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?'"
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_IS_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)  # see columns.py


def csv_pieces(
    db: DuckDBPyConnection, warehouse: Warehouse, file: ExportTable, count: int
) -> Iterator[bytes]:
    """The header, then the rows of the `count` submissions in the temporary table `wanted`."""
    yield csv_line([cell.header for cell in file.cells])
    if warehouse.memory_files is not None:
        yield from _in_memory(db, file, count)
        return
    columns = ", ".join(f"{_written(cell)} AS c{number}" for number, cell in enumerate(file.cells))
    for first in range(1, count + 1, ROWS):
        piece = warehouse.tmp / f"export-{uuid.uuid4().hex}.csv"
        try:
            rows = file.rows(columns, first, first + ROWS - 1)
            db.execute(f"COPY ({rows}) TO {quoted(str(piece))} (FORMAT csv, HEADER false)")
            yield from file_chunks(piece)
        finally:
            piece.unlink(missing_ok=True)


def _in_memory(db: DuckDBPyConnection, file: ExportTable, count: int) -> Iterator[bytes]:
    """The same without a file: what is decrypted must not come near a disk."""
    columns = ", ".join(
        f"CAST({_written(cell)} AS VARCHAR) AS c{number}" for number, cell in enumerate(file.cells)
    )
    for first in range(1, count + 1, ROWS):
        result = db.execute(file.rows(columns, first, first + ROWS - 1))
        while rows := result.fetchmany(1000):
            yield b"".join(
                (",".join("" if cell is None else _quoted(cell) for cell in row) + "\n").encode()
                for row in rows
            )


def csv_line(cells: list[str]) -> bytes:
    """A line of texts as RFC 4180 has it, none of them a formula."""
    return (",".join(_quoted(harmless(cell)) for cell in cells) + "\n").encode()


def harmless(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula; a number stays one."""
    starts = text.startswith(("=", "+", "-", "@", "\t", "\r"))
    return "'" + text if starts and not _IS_NUMBER.fullmatch(text) else text


def guarded(text: str) -> str:
    """SQL that does to a text what `harmless` does."""
    starts = " OR ".join(f"prefix({text}, {start})" for start in _STARTS_A_FORMULA)
    return (
        f"CASE WHEN {starts} THEN CASE WHEN regexp_full_match({text}, {_NUMBER}) THEN {text} "
        f"ELSE '''' || {text} END ELSE {text} END"
    )


def file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(READ_BYTES):
            yield chunk


def _written(cell: Cell) -> str:
    return guarded(cell.sql) if cell.kind == TEXT else cell.sql


def _quoted(text: str) -> str:
    if text and not _NEEDS_QUOTES.search(text):
        return text
    return '"' + text.replace('"', '""') + '"' if text else text
