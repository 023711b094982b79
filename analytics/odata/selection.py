"""Which rows a question about a table means, and one page of them, the last as fast as the first.

Rows are newest first. A page near either end is found from there; for one elsewhere it is counted how many
rows every 8192 records of the ledger have, and only the records it lies in are read. Only an order asked for
has to sort everything.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import duckdb
from duckdb import DuckDBPyConnection

from analytics.odata.buckets import BITS, Buckets, Span
from analytics.odata.changes import Changes, make_changes, number_of
from analytics.odata.columns import Sources, line_id
from analytics.odata.memory import Memory
from analytics.odata.shape import Shape, Table
from analytics.odata.wanted import Order, Place, Wanted
from forms.faults.odata import FilterUnsupported, SkiptokenGone

NEAR = 20_000  # so near to either end, where nothing but submissions is looked at, no buckets are needed
PLAIN = "submission AS root"

_REFUSALS = (
    duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException,
    duckdb.OutOfRangeException, duckdb.ParserException,
)  # fmt: skip

Parameters = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Counted:
    total: int
    changes: Changes


# what was counted for one page serves the next, as long as no record is loaded
_counted: Memory[_Counted] = Memory(500)
_buckets: Memory[Buckets] = Memory(50)


class Selection:
    """The rows of a table that are wanted; for one transaction, in which nothing changes.

    Raises: FieldUnsupported, FilterTypesDiffer, FilterUnsupported.
    """

    def __init__(self, db: DuckDBPyConnection, shape: Shape, table: Table, wanted: Wanted) -> None:
        self._db = db
        self._table = table
        self._wanted = wanted
        self._parameters: Parameters = {}
        self._question = self._name_of_question()
        counted = _counted.get(self._question)
        self.changes = make_changes(
            db,
            wanted.project_id,
            wanted.form_id,
            wanted.not_object_types,
            counted.changes if counted is not None else None,
            of_lines=table.path != "",
        )
        self._sources = Sources(shape, table, self.changes.edits, self.changes.deleted)
        self._where = " AND ".join(self._conditions())
        self._order = self._orders()
        self._from = self._sources.sql()
        if counted is None:
            counted = _Counted(self._count(), self.changes)
            _counted.put(self._question, counted)
        self.total = counted.total
        if self._order:
            self._sort()

    def page(self, skip: int, limit: int) -> None:
        """Make the temporary table `page`: position, root_seq, current_seq, line."""
        if self._order:
            self._db.execute(
                "CREATE OR REPLACE TEMP TABLE page AS "
                f"FROM temp.ordered WHERE position > {skip} AND position <= {skip + limit}"
            )
            return
        limit = max(0, min(limit, self.total - skip))
        behind = self.total - skip - limit
        source, where, way, before = self._from, self._where, "DESC", skip
        if self._from != PLAIN or min(skip, behind) + limit > NEAR:
            span = self._in_buckets().of_page(skip, limit)
            source, within = self._between(span)
            where, before = f"{where} AND {within}", skip - span.before
        elif behind < skip:
            way, before = "ASC", behind
        found = f"FROM {source} WHERE {where} ORDER BY root_seq {way}"
        part = f"LIMIT {limit} OFFSET {before}"
        if self._sources.of_lines:
            rows = f"SELECT {self._sources.place} {found}, line {part}"
        else:  # the newest are found quickly where nothing is joined: edits are looked up for them alone
            rows = (
                "SELECT root_seq, coalesce(edited.current_seq, root_seq) AS current_seq, 0 AS line "  # noqa: S608
                f"FROM (SELECT root.submission_seq AS root_seq {found} {part}) AS found "
                "LEFT JOIN temp.edited AS edited USING (root_seq)"
            )
        self._db.execute(
            "CREATE OR REPLACE TEMP TABLE page AS "  # noqa: S608  (quoted)
            f"SELECT row_number() OVER (ORDER BY root_seq DESC, line) AS position, * FROM ({rows})",
            self._parameters,
        )

    def after_submission(self, instance_id: str, place: Place | None) -> int:
        """How many rows come up to and with a submission, deleted or not; all, where there is no such."""
        question = (
            "SELECT submission_seq FROM submission WHERE project_id = $project_id AND form_id = $form_id "
            "AND root_seq = submission_seq AND instance_id = $instance_id"
        )
        parameters: Parameters = {
            "instance_id": instance_id,
            "project_id": self._wanted.project_id,
            "form_id": self._wanted.form_id,
        }
        found = None
        if place is not None:
            there = {**parameters, "root_seq": place.root_seq}
            found = self._db.execute(f"{question} AND submission_seq = $root_seq", there).fetchone()
        found = found or self._db.execute(question, parameters).fetchone()
        return self.total if found is None else self._rows_from(int(found[0]), None)

    def after_line(self, repeat_id: str, place: Place | None) -> int:
        """How many rows come up to and with the row of a repeat. Raises: SkiptokenGone."""
        sources = Sources(self._sources.shape, self._table, self._sources.has_edits, False)
        sources.need("root")
        question = (
            f"SELECT {sources.root_seq}, line.rowid FROM {sources.sql()} "  # noqa: S608  (quoted)
            f"WHERE line._project_id = $project_id "
            f"AND {line_id(self._table, 'line', 'root.instance_id')} = $repeat_id"
        )
        parameters: Parameters = {"repeat_id": repeat_id, "project_id": self._wanted.project_id}
        found = None
        if place is not None:  # its __id is a hash: to find it elsewhere means to hash every row there is
            there = {**parameters, "line": place.line}
            found = self._db.execute(f"{question} AND line.rowid = $line", there).fetchone()
        found = (
            found or self._db.execute(f"{question} ORDER BY line._seq DESC LIMIT 1", parameters).fetchone()
        )
        if found is None:
            raise SkiptokenGone()
        return self._rows_from(int(found[0]), int(found[1]))

    def _rows_from(self, root_seq: int, line: int | None) -> int:
        """How many rows stand before and at this place of the list."""
        seq, parameters = self._sources.root_seq, {**self._parameters, "at_seq": root_seq}
        here = f"{seq} >= $at_seq"
        if line is not None:
            here = f"({seq} > $at_seq OR ({seq} = $at_seq AND {self._sources.line} <= $at_line))"
            parameters["at_line"] = line
        if self._from != PLAIN:
            span = self._in_buckets().of_record(root_seq)
            source, within = self._between(span)
            count = f"SELECT count(*) FROM {source} WHERE {self._where} AND {within} AND {here}"  # noqa: S608
            return span.before + number_of(self._db, count, parameters)
        count = f"SELECT count(*) FROM {PLAIN} WHERE {self._where} AND "  # noqa: S608  (quoted)
        if 2 * root_seq < number_of(self._db, "SELECT max(submission_seq) FROM submission"):
            return self.total - number_of(self._db, f"{count} NOT ({here})", parameters)
        return number_of(self._db, count + here, parameters)

    def _conditions(self) -> list[str]:
        sources, wanted = self._sources, self._wanted
        self._parameters["project_id"] = wanted.project_id
        if sources.of_lines:
            conditions = ["line._project_id = $project_id"]
            if sources.has_edits:
                conditions.append("line._seq NOT IN (SELECT submission_seq FROM temp.superseded)")
        else:
            self._parameters["form_id"] = wanted.form_id
            conditions = [
                "root.project_id = $project_id",
                "root.form_id = $form_id",
                "root.root_seq = root.submission_seq",
            ]
        if wanted.instance_id is not None:
            sources.need("root")
            conditions.append("root.instance_id = $instance_id")
            self._parameters["instance_id"] = wanted.instance_id
        if wanted.within is not None:
            sources.need("root")
            path, row = wanted.within
            conditions.append(f"{line_id(sources.shape.at(path), 'line', 'root.instance_id')} = $within")
            self._parameters["within"] = row
        if self.changes.hidden:
            sources.need("current")
            conditions.append(f"{sources.current_seq} NOT IN (FROM temp.hidden)")
        sees_deleted = False
        if wanted.filter is not None:
            sees_deleted = wanted.filter.sees_deleted
            condition, values = wanted.filter.to_sql(sources.columns(), wanted.now)
            conditions.append(condition)
            self._parameters |= values
        if sources.has_deleted and not sees_deleted:
            conditions.append("deleted.root_seq IS NULL")
        elif sources.has_deleted and not sources.of_lines:  # one that was purged is nowhere any more
            conditions.append("(deleted.root_seq IS NULL OR root.version IS NOT NULL)")
        return conditions

    def _orders(self) -> str:
        if self._wanted.order == (Order("__system/submissionDate", True),):
            return ""  # as they come anyway
        columns = self._sources.columns()
        keys = []
        for order in self._wanted.order:
            way = "DESC NULLS LAST" if order.descending else "ASC NULLS FIRST"
            keys.append(f"{columns.field(order.name).sql} {way}")
        if keys:
            way = "DESC" if self._wanted.order[0].descending else "ASC"
            keys.append(f"{self._sources.root_seq} {way}, {self._sources.line}")
        return ", ".join(keys)

    def _name_of_question(self) -> Hashable:
        """What is counted, as long as no record is loaded; `now` makes it another question each time."""
        wanted = self._wanted
        loaded = self._db.execute("SELECT loaded_seq, loaded_hash FROM progress").fetchall()
        text = wanted.filter.text if wanted.filter is not None else ""
        moment = wanted.now if "now" in text or loaded[0][0] == 0 else None
        who = (wanted.project_id, wanted.form_id, wanted.instance_id, wanted.within, wanted.not_object_types)
        return (*loaded, self._table.full_name, text, moment, who)

    def _count(self) -> int:
        """How many rows there are. Raises: FilterUnsupported."""
        try:
            if self._from != PLAIN and not self._order:  # its pages are found by buckets: counted only once
                return self._in_buckets().total
            return number_of(
                self._db,
                f"SELECT count(*) FROM {self._from} WHERE {self._where}",  # noqa: S608  (quoted)
                self._parameters,
            )
        except _REFUSALS as error:
            if self._wanted.filter is None:
                raise
            # a sentence that we understood and the engine does not take, however it was put together
            raise FilterUnsupported(feature=self._wanted.filter.text[:100], at=1) from error

    def _in_buckets(self) -> Buckets:
        known = _buckets.get(self._question)
        if known is None:
            known = Buckets(
                tuple(
                    self._db.execute(
                        f"SELECT {self._sources.root_seq} >> {BITS} AS bucket, count(*) FROM {self._from} "  # noqa: S608
                        f"WHERE {self._where} GROUP BY bucket ORDER BY bucket DESC",
                        self._parameters,
                    ).fetchall()
                )
            )
            _buckets.put(self._question, known)
        return known

    def _sort(self) -> None:
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE ordered AS SELECT row_number() OVER (ORDER BY {self._order}) "  # noqa: S608
            f"AS position, {self._sources.place} FROM {self._sources.sql('current')} WHERE {self._where}",
            self._parameters,
        )

    def _between(self, span: Span) -> tuple[str, str]:
        """(FROM, condition) of the rows in a span, so that a scan skips what lies elsewhere."""
        sources = self._sources
        within = f"BETWEEN {span.oldest} AND {span.newest}"
        if not (sources.of_lines and sources.has_edits):
            return self._from, f"{sources.root_seq} {within}"
        typed = self._table.typed
        lines = (  # an edit comes after what it edits, and stands where that stood
            f"(SELECT *, rowid FROM {typed} WHERE _seq {within} "  # noqa: S608  (quoted)
            f"UNION ALL SELECT moved.*, moved.rowid FROM {typed} AS moved SEMI JOIN ("
            f"SELECT current_seq FROM temp.edited WHERE root_seq {within} AND current_seq > {span.newest}"
            ") AS here ON here.current_seq = moved._seq)"
        )
        return sources.sql(lines=lines), f"{sources.root_seq} {within}"
