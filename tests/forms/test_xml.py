"""The parser refuses what could hurt it, quickly and by name:

- entities and DTDs, in whatever encoding the document claims;
- too many bytes, too many elements, too deep nesting, too long texts;
- a document that breaks off, wherever it does.
"""

from __future__ import annotations

import time

import pytest

from forms.faults.xform import FormBroken, FormForbidden, FormTooLarge
from forms.xml import MAX_BYTES, Refusals, parse

REFUSALS = Refusals(FormBroken, FormForbidden, FormTooLarge)

BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (i + 1, b"&l%d;" % i * 10) for i in range(9))
    + b"]><a>&l9;</a>"
)


@pytest.mark.parametrize(
    "xml",
    [
        BILLION_LAUGHS,
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    ],
    ids=["billion laughs", "file", "network", "plain"],
)
def test_a_doctype_is_refused_before_anything_is_expanded(xml: bytes) -> None:
    with pytest.raises(FormForbidden):
        parse(xml, REFUSALS)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_no_encoding_hides_a_doctype(encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode(
        encoding
    )
    with pytest.raises((FormBroken, FormForbidden)):
        parse(xml, REFUSALS)


@pytest.mark.parametrize(
    "xml",
    [
        b"<a>" + b"<b/>" * 1_000_000 + b"</a>",
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"<a>" + b"x" * 11_000_000 + b"</a>",
        b"<a b='" + b"x" * 11_000_000 + b"'/>",
        b"<" + b"a" * 100_000 + b"/>",
        b"<a>" + b"x " * MAX_BYTES + b"</a>",
    ],
    ids=["a million elements", "deep", "long text", "long attribute", "long name", "many bytes"],
)
def test_more_than_a_form_can_be_is_too_large_and_quickly_so(xml: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(FormTooLarge):
        parse(xml, REFUSALS)
    assert time.perf_counter() - started < 2


def test_a_form_of_ten_megabytes_is_read() -> None:
    xml = b"<a>" + b"<b>an answer of some forty characters, say</b>" * 220_000 + b"</a>"
    assert len(xml) > 10_000_000
    assert len(parse(xml, REFUSALS)) == 220_000


def test_a_document_that_breaks_off_is_refused_at_every_byte() -> None:
    whole = '<?xml version="1.0"?><a id="ж"><b>ө &amp; ү</b><c/></a>'.encode()
    parse(whole, REFUSALS)
    for length in range(len(whole)):
        with pytest.raises(FormBroken):
            parse(whole[:length], REFUSALS)


def test_the_line_of_the_mistake_is_told() -> None:
    with pytest.raises(FormBroken, match="line 3"):
        parse(b"<a>\n<b>\n</a>", REFUSALS)


@pytest.mark.parametrize("xml", [b"", b"\0", b"not xml", b"<a>\xff</a>", b"<a/><b/>", b"<a>&nobody;</a>"])
def test_what_is_not_xml_is_broken_not_a_crash(xml: bytes) -> None:
    with pytest.raises(FormBroken):
        parse(xml, REFUSALS)
