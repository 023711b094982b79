"""A sheet about an object with every role of a scheme, and what stands in the reading of it."""

from __future__ import annotations

from analytics.warehouse import Warehouse
from forms.scheme import read_scheme
from tests.ledger import an_id
from tests.make import a_form, an_instance

SURVEY = """
| survey |
| | type | name | label | role | criterion | scale | weight | stream | privacy |
| | start | start | | | | | | | |
| | end | end | | | | | | | |
| | today | today | | | | | | | |
| | select_one stream | stream | Stream | stream | | | | | |
| | select_one_from_file objects.csv | object | Object | object | | | | | |
| | date | seen_on | Visit | visit | | | | | |
| | select_one method | method | Method | method | | | | | |
| | text | slip | Slip | token | | | | | |
| | select_one sex | sex | Sex | sex | | | | | |
| | text | secret | Secret | | | | | | drop |
| | select_one yn | works | Works | | k1 | Y2 | 2 | O | |
| | image | photo | Photo | | | | | | |
| | begin_repeat | tap | Tap | | | | | | |
| | text | tap_name | Name | | | | | | |
| | end_repeat | | | | | | | | |
| choices |
| | list_name | name | label |
| | stream | O | Observation |
| | stream | C | Citizen |
| | method | survey | Survey |
| | method | focus_group | Focus group |
| | sex | woman | Woman |
| | sex | man | Man |
| | yn | yes | Yes |
| | yn | no | No |
| criteria |
| | name | label | weight |
| | k1 | K1 | 100 |
| settings |
| | form_id | form_title | version | object_type |
| | visit | Visit | 1 | PSO |
"""
FORM = a_form(SURVEY)
READ = read_scheme("\n".join(line.strip() for line in SURVEY.splitlines()).encode(), filename="form.md")
SCHEME, PRIVACY = READ.scheme, READ.privacy
UUID = "0b1e7a52-0000-4000-8000-0000000000aa"


def a_sheet(number: int = 1, **values: str | None) -> bytes:
    values = {"stream": "O", "object": UUID, **values}
    return an_instance(FORM, values, instance_id=an_id(number))


def an_edit(number: int, of: int, **values: str | None) -> bytes:
    values = {"stream": "O", "object": UUID, **values}
    return an_instance(FORM, values, instance_id=an_id(number), deprecated_id=an_id(of))


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.read() as db:
        return db.execute(query).fetchall()


def facts(warehouse: Warehouse, columns: str) -> list[tuple[object, ...]]:
    return rows(warehouse, f"SELECT {columns} FROM submission ORDER BY submission_seq")
