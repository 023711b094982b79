"""The logs that Collect keeps while a form is filled in, of all submissions of an export in one file.

Phones write these files with ragged lines, stray quotes, a byte order mark, columns in another order: what
can be read is read. Spec: protocol.md 10.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, identifier, read_tables
from analytics.exports.csv_pieces import csv_line
from analytics.exports.media import ReadFile

COLUMNS = (
    "event", "node", "start", "end", "latitude", "longitude", "accuracy", "old-value", "new-value", "user",
    "change-reason",
)  # fmt: skip
AUDIT_PATH = "/meta/audit"

csv.field_size_limit(16_000_000)  # an answer in the column old-value may be long


def audit_files(db: DuckDBPyConnection, project_id: int, form_id: str) -> list[tuple[str, str, str]]:
    """(key of the submission, file name, sha256) of the latest log of each, the oldest first."""
    rows = db.execute(
        "SELECT DISTINCT table_schema FROM form_version WHERE project_id = $p AND form_id = $f",
        {"p": project_id, "f": form_id},
    ).fetchall()
    found: list[tuple[str, str, str]] = []
    for (schema,) in rows:
        tables = read_tables(db, schema)
        for column in tables.of(SUBMISSIONS).values():
            if AUDIT_PATH in column.paths:
                found += db.execute(
                    "SELECT wanted.key, attachment.name, arg_max(attachment.sha256, attachment.seq) "  # noqa: S608  (quoted)
                    f"FROM temp.wanted JOIN {tables.qualified(SUBMISSIONS)} AS answers "
                    "ON answers._seq = wanted.submission_seq "
                    "JOIN submission ON submission.root_seq = wanted.root_seq "
                    "JOIN attachment ON attachment.submission_seq = submission.submission_seq "
                    f"AND attachment.name = answers.{identifier(column.name)} "
                    "GROUP BY wanted.key, wanted.position, attachment.name ORDER BY wanted.position DESC"
                ).fetchall()
    return found


def merged_audit(files: Iterable[tuple[str, str, str]], read: ReadFile) -> Iterator[bytes]:
    """One CSV of all logs: the instanceID of the submission, then what the log says."""
    yield csv_line(["instance ID", *COLUMNS])
    for key, _name, sha256 in files:
        chunks = read(sha256)
        if chunks is None:
            continue  # erased by law, or its key is not at hand
        text = b"".join(chunks).decode("utf-8-sig", "replace")
        lines = [csv_line([key, *event]) for event in audit_events(text)]
        if lines:
            yield b"".join(lines)


def audit_events(text: str) -> Iterator[list[str]]:
    """The events of a log, each with all columns."""
    rows = _rows(text)
    places = {name.strip().lower(): index for index, name in enumerate(next(rows, []))}
    for row in rows:
        if any(row):
            yield [
                row[places[name]] if name in places and places[name] < len(row) else "" for name in COLUMNS
            ]


def _rows(text: str) -> Iterator[list[str]]:
    """The rows of a CSV; one with a quote that never ends is read line by line."""
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        return iter(list(csv.reader([f"{line}\n" for line in lines], strict=True)))
    except csv.Error:
        return (_ragged(line) for line in lines)


def _ragged(line: str) -> list[str]:
    try:
        row = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return [cell.strip('"') for cell in line.split(",")]
    return row
