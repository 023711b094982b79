"""The phone of the demonstration: it posts what was filled in through the front door, as Collect does."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Sequence

import httpx

from forms.faults.running import DemonstrationRefused

HEADERS = {"X-OpenRosa-Version": "1.0", "User-Agent": "baikoo-demo"}


class Phone:
    """One app user's phone; `server_url` carries its token."""

    def __init__(self, server_url: str) -> None:
        self._url = f"{server_url}/submission"
        self._client = httpx.Client(timeout=60, trust_env=False, headers=HEADERS)

    def send(self, xml: bytes, photos: Sequence[str]) -> None:
        """Post one instance with its photos. Raises: DemonstrationRefused with the server's own words."""
        files = [("xml_submission_file", ("submission.xml", xml, "text/xml"))]
        files += [(name, (name, photo(name), "image/png")) for name in photos]
        answer = self._client.post(self._url, files=files)
        if answer.status_code != 201:
            raise DemonstrationRefused(status=answer.status_code, reason=answer.text)

    def close(self) -> None:
        self._client.close()


def photo(name: str, width: int = 320, height: int = 200) -> bytes:
    """A small picture of hills under a sky, another one for every name; it shows nobody."""
    dice = random.Random(name)
    horizon = [height // 2 + dice.randint(-6, 6)]
    for _ in range(width - 1):
        horizon.append(min(height - 20, max(30, horizon[-1] + dice.choice((-1, 0, 0, 1)))))
    sky, ground = (150 + dice.randint(0, 60), 190, 225), (90 + dice.randint(0, 60), 130, 80)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(sky if y < horizon[x] else ground)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(rows), 6)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
