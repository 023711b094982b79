"""The cells of a workbook, each with the sheet, row and column a designer finds it by.

Reads .xlsx (openpyxl), .xls (xlrd) and Markdown tables (as pyxform reads them). Cells become text
without outer spaces: a number 3.0 and the text "3" are both "3".
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.errors import Fault, Sentence, WorkbookFaults
from forms.unpacking import kind_of

# The libraries are loaded with the first workbook: a server that starts again needs none of them, and
# loading them takes as long as everything else of a start.
if TYPE_CHECKING:
    import openpyxl

MAX_XML_BYTES = 50 * 1024**2  # unpacked; a questionnaire of a thousand questions has two
MAX_COLUMNS = 500
EMPTY_ROWS = 60  # after so many the sheet is over, as for pyxform

_ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "value": "name",
    "tag": "name",
    "caption": "label",
    "command": "type",
    "set_form_id": "form_id",
    "id_string": "form_id",
    "title": "form_title",
    "set_form_title": "form_title",
}

Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None
# A row as a library gives it: the saved value of each cell, and whether it is a formula.
_Cells = list[tuple[Cell, bool]]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading: as it is written, its plain key, and the language after "::"."""

    heading: str
    key: str
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    name: str
    columns: tuple[Column, ...]
    rows: list[Row]

    def heading(self, key: str) -> str:
        """How the workbook writes this column; the key itself where it has none."""
        return next((column.heading for column in self.columns if column.key == key), key)

    def has(self, key: str) -> bool:
        return any(column.key == key for column in self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """The filled cells of one row; `number` counts from 1 as Excel does."""

    sheet: Sheet
    number: int
    cells: Mapping[Column, str]
    unsaved: tuple[Column, ...] = ()  # formulas whose value was never saved

    def text(self, key: str) -> str:
        """The cell under this key in no particular language, or ""."""
        for column, text in self.cells.items():
            if column.key == key and not column.language:
                return text
        return ""

    def texts(self, key: str) -> dict[str, str]:
        """The cells under this key by language; "" for a column that names none."""
        return {column.language: text for column, text in self.cells.items() if column.key == key}


def read_sheets(workbook: bytes, filename: str, wanted: Iterable[str]) -> dict[str, Sheet]:
    """The wanted sheets that are there, by name in lower case. Raises: WorkbookFaults."""
    kind = kind_of(workbook, filename)
    names = set(wanted)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, of colours and pictures that it leaves out
            if kind == ".xls":
                tables = _xls(workbook, names)
            else:
                tables = _xlsx(_from_markdown(workbook) if kind == ".md" else workbook, names)
            return {name.lower(): _sheet(name, rows) for name, rows in tables}
    except WorkbookFaults:
        raise
    except Exception as error:  # a damaged file breaks the readers in many ways, none of them ours
        raise _refused(
            Sentence("The workbook is damaged or incomplete. Save it in Excel as .xlsx and upload it again.")
        ) from error


def language_code(name: str) -> str:
    """The code in "Кыргызча (ky)"; a name without one stays as it is."""
    found = re.search(r"\(\s*([A-Za-z][A-Za-z0-9-]*)\s*\)\s*$", name)
    return found.group(1) if found else name.strip()


def column_of(heading: str) -> Column:
    """What a heading means: "label::Русский (ru)" is label in ru, "Read Only" is read_only."""
    first, double, rest = heading.partition("::")
    if not double and not heading.lower().startswith(("jr:", "bind:", "control:", "instance:")):
        first, _, rest = heading.partition(":")
    key = "_".join(first.split()).lower()
    return Column(heading.strip(), _ALIASES.get(key, key), language_code(rest) if rest else "")


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ").strip()


def _sheet(name: str, rows: Iterator[_Cells]) -> Sheet:
    heads: list[Column | None] = []
    for value, _ in next(rows, []):
        column = column_of(_text(value)) if _text(value) else None
        heads.append(None if column in heads else column)
    sheet = Sheet(name, tuple(column for column in heads if column), [])
    empty = 0
    for number, row in enumerate(rows, start=2):
        pairs = [(column, cell) for column, cell in zip(heads, row, strict=False) if column]
        cells = {column: _text(value) for column, (value, _) in pairs if _text(value)}
        unsaved = tuple(column for column, (value, formula) in pairs if formula and not _text(value))
        if cells or unsaved:
            sheet.rows.append(Row(sheet, number, cells, unsaved))
        empty = 0 if cells or unsaved else empty + 1
        if empty > EMPTY_ROWS:
            break
    return sheet


def _from_markdown(text: bytes) -> bytes:
    from pyxform.xls2json_backends import md_table_to_workbook

    packed = io.BytesIO()
    md_table_to_workbook(text.decode("utf-8-sig")).save(packed)
    return packed.getvalue()


def _xlsx(workbook: bytes, wanted: set[str]) -> Iterator[tuple[str, Iterator[_Cells]]]:
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        sizes = [part.file_size for part in packed.infolist() if part.filename.endswith(".xml")]
    if sum(sizes) > MAX_XML_BYTES:
        raise _refused(
            Sentence(
                "The workbook unpacks to more than a questionnaire can be. Copy its sheets into a new one."
            )
        )
    # A formula and its saved value cannot be had from one reading.
    saved = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True, data_only=True)
    written = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True)
    try:
        for name in saved.sheetnames:
            # Like pyxform: the only sheet of a workbook is its survey, whatever it is called.
            only = len(saved.sheetnames) == 1 and name.lower() not in wanted
            if only or name.lower() in wanted:
                both = zip(_rows(saved, name), _rows(written, name), strict=False)
                yield (
                    "survey" if only else name,
                    ([(v.value, f.data_type == "f") for v, f in zip(*rows, strict=False)] for rows in both),
                )
    finally:
        saved.close()
        written.close()


def _rows(book: openpyxl.Workbook, name: str) -> Iterator[tuple[Any, ...]]:
    sheet = book[name]
    sheet.reset_dimensions()  # some programs write a size that is too small
    return (row[:MAX_COLUMNS] for row in sheet.iter_rows())


def _xls(workbook: bytes, wanted: set[str]) -> Iterator[tuple[str, Iterator[_Cells]]]:
    import xlrd  # type: ignore[import-untyped]  # the old format is rare; pyxform brings its reader along

    with xlrd.open_workbook(file_contents=workbook, on_demand=True) as book:
        for name in book.sheet_names():
            only = book.nsheets == 1 and name.lower() not in wanted
            if only or name.lower() in wanted:
                rows = book.sheet_by_name(name).get_rows()
                yield (
                    "survey" if only else name,
                    ([_xls_cell(cell) for cell in row[:MAX_COLUMNS]] for row in rows),
                )


def _xls_cell(cell: Any) -> tuple[Cell, bool]:
    return (bool(cell.value) if cell.ctype == 4 else cell.value), False


def _refused(sentence: Sentence) -> WorkbookFaults:
    return WorkbookFaults([Fault("workbook", None, None, sentence)])
