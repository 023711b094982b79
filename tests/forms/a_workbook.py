# ruff: noqa: E501 - a sheet is as wide as it is
"""A small workbook with a scheme, and copies of it with some cells changed."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping

import openpyxl
from pyxform.xls2json_backends import md_table_to_workbook

from forms.errors import Fault
from forms.scheme import SchemeReading, read_scheme

Cell = str | int | float | bool | None
# Sheet, row and heading -> what the cell holds instead. An unknown heading becomes a new column.
Changes = Mapping[tuple[str, int, str], Cell]

MARKDOWN = """
| survey |
|  | type           | name     | label::Кыргызча (ky) | label::English (en) | relevant           | constraint      | criterion | scale | weight | stream | best | worst | n_min | sensitive | cumulative | nonresponse_of | evidence_of | computed | subtypes | unit | role   | privacy | default | calculation |
|  | select_one st  | stream   | Агым                 | Stream              |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      | stream |         |         |             |
|  | select_one ob  | object   | Объект               | Object              |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      | object |         |         |             |
|  | begin_group    | asked    | Суроолор             | Questions           |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | select_one na  | hours_na | Билбейсизби?         | Unknown?            |                    |                 |           |       |        |        |      |       |       |           |            | hours          |             |          |          |      |        |         |         |             |
|  | decimal        | hours    | Канча саат?          | How many hours?     | ${hours_na} = ''   | . >= 0          | D6        | NUM   | 3      | C      | 24   | 4     |       |           |            |                |             |          |          | саат |        |         |         |             |
|  | select_one s5  | taste    | Даамы кандай?        | How does it taste?  |                    |                 | D6        | S5    | 2      | C      |      |       | 7     |           |            |                |             |          | dwu      |      |        |         |         |             |
|  | select_one y2  | bribe    | Акча сурашканбы?     | Were you asked?     |                    |                 | D2        | Y2-   | 2      | C      |      |       |       | yes       |            |                |             |          |          |      |        |         |         |             |
|  | select_one y3  | tested   | Текшерилгенби?       | Is it tested?       |                    |                 | D6        | Y3    | 3      | O      |      |       |       |           | yes        |                |             |          |          |      |        |         |         |             |
|  | image          | proof    | Сүрөт                | Photo               |                    |                 |           |       |        |        |      |       |       |           |            |                | tested      |          |          |      |        |         |         |             |
|  | note           | fixed    | Аткарылганы          | Carried out         |                    |                 | D2        | NUM   | 1      | O      | 100  | 0     |       |           |            |                |             | recommendations_on_time | | % |        |         |         |             |
|  | select_one own | lamps    | Чырактар             | Lamps               |                    |                 | D2        | own   | 1      | O      |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | end_group      |          |                      |                     |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | begin_repeat   | defects  | Кемчиликтер          | Defects             |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | text           | defect   | Кемчилик             | Defect              |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | end_repeat     |          |                      |                     |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        |         |         |             |
|  | geopoint       | place    | Жери                 | Place               |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        | round:2km |       |             |
|  | date           | born     | Туулган күнү         | Born                |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      |        | public year |     |             |
|  | text           | slip     | Барактын номери      | Slip number         |                    |                 |           |       |        |        |      |       |       |           |            |                |             |          |          |      | token  |         |         |             |
| choices |
|  | list_name | name    | label::Кыргызча (ky) | label::English (en) | score | nonresponse |
|  | st        | O       | Байкоо               | Observation         |       |             |
|  | st        | C       | Сурамжылоо           | Survey              |       |             |
|  | ob        | well    | Кудук                | Well                |       |             |
|  | na        | NA      | Тиешеси жок          | Not applicable      |       | NA          |
|  | na        | DK      | Билбейм              | I do not know       |       | DK          |
|  | s5        | 1       | 1                    | 1                   | 0     |             |
|  | s5        | 2       | 2                    | 2                   | 25    |             |
|  | s5        | 3       | 3                    | 3                   | 50    |             |
|  | s5        | 4       | 4                    | 4                   |       |             |
|  | s5        | 5       | 5                    | 5                   |       |             |
|  | y2        | yes     | Ооба                 | Yes                 |       |             |
|  | y2        | no      | Жок                  | No                  |       |             |
|  | y2        | REF     | Жооп бербейм         | Will not say        |       | REF         |
|  | y3        | yes     | Ооба                 | Yes                 |       |             |
|  | y3        | partly  | Жарым-жартылай       | Partly              |       |             |
|  | y3        | no      | Жок                  | No                  |       |             |
|  | own       | all     | Баары                | All                 | 100   |             |
|  | own       | some    | Айрымдары            | Some                | 12.5  |             |
|  | own       | unknown | Билбейм              | Unknown             |       | DK          |
| criteria |
|  | name | label::Кыргызча (ky) | label::English (en) | weight | subtypes |
|  | D6   | Суу                  | Water               | 25     | wua dwu  |
|  | D2   | Төлөм                | Fees                | 15     |          |
| settings |
|  | form_title | form_id | version | object_type |
|  | Суу        | water   | 1       | PSO         |
"""


@functools.cache
def _unchanged() -> bytes:
    written = io.BytesIO()
    md_table_to_workbook(MARKDOWN).save(written)
    return written.getvalue()


def a_workbook(changes: Changes | None = None, *, without: str = "") -> bytes:
    """The workbook as .xlsx, with these cells changed and without this sheet."""
    book = openpyxl.load_workbook(io.BytesIO(_unchanged()))
    for (sheet_name, row, heading), value in (changes or {}).items():
        sheet = book[sheet_name]
        headings = [cell.value for cell in sheet[1]]
        if heading not in headings:
            sheet.cell(1, len(headings) + 1, heading)
            headings.append(heading)
        sheet.cell(row, headings.index(heading) + 1).value = value
    if without:
        del book[without]
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def reading_with(changes: Changes | None = None, *, without: str = "") -> SchemeReading:
    return read_scheme(a_workbook(changes, without=without))


def places(faults: tuple[Fault, ...]) -> list[tuple[str, int | None, str | None]]:
    """Where the faults stand."""
    return [(fault.sheet, fault.row, fault.column) for fault in faults]


def in_row(sheet: str, row: int, **cells: str | int | float | bool | None) -> Changes:
    return {(sheet, row, key): value for key, value in cells.items()}


def labelled(row: int, **cells: str | int) -> Changes:
    """A new question below the others."""
    named = {"label::Кыргызча (ky)": "Суроо", "label::English (en)": "Question", **cells}
    return {("survey", row, key): value for key, value in named.items()}
