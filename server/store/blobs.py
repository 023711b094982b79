"""Files by the sha256 of their content: attachments, workbooks, form media, frozen tables, releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that is kept: on disk for good when you hold this."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to keep, its hash already taken: its bytes in memory, or in a file of data/tmp that is moved."""

    sha256: str
    size: int
    data: bytes | None = None
    path: Path | None = None


class BlobWriter:
    """A blob that arrives in pieces; nothing is kept unless `keep` is called."""

    def write(self, chunk: bytes) -> None:
        raise NotImplementedError

    def keep(self) -> Blob:
        raise NotImplementedError

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError


class Blobs:
    """The blobs of a data folder: blobs/ab/cdef… . Raises DiskFull when there is no room."""

    root: Path
    tmp: Path

    def keep(self, content: bytes | BinaryIO) -> Blob:
        """Keep bytes, or what a stream gives (never whole in memory); durable on return."""
        raise NotImplementedError

    def keep_all(self, files: Iterable[Incoming]) -> tuple[Blob, ...]:
        """Keep several files with one flush of their folders; durable on return. Call it in a thread."""
        raise NotImplementedError

    def writer(self) -> BlobWriter:
        """A blob to be written piece by piece."""
        raise NotImplementedError

    def path(self, sha256: str) -> Path:
        """Where it lies, whether it is there or not."""
        raise NotImplementedError

    def exists(self, sha256: str) -> bool:
        raise NotImplementedError

    def open(self, sha256: str) -> BinaryIO:
        """Raises: BlobMissing."""
        raise NotImplementedError

    def read(self, sha256: str) -> bytes:
        """Raises: BlobMissing."""
        raise NotImplementedError

    def is_whole(self, sha256: str) -> bool:
        """Is it there, and does its content still have this hash?"""
        raise NotImplementedError

    def all(self) -> Iterator[Blob]:
        raise NotImplementedError
