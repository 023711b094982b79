"""The parts of an Excel workbook as XML; the engine itself writes the cells, which is ten times as fast.

A text stands in its cell (an inline string), so that a sheet is written from the first row to the last.
Spec: ECMA-376 part 1, 18 (SpreadsheetML); "_x000D_" is how it writes a character that XML cannot have.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

LONGEST_TEXT = 32_767  # letters in a cell of Excel
EXACT = 10**15  # numbers of more figures lose some in a spreadsheet
BOLD, DAY = 1, 2  # of the styles below
_EXCEL_BEGINS = "DATE '1900-03-01'"  # days before are counted otherwise in Excel
_DAY_NOUGHT = "DATE '1899-12-30'"

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEGIN = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

STYLES = f"""{_BEGIN}<styleSheet {_MAIN}>\
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""

SHEET_BEGINS = f"""{_BEGIN}<worksheet {_MAIN}>\
<sheetViews><sheetView workbookViewId="0">\
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>\
</sheetView></sheetViews><sheetData>"""
SHEET_ENDS = "</sheetData></worksheet>"


def book_parts(sheets: Sequence[str]) -> dict[str, str]:
    """What a workbook has beside its sheets of these names, by path in the file."""
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, sheets, strict=True)
    )
    ways = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    return {
        "[Content_Types].xml": f'{_BEGIN}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": _relationships([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{_BEGIN}<workbook {_MAIN} xmlns:r="{_OFFICE}">'
        f"<bookViews><workbookView/></bookViews><sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships(
            [*ways, (f"rId{len(sheets) + 1}", "styles", "styles.xml")]
        ),
        "xl/styles.xml": STYLES,
    }


def _relationships(ways: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in ways
    )
    return f'{_BEGIN}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def heading_row(headers: Sequence[str]) -> str:
    cells = "".join(
        f'<c r="{letters(column)}1" s="{BOLD}" t="inlineStr"><is><t xml:space="preserve">'
        f"{escape(header[:LONGEST_TEXT])}</t></is></c>"
        for column, header in enumerate(headers)
    )
    return f'<row r="1">{cells}</row>'


def row_sql(types: Sequence[str]) -> str:
    """SQL of a row as XML: of the columns c0, c1, … of these types, and its number r, a text."""
    cells = ", ".join(_cell(f"c{column}", letters(column), sql_type) for column, sql_type in enumerate(types))
    return f"concat('<row r=\"', r, '\">', {cells}, '</row>')"


def _cell(value: str, column: str, sql_type: str) -> str:
    """SQL of a cell; NULL where there is nothing, which `concat` passes over."""
    begin = f"'<c r=\"{column}' || r || '\"'"
    number = f"{begin} || '><v>' || CAST({value} AS VARCHAR) || '</v></c>'"
    if sql_type in ("TINYINT", "SMALLINT", "INTEGER", "UINTEGER"):
        return number
    if sql_type == "DOUBLE":
        return f"CASE WHEN isfinite({value}) THEN {number} END"
    if sql_type == "BOOLEAN":
        return f"{begin} || ' t=\"b\"><v>' || CAST(CAST({value} AS INTEGER) AS VARCHAR) || '</v></c>'"
    words = f"'<is><t xml:space=\"preserve\">' || {_text(value, sql_type)} || '</t></is>'"
    text = f"{begin} || ' t=\"inlineStr\">' || {words} || '</c>'"
    if sql_type in ("BIGINT", "HUGEINT", "UBIGINT"):
        return f"CASE WHEN {value} BETWEEN {1 - EXACT} AND {EXACT - 1} THEN {number} ELSE {text} END"
    if sql_type == "DATE":
        days = f"CAST(date_diff('day', {_DAY_NOUGHT}, {value}) AS VARCHAR)"
        day = f"{begin} || ' s=\"{DAY}\"><v>' || {days} || '</v></c>'"
        return f"CASE WHEN {value} >= {_EXCEL_BEGINS} THEN {day} ELSE {text} END"
    return text


# what XML cannot carry as it is, and what a spreadsheet would take for the code of a character
_ODD = r"[&<>\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]|_x[0-9a-fA-F]{4}_"
_CODE = r"_(x[0-9a-fA-F]{4}_)"
_NO_CHARACTER = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"


def _text(value: str, sql_type: str) -> str:
    """SQL of a text as XML, as much of it as a cell of Excel takes."""
    if sql_type != "VARCHAR":
        return f"CAST({value} AS VARCHAR)"
    short = (
        f"CASE WHEN strlen({value}) > {LONGEST_TEXT} AND length({value}) > {LONGEST_TEXT} "
        f"THEN left({value}, {LONGEST_TEXT - 2}) || ' …' ELSE {value} END"
    )
    escaped = f"regexp_replace({short}, '{_CODE}', '_x005F_\\1', 'g')"
    for what, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = f"replace({escaped}, '{what}', '{written}')"
    escaped = f"replace({escaped}, chr(13), '_x000D_')"
    escaped = f"regexp_replace({escaped}, '{_NO_CHARACTER}', '', 'g')"
    return f"CASE WHEN regexp_matches({value}, '{_ODD}') THEN {escaped} ELSE {short} END"


def letters(column: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
