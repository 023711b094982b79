"""What a phone posts: one instance and the media that travelled with it, read as it arrives.

Nothing is acted upon before the closing boundary has come and the promised length is there: an upload
that was cut off is refused whole, and the phone sends it again. Small files stay in memory, larger ones
go to the data folder's tmp while their sha256 is taken. Names are kept exactly as the client wrote them
and are never used as a path.

Spec: https://docs.getodk.org/openrosa-form-submission/
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import MultipartParser

from forms.faults.wire import BodyBroken, BodyTooLarge, EncodingUnsupported, XmlPartMissing
from server.store.blobs import drop
from server.store.troubles import trouble_of

XML_PART = "xml_submission_file"
FORM_PART = "form_def_file"  # what ODK Briefcase calls the form that it uploads
INCOMPLETE_PART = "*isIncomplete*"
CSRF_PART = "__csrf"
MAX_PARTS = 1000  # Collect sends at most 101 files in one request
MAX_HEADER_BYTES = 16_384  # a name of 255 emoji, twice, and some
IN_MEMORY_BYTES = 256 * 1024  # per file; what is larger goes to disk while it arrives
IN_MEMORY_TOTAL = 4 * 1024 * 1024  # per request

_BOUNDARY = re.compile(rb';\s*boundary\s*=\s*(?:"([^"]+)"|([^;,\s"]+))', re.IGNORECASE)
_PARAMETER = re.compile(rb';\s*([a-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))', re.IGNORECASE | re.DOTALL)
# what browsers and OkHttp escape in a quoted name, and nothing else: 100%.jpg is a name
_ESCAPED = re.compile(rb"%(22|0[dD]|0[aA])")
_IDENTITY = {b"", b"binary", b"8bit", b"7bit"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may carry."""

    xml_bytes: int
    body_bytes: int


@dataclass(frozen=True, slots=True)
class PostedFile:
    """One file of a request. `data` holds a small one, `path` (in tmp) a large one; never both."""

    name: str
    filename: str
    content_type: str
    size: int
    sha256: str
    data: bytes | None
    path: Path | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A whole request: the instance as the phone wrote it, and the files beside it."""

    xml: bytes
    files: tuple[PostedFile, ...] = ()
    incomplete: bool = False
    csrf: str = ""  # of a web form, which proves the page it is on

    def discard(self) -> None:
        """Remove what is left in tmp; what was kept as a blob has been moved away from there."""
        for file in self.files:
            if file.path is not None:
                file.path.unlink(missing_ok=True)


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str | None = None
    content_type: str = ""
    is_file: bool = False
    size: int = 0
    chunks: list[bytes] = field(default_factory=list)
    # taken while the file goes to disk; a file that stayed in memory is hashed once at its end
    digest: hashlib._Hash | None = None
    spool: IO[bytes] | None = None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary a Content-Type names; nothing when the body is not multipart/form-data."""
    if not content_type.lower().startswith("multipart/form-data"):
        return None
    found = _BOUNDARY.search(content_type.encode("latin-1", "replace"))
    return (found[1] or found[2]) if found else None


def _text(raw: bytes) -> str:
    raw = _ESCAPED.sub(lambda match: unquote_to_bytes(match[0]), raw).replace(b'\\"', b'"')
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _disposition(value: bytes) -> tuple[str, str | None]:
    """The field name and the file name of a part."""
    given = {
        match[1].lower(): match[2] if match[2] is not None else match[3]
        for match in _PARAMETER.finditer(value)
    }
    filename = _text(given[b"filename"]) if b"filename" in given else None
    if b"filename*" in given:
        charset, _, encoded = given[b"filename*"].partition(b"'")
        if charset.lower() == b"utf-8":
            filename = unquote_to_bytes(encoded.partition(b"'")[2]).decode("utf-8", "replace")
    return _text(given.get(b"name", b"")), filename


