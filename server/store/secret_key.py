"""secret.key: 32 random bytes that tokens are made from; a part of every backup."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from server.store.blobs import flush_folder

NAME = "secret.key"


def secret_key(data: Path) -> bytes:
    """The key of a data folder, made at the first start, readable by its owner alone."""
    path = data / NAME
    for _ in range(100):
        try:
            text = path.read_text("ascii").strip()
        except FileNotFoundError:
            _make(path)
            continue
        if len(text) == 64:
            return bytes.fromhex(text)
        time.sleep(0.02)  # another process is making it
    path.unlink(missing_ok=True)  # a crash came between making and writing: nothing was made from it yet
    return secret_key(data)


def _make(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    flush_folder(path.parent)
