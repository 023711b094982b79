"""Names of files in an export, and the attachments that travel with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

from duckdb import DuckDBPyConnection

from analytics.exports.layout import ExportTable

MOST_BYTES = 240  # of the 255 that disks allow: the rest for what tells two of a name apart
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

ReadFile: TypeAlias = Callable[[str], Iterator[bytes] | None]
"""The bytes of an attachment by its sha256; None where they cannot be had."""


def wanted_media(db: DuckDBPyConnection, left_out: Collection[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """(name, sha256) of the files of the wanted submissions, for the folder media/.

    `left_out` are (name, sha256) that are not wanted there. Two files of one name and different content get
    "~2" and so on before the ending: nothing is lost. What nobody can open stays out.
    """
    rows = db.execute(
        "SELECT attachment.name, arg_max(attachment.sha256, attachment.seq) AS sha256 FROM attachment "
        "JOIN submission USING (submission_seq) JOIN temp.wanted ON wanted.root_seq = submission.root_seq "
        "WHERE NOT coalesce(submission.encrypted, false) "
        "GROUP BY wanted.root_seq, attachment.name ORDER BY attachment.name, min(wanted.position)"
    ).fetchall()
    taken = {safe_name(name).casefold() for name, _sha256 in rows}
    named: dict[tuple[str, str], str] = {}
    numbers: Counter[str] = Counter()
    for name, sha256 in rows:
        if (name, sha256) in named or (name, sha256) in left_out:
            continue
        safe = safe_name(name)
        written, numbers[safe.casefold()] = safe, numbers[safe.casefold()] + 1
        while numbers[safe.casefold()] > 1:
            written = numbered(safe, numbers[safe.casefold()])
            if written.casefold() not in taken:
                break
            numbers[safe.casefold()] += 1
        taken.add(written.casefold())
        named[name, sha256] = written
    return [(written, sha256) for (_name, sha256), written in named.items()]


def numbered(name: str, number: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}~{number}{dot}{ending}" if dot else f"{name}~{number}"


def table_names(tables: Iterable[ExportTable]) -> list[str]:
    """The last part of each repeat's path, "" for the submissions; those of one name get ~1, ~2."""
    repeats = [(table.repeat or "").rpartition("/")[2] for table in tables]
    totals, counts = Counter(repeats), Counter[str]()
    names = []
    for repeat in repeats:
        counts[repeat] += 1
        names.append(f"{repeat}~{counts[repeat]}" if totals[repeat] > 1 else repeat)
    return names


def file_names(form_id: str, tables: Iterable[ExportTable], ending: str = "csv") -> list[str]:
    """The names in a zip: form.csv, form-repeat.csv."""
    return [
        safe_name(f"{form_id}-{repeat}.{ending}" if repeat else f"{form_id}.{ending}")
        for repeat in table_names(tables)
    ]


def safe_name(name: str) -> str:
    """A file name that every system takes: no path, no device of Windows, no longer than a disk allows."""
    name = re.sub(r'[/\\?<>:*|"\x00-\x1f\x80-\x9f]', "", name).strip(". ") or "export"
    if _DEVICE.match(name):
        name = f"_{name}"
    kept = name.encode("utf-8", "replace")
    if len(kept) <= MOST_BYTES:
        return name
    start, end = kept[: MOST_BYTES // 2], kept[-MOST_BYTES // 2 :]  # the end tells what kind of file it is
    return f"{start.decode('utf-8', 'ignore')}~{end.decode('utf-8', 'ignore')}"
