"""Submissions of a form as Parquet, a file per table, in a zip: with the types of the answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from duckdb import DuckDBPyConnection
from zipstream import ZIP_STORED, ZipStream

from analytics.answers import identifier, quoted
from analytics.exports.csv_pieces import file_chunks
from analytics.exports.layout import ExportTable, export_tables
from analytics.exports.media import file_names
from analytics.exports.submissions_csv import LONGEST_S, check_wanted
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse

GROUP_ROWS = (
    20_000  # in a row group: with the usual 122,880 a wide table does not fit into the memory allowed
)


def submissions_parquet(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders | None = None
) -> Iterator[bytes]:
    """A zip of form.parquet and form-repeat.parquet. Choices are lists, instants UTC, the rest as in the CSV.

    Raises: FormNotFound, those of a filter.
    """
    check_wanted(warehouse, wanted)
    return _zip(warehouse, wanted, senders or Senders())


def _zip(warehouse: Warehouse, wanted: CsvWanted, senders: Senders) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()
        tables = export_tables(db, wanted)
        count = gather(db, wanted, senders)
        stream = ZipStream()
        for name, table in zip(file_names(wanted.form_id, tables, "parquet"), tables, strict=True):
            stream.add(_parquet(db, warehouse, table, count), name, compress_type=ZIP_STORED)
        yield from stream


def _parquet(db: DuckDBPyConnection, warehouse: Warehouse, table: ExportTable, count: int) -> Iterator[bytes]:
    columns = ", ".join(
        f"{cell.native or cell.sql} AS {identifier(name)}"
        for name, cell in zip(unlike([cell.header for cell in table.cells]), table.cells, strict=True)
    )
    name = f"export-{uuid.uuid4().hex}.parquet"
    rows = table.rows(columns, 1, count)
    if warehouse.memory_files is not None:
        _copy(db, rows, warehouse.memory_files.address(name))
        yield warehouse.memory_files.take(name)
        return
    path = warehouse.tmp / name
    try:
        _copy(db, rows, str(path))
        yield from file_chunks(path)
    finally:
        path.unlink(missing_ok=True)


def _copy(db: DuckDBPyConnection, rows: str, path: str) -> None:
    db.execute(
        f"COPY ({rows}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS})"
    )


def unlike(headers: list[str]) -> list[str]:
    """The headers, those that are there already (capitals are no difference) with ~2, ~3."""
    taken: set[str] = set()
    written = []
    for header in headers:
        name, number = header or "~", 1
        while name.casefold() in taken:
            number += 1
            name = f"{header}~{number}"
        taken.add(name.casefold())
        written.append(name)
    return written
