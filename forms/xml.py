"""The one XML parser: strict, bounded, without entities, DTDs or network.

It never recovers: a document that breaks off is refused, because half of the answers would be lost.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from lxml import etree

from forms.errors import BaikooError

MAX_BYTES = 16 * 1024 * 1024
MAX_TAGS = 500_000  # opening and closing ones; an element costs the parser some 120 bytes

_RESOURCE_LIMITS = {
    110,  # XML_ERR_NAME_TOO_LONG
    114,  # XML_ERR_RESOURCE_LIMIT: deeper than 256 levels, or a text over 10 MB
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """The errors a caller names for what the parser does not take."""

    broken: type[BaikooError]
    forbidden: type[BaikooError]
    too_large: type[BaikooError]


class _Parsers(threading.local):
    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",  # as phones read it, whatever the declaration says; so the checks see all
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )


_parsers = _Parsers()


def parse(xml: bytes, refusals: Refusals) -> etree._Element:
    """The root element. Raises what `refusals` names; a broken document only after a strict reading."""
    if len(xml) > MAX_BYTES or xml.count(b"<") > MAX_TAGS:
        raise refusals.too_large(size_bytes=len(xml))
    if b"<!DOCTYPE" in xml:
        raise refusals.forbidden()
    try:
        return etree.fromstring(xml, _parsers.parser)
    except etree.XMLSyntaxError as error:
        if error.code in _RESOURCE_LIMITS:  # type: ignore[attr-defined]  # the stubs lack it
            raise refusals.too_large(size_bytes=len(xml)) from error
        raise refusals.broken(line=error.lineno or 1) from error
    except ValueError as error:
        raise refusals.broken(line=1) from error


def local_name(element: etree._Element) -> str:
    """The name of an element without namespace or prefix."""
    tag = str(element.tag)
    return tag[tag.rfind("}") + 1 :]
