"""Requests as no client of ours writes them, byte by byte: what HTTP allows is answered, the rest is refused.

- What comes behind a body is no header: nobody speaks for a proxy there.
- Bytes that are neither head nor body are counted, and so is the time of a peer that sends a byte at a time.
- Whoever has asked and closed their half is answered; whoever asks for five things at once is answered five.
- A request has one host, and it can be one; what a client claims never reaches another one's addresses.
- A part that no file has, a method that no address knows: refused in the voice of who asks, with what HTTP
  wants beside it.
"""

from __future__ import annotations

import gzip
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import psutil
import pytest

from server.settings import Settings
from tests.attack.conftest import Place
from tests.attack.sockets import send_raw, status_of
from tests.make import a_form, an_instance
from tests.phone import Phone, message_of, multipart
from tests.server.conftest import RunningHere, serve
from tests.server.forms import WELL

pytestmark = pytest.mark.attack

PATIENCE_S = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHere]:
    data: Path = tmp_path_factory.mktemp("wire")
    yield from serve(Settings(data=data, port=0, patience_s=PATIENCE_S))


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    server.publish(WELL)
    return server.phone(language="en")


def path_of(phone: Phone, name: str) -> str:
    return f"{urlsplit(phone.server_url).path}/{name}"


def head(method: str, path: str, *lines: str, host: str = "a") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


def a_body(name: str) -> tuple[bytes, str]:
    return multipart(an_instance(a_form(WELL), {}, instance_id=f"uuid:{name}"), {})


def statuses(said: bytes) -> list[int]:
    return [int(piece[:3]) for piece in said.split(b"HTTP/1.1 ")[1:]]


def test_nobody_speaks_for_the_proxy_behind_a_body(server: RunningHere, phone: Phone) -> None:
    """A proxy writes its headers before the body, and passes on what a client wrote behind it."""
    body, kind = a_body("trailers")
    lines = (f"Content-Type: {kind}", "Transfer-Encoding: chunked", "Connection: close")
    where = path_of(phone, "submission")
    spoken = b"X-Forwarded-Proto: https\r\nAuthorization: Bearer x\r\nCookie: baikoo_session=x\r\n"
    said = send_raw(
        server.address,
        head("POST", where, *lines) + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, spoken),
    )
    assert status_of(said) == 201
    # a sign-in by name and password is for https alone
    plain = head("POST", "/v1/projects/1/submission", *lines, "Authorization: Basic YTpi")
    said = send_raw(server.address, plain + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, spoken))
    assert status_of(said) == 401 and b"Basic realm" not in said, "the trailer was taken for the proxy's word"


@pytest.mark.parametrize(
    "flood",
    [
        b"1\r\na\r\n0\r\n" + b"X-A: b\r\n" * 200_000,
        b"1;" + b"a" * 3_000_000,
        b"1" + b";a=b" * 300_000 + b"\r\na\r\n",
        b"0\r\nX: " + b"a" * 3_000_000,
    ],
    ids=["trailers", "an extension", "extensions", "a trailer"],
)
def test_what_is_neither_head_nor_body_has_an_end(server: RunningHere, phone: Phone, flood: bytes) -> None:
    lines = head("POST", path_of(phone, "submission"), "Content-Type: x", "Transfer-Encoding: chunked")
    began = time.monotonic()
    assert status_of(send_raw(server.address, lines + flood, timeout_s=PATIENCE_S)) in (0, 400)
    assert time.monotonic() - began < PATIENCE_S


def test_a_body_in_chunks_of_one_byte_is_read(server: RunningHere, phone: Phone) -> None:
    body, kind = a_body("crumbs")
    lines = (f"Content-Type: {kind}", "Transfer-Encoding: chunked", "Connection: close")
    body = body.replace(b"--\r\n", b"--\r\n" + b" " * 20_000)
    crumbs = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    said = send_raw(server.address, head("POST", path_of(phone, "submission"), *lines) + crumbs)
    assert status_of(said) == 201


