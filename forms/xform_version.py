"""Give an XForm another version, and leave every other byte of it as it is."""

from __future__ import annotations

import re
from xml.parsers import expat
from xml.sax.saxutils import escape

from forms.errors import FormBroken, FormWithoutInstance

_PATH = ["html", "head", "model", "instance"]
_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(?=/?>)""")
_VERSION = re.compile(rb"""(\s(?:[^\s=/>:]+:)?version\s*=\s*)("[^"]*"|'[^']*')""")
_PLAIN_VERSION = re.compile(rb"""(\sversion\s*=\s*)("[^"]*"|'[^']*')""")


def with_version(xml: bytes, version: str) -> bytes:
    """The same XForm with this version at the root of its primary instance.

    Raises: FormBroken, FormWithoutInstance.
    """
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormBroken(line=1) from error
    begin = _root_of_instance(xml)
    tag = _START_TAG.match(xml, begin) if begin is not None else None
    if begin is None or tag is None:
        raise FormWithoutInstance()
    written = b'"' + escape(version, {'"': "&quot;"}).encode() + b'"'
    for pattern in (_PLAIN_VERSION, _VERSION):  # version, else orx:version
        if found := pattern.search(tag[0]):
            at = begin + found.start(2)
            return xml[:at] + written + xml[begin + found.end(2) :]
    end = begin + len(tag[0].rstrip())
    return xml[:end] + b" version=" + written + xml[end:]


def _root_of_instance(xml: bytes) -> int | None:
    """Where the first child of the first instance begins, counted in bytes."""
    path: list[str] = []
    found: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        if path == _PATH and not found:
            found.append(parser.CurrentByteIndex)
        path.append(name.rpartition(":")[2])

    def end(name: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise FormBroken(line=error.lineno) from error
    return found[0] if found else None
