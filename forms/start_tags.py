"""Start tags of an XForm, found by their bytes: so that one can be changed and every other byte stays."""

from __future__ import annotations

import re
from xml.parsers import expat

from forms.faults.xform import FormBroken

ANY = "*"  # in a path: an element of whatever name
MODEL = ("html", "head", "model")
_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(?=/?>)""")


def start_tag(xml: bytes, *path: str) -> re.Match[bytes] | None:
    """The tag of the first element at this path of local names, without its closing mark; None: no such one.

    Raises: FormBroken.
    """
    here: list[str] = []
    found: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        here.append(name.rpartition(":")[2])
        if not found and len(here) == len(path) and all(map(_fits, path, here)):
            found.append(parser.CurrentByteIndex)

    def end(name: str) -> None:
        here.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise FormBroken(line=error.lineno) from error
    return _START_TAG.match(xml, found[0]) if found else None


def _fits(wanted: str, name: str) -> bool:
    return wanted in (ANY, name)
