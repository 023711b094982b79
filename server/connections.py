"""How much of the server one peer can hold: the bytes around a request's body, and the time it may take.

What is no request at all is refused here, in the voice that phones understand: nothing else is known yet.

uvicorn closes connections that are idle between requests, and no others: a peer that stops in the middle of
a request, or goes on a byte at a time, would keep its connection, and what has arrived of it, for ever.
`close_if_silent` is asked of every connection each second.

Trailers of a chunked body are no headers: uvicorn would put them among those of the request, behind what a
proxy has written there, and that is what we believe.
"""

from __future__ import annotations

import asyncio
from functools import cache

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.h11_impl import RequestResponseCycle as PlainCycle

from forms import openrosa
from forms.faults.wire import BodyBroken
from server.errors import say

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
except ImportError:  # no httptools for this platform
    HttpToolsProtocol = None  # type: ignore[assignment,misc]

HEAD_BYTES = 64 * 1024  # h11 stops there by itself
SLOWEST = 10  # bytes a second, over the patience we have: the worst of networks brings a hundred times more
AROUND_A_BYTE = 8  # of a chunk with one byte in it: its length, and two ends of a line
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


class _Waiting:
    """How long we have waited for this peer, and what has come meanwhile."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    cycle: RequestResponseCycle | PlainCycle | None
    flow: FlowControl

    heard = 0.0  # when the last byte came
    since = 0.0  # when the head began, or the piece of a body that we count
    came = 0  # bytes since then
    in_head = False

    def begin_waiting(self) -> None:
        self.since, self.came = self.loop.time(), 0

    def hear(self, data: bytes) -> None:
        self.heard = self.loop.time()
        self.came += len(data)

    def close_if_silent(self, patience_s: float) -> None:
        cycle, now = self.cycle, self.loop.time()
        answering = cycle is not None and not cycle.response_complete and not cycle.more_body
        if answering or self.flow.read_paused:  # it waits for us
            self.heard, self.since, self.came = now, now, 0
            return
        if now - self.heard > patience_s:
            self.transport.abort()
        elif now - self.since > patience_s:
            in_body = cycle is not None and cycle.more_body and not self.in_head
            if not in_body or self.came < SLOWEST * patience_s:
                self.transport.abort()
            self.begin_waiting()


class PlainConnection(_Waiting, H11Protocol):  # type: ignore[misc]  # its cycle is one of the two
    """Pure Python, where there is nothing faster."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.hear(b"")
        self.begin_waiting()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.hear(data)
        if self.cycle is not None and self.cycle.response_complete:
            self.begin_waiting()
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        self.transport.write(refusal(BAD))
        self.transport.close()


if HttpToolsProtocol is None:
    Connection = PlainConnection
else:

    class Connection(_Waiting, HttpToolsProtocol):  # type: ignore[no-redef, misc]
        """The usual one, which also counts what arrives beside the bodies of requests."""

        beside = 0  # bytes of this request that are none of its body

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self.hear(b"")
            self.begin_waiting()
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self.hear(data)
            self.beside += len(data)
            if self.in_head and self.beside > HEAD_BYTES:
                self._refuse(TOO_LONG)
                return
            super().data_received(data)
            if self.beside > HEAD_BYTES and not self.transport.is_closing():  # chunks that only say they come
                self._refuse(BAD)

        def eof_received(self) -> bool:  # type: ignore[override]
            """Whoever has asked, and says no more, is still answered; then nothing is left to wait for."""
            last = self.pipeline[0][0] if self.pipeline else self.cycle
            if last is None or self.in_head or last.more_body or last.response_complete:
                return False
            last.keep_alive = False
            return True

        def send_400_response(self, msg: str) -> None:
            self._refuse(BAD)

        def _refuse(self, status: str) -> None:
            self.transport.write(refusal(status))
            self.transport.close()

        def _unsupported_upgrade_warning(self) -> None:
            """Answered as if it had not been asked; it is no news of the server."""

        def on_message_begin(self) -> None:
            self.in_head, self.beside = True, 0
            self.begin_waiting()
            super().on_message_begin()

        def on_header(self, name: bytes, value: bytes) -> None:
            if self.in_head:
                super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self.in_head, self.beside = False, 0
            self.begin_waiting()
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self.beside -= len(body) * (AROUND_A_BYTE + 1)
            super().on_body(body)
