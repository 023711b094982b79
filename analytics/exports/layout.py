"""The columns of a form's files: which there are, in what order, and the SQL of each cell.

Spec: protocol.md 16. The same columns make CSV, workbooks and Parquet; how a cell is written is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, Tables, identifier, quoted, read_tables, repeat_table
from analytics.columns import SENT, Column
from analytics.exports.choice_labels import ChoiceLabels, in_language
from analytics.exports.wanted import CsvWanted
from forms.decoding import decode
from forms.errors import FormNotFound
from forms.schema import Question, Schema

TEXT, PLAIN, NUMBER, DATE = "text", "plain", "number", "date"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file. `kind`: text somebody typed, plain text of ours, number or date.

    `native` is the same as the reading has it, where the text loses something: a list of choices, an instant.
    `join` is what both need beside the answers.
    """

    header: str
    sql: str
    kind: str
    native: str = ""
    join: str = ""


FIRST = (Cell("SubmissionDate", "wanted.submission_date", PLAIN, "wanted.received_at"),)
LAST = (
    Cell("KEY", "wanted.key", TEXT),
    Cell("SubmitterID", "wanted.submitter_id", NUMBER),
    Cell("SubmitterName", "wanted.submitter_name", TEXT),
    Cell("AttachmentsPresent", "wanted.attachments_present", NUMBER),
    Cell("AttachmentsExpected", "wanted.attachments_expected", NUMBER),
    Cell("Status", "wanted.status", PLAIN),
    Cell("ReviewState", "wanted.review_state", PLAIN),
    Cell("DeviceID", "wanted.device_id", TEXT),
    Cell("Edits", "wanted.edits", NUMBER),
    Cell("FormVersion", "wanted.form_version", TEXT),
)


@dataclass(frozen=True, slots=True)
class ExportTable:
    """One file or sheet: `repeat` is None for the submissions; `table` is where its rows lie, as SQL."""

    repeat: str | None
    table: str
    cells: tuple[Cell, ...]

    def rows(self, columns: str, first: int, last: int) -> str:
        """SQL of these columns of the rows of the submissions at positions `first` to `last` of `wanted`."""
        # an encrypted submission has a row all the same
        join = "LEFT JOIN" if self.repeat is None else "JOIN"
        order = "wanted.position" if self.repeat is None else "wanted.position, answers.rowid"
        return (
            f"SELECT {columns} FROM temp.wanted {join} {self.table} AS answers "  # noqa: S608  (quoted)
            f"ON answers._seq = wanted.submission_seq {' '.join(cell.join for cell in self.cells)} "
            f"WHERE wanted.position BETWEEN {first} AND {last} ORDER BY {order}"
        )


_KINDS = {"integer": NUMBER, "decimal": NUMBER, "date": DATE}


@dataclass(frozen=True, slots=True)
class Place:
    """A question that is answered by a place on the map, and where its answers lie."""

    path: str
    kind: str  # geopoint, geotrace or geoshape
    table: ExportTable
    column: str


@dataclass(frozen=True, slots=True)
class _Version:
    schema: Schema
    table_schema: str
    places: dict[str, tuple[str, str]]


def export_tables(db: DuckDBPyConnection, wanted: CsvWanted) -> tuple[ExportTable, ...]:
    """The submissions, then every repeat in the order of the form. Raises: FormNotFound."""
    versions = _versions(db, wanted)
    current = versions[0]
    tables = read_tables(db, current.table_schema)
    writer = _Writer(db, wanted, versions, tables)
    repeats = [repeat.path for repeat in current.schema.repeats]
    if wanted.deleted_fields:
        older = [repeat.path for version in versions[1:] for repeat in version.schema.repeats]
        repeats = list(dict.fromkeys([*repeats, *older]))
    return (
        ExportTable(None, tables.qualified(SUBMISSIONS), (*FIRST, *writer.cells(None), *LAST)),
        *(
            ExportTable(
                path,
                tables.qualified(repeat_table(path)),
                (
                    *writer.cells(path),
                    Cell("PARENT_KEY", _own_key("_parent_key"), TEXT),
                    Cell("KEY", _own_key("_key"), TEXT),
                ),
            )
            for path in repeats
        ),
    )


def export_places(db: DuckDBPyConnection, wanted: CsvWanted) -> tuple[Place, ...]:
    """The places a form asks for, in its order, those of older versions at the end. Raises: FormNotFound."""
    versions = _versions(db, wanted)
    tables = read_tables(db, versions[0].table_schema)
    places: dict[str, Place] = {}
    for version in versions:
        for question in version.schema.questions:
            table, name = version.places.get(question.path, ("", None))
            if name is None or question.name in wanted.hidden or question.path in places:
                continue
            column = tables.of(table).get(name.lower())
            if column is not None and column.kind in ("geopoint", "geotrace", "geoshape"):
                rows = ExportTable(question.repeat, tables.qualified(table), ())
                places[question.path] = Place(question.path, column.kind, rows, column.name)
    return tuple(places.values())


def first_places(db: DuckDBPyConnection, wanted: CsvWanted) -> dict[str, str]:
    """Version of the form -> the first place it asks for outside of repeats. Raises: FormNotFound."""
    outside = {place.path for place in export_places(db, wanted) if place.table.repeat is None}
    first: dict[str, str] = {}
    for version in _versions(db, wanted):
        for question in version.schema.questions:
            if question.path in outside:
                first.setdefault(version.schema.version, question.path)
    return first


