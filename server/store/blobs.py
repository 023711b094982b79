"""Files by the sha256 of their content: attachments, workbooks, form media, frozen tables, releases.

A blob is written beside (data/tmp), flushed, renamed into place, and the folder is flushed too where the
system can: whoever holds a Blob holds something that a power cut does not take. What nobody refers to any
more is left alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO

from server.store.troubles import BlobMissing, StoreBroken, trouble_of

CHUNK = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


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

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._file = blobs.temporary()
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        with self._blobs.guard():
            self._file.write(chunk)
        self._digest.update(chunk)
        self._size += len(chunk)

    def keep(self) -> Blob:
        with self._blobs.guard():
            self._file.close()
        incoming = Incoming(self._digest.hexdigest(), self._size, path=Path(self._file.name))
        return self._blobs.keep_all([incoming])[0]

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        drop(self._file)


class Guard:
    """Turns what the disk reports into what a person can act on."""

    def __init__(self, on_broken: Callable[[], None]) -> None:
        self._on_broken = on_broken

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and (trouble := trouble_of(error)) is not None:
            if isinstance(trouble, StoreBroken):
                self._on_broken()
            raise trouble from error


class Blobs:
    """The blobs of a data folder: blobs/ab/cdef… . Writing raises DiskFull or StoreBroken."""

    def __init__(self, root: Path, tmp: Path, on_broken: Callable[[], None] = lambda: None) -> None:
        self.root = root
        self.tmp = tmp
        self._guard = Guard(on_broken)
        root.mkdir(parents=True, exist_ok=True)
        tmp.mkdir(parents=True, exist_ok=True)

    def guard(self) -> Guard:
        return self._guard

    def temporary(self) -> IO[bytes]:
        with self._guard:
            return tempfile.NamedTemporaryFile(dir=self.tmp, prefix="blob-", delete=False)

    def keep(self, content: bytes | BinaryIO) -> Blob:
        """Keep bytes, or what a stream gives (never whole in memory); durable on return."""
        if isinstance(content, bytes):
            sha256 = hashlib.sha256(content).hexdigest()
            return self.keep_all([Incoming(sha256, len(content), data=content)])[0]
        with self.writer() as writer:
            while chunk := content.read(CHUNK):
                writer.write(chunk)
            return writer.keep()

    def keep_all(self, files: Iterable[Incoming]) -> tuple[Blob, ...]:
        """Keep several files with one flush of their folders; durable on return. Call it in a thread."""
        files = tuple(files)
        beside: list[Path] = []
        try:
            with self._guard:
                for file in files:
                    beside.append(self._flushed(file))
                folders = set()
                for file, path in zip(files, beside, strict=True):
                    folders |= self._put(path, self.path(file.sha256))
                for folder in folders:
                    flush_folder(folder)
        finally:
            for path in beside:
                path.unlink(missing_ok=True)
        return tuple(Blob(file.sha256, file.size) for file in files)

    def _flushed(self, file: Incoming) -> Path:
        if file.path is not None:
            with file.path.open("rb+") as existing:
                os.fsync(existing.fileno())
            return file.path
        assert file.data is not None
        with self.temporary() as new:
            try:
                new.write(file.data)
                new.flush()
                os.fsync(new.fileno())
            except BaseException:
                drop(new)
                raise
        return Path(new.name)

    def _put(self, source: Path, target: Path) -> set[Path]:
        """Move a flushed file into place; gives the folders to flush. An old one goes: it may be damaged."""
        folders = {target.parent}
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            folders.add(self.root)
        try:
            source.replace(target)
        except PermissionError:  # Windows does not replace a file that somebody reads
            if not target.exists():
                raise
        return folders

    def writer(self) -> BlobWriter:
        """A blob to be written piece by piece."""
        return BlobWriter(self)

    def path(self, sha256: str) -> Path:
        """Where it lies, whether it is there or not."""
        if not _SHA256.fullmatch(sha256):
            raise BlobMissing(sha256=sha256[:64])
        return self.root / sha256[:2] / sha256[2:]

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """Raises: BlobMissing."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise BlobMissing(sha256=sha256) from error

    def read(self, sha256: str) -> bytes:
        """Raises: BlobMissing."""
        with self.open(sha256) as file:
            return file.read()

    def is_whole(self, sha256: str) -> bool:
        """Is it there, and does its content still have this hash?"""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def remove(self, sha256: str) -> None:
        """For an erasure by law, and for nothing else."""
        self.path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[Blob]:
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _SHA256.fullmatch(folder.name + path.name):
                    yield Blob(folder.name + path.name, path.stat().st_size)


def drop(file: IO[bytes]) -> None:
    """Close and remove a temporary file; closing it tries once more to write, and on a full disk fails."""
    with suppress(OSError):
        file.close()
    Path(file.name).unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system lets a folder be flushed (Windows does not)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
