"""What a request asks, in the words of our routes: path names, switches, bodies, addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import TypedDict, TypeVar
from urllib.parse import quote, unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from forms.decoding import decode
from forms.errors import ParameterInvalid, ProjectNotFound
from forms.faults.wire import BodyTooLarge, JsonBroken
from server.context import Context
from server.permissions import Person

T = TypeVar("T")

PLAIN = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"
CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDE = ("utf-16", "utf-16le", "utf-16be", "utf-32")
_ON = ("true", "1", "yes", "on", "")


def context_of(request: Request) -> Context:
    context: Context = request.state.context
    return context


def now() -> datetime:
    return datetime.now(UTC)


class By(TypedDict):
    """When and by whom something is done, as every action asks for it."""

    now: datetime
    actor: int | None


def by(person: Person) -> By:
    """By this person, now."""
    return {"now": now(), "actor": person.actor}


def name_in_path(request: Request, parameter: str) -> str:
    """A name from the path. The router keeps an encoded slash encoded: it belongs to the name."""
    text: str = request.path_params[parameter]
    return text.replace("%2F", "/")


def project_in_path(request: Request) -> int:
    """The number of the project; classic addresses without one mean project 1."""
    text = request.path_params.get("project_id", "1")
    try:
        return int(text)
    except ValueError:
        raise ProjectNotFound(project_id=text) from None


def is_on(request: Request, name: str, default: bool = False) -> bool:
    """A switch in the query. pyODK writes True, browsers and people true, 1, yes."""
    text = request.query_params.get(name)
    return default if text is None else text.strip().lower() in _ON


def is_told_on(request: Request, name: str) -> bool:
    """A switch in the query that is off unless told, where a slip would be answered wrongly.

    Raises: ParameterInvalid.
    """
    text = request.query_params.get(name)
    if text is not None and text.strip().lower() not in (*_ON, "false", "0", "no", "off"):
        raise ParameterInvalid(name=name, value=text[:100])
    return is_on(request, name)


def number(text: str) -> int | None:
    """A number as it stands in an address: figures alone, and no more than any number here has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def whole_number(request: Request, name: str, default: int, largest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        return max(0, min(int(text), largest))
    except ValueError:
        raise ParameterInvalid(name=name, value=text[:100]) from None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, in memory; never more than `limit`. Raises: BodyTooLarge."""
    promised = request.headers.get("content-length", "")
    if promised.isdigit() and int(promised) > limit:
        raise BodyTooLarge()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge()
    return bytes(body)


async def read_json(request: Request, kind: type[T], limit: int = 1_000_000) -> T:
    """A JSON body as a value of this type. Raises: JsonBroken, ParameterInvalid, BodyTooLarge."""
    body = await read_body(request, limit)
    text = _json_text(body, request.headers.get("content-type", ""))
    if b"\\u0000" in text:  # no text here holds NUL, and no database keeps one
        raise ParameterInvalid(name="body", value="\\u0000")
    try:
        return decode(text or b"{}", kind)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(name="body", value=str(error)[:200]) from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise JsonBroken(length=len(body)) from error


def _json_text(body: bytes, content_type: str) -> bytes:
    """JSON as it is to be read: UTF-8 without a mark. PowerShell writes one, and UTF-16 where it says so."""
    if "charset" in content_type.lower() and (charset := charset_of(content_type)) in _WIDE:
        body = body.decode(charset, "replace").encode()
    return body.removeprefix(b"\xef\xbb\xbf")


def base_url(request: Request) -> str:
    """Scheme, host and the path before ours, as the client reaches us; without a slash at the end."""
    configured = context_of(request).settings.public_url
    if configured:
        return configured
    host = request.headers.get("host") or "localhost"
    return f"{request.scope['scheme']}://{host}"


def etag_of(content: bytes) -> str:
    # SHA-256 has instructions of its own in processors of today: half as long as MD5
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_fresh(request: Request, etag: str) -> bool:
    """Does the client hold this already? A proxy that packs a reply makes its strong tag weak: both match."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag in known or "*" in known


def tagged(
    request: Request, content: bytes, content_type: str, etag: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A reply with its tag; 304 without the content where the client holds it."""
    all_headers = {"ETag": etag, **(headers or {})}
    if is_fresh(request, etag):
        return Response(None, 304, all_headers)
    return Response(content, 200, all_headers, content_type)


def attachment(filename: str, *, inline: bool = False) -> str:
    """A Content-Disposition for any name: header values are Latin-1, names are not."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%/' else "_" for c in filename)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def charset_of(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    return message.get_content_charset("utf-8")


def header_text(request: Request, name: str, limit: int = 255) -> str | None:
    """A header as text: blank is nothing, long ones are cut."""
    value = (request.headers.get(name) or "").strip()
    return value[:limit] or None


def decoded_header(request: Request, name: str) -> str | None:
    value = request.headers.get(name)
    return unquote(value) if value else None


def iso(moment: datetime | None) -> str | None:
    """Times on the REST routes: UTC, three decimals, Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
