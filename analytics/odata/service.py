"""A question about one table of a form, answered as OData in JSON, in pieces of bounded size.

Spec: protocol.md 15; OData JSON Format 4.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec
from duckdb import DuckDBPyConnection

from analytics.odata.memory import Memory
from analytics.odata.rows import Senders, Writer
from analytics.odata.selected import read_select
from analytics.odata.selection import Selection
from analytics.odata.shape import Shape, Table, read_shape
from analytics.odata.skiptoken import make_skiptoken, read_skiptoken
from analytics.odata.wanted import Place, Wanted
from analytics.warehouse import Warehouse
from forms.faults.odata import RowNotFound

PIECE = 2_000
REMEMBERED = 10_000  # rows that links to next pages named lately
PAGE_S, LONGEST_S = 60.0, 3600.0  # an answer ends before that, or its reader has gone to sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about the table of this full name.

    `within`: only this row of a repeat, or what lies in it, as (full name of its table, __id). `context` is
    the address of the metadata, `next_link` writes that of the next page from its skiptoken. `piece` is how
    many rows are read and written together.
    """

    wanted: Wanted
    table: str
    within: tuple[str, str] | None
    hidden: frozenset[str]
    context: str
    next_link: Callable[[str], str]
    top: int | None = None
    skip: int = 0
    skiptoken: str | None = None
    count: bool = False
    select: str | None = None
    expand: bool = False
    wkt: bool = False
    piece: int = PIECE


def shape_of_form(warehouse: Warehouse, project_id: int, form_id: str, hidden: frozenset[str]) -> Shape:
    """The tables of a form, for its service document and metadata. Raises: FormNotFound."""
    with warehouse.read() as db:
        return read_shape(db, project_id, form_id, hidden)


def answer(warehouse: Warehouse, asked: Asked, senders: Senders) -> Iterator[bytes]:
    """The answer in pieces. Raises, before the first piece, whatever is wrong with the question.

    FormNotFound, TableNotFound, RowNotFound, FieldUnsupported, FilterInvalid, FilterUnsupported,
    PropertyNotFound, SelectUnsupported, SkiptokenInvalid, SkiptokenGone.
    """
    pieces = _pieces(warehouse, asked, senders)
    first = next(pieces)

    def all_pieces() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_pieces()


def _pieces(warehouse: Warehouse, asked: Asked, senders: Senders) -> Iterator[bytes]:
    with warehouse.read(timeout_s=PAGE_S if asked.top is not None else LONGEST_S) as db:
        db.begin()  # one picture of the data from the first row to the last
        shape = read_shape(db, asked.wanted.project_id, asked.wanted.form_id, asked.hidden)
        table = shape.table(asked.table)
        selected = read_select(asked.select, table, shape)
        wanted = asked.wanted
        if asked.within is not None:
            wanted = replace(wanted, within=(shape.table(asked.within[0]).path, asked.within[1]))
        selection = Selection(db, shape, table, wanted)
        total = selection.total
        if not total:
            _require_there(db, shape, table, wanted)
        skip = _skip(asked, table, selection)
        end = total if asked.top is None else min(total, skip + asked.top)
        writer = Writer(table, selected, expand=asked.expand, wkt=asked.wkt)
        parent = shape.at(table.parent).id_name if table.path else ""
        head = b'{"value":['
        for first in range(skip, end, asked.piece):
            selection.page(first, min(asked.piece, end - first))
            rows = (
                writer.lines(db, parent) if table.path else writer.submissions(db, senders, selection.changes)
            )
            yield head + b",".join(rows)
            head = b","
        foot: dict[str, object] = {"@odata.context": f"{asked.context}#{table.full_name}"}
        if skip < end < total and writer.last is not None:
            foot["@odata.nextLink"] = asked.next_link(_skiptoken(table, writer))
        if asked.count:
            foot["@odata.count"] = total
        yield (head if skip >= end else b"") + b"]," + msgspec.json.encode(foot)[1:]


def _require_there(db: DuckDBPyConnection, shape: Shape, table: Table, wanted: Wanted) -> None:
    """Nothing was found: an empty list, unless the address names a submission or a row that is not there.

    Raises: RowNotFound.
    """
    if wanted.within is not None and wanted.within[0] == table.path:
        raise RowNotFound(name=wanted.within[1][:200])
    if wanted.instance_id is None:
        return
    alone = replace(wanted, filter=None, order=(), within=None)
    if not table.path or not Selection(db, shape, shape.root, alone).total:
        raise RowNotFound(name=wanted.instance_id[:200])


def _skip(asked: Asked, table: Table, selection: Selection) -> int:
    """How many rows come before the page; a skiptoken outranks $skip."""
    if not asked.skiptoken:
        return asked.skip
    if not table.path:
        instance_id = read_skiptoken(asked.skiptoken, "instanceId")
        return selection.after_submission(instance_id, _places.get(instance_id))
    repeat_id = read_skiptoken(asked.skiptoken, "repeatId")
    return selection.after_line(repeat_id, _places.get(repeat_id))


def _skiptoken(table: Table, writer: Writer) -> str:
    """The token that names the last row of a page."""
    assert writer.last is not None  # a page with a next one has rows
    if not table.path:
        _places.put(writer.last.root_id, writer.last_place)
        return make_skiptoken("instanceId", writer.last.root_id)
    _places.put(writer.last.row_id, writer.last_place)
    return make_skiptoken("repeatId", writer.last.row_id)


# where the row that a token names was found: a token is Central's to the byte, so it cannot say so itself
_places: Memory[Place] = Memory(REMEMBERED)
