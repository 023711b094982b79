"""Bodies that a client packs (Content-Encoding): unpacked while they arrive, before anybody measures them.

Every limit of a route holds for what comes out; what swells beyond measure is refused while it does.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Iterator

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms.faults.wire import BodyBroken, BodyTooLarge, PackingUnknown
from server import errors

PIECE_BYTES = 256 * 1024
KNOWN = ("gzip", "x-gzip", "deflate")
EITHER_HEADER = 32 + zlib.MAX_WBITS  # of gzip or of zlib, whichever it is
# a file is kept as it is: pyODK says gzip of one that is called .gz, and means the file, not the sending
AS_SENT = re.compile(r"^/v1/.*/attachments/[^/]+$")
FREE_BYTES, MOST_TIMES = 4 * 1024 * 1024, 100  # answers as XML become 20 times smaller, hardly more


class Unpacked:
    """Gives the app the body as it was before it was packed; refuses a packing that is not known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        packing = _packing(scope) if scope["type"] == "http" and not AS_SENT.search(scope["path"]) else ""
        if packing in KNOWN:
            kept = [
                pair for pair in scope["headers"] if pair[0] not in (b"content-encoding", b"content-length")
            ]
            await self.app({**scope, "headers": kept}, _Unpacking(receive), send)
        elif packing:
            refusal = PackingUnknown(packing=packing[:40])
            request = Request(scope, receive)
            await errors.answer(request, errors.status_of(refusal), refusal.sentence, refusal)(
                scope, receive, send
            )
        else:
            await self.app(scope, receive, send)


def _packing(scope: Scope) -> str:
    """What the body is packed with; nothing where it is not."""
    told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-encoding"]
    words = [word.strip().lower() for word in ",".join(told).split(",")]
    return ", ".join(word for word in words if word not in ("", "identity"))


class _Unpacking:
    """Receives packed pieces and hands on what was in them. Raises: BodyBroken, BodyTooLarge."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._unpacker = zlib.decompressobj(EITHER_HEADER)
        self._pieces: Iterator[bytes] = iter(())
        self._ended = False
        self._came = self._gone = 0

    async def __call__(self) -> Message:
        while True:
            try:
                piece = next(self._pieces, None)
            except zlib.error as error:
                raise BodyBroken() from error
            if piece is not None:
                self._gone += len(piece)
                if self._gone > FREE_BYTES and self._gone > self._came * MOST_TIMES:
                    raise BodyTooLarge()
                await asyncio.sleep(0)  # others have their turn between two pieces
                return {"type": "http.request", "body": piece, "more_body": True}
            if self._ended:
                self._ended = False  # whoever asks once more waits for the end of the connection
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            packed = message.get("body", b"")
            self._came += len(packed)
            self._ended = not message.get("more_body", False)
            self._pieces = self._unpack(packed)

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        while True:
            piece = self._unpacker.decompress(packed, PIECE_BYTES)
            packed = self._unpacker.unconsumed_tail
            if piece:
                yield piece
            if not packed and len(piece) < PIECE_BYTES:
                break
        if self._unpacker.unused_data or (self._ended and self._came and not self._unpacker.eof):
            raise BodyBroken()