def dripped(server: RunningHere, start: bytes, drop: bytes) -> float:
    """How long the server puts up with a peer that begins so, and then sends a drop at a time."""
    where, began = urlsplit(server.address), time.monotonic()
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.settimeout(0.2)
        connection.sendall(start)
        while time.monotonic() - began < PATIENCE_S * 4:
            try:
                if not connection.recv(9999):
                    break
            except TimeoutError:
                pass
            except ConnectionError:
                break
            try:
                connection.sendall(drop)
            except OSError:
                break
    return time.monotonic() - began


def test_a_drop_at_a_time_is_not_for_ever(server: RunningHere, phone: Phone) -> None:
    """Each drop comes well within our patience; the head, or any piece of the body, does not."""
    body, kind = a_body("drops")
    promised = (f"Content-Type: {kind}", f"Content-Length: {len(body) + 10_000}")
    for start, drop in (
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n"),
        (b"", b"\r\n"),
        (head("POST", path_of(phone, "submission"), *promised) + body[:200], b"a"),
    ):
        assert PATIENCE_S / 2 < dripped(server, start, drop) < PATIENCE_S * 3, start
    slow = head("POST", path_of(phone, "submission"), *promised) + body[:200]
    assert dripped(server, slow, b"a" * 20) > PATIENCE_S * 3  # the worst of networks is still a network


def test_whoever_closes_their_half_is_answered(server: RunningHere, phone: Phone) -> None:
    body, kind = a_body("half")
    lines = head(
        "POST", path_of(phone, "submission"), f"Content-Type: {kind}", f"Content-Length: {len(body)}"
    )
    listing = head("GET", path_of(phone, "formList"))
    where = urlsplit(server.address)
    for sent, expected in ((lines + body, [201]), (listing * 3, [200] * 3), (lines + body[:-9], [])):
        with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            said = b""
            while got := connection.recv(65536):
                said += got
        assert statuses(said) == expected


