"""How much of the server one peer can hold: the bytes of a request's head, and the time it may be silent.

What is no request at all is refused here, in the voice that phones understand: nothing else is known yet.

uvicorn closes connections that are idle between requests, and no others: a peer that stops in the middle of
a request would keep its connection, and what has arrived of it, for ever. `close_if_silent` is asked of every
connection each second.
"""

from __future__ import annotations

import asyncio
from functools import cache

from uvicorn.protocols.http.h11_impl import H11Protocol

from forms import openrosa
from forms.errors import BodyBroken
from server.errors import say

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # no httptools for this platform
    HttpToolsProtocol = None  # type: ignore[assignment,misc]

HEAD_BYTES = 64 * 1024  # h11 stops there by itself
BAD, TOO_LONG = "400 Bad Request", "431 Request Header Fields Too Large"


@cache
def refusal(status: str) -> bytes:
    """A whole reply to what no application has seen, said in every language."""
    body = openrosa.response(say(BodyBroken().sentence, None), "error")
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: text/xml; charset=utf-8\r\nx-openrosa-version: 1.0\r\n"
        f"x-content-type-options: nosniff\r\ncache-control: no-store\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def protocol() -> type[asyncio.Protocol]:
    """The HTTP protocol of this server."""
    return Connection


class PlainConnection(H11Protocol):
    """Pure Python, where there is nothing faster."""

    heard = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.heard = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        self.transport.write(refusal(BAD))
        self.transport.close()

    def close_if_silent(self, patience_s: float) -> None:
        self.heard = _waited(self, self.heard, patience_s)


if HttpToolsProtocol is None:
    Connection = PlainConnection
else:

    class Connection(HttpToolsProtocol):  # type: ignore[no-redef]
        """The usual one, which also counts what arrives before a request is known."""

        heard = 0.0  # when the last byte came
        in_head = False
        head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self.heard = self.loop.time()
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self.heard = self.loop.time()
            if self.in_head:
                self.head_bytes += len(data)
                if self.head_bytes > HEAD_BYTES:
                    self.transport.write(refusal(TOO_LONG))
                    self.transport.close()
                    return
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            self.transport.write(refusal(BAD))
            self.transport.close()

        def on_message_begin(self) -> None:
            self.in_head, self.head_bytes = True, 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self.in_head = False
            super().on_headers_complete()

        def close_if_silent(self, patience_s: float) -> None:
            self.heard = _waited(self, self.heard, patience_s)


def _waited(connection: PlainConnection | HttpToolsProtocol, heard: float, patience_s: float) -> float:
    """Since when the peer is to go on: from now, while it waits for us. Too long ago, and it is closed."""
    now = connection.loop.time()
    cycle = connection.cycle
    answering = cycle is not None and not cycle.response_complete and not cycle.more_body
    if answering or connection.flow.read_paused:
        return now
    if now - heard > patience_s:
        connection.transport.abort()
    return heard
