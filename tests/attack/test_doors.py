"""The doors of the desk and of the REST routes, tried by people who have no key.

- No form of the desk is taken without the token of this session's own pages, nor with somebody else's.
- A cookie is for browsers alone: HttpOnly, SameSite, Secure over https, and new at every sign-in.
- Guessing passwords is slowed down, for an account and for an address, at every door; a right one is not
  told from a wrong one by then.
- After signing in nobody is led to another site, and no other site can sign a browser in.
- A session ends when it is signed out, when its password changes and when its account is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from server.actions.accounts import add_account, disable_account, set_password
from server.app import all_routes
from tests.attack.conftest import Place
from tests.attack.test_every_route_and_role import address_of, routes
from tests.server.conftest import PASSWORD, RunningHere, now

pytestmark = pytest.mark.attack

ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/desk//evil.example",
    "/desk/\\evil.example", "javascript:alert(1)", "/desk/../..//evil.example", "\t//evil.example",
    "/desk\r\nX-Evil: yes", "/deskevil", "///evil.example", "https:evil.example", "/%2f/evil.example",
    "/desk/%0d%0aX-Evil:%20yes",
]  # fmt: skip


def a_key(page: str) -> str:
    found = re.search(r'name="__csrf" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def sign_in(browser: httpx.Client, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    key = a_key(browser.get("/desk/sign-in").text)
    return browser.post("/desk/sign-in", data={"email": email, "password": password, "__csrf": key, **more})


def an_account(server: RunningHere, *roles: str) -> tuple[str, int]:
    email = f"door{len(server.store.accounts.all())}@example.org"
    account = add_account(
        server.store, email, PASSWORD, tuple((role, 1) for role in roles), now=now(), actor=None
    )
    return email, account.actor_id


@pytest.mark.parametrize("given", ["", "wrong", "another's"])
def test_no_form_of_the_desk_is_taken_without_its_token(place: Place, given: str) -> None:
    head = place.here.store.ledger.head()
    asked = 0
    for role in ("coordinator", "administrator", "designer", "organiser"):
        token = place.csrf["member"] if given == "another's" else given
        with place.browser(role) as browser:
            for method, path in routes():
                if method != "POST" or not path.startswith("/desk") or path == "/desk/sign-in":
                    continue
                address = address_of(place, "POST", path)
                for fields in ({"__csrf": token, "sure": "yes"}, {"sure": "yes"}):
                    response = browser.post(address, data=fields)
                    assert response.status_code == 403, (role, path, response.status_code)
                    asked += 1
            multipart = browser.post(
                "/desk/1/forms", files={"workbook": ("a.xlsx", b"PK")}, data={"__csrf": token}
            )
            assert multipart.status_code == 403
            nothing = browser.post("/desk/1/forms", content=b"", headers={"Content-Type": "text/plain"})
            assert nothing.status_code in (403, 413)
    assert asked > 100 and place.here.store.ledger.head() == head


def test_a_cookie_changes_nothing_on_the_rest_routes(place: Place) -> None:
    with place.browser("coordinator") as browser:
        for method, path in routes():
            if method == "GET" or not path.startswith("/v1/projects"):
                continue
            response = browser.request(method, address_of(place, method, path))
            assert response.status_code == 403, (method, path, response.status_code)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cookie_is_for_browsers_alone(server: RunningHere, scheme: str) -> None:
    email, _ = an_account(server, "coordinator")
    browser = httpx.Client(base_url=server.address, headers={"X-Forwarded-Proto": scheme}, timeout=60)
    planted = "p" * 64
    browser.cookies.set("baikoo_session", planted)  # whoever plants a cookie does not know what it becomes
    door = browser.get("/desk/sign-in")
    key = a_key(door.text)
    cookies = [*door.headers.get_list("set-cookie")]
    browser.cookies.update(httpx.Cookies([(c.split("=")[0], c.split("=")[1].split(";")[0]) for c in cookies]))
    given = {"email": email, "password": PASSWORD, "__csrf": key}
    cookie_line = "; ".join(c.split(";")[0] for c in cookies)
    response = browser.post("/desk/sign-in", data=given, headers={"Cookie": cookie_line})
    assert response.status_code == 303, response.text
    said = response.headers.get_list("set-cookie")
    session = next(line for line in said if line.startswith("baikoo_session="))
    for line in [session, *cookies]:
        lower = line.lower()
        assert "httponly" in lower and "samesite=" in lower and "samesite=none" not in lower
        assert ("secure" in lower) == (scheme == "https"), line
    assert planted not in session and len(session.split("=")[1].split(";")[0]) > 40
    browser.close()


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=ascii)
def test_nobody_is_led_to_another_site(server: RunningHere, elsewhere: str) -> None:
    email, _ = an_account(server, "coordinator")
    with httpx.Client(base_url=server.address, timeout=60) as browser:
        page = browser.get("/desk/sign-in", params={"next": elsewhere}).text
        hidden = re.search(r'name="next" value="([^"]*)"', page)
        assert hidden is not None and "evil.example" not in hidden[1] and "\n" not in hidden[1]
        response = sign_in(browser, email, next=elsewhere)
        assert response.status_code == 303 and "x-evil" not in response.headers
        assert re.fullmatch(r"/desk(/[\w./%:-]*)?", response.headers["location"])


def test_no_other_site_signs_a_browser_in(server: RunningHere) -> None:
    """Its form cannot send JSON by that name, and does not know the key of our page."""
    email, _ = an_account(server, "coordinator")
    body = '{"email": "' + email + '", "password": "' + PASSWORD + '"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = httpx.post(f"{server.address}/v1/sessions", content=body, headers={"Content-Type": kind})
        assert "set-cookie" not in response.headers
    given = {"email": email, "password": PASSWORD, "__csrf": "x"}
    response = httpx.post(f"{server.address}/desk/sign-in", data=given)
    assert response.status_code == 422 and "baikoo_session" not in str(response.headers)


def test_guessing_is_slowed_down_at_every_door(new_server: Callable[..., RunningHere]) -> None:
    server = new_server()
    email, _ = an_account(server, "coordinator")
    with httpx.Client(base_url=server.address, timeout=60) as browser:
        statuses = [
            browser.post(
                "/v1/sessions", json={"email": email.upper(), "password": f"guess {number}"}
            ).status_code
            for number in range(12)
        ]
        assert statuses[:10] == [401] * 10 and statuses[10:] == [429] * 2
        right = browser.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        assert right.status_code == 429 and right.json()["message"]
        page = sign_in(browser, email)
        assert page.status_code == 422 and "baikoo_session" not in browser.cookies
        basic = browser.get("/v1/projects", auth=(email, PASSWORD), headers={"X-Forwarded-Proto": "https"})
        assert basic.status_code == 429
        other, _ = an_account(server, "coordinator")
        assert sign_in(browser, other).status_code == 303
        # from one address, on ever new names
        store = server.store
        for number in range(40):
            store.write(
                lambda tx, n=number: store.sessions.begin_attempt(tx, f"n{n}@x.org", "127.0.0.1", now())
            )
        stranger = {"email": "nobody@example.org", "password": "x"}
        statuses = [browser.post("/v1/sessions", json=stranger).status_code for _ in range(3)]
        assert statuses[-1] == 429


def test_a_session_ends_with_what_it_rests_on(server: RunningHere) -> None:
    for ending in ("signed out", "password", "closed"):
        email, actor = an_account(server, "coordinator")
        with httpx.Client(base_url=server.address, timeout=60) as program:
            said = program.post("/v1/sessions", json={"email": email, "password": PASSWORD}).json()
            program.cookies.clear()
            program.headers["Authorization"] = f"Bearer {said['token']}"
            assert program.get("/v1/projects").status_code == 200
            if ending == "signed out":
                assert program.delete("/v1/sessions/current").status_code == 200
            elif ending == "password":
                set_password(server.store, actor, "another password", now=now(), actor=None)
            else:
                disable_account(server.store, actor, now=now(), actor=None)
            assert program.get("/v1/projects").status_code == 401, ending
            with httpx.Client(base_url=server.address, timeout=60) as browser:
                browser.cookies.set("baikoo_session", said["token"])
                assert browser.get("/desk/1").headers["location"].startswith("/desk/sign-in"), ending
            basic = program.get(
                "/v1/projects", auth=(email, PASSWORD), headers={"X-Forwarded-Proto": "https"}
            )
            assert (basic.status_code == 200) == (ending == "signed out"), ending


def test_every_route_of_the_desk_knows_its_visitor() -> None:
    """Nobody adds a page of the desk past the door."""
    for route in all_routes():
        path, name = getattr(route, "path", ""), getattr(getattr(route, "endpoint", None), "__qualname__", "")
        if path.startswith("/desk/{"):
            assert name.startswith("at.") or getattr(route.endpoint, "__module__", "").endswith(".room"), path
