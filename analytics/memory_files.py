"""Files that are only ever in memory: where an engine wants to write one, and nothing may touch a disk.

DuckDB writes Parquet to a file and to nothing else; a file system of fsspec is what it takes for one.
Spec: https://filesystem-spec.readthedocs.io; DuckDB: `register_filesystem`
"""

from __future__ import annotations

import io

from duckdb import DuckDBPyConnection
from fsspec import AbstractFileSystem

SCHEME = "in-memory"


class MemoryFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec tells no types
    """Files by name, each taken away once; those that nobody takes are gone with this."""

    protocol = SCHEME
    cachable = False  # one per reading, and nothing of it is kept elsewhere

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, bytes] = {}

    def allow(self, db: DuckDBPyConnection) -> None:
        """Let a database write here; before `enable_external_access` is turned off, which it survives."""
        db.register_filesystem(self)
        db.execute(f"SET allowed_directories = ['{SCHEME}://']")

    def address(self, name: str) -> str:
        """What stands behind COPY … TO for the file of this name."""
        return f"{SCHEME}://{name}"

    def take(self, name: str) -> bytes:
        return self._written.pop(self.address(name))

    def isfile(self, path: str) -> bool:
        return False  # nothing is written twice

    def isdir(self, path: str) -> bool:
        return False

    def open(self, path: str, mode: str = "wb", **_options: object) -> io.BytesIO:
        if mode != "wb":
            raise FileNotFoundError(path)
        return _Written(self._written, path)


class _Written(io.BytesIO):
    """A file being written, which is kept when it is closed."""

    def __init__(self, kept: dict[str, bytes], path: str) -> None:
        super().__init__()
        self._kept, self._path = kept, path

    def close(self) -> None:
        if not self.closed:
            self._kept[self._path] = self.getvalue()
        super().close()
