"""Submissions of a form as an Excel workbook: a sheet for the submissions and one for every repeat.

A text stays a text, whatever it begins with; numbers and dates are ones. More rows than a sheet of Excel
has go on in a second sheet of that name.
"""

from __future__ import annotations

import io
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from analytics.exports.csv_pieces import READ_BYTES, ROWS, file_chunks
from analytics.exports.layout import ExportTable, export_tables
from analytics.exports.media import table_names
from analytics.exports.submissions_csv import LONGEST_S, check_wanted
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse
from forms.errors import N_, TooLarge

if TYPE_CHECKING:  # loaded with the first workbook: a server starts sooner without it
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384  # of Excel
LONGEST_TEXT = 32_767  # letters in a cell of Excel
LONGEST_NAME = 31  # letters of a sheet's name
EXACT = 10**15  # numbers of more figures lose some in a spreadsheet
EXCEL_BEGINS = date(1900, 3, 1)  # days before are counted otherwise in Excel


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
    from xlsxwriter import Workbook

    if warehouse.memory_files is not None:
        kept = io.BytesIO()
        _write(warehouse, wanted, senders, Workbook(kept, {"in_memory": True}))
        kept.seek(0)
        while chunk := kept.read(READ_BYTES):
            yield chunk
        return
    folder = warehouse.tmp / f"export-{uuid.uuid4().hex}"
    folder.mkdir()
    try:
        path = folder / "submissions.xlsx"
        # each row goes to disk when the next one begins
        options = {"constant_memory": True, "tmpdir": str(folder)}
        _write(warehouse, wanted, senders, Workbook(str(path), options))
        yield from file_chunks(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(warehouse: Warehouse, wanted: CsvWanted, senders: Senders, book: xlsxwriter.Workbook) -> None:
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    taken: set[str] = set()
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()
        tables = export_tables(db, wanted)
        count = gather(db, wanted, senders)
        for name, table in zip(table_names(tables), tables, strict=True):
            _Sheets(book, name or wanted.form_id, table, taken, bold, day).write(db, count)
    book.close()


class _Sheets:
    """The sheet of one table, and those that go on where it is full."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        name: str,
        table: ExportTable,
        taken: set[str],
        bold: Format,
        day: Format,
    ) -> None:
        self._book, self._name, self._table, self._taken = book, name, table, taken
        self._bold, self._day = bold, day
        self._next_row = SHEET_ROWS

    def write(self, db: DuckDBPyConnection, count: int) -> None:
        sheet = self._begin()
        columns = ", ".join(f"{cell.sql} AS c{number}" for number, cell in enumerate(self._table.cells))
        for first in range(1, count + 1, ROWS):
            result = db.execute(self._table.rows(columns, first, first + ROWS - 1))
            while rows := result.fetchmany(1000):
                for row in rows:
                    if self._next_row >= SHEET_ROWS:
                        sheet = self._begin()
                    self._row(sheet, row)

    def _begin(self) -> Worksheet:
        sheet = self._book.add_worksheet(sheet_name(self._name, self._taken))
        sheet.freeze_panes(1, 0)
        for column, cell in enumerate(self._table.cells):
            sheet.write_string(0, column, cell.header[:LONGEST_TEXT], self._bold)
        self._next_row = 1
        return sheet

    def _row(self, sheet: Worksheet, row: Sequence[object]) -> None:
        at = self._next_row
        for column, value in enumerate(row):
            match value:
                case None:
                    pass
                case str():
                    sheet.write_string(at, column, shortened(value))
                case bool():
                    sheet.write_boolean(at, column, value)
                case int() | float() if abs(value) < EXACT or isinstance(value, float):
                    sheet.write_number(at, column, value)
                case date() if value >= EXCEL_BEGINS:
                    sheet.write_datetime(at, column, value, self._day)
                case _:
                    sheet.write_string(at, column, str(value))
        self._next_row += 1


def shortened(text: str) -> str:
    """As much of a text as a cell of Excel takes."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 2] + " …"


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
