"""Accounts, phones, links and API tokens at the desk.

- A link to a new password is shown once; whoever opens it chooses a password and signs in with it.
- What Digest needs is allowed for an account, and taken back.
- A phone has every questionnaire, or those that are ticked.
- A link is made, shown as a code, given slips, ended; a guest sends through it.
- A token is shown once, works, is listed by name, and is revoked; only one's own are seen.
- A member sees no other's links, phones or accounts; a role in one form opens that form's page alone.
- An administrator sees no answers on evaluated objects in any list.
- A project is named, made and, its name written once more, ended; one that held a round is not.
- What a project notes of phones and links is declared once and written on the page of each.
- A logo, a large picture and words at the door are seen by everyone, and taken away again.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from server.actions.accounts import add_account
from server.actions.assignments import assign_role
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.forms import SCORED
from tests.server.test_people import SIMPLE
from tests.visitor import Page, Visitor, at_desk


@pytest.fixture(scope="module", autouse=True)
def forms(server: RunningHere) -> None:
    for form_id in ("simple", "other"):
        server.publish(SIMPLE.format(form_id))


@pytest.fixture(scope="module")
def administrator(server: RunningHere) -> Iterator[Visitor]:
    with at_desk(server, "administrator", project_id=None) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def coordinator(server: RunningHere) -> Iterator[Visitor]:
    with at_desk(server, "coordinator") as visitor:
        yield visitor


def first_text(page: Page) -> str:
    """What stands in the first field that is only to be copied."""
    return next(area.text_content() for area in page.document.iter("textarea")).strip()


def xml_of(server: RunningHere, form_id: str, instance_id: str) -> bytes:
    current = server.store.forms.get(1, form_id).current
    assert current is not None
    return an_instance(current.schema, {}, instance_id=instance_id)


def test_a_link_to_a_new_password_is_handed_over(server: RunningHere, administrator: Visitor) -> None:
    account = add_account(
        server.store, "handed@example.org", PASSWORD, (("member", 1),), now=now(), actor=None
    )
    page = administrator.get("/desk/1/accounts")
    page = administrator.fill(page, f"/desk/1/accounts/{account.actor_id}/link")
    link = first_text(page)
    assert link.startswith(f"{server.address}/password/") and "handed@example.org" in page.main
    assert page.response.headers["cache-control"] == "no-store"
    assert link not in administrator.get("/desk/1/accounts").text
    with Visitor(server.address) as person:
        asked = person.get(link.removeprefix(server.address))
        assert "handed@example.org" in asked.main
        [form] = [form for form in asked.document.forms if "new" in form.fields]
        fields = {**dict(form.form_values()), "new": "a password of mine", "again": "a password of mine"}
        told = person.client.post(link, data=fields)
        assert told.url.path == "/desk/sign-in" and "Your password is set." in told.text
        assert person.sign_in("handed@example.org", "a password of mine").path == "/desk/1"


def test_digest_is_allowed_and_taken_back(server: RunningHere, administrator: Visitor) -> None:
    account = add_account(server.store, "coll@example.org", PASSWORD, (("member", 1),), now=now(), actor=None)
    action = f"/desk/1/accounts/{account.actor_id}/digest"
    page = administrator.fill(administrator.get("/desk/1/accounts"), action)
    assert server.store.accounts.get(account.actor_id).may_use_digest
    administrator.fill(page, action)
    assert not server.store.accounts.get(account.actor_id).may_use_digest


def test_an_administrator_stays(server: RunningHere, administrator: Visitor) -> None:
    me = next(each for each in server.store.accounts.all() if each.assignments[0].role == "administrator")
    page = administrator.get("/desk/1/accounts")
    refused = administrator.fill(page, f"/desk/1/accounts/{me.actor_id}/roles", {"role": "member"})
    assert "You cannot take this from yourself." in refused.main


def test_a_phone_has_the_questionnaires_that_are_ticked(server: RunningHere, coordinator: Visitor) -> None:
    page = coordinator.get("/desk/1/app-users")
    page = coordinator.fill(page, "/desk/1/app-users", {"name": "Ticked", "language": "ky"})
    with Phone(first_text(page)) as phone:
        assert len(phone.form_list()) >= 2
        form = page.form(f"{page.path}/forms")
        token = form.fields["__csrf"]
        coordinator.client.post(f"{page.path}/forms", data={"__csrf": token, "form": ["simple"]})
        assert [form.form_id for form in phone.form_list()] == ["simple"]
        page = coordinator.fill(coordinator.get(page.path), f"{page.path}/forms", {"every": "yes"})
        assert len(phone.form_list()) >= 2


def test_a_link_is_made_used_and_ended(server: RunningHere, coordinator: Visitor) -> None:
    page = coordinator.get("/desk/1/links")
    assert "Give it a name first." in coordinator.fill(page, "/desk/1/links", {"name": " "}).main
    page = coordinator.fill(page, "/desk/1/links", {"name": "Board", "form": "simple"})
    assert page.document.find_class("qr") and page.response.headers["cache-control"] == "no-store"
    with Phone(first_text(page)) as guest:
        assert guest.post(xml_of(server, "simple", "uuid:board")).status_code == 201
        page = coordinator.fill(page, f"{page.path}/revoke")
        assert page.path == "/desk/1/links" and "ended" in page.main
        assert guest.post(xml_of(server, "simple", "uuid:board2")).status_code == 403
    number = next(link for link in page.links if link.startswith("/desk/1/links/"))
    page = coordinator.fill(coordinator.get(number), f"{number}/delete")
    assert number not in page.links


def test_slips_are_made_once(server: RunningHere, coordinator: Visitor) -> None:
    page = coordinator.fill(
        coordinator.get("/desk/1/links"), "/desk/1/links", {"name": "Slips", "form": "simple", "once": "yes"}
    )
    many = coordinator.fill(page, f"{page.path}/slips", {"count": "1001"})
    assert many.status == 422 and "from 1 to 1000" in many.main
    slips = coordinator.fill(page, f"{page.path}/slips", {"count": "3"})
    assert len(slips.document.find_class("qr")) == 3 and "Tokens made: 4, used: 0." in slips.main
    assert len(coordinator.get(page.path).document.find_class("qr")) == 1


def test_a_token_is_shown_once_and_works(
    server: RunningHere, coordinator: Visitor, administrator: Visitor
) -> None:
    page = coordinator.get("/desk/1/tokens")
    assert coordinator.fill(page, "/desk/1/tokens", {"name": "x", "days": "0"}).status == 422
    page = coordinator.fill(page, "/desk/1/tokens", {"name": "My sheet", "scope": "read", "where": "here"})
    text = first_text(page)
    headers = {"Authorization": f"Bearer {text}"}
    answers = f"{server.address}/v1/projects/1/forms/simple/submissions"
    assert httpx.get(answers, headers=headers).status_code == 200
    assert httpx.post(answers, headers=headers, content=b"<x/>").status_code == 403
    page = coordinator.get("/desk/1/tokens")
    assert text not in page.text and "My sheet" in page.main
    assert "My sheet" not in administrator.get("/desk/1/tokens").main
    action = next(form.get("action") for form in page.document.forms if "/revoke" in str(form.get("action")))
    page = coordinator.fill(page, str(action))
    assert "The token is worth nothing any more." in page.main
    assert httpx.get(answers, headers=headers).status_code == 401


def test_a_role_in_one_form_opens_its_page_alone(server: RunningHere) -> None:
    account = add_account(server.store, "one@example.org", PASSWORD, (), now=now(), actor=None)
    assign_role(server.store, account.actor_id, "viewer", 1, now=now(), actor=None, form_id="simple")
    with Visitor(server.address) as visitor:
        visitor.sign_in("one@example.org", PASSWORD)
        assert visitor.get("/desk/1/forms/simple").status == 200
        for path in ("", "/forms", "/forms/other", "/submissions", "/registry", "/links", "/app-users"):
            assert visitor.get(f"/desk/1{path}").status == 403, path


def test_no_list_shows_an_administrator_answers_on_objects(
    server: RunningHere, administrator: Visitor, coordinator: Visitor
) -> None:
    form = server.publish(SCORED)
    phone = server.phone("Sender")
    assert phone.send(an_instance(form.schema, {}, instance_id="uuid:evaluated")).accepted
    assert phone.send(xml_of(server, "simple", "uuid:plain")).accepted
    clash = an_instance(form.schema, {}, instance_id="uuid:evaluated").replace(b"</meta>", b"</meta><x/>")
    assert phone.post(clash).status_code == 409
    plain, evaluated = (
        str(server.store.submissions.get(1, form_id, instance_id).seq)
        for form_id, instance_id in (("simple", "uuid:plain"), (form.form_id, "uuid:evaluated"))
    )
    for visitor, sees in ((administrator, False), (coordinator, True)):
        listed = visitor.get("/desk/1/submissions").links
        assert any(link.endswith(f"/submissions/{plain}") for link in listed)
        assert any(link.endswith(f"/submissions/{evaluated}") for link in listed) == sees
        assert ("uuid:evaluated" in visitor.get("/desk/1/quarantine").main) == sees


def test_a_project_is_made_named_and_ended_at_the_desk(server: RunningHere, administrator: Visitor) -> None:
    page = administrator.get("/desk/1/project")
    assert "only project" in page.main
    page = administrator.fill(page, "/desk/1/project/new", {"new_name": "Кара-Суу", "new_code": "417"})
    number = int(page.path.split("/")[2])
    here = f"/desk/{number}/project"
    said = {"name": "Ак-Суу", "description": "x", "archived": "yes"}
    page = administrator.fill(page, here, said)
    project = server.store.projects.get(number)
    assert (project.name, project.aimak_code, project.archived_at is None) == ("Ак-Суу", "417", False)
    assert administrator.fill(page, here, {"name": " "}).status == 422
    assert "nothing was deleted" in administrator.fill(page, f"{here}/delete", {"name": "Кара-Суу"}).main
    page = administrator.fill(page, f"{here}/delete", {"name": "Ак-Суу"})
    assert page.path == "/desk/1" and "deleted" in page.text
    assert administrator.get(here).status == 404
    with at_desk(server, "manager") as manager:
        page = manager.get("/desk/1/project")
        assert manager.get("/desk/1/site").status == 403
        assert not [form for form in page.document.forms if form.get("action") == "/desk/1/project/new"]


def test_pictures_and_words_of_the_site_are_set_at_the_desk(
    server: RunningHere, administrator: Visitor
) -> None:
    here, picture = "/desk/1/site", b"\xff\xd8\xff" + b"0" * 100
    page = administrator.get(here)
    assert administrator.fill(page, f"{here}/logo", files={"picture": ("x.svg", b"<svg/>")}).status == 422
    for key in ("logo", "hero-image"):
        page = administrator.fill(page, f"{here}/{key}", files={"picture": ("x.jpg", picture)})
    page = administrator.fill(page, f"{here}/words", {"title": "<b>Кел</b>", "description": "Жөнөкөй"})
    with Visitor(server.address) as anybody:
        for path, sees in (("/", 2), ("/desk/sign-in", 2), ("/data", 1)):
            shown = anybody.get(path)
            sources = [image.get("src") for image in shown.document.iter("img")]
            assert len(sources) == sees, path
            assert all(anybody.client.get(source).content == picture for source in sources)
        door = anybody.get("/desk/sign-in")
        assert door.document.findtext(".//h1") == "<b>Кел</b>" and "Жөнөкөй" in door.main
        for key in ("logo", "hero-image"):
            page = administrator.fill(page, f"{here}/{key}/remove")
        administrator.fill(page, f"{here}/words", {"title": "", "description": ""})
        door = anybody.get("/desk/sign-in")
        assert door.document.findtext(".//h1") == "Sign in" and not list(door.document.iter("img"))


def test_what_is_noted_of_phones_and_links_is_written_at_the_desk(
    server: RunningHere, coordinator: Visitor
) -> None:
    phones, properties = "/desk/1/app-users", server.store.actor_properties
    page = coordinator.fill(coordinator.get(phones), phones, {"name": "Noted"})
    here = page.path
    number = int(here.rpartition("/")[2])
    assert "/properties" not in str([form.get("action") for form in page.document.forms])
    page = coordinator.get(phones)
    for name, status in (("айыл", 200), ("", 422), ("name", 422), ("айыл", 422)):
        assert coordinator.fill(page, f"{phones}/properties", {"property": name}).status == status, name
    page = coordinator.fill(coordinator.get(here), f"{here}/properties", {"noted:айыл": " Ак-Суу "})
    assert properties.of(number) == {"айыл": "Ак-Суу"}
    link = coordinator.fill(
        coordinator.get("/desk/1/links"), "/desk/1/links", {"form": "simple", "name": "Noted too"}
    )
    coordinator.fill(link, f"{link.path}/properties", {"noted:айыл": "Көк-Суу"})
    assert properties.in_use(1)["айыл"] == ("Ак-Суу", "Көк-Суу")
    coordinator.fill(page, f"{here}/properties", {"noted:айыл": ""})
    assert properties.of(number) == {}
