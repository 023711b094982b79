"""Choices in words instead of codes: which label each has, and the SQL that puts it in place of the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from analytics.answers import quoted
from analytics.columns import Column
from analytics.exports.wanted import CsvWanted
from analytics.facts import insert
from forms.schema import Question, Schema

FEW = 50  # so many labels stand in the query itself; more are looked up in a table

Labels = Mapping[str, str]
"""Choice -> label."""


@dataclass(frozen=True, slots=True)
class Words:
    """SQL of what stands in place of a code. `join` is what its FROM needs: a cell's SQL may be repeated."""

    sql: str
    join: str = ""


class ChoiceLabels:
    """The labels of one export. `schemas` are those of all versions, the newest first."""

    def __init__(self, db: DuckDBPyConnection, wanted: CsvWanted, schemas: Sequence[Schema]) -> None:
        self._db = db
        self._wanted = wanted
        self._schemas = schemas
        self._looked_up = 0  # lists in the temporary table

    def of(self, question: Question, column: Column) -> Labels:
        """In the wanted language, older versions' choices included; empty for codes."""
        language = self._wanted.labels
        if language is None or not (question.choices or question.external):
            return {}
        labels = self._of_registry(question.external, language)
        for schema in reversed(self._schemas):
            for path in column.paths:
                labels |= self._wanted.choice_labels.get(path, {})
                for choice in getattr(schema.at(path), "choices", ()):
                    if label := in_language(choice.labels, language):
                        labels[choice.name] = label
        return labels

    def one(self, cell: str, labels: Labels) -> Words:
        """The label of a choice; a choice without one stands as it is."""
        if len(labels) <= FEW:
            return Words(_cases(cell, labels))
        number, known = self._table(labels)
        on = f"{known}.list = {number} AND {known}.choice = {cell}"
        return Words(f"coalesce({known}.label, {cell})", f"LEFT JOIN temp.choice_label AS {known} ON {on}")

    def several(self, cell: str, labels: Labels) -> Words:
        """The same of a list of choices, in their order."""
        if len(labels) <= FEW:
            return Words(f"list_transform({cell}, lambda choice: {_cases('choice', labels)})")
        number, known = self._table(labels)
        made = (
            "SELECT list(coalesce(known.label, chosen.choice) ORDER BY chosen.place) AS labels "  # noqa: S608
            f"FROM (SELECT unnest({cell}) AS choice, generate_subscripts({cell}, 1) AS place) AS chosen "
            f"LEFT JOIN temp.choice_label AS known ON known.list = {number} AND known.choice = chosen.choice"
        )
        return Words(f"{known}.labels", f"LEFT JOIN LATERAL ({made}) AS {known} ON true")

    def _table(self, labels: Labels) -> tuple[int, str]:
        """The number of these labels in the table of those that are looked up, and an alias for them."""
        if not self._looked_up:
            self._db.execute(
                "CREATE OR REPLACE TEMP TABLE choice_label (list INTEGER, choice VARCHAR, label VARCHAR)"
            )
        self._looked_up += 1
        rows: list[list[object]] = [[self._looked_up, *pair] for pair in labels.items()]
        insert(self._db, "temp.choice_label", rows)
        return self._looked_up, f"label{self._looked_up}"

    def _of_registry(self, external: str, language: str) -> dict[str, str]:
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


def in_language(labels: Mapping[str, str], language: str) -> str:
    """The text in this language; else the one without a language, else Kyrgyz, Russian, any."""
    for wanted in (language, "", "ky", "ru", *labels):
        if text := labels.get(wanted):
            return text
    return ""


def _cases(cell: str, labels: Labels) -> str:
    if not labels:
        return cell
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(label)}" for name, label in labels.items())
    return f"CASE {cell} {cases} ELSE {cell} END"
