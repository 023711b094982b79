"""Submissions of a form as an Excel workbook: a sheet for the submissions and one for every repeat.

A text stays a text, whatever it begins with; numbers and dates are ones. More rows than a sheet of Excel
has go on in a second sheet of that name.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from duckdb import DuckDBPyConnection

from analytics.exports.csv_pieces import READ_BYTES, ROWS, file_chunks
from analytics.exports.layout import ExportTable, export_tables
from analytics.exports.media import table_names
from analytics.exports.sheet_xml import SHEET_BEGINS, SHEET_ENDS, book_parts, heading_row, row_sql
from analytics.exports.submissions_csv import LONGEST_S, check_wanted
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse
from forms.errors import N_, TooLarge

SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384  # of Excel
LONGEST_NAME = 31  # letters of a sheet's name
CELLS = 500_000  # that are written together
LARGE = 50_000_000  # cells of a sheet whose XML may pass 2 GB


class WorkbookTooWide(TooLarge):
    text = N_("This form has more questions than Excel has columns ({most}). Take the CSV instead.")


def submissions_xlsx(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders | None = None
) -> Iterator[bytes]:
    """The workbook, in pieces; it is complete before the first one.

    Raises: FormNotFound, WorkbookTooWide, those of a filter.
    """
    check_wanted(warehouse, wanted)
    with warehouse.read() as db:
        if any(len(table.cells) > SHEET_COLUMNS for table in export_tables(db, wanted)):
            raise WorkbookTooWide(most=SHEET_COLUMNS)
    return _workbook(warehouse, wanted, senders or Senders())


def _workbook(warehouse: Warehouse, wanted: CsvWanted, senders: Senders) -> Iterator[bytes]:
    if warehouse.memory_files is not None:  # what is decrypted must not come near a disk
        kept = io.BytesIO()
        _write(warehouse, wanted, senders, kept)
        kept.seek(0)
        while chunk := kept.read(READ_BYTES):
            yield chunk
        return
    path = warehouse.tmp / f"export-{uuid.uuid4().hex}.xlsx"
    try:
        # through a file: Excel refuses a workbook whose parts tell their length behind them
        with path.open("wb") as file:
            _write(warehouse, wanted, senders, file)
        yield from file_chunks(path)
    finally:
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Sheets:
    """One table, the names of the sheets it fills, and how many rows it has."""

    table: ExportTable
    names: tuple[str, ...]
    count: int


def _write(warehouse: Warehouse, wanted: CsvWanted, senders: Senders, file: BinaryIO) -> None:
    with warehouse.read(timeout_s=LONGEST_S) as db, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as book:
        db.begin()
        tables = export_tables(db, wanted)
        submissions = gather(db, wanted, senders)
        planned = _planned(db, wanted.form_id, tables, submissions)
        for name, content in book_parts([name for sheets in planned for name in sheets.names]).items():
            book.writestr(name, content)
        number = 0
        for sheets in planned:
            heading = heading_row([cell.header for cell in sheets.table.cells])
            large = min(sheets.count, SHEET_ROWS) * len(sheets.table.cells) > LARGE
            rows = _rows(db, sheets.table, submissions)
            for _ in sheets.names:
                number += 1
                with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=large) as sheet:
                    sheet.write(f"{SHEET_BEGINS}{heading}".encode())
                    sheet_rows = islice(rows, SHEET_ROWS - 1)
                    while some := list(islice(sheet_rows, 1000)):
                        sheet.write("".join(some).encode())
                    sheet.write(SHEET_ENDS.encode())


def _planned(
    db: DuckDBPyConnection, form_id: str, tables: Sequence[ExportTable], submissions: int
) -> list[_Sheets]:
    taken: set[str] = set()
    planned = []
    for name, table in zip(table_names(tables), tables, strict=True):
        ((count,),) = db.execute(f"SELECT count(*) FROM ({table.rows('1', 1, submissions)})").fetchall()  # noqa: S608
        filled = max(1, -(-count // (SHEET_ROWS - 1)))
        names = tuple(sheet_name(name or form_id, taken) for _ in range(filled))
        planned.append(_Sheets(table, names, count))
    return planned


def _rows(db: DuckDBPyConnection, table: ExportTable, submissions: int) -> Iterator[str]:
    """The rows as XML, each with its number on its sheet."""
    columns = ", ".join(f"{cell.sql} AS c{number}" for number, cell in enumerate(table.cells))
    described = db.execute(f"DESCRIBE {table.rows(columns, 1, 1)}").fetchall()
    row = row_sql([sql_type for _name, sql_type, *_ in described])
    step = max(1, min(ROWS, CELLS // len(table.cells)))
    written = 0
    for first in range(1, submissions + 1, step):
        numbered = table.rows(
            f"row_number() OVER (ORDER BY {table.order}) AS n, {columns}", first, first + step - 1
        )
        place = f"({written} + n - 1) % {SHEET_ROWS - 1} + 2"
        result = db.execute(
            f"SELECT {row} FROM (SELECT *, CAST({place} AS VARCHAR) AS r FROM ({numbered})) ORDER BY n"  # noqa: S608
        )
        while some := result.fetchmany(1000):
            written += len(some)
            yield from (xml for (xml,) in some)


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes and no other sheet has; `taken` learns it."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip("' ")[:LONGEST_NAME].strip("' ") or "Sheet"
    if plain.casefold() == "history":  # Excel keeps it for itself
        plain = "history_"
    written, number = plain, 1
    while written.casefold() in taken:
        number += 1
        ending = f" ({number})"
        written = plain[: LONGEST_NAME - len(ending)] + ending
    taken.add(written.casefold())
    return written
