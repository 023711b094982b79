"""Corrected values in the typed tables: the row says what counts, the XML what was sent."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from analytics.answers import identifier, quoted
from analytics.rows import VersionRows


def set_value(
    db: DuckDBPyConnection, version: VersionRows, submission_seq: int, question: str, value: str
) -> None:
    """Put a corrected value where the answer stood; one in a repeat, or never stored, has no such place."""
    asked = version.schema.question(question)
    if asked is None or asked.repeat is not None:
        return
    cells, empty, misfit = version.submissions.cells(asked.path, value)
    if not cells:
        return
    column = quoted(cells[0][0])
    assigned = ", ".join(f"{identifier(name)} = ${n}" for n, (name, _cell) in enumerate(cells, start=4))
    # what the row says about its empty and misfitting columns stays true of the others
    db.execute(
        f"UPDATE {version.submissions.target} SET {assigned}, "  # noqa: S608  (quoted)
        f"_empty = list_concat(list_filter(_empty, lambda one: one <> {column}), $2), "
        f"_misfit = list_concat(list_filter(_misfit, lambda one: one <> {column}), $3) "
        "WHERE _seq = $1",
        [submission_seq, empty, misfit, *(cell for _name, cell in cells)],
    )


def corrected_values(db: DuckDBPyConnection, submission_seq: int) -> list[tuple[str, str]]:
    """(question, value) of what was corrected in a submission, the latest of each."""
    return db.execute(
        "SELECT question, arg_max(coalesce(new, ''), seq) FROM correction WHERE submission_seq = $seq "
        "GROUP BY question ORDER BY question",
        {"seq": submission_seq},
    ).fetchall()
