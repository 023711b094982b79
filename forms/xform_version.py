"""Give an XForm another version, and leave every other byte of it as it is."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from forms.faults.xform import FormBroken, FormWithoutInstance
from forms.start_tags import ANY, MODEL, start_tag

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
    tag = start_tag(xml, *MODEL, "instance", ANY)
    if tag is None:
        raise FormWithoutInstance()
    written = b'"' + escape(version, {'"': "&quot;"}).encode() + b'"'
    for pattern in (_PLAIN_VERSION, _VERSION):  # version, else orx:version
        if found := pattern.search(tag[0]):
            begin, end = tag.start() + found.start(2), tag.start() + found.end(2)
            return xml[:begin] + written + xml[end:]
    end = tag.start() + len(tag[0].rstrip())
    return xml[:end] + b" version=" + written + xml[end:]
