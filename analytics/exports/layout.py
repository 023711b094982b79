"""The columns of a form's CSV files: which there are, in what order, and the SQL that writes each cell.

Spec: protocol.md 16. Unlike ODK Central, a text that a spreadsheet would run as a formula (it begins with
= + - @, a tab or a carriage return, and is no number) gets an apostrophe in front.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, Tables, identifier, quoted, read_tables, repeat_table
from analytics.columns import SENT, Column
from analytics.exports.wanted import CsvWanted
from forms.errors import FormNotFound
from forms.schema import Question, Schema

FIRST = [("SubmissionDate", "wanted.submission_date")]
LAST = [
    ("KEY", "{key}"),
    ("SubmitterID", "wanted.submitter_id"),
    ("SubmitterName", "{submitter_name}"),
    ("AttachmentsPresent", "wanted.attachments_present"),
    ("AttachmentsExpected", "wanted.attachments_expected"),
    ("Status", "wanted.status"),
    ("ReviewState", "wanted.review_state"),
    ("DeviceID", "{device_id}"),
    ("Edits", "wanted.edits"),
    ("FormVersion", "{form_version}"),
]

# asked one by one: three times as fast as a list of first letters, which costs as much as all the rest
_STARTS_A_FORMULA = ("'='", "'+'", "'-'", "'@'", "chr(9)", "chr(13)")
_NUMBER = r"'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?'"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One CSV: `repeat` is None for the submissions; `cells` are (header, SQL) in order."""

    repeat: str | None
    table: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Version:
    schema: Schema
    table_schema: str
    places: dict[str, tuple[str, str]]


def csv_files(db: DuckDBPyConnection, wanted: CsvWanted) -> tuple[CsvFile, ...]:
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
        CsvFile(
            None,
            tables.qualified(SUBMISSIONS),
            (*FIRST, *writer.cells(None), *((header, _system(cell)) for header, cell in LAST)),
        ),
        *(
            CsvFile(
                path,
                tables.qualified(repeat_table(path)),
                (
                    *writer.cells(path),
                    ("PARENT_KEY", guarded(_own_key("_parent_key"))),
                    ("KEY", guarded(_own_key("_key"))),
                ),
            )
            for path in repeats
        ),
    )


def guarded(text: str) -> str:
    """SQL of a text cell that no spreadsheet takes for a formula; a number stays one."""
    starts = " OR ".join(f"prefix({text}, {start})" for start in _STARTS_A_FORMULA)
    return (
        f"CASE WHEN {starts} THEN CASE WHEN regexp_full_match({text}, {_NUMBER}) THEN {text} "
        f"ELSE '''' || {text} END ELSE {text} END"
    )


def _system(cell: str) -> str:
    return cell.format(
        key=guarded("wanted.key"),
        submitter_name=guarded("wanted.submitter_name"),
        device_id=guarded("wanted.device_id"),
        form_version=guarded("wanted.form_version"),
    )


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
        _Version(msgspec.json.decode(schema, type=Schema), table_schema, json.loads(places))
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

    def cells(self, repeat: str | None) -> Iterator[tuple[str, str]]:
        """(header, SQL) of every question of this table, in the order of the form."""
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

    def _question(
        self, question: Question, repeat: str | None, table: str, column: Column
    ) -> Iterator[tuple[str, str]]:
        header = self._header(question, repeat)
        cell = f"answers.{identifier(column.name)}"
        labels = self._labels(question, column)
        if column.kind == "geopoint":
            for part, title in (
                ("lat", "Latitude"),
                ("lon", "Longitude"),
                ("alt", "Altitude"),
                ("acc", "Accuracy"),
            ):
                yield f"{header}-{title}", f"{cell}.{part}"
        elif column.kind in ("time", "datetime"):
            sent = f"answers.{identifier(column.name + SENT)}"
            yield header, f"CASE WHEN {cell} IS NOT NULL THEN {sent} END"
        elif column.kind == "choices":
            if labels:
                each = f"list_transform({cell}, lambda choice: {_in_words('choice', labels)})"
                yield header, guarded(f"array_to_string({each}, '; ')")
            else:
                yield header, guarded(f"array_to_string({cell}, ' ')")
            if self._wanted.split_select_multiples:
                for choice in self._chosen(table, column):
                    chosen = f"list_contains({cell}, {quoted(choice)})"
                    yield (
                        f"{header}/{labels.get(choice, choice)}",
                        f"CASE WHEN {chosen} THEN 1 WHEN {cell} IS NOT NULL THEN 0 END",
                    )
        elif column.sql_type == "VARCHAR":
            yield header, guarded(_in_words(cell, labels) if labels else cell)
        else:
            yield header, cell

    def _header(self, question: Question, repeat: str | None) -> str:
        if self._wanted.labels is not None and (label := in_language(question.labels, self._wanted.labels)):
            return label
        if not self._wanted.group_paths:
            return question.name
        return question.path[len(repeat or "") + 1 :].replace("/", "-")

    def _labels(self, question: Question, column: Column) -> dict[str, str]:
        """Choice -> label in the wanted language, older versions' choices included; empty for codes."""
        language = self._wanted.labels
        if language is None or not (question.choices or question.external):
            return {}
        labels = self._registry_labels(question.external, language)
        for version in reversed(self._versions):
            for path in column.paths:
                for choice in getattr(version.schema.at(path), "choices", ()):
                    if label := in_language(choice.labels, language):
                        labels[choice.name] = label
        return labels

    def _registry_labels(self, external: str, language: str) -> dict[str, str]:
        if external == "objects.csv":
            query = (
                "SELECT unnest([name, object_id]), name_ky, name_ru, name_en FROM object "
                "WHERE project_id = $p"
            )
        elif external == "villages.csv":
            query = "SELECT name, label_ky, label_ru, label_en FROM village WHERE project_id = $p"
        else:
            return {}
        rows = self._db.execute(query, {"p": self._wanted.project_id}).fetchall()
        return {
            name: in_language({"ky": ky or "", "ru": ru or "", "en": en or ""}, language) or name
            for name, ky, ru, en in rows
        }

    def _chosen(self, table: str, column: Column) -> list[str]:
        """Every choice that was ever made, sorted."""
        rows = self._db.execute(
            f"SELECT DISTINCT unnest({identifier(column.name)}) AS choice "  # noqa: S608  (quoted)
            f"FROM {self._tables.qualified(table)} "
            "WHERE _project_id = $project_id ORDER BY choice",
            {"project_id": self._wanted.project_id},
        ).fetchall()
        return [str(choice) for (choice,) in rows]


def in_language(labels: Mapping[str, str], language: str) -> str:
    """The text in this language; else the one without a language, else Kyrgyz, Russian, any."""
    for wanted in (language, "", "ky", "ru", *labels):
        if text := labels.get(wanted):
            return text
    return ""


def _in_words(cell: str, labels: Mapping[str, str]) -> str:
    """SQL of a choice's label; a choice without one stands as it is."""
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(label)}" for name, label in labels.items())
    return f"CASE {cell} {cases} ELSE {cell} END"
