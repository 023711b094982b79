"""Accounts, roles, phones and projects by REST, as ODK Central has them.

- Accounts are listed, made, changed and ended by an administrator; everybody reads and changes their own.
- A link to a new password is shown once, good once, for a day, and ends what was open with the old one.
- Roles have Central's numbers and names, ours beside them; pyODK's role 2 gives a phone a form.
- A role may be for one form; it opens that form and nothing else.
- A manager gives Central's roles in their project, never those of the group; nobody unseats the last
  administrator, or themselves.
- A phone made by REST sees no form until it is given one.
- Sessions of one's own, of phones and of links end by their token.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from datetime import timedelta

import httpx
import pytest

from server.actions.accounts import add_account, give_reset
from server.app import all_routes
from tests.journeys.terminal import type_all
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.forms import WELL

SIMPLE = """
| survey |
|  | type | name | label |
|  | text | said | Say   |
| settings |
|  | form_title | form_id | version |
|  | {0}        | {0}     | 1       |
"""
EXTENDED = {"X-Extended-Metadata": "true"}


@pytest.fixture(scope="module", autouse=True)
def forms(server: RunningHere) -> None:
    server.publish(WELL)
    for form_id in ("simple", "other"):
        server.publish(SIMPLE.format(form_id))


@pytest.fixture(scope="module")
def admin(server: RunningHere) -> httpx.Client:
    return server.program("administrator")


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    return server.program("manager", project_id=1)


def me(program: httpx.Client) -> int:
    number: int = program.get("/v1/users/current").json()["id"]
    return number


def xml_of(server: RunningHere, form_id: str, instance_id: str) -> bytes:
    current = server.store.forms.get(1, form_id).current
    assert current is not None
    return an_instance(current.schema, {}, instance_id=instance_id)


def test_accounts_are_listed_made_changed_and_ended(server: RunningHere, admin: httpx.Client) -> None:
    made = admin.post("/v1/users", json={"email": "New@Example.org", "password": PASSWORD}).json()
    assert made["email"] == "new@example.org" and made["type"] == "user"
    assert set(made) >= {"id", "displayName", "email", "createdAt", "updatedAt", "deletedAt", "lastLoginAt"}
    path = f"/v1/users/{made['id']}"
    assert admin.get(path).json()["id"] == made["id"]
    assert made["id"] in [each["id"] for each in admin.get("/v1/users").json()]
    assert [each["id"] for each in admin.get("/v1/users?q=NEW@example.org").json()] == [made["id"]]
    changed = admin.patch(path, json={"displayName": "Асель", "email": "asel@example.org"}).json()
    assert (changed["displayName"], changed["email"]) == ("Асель", "asel@example.org")
    assert changed["updatedAt"] is not None
    again = admin.post("/v1/users", json={"email": "asel@example.org", "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    signed = httpx.post(
        f"{server.address}/v1/sessions", json={"email": "ASEL@example.org", "password": PASSWORD}
    )
    assert signed.status_code == 200 and admin.get(path).json()["lastLoginAt"] is not None
    assert admin.delete(path).json() == {"success": True}
    assert admin.get(path).status_code == 404
    assert made["id"] not in [each["id"] for each in admin.get("/v1/users").json()]
    token = {"Authorization": f"Bearer {signed.json()['token']}"}
    assert httpx.get(f"{server.address}/v1/users/current", headers=token).status_code == 401


def test_an_account_made_without_a_password_gets_a_link_to_one(server, admin) -> None:
    made = admin.post("/v1/users", json={"email": "linked@example.org"}).json()
    assert made["passwordReset"]["url"].startswith(f"{server.address}/password/")
    assert "passwordReset" not in admin.get(f"/v1/users/{made['id']}").json()


def test_everybody_keeps_their_own_account_and_no_other(server, admin) -> None:
    program = server.program("viewer", project_id=1)
    own, other = f"/v1/users/{me(program)}", f"/v1/users/{me(admin)}"
    assert program.get(own).status_code == 200
    assert program.patch(own, json={"displayName": "Me"}).json()["displayName"] == "Me"
    assert program.patch(own, json={"mayUseDigest": True}).status_code == 403
    for method, path in (("GET", other), ("PATCH", other), ("DELETE", other), ("DELETE", own)):
        assert program.request(method, path, json={}).status_code == 403, (method, path)
    assert program.post("/v1/users", json={"email": "x@example.org", "password": PASSWORD}).status_code == 403
    assert program.get("/v1/users").json() == []
    assert program.get("/v1/users/999999").status_code == 403
    assert program.post(f"{own}/password-reset").status_code == 403
    wrong = program.put(f"{own}/password", json={"old": "wrong", "new": "a new password"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, 401.2)
    assert program.put(f"{own}/password", json={"old": PASSWORD, "new": "short"}).status_code == 400
    right = program.put(f"{own}/password", json={"old": PASSWORD, "new": "a new password"})
    assert right.json() == {"success": True}
    assert program.get(own).status_code == 200  # the session that asked goes on, every other has ended
    assert program.post("/v1/users/reset/verify", json={"new": "another password"}).status_code == 403


def test_a_manager_finds_who_they_know(server, manager, admin) -> None:
    add_account(server.store, "known@example.org", PASSWORD, (), now=now(), actor=None)
    assert manager.get("/v1/users").json() == [] == manager.get("/v1/users?q=known").json()
    assert [each["email"] for each in manager.get("/v1/users?q=known@example.org").json()] == [
        "known@example.org"
    ]


def test_what_somebody_may_is_told_in_centrals_words(server, admin) -> None:
    told = admin.get("/v1/users/current", headers=EXTENDED).json()
    assert {"user.list", "project.create", "audit.read"} <= set(told["verbs"])
    collector = server.program("data_collector", project_id=1)
    assert collector.get("/v1/users/current", headers=EXTENDED).json()["verbs"] == []
    verbs = collector.get("/v1/projects/1", headers=EXTENDED).json()["verbs"]
    assert verbs == ["open_form.list", "open_form.read", "project.read", "submission.create"]


def test_a_link_to_a_new_password_is_good_once(server: RunningHere, admin: httpx.Client) -> None:
    store = server.store
    account = add_account(store, "lost@example.org", PASSWORD, (("member", 1),), now=now(), actor=None)
    signed = httpx.post(
        f"{server.address}/v1/sessions", json={"email": "lost@example.org", "password": PASSWORD}
    ).json()
    old = admin.post(f"/v1/users/{account.actor_id}/password-reset").json()
    given = admin.post(f"/v1/users/{account.actor_id}/password-reset").json()
    assert given["token"] not in str(admin.get(f"/v1/users/{account.actor_id}").json())
    with httpx.Client(base_url=server.address) as browser:
        assert browser.get(f"/password/{old['token']}").status_code == 404  # a newer one took its place
        page = browser.get(f"/password/{given['token']}")
        assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
        address = f"/password/{given['token']}"

        def ask(new: str, again: str, key: str | None = None) -> httpx.Response:
            own = browser.get(address).text.split('name="__csrf" value="')[1].split('"')[0]
            return browser.post(address, data={"new": new, "again": again, "__csrf": key or own})

        assert ask("new password!", "new password!", "x").status_code == 422
        assert ask("new password!", "another").status_code == 422
        assert ask("short", "short").status_code == 422
        done = ask("new password!", "new password!")
        assert done.status_code == 303 and done.headers["location"].startswith("/desk/sign-in")
        assert browser.get(address).status_code == browser.post(address, data={}).status_code == 404
    token = {"Authorization": f"Bearer {signed['token']}"}
    assert httpx.get(f"{server.address}/v1/users/current", headers=token).status_code == 401
    for password, status in ((PASSWORD, 401), ("new password!", 200)):
        said = {"email": "lost@example.org", "password": password}
        assert httpx.post(f"{server.address}/v1/sessions", json=said).status_code == status
    ago = give_reset(store, account.actor_id, now=now() - timedelta(hours=25), actor=None)
    assert httpx.get(f"{server.address}/password/{ago.token}").status_code == 404
    verify, fresh = (
        f"{server.address}/v1/users/reset/verify",
        admin.post(f"/v1/users/{account.actor_id}/password-reset").json()["token"],
    )
    for key, new, status in (
        (ago.token, "newest password", 401),
        (fresh, "short", 400),
        (fresh, "newest password", 200),
        (fresh, "newest password", 401),
    ):
        bearer = {"Authorization": f"Bearer {key}"}
        assert httpx.post(verify, json={"new": new}, headers=bearer).status_code == status, new
    assert httpx.post(verify, json={"new": "newest password"}).status_code == 401
    said = {"email": "lost@example.org", "password": "newest password"}
    assert httpx.post(f"{server.address}/v1/sessions", json=said).status_code == 200
    for left in ({}, {"email": "lost@example.org"}, said | {"password": ""}, said | {"email": None}):
        refused = httpx.post(f"{server.address}/v1/sessions", json=left)
        assert (refused.status_code, refused.json()["code"]) == (400, 400.3), left
    blank = admin.post("/v1/users", json={"email": "blank@example.org", "password": ""}).json()
    assert blank["passwordReset"]["token"]
    assert admin.post("/v1/users/reset/initiate", json={"email": "lost@example.org"}).status_code == 501


def test_roles_have_centrals_numbers_and_names(admin: httpx.Client) -> None:
    roles = {role["system"]: role for role in admin.get("/v1/roles").json()}
    numbers = {"admin": 1, "app-user": 2, "manager": 5, "viewer": 6, "formfill": 8, "pub-link": 9}
    assert {name: roles[name]["id"] for name in numbers} == numbers
    assert roles["coordinator"]["id"] > 100
    assert admin.get("/v1/roles/5").json() == admin.get("/v1/roles/manager").json() == roles["manager"]
    for unknown in ("999", "aoeu"):
        assert admin.get(f"/v1/roles/{unknown}").status_code == 404


@pytest.mark.parametrize("where", ["/v1", "/v1/projects/1", "/v1/projects/1/forms/simple"])
@pytest.mark.parametrize("role", ["viewer", "6"])
def test_a_role_is_given_shown_and_taken(server, admin, where: str, role: str) -> None:
    account = add_account(
        server.store,
        f"role{len(server.store.accounts.all())}@example.org",
        PASSWORD,
        (),
        now=now(),
        actor=None,
    )
    path = f"{where}/assignments/{role}/{account.actor_id}"
    assert admin.post(path).json() == {"success": True}
    again = admin.post(path)
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    assert {"actorId": account.actor_id, "roleId": 6} in admin.get(f"{where}/assignments").json()
    extended = admin.get(f"{where}/assignments", headers=EXTENDED).json()
    assert account.actor_id in [each["actor"]["id"] for each in extended]
    assert account.actor_id in [each["id"] for each in admin.get(f"{where}/assignments/{role}").json()]
    if where.endswith("simple"):
        everywhere = admin.get("/v1/projects/1/assignments/forms").json()
        assert {"actorId": account.actor_id, "roleId": 6, "xmlFormId": "simple"} in everywhere
    assert admin.delete(path).json() == {"success": True}
    assert admin.delete(path).status_code == 404
    assert admin.get(f"{where}/assignments/{role}").status_code == 200
    for wrong in (f"{where}/assignments/aoeu/{account.actor_id}", f"{where}/assignments/{role}/999999"):
        assert admin.post(wrong).status_code == 404, wrong


def test_a_role_in_one_form_opens_that_form_alone(server: RunningHere, admin: httpx.Client) -> None:
    collector, viewer = server.program(), server.program()
    assert collector.get("/v1/projects/1/formList").status_code == 403
    for program, role in ((collector, "formfill"), (viewer, "viewer")):
        assert admin.post(f"/v1/projects/1/forms/simple/assignments/{role}/{me(program)}").status_code == 200
    listed = collector.get("/v1/projects/1/formList").text
    assert ">simple<" in listed and ">other<" not in listed and "well_visit" not in listed
    assert [each["id"] for each in collector.get("/v1/projects").json()] == [1]
    assert [each["xmlFormId"] for each in collector.get("/v1/projects/1/forms").json()] == ["simple"]
    submissions = "/v1/projects/1/forms/{0}/submissions"
    sent = collector.post(submissions.format("simple"), content=xml_of(server, "simple", "uuid:one-form"))
    assert sent.status_code == 200, sent.text
    for form_id in ("other", "well_visit"):
        xml = xml_of(server, form_id, "uuid:none")
        assert collector.post(submissions.format(form_id), content=xml).status_code == 403
        files = {"xml_submission_file": ("a.xml", xml, "text/xml")}
        assert collector.post("/v1/projects/1/submission", files=files).status_code == 403
        assert collector.get(f"/v1/projects/1/forms/{form_id}.xml").status_code == 403
        assert viewer.get(submissions.format(form_id)).status_code == 403
    assert collector.get(submissions.format("simple")).status_code == 403
    assert [each["instanceId"] for each in viewer.get(submissions.format("simple")).json()] == [
        "uuid:one-form"
    ]
    assert viewer.get(f"{submissions.format('simple')}/uuid:one-form.xml").status_code == 200
    assert (
        viewer.post(submissions.format("simple"), content=xml_of(server, "simple", "uuid:v")).status_code
        == 403
    )


def test_a_manager_gives_centrals_roles_in_their_project_alone(server, manager, admin) -> None:
    other = server.store.write(lambda tx: server.store.projects.create(tx, name="Other", now=now()))
    account = add_account(server.store, "given@example.org", PASSWORD, (), now=now(), actor=None)
    for role in ("manager", "viewer", "formfill"):
        assert manager.post(f"/v1/projects/1/assignments/{role}/{account.actor_id}").status_code == 200
    for role in ("coordinator", "organiser", "member", "designer", "deputy", "admin"):
        refused = manager.post(f"/v1/projects/1/assignments/{role}/{account.actor_id}")
        assert (refused.status_code, refused.json()["code"]) == (403, 403.1), role
        in_form = manager.post(f"/v1/projects/1/forms/simple/assignments/{role}/{me(manager)}")
        assert in_form.status_code == 403, role
    assert manager.post(f"/v1/projects/{other}/assignments/viewer/{account.actor_id}").status_code == 403
    assert manager.post(f"/v1/assignments/viewer/{account.actor_id}").status_code == 403
    assert admin.post(f"/v1/projects/1/assignments/admin/{account.actor_id}").status_code == 400


def test_nobody_unseats_the_last_administrator_or_themselves(server, admin) -> None:
    own = me(admin)
    assert admin.delete(f"/v1/assignments/admin/{own}").status_code == 409
    assert admin.delete(f"/v1/users/{own}").status_code == 409


def test_a_phone_made_by_a_script_sees_the_forms_it_is_given(server, manager) -> None:
    path = "/v1/projects/1/app-users"
    added = manager.post(path, json={"displayName": "Асан"}).json()
    for key in ("projectId", "id", "displayName", "createdAt", "type", "token", "updatedAt", "deletedAt"):
        assert key in added
    assert manager.get(f"{path}/{added['id']}").json() == added
    with Phone(f"{server.address}/v1/key/{added['token']}/projects/1") as phone:
        assert phone.form_list() == []
        assert manager.post(f"/v1/projects/1/forms/simple/assignments/2/{added['id']}").status_code == 200
        assert [form.form_id for form in phone.form_list()] == ["simple"]
        holders = manager.get("/v1/projects/1/forms/simple/assignments/app-user").json()
        assert added["id"] in [each["id"] for each in holders]
        assert phone.post(xml_of(server, "other", "uuid:not-given")).status_code == 403
        assert phone.post(xml_of(server, "simple", "uuid:given")).status_code == 201
        taken = manager.delete(f"/v1/projects/1/forms/simple/assignments/app-user/{added['id']}")
        assert taken.status_code == 200 and phone.form_list() == []
    every = manager.post(path, json={"displayName": "Every", "everyForm": True}).json()
    with Phone(f"{server.address}/v1/key/{every['token']}/projects/1") as phone:
        assert len(phone.form_list()) == 3
        manager.delete(f"/v1/projects/1/forms/other/assignments/2/{every['id']}")
        assert sorted(form.form_id for form in phone.form_list()) == ["simple", "well_visit"]
    extended = {each["id"]: each for each in manager.get(path, headers=EXTENDED).json()}
    assert extended[added["id"]]["createdBy"]["id"] == me(manager)
    assert extended[added["id"]]["lastUsed"] is not None and extended[every["id"]]["lastUsed"] is None
    assert manager.delete(f"{path}/{added['id']}").json() == {"success": True}
    assert added["id"] not in [each["id"] for each in manager.get(path).json()]
    assert manager.get(f"{path}/{added['id']}").status_code == 404


def test_the_settings_of_a_phone_as_text_and_pictures(server, manager) -> None:
    added = manager.post("/v1/projects/1/app-users", json={"displayName": "Код"}).json()
    path = f"/v1/projects/1/app-users/{added['id']}/settings"
    text = manager.get(path)
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["cache-control"] == "no-store"
    told = json.loads(zlib.decompress(base64.b64decode(text.text)))
    assert told["general"]["server_url"].endswith(f"/v1/key/{added['token']}/projects/1")
    assert told["admin"] == {}
    assert manager.get(f"{path}.png").content.startswith(b"\x89PNG")
    assert b"<svg" in manager.get(f"{path}.svg").content


def test_sessions_end_by_their_token(server, manager, admin) -> None:
    email = server.store.accounts.get(me(manager)).email
    signed = httpx.post(f"{server.address}/v1/sessions", json={"email": email, "password": PASSWORD}).json()
    own = httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {signed['token']}"})
    server.programs.append(own)
    restored = own.get("/v1/sessions/restore").json()
    assert restored == {"createdAt": signed["createdAt"], "expiresAt": signed["expiresAt"]}
    stranger = server.program("viewer", project_id=1)
    assert stranger.delete(f"/v1/sessions/{signed['token']}").status_code == 403
    assert stranger.delete("/v1/sessions/nobodys").status_code == 403
    assert own.delete(f"/v1/sessions/{signed['token']}").json() == {"success": True}
    assert own.get("/v1/users/current").status_code == 401
    basic = httpx.get(
        f"{server.address}/v1/sessions/restore",
        auth=(email, PASSWORD),
        headers={"X-Forwarded-Proto": "https"},
    )
    assert basic.status_code == 404
    phone = manager.post("/v1/projects/1/app-users", json={"displayName": "Ends"}).json()
    way = f"{server.address}/v1/key/{phone['token']}/projects/1/formList"
    assert stranger.delete(f"/v1/sessions/{phone['token']}").status_code == 403
    assert httpx.get(way).status_code == 200
    assert manager.delete(f"/v1/sessions/{phone['token']}").json() == {"success": True}
    assert httpx.get(way).status_code == 403
    listed = {each["id"]: each for each in manager.get("/v1/projects/1/app-users").json()}
    assert listed[phone["id"]]["token"] is None
    assert [each["id"] for each in manager.get("/v1/projects/1/app-users").json()][-1] == phone["id"]
    own.close()


def test_projects_are_made_named_and_put_away(server, admin, manager) -> None:
    made = admin.post("/v1/projects", json={"name": "Кара-Суу", "description": "аймак"}).json()
    for key in ("id", "name", "description", "archived", "keyId", "createdAt", "updatedAt", "deletedAt"):
        assert key in made
    path = f"/v1/projects/{made['id']}"
    changed = admin.patch(path, json={"description": None, "archived": True}).json()
    assert (changed["name"], changed["description"], changed["archived"]) == ("Кара-Суу", None, True)
    assert admin.get("/v1/projects").json()[-1]["id"] == made["id"]
    assert admin.patch(path, json={"name": " "}).status_code == 400
    assert manager.post("/v1/projects", json={"name": "x"}).status_code == 403
    assert manager.patch(path, json={"name": "x"}).status_code == 403
    assert manager.patch("/v1/projects/1", json={"name": "Айыл"}).json()["name"] == "Айыл"
    extended = manager.get("/v1/projects/1", headers=EXTENDED).json()
    assert extended["forms"] == 3 and extended["appUsers"] >= 1 and "project.update" in extended["verbs"]
    assert {"datasets", "lastSubmission", "lastEntity"} <= set(extended)
    (with_forms,) = manager.get("/v1/projects?forms=true").json()
    assert [form["xmlFormId"] for form in with_forms["formList"]] == ["other", "simple", "well_visit"]
    assert with_forms["formList"][0]["reviewStates"]["received"] == 0 and "verbs" in with_forms
    names = [admin.post("/v1/projects", json={"name": name}).json()["name"] for name in ("Ы", "Аксы")]
    listed = [each["name"] for each in admin.get("/v1/projects").json() if not each["archived"]]
    assert listed == sorted(listed) and set(names) <= set(listed)


def test_a_project_tells_when_an_entity_came(server, admin) -> None:
    project = admin.post("/v1/projects", json={"name": "Lists"}).json()["id"]
    path = f"/v1/projects/{project}"
    assert admin.get(path, headers=EXTENDED).json()["lastEntity"] is None
    assert admin.post(f"{path}/datasets", json={"name": "wells"}).status_code == 200
    entity = {"label": "Well 1", "data": {}}
    made = admin.post(f"{path}/datasets/wells/entities", json=entity).json()
    assert admin.get(path, headers=EXTENDED).json()["lastEntity"] == made["createdAt"]
    collector = server.program("data_collector", project_id=project)
    for program, seen in ((admin, ["wells"]), (collector, [])):
        told = {each["id"]: each for each in program.get("/v1/projects?datasets=true").json()}[project]
        assert [each["name"] for each in told["datasetList"]] == seen
    assert "datasetList" not in admin.get("/v1/projects").json()[0]


def test_a_project_is_put_whole_or_not_at_all(server, admin) -> None:
    project = admin.post("/v1/projects", json={"name": "Whole", "description": "x"}).json()["id"]
    path = f"/v1/projects/{project}"
    for form_id in ("one", "two"):
        server.publish(SIMPLE.format(form_id), project_id=project)
    manager = server.program("manager", project_id=project)
    viewer = server.program("viewer", project_id=project)
    person = me(viewer)
    phone = manager.post(f"{path}/app-users", json={"displayName": "Phone"}).json()["id"]
    every = manager.post(f"{path}/app-users", json={"displayName": "All", "everyForm": True}).json()["id"]
    other = admin.post("/v1/projects/1/app-users", json={"displayName": "Elsewhere"}).json()["id"]

    def put(*forms: dict, **said: object) -> httpx.Response:
        return manager.put(path, json={"name": "Whole", "forms": list(forms), **said})

    def given(*pairs: tuple[int | None, object]) -> list[dict]:
        return [{"actorId": actor, "roleId": role} for actor, role in pairs]

    one, two = {"xmlFormId": "one"}, {"xmlFormId": "two"}
    wrong: list[tuple[int, float, list[dict]]] = [
        (501, 501.2, []),
        (501, 501.2, [one]),
        (501, 501.2, [one, {"xmlFormId": "three"}]),
        (400, 400.8, [one, one]),
        (400, 400.8, [one, two | {"state": "ajar"}]),
        (400, 400.2, [one | {"assignments": [{"actorId": phone}]}, two]),
        (400, 400.2, [one | {"assignments": [{"roleId": 2}]}, two]),
        (400, 400.14, [one | {"assignments": given((phone, 99))}, two]),
        (400, 400.14, [one | {"assignments": given((99999, 2))}, two]),
        (400, 400.14, [one | {"assignments": given((other, 2))}, two]),
        (403, 403.1, [one | {"assignments": given((person, 1))}, two]),
        (403, 403.1, [one | {"assignments": given((person, "coordinator"))}, two]),
    ]
    for status, code, forms in wrong:
        refused = put(*[{"state": "closed"} | form for form in forms])
        assert (refused.status_code, refused.json()["code"]) == (status, code), forms
    assert {each["state"] for each in manager.get(f"{path}/forms").json()} == {"open"}
    assert manager.put(path, json={"archived": True}).json()["code"] == 400.2
    assert viewer.put(path, json={"name": "x"}).status_code == 403
    assert admin.put("/v1/projects/99", json={"name": "x"}).status_code == 404

    both = given((phone, 2), (person, "viewer"))
    done = put(one | {"state": "closing", "assignments": both}, two | {"assignments": given((every, 2))})
    assert done.json()["name"] == "Whole" and done.json()["description"] is None
    assert [each["state"] for each in manager.get(f"{path}/forms").json()] == ["closing", "open"]

    def roles(form_id: str) -> set[tuple[int, int]]:
        told = manager.get(f"{path}/forms/{form_id}/assignments").json()
        return {(each["actorId"], each["roleId"]) for each in told}

    assert roles("one") == {(phone, 2), (person, 6)} and roles("two") == {(every, 2)}
    assert put(one, two | {"assignments": []}).status_code == 200
    assert roles("one") == {(phone, 2), (person, 6)} and roles("two") == set()
    assert manager.put(path, json={"name": "Newer", "archived": True}).json()["archived"] is True
    assert manager.put(path, json={"name": "Newer"}).json()["archived"] is None
    assert roles("one") == {(phone, 2), (person, 6)}


def test_a_deleted_project_is_found_by_nobody(server, admin) -> None:
    project = admin.post("/v1/projects", json={"name": "Ends"}).json()["id"]
    path, head = f"/v1/projects/{project}", server.store.ledger.head().seq
    server.publish(SIMPLE.format("simple"), project_id=project)
    manager = server.program("manager", project_id=project)
    made = (f"{path}/app-users", f"{path}/forms/simple/public-links")
    keys = [manager.post(each, json={"displayName": "Poster"}).json()["token"] for each in made]
    lists = [f"{server.address}/v1/key/{key}{path[3:]}/formList" for key in keys]
    assert [httpx.get(each).status_code for each in lists] == [200, 200]
    draft = manager.post(f"{path}/forms/simple/draft").status_code
    token = manager.get(f"{path}/forms/simple/draft").json()["draftToken"]
    trial = f"/v1/test/{token}/projects/{project}/forms/simple/draft"
    assert draft == 200 and httpx.get(f"{server.address}{trial}/formList").status_code == 200
    assert manager.delete("/v1/projects/1").status_code == 403
    assert manager.delete(path).json() == {"success": True}
    for program in (manager, admin):
        for address in ("", "/forms", "/forms/simple", "/app-users", "/datasets", "/forms/simple.svc"):
            assert program.get(path + address).status_code == 404, address
        assert project not in [each["id"] for each in program.get("/v1/projects").json()]
        assert program.delete(path).status_code == 404
        assert program.patch(path, json={"name": "Back"}).status_code == 404
    assert manager.get("/v1/projects").json() == []
    assert [httpx.get(each).status_code for each in lists] == [403, 403]
    assert httpx.get(f"{server.address}{trial}/formList").status_code == 404
    assert admin.get("/v1/audits?action=project.delete").json()[0]["acteeId"] == str(project)
    assert server.store.ledger.head().seq > head  # the form's record is where it was
    number = str(project)
    listed, verified, back, again = type_all(
        ("project", "list", "--deleted", "--json"),
        ("verify", "--json"),
        ("project", "restore", number),
        ("project", "restore", number),
        data=server.context.settings.data,
    )
    assert project in [each["projectId"] for each in listed.json["projects"]] and verified.code == 0
    assert back.code == 0 and again.code == 1  # the owner's command line alone brings one back


def test_what_a_person_likes_to_see_is_kept_for_them(server, admin) -> None:
    person, site, here = server.program("viewer", project_id=1), "/v1/user-preferences/site", "project/1"
    project = site.replace("site", here)

    def kept() -> dict:
        told: dict = person.get("/v1/users/current", headers=EXTENDED).json()["preferences"]
        return told

    assert kept() == {"site": {}, "projects": {}}
    for address, value in (
        (f"{site}/order", [1, 2, {"by": "name"}]),
        (f"{site}/order", {"by": "date"}),
        (f"{site}/none", None),
        (f"{site}/word", "null"),
        (f"{project}/a%2Fb%20c", False),
    ):
        assert person.put(address, json={"propertyValue": value}).json() == {"success": True}
    assert kept() == {
        "site": {"order": {"by": "date"}, "none": None, "word": "null"},
        "projects": {"1": {"a/b c": False}},
    }
    for body, code in (({"other": 1}, 400.23), ({"propertyValue": 1, "x": 2}, 400.33), ([1], 400.2)):
        refused = person.put(f"{site}/order", json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert person.put(f"{site}/big", json={"propertyValue": "x" * 30_000}).status_code == 413
    assert person.put(f"{site}/{'x' * 300}", json={"propertyValue": 1}).status_code == 400
    assert admin.put("/v1/user-preferences/project/123/x", json={"propertyValue": 1}).status_code == 404
    assert httpx.put(f"{server.address}{site}/x", json={"propertyValue": 1}).status_code == 401
    assert [person.delete(f"{site}/word").status_code for _ in range(2)] == [200, 404]
    assert person.delete(f"{project}/a%2Fb%20c").status_code == 200
    assert kept() == {"site": {"none": None, "order": {"by": "date"}}, "projects": {}}
    told = admin.get("/v1/audits?action=user.preference.delete").json()[0]
    assert told["details"] == {"propertyName": "a/b c", "scope": "project", "projectId": 1}


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def test_the_site_shows_what_it_was_told_to(server, admin, manager) -> None:
    config, anybody = "/v1/config", httpx.Client(base_url=server.address)
    assert anybody.get(f"{config}/public").json() == {}
    for key in ("logo", "hero-image", "login-appearance"):
        assert anybody.get(f"{config}/public/{key}").status_code == 404
        assert admin.delete(f"{config}/{key}").json() == {"success": True}
    assert manager.post(f"{config}/logo", content=PNG).status_code == 403
    assert manager.get(f"{config}/logo").status_code == 403
    for bad in (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<html>", b"", b"GIF8"):
        headers = {"Content-Type": "image/png"}  # what it is called does not count
        refused = admin.post(f"{config}/logo", content=bad, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, 400.8), bad
    assert admin.post(f"{config}/logo", content=PNG + b"0" * 1_000_000).status_code == 413
    made = admin.post(f"{config}/logo", content=PNG, headers={"Content-Type": "text/html"}).json()
    assert made["key"] == "logo" and made["blobExists"] is True and made["setAt"].endswith("Z")
    words = {"title": " Кош келиңиз ", "description": "", "more": 7}
    assert admin.post(f"{config}/login-appearance", json=words).json()["value"] == {"title": "Кош келиңиз"}
    assert admin.post(f"{config}/login-appearance", json={"title": "x" * 201}).status_code == 400
    told = anybody.get(f"{config}/public").json()
    assert sorted(told) == ["login-appearance", "logo"] and told["logo"] == made
    assert anybody.get(f"{config}/public/login-appearance").json() == told["login-appearance"]
    shown = anybody.get(f"{config}/public/logo")
    assert shown.content == PNG and shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("attachment")
    assert shown.headers["cache-control"] == "no-cache"
    assert anybody.get(f"{config}/public/logo?ts=1").headers["cache-control"] == "max-age=31536000"
    again = anybody.get(f"{config}/public/logo", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    door = anybody.get("/desk/sign-in").text
    assert "<h1>Кош келиңиз</h1>" in door and 'src="/v1/config/public/logo?ts=' in door
    assert anybody.get(f"{config}/public/analytics").status_code == 403
    assert admin.get(f"{config}/analytics").status_code == 404
    assert admin.post(f"{config}/unknown", json={}).json()["code"] == 400.8
    assert admin.delete(f"{config}/unknown").json()["code"] == 400.8
    assert admin.post(f"{config}/analytics", json={"enabled": True}).json()["code"] == 501.9
    assert admin.delete(f"{config}/analytics").json() == {"success": True}
    assert admin.get("/v1/analytics/preview").status_code == 501
    assert [each.post("/v1/backup").status_code for each in (anybody, manager, admin)] == [401, 403, 501]
    assert admin.delete(f"{config}/logo").json() == {"success": True}
    assert "login-appearance" in anybody.get(f"{config}/public").json()
    assert "/v1/config" not in anybody.get("/").text
    logged = admin.get("/v1/audits?action=config.set").json()
    assert logged[0]["details"] == {"key": "logo", "value": ""} and logged[1]["details"]["key"] != "logo"
    anybody.close()


PUBLIC = re.compile(
    r"^/v1/(openapi\.json$|ledger|results|rounds|datasets|config/public|sessions$|users/reset/initiate$|test/|key/)"
)


def test_nobody_unknown_is_answered_but_by_what_is_public(server) -> None:
    answered = []
    with httpx.Client(base_url=server.address) as anybody:
        for route in all_routes():
            path = getattr(route, "path", "")
            if not path.startswith("/v1/") or PUBLIC.match(path):
                continue
            one = re.sub(r"\{(\w+)(:\w+)?\}", lambda name: "1" if name[1] == "project_id" else "x", path)
            for method in route.methods or ():
                status = anybody.request(method, one).status_code
                if status != 401:
                    answered.append((method, path, status))
    assert answered == []


def test_who_fills_in_gets_nothing_of_a_closed_form(server, admin) -> None:
    server.publish(SIMPLE.format("shut"))
    form = "/v1/projects/1/forms/shut"
    collector, viewer = (server.program(role, project_id=1) for role in ("data_collector", "viewer"))
    paths = [f"{form}{end}" for end in ("", ".xml", "/manifest", "/fields", "/versions", "/attachments")]
    assert [collector.get(path).status_code for path in paths] == [200] * len(paths)
    assert admin.patch(form, json={"state": "closed"}).status_code == 200
    assert [collector.get(path).status_code for path in paths] == [403] * len(paths)
    assert [viewer.get(path).status_code for path in paths] == [200] * len(paths)
    sent = collector.post(f"{form}/submissions", content=xml_of(server, "shut", "uuid:late"))
    assert (sent.status_code, sent.json()["code"]) == (409, 409.2)
    assert admin.delete(form).status_code == 200
