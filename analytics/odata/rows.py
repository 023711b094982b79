"""One page of a table as values for JSON: groups nested, repeats as links or, expanded, as lists.

The temporary table `page` (analytics/odata/selection.py) says which rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
from duckdb import DuckDBPyConnection

from analytics.odata.changes import Changes
from analytics.odata.ids import link_to, row_id
from analytics.odata.plan import Extend, Plan
from analytics.odata.selected import Selected
from analytics.odata.shape import Table, repeats_in
from analytics.odata.system import read_facts
from analytics.odata.wanted import Place

Row: TypeAlias = bytes  # as JSON


@dataclass(frozen=True, slots=True)
class Senders:
    """What stands outside the ledger: names by actor id, and device ids by submission seq, of a page."""

    names: Callable[[Sequence[int]], Mapping[int, str]]
    devices: Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row is called: the first instanceID of its submission, that of the latest version, its key."""

    root_id: str
    own_id: str
    key: str

    @property
    def row_id(self) -> str:
        return row_id(self.root_id, self.own_id, self.key)


@dataclass(slots=True)
class _Beside:
    """Of the repeats of one page: which rows have any, and where expanded, these: by (seq, parent's key)."""

    keys: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    rows: dict[str, dict[tuple[int, str], list[Row]]] = field(default_factory=dict)


