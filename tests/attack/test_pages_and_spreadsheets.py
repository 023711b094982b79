"""What somebody wrote is shown as text, wherever it is shown.

- No page makes markup of a name, an answer, a label, a title, a reason or a file name: for any role, in any
  language, in refusals too.
- Every page has the headers that keep a browser safe, whatever its address is called.
- No cell of an export or of open data begins like a formula.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import quote

import httpx
import pytest
from starlette.routing import Route

from server.app import all_routes
from server.errors import is_openrosa
from tests.attack.conftest import EVIL, EXEC_FORM, FORM_ID, OPEN, PUBLISHED, SCRIPT, Place

pytestmark = pytest.mark.attack

FIELDS = [
    "name", "email", "language", "state", "reason", "round", "round_id", "title_ky", "form", "opens_on",
    "kind", "weight_PSO", "seq", "note_ky", "all", "kenesh_resolution_link", "kenesh_resolution_no", "object",
    "since", "until", "stream", "role", "sure", "next",
]  # fmt: skip
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Markup(HTMLParser):
    """Everything in a page that a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("iframe", "object", "embed", "base"):
            self.bad.append(f"<{tag}>")
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.bad.append(f"script {given}")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or name == "srcdoc" or name == "style":
                self.bad.append(f"{name}={value}")
            if name in ("href", "src", "action", "formaction") and re.match(
                r"(javascript|data:text|//|\\)", text
            ):
                self.bad.append(f"{name}={value}")


def bad_markup(text: str) -> list[str]:
    page = Markup()
    page.feed(text)
    return page.bad


def pages(place: Place) -> list[str]:
    """The address of every page that can be got: all GET routes outside /v1, with names of things there."""
    addresses = []
    for route in all_routes():
        if not isinstance(route, Route):
            continue
        if route.path.startswith(("/v1/", "/internal/", "/static/")) or "GET" not in (route.methods or ()):
            continue
        if is_openrosa(route.path):
            continue  # of phones and programs
        addresses.append(address_of(route.path, place.parts))
    more = [f"/rounds/{OPEN}", f"/desk/1/rounds/{OPEN}", f"/desk/1/forms/{EXEC_FORM}", "/desk/1/rounds/none"]
    evil = quote(EVIL, safe="")
    more += [f"/{evil}", f"/rounds/{evil}", f"/data/{evil}/{evil}", f"/desk/1/forms/{evil}", f"/?lang={evil}"]
    more += [f"/desk/1/submissions?form={evil}&round={evil}&object={evil}&since={evil}&page={evil}"]
    more += [f"/desk/sign-in?next={evil}&done={evil}", f"/desk/1?done=reviewed&n={evil}"]
    return addresses + more


def address_of(path: str, parts: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: quote(parts[match[1]], safe=":"), path)


@pytest.mark.parametrize("role", [None, "administrator", "coordinator", "organiser", "designer", "deputy"])
def test_nothing_written_becomes_markup(place: Place, role: str | None) -> None:
    shown = 0
    with place.browser(role) as browser:
        for address in pages(place):
            for language in ("ky", "en") if role in (None, "coordinator") else ("ky",):
                response = browser.get(address, headers={"Accept-Language": language})
                assert response.status_code < 500, (address, response.status_code)
                if "text/html" not in response.headers.get("content-type", ""):
                    continue
                assert not bad_markup(response.text), (role, address, bad_markup(response.text)[:3])
                assert SCRIPT not in response.text, (role, address)
                shown += "alert(1)" in response.text
    assert shown > (4 if role is None else 10), "the attack was not even shown"


def test_a_posted_form_comes_back_as_text(place: Place) -> None:
    for role in ("coordinator", "designer", "administrator", "organiser"):
        with place.browser(role) as browser:
            for route in all_routes():
                if (
                    not isinstance(route, Route)
                    or not route.path.startswith("/desk/{")
                    or "POST" not in (route.methods or ())
                ):
                    continue
                if route.path.endswith(("/disable", "/revoke", "/renew", "/password", "/discard", "/accept")):
                    continue  # they take no text, and would take somebody's access
                fields = dict.fromkeys(FIELDS, EVIL) | {"__csrf": place.csrf[role]}
                response = browser.post(address_of(route.path, place.parts), data=fields)
                assert response.status_code < 500, (role, route.path, response.status_code)
                assert not bad_markup(response.text), (role, route.path, bad_markup(response.text)[:3])


@pytest.mark.parametrize("role", [None, "coordinator"])
def test_every_page_has_the_headers_that_keep_a_browser_safe(place: Place, role: str | None) -> None:
    with place.browser(role) as browser:
        for address in [
            *pages(place),
            "/static/x/site.css",
            "/static/x/none",
            "/rounds/manifest",
            "/objects/formList",
        ]:
            response = browser.get(address)
            for name, value in HEADERS.items():
                assert response.headers.get(name) == value, (address, name)
            policy = response.headers.get("content-security-policy", "")
            assert "default-src 'none'" in policy and "unsafe" not in policy, (address, policy)
            if "sandbox" not in policy:
                for rule in (
                    "script-src 'self'",
                    "frame-ancestors 'none'",
                    "base-uri 'none'",
                    "form-action 'self'",
                ):
                    assert rule in policy, (address, rule)


def test_no_cell_is_a_formula(place: Place) -> None:
    files: dict[str, str] = {}
    with place.program("coordinator") as program:
        for form_id in (FORM_ID, EXEC_FORM):
            for query in ("", "?labels=ky", "?splitSelectMultiples=true&groupPaths=false&labels=en"):
                address = f"/v1/projects/1/forms/{form_id}/submissions.csv{query}"
                files[address] = program.get(address).text
        packed = program.get(f"/v1/projects/1/forms/{FORM_ID}/submissions.csv.zip").content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for name in archive.namelist():
                assert ".." not in name and not name.startswith(("/", "\\")) and ":" not in name, name
                if name.endswith(".csv"):
                    files[name] = archive.read(name).decode()
    for file in place.here.store.rounds.files(PUBLISHED):
        if file.kind == "release" and file.name.endswith(".csv"):
            files[file.name] = httpx.get(f"{place.address}/data/{PUBLISHED}/{file.name}").text
    assert sum("1+1" in text for text in files.values()) > 5, "the attack was not even exported"
    for name, text in files.items():
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                dangerous = cell[:1] in ("=", "+", "-", "@", "\t", "\r")
                assert not dangerous or re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", cell), (name, cell)


def test_an_attachment_is_never_a_page(place: Place) -> None:
    with place.program("coordinator") as program:
        files = program.get(f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/attachments").json()
        for file in files:
            name = quote(file["name"], safe="")
            response = program.get(f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/attachments/{name}")
            assert response.status_code == 200
            assert "sandbox" in response.headers["content-security-policy"]
            disposition = response.headers["content-disposition"]
            assert disposition.count('"') == 2 and disposition.isprintable()
