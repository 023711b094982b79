"""Corrected values in the typed tables: the row says what counts, the XML what was sent."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from analytics.answers import identifier, quoted
from analytics.rows import TableRows, VersionRows
from forms.places import question_at, row_of
from forms.schema import Question

# a value that counts instead of what was sent: by a person's decision, or because an edit left it standing
CORRECTING = ("corrected", "kept")


def set_value(
    db: DuckDBPyConnection, version: VersionRows, submission_seq: int, place: str, value: str
) -> None:
    """Put a corrected value where the answer stood (`forms.places`); one never stored has no such place."""
    asked = question_at(version.schema, place)
    table = _table(version, asked) if asked is not None else None
    if asked is None or table is None:
        return
    cells, empty, misfit = table.cells(asked.path, value)
    if not cells:
        return
    column = quoted(cells[0][0])
    assigned = ", ".join(f"{identifier(name)} = ${n}" for n, (name, _cell) in enumerate(cells, start=5))
    # what the row says about its empty and misfitting columns stays true of the others
    db.execute(
        f"UPDATE {table.target} SET {assigned}, "  # noqa: S608  (quoted)
        f"_empty = list_concat(list_filter(_empty, lambda one: one <> {column}), $2), "
        f"_misfit = list_concat(list_filter(_misfit, lambda one: one <> {column}), $3) "
        f"WHERE _seq = $1 AND {'_key' if asked.repeat is not None else '_instance_id'} = _instance_id || $4",
        [submission_seq, empty, misfit, row_of(place), *(cell for _name, cell in cells)],
    )


def corrected_values(db: DuckDBPyConnection, submission_seq: int) -> list[tuple[str, str]]:
    """(place, value) of what was corrected in a submission, the latest of each."""
    return db.execute(
        "SELECT question, arg_max(coalesce(new, ''), seq) FROM correction WHERE submission_seq = $seq "
        "GROUP BY question ORDER BY question",
        {"seq": submission_seq},
    ).fetchall()


def _table(version: VersionRows, asked: Question) -> TableRows | None:
    if asked.repeat is None:
        return version.submissions
    return dict(version.repeats).get(asked.repeat)
