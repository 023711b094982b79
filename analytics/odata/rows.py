"""One page of a table as values for JSON: groups nested, repeats as links or, expanded, as lists.

The temporary table `page` (analytics/odata/selection.py) says which rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from duckdb import DuckDBPyConnection

from analytics.odata.columns import REVIEW_STATE, REVIEWS, UPDATED_AT
from analytics.odata.ids import link_to, row_id
from analytics.odata.selected import Selected
from analytics.odata.shape import Field, Group, Node, Table, repeats_in
from analytics.odata.values import Json, Read, cell, reading_of

Row: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Senders:
    """What stands outside the ledger: names by actor id, and device ids by submission seq, of a page."""

    names: Callable[[Sequence[int]], Mapping[int, str]]
    devices: Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Submission:
    """Whose row it is: `root_id` is its first instanceID, `own_id` that of the version answered last."""

    root_id: str
    own_id: str


@dataclass(slots=True)
class _Beside:
    """Of the repeats of one page: which rows have any, and where expanded, the rows, by parent's key."""

    keys: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    rows: dict[str, dict[tuple[int, str], list[Row]]] = field(default_factory=dict)


class Writer:
    """Writes the rows of one table. `expand` puts the rows of repeats into those around them."""

    def __init__(self, table: Table, typed: str, selected: Selected, *, expand: bool, wkt: bool) -> None:
        self._table = table
        self._typed = typed
        self._selected = selected
        self._expand = expand
        self._plan = _Plan(table.children, selected, wkt)
        self._inner = (
            {
                repeat.path: (repeat, _Plan(repeat.children, Selected.all(), wkt))
                for repeat in repeats_in(table)
            }
            if expand
            else {}
        )

    def submissions(self, db: DuckDBPyConnection, senders: Senders) -> list[Row]:
        """The rows of the page, of the table Submissions."""
        rows = db.execute(
            f"""
            SELECT root.submission_seq, page.current_seq, root.instance_id, sent.instance_id, sent.encrypted,
                   strftime(root.received_at, '{_MOMENT}'), strftime({UPDATED_AT}, '{_MOMENT}'),
                   root.submitter_id, sent.media, {REVIEW_STATE}, coalesce(edited.edits, 0), root.version,
                   strftime(deleted.deleted_at, '{_MOMENT}') {self._plan.cells("answers")}
            FROM temp.page AS page
            JOIN submission AS root ON root.submission_seq = page.root_seq
            JOIN submission AS sent ON sent.submission_seq = page.current_seq
            LEFT JOIN {self._typed} AS answers ON answers._seq = page.current_seq
            LEFT JOIN temp.edited AS edited ON edited.root_seq = page.root_seq
            LEFT JOIN temp.deleted AS deleted ON deleted.root_seq = page.root_seq
            LEFT JOIN {_REVIEWS} AS review ON review.submission_seq = page.current_seq
            ORDER BY page.position
            """  # noqa: S608  (names from the schema, quoted)
        ).fetchall()
        files = _files(db) if any(row[8] for row in rows) else {}
        names = senders.names([row[7] for row in rows if row[7] is not None])
        devices = senders.devices([row[0] for row in rows])
        beside = self._beside(db)
        written = []
        for row in rows:
            seq, current, root_id, own_id, encrypted = row[:5]
            made: Row = {}
            if self._selected.has("__id"):
                made["__id"] = root_id
            if self._selected.has_some("__system"):
                there = files.get(seq, ())
                system = _system(row, names.get(row[7]), devices.get(seq), there)
                made["__system"] = dict(self._selected.of_system(system))
            if not encrypted:
                submission = Submission(root_id, own_id)
                made |= self._plan.row(row[13:], self._extend(submission, current, own_id, beside))
            written.append(made)
        return written

    def lines(self, db: DuckDBPyConnection, parent_name: str) -> list[Row]:
        """The rows of the page, of the table of a repeat; `parent_name` is what they call their parent."""
        rows = db.execute(
            f"""
            SELECT page.current_seq, root.instance_id, answers._instance_id, answers._parent_key, answers._key
                   {self._plan.cells("answers")}
            FROM temp.page AS page
            JOIN {self._typed} AS answers ON answers._seq = page.current_seq AND answers.rowid = page.line
            JOIN submission AS root ON root.submission_seq = page.root_seq
            ORDER BY page.position
            """  # noqa: S608  (names from the schema, quoted)
        ).fetchall()
        beside = self._beside(db)
        written = []
        for seq, root_id, own_id, parent_key, key, *cells in rows:
            made: Row = {}
            if self._selected.has("__id"):
                made["__id"] = row_id(root_id, own_id, key)
            if self._selected.has(parent_name):
                made[parent_name] = row_id(root_id, own_id, parent_key)
            made |= self._plan.row(cells, self._extend(Submission(root_id, own_id), seq, key, beside))
            written.append(made)
        return written

    def _extend(
        self, submission: Submission, seq: int, key: str, beside: _Beside
    ) -> Callable[[Table, Row], None]:
        def extend(repeat: Table, row: Row) -> None:
            """Put the link to a repeat, and its rows where expanded, beside the answers."""
            if (seq, key) in beside.keys.get(repeat.path, ()):
                row[f"{repeat.name}@odata.navigationLink"] = link_to(
                    repeat, submission.root_id, submission.own_id, key
                )
            if self._expand and (seq, key) in beside.rows.get(repeat.path, {}):
                row[repeat.name] = list(beside.rows[repeat.path][seq, key])

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
                f"{plan.cells('line')} FROM {repeat.typed} AS line "
                "JOIN (SELECT DISTINCT current_seq, root_seq FROM temp.page) AS page "
                "ON page.current_seq = line._seq "
                "JOIN submission AS root ON root.submission_seq = page.root_seq ORDER BY line.rowid"
            ).fetchall()
            inside: dict[tuple[int, str], list[Row]] = {}
            for seq, parent_key, key, root_id, own_id, *cells in rows:
                made: Row = {"__id": row_id(root_id, own_id, key)}
                made |= plan.row(cells, self._extend(Submission(root_id, own_id), seq, key, beside))
                inside.setdefault((seq, parent_key), []).append(made)
            beside.rows[repeat.path] = inside
            beside.keys[repeat.path] = set(inside)
        return beside


