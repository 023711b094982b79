"""Addresses, parameters, methods and headers that no page and no phone of ours would send.

- Whatever stands in an address, a parameter or a JSON body, nothing answers 500, and everybody is refused in
  their own voice: phones OpenRosa XML, programs JSON, people a page.
- SQL in any of them is a text like another.
- No path leads out of a folder.
- Every method on every route has an answer; HEAD has none of the body.
- No name breaks a header; no host and no path leads a person to another site.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import httpx
import pytest
from starlette.routing import Route

from server.app import all_routes
from server.errors import Voice, voice_of
from tests.attack.conftest import FORM_ID, PUBLISHED, Place
from tests.attack.sockets import send_raw, status_of
from tests.attack.test_every_route_and_role import address_of, routes

pytestmark = pytest.mark.attack

ODD = [
    "'; DROP TABLE record; --", '" OR 1=1 --', "1) UNION SELECT payload FROM record --", "$1", "%", "_", "\\",
    "a\0b", "\x00", "\xb2", "٣", "9" * 30, "9" * 2000, "-1", "1e9", "NaN", "../../../etc/passwd", "..\\..\\x",
    "/etc/passwd", "C:\\x", "a" * 1500, "\r\nX-Evil: yes", "\n", "{{7*7}}", "${7*7}", "%00", "%2e%2e%2f",
    "\u202e", "\ud7ff", "😀", "<script>alert(1)</script>", "null", "true", "[]", "{}", " ",
    "read_csv('/etc/passwd')",
]  # fmt: skip
PARAMETERS = (
    "formID", "verbose", "deviceID", "st", "limit", "reviewState", "round", "waiting", "labels",
    "splitSelectMultiples", "groupPaths", "deletedFields", "attachments", "page", "form", "state", "stream",
    "object", "since", "until", "done", "n", "next", "lang", "publish", "ignoreWarnings", "version",
)  # fmt: skip

ASKED = (
    "/v1/projects/1/formList", f"/v1/projects/1/forms/{FORM_ID}/submissions", "/v1/rounds", "/desk/1",
    f"/v1/projects/1/forms/{FORM_ID}/submissions.csv", f"/v1/projects/1/forms/{FORM_ID}/submissions.csv.zip",
    "/desk/1/submissions", "/", f"/rounds/{PUBLISHED}", "/desk/sign-in", "/data",
)  # fmt: skip


def in_its_voice(path: str, response: httpx.Response) -> bool:
    """Is a refusal in words that who asks understands?"""
    kind = response.headers.get("content-type", "")
    match voice_of(path):
        case Voice.OPENROSA:
            return kind.startswith("text/xml") and "<message" in response.text
        case Voice.JSON if path.endswith(".svc/$metadata"):  # a document of OData, which is XML
            return kind.startswith("text/xml") and "<message" in response.text
        case Voice.JSON:
            return kind.startswith("application/json") and bool(response.json()["message"])
        case Voice.PAGE:
            return kind.startswith("text/html") and "</html>" in response.text


def addresses(place: Place, odd: str) -> Iterator[tuple[str, str]]:
    """(method, address) of routes, with this in one of their braces: every eighth pair of name and place.

    All names together come to every place several times; all pairs would take minutes.
    """
    encoded = quote(odd, safe="")
    for method, path in routes():
        if path.startswith("/v1/sessions"):
            continue  # it ends the session that asks, whatever stands there
        for part in {part.split("}")[0].split(":")[0] for part in path.split("{")[1:]}:
            if zlib.crc32(f"{method} {path} {part} {odd!a}".encode()) % 8:
                continue
            address = address_of(place, method, path.replace(f"{{{part}", "{odd"), odd="ODD")
            yield method, address.replace("ODD", encoded)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:24])
def test_odd_names_in_every_address(place: Place, odd: str) -> None:
    with place.program("coordinator") as program, place.browser("coordinator") as browser:
        for method, address in addresses(place, odd):
            client = browser if address.startswith("/desk") else program
            data = {"__csrf": place.csrf["coordinator"]} if address.startswith("/desk") else None
            response = client.request(method, address, data=data if method == "POST" else None)
            assert response.status_code < 500, (method, address[:200], response.status_code)
            assert "x-evil" not in response.headers and "root:" not in response.text
            if response.status_code >= 400:
                assert in_its_voice(httpx.URL(address).path, response), (method, address[:200])


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:24])
def test_odd_values_in_every_parameter(place: Place, odd: str) -> None:
    query = dict.fromkeys(PARAMETERS, odd)
    quieter = {name: value for name, value in query.items() if name not in ("st", "reviewState")}
    with place.program("coordinator") as program, place.browser("coordinator") as browser:
        for path in ASKED:
            client = browser if path.startswith("/desk") else program
            for given in (query, quieter):
                response = client.get(path, params=given)
                assert response.status_code < 500, (path, response.status_code)
                assert response.status_code < 400 or in_its_voice(path, response), path


JSON_ROUTES = (
    "/v1/sessions", "/v1/projects/1/app-users", "/v1/projects/1/rounds", "/v1/projects/1/submissions/review",
    f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/comments",
    f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/round", f"/v1/projects/1/rounds/{PUBLISHED}/publish",
    "/internal/status",
)  # fmt: skip
BODIES = {
    "not UTF-8": b'{"email": "\xff\xfe"}',
    "half a character": b'{"email": "\\ud800"}',
    "NUL": b'{"email": "a\\u0000b", "displayName": "a\\u0000b", "body": "\\u0000", "reason": "\\u0000"}',
    "deep": b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"x": ' * 50_000 + b"1" + b"}" * 50_000,
    "a list": b"[]",
    "a number": b"1e999",
    "nothing": b"",
    "half": b'{"email": "a',
    "large": b'{"x": "' + b"a" * 20_000_000 + b'"}',
    "a form": b"email=a&password=b",
}


@pytest.mark.parametrize("name", BODIES)
def test_odd_bodies_on_every_route_that_takes_json(place: Place, name: str) -> None:
    with place.program("coordinator") as program:
        for address in JSON_ROUTES:
            response = program.post(address, content=BODIES[name])
            if response.is_success:  # a body may be left out where nothing has to be said
                assert name == "nothing" or address.endswith("/publish"), address
            else:
                assert response.status_code < 500 and in_its_voice(address, response), address


def test_odd_values_in_json(place: Place) -> None:
    review = {"reviewState": "approved", "reason": "x", "instanceIds": [], "formId": FORM_ID}
    planned = {
        "roundId": "odd", "titles": {"ky": "x"}, "opensOn": "2026-01-01", "closesOn": "2026-02-01",
        "forms": [FORM_ID], "objects": [],
    }  # fmt: skip
    with place.program("coordinator") as program:
        for address, body, odd in (
            ("submissions/review", review, {"submitterId": 2**70}),
            ("submissions/review", review, {"submitterId": -1}),
            ("submissions/review", review, {"receivedFrom": "2026-01-01T00:00:00"}),
            ("submissions/review", review, {"receivedFrom": "99999-01-01T00:00:00Z"}),
            ("submissions/review", review, {"reviewState": "'; --"}),
            ("submissions/review", review, {"states": ["'; --"]}),
            ("submissions/review", review, {"instanceIds": ["' OR 1=1"]}),
            ("rounds", planned, {"roundId": "../x"}),
            ("rounds", planned, {"roundId": "x" * 300}),
            ("rounds", planned, {"kind": "nonsense"}),
            ("rounds", planned, {"closesOn": "2025-01-01"}),
            ("rounds", planned, {"opensOn": "0000-00-00"}),
            ("rounds", planned, {"typeWeights": {"EXEC": -1}}),
            ("rounds", planned, {"typeWeights": {"EXEC": 1e308, "PSO": 1e308}}),
            ("rounds", planned, {"forms": ["' OR 1=1"]}),
            ("rounds", planned, {"objects": ["' OR 1=1"]}),
            ("rounds", planned, {"keneshResolutionLink": "javascript:alert(1)"}),
            ("rounds", planned, {"keneshResolutionLink": "https://a\nb"}),
            ("app-users", {"displayName": "x"}, {"displayName": "x" * 10_000}),
            ("app-users", {"displayName": "x"}, {"displayName": "  "}),
            ("app-users", {"displayName": "x"}, {"language": "'; --"}),
        ):
            response = program.post(f"/v1/projects/1/{address}", content=json.dumps({**body, **odd}))
            assert 400 <= response.status_code < 500, (address, odd, response.status_code)
            assert response.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../../../etc/passwd", "/static/x/..%2f..%2f..%2f..%2fetc/passwd",
        "/static/x//etc/passwd", "/static/x/%2e%2e/%2e%2e/app.py", "/static/x/..%5c..%5capp.py",
        "/static/x/C:%5cwindows%5cwin.ini", "/static/x/site.css%00.png", "/static/x/", "/static/x/.",
        "/static/x/vendor/..", "/static/x/" + "a/" * 2000, "/static/x/" + "a" * 5000,
        "/data/2026-1/../../baikoo.sqlite3", "/data/2026-1/..%2f..%2fbaikoo.sqlite3",
        "/data/..%2f..%2f/secret.key", "/workbooks/2026-1/well/..%2f1", "/data/2026-1/%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_a_folder(place: Place, path: str) -> None:
    said = send_raw(place.address, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert status_of(said) == 404
    assert b"root:" not in said and b"import" not in said.split(b"\r\n\r\n", 1)[1] and b"SQLite" not in said


@pytest.mark.parametrize(
    "method", ["TRACE", "OPTIONS", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND", "LOCK"]
)
def test_a_method_nobody_uses_is_refused(place: Place, method: str) -> None:
    known = {(known, path) for known, path in routes()}
    with place.program("coordinator") as program:
        for path in {path for _, path in known}:
            if (method, path) in known:
                continue
            if path.startswith("/v1/sessions") and method == "DELETE":
                continue
            address = address_of(place, "DELETE", path, session="current")
            response = program.request(method, address, headers={"X-Secret": "3f1a"})
            assert 400 <= response.status_code < 500, (method, path, response.status_code)
            # a name may end in .xml or be a word of ours, and is then asked as a name
            bare = re.sub(r"^/v1/key/[^/]+/", "/v1/", unquote(address))
            asked = any(
                method in (other.methods or ()) and other.path_regex.match(way)
                for other in all_routes()
                for way in (unquote(address), bare)
                if isinstance(other, Route)
            )
            assert response.status_code in (404, 405) or asked, (path, response.status_code)
            assert "3f1a" not in response.text
            # no phone asks so: with its token before it, it is an address for programs
            ways = (path, path.replace("/v1/key/{token}/", "/v1/"))
            assert any(in_its_voice(way, response) for way in ways), path


def test_head_is_a_get_without_its_body(place: Place) -> None:
    for method, path in routes():
        if method != "GET":
            continue
        first = f"HEAD {address_of(place, method, path)} HTTP/1.1"
        who = f"Authorization: Bearer {place.tokens['coordinator']}"
        lines = "\r\n".join([first, "Host: a", who, "Connection: close", "", ""])
        said = send_raw(place.address, lines.encode())
        head, _, body = said.partition(b"\r\n\r\n")
        assert 200 <= status_of(said) < 500 and not body, (path, status_of(said))
        assert status_of(said) != 405, path
        assert head


@pytest.mark.parametrize(
    "host", ["[", "a b", "evil.example/x?y", 'a"><script>', "a:99999999", "", "а.кг", "a\tb"]
)
def test_a_host_that_is_none(place: Place, host: str) -> None:
    for path in ("/", "/none", "/desk", "/v1/none", f"/v1/key/{place.parts['token']}/projects/1/formList"):
        said = send_raw(
            place.address, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        assert 200 <= status_of(said) < 500, (path, said[:60])
        assert b"<script>" not in said


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/\\evil.example", "//evil.example/%2e%2e", "/%09/evil.example"]
)
def test_no_page_leads_to_another_site(place: Place, path: str) -> None:
    """A path with two slashes at its beginning is a host to a browser."""
    said = send_raw(place.address, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert status_of(said) in (400, 404)
    assert b'href="//' not in said and b'href="/\\' not in said


def test_no_name_breaks_a_header(place: Place) -> None:
    store = place.here.store
    evil = 'a"\r\nX-Evil: yes\r\n\r\n<h1>\\/;ы.jpg'
    seq, blob = store.submissions.get(1, FORM_ID, "uuid:0").seq, store.blobs.keep(b"photo")
    kept = {"sha256": blob.sha256, "size": blob.size, "now": datetime.now(UTC), "actor": None}
    store.write(lambda tx: store.submissions.attach(tx, seq, evil, **kept))
    with place.program("coordinator") as program:
        way = f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/attachments/{quote(evil, safe='')}"
        assert program.post(way, content=b"photo").status_code == 200
        assert evil in {file.name for file in store.submissions.files(seq)}
        response = program.get(way)
        assert response.status_code == 200 and response.content == b"photo"
        assert "x-evil" not in response.headers
        assert response.headers["content-disposition"].count('"') == 2
