"""Corrected values in the typed tables: the row says what counts, the XML what was sent."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

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
    # the rows of a repeat stand in the order of the document, so all of them are put in again
    cursor = db.execute(f"FROM {table.target} WHERE _seq = $1 ORDER BY rowid", [submission_seq])
    names = [str(column[0]) for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    column = cells[0][0]
    changed = False
    for row in rows:
        if asked.repeat is None or row["_key"] == row["_instance_id"] + row_of(place):
            # what the row says about its empty and misfitting columns stays true of the others
            for told, now in (("_empty", empty), ("_misfit", misfit)):
                row[told] = [one for one in row[told] or () if one != column] + now
            row |= dict(cells)
            changed = True
    if changed:
        db.execute(f"DELETE FROM {table.target} WHERE _seq = $1", [submission_seq])  # noqa: S608  (quoted)
        with db.appender(table.target) as appender:
            appender.append_rows([list(row.values()) for row in rows])


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
