"""Files by the hash of their content.

- What was kept is there under its hash; the same content is there once.
- Nothing half written is ever seen under a hash, and nothing stays behind when a writer gives up.
- A damaged blob is seen as damaged, and mended when its content comes again.
- A full disk is a refusal that can be repeated.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest

from server.store import Blobs, Incoming
from server.store.troubles import BlobMissing, DiskFull, StoreBroken


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", tmp_path / "tmp")


def test_what_was_kept_is_there_under_its_hash(blobs: Blobs) -> None:
    kept = blobs.keep(b"photo")
    assert kept.sha256 == hashlib.sha256(b"photo").hexdigest() and kept.size == 5
    assert blobs.path(kept.sha256) == blobs.root / kept.sha256[:2] / kept.sha256[2:]
    assert blobs.read(kept.sha256) == b"photo" and blobs.is_whole(kept.sha256)
    assert blobs.keep(b"photo") == kept
    assert list(blobs.all()) == [kept]


def test_a_stream_is_kept_piece_by_piece(blobs: Blobs) -> None:
    large = os.urandom(3_000_000)
    assert blobs.read(blobs.keep(io.BytesIO(large)).sha256) == large
    with blobs.writer() as writer:
        for start in range(0, len(large), 500_000):
            writer.write(large[start : start + 500_000])
        assert writer.keep().sha256 == hashlib.sha256(large).hexdigest()


def test_a_writer_that_gives_up_leaves_nothing(blobs: Blobs) -> None:
    with pytest.raises(RuntimeError), blobs.writer() as writer:
        writer.write(b"half")
        raise RuntimeError("the phone has gone")
    assert list(blobs.all()) == [] and list(blobs.tmp.iterdir()) == []


def test_several_files_are_kept_together(blobs: Blobs) -> None:
    posted = blobs.tmp / "posted-1"
    posted.write_bytes(b"large")
    files = [
        Incoming(hashlib.sha256(b"small").hexdigest(), 5, data=b"small"),
        Incoming(hashlib.sha256(b"large").hexdigest(), 5, path=posted),
        Incoming(hashlib.sha256(b"small").hexdigest(), 5, data=b"small"),
    ]
    kept = blobs.keep_all(files)
    assert [blob.sha256 for blob in kept] == [file.sha256 for file in files]
    assert blobs.read(kept[1].sha256) == b"large" and blobs.read(kept[0].sha256) == b"small"
    assert list(blobs.tmp.iterdir()) == []


def test_a_damaged_blob_is_seen_and_mended_by_its_content(blobs: Blobs) -> None:
    kept = blobs.keep(b"photo")
    blobs.path(kept.sha256).write_bytes(b"phoTo")
    assert not blobs.is_whole(kept.sha256)
    blobs.keep(b"photo")
    assert blobs.is_whole(kept.sha256)


def test_a_name_that_is_no_hash_never_becomes_a_path(blobs: Blobs) -> None:
    for name in ("../../etc/passwd", "ab", "", "A" * 64, "a" * 63 + "/"):
        with pytest.raises(BlobMissing):
            blobs.read(name)
    with pytest.raises(BlobMissing):
        blobs.open("a" * 64)


@pytest.mark.parametrize(("number", "refusal"), [(errno.ENOSPC, DiskFull), (errno.EIO, StoreBroken)])
def test_what_the_disk_reports_becomes_a_refusal(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch, number: int, refusal: type[Exception]
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(refusal):
        blobs.keep(b"photo")
    assert list(blobs.all()) == [] and list(blobs.tmp.iterdir()) == []
    monkeypatch.undo()
    assert blobs.keep(b"photo").size == 5
