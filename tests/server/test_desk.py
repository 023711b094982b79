"""The door of the desk, and what every page behind it keeps.

- Nobody sees a page of the desk without signing in; signing in leads back to where one was going.
- A wrong password is told without saying whether the account exists, and what was typed stays.
- A one-time password opens one page only: the one where a new password is chosen.
- A posted form without the token of this session's page changes nothing.
- Roles decide what the menu shows and what is allowed, also for those who know an address.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from server.actions.accounts import add_account
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.visitor import Visitor, at_desk

PAGES = {
    "": {"administrator", "coordinator", "organiser", "designer", "member", "deputy"},
    "/forms": {"administrator", "coordinator", "organiser", "designer", "member", "deputy"},
    # an administrator's show forms that evaluate nothing
    "/submissions": {"coordinator", "administrator"},
    "/queue": {"coordinator", "administrator"},
    "/quarantine": {"coordinator", "administrator"},
    "/rounds": {"administrator", "coordinator", "organiser", "designer", "member", "deputy"},
    "/plan": {"coordinator", "organiser"},
    "/app-users": {"administrator", "coordinator"},
    "/links": {"administrator", "coordinator"},
    "/tokens": {"administrator", "coordinator", "organiser", "designer", "member", "deputy"},
    "/registry": {"administrator", "coordinator", "organiser", "designer", "member", "deputy"},
    "/accounts": {"administrator"},
}


def test_the_door_comes_first_and_leads_back(server: RunningHere) -> None:
    add_account(server.store, "chair@example.org", PASSWORD, (("coordinator", 1),), now=now(), actor=None)
    with Visitor(server.address) as visitor:
        door = visitor.get("/desk/1/submissions?state=received")
        assert door.path == "/desk/sign-in" and door.status == 200
        page = visitor.fill(door, "/desk/sign-in", {"email": "chair@example.org", "password": PASSWORD})
        assert page.path == "/desk/1/submissions" and page.response.url.query == b"state=received"
        cookie = next(cookie for cookie in visitor.client.cookies.jar if cookie.name == "baikoo_session")
        assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "lax"
        assert not cookie.secure


def test_what_was_posted_after_the_session_has_ended_is_said_not_to_be_done(server: RunningHere) -> None:
    with Visitor(server.address) as visitor:
        posted = {"decision": "accepted"}
        headers = {"Referer": f"{server.address}/desk/1/submissions/7?done=reviewed"}
        reply = visitor.client.post("/desk/1/submissions/7/review", data=posted, headers=headers)
        page = visitor.get(str(reply.url))
        assert page.path == "/desk/sign-in" and "this was not done" in page.main
        assert page.form("/desk/sign-in").fields["next"] == "/desk/1/submissions/7"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/desk//evil.example", "desk"]
)
def test_the_door_leads_nowhere_else(server: RunningHere, elsewhere: str) -> None:
    with Visitor(server.address) as visitor:
        page = visitor.get(f"/desk/sign-in?next={quote(elsewhere, safe='')}")
        assert page.form("/desk/sign-in").fields["next"] == ""


def test_a_wrong_password_keeps_the_name(server: RunningHere) -> None:
    with Visitor(server.address) as visitor:
        for email in ("nobody@example.org", "chair2@example.org"):
            page = visitor.sign_in(email, "not the password")
            assert page.status == 422
            assert "The name or the password is not right." in page.main
            assert page.form("/desk/sign-in").fields["email"] == email


def test_a_sign_in_from_elsewhere_is_not_taken(server: RunningHere) -> None:
    with Visitor(server.address) as visitor:
        given = {"email": "chair@example.org", "password": PASSWORD, "__csrf": "guessed"}
        visitor.client.get("/desk/sign-in")
        page = visitor.client.post("/desk/sign-in", data=given)
        assert page.status_code == 422 and "baikoo_session" not in visitor.client.cookies


def test_a_one_time_password_opens_one_page_only(server: RunningHere) -> None:
    add_account(
        server.store,
        "new@example.org",
        PASSWORD,
        (("designer", 1),),
        now=now(),
        actor=None,
        must_change_password=True,
    )
    with Visitor(server.address) as visitor:
        page = visitor.sign_in("new@example.org")
        assert page.path == "/desk/password"
        assert visitor.get("/desk/1/forms").path == "/desk/password"
        twice = {"present": PASSWORD, "new": "four words of mine", "again": "four other words"}
        assert "written the same way twice" in visitor.fill(page, "/desk/password", twice).main
        short = {"present": PASSWORD, "new": "short", "again": "short"}
        assert "at least 10 characters" in visitor.fill(page, "/desk/password", short).main
        mine = {"present": PASSWORD, "new": "four words of mine", "again": "four words of mine"}
        done = visitor.fill(page, "/desk/password", mine)
        assert done.path == "/desk/1" and "Your password is changed." in done.main
    with Visitor(server.address) as visitor:
        assert visitor.sign_in("new@example.org").status == 422
        assert visitor.sign_in("new@example.org", "four words of mine").path == "/desk/1"


def test_signing_out_ends_the_session(server: RunningHere) -> None:
    with at_desk(server, "designer") as visitor:
        page = visitor.get("/desk/1")
        cookie = visitor.client.cookies["baikoo_session"]
        assert "You are signed out." in visitor.fill(page, "/desk/sign-out").text
        visitor.client.cookies.set("baikoo_session", cookie)
        assert visitor.get("/desk/1").path == "/desk/sign-in"


def test_a_form_without_its_token_changes_nothing(server: RunningHere) -> None:
    with at_desk(server, "coordinator") as visitor:
        for token in ({}, {"__csrf": "guessed"}):
            refused = visitor.client.post("/desk/1/app-users", data={"name": "Intruder", **token})
            assert refused.status_code == 403
        assert not server.store.app_users.all(1)


@pytest.mark.parametrize(
    "role", ["administrator", "coordinator", "organiser", "designer", "member", "deputy"]
)
def test_roles_decide_what_is_shown_and_allowed(server: RunningHere, role: str) -> None:
    with at_desk(server, role) as visitor:
        menu = visitor.get("/desk/1").links
        for path, roles in PAGES.items():
            page = visitor.get(f"/desk/1{path}")
            assert page.status == (200 if role in roles else 403), path
            if path in ("/submissions", "/app-users", "/accounts"):
                assert (f"/desk/1{path}" in menu) == (role in roles)


def test_another_project_is_not_theirs(server: RunningHere) -> None:
    store = server.store
    other = store.write(lambda tx: store.projects.create(tx, name="Other aimak", now=now()))
    with at_desk(server, "coordinator") as visitor:
        assert visitor.get(f"/desk/{other}/submissions").status == 403
        assert visitor.get("/desk/999/submissions").status == 404
    with at_desk(server, "coordinator", project_id=None) as visitor:
        page = visitor.get(f"/desk/{other}")
        assert page.status == 200 and "/desk/1" in page.links


def test_every_page_of_the_desk_speaks_the_language_of_the_account(server: RunningHere) -> None:
    add_account(
        server.store,
        "ky@example.org",
        PASSWORD,
        (("coordinator", 1),),
        now=now(),
        actor=None,
        language="ky",
    )
    with Visitor(server.address, "en") as visitor:
        visitor.sign_in("ky@example.org")
        assert visitor.get("/desk/1").document.get("lang") == "ky"
        visitor.get("/desk/1?lang=ru")
        assert visitor.get("/desk/1/rounds").document.get("lang") == "ru"
