"""What phones post, cut off, swollen or bent: refused whole, in words, and nothing is kept.

- A body cut off anywhere is no submission; nor is one shorter than it promised.
- A peer that stops in the middle is hung up on; nothing of it stays, in memory, in a folder or in the ledger.
- Parts that come twice, by the thousand, or under names that are paths do no harm.
- Names with "..", NUL, slashes, drive letters or 5,000 letters are names, and never places.
- A request that two readers could understand differently is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import psutil
import pytest

from server.store.submissions import Wanted
from tests.attack.sockets import send_raw, status_of
from tests.make import a_form, an_instance
from tests.phone import Phone, message_of, multipart
from tests.server.conftest import RunningHere

pytestmark = pytest.mark.attack

FORM = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | image | photo | Photo |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
PATHS = [
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\boot.ini", "a/../../b.jpg", "..", ".",
    "a\0b.jpg", "con", "nul.txt", "photo.jpg.", "~root", "$(id).jpg", "`id`.jpg", "%2e%2e%2fx", "a" * 5000,
    "\u202egpj.exe", "line\nbreak.jpg", "'; DROP TABLE record; --", " ", "🦎" * 200,
]  # fmt: skip


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    server.publish(FORM)
    return server.phone()


def an_xml(name: str, **values: str) -> bytes:
    return an_instance(a_form(FORM), values, instance_id=f"uuid:{name}")


def held(server: RunningHere) -> tuple[int, int]:
    """How many submissions there are, and records in the ledger."""
    count = server.store.submissions.count(Wanted(project_id=1, form_id="visit"))
    return count, server.store.ledger.head().seq


def leftovers(server: RunningHere) -> list[str]:
    return [path.name for path in server.context.settings.tmp.glob("*-*") if path.is_file()]


def head(server: RunningHere, phone: Phone, *lines: str) -> bytes:
    where = urlsplit(phone.server_url)
    return "\r\n".join(
        [f"POST {where.path}/submission HTTP/1.1", f"Host: {where.netloc}", *lines, "", ""]
    ).encode()


def test_a_body_cut_off_anywhere_is_refused_whole(server: RunningHere, phone: Phone) -> None:
    body, kind = multipart(an_xml("cut", photo="1.jpg"), {"1.jpg": b"\xff\xd8" + b"x" * 700})
    before = held(server)
    whole = len(body) - 2  # the last line break may be missing
    for length in [*range(0, whole, 7), *range(whole - 40, whole)]:
        response = phone.post_raw(body[:length], kind)
        assert response.status_code == 400 and message_of(response), (length, response.status_code)
    assert held(server) == before and not leftovers(server)
    assert phone.post_raw(body[:whole], kind).status_code == 201


@pytest.mark.parametrize("more", [1, 1000, 900_000])
def test_a_body_shorter_than_promised_is_refused(server: RunningHere, phone: Phone, more: int) -> None:
    body, kind = multipart(an_xml(f"short-{more}"), {"1.jpg": b"x" * 600_000})
    before = held(server)
    lines = head(server, phone, f"Content-Type: {kind}", f"Content-Length: {len(body) + more}")
    send_raw(server.address, lines, body, timeout_s=0.5)
    settled(lambda: not leftovers(server))
    assert held(server) == before


def test_a_peer_that_stops_is_hung_up_on(new_server: Callable[..., RunningHere]) -> None:
    server = new_server(patience_s=1)
    server.publish(FORM)
    phone = server.phone()
    body, kind = multipart(an_xml("slow"), {"1.jpg": b"x" * 3_000_000})
    lines = head(server, phone, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    before = held(server)
    for pieces in ([], [lines[:40]], [lines], [lines, body[:300]], [lines, body[:2_000_000]]):
        began = time.monotonic()
        assert status_of(send_raw(server.address, *pieces, timeout_s=20)) == 0
        assert 0.5 < time.monotonic() - began < 15, f"after {sum(map(len, pieces))} bytes"
    settled(lambda: not leftovers(server))
    assert held(server) == before
    assert phone.post_raw(body, kind).status_code == 201


def test_a_head_without_end_is_hung_up_on(server: RunningHere) -> None:
    for piece in (b"X: " + b"a" * 60_000 + b"\r\n", b"a" * 60_000):
        said = send_raw(server.address, b"GET /healthz HTTP/1.1\r\nHost: a\r\n", *[piece] * 60)
        assert status_of(said) in (0, 400, 431)
    said = send_raw(server.address, b"GET /" + b"a" * 3_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status_of(said) in (0, 400, 404, 414, 431)


def test_a_large_body_is_not_held_in_memory(server: RunningHere, phone: Phone) -> None:
    content = bytes(range(256)) * 4096 * 60  # 60 MB
    body, kind = multipart(an_xml("large"), {"1.jpg": content})
    process = psutil.Process()
    before = process.memory_info().rss
    where = head(server, phone, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    view = memoryview(body)
    most = before

    def pieces() -> list[bytes]:
        return [
            bytes(view[start : start + 1_000_000]) for start in range(0, len(body) - 1_000_000, 1_000_000)
        ]

    said = send_raw(server.address, where, *pieces(), timeout_s=1)  # never finished
    most = max(most, process.memory_info().rss)
    assert status_of(said) == 0
    assert most - before < 100_000_000  # the pieces themselves are 60 MB of this process
    settled(lambda: not leftovers(server))


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="',
        "multipart/form-data; boundary=other",
        "multipart/mixed; boundary=b",
        "text/xml",
        "application/json",
        "multipart/form-data; boundary=" + "b" * 4000,
        "",
    ],
)
def test_another_kind_of_body_is_refused(phone: Phone, kind: str) -> None:
    body, _ = multipart(an_xml("kind"), {})
    response = phone.post_raw(body, kind)
    assert response.status_code == 400 and message_of(response)


def test_parts_that_come_twice_or_by_the_thousand(server: RunningHere, phone: Phone) -> None:
    first, second = an_xml("twice", remark="first"), an_xml("twice", remark="second")
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="xml_submission_file"\r\n\r\n%s\r\n' % xml
        for xml in (first, second)
    )
    assert phone.post_raw(body + b"--b--", "multipart/form-data; boundary=b").status_code == 201
    kept = server.store.submissions.get(1, "visit", "uuid:twice")
    assert server.store.submissions.xml(kept.seq) == first

    before = held(server)
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n'
    for count in (5000, 200_000):
        response = phone.post_raw(part * count + b"--b--", "multipart/form-data; boundary=b")
        assert response.status_code == 413 and message_of(response)
    headers = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
    many_headers = b"--b\r\n" + headers + b"\r\nx\r\n--b--"
    assert phone.post_raw(many_headers, "multipart/form-data; boundary=b").status_code == 400
    long_header = b"--b\r\nX: " + b"y" * 3_000_000 + b"\r\n\r\nx\r\n--b--"
    assert phone.post_raw(long_header, "multipart/form-data; boundary=b").status_code == 400
    assert held(server) == before


def test_names_are_never_places(server: RunningHere, phone: Phone) -> None:
    data = server.context.settings.data
    around = {
        path for path in data.parent.rglob("*") if "blobs" not in path.parts and "tmp" not in path.parts
    }
    for number, name in enumerate(PATHS):
        xml = an_xml(f"named-{number}", photo=name.replace("\0", "").strip())
        body = b'--b\r\nContent-Disposition: form-data; name="xml_submission_file"\r\n\r\n%s\r\n' % xml
        raw = name.encode().replace(b'"', b"%22").replace(b"\n", b"%0A")
        body += b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\nphoto\r\n--b--' % (
            raw,
            raw,
        )
        response = phone.post_raw(body, "multipart/form-data; boundary=b")
        assert response.status_code in (201, 400), (name[:40], response.status_code, response.text)
        assert response.status_code == 201 or len(raw) > 4000 or "\0" in name, name[:40]
    now = {path for path in data.parent.rglob("*") if "blobs" not in path.parts and "tmp" not in path.parts}
    assert now - around <= {data / "baikoo.sqlite3-wal", data / "reading.duckdb.wal"}

    with server.program("coordinator") as program:
        for number, name in enumerate(PATHS):
            files = program.get(f"/v1/projects/1/forms/visit/submissions/uuid:named-{number}/attachments")
            for file in files.json() if files.status_code == 200 else []:
                address = f"/v1/projects/1/forms/visit/submissions/uuid:named-{number}/attachments/"
                response = program.get(address + quote(file["name"], safe=""))
                assert response.status_code in (200, 404), (name[:40], response.status_code)
                # a client takes ".." in an address for a step up before it asks
                assert response.status_code == 404 or response.content == b"photo" or name in (".", "..")


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length: 5\r\n Transfer-Encoding: chunked\r\n",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(server: RunningHere, lines: bytes) -> None:
    smuggled = b"0\r\n\r\nGET /v1/ledger/head HTTP/1.1\r\nHost: a\r\n\r\n"
    said = send_raw(
        server.address, b"POST /v1/sessions HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n" + smuggled, timeout_s=1
    )
    assert status_of(said) == 400 and b'"seq"' not in said


def test_chunks_that_lie_are_refused(server: RunningHere, phone: Phone) -> None:
    body, kind = multipart(an_xml("chunked"), {})
    lines = head(server, phone, f"Content-Type: {kind}", "Transfer-Encoding: chunked")
    before = held(server)
    for chunks in (
        b"zz\r\n",
        b"ffffffffffffffffff\r\n" + body,
        b"%x\r\n%s\r\n" % (len(body) - 10, body),
        b"%x\r\n%s" % (len(body), body[:100]),
    ):
        assert status_of(send_raw(server.address, lines, chunks, timeout_s=1)) in (0, 400)
    assert held(server) == before
    good = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert status_of(send_raw(server.address, lines, good, timeout_s=2)) == 201  # chunks as such are allowed


def settled(claim: Callable[[], bool], timeout_s: float = 10) -> None:
    until = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < until, "something of it stayed"
        time.sleep(0.02)
