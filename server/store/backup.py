"""A copy of the whole truth while the server runs, and its return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.store.ledger import Head
from server.store.store import Store
from server.store.verify import Report

Progress = Callable[[str, int, int], None]
"""Called with (database or blobs, how much is done, how much there is)."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds; `blobs` counts files, `size` all bytes."""

    path: Path
    head: Head
    blobs: int
    size: int


def backup(store: Store, target: Path, progress: Progress | None = None) -> Backup:
    """Copy the database (consistent at one instant), then the blobs, then the secret key into a new folder.

    Raises: FolderNotEmpty, PgDumpMissing, DiskFull.
    """
    raise NotImplementedError


def restore(
    source: Path, data: Path, database: str | None = None, progress: Progress | None = None
) -> Report:
    """Bring a backup back into an empty data folder, and prove it whole.

    Raises: FolderNotEmpty, BackupInvalid, PgRestoreMissing.
    """
    raise NotImplementedError
