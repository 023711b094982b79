"""Documents made to hurt whoever opens them: refused in words, quickly, with little memory.

- Entities, DTDs, depth, breadth, huge texts and a million repeats in an instance or an XForm.
- Bombs and other files under the name of a workbook, on the route for programs and at the desk.
- A form id of 300 letters.
"""

from __future__ import annotations

import functools
import io
import struct
import time
import zipfile
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.make import a_form, an_instance
from tests.phone import Phone, message_of
from tests.server.conftest import PASSWORD, RunningHere

pytestmark = pytest.mark.attack

FORM = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | begin_repeat | child | Child |
| | text | name | Name |
| | end_repeat | | |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LONGEST_S, MOST_BYTES = 10.0, 400_000_000


def data(inside: str, attributes: str = "", before: str = "") -> bytes:
    meta = "<meta><instanceID>uuid:bomb</instanceID></meta>"
    return f'{before}<data id="visit" version="1"{attributes}>{inside}{meta}</data>'.encode()


DTD = '<?xml version="1.0"?><!DOCTYPE data [{}]>'
INSTANCES: dict[str, Callable[[], bytes]] = {
    "a billion laughs": lambda: data(
        "<remark>&l9;</remark>", before=DTD.format(f'<!ENTITY l0 "ha">{LAUGHS}')
    ),
    "a file of the server": lambda: data(
        "<remark>&x;</remark>", before=DTD.format('<!ENTITY x SYSTEM "file:///etc/passwd">')
    ),
    "a DTD from elsewhere": lambda: data("", before='<!DOCTYPE data SYSTEM "http://127.0.0.1:1/x.dtd">'),
    "a parameter entity": lambda: data(
        "", before=DTD.format('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;')
    ),
    "an entity nobody declared": lambda: data("<remark>&x;</remark>"),
    "in UTF-16, to hide it": lambda: (
        data("<r>&x;</r>", before=DTD.format('<!ENTITY x "y">')).decode().encode("utf-16")
    ),
    "in UTF-7, to hide it": lambda: b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE data>" + data(""),
    "deep": lambda: data("<a>" * 100_000 + "</a>" * 100_000),
    "a huge text": lambda: data("<remark>" + "x" * 15_000_000 + "</remark>"),
    "larger than all": lambda: data("<remark>" + "x" * 60_000_000 + "</remark>"),
    "a million repeats": lambda: data("<child><name>x</name></child>" * 1_000_000),
    "a million empty elements": lambda: data("<a/>" * 1_000_000),
    "prefixes by the hundred thousand": lambda: data("", "".join(f' p{n}:a="1"' for n in range(300_000))),
    "a name without end": lambda: data("<" + "x" * 5_000_000 + "/>"),
    "a comment without end": lambda: data("<!--" + "x" * 5_000_000),
    "half": lambda: data("<remark>x</remark>")[:-20],
    "nothing": lambda: b"",
    "no XML": lambda: b"\x00\x01\x02" * 1000,
    "spaces": lambda: b" " * 5_000_000,
    "opened by the hundred thousand": lambda: b"<" * 400_000,
}


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    server.publish(FORM)
    return server.phone()


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_made_to_hurt_is_refused(server: RunningHere, phone: Phone, name: str) -> None:
    xml = INSTANCES[name]()
    process, head = psutil.Process(), server.store.ledger.head()
    before, began = process.memory_info().rss, time.monotonic()
    response = phone.post(xml)
    assert response.status_code in (400, 413), (response.status_code, response.text[:300])
    assert message_of(response) and "root:" not in response.text
    assert time.monotonic() - began < LONGEST_S
    assert process.memory_info().rss - before < MOST_BYTES
    assert server.store.ledger.head() == head
    assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_what_is_only_odd_is_taken_as_quickly(phone: Phone) -> None:
    for name, attribute in (("attributes", ' a{}="1"'), ("namespaces", ' xmlns:p{}="u:{}"')):
        xml = data("", "".join(attribute.format(number, number) for number in range(200_000)))
        began = time.monotonic()
        assert phone.post(xml.replace(b"uuid:bomb", f"uuid:{name}".encode())).status_code == 201
        assert time.monotonic() - began < LONGEST_S


def test_a_thousand_repeats_are_none_too_many(server: RunningHere, phone: Phone) -> None:
    rows = [{"name": f"Бала {number}"} for number in range(5000)]
    xml = an_instance(a_form(FORM), {"child": rows}, instance_id="uuid:large-family")
    assert phone.post(xml).status_code == 201
    assert server.context.loader.caught_up(timeout_s=20)
    assert server.context.loader.status().set_aside == 0


