"""baikoo backup: a copy of everything, while the server runs."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.frame import progress_bar, tell, the_store, with_data, with_json
from server.cli.words import T
from server.store.backup import backup


@click.command("backup", help=T("Copy everything into a new folder while the server runs."))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_json
@with_data
def verb(folder: Path, as_json: bool) -> None:
    with the_store() as store, progress_bar(T("Backup")) as advance:
        done = backup(store, folder, advance)
    tell(
        as_json,
        {
            "folder": str(done.path),
            "seq": done.head.seq,
            "hash": done.head.hash,
            "blobs": done.blobs,
            "bytes": done.size,
        },
        T(
            "The backup in {folder} holds {records} records and {blobs} files. "
            "It contains the secret key: keep it safe.",
            folder=str(done.path),
            records=done.head.seq,
            blobs=done.blobs,
        ),
    )
