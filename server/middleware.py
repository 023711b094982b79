"""What every request and reply passes through, whatever it asks: plain ASGI, three small layers.

- Forwarded: scheme, host and address as a proxy we trust tells them; a slash inside a name stays one,
  no name holds NUL, and a Range that cannot be read asks for nothing.
- Headers: what OpenRosa clients must find on every reply, refusals too, and what browsers enforce.
- Guard: a line in the access log without tokens; an exception of ours becomes an apology, and what has no
  host that is one, or asks for a part that no file has, is refused in the voice of who asks.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import errors
from server.errors import is_openrosa
from server.settings import Settings

access_log = logging.getLogger("baikoo.access")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=(self)"),
]
# tokens, and what a phone or a person called a file
_SECRET = re.compile(r"/(key|test|sessions|password|attachments)/[^/]*", re.IGNORECASE)
_RANGES = re.compile(
    rb"bytes=\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})(?:\s*,\s*(?:\d{1,18}-\d{0,18}|-\d{1,18}))*\s*"
)
_FROM_TO = re.compile(rb"(\d+)-(\d+)")
MOST_RANGES = 100
# RFC 3986: a name or an address, and a port; what else may stand there would end up in our own addresses
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{0,5})?")
_NUL, _NO_CHARACTER = "\0", "\ufffd"  # no database keeps the one, and the other is in no name


def without_secrets(path: str) -> str:
    """The path as a log may hold it: no token or name of a file, wherever it stands, no line of its own."""
    return _SECRET.sub(r"/\1/…", quote(path, safe="/:;=@!$&'()*+,"))


def _readable(ranges: bytes) -> bool:
    """Whether it names pieces of a file. Others are passed over, as HTTP asks, and all of it is sent."""
    if not _RANGES.fullmatch(ranges) or ranges.count(b",") >= MOST_RANGES:
        return False
    return all(int(start) <= int(end) for start, end in _FROM_TO.findall(ranges))


def _has_host(scope: Scope) -> bool:
    """One that can be one: it ends up in every address that we give. HTTP/1.0 knew of none."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts:
        return cast(str, scope["http_version"]) == "1.0"
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None


class Forwarded:
    """Believes X-Forwarded-Proto, -Host and -For from trusted addresses only, and of each the last word."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw_path: bytes = scope.get("raw_path") or b""
            if b"%2f" in raw_path.lower():  # a form id with a slash is one segment: keep its slash encoded
                encoded = re.sub("%2f", "%252F", raw_path.decode("latin-1"), flags=re.IGNORECASE)
                scope = {**scope, "path": unquote(encoded)}
            if _NUL in scope["path"]:
                scope = {**scope, "path": scope["path"].replace(_NUL, _NO_CHARACTER)}
            if b"%00" in scope["query_string"]:
                scope = {**scope, "query_string": scope["query_string"].replace(b"%00", b"%EF%BF%BD")}
            if not all(_readable(value) for name, value in scope["headers"] if name == b"range"):
                scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}
            scope = self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> Scope:
        told = {
            name: value.decode("latin-1").rsplit(",", 1)[-1].strip()
            for name, value in scope["headers"]
            if name.startswith(b"x-forwarded-")
        }
        if not told:
            return scope
        client = scope.get("client")
        if not self.settings.trusts(client[0] if client else ""):
            return scope
        scope = dict(scope)
        if (scheme := told.get(b"x-forwarded-proto", "").lower()) in ("http", "https"):
            scope["scheme"] = scheme
        if address := told.get(b"x-forwarded-for"):
            scope["client"] = (address, 0)
        if host := told.get(b"x-forwarded-host"):
            rest = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *rest]
        return scope


class Headers:
    """Adds the headers of the house to every reply; one that a route has set itself stays."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.openrosa = [
            (b"x-openrosa-version", b"1.0"),
            (b"x-openrosa-accept-content-length", str(settings.accept_bytes).encode()),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        openrosa = is_openrosa(scope["path"])
        # answers at the desk stay on no disk of a computer that several people share
        keeps = scope["method"] in ("GET", "HEAD") and not scope["path"].startswith("/desk")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                names = {name for name, _ in headers}
                if openrosa:
                    headers.extend(self.openrosa)
                    if b"content-language" not in names:
                        headers.append((b"content-language", b"en"))
                else:
                    headers.extend(pair for pair in SECURITY if pair[0] not in names)
                    if scope["scheme"] == "https":
                        headers.append((b"strict-transport-security", b"max-age=31536000"))
                if b"cache-control" not in names:
                    headers.append((b"cache-control", b"private, no-cache" if keeps else b"no-store"))
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Guard:
    """Logs each request in a line, and answers for what no handler has caught."""

    def __init__(
        self,
        app: ASGIApp,
        on_bug: Callable[[Request, Exception], Awaitable[Response]],
        on_disconnect: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self.app = app
        self.on_bug = on_bug
        self.on_disconnect = on_disconnect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        replaced = False

        async def send_noting(message: Message) -> None:
            nonlocal status, replaced
            if message["type"] == "http.response.start":
                status = cast(int, message["status"])
                if status == 416:
                    replaced = True
                    response = errors.no_such_part(Request(scope, receive), message["headers"])
                    await response(scope, receive, send)
            if not replaced:
                await send(message)

        try:
            if _has_host(scope):
                await self.app(scope, receive, send_noting)
            else:
                await errors.host_is_none(Request(scope, receive))(scope, receive, send_noting)
        except Exception as error:
            gone = isinstance(error, ClientDisconnect)
            response = await (self.on_disconnect if gone else self.on_bug)(Request(scope, receive), error)
            if status:  # half a reply is out: break the connection, so that nobody takes it for whole
                raise ConnectionAbortedError from None
            await response(scope, receive, send_noting)
        finally:
            if access_log.isEnabledFor(logging.INFO):
                access_log.info(
                    "%s %s %s %.1f ms",
                    scope["method"],
                    without_secrets(scope["path"]),
                    status,
                    (time.perf_counter() - began) * 1000,
                )