def test_what_is_asked_at_once_is_answered_in_turn(server: RunningHere, phone: Phone) -> None:
    body, kind = a_body("turns")
    post = head("POST", path_of(phone, "submission"), f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    asked = (
        (post + body) * 2
        + head("GET", path_of(phone, "formList"))
        + head("HEAD", path_of(phone, "submission"))
        + head("GET", path_of(phone, "none"), "Connection: close")
    )
    assert statuses(send_raw(server.address, asked)) == [201, 201, 200, 204, 404]


def test_an_expectation_is_met_or_the_refusal_comes_first(server: RunningHere, phone: Phone) -> None:
    body, kind = a_body("expect")
    lines = (f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close")
    expecting = head("POST", path_of(phone, "submission"), *lines, "Expect: 100-continue")
    assert statuses(send_raw(server.address, expecting, body)) == [100, 201]
    stranger = expecting.replace(urlsplit(phone.server_url).path.split("/")[3].encode(), b"a" * 64)
    assert statuses(send_raw(server.address, stranger)) == [403]
    huge = expecting.replace(f"Length: {len(body)}".encode(), b"Length: 99999999999")
    assert statuses(send_raw(server.address, huge)) == [413]


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["a"], 200),
        (["a.example:8383"], 200),
        (["[::1]:8383"], 200),
        ([""], 200),
        ([], 400),
        (["a", "b"], 400),
        (["a/x?y"], 400),
        (["user@evil.example"], 400),
        (['a"><script>'], 400),
        (["a b"], 400),
        (["а.кг"], 400),
        (["a:port"], 400),
        (["a" * 300], 400),
        (["[::1"], 400),
    ],
    ids=ascii,
)
def test_a_request_has_one_host_that_can_be_one(
    server: RunningHere, phone: Phone, hosts: list[str], status: int
) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    for path in (path_of(phone, "formList"), "/healthz", "/"):
        said = send_raw(server.address, f"GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        assert status_of(said) == status, said[:200]
        assert b"evil.example" not in said and b"<script>" not in said
    old = send_raw(server.address, f"GET {path_of(phone, 'formList')} HTTP/1.0\r\n\r\n".encode())
    assert status_of(old) == 200


def test_a_target_written_in_full_leads_nowhere_else(server: RunningHere, phone: Phone) -> None:
    lines = head("GET", f"http://evil.example{path_of(phone, 'formList')}", "Connection: close", host="ours")
    said = send_raw(server.address, lines)
    assert status_of(said) == 200 and b"http://ours/v1/key/" in said and b"evil" not in said
    again = send_raw(server.address, head("GET", path_of(phone, "formList"), "Connection: close", host="x"))
    assert b"http://x/v1/key/" in again and b"http://ours/" not in again


def test_a_part_that_no_file_has_is_refused_in_words(place: Place) -> None:
    listed = "/v1/projects/1/forms/well/submissions/uuid:0/attachments"
    with place.program("coordinator") as program:
        photo = quote(program.get(listed).json()[0]["name"], safe="")
        [sheet, *_] = re.findall(r'href="(/static/[^"]+\.css)"', program.get("/").text)
        for path, kind in ((f"{listed}/{photo}", "application/json"), (sheet, "text/html")):
            reply = program.get(path, headers={"Range": "bytes=99999999-"})
            assert reply.status_code == 416 and reply.headers["content-range"].startswith("bytes */")
            assert reply.headers["content-type"].startswith(kind), path
            many = program.get(path, headers={"Range": "bytes=0-0" + ",1-1" * 200})
            assert many.status_code == 200


def test_a_method_that_an_address_does_not_know_is_told_which_it_knows(
    server: RunningHere, phone: Phone
) -> None:
    for path, known in (
        (path_of(phone, "submission"), "GET, HEAD, POST"),
        ("/v1/projects/1/forms/x/draft/attachments/a.csv", "DELETE, GET, HEAD, PATCH, POST"),
        ("/v1/projects/1/submission", "GET, HEAD, POST"),
        ("/desk/sign-in", "GET, HEAD, POST"),
        ("/healthz", "GET, HEAD"),
    ):
        reply = httpx.request("PROPFIND", f"{server.address}{path}")
        assert (reply.status_code, reply.headers["allow"]) == (405, known), path
    reply = httpx.put(f"{server.address}{path_of(phone, 'submission')}")
    assert reply.status_code == 405 and message_of(reply)


@pytest.mark.parametrize("way", ["key", "json", "form"])
def test_a_body_that_swells_is_refused_while_it_does(server: RunningHere, phone: Phone, way: str) -> None:
    """A thousand times as much comes out of it as came in: it is never held, on the disk or in memory."""
    packer, zeros = zlib.compressobj(wbits=31), b"\0" * 1_000_000
    start, kind = a_body("swells")
    start = start[: start.rindex(b"\r\n--")]
    bomb = b"".join([packer.compress(start), *(packer.compress(zeros) for _ in range(300)), packer.flush()])
    process = psutil.Process()
    before, began = process.memory_info().rss, time.monotonic()
    where = {"key": "/submission", "json": "/v1/sessions", "form": "/v1/projects/1/forms"}[way]
    headers = {"Content-Encoding": "gzip", "Content-Type": kind if way == "key" else "application/json"}
    with server.program("designer") as designer:
        address = phone.server_url + where if way == "key" else f"{server.address}{where}"
        reply = designer.post(address, content=bomb, headers=headers)
    assert reply.status_code == 413, reply.text
    assert time.monotonic() - began < 10 and process.memory_info().rss - before < 100_000_000
    assert not [left for left in server.context.settings.tmp.glob("*-*") if left.is_file()]


def test_packed_answers_are_answers(server: RunningHere, phone: Phone) -> None:
    body, kind = a_body("packed")
    packed = gzip.compress(body)
    assert phone.post_raw(packed, kind, **{"Content-Encoding": "gzip"}).status_code == 201
    assert server.store.submissions.get(1, "well_visit", "uuid:packed")
    for wrong, packing in ((packed[:-9], "gzip"), (body, "gzip"), (packed, "br"), (packed, "")):
        reply = phone.post_raw(wrong, kind, **{"Content-Encoding": packing})
        assert reply.status_code == 400 and message_of(reply), packing


def test_a_connection_refused_in_the_middle_takes_nothing_of_the_next(
    server: RunningHere, new_server: Callable[..., RunningHere]
) -> None:
    """What a client goes on sending of a refused body is never read as a request."""
    smuggled = head("GET", "/v1/ledger/head", "Connection: close")
    lines = head("POST", "/v1/projects/1/submission", f"Content-Length: {len(smuggled)}", "Content-Type: x/y")
    said = send_raw(server.address, lines, smuggled, timeout_s=0.5)
    assert statuses(said) == [401]
