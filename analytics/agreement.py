"""How the reading stands beside the ledger: what it counts, and whether its scores can be computed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, Tables
from analytics.canonical import write_csv
from analytics.rounds import FROZEN, freeze
from analytics.sheet_sql import text
from analytics.tables import read_table


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of one table of the reading that belong to one project, or to one form of it (else "")."""

    table: str
    project_id: int
    form_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class AnswersCount:
    """Rows of the typed table of a form, and the submissions that should each have one."""

    table: str
    project_id: int
    form_id: str
    rows: int
    submissions: int


def counts(db: DuckDBPyConnection) -> tuple[TableCount, ...]:
    """Rows of the tables that have one for every record of a kind, or for every subject."""
    rows = db.execute(
        """
        SELECT 'submission', project_id, form_id, count(*) FROM submission GROUP BY ALL
        UNION ALL
        SELECT 'attachment', project_id, form_id, count(*)
        FROM attachment JOIN submission USING (submission_seq) GROUP BY ALL
        UNION ALL
        SELECT 'form_version', project_id, form_id, count(*) FROM form_version GROUP BY ALL
        UNION ALL
        SELECT 'object_record', project_id, '', count(*) FROM object_record GROUP BY ALL
        UNION ALL
        SELECT 'village', project_id, '', count(*) FROM village GROUP BY ALL
        UNION ALL
        SELECT 'round', project_id, '', count(*) FROM round GROUP BY ALL
        UNION ALL
        SELECT 'decision', 0, '', count(*) FROM decision
        ORDER BY ALL
        """
    ).fetchall()
    return tuple(TableCount(*row) for row in rows)


def answers_counts(db: DuckDBPyConnection) -> tuple[AnswersCount, ...]:
    """Every form with the rows of its typed tables; an encrypted or erased submission has none."""
    forms = db.execute(
        """
        SELECT project_id, form_id, list(DISTINCT table_schema ORDER BY table_schema),
               any_value((SELECT count(*) FROM submission
                          WHERE submission.project_id = form_version.project_id
                            AND submission.form_id = form_version.form_id
                            AND submission.version IS NOT NULL AND NOT encrypted))
        FROM form_version GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    found = []
    for project_id, form_id, schemas, submissions in forms:
        rows = 0
        for schema in schemas:
            answers = Tables(schema).qualified(SUBMISSIONS)
            counted = db.execute(
                f"SELECT count(*) FROM {answers} WHERE _project_id = $project_id",  # noqa: S608  (quoted)
                {"project_id": project_id},
            ).fetchall()
            rows += counted[0][0]
        found.append(AnswersCount(f"{schemas[-1]}.{SUBMISSIONS}", project_id, form_id, rows, submissions))
    return tuple(found)


def differing_frozen(db: DuckDBPyConnection, round_id: str, tables: Mapping[str, bytes]) -> tuple[str, ...]:
    """Names of the tables of a round that are not in the reading as they were frozen."""
    found = []
    for name in FROZEN:
        if name in tables:
            ours = f"(SELECT * FROM frozen_{name} WHERE round_id = {text(round_id)})"  # noqa: S608  (quoted)
            if write_csv(db, ours, read_table(name).grain) != tables[name]:
                found.append(name)
    return tuple(found)


def differing_again(
    db: DuckDBPyConnection, round_id: str, as_of: int, tables: Mapping[str, bytes]
) -> tuple[str, ...]:
    """Names of the tables that come out otherwise when a round is computed again as of the same record."""
    again = freeze(db, round_id, as_of).tables
    return tuple(name for name in FROZEN if name in tables and again[name] != tables[name])


def has_erased_answers(db: DuckDBPyConnection, round_id: str) -> bool:
    """Were answers of this round erased by law? Then its scores cannot be computed again."""
    found = db.execute(
        """
        SELECT count(*) FROM submission JOIN submission_state USING (submission_seq)
        WHERE submission_state.round_id = $round_id AND version IS NULL AND deleted_at IS NULL
        """,
        {"round_id": round_id},
    ).fetchall()
    return bool(found[0][0])