def _own_key(column: str) -> str:
    """A key of a repeat's row; after an edit it begins with the first instanceID, as its parent's does."""
    return (
        f"CASE WHEN wanted.key = wanted.instance_id THEN answers.{column} "
        f"ELSE wanted.key || substr(answers.{column}, length(wanted.instance_id) + 1) END"
    )


def _versions(db: DuckDBPyConnection, wanted: CsvWanted) -> list[_Version]:
    """The versions of the form, the newest first."""
    rows = db.execute(
        "SELECT form_schema, table_schema, places FROM form_version "
        "WHERE project_id = $project_id AND form_id = $form_id ORDER BY seq DESC",
        {"project_id": wanted.project_id, "form_id": wanted.form_id},
    ).fetchall()
    if not rows:
        raise FormNotFound(form_id=wanted.form_id)
    return [
        _Version(decode(schema, Schema), table_schema, json.loads(places))
        for schema, table_schema, places in rows
    ]


class _Writer:
    """Writes the cells of one form's questions."""

    def __init__(
        self, db: DuckDBPyConnection, wanted: CsvWanted, versions: Sequence[_Version], tables: Tables
    ) -> None:
        self._db = db
        self._wanted = wanted
        self._versions = versions
        self._tables = tables
        self._words = ChoiceLabels(db, wanted, [version.schema for version in versions])

    def given(self, path: str) -> set[str]:
        """Every choice that was ever made of a question, whatever column its answers lie in."""
        found: set[str] = set()
        places = (version.places[path] for version in self._versions if path in version.places)
        for table, name in {(table, name) for table, name in places}:
            column = self._tables.of(table).get(name.lower())
            if column is not None and column.sql_type in ("VARCHAR", "VARCHAR[]"):
                found.update(self._chosen(table, column))
        return found

    def cells(self, repeat: str | None) -> Iterator[Cell]:
        """The cells of every question of this table, in the order of the form."""
        table = SUBMISSIONS if repeat is None else repeat_table(repeat)
        seen: set[str] = set()
        for version in self._versions if self._wanted.deleted_fields else self._versions[:1]:
            for question in version.schema.questions:
                if question.repeat != repeat or question.name in self._wanted.hidden:
                    continue
                name = version.places.get(question.path, (table, None))[1]
                if name is None or name in seen:
                    continue  # never stored, or the same column under an older path
                seen.add(name)
                yield from self._question(question, repeat, table, self._tables.of(table)[name.lower()])

    def _question(self, question: Question, repeat: str | None, table: str, column: Column) -> Iterator[Cell]:
        header = self._header(question, repeat)
        cell = f"answers.{identifier(column.name)}"
        labels = self._words.of(question, column)
        if column.kind == "geopoint":
            for part, title in (
                ("lat", "Latitude"),
                ("lon", "Longitude"),
                ("alt", "Altitude"),
                ("acc", "Accuracy"),
            ):
                yield Cell(f"{header}-{title}", f"{cell}.{part}", NUMBER)
        elif column.kind in ("time", "datetime"):
            sent = f"answers.{identifier(column.name + SENT)}"
            yield Cell(header, f"CASE WHEN {cell} IS NOT NULL THEN {sent} END", PLAIN, cell)
        elif column.kind == "choices":
            if labels:
                each = self._words.several(cell, labels)
                yield Cell(header, f"array_to_string({each.sql}, '; ')", TEXT, each.sql, each.join)
            else:
                yield Cell(header, f"array_to_string({cell}, ' ')", TEXT, cell)
            if self._wanted.split_select_multiples:
                for choice in self._chosen(table, column):
                    chosen = f"list_contains({cell}, {quoted(choice)})"
                    yield Cell(
                        f"{header}/{labels.get(choice, choice)}",
                        f"CASE WHEN {chosen} THEN 1 WHEN {cell} IS NOT NULL THEN 0 END",
                        NUMBER,
                    )
        elif column.sql_type == "VARCHAR":
            words = self._words.one(cell, labels)
            yield Cell(header, words.sql, TEXT, join=words.join)
        else:
            yield Cell(header, cell, _KINDS.get(column.kind, PLAIN))

    def _header(self, question: Question, repeat: str | None) -> str:
        if self._wanted.labels is not None and (label := in_language(question.labels, self._wanted.labels)):
            return label
        if not self._wanted.group_paths:
            return question.name
        return question.path[len(repeat or "") + 1 :].replace("/", "-")

    def _chosen(self, table: str, column: Column) -> list[str]:
        """Every choice that was ever made, sorted."""
        cell = identifier(column.name)
        each = f"unnest({cell})" if column.kind == "choices" else cell
        rows = self._db.execute(
            f"SELECT DISTINCT {each} AS choice "  # noqa: S608  (quoted)
            f"FROM {self._tables.qualified(table)} "
            "WHERE _project_id = $project_id ORDER BY choice",
            {"project_id": self._wanted.project_id},
        ).fetchall()
        return [str(choice) for (choice,) in rows if choice is not None]


def choices_given(db: DuckDBPyConnection, wanted: CsvWanted, paths: Collection[str]) -> dict[str, set[str]]:
    """The choices that were ever made of these questions, whose lists lie in files. Raises: FormNotFound."""
    versions = _versions(db, wanted)
    writer = _Writer(db, wanted, versions, read_tables(db, versions[0].table_schema))
    return {path: writer.given(path) for path in paths}
