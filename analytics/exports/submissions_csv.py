"""Submissions of a form as CSV files and as a zip of them, in ODK Central's layout (protocol.md 16).

Rows are written by DuckDB in pieces, so a form of any size is exported in little memory.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection
from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from analytics.answers import quoted
from analytics.exports.layout import CsvFile, csv_files
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse

__all__ = ["CsvWanted", "MediaFile", "Senders", "submissions_csv", "submissions_zip", "wanted_media"]

ROWS = 10_000  # submissions in a piece
LONGEST_S = 3600.0  # an export ends before that, or its reader has gone to sleep
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file for the folder media/ of a zip: its name there, and where its bytes lie."""

    name: str
    path: Path


def submissions_csv(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders | None = None
) -> Iterator[bytes]:
    """The CSV of the submissions, newest first, in pieces. Raises, before the first piece: FormNotFound."""
    with warehouse.read() as db:
        csv_files(db, wanted)
    return _root_csv(warehouse, wanted, senders or Senders())


def submissions_zip(
    warehouse: Warehouse,
    wanted: CsvWanted,
    senders: Senders | None = None,
    media: Callable[[DuckDBPyConnection], Iterable[MediaFile]] | None = None,
) -> Iterator[bytes]:
    """A zip of the submissions, one file per repeat, and media/ where asked for.

    `media` is asked for the files once it is known which submissions there are: the temporary table
    `wanted` names them (see `wanted_media`). Raises, before the first piece: FormNotFound.
    """
    with warehouse.read() as db:
        csv_files(db, wanted)
    return _zip(warehouse, wanted, senders or Senders(), media)


def wanted_media(db: DuckDBPyConnection) -> list[tuple[str, str]]:
    """(name, sha256) of the files of the wanted submissions, for the folder media/.

    Two files of one name and different content get "~2" and so on before the ending: nothing is lost.
    """
    rows = db.execute(
        "SELECT attachment.name, arg_max(attachment.sha256, attachment.seq) AS sha256 FROM attachment "
        "JOIN submission USING (submission_seq) JOIN temp.wanted ON wanted.root_seq = submission.root_seq "
        "GROUP BY wanted.root_seq, attachment.name ORDER BY attachment.name, min(wanted.position)"
    ).fetchall()
    named: dict[str, dict[str, str]] = {}
    for name, sha256 in rows:
        names = named.setdefault(name, {})
        if sha256 not in names:
            stem, dot, ending = name.rpartition(".")
            number = f"~{len(names) + 1}" if names else ""
            names[sha256] = f"{stem}{number}{dot}{ending}" if dot else f"{name}{number}"
    return [(written, sha256) for names in named.values() for sha256, written in names.items()]


def file_names(form_id: str, files: Iterable[CsvFile]) -> list[str]:
    """The names in the zip: form.csv, form-repeat.csv; repeats of one name are told apart by ~1, ~2."""
    repeats = [(file.repeat or "").rpartition("/")[2] for file in files]
    totals, counts = Counter(repeats), Counter[str]()
    names = []
    for repeat in repeats:
        counts[repeat] += 1
        clash = f"~{counts[repeat]}" if totals[repeat] > 1 else ""
        names.append(safe_name(f"{form_id}-{repeat}{clash}.csv" if repeat else f"{form_id}.csv"))
    return names


def safe_name(name: str) -> str:
    """A file name that every system takes."""
    return re.sub(r'[/\\?<>:*|"\x00-\x1f\x80-\x9f]', "", name).strip(". ") or "export"


def _root_csv(warehouse: Warehouse, wanted: CsvWanted, senders: Senders) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()  # one picture of the data from the first piece to the last
        file, *_repeats = csv_files(db, wanted)
        yield from _pieces(db, warehouse.tmp, file, gather(db, wanted, senders))


def _zip(
    warehouse: Warehouse,
    wanted: CsvWanted,
    senders: Senders,
    media: Callable[[DuckDBPyConnection], Iterable[MediaFile]] | None,
) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()
        files = csv_files(db, wanted)
        count = gather(db, wanted, senders)
        stream = ZipStream()
        for name, file in zip(file_names(wanted.form_id, files), files, strict=True):
            stream.add(
                _pieces(db, warehouse.tmp, file, count), name, compress_type=ZIP_DEFLATED, compress_level=1
            )
        for one in media(db) if media is not None else ():
            # photos and sound are packed already
            stream.add(_file(one.path), f"media/{safe_name(one.name)}", compress_type=ZIP_STORED)
        yield from stream


def _pieces(db: DuckDBPyConnection, tmp: Path, file: CsvFile, count: int) -> Iterator[bytes]:
    yield (",".join(_quoted(header) for header, _cell in file.cells) + "\n").encode()
    cells = ", ".join(f"{cell} AS c{number}" for number, (_header, cell) in enumerate(file.cells))
    order = "wanted.position" if file.repeat is None else "wanted.position, answers.rowid"
    join = "LEFT JOIN" if file.repeat is None else "JOIN"  # an encrypted submission has a row all the same
    for first in range(1, count + 1, ROWS):
        piece = tmp / f"export-{uuid.uuid4().hex}.csv"
        try:
            rows = (
                f"SELECT {cells} FROM temp.wanted {join} {file.table} AS answers "  # noqa: S608  (quoted)
                f"ON answers._seq = wanted.submission_seq "
                f"WHERE wanted.position BETWEEN {first} AND {first + ROWS - 1} ORDER BY {order}"
            )
            db.execute(f"COPY ({rows}) TO {quoted(str(piece))} (FORMAT csv, HEADER false)")
            yield from _file(piece)
        finally:
            piece.unlink(missing_ok=True)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(READ_BYTES):
            yield chunk


def _quoted(header: str) -> str:
    """A header as RFC 4180 has it, and never a formula."""
    if header[:1] in ("=", "+", "-", "@", "\t", "\r"):
        header = "'" + header
    return '"' + header.replace('"', '""') + '"' if re.search(r'[",\r\n]', header) else header
