"""Mend, for reading only, what genuine clients write although it is not well-formed XML.

Emoji as two surrogate references (Collect up to 2022.1), control characters from barcodes, whitespace
before the declaration, prefixes nobody declared; UTF-16 and UTF-32, as .NET and Windows write XML. Nothing
here closes an element: a document that was cut off stays broken. Spec: protocol.md 8 and 20.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_HIGH = rb"&#(x0*[dD][89abAB][0-9A-Fa-f]{2}|0*(?:5529[6-9]|55[3-9]\d\d|56[0-2]\d\d|563[01]\d));"
_LOW = rb"&#(x0*[dD][c-fC-F][0-9A-Fa-f]{2}|0*(?:563[2-9]\d|56[4-9]\d\d|57[0-2]\d\d|573[0-3]\d|5734[0-3]));"
_SURROGATES = re.compile(_HIGH + _LOW)
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
# UTF-32 first: its mark begins like that of UTF-16
_WIDE = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_MAX_PREFIXES = 20  # more are no slip of a client
_ROOT_TAG = re.compile(rb"<[A-Za-z_][^\s/>]*")
_PREFIX = re.compile(rb"<\s*([A-Za-z_][\w.-]*):|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=")
_DECLARED = re.compile(rb"\sxmlns:([A-Za-z_][\w.-]*)\s*=")
_NAMESPACES = {
    b"orx": b"http://openrosa.org/xforms",
    b"jr": b"http://openrosa.org/javarosa",
    b"odk": b"http://www.opendatakit.org/xforms",
    b"entities": b"http://www.opendatakit.org/xforms/entities",
    b"h": b"http://www.w3.org/1999/xhtml",
    b"ev": b"http://www.w3.org/2001/xml-events",
    b"xsd": b"http://www.w3.org/2001/XMLSchema",
}


def repaired(xml: bytes) -> bytes | None:
    """The same document with the known mistakes mended; None where there was nothing to mend."""
    mended = _as_utf8(_from_wide(xml).removeprefix(b"\xef\xbb\xbf").lstrip())
    if mended is None:
        return None
    mended = mended.translate(None, _CONTROLS)
    mended = _SURROGATES.sub(_joined, mended)
    mended = _REFERENCE.sub(_legal, mended)
    mended = _with_prefixes_declared(mended)
    return None if mended == xml else mended


def _from_wide(xml: bytes) -> bytes:
    """A document in characters of two or four bytes, by its mark or its first `<` (XML 1.0, appendix F)."""
    for start, charset in _WIDE:
        if xml.startswith(start):
            return xml.decode(charset, "replace").removeprefix("\ufeff").encode()
    return xml


def _as_utf8(xml: bytes) -> bytes | None:
    """Surrogates that were written as three bytes each become the character they stand for."""
    try:
        xml.decode()
    except UnicodeDecodeError:
        try:
            text = xml.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return None
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return xml


def _code_point(digits: bytes) -> int:
    return int(digits[1:], 16) if digits[:1] == b"x" else int(digits)


def _joined(pair: re.Match[bytes]) -> bytes:
    high, low = _code_point(pair[1]), _code_point(pair[2])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()


def _legal(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if 0xD800 <= code < 0xE000:
        return "\ufffd".encode()  # half a character: something stood here
    is_legal = code in (9, 10, 13) or 0x20 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
    return reference[0] if is_legal else b""


def _with_prefixes_declared(xml: bytes) -> bytes:
    """Declare at the root the prefixes in use that it does not declare; inner declarations still win."""
    used = {match[1] or match[2] for match in _PREFIX.finditer(xml)} - {b"xml", b"xmlns"}
    root = _ROOT_TAG.search(xml)
    if not used or root is None:
        return xml
    root_tag = xml[root.start() : xml.find(b">", root.end()) + 1]
    missing = sorted(used - set(_DECLARED.findall(root_tag)))
    if len(missing) > _MAX_PREFIXES:
        return xml
    declared = b"".join(
        b' xmlns:%s="%s"' % (prefix, _NAMESPACES.get(prefix, b"urn:undeclared:" + prefix))
        for prefix in missing
    )
    return xml[: root.end()] + declared + xml[root.end() :]