class Writer:
    """Writes the rows of one table. `expand` puts the rows of repeats into those around them.

    `last` is the name of the last row written, `last_place` where it was found.
    """

    def __init__(self, table: Table, selected: Selected, *, expand: bool, wkt: bool) -> None:
        self.last: RowName | None = None
        self.last_place = Place(0, 0)
        self._table = table
        self._selected = selected
        self._expand = expand
        self._plan = Plan(table.children, selected, "answers", wkt=wkt)
        self._inner = {
            repeat.path: (repeat, Plan(repeat.children, Selected.all(), "line", wkt=wkt))
            for repeat in (repeats_in(table) if expand else ())
        }

    def submissions(self, db: DuckDBPyConnection, senders: Senders, changes: Changes) -> list[Row]:
        """The rows of the page, of the table Submissions."""
        rows = read_facts(db, changes)
        # apart from the facts: to plan a join over many columns takes longer than to read them
        answers = {
            row[0]: row[1:]
            for row in db.execute(
                f"SELECT answers._seq {self._plan.columns} FROM {self._table.typed} AS answers "  # noqa: S608
                "SEMI JOIN temp.page AS page ON page.current_seq = answers._seq"
            ).fetchall()
        }
        files = _files(db) if any(row.sent.media for row in rows) else {}
        submitters = {row.root.submitter_id for row in rows if row.root.submitter_id is not None}
        names = senders.names(sorted(submitters))
        devices = senders.devices([row.root_seq for row in rows])
        beside = self._beside(db)
        with_id, with_system = self._selected.has("__id"), self._selected.has_some("__system")
        written = []
        for row in rows:
            members = []
            root_id, own_id = row.root.instance_id, row.sent.instance_id
            if with_id:
                members.append(b'"__id":' + _json(root_id))
            if with_system:
                name = names.get(row.root.submitter_id) if row.root.submitter_id is not None else None
                system = row.system(name, devices.get(row.root_seq), files.get(row.root_seq, _NONE))
                members.append(b'"__system":' + _json(self._selected.of_system(system)))
            if not row.sent.encrypted:
                extend = self._extend(RowName(root_id, own_id, own_id), row.current_seq, beside)
                members += self._plan.members(answers.get(row.current_seq), extend)
            written.append(_row(members))
        if rows:
            last = rows[-1]
            self.last = RowName(last.root.instance_id, last.sent.instance_id, last.sent.instance_id)
            self.last_place = Place(last.root_seq, 0)
        return written

    def lines(self, db: DuckDBPyConnection, parent_name: str) -> list[Row]:
        """The rows of the page, of the table of a repeat; `parent_name` is what they call their parent."""
        rows = db.execute(
            f"""
            SELECT page.current_seq, root.instance_id, answers._instance_id, answers._parent_key,
                   answers._key, page.root_seq, page.line {self._plan.columns}
            FROM temp.page AS page
            JOIN {self._table.typed} AS answers ON answers.rowid = page.line
            JOIN submission AS root ON root.submission_seq = page.root_seq
            ORDER BY page.position
            """  # noqa: S608  (names from the schema, quoted)
        ).fetchall()
        beside = self._beside(db)
        with_id, with_parent = self._selected.has("__id"), self._selected.has(parent_name)
        begin_parent = f'"{parent_name}":'.encode()
        written = []
        for row in rows:
            seq, root_id, own_id, parent_key, key = row[:5]
            members = []
            if with_id:
                members.append(b'"__id":' + _json(row_id(root_id, own_id, key)))
            if with_parent:
                members.append(begin_parent + _json(row_id(root_id, own_id, parent_key)))
            members += self._plan.members(row[7:], self._extend(RowName(root_id, own_id, key), seq, beside))
            written.append(_row(members))
        if rows:
            self.last = RowName(rows[-1][1], rows[-1][2], rows[-1][4])
            self.last_place = Place(rows[-1][5], rows[-1][6])
        return written

    def _extend(self, name: RowName, seq: int, beside: _Beside) -> Extend:
        def extend(repeat: Table) -> list[bytes]:
            here = (seq, name.key)
            if here not in beside.keys[repeat.path]:
                return []
            link = link_to(repeat, name.root_id, name.own_id, name.key)
            members = [f'"{repeat.name}@odata.navigationLink":'.encode() + _json(link)]
            if self._expand:
                rows = b",".join(beside.rows[repeat.path][here])
                members.append(f'"{repeat.name}":['.encode() + rows + b"]")
            return members

        return extend

    def _beside(self, db: DuckDBPyConnection) -> _Beside:
        """What the repeats of the page's rows have, the innermost first."""
        beside = _Beside()
        if not self._expand:
            for repeat in self._plan.repeats:
                rows = db.execute(
                    f"SELECT DISTINCT line._seq, line._parent_key FROM {repeat.typed} AS line "  # noqa: S608
                    "SEMI JOIN temp.page AS page ON page.current_seq = line._seq"
                ).fetchall()
                beside.keys[repeat.path] = set(rows)
            return beside
        for repeat, plan in reversed(self._inner.values()):
            rows = db.execute(
                f"SELECT line._seq, line._parent_key, line._key, root.instance_id, line._instance_id "  # noqa: S608
                f"{plan.columns} FROM {repeat.typed} AS line "
                "JOIN (SELECT DISTINCT current_seq, root_seq FROM temp.page) AS page "
                "ON page.current_seq = line._seq "
                "JOIN submission AS root ON root.submission_seq = page.root_seq ORDER BY line.rowid"
            ).fetchall()
            inside: dict[tuple[int, str], list[Row]] = {}
            for row in rows:
                seq, parent_key, key, root_id, own_id = row[:5]
                members = [b'"__id":' + _json(row_id(root_id, own_id, key))]
                members += plan.members(row[5:], self._extend(RowName(root_id, own_id, key), seq, beside))
                inside.setdefault((seq, parent_key), []).append(_row(members))
            beside.rows[repeat.path] = inside
            beside.keys[repeat.path] = set(inside)
        return beside


def _row(members: list[bytes]) -> Row:
    return b"{" + b",".join(members) + b"}"


_json = msgspec.json.Encoder().encode
_NONE: frozenset[str] = frozenset()


def _files(db: DuckDBPyConnection) -> dict[int, set[str]]:
    """Names of the files that have come for each submission of the page, with any of its versions."""
    rows = db.execute(
        "SELECT version.root_seq, list(DISTINCT attachment.name) FROM attachment JOIN ("
        "SELECT submission_seq, root_seq FROM submission SEMI JOIN temp.page AS page USING (root_seq)"
        ") AS version USING (submission_seq) GROUP BY version.root_seq"
    ).fetchall()
    return {seq: set(names) for seq, names in rows}
