"""What was erased by law or from the trash, taken out of the tables of the reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from analytics.answers import identifier
from analytics.facts import first_row


@dataclass(frozen=True, slots=True)
class Gone:
    """A submission that was taken out: what may still be said of it. `name` as intake.Name has it."""

    name: tuple[int, str, str, str]
    received_at: datetime
    submitter_id: int | None
    round_id: str | None


def take_out(db: DuckDBPyConnection, seq: int) -> Gone | None:
    """Take out what this record brought; None where that was a file or a correction, or nothing."""
    row = first_row(
        db,
        "SELECT project_id, form_id, instance_id, variant, received_at, submitter_id, round_id, version "
        "FROM submission WHERE submission_seq = $seq",
        {"seq": seq},
    )
    if row is None:
        for table in ("attachment", "correction", "decision"):
            if first_row(db, f"DELETE FROM {table} WHERE seq = $seq", {"seq": seq}) != (0,):  # noqa: S608  (ours)
                _leave_traces(db)
        return None
    *name, received_at, submitter_id, round_id, version = row
    for schema, table in db.execute(
        "SELECT DISTINCT table_schema, tables.table_name FROM form_version "
        "JOIN duckdb_tables() AS tables ON schema_name = table_schema AND database_name = 'reading' "
        "WHERE project_id = $project_id AND form_id = $form_id",
        {"project_id": name[0], "form_id": name[1]},
    ).fetchall():
        db.execute(
            f"DELETE FROM {identifier(schema)}.{identifier(table)} WHERE _seq = $seq",  # noqa: S608  (quoted)
            {"seq": seq},
        )
    db.execute("DELETE FROM submission WHERE submission_seq = $seq", {"seq": seq})
    if version is not None:  # it came with its answers; in a reading made anew it does not
        _leave_traces(db)
    return Gone((name[0], name[1], name[2], name[3]), received_at, submitter_id, round_id)


def _leave_traces(db: DuckDBPyConnection) -> None:
    db.execute("UPDATE progress SET has_traces = true")