class _Plan:
    """Which columns a row has, and how its values are nested."""

    def __init__(self, children: tuple[Node, ...], selected: Selected, wkt: bool) -> None:
        self._fields: list[Field] = []
        self._reads: list[tuple[int, Read]] = []
        self.repeats: list[Table] = []
        self._steps = self._steps_of(children, selected, (), wkt)

    def cells(self, alias: str) -> str:
        """SQL of the columns, to stand behind others."""
        return "".join(f", {cell(known.column, alias)}" for known in self._fields)

    def row(self, values: Sequence[Json], extend: Callable[[Table, Row], None]) -> Row:
        if self._reads:
            changed = list(values)
            for index, read in self._reads:
                if changed[index] is not None:
                    changed[index] = read(changed[index])
            values = changed
        return _nested(self._steps, values, extend)

    def _steps_of(
        self, children: tuple[Node, ...], selected: Selected, way: tuple[str, ...], wkt: bool
    ) -> list[_Step]:
        steps: list[_Step] = []
        for child in children:
            here = (*way, child.name)
            if isinstance(child, Group):
                if inside := self._steps_of(child.children, selected, here, wkt):
                    steps.append((child.name, inside))
            elif selected.has("/".join(here)):
                if isinstance(child, Table):
                    self.repeats.append(child)
                    steps.append((child.name, child))
                    continue
                if (read := reading_of(child.column, wkt=wkt)) is not None:
                    self._reads.append((len(self._fields), read))
                steps.append((child.name, len(self._fields)))
                self._fields.append(child)
        return steps


_Step: TypeAlias = tuple[str, "int | Table | list[_Step]"]


def _nested(steps: Sequence[_Step], values: Sequence[Json], extend: Callable[[Table, Row], None]) -> Row:
    row: Row = {}
    for name, step in steps:
        if isinstance(step, int):
            row[name] = values[step]
        elif isinstance(step, list):
            row[name] = _nested(step, values, extend)
        else:
            extend(step, row)
    return row


_MOMENT = "%Y-%m-%dT%H:%M:%S.%gZ"
# only the decisions on the page: a million others are not looked at
_REVIEWS = REVIEWS.replace(
    "WHERE", "SEMI JOIN temp.page AS page ON page.current_seq = decision.submission_seq WHERE"
)


def _system(
    row: Sequence[object], sender: str | None, device: str | None, there: Sequence[str] | set[str]
) -> Row:
    media = row[8] if isinstance(row[8], list) else []
    encrypted_ready = bool(media) and media[-1] in there  # the file with the answers comes last
    status = None if not row[4] else "notDecrypted" if encrypted_ready else "missingEncryptedFormData"
    return {
        "submissionDate": _text(row[5]),
        "updatedAt": _text(row[6]),
        "submitterId": _text(row[7]),
        "submitterName": sender,
        "attachmentsPresent": sum(name in there for name in media),
        "attachmentsExpected": len(media),
        "status": status,
        "reviewState": _text(row[9]),
        "deviceId": device,
        "edits": row[10] if isinstance(row[10], int) else 0,
        "formVersion": _text(row[11]),
        "deletedAt": _text(row[12]),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _files(db: DuckDBPyConnection) -> dict[int, set[str]]:
    """Names of the files that have come for each submission of the page, with any of its versions."""
    rows = db.execute(
        "SELECT version.root_seq, list(DISTINCT attachment.name) FROM attachment JOIN ("
        "SELECT submission_seq, root_seq FROM submission SEMI JOIN temp.page AS page USING (root_seq)"
        ") AS version USING (submission_seq) GROUP BY version.root_seq"
    ).fetchall()
    return {seq: set(names) for seq, names in rows}
