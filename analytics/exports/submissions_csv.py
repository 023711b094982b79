"""Submissions of a form as CSV files and as a zip of them, in ODK Central's layout (protocol.md 16)."""

from __future__ import annotations

from collections.abc import Iterator

from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from analytics.exports.client_audit import audit_files, merged_audit
from analytics.exports.csv_pieces import csv_pieces
from analytics.exports.layout import export_tables
from analytics.exports.media import ReadFile, file_names, safe_name, wanted_media
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse

__all__ = ["LONGEST_S", "CsvWanted", "ReadFile", "Senders", "submissions_csv", "submissions_zip"]

LONGEST_S = 3600.0  # an export ends before that, or its reader has gone to sleep


def submissions_csv(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders | None = None
) -> Iterator[bytes]:
    """The CSV of the submissions, newest first, in pieces. Raises, before the first piece: FormNotFound."""
    check_wanted(warehouse, wanted)
    return _root_csv(warehouse, wanted, senders or Senders())


def submissions_zip(
    warehouse: Warehouse,
    wanted: CsvWanted,
    senders: Senders | None = None,
    read: ReadFile | None = None,
    *,
    with_media: bool = True,
) -> Iterator[bytes]:
    """A zip of the submissions, one file per repeat, the phones' logs in one file, and media/.

    `read` gives the bytes of an attachment; without it the zip has no files of theirs at all.
    Raises, before the first piece: FormNotFound; with it: those of a filter.
    """
    check_wanted(warehouse, wanted)
    return _zip(warehouse, wanted, senders or Senders(), read, with_media)


def check_wanted(warehouse: Warehouse, wanted: CsvWanted) -> None:
    """Find out at once what cannot be exported; what a filter gets wrong is found with the first piece.

    Raises: FormNotFound.
    """
    with warehouse.read() as db:
        export_tables(db, wanted)


def _root_csv(warehouse: Warehouse, wanted: CsvWanted, senders: Senders) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()  # one picture of the data from the first piece to the last
        table, *_repeats = export_tables(db, wanted)
        yield from csv_pieces(db, warehouse, table, gather(db, wanted, senders))


def _zip(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders, read: ReadFile | None, with_media: bool
) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()
        tables = export_tables(db, wanted)
        count = gather(db, wanted, senders)
        stream = ZipStream()
        for name, table in zip(file_names(wanted.form_id, tables), tables, strict=True):
            pieces = csv_pieces(db, warehouse, table, count)
            stream.add(pieces, name, compress_type=ZIP_DEFLATED, compress_level=1)
        if read is not None:
            logs = audit_files(db, wanted.project_id, wanted.form_id)
            if logs and not wanted.hidden:  # they hold every answer that was ever changed
                name = safe_name(f"{wanted.form_id} - audit.csv")
                stream.add(merged_audit(logs, read), name, compress_type=ZIP_DEFLATED, compress_level=1)
            left_out = {(name, sha256) for _key, name, sha256 in logs}
            for name, sha256 in wanted_media(db, left_out) if with_media else ():
                if (chunks := read(sha256)) is not None:
                    # photos and sound are packed already
                    stream.add(chunks, f"media/{name}", compress_type=ZIP_STORED)
        yield from stream