class _Reader:
    """Sorts the events of the parser into parts; what has to wait for the disk waits in `flush`."""

    def __init__(self, boundary: bytes, limits: Limits, tmp: Path, xml_part: str) -> None:
        self.xml_part = xml_part
        self.limits = limits
        self.tmp = tmp
        self.xml: bytes | None = None
        self.files: list[PostedFile] = []
        self.incomplete = False
        self.csrf = ""
        self.finished = False
        self.part = _Part()
        self.parts = 0
        self.in_memory = 0
        self.header_name = b""
        self.header_value = b""
        self.headers: dict[bytes, bytes] = {}
        self.spooling: list[_Part] = []
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self.on_part_begin,
                "on_part_data": self.on_part_data,
                "on_part_end": self.on_part_end,
                "on_header_field": self.on_header_field,
                "on_header_value": self.on_header_value,
                "on_header_end": self.on_header_end,
                "on_headers_finished": self.on_headers_finished,
                "on_end": self.on_end,
            },
            max_header_size=MAX_HEADER_BYTES,
        )

    def on_part_begin(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise BodyTooLarge()
        self.part = _Part()
        self.headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self.header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self.header_value += data[start:end]

    def on_header_end(self) -> None:
        self.headers[self.header_name.lower()] = self.header_value
        self.header_name = self.header_value = b""

    def on_headers_finished(self) -> None:
        part, headers = self.part, self.headers
        part.name, part.filename = _disposition(headers.get(b"content-disposition", b""))
        part.content_type = headers.get(b"content-type", b"").decode("latin-1")
        typed = part.content_type != "" and not part.content_type.startswith("text/plain")
        part.is_file = part.name not in (self.xml_part, INCOMPLETE_PART) and (
            part.filename is not None or typed
        )
        if headers.get(b"content-transfer-encoding", b"").strip().lower() not in _IDENTITY:
            raise EncodingUnsupported()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self.part
        part.size += end - start
        if part.name == self.xml_part:
            if part.size > self.limits.xml_bytes:
                raise BodyTooLarge()
        elif not part.is_file and part.size > 1024:
            return  # a text field nobody asked for: counted, not kept
        part.chunks.append(data[start:end])
        if part.is_file:
            self.in_memory += end - start
            if part.spool is None and (part.size > IN_MEMORY_BYTES or self.in_memory > IN_MEMORY_TOTAL):
                # named by us, so that no name of a client ever becomes a path
                part.spool = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed at the part's end
                    dir=self.tmp, prefix="posted-", delete=False
                )
                part.digest = hashlib.sha256()
                self.spooling.append(part)

    def on_part_end(self) -> None:
        part = self.part
        if part.name == self.xml_part:
            if self.xml is None:
                self.xml = b"".join(part.chunks)
        elif part.name == INCOMPLETE_PART:
            self.incomplete = b"".join(part.chunks).strip().lower() == b"yes"
        elif part.name == CSRF_PART and not part.is_file:
            self.csrf = b"".join(part.chunks).decode("utf-8", "replace").strip()
        elif part.is_file and (part.size or part.filename != ""):  # an empty file field of a browser
            self._end_of_file(part)

    def _end_of_file(self, part: _Part) -> None:
        name = part.name or part.filename or ""
        if not name:
            return
        if part.spool is None or part.digest is None:
            data = b"".join(part.chunks)
            sha256, path = hashlib.sha256(data).hexdigest(), None
        else:
            _write_out(part)
            part.spool.close()
            self.spooling.remove(part)
            data, sha256, path = None, part.digest.hexdigest(), Path(part.spool.name)
        self.files.append(
            PostedFile(name, part.filename or name, part.content_type, part.size, sha256, data, path)
        )

    def on_end(self) -> None:
        self.finished = True

    def flush(self) -> None:
        """Write what large parts have gathered (in a thread: the disk may be slow)."""
        for part in self.spooling:
            self.in_memory -= _write_out(part)

    def discard(self) -> None:
        for part in self.spooling:
            if part.spool is not None:
                drop(part.spool)
        Posted(b"", tuple(self.files)).discard()


def _write_out(part: _Part) -> int:
    if part.spool is None or part.digest is None:
        return 0
    chunk = b"".join(part.chunks)
    part.chunks.clear()
    part.spool.write(chunk)
    part.digest.update(chunk)
    return len(chunk)


async def read_posted(
    stream: AsyncIterator[bytes],
    content_type: str,
    content_length: int | None,
    limits: Limits,
    tmp: Path,
    xml_part: str = XML_PART,
) -> Posted:
    """One multipart/form-data body, whole; `xml_part` names the part that is the document itself.

    Raises: XmlPartMissing (another kind of body, or none of its parts is the instance), BodyBroken
    (cut off, or not multipart at all), BodyTooLarge, EncodingUnsupported, DiskFull.
    """
    boundary = boundary_of(content_type)
    if content_length is not None and content_length > limits.body_bytes:
        raise BodyTooLarge()
    if boundary is None:
        if content_type.lower().startswith("multipart/form-data"):
            raise BodyBroken()
        raise XmlPartMissing()
    try:
        reader = _Reader(boundary, limits, tmp, xml_part)
    except FormParserError as error:  # a boundary longer than any client's
        raise BodyBroken() from error
    arrived = 0
    try:
        async for chunk in stream:
            arrived += len(chunk)
            if arrived > limits.body_bytes:
                raise BodyTooLarge()
            try:
                reader.parser.write(chunk)
            except MultipartParseError as error:
                raise BodyBroken() from error
            if reader.spooling:
                await asyncio.to_thread(reader.flush)
        if not reader.finished or (content_length is not None and arrived < content_length):
            raise BodyBroken()
        if reader.xml is None:
            raise XmlPartMissing()
    except OSError as error:  # no room for a large file: a clear refusal, and the phone sends it again
        reader.discard()
        if (trouble := trouble_of(error)) is not None:
            raise trouble from error
        raise
    except BaseException:
        reader.discard()
        raise
    return Posted(reader.xml, tuple(reader.files), reader.incomplete, reader.csrf)
