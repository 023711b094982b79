"""Bytes on a socket, as no well-behaved client writes them."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit


def send_raw(address: str, *pieces: bytes, timeout_s: float = 10) -> bytes:
    """Write the pieces, then read until the server closes; what it said, also when it hung up on us."""
    where = urlsplit(address)
    said = b""
    with socket.create_connection((where.hostname, where.port), timeout=timeout_s) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while got := connection.recv(65536):
                said += got
        except (ConnectionError, TimeoutError):
            pass
    return said


def status_of(said: bytes) -> int:
    """The status of the first reply; 0 when there was none."""
    head = said.split(b"\r\n", 1)[0].split(b" ")
    return int(head[1]) if len(head) > 1 and head[0].startswith(b"HTTP/") else 0
