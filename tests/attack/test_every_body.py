"""Every door that takes a body is given bodies made to hurt; which doors there are, the routes say.

- What is broken, cut off, in another encoding, too deep, too large or an XML bomb is refused in words, never
  with a 500, in the voice of who asks, and quickly.
- A body that promises more than it brings leaves nothing behind, in the truth or on the disk.
- A path inside a name of a part or of a file is never one.
"""

from __future__ import annotations

import time

import httpx
import pytest

from server.actions.accounts import add_account
from server.routes.describing import FILE, FORM, MULTIPART, read_endpoint
from server.routes.openapi import described
from tests.attack.conftest import Place
from tests.attack.sockets import send_raw, status_of
from tests.attack.test_addresses import BODIES, in_its_voice
from tests.attack.test_documents import INSTANCES
from tests.attack.test_every_route_and_role import address_of
from tests.server.conftest import PASSWORD, now

pytestmark = pytest.mark.attack

LONGEST_S = 10.0
JSON = "application/json"
MALFORMED = {
    name: BODIES[name] for name in ("not UTF-8", "half a character", "NUL", "deep", "a list", "half")
}
# the larger ones are sent to the doors of phones and designers in test_documents.py
BOMBS = {
    name: INSTANCES[name]()
    for name in ("a billion laughs", "a file of the server", "a parameter entity", "in UTF-16, to hide it")
}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'


def doors() -> list[tuple[str, str, frozenset[str]]]:
    """(method, path, kinds of body) of every route that takes one."""
    from server.app import all_routes

    found = []
    for method, route in described(all_routes()):
        kinds = frozenset(read_endpoint(route.endpoint).bodies)
        if kinds and method not in ("GET", "HEAD", "DELETE") and not route.path.startswith("/v1/sessions"):
            found.append((method, route.path, kinds))
    return found


@pytest.fixture(scope="module")
def everyone(place: Place) -> httpx.Client:
    """Somebody who may do everything but what is the organiser's."""
    roles = tuple((role, None) for role in ("administrator", "coordinator", "designer", "manager"))
    account = add_account(place.here.store, "all@example.org", PASSWORD, roles, now=now(), actor=None)
    session = place.here.store.write(
        lambda tx: place.here.store.sessions.begin(tx, account.actor_id, now=now())
    )
    client = httpx.Client(
        base_url=place.address, timeout=60, headers={"Authorization": f"Bearer {session.token}"}
    )
    place.here.programs.append(client)
    return client


def address(place: Place, method: str, path: str) -> str:
    return address_of(
        place,
        method,
        path,
        **{name: "x" for name in ("draft_token", "dataset", "batch_id", "uuid") if name not in place.parts},
    )


def hurtful(kinds: frozenset[str]) -> list[tuple[str, str, bytes]]:
    """(name, Content-Type, body) for a door that takes these kinds."""
    bodies = []
    if JSON in kinds:
        bodies += [(name, JSON, body) for name, body in MALFORMED.items()]
    xml = {
        **BOMBS,
        "half": b'<data id="well"><a>x</a',
        "not UTF-8": b'<data id="well"><a>\xff\xfe</a></data>',
    }
    if FILE in kinds:
        bodies += [(name, "application/xml", body) for name, body in xml.items()]
        bodies += [
            ("bytes", "application/octet-stream", bytes(range(256)) * 20),
            ("zip", FILE, b"PK\x03\x04x"),
        ]
    if MULTIPART in kinds:
        for name, body in xml.items():
            parts = [
                PART % (part, b"../../etc/passwd", body)
                for part in (b"xml_submission_file", b"form_def_file")
            ]
            bodies.append((name, "multipart/form-data; boundary=b", b"".join(parts) + b"--b--"))
        whole = PART % (b"xml_submission_file", b"a.xml", b"<data/>")
        bodies += [
            ("no end", "multipart/form-data; boundary=b", whole),
            ("no boundary", "multipart/form-data", whole),
            ("no part", "multipart/form-data; boundary=b", b"--b--"),
            ("another kind", JSON, b"{}"),
        ]
    if FORM in kinds:
        bodies += [("a form", FORM, b"a=%ff&" * 1000), ("half a form", FORM, b"%")]
    return bodies


@pytest.mark.parametrize("door", doors(), ids=lambda door: f"{door[0]} {door[1]}")
def test_no_body_hurts(place: Place, everyone: httpx.Client, door: tuple[str, str, frozenset[str]]) -> None:
    method, path, kinds = door
    where = address(place, method, path)
    for name, kind, body in hurtful(kinds):
        began = time.monotonic()
        reply = everyone.request(method, where, content=body, headers={"Content-Type": kind})
        assert reply.status_code < 500 or reply.status_code == 501, (name, reply.status_code)
        if reply.status_code >= 400:
            assert in_its_voice(httpx.URL(where).path, reply), name
        assert time.monotonic() - began < LONGEST_S, name
        assert "root:" not in reply.text[:10_000] and "Traceback" not in reply.text[:10_000]


def test_a_body_that_breaks_off_leaves_nothing(place: Place, everyone: httpx.Client) -> None:
    head = place.here.store.ledger.head()
    who = everyone.headers["Authorization"]
    for method, path, kinds in doors():
        where = address(place, method, path)
        kind = "multipart/form-data; boundary=b" if MULTIPART in kinds else min(kinds)
        said = send_raw(
            place.address,
            f"{method} {where} HTTP/1.1\r\nHost: a\r\nAuthorization: {who}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: 1000000\r\n\r\n".encode()
            + b"--b\r\nX: y\r\n\r\n<data",
            timeout_s=0.05,
        )
        assert status_of(said) in (0, 400, 401, 403, 404, 409, 413), (method, path)
    until = time.monotonic() + 10
    tmp = place.here.context.settings.tmp
    while [left for left in tmp.glob("*-*") if left.is_file()]:
        assert time.monotonic() < until, "something of it stayed"
        time.sleep(0.02)
    assert place.here.store.ledger.head() == head
