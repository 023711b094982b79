"""An instance as rows of the typed tables: compiled once for each version of a form, then only looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from analytics.answers import SUBMISSIONS, Tables, repeat_table
from analytics.columns import WKT_READS, Read, Value, read_date, read_moment, reading_of
from forms.evaluation import Scheme
from forms.instance import Answers
from forms.schema import Schema

Row = list[Value]
Entry = tuple[str, str | None, str | None, Read | None]
"""(path, column named in _empty, column named in _misfit, how it is read) of one value of a row."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """How the rows of one typed table are made: `columns` in the order of the values."""

    target: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]

    def values(self, answers: Mapping[str, str]) -> tuple[Row, list[str], list[str]]:
        """The values of the questions, and the columns that were empty and that did not fit."""
        row: Row = []
        empty: list[str] = []
        misfit: list[str] = []
        get, add = answers.get, row.append
        for path, empty_name, misfit_name, read in self.entries:
            text = get(path)
            if not text:
                add(None)
                if text is not None and empty_name is not None:
                    empty.append(empty_name)
            elif read is None:
                add(text)
            else:
                try:
                    add(read(text))
                except (ValueError, OverflowError):
                    add(None)
                    if misfit_name is not None:
                        (misfit if text.strip() else empty).append(misfit_name)
        return row, empty, misfit

    def cells(self, path: str, text: str) -> tuple[list[tuple[str, Value]], list[str], list[str]]:
        """The cells of one question, each with its column, and those of them empty and not fitting."""
        row, empty, misfit = self.values({path: text})
        names = self.columns[len(self.columns) - len(self.entries) :]
        asked = zip(names, row, self.entries, strict=True)
        return [(name, cell) for name, cell, entry in asked if entry[0] == path], empty, misfit


@dataclass(frozen=True, slots=True)
class Roles:
    """Paths of the questions that say what a sheet is about; None where the form has none."""

    stream: str | None
    object: str | None
    token: str | None
    method: str | None
    visit: str | None
    village: str | None
    sex: str | None
    age: str | None

    @classmethod
    def of(cls, schema: Schema, scheme: Scheme | None) -> Roles:
        def path(role: str) -> str | None:
            name = scheme.roles.get(role) if scheme is not None else None
            question = schema.question(name) if name else None
            return question.path if question is not None and question.repeat is None else None

        return cls(*map(path, ("stream", "object", "token", "method", "visit", "village", "sex", "age")))


@dataclass(frozen=True, slots=True)
class VersionRows:
    """How an instance of one version becomes rows."""

    project_id: int
    form_id: str
    version: str
    schema: Schema
    roles: Roles
    zone: tzinfo
    submissions: TableRows
    repeats: tuple[tuple[str, TableRows], ...]  # path of the repeat, its table

    def of(self, seq: int, instance_id: str, answers: Answers) -> list[tuple[TableRows, Row]]:
        """All rows of one instance, each with the table it goes into."""
        row, empty, misfit = self.submissions.values(answers.values)
        made: list[tuple[TableRows, Row]] = [
            (self.submissions, [seq, self.project_id, instance_id, empty, misfit, *row])
        ]
        for path, table in self.repeats:
            for answer in answers.repeats.get(path, ()):
                row, empty, misfit = table.values(answer.values)
                fixed: Row = [seq, self.project_id, instance_id, empty, misfit]
                made.append((table, [*fixed, answer.parent_key, answer.key, answer.position, *row]))
        return made


def compile_rows(
    tables: Tables,
    schema: Schema,
    scheme: Scheme | None,
    places: Mapping[str, tuple[str, str]],
    *,
    project_id: int,
    version: str,
    zone: tzinfo,
) -> VersionRows:
    """The way from an instance of this version to rows; `places` is what `make_tables` gave."""
    return VersionRows(
        project_id=project_id,
        form_id=schema.form_id,
        version=version,
        schema=schema,
        roles=Roles.of(schema, scheme),
        zone=zone,
        submissions=_table(tables, SUBMISSIONS, places, zone, ()),
        repeats=tuple(
            (
                repeat.path,
                _table(tables, repeat_table(repeat.path), places, zone, ("_parent_key", "_key", "_position")),
            )
            for repeat in schema.repeats
        ),
    )


def filled_on(answers: Mapping[str, str], schema: Schema, received_at: datetime, zone: tzinfo) -> date:
    """The day a sheet was filled in: its `end`, else its `today`, else the day it was received, in this zone.

    `received_at` is UTC, with or without saying so. Spec: domain.md 5.7.14.
    """
    moment = _answer(answers, schema, "end")
    try:
        if moment:
            instant = read_moment(moment, zone)
            return _day(instant, zone)
    except (ValueError, OverflowError):
        pass  # a clock that was never set; the next best day stands in
    day = _answer(answers, schema, "today")
    try:
        if day:
            return read_date(day)
    except ValueError:
        pass
    return _day(received_at.replace(tzinfo=None), zone)


def _table(
    tables: Tables, table: str, places: Mapping[str, tuple[str, str]], zone: tzinfo, keys: tuple[str, ...]
) -> TableRows:
    columns: list[str] = ["_seq", "_project_id", "_instance_id", "_empty", "_misfit", *keys]
    entries: list[Entry] = []
    for path, (at, name) in places.items():
        if at != table:
            continue
        column = tables.of(table)[name.lower()]
        columns.append(name)
        entries.append((path, name, name, reading_of(column.kind, zone)))
        if column.companion is not None:
            columns.append(column.companion)
            entries.append((path, None, name, WKT_READS.get(column.kind)))
    return TableRows(tables.qualified(table), tuple(columns), tuple(entries))


def _answer(answers: Mapping[str, str], schema: Schema, name: str) -> str | None:
    question = schema.question(name)
    return answers.get(question.path) if question is not None and question.repeat is None else None


def _day(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of a UTC instant in a zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).date()