def test_a_form_id_of_300_letters(server: RunningHere, phone: Phone) -> None:
    long = "f" * 300
    response = phone.post(an_instance(a_form(FORM), {}).replace(b'id="visit"', f'id="{long}"'.encode()))
    assert response.status_code == 404 and message_of(response)
    with server.program("designer") as program:
        workbook = FORM.replace("visit", long)
        text = "\n".join(line.strip() for line in workbook.splitlines())
        said = program.post(
            "/v1/projects/1/forms?publish=true&ignoreWarnings=true", content=text.encode(),
            headers={"Content-Type": "text/markdown"},
        )  # fmt: skip
        assert said.status_code in (200, 400), said.text
        for way in (
            f"/v1/projects/1/forms/{long}",
            f"/v1/projects/1/forms/{long}.xml",
            f"/desk/1/forms/{long}",
        ):
            assert program.get(way).status_code < 500
        assert phone.client.get(f"{phone.server_url}/formList").status_code == 200


def test_a_version_and_an_instance_id_of_any_length(phone: Phone) -> None:
    for name in ("v" * 300, "v" * 100_000):
        assert phone.post(an_instance(a_form(FORM), {}, version=name)).status_code == 404
        response = phone.post(an_instance(a_form(FORM), {}, instance_id=f"uuid:{name}"))
        assert response.status_code in (201, 400), response.status_code


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def lying(archive: bytes) -> bytes:
    """The same zip, whose directory says that everything in it is small."""
    lied = bytearray(archive)
    at = 0
    while (at := lied.find(b"PK\x01\x02", at)) >= 0:
        lied[at + 24 : at + 28] = struct.pack("<I", 100)
        at += 4
    return bytes(lied)


TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOOK = {"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<workbook/>"}


@functools.cache
def a_bomb() -> bytes:
    sheet = b'<?xml version="1.0"?><worksheet><sheetData>' + b"<row/>" * 36_000_000
    return zipped({**BOOK, "xl/worksheets/sheet1.xml": sheet})


def laughing() -> bytes:
    dtd = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{LAUGHS}]>'
    return zipped({**BOOK, "xl/workbook.xml": f"{dtd}<workbook>&l9;</workbook>".encode()})


XFORM = b"<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:body/></h:html>"
WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "a bomb": a_bomb,
    "a bomb that says it is small": lambda: lying(a_bomb()),
    "a zip of many": lambda: zipped({f"{n}.xml": b"x" for n in range(30_000)}),
    "laughs in a sheet": laughing,
    "paths that lead away": lambda: zipped({**BOOK, "../../../evil.txt": b"x", "/etc/evil": b"x"}),
    "an empty zip": lambda: zipped({}),
    "half a zip": lambda: a_bomb()[: len(a_bomb()) // 2],
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 5000,
    "an old workbook of noise": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 400,
    "nothing": lambda: b"",
    "a PDF": lambda: b"%PDF-1.7\n" + b"x" * 5000,
    "a page": lambda: b"<!doctype html><html><script>alert(1)</script></html>",
    "an XForm with entities": lambda: b'<!DOCTYPE h [<!ENTITY x "y">]>' + XFORM,
    "an XForm of another kind": lambda: XFORM,
    "far too large": lambda: b"PK\x03\x04" + b"\0" * 25_000_000,
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_that_is_none_is_refused_in_words(server: RunningHere, name: str) -> None:
    content = WORKBOOKS[name]()
    process = psutil.Process()
    before = process.memory_info().rss
    with server.program("designer") as program:
        began = time.monotonic()
        response = program.post("/v1/projects/1/forms?publish=true", content=content, timeout=90)
        assert response.status_code in (400, 413), (response.status_code, response.text[:300])
        assert response.json()["message"] and "Traceback" not in response.text
        assert time.monotonic() - began < 30
        assert not program.get("/v1/projects/1/forms/form").is_success
    assert process.memory_info().rss - before < MOST_BYTES
    desk = signed_in(server)
    response = desk.post(
        "/desk/1/forms",
        files={"workbook": ("form.xlsx", content)},
        data={"__csrf": csrf_of(desk)},
        timeout=90,
    )
    assert response.status_code in (413, 422), (response.status_code, response.text[:300])
    assert "Traceback" not in response.text
    desk.close()


def signed_in(server: RunningHere) -> httpx.Client:
    """A designer's browser."""
    from server.actions.accounts import add_account
    from tests.server.conftest import now

    email = f"designer{len(server.store.accounts.all())}@example.org"
    account = add_account(server.store, email, PASSWORD, (("designer", 1),), now=now(), actor=None)
    session = server.store.write(lambda tx: server.store.sessions.begin(tx, account.actor_id, now=now()))
    browser = httpx.Client(base_url=server.address, timeout=60)
    browser.cookies.set("baikoo_session", session.token)
    return browser


def csrf_of(browser: httpx.Client) -> str:
    page = browser.get("/desk/1/forms").text
    return page.split('name="__csrf" value="', 1)[1].split('"', 1)[0]
