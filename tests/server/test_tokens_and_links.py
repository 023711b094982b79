"""What opens a door without a password: API tokens and public links.

- An API token is shown once, kept as its sha256, and may at most its scope of what its owner may: read,
  submit, write, everything; in one project where it says so; until it expires or is revoked.
- A token makes no tokens, and changes no password.
- A link sees its form alone, and may send answers to it and nothing else; no edits; it ends at once.
- A link for once takes one instance per token; the same instance again is a 201; what was refused does not
  use it up. A slip is one person's in the scores.
- A token stands before any address of a program; a phone that may read answers shows them so.
- No token is in any log, list or page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from server.store.api_tokens import PREFIX
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.test_people import SIMPLE, me

FORM = "/v1/projects/1/forms/simple"


@pytest.fixture(scope="module", autouse=True)
def forms(server: RunningHere) -> None:
    for form_id in ("simple", "other"):
        server.publish(SIMPLE.format(form_id))


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    return server.program("manager", project_id=1)


def with_token(server: RunningHere, program: httpx.Client, **said: object) -> httpx.Client:
    made = program.post("/v1/api-tokens", json={"name": "Script", **said})
    assert made.status_code == 200, made.text
    client = httpx.Client(
        base_url=server.address, timeout=60, headers={"Authorization": f"Bearer {made.json()['token']}"}
    )
    server.programs.append(client)
    return client


def xml_of(server: RunningHere, instance_id: str, form_id: str = "simple", **more: str) -> bytes:
    current = server.store.forms.get(1, form_id).current
    assert current is not None
    return an_instance(current.schema, {"said": "x"}, instance_id=instance_id, **more)


def test_a_token_is_shown_once(server: RunningHere, manager: httpx.Client) -> None:
    made = manager.post("/v1/api-tokens", json={"name": "Excel", "scope": "read"}).json()
    text = made.pop("token")
    assert text.startswith(PREFIX) and made["actorId"] == me(manager)
    assert made in manager.get("/v1/api-tokens").json()
    assert text not in manager.get("/v1/api-tokens").text
    with server.store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT token_sha256 FROM api_token").all()
    assert all(text not in row[0] for row in rows)
    for wrong in (
        {"name": ""},
        {"name": "x", "scope": "all"},
        {"name": "x", "expiresAt": "2020-01-01T00:00:00Z"},
    ):
        assert manager.post("/v1/api-tokens", json=wrong).status_code == 400, wrong


@pytest.mark.parametrize(
    ("scope", "reads", "sends", "writes", "manages"),
    [
        ("read", True, False, False, False),
        ("submit", False, True, False, False),
        ("write", True, True, True, False),
        ("everything", True, True, True, True),
    ],
)
def test_a_token_may_what_its_scope_says(
    server: RunningHere,
    manager: httpx.Client,
    scope: str,
    reads: bool,
    sends: bool,
    writes: bool,
    manages: bool,
) -> None:
    program = with_token(server, manager, scope=scope)
    first = f"uuid:scope-{scope}"
    assert manager.post(f"{FORM}/submissions", content=xml_of(server, first)).status_code == 200
    asked = {
        "forms": program.get("/v1/projects/1/forms").status_code,
        "read": program.get(f"{FORM}/submissions").status_code,
        "export": program.post(f"{FORM}/submissions.csv", data={"wanted": "all"}).status_code,
        "send": program.post(f"{FORM}/submissions", content=xml_of(server, f"{first}-2")).status_code,
        "review": program.patch(f"{FORM}/submissions/{first}", json={"reviewState": "approved"}).status_code,
        "comment": program.post(f"{FORM}/submissions/{first}/comments", json={"body": "x"}).status_code,
        "manage": program.post("/v1/projects/1/app-users", json={"displayName": "x"}).status_code,
    }
    allowed = {
        "forms": True,
        "read": reads,
        "export": reads,
        "send": sends,
        "review": writes,
        "comment": writes,
        "manage": manages,
    }
    assert asked == {name: 200 if may else 403 for name, may in allowed.items()}


def test_a_token_never_may_more_than_its_owner(server: RunningHere) -> None:
    viewer = server.program("viewer", project_id=1)
    program = with_token(server, viewer, scope="everything")
    assert program.get(f"{FORM}/submissions").status_code == 200
    assert program.post(f"{FORM}/submissions", content=xml_of(server, "uuid:more")).status_code == 403
    assert program.post("/v1/projects/1/app-users", json={"displayName": "x"}).status_code == 403


def test_a_token_for_one_project_knows_no_other(server: RunningHere) -> None:
    store = server.store
    other = store.write(lambda tx: store.projects.create(tx, name="Other", now=now()))
    admin = server.program("administrator")
    program = with_token(server, admin, scope="everything", projectId=1)
    assert [each["id"] for each in program.get("/v1/projects").json()] == [1]
    assert program.get(f"/v1/projects/{other}").status_code == 403
    assert program.get("/v1/users").json() == []
    assert program.post("/v1/users", json={"email": "x@example.org"}).status_code == 403
    assert program.get("/v1/projects/1/app-users").status_code == 200


def test_a_token_makes_no_tokens_and_changes_no_password(server: RunningHere) -> None:
    admin = server.program("administrator")
    for scope in ("everything", "write"):
        program = with_token(server, admin, scope=scope)
        assert program.post("/v1/api-tokens", json={"name": "x"}).status_code == 403
        assert program.get("/v1/api-tokens").status_code == 403
    own = f"/v1/users/{me(admin)}"
    given = {"old": PASSWORD, "new": "a new password"}
    assert program.put(f"{own}/password", json=given).status_code == 403
    assert program.patch(own, json={"email": "stolen@example.org"}).status_code == 403
    assert program.get("/desk/1").status_code in (200, 303, 403)


def test_a_token_ends(server: RunningHere, manager: httpx.Client) -> None:
    soon = (now() + timedelta(days=1)).isoformat()
    program = with_token(server, manager, scope="read", expiresAt=soon)
    assert program.get("/v1/users/current").status_code == 200
    server.store.write(lambda tx: None)  # after what notes its use
    newest = manager.get("/v1/api-tokens").json()[0]
    text = program.headers["authorization"].partition(" ")[2]
    assert server.store.api_tokens.find(text, now() + timedelta(days=2)) is None
    assert newest["lastUsedAt"] is not None
    stranger = server.program("viewer", project_id=1)
    assert stranger.delete(f"/v1/api-tokens/{newest['id']}").status_code == 404
    assert manager.delete(f"/v1/api-tokens/{newest['id']}").json() == {"success": True}
    assert program.get("/v1/users/current").status_code == 401
    admin = server.program("administrator")
    another = with_token(server, manager, scope="read")
    number = manager.get("/v1/api-tokens").json()[0]["id"]
    assert number in [each["id"] for each in admin.get("/v1/api-tokens?all=true").json()]
    assert manager.get("/v1/api-tokens?all=true").status_code == 403
    assert admin.delete(f"/v1/api-tokens/{number}").status_code == 200
    assert another.get("/v1/users/current").status_code == 401


@pytest.fixture
def link(manager: httpx.Client) -> dict[str, object]:
    made = manager.post(f"{FORM}/public-links", json={"displayName": "Жарнама"})
    assert made.status_code == 200, made.text
    return dict(made.json())


@pytest.fixture
def guest(link: dict[str, object]) -> Iterator[Phone]:
    with Phone(str(link["serverUrl"])) as phone:
        yield phone


def test_a_link_may_send_to_its_form_alone(server, manager, link, guest: Phone) -> None:
    assert link["type"] == "public_link" and len(str(link["token"])) == 64
    assert [form.form_id for form in guest.form_list()] == ["simple"]
    for number in range(3):
        assert guest.post(xml_of(server, f"uuid:guest{number}-{link['id']}")).status_code == 201
    assert guest.post(xml_of(server, "uuid:elsewhere", "other")).status_code == 403
    way = guest.server_url
    assert guest.client.get(f"{way}/forms/other.xml").status_code == 403
    assert guest.client.get(f"{way}/forms/simple.xml").status_code == 200
    edit = xml_of(server, "uuid:edited", deprecated_id=f"uuid:guest0-{link['id']}")
    assert guest.post(edit).status_code == 403
    st = f"?st={link['token']}"
    for path in (
        "/v1/projects/1", "/v1/projects/1/objects", f"{FORM}/submissions", f"{FORM}/public-links",
        "/v1/projects/1/datasets", "/v1/projects/1/app-users", "/v1/users",
    ):  # fmt: skip
        assert guest.client.get(f"{server.address}{path}{st}").status_code in (403, 404), path
    waiting = server.store.quarantine.all(1)
    assert "uuid:elsewhere" not in [each.instance_id for each in waiting]


def test_links_are_listed_and_end_at_once(server, manager, link, guest: Phone) -> None:
    listed = manager.get(f"{FORM}/public-links").json()
    assert link in listed and manager.get(f"{FORM}/public-links/{link['id']}").json() == link
    extended = manager.get(f"{FORM}/public-links", headers={"X-Extended-Metadata": "true"}).json()
    assert extended[0]["createdBy"]["id"] == me(manager)
    assert manager.get(f"/v1/projects/1/forms/other/public-links/{link['id']}").status_code == 404
    assert guest.form_list()
    assert manager.delete(f"/v1/sessions/{link['token']}").json() == {"success": True}
    assert guest.post(xml_of(server, "uuid:late")).status_code == 403
    last = manager.get(f"{FORM}/public-links").json()[-1]
    assert (last["id"], last["token"], last["serverUrl"]) == (link["id"], None, None)
    assert manager.delete(f"{FORM}/public-links/{link['id']}").json() == {"success": True}
    assert manager.get(f"{FORM}/public-links/{link['id']}").status_code == 404
    for program in (server.program("viewer", project_id=1), server.program("data_collector", project_id=1)):
        assert program.get(f"{FORM}/public-links").status_code == 403
        assert program.post(f"{FORM}/public-links", json={"displayName": "x"}).status_code == 403


def test_a_link_for_once_takes_one_instance(server, manager) -> None:
    link = manager.post(f"{FORM}/public-links", json={"displayName": "Once", "once": True}).json()
    with Phone(link["serverUrl"]) as guest:
        wrong = xml_of(server, "uuid:once").replace(b'version="1"', b'version="unknown"')
        assert guest.post(wrong).status_code == 404  # refused: the token is as good as before
        assert guest.post(xml_of(server, "uuid:once-1")).status_code == 201
        assert guest.post(xml_of(server, "uuid:once-1")).status_code == 201
        refused = guest.post(xml_of(server, "uuid:once-2"))
        assert refused.status_code == 403 and "OpenRosaResponse" in refused.text
        clash = xml_of(server, "uuid:once-1").replace(b">x<", b">y<")
        assert guest.post(clash).status_code == 409
        assert guest.post(xml_of(server, "uuid:once-3")).status_code == 403
    tokens = [
        server.store.submissions.link_tokens(each.seq, each.seq).get(each.seq)
        for each in (server.store.submissions.get(1, "simple", "uuid:once-1"),)
    ]
    assert tokens[0] and tokens[0] != link["token"]


def test_slips_are_good_for_one_answer_each(server, manager) -> None:
    link = manager.post(f"{FORM}/public-links", json={"displayName": "Slips", "once": True}).json()
    path = f"{FORM}/public-links/{link['id']}/slips"
    slips = manager.post(path, json={"count": 2}).json()
    assert len({slip["token"] for slip in slips}) == 2
    for number, slip in enumerate(slips):
        with Phone(slip["serverUrl"]) as guest:
            assert guest.post(xml_of(server, f"uuid:slip{number}")).status_code == 201
            assert guest.post(xml_of(server, f"uuid:slip{number}-again")).status_code == 403
    seqs = [server.store.submissions.get(1, "simple", f"uuid:slip{n}").seq for n in (0, 1)]
    assert len(set(server.store.submissions.link_tokens(*seqs).values())) == 2
    shown = manager.get(f"{FORM}/public-links/{link['id']}", headers={"X-Extended-Metadata": "true"}).json()
    assert shown["slips"] == {"made": 3, "used": 2}
    assert manager.post(path, json={"count": 0}).status_code == 400
    many = manager.post(f"{FORM}/public-links", json={"displayName": "Many"}).json()
    assert manager.post(f"{FORM}/public-links/{many['id']}/slips", json={"count": 1}).status_code == 409
    assert manager.delete(f"{FORM}/public-links/{link['id']}").status_code == 200
    assert httpx.get(f"{slips[0]['serverUrl']}/formList").status_code == 403


def test_no_token_is_in_the_audit(server, manager) -> None:
    link = manager.post(f"{FORM}/public-links", json={"displayName": "Silent"}).json()
    token = manager.post("/v1/api-tokens", json={"name": "Silent"}).json()["token"]
    manager.delete(f"/v1/sessions/{link['token']}")
    written = str(server.store.audit.page(limit=1000))
    assert link["token"] not in written and token not in written
    assert "public_link.session.end" in written and "api_token.create" in written


def test_a_closed_form_is_closed_for_its_links_too(server: RunningHere, manager: httpx.Client) -> None:
    server.publish(SIMPLE.format("closing"))
    path = "/v1/projects/1/forms/closing"
    link = manager.post(f"{path}/public-links", json={"displayName": "Board"}).json()
    with Phone(link["serverUrl"]) as guest:
        assert [form.form_id for form in guest.form_list()] == ["closing"]
        assert manager.patch(path, json={"state": "closed"}).status_code == 200
        assert guest.form_list() == []
        assert guest.client.get(f"{guest.server_url}/forms/closing.xml").status_code in (403, 404, 409)
        assert guest.post(xml_of(server, "uuid:late", "closing")).status_code == 409


@pytest.mark.parametrize("path", ["/v1/projects/1/app-users", f"{FORM}/public-links"])
def test_a_phone_and_a_link_have_the_properties_their_project_declares(
    server: RunningHere, manager: httpx.Client, path: str
) -> None:
    declared, extended = "/v1/projects/1/actor-properties", {"X-Extended-Metadata": "true"}
    kind = "field_key" if path.endswith("app-users") else "public_link"
    names = [f"{name}_{kind}" for name in ("duty", "village")]
    duty, village = names
    for name in names:
        assert manager.post(declared, json={"name": name}).json() == {"success": True}
    again = manager.post(declared, json={"name": duty})
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    for bad in ({}, {"name": "name"}, {"name": "__x"}, {"name": "DisplayName"}, {"name": 7}):
        assert manager.post(declared, json=bad).status_code == 400, bad
    assert {"name": duty} in manager.get(declared).json()
    viewer = server.program("viewer", project_id=1)
    assert viewer.get(declared).status_code == 200
    assert viewer.post(declared, json={"name": "age"}).status_code == 403
    assert server.program("data_collector", project_id=1).get(declared).status_code == 403

    made = manager.post(path, json={"displayName": "Asel", "properties": {duty: " wells "}})
    one = f"{path}/{made.json()['id']}"
    assert "properties" not in made.json() and "properties" not in manager.get(one).json()
    assert manager.get(one, headers=extended).json()["properties"] == {duty: "wells"}
    assert manager.patch(one, json={"properties": {village: "Ak-Suu"}}).json()["properties"] == {
        duty: "wells",
        village: "Ak-Suu",
    }
    used = manager.get(declared, headers=extended).json()
    assert {"name": duty, "values": ["wells"]} in used and {"name": village, "values": ["Ak-Suu"]} in used
    for field, wrong in (
        ("properties", {"nothing": "x"}),
        ("properties", "text"),
        ("properties", ["a"]),
        (duty, {duty: 42}),
    ):
        refused = manager.patch(one, json={"properties": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, 400.8), wrong
        assert refused.json()["details"]["field"] == field
    before = len(manager.get(path).json())
    assert manager.post(path, json={"displayName": "x", "properties": {"no": "x"}}).status_code == 400
    assert len(manager.get(path).json()) == before  # not half of it
    told = manager.patch(one, json={"properties": {duty: None, village: ""}}).json()
    assert told["properties"] is None and told["createdBy"]["id"] == me(manager)
    assert manager.patch(one, json={}).json() == told
    (listed,) = [each for each in manager.get(path, headers=extended).json() if each["id"] == told["id"]]
    assert listed == told
    administrator = server.program("administrator")
    logged = administrator.get("/v1/audits", params={"action": f"{kind}.property.set"}).json()
    assert logged[0]["details"] == {"properties": f"{duty}, {village}"}  # a value may be a name
    assert administrator.get("/v1/audits?action=actor_property.create").json()[0]["details"]["name"]


def test_a_token_stands_before_any_address(server: RunningHere, manager: httpx.Client) -> None:
    phones = "/v1/projects/1/app-users"
    phone = manager.post(phones, json={"displayName": "Map"}).json()
    link = manager.post(f"{FORM}/public-links", json={"displayName": "Poster"}).json()
    anybody = httpx.Client(base_url=server.address)

    def key(token: str, path: str) -> str:
        return f"/v1/key/{token}{path.removeprefix('/v1')}"

    sent = anybody.post(key(link["token"], f"{FORM}/submissions"), content=xml_of(server, "uuid:by-link"))
    assert sent.status_code == 200 and sent.json()["submitterId"] == link["id"]
    one = f"{FORM}/submissions/uuid:by-link"
    for path in (f"{FORM}/submissions", one, f"{one}.xml", phones, "/v1/users", "/v1/audits"):
        refused = anybody.get(key(phone["token"], path))
        assert refused.status_code == 403 and refused.json()["code"] == 403.1, path
    reads = f"/v1/projects/1/assignments/viewer/{phone['id']}"
    coordinator = server.program("coordinator", project_id=1)
    assert coordinator.post(reads).status_code == 403
    assert [manager.post(reads).status_code for _ in range(2)] == [200, 409]
    assert {"actorId": phone["id"], "roleId": 6} in manager.get("/v1/projects/1/assignments").json()
    for path in (f"{FORM}/submissions", one, f"{one}.xml", f"{FORM}.svc/Submissions", "/v1/projects/1"):
        assert anybody.get(key(phone["token"], path)).status_code == 200, path
    again = anybody.post(key(phone["token"], f"{FORM}/submissions"), content=xml_of(server, "uuid:by-map"))
    assert again.status_code == 403
    assert "xform>" not in anybody.get(key(phone["token"], "/v1/projects/1/formList")).text
    assert manager.delete(reads).status_code == 200 and manager.delete(reads).status_code == 404
    assert anybody.get(key(phone["token"], one)).status_code == 403
    here = f"{FORM}/assignments/viewer/{phone['id']}"
    assert manager.post(here).status_code == 200
    assert anybody.get(key(phone["token"], one)).status_code == 200
    assert anybody.get(key(phone["token"], "/v1/projects/1/forms/other/submissions")).status_code == 403
    assert manager.post(f"/v1/projects/1/assignments/manager/{phone['id']}").status_code == 404
    assert manager.delete(here).status_code == 200
    for token, status in (("a" * 64, 403), ("short", 401)):
        assert anybody.get(key(token, "/v1/users/current")).status_code == status
    assert anybody.get(key(phone["token"], "/v1/users/current")).status_code == 404
    assert anybody.get(f"/v1/users/current?st={link['token']}").status_code == 404
    assert anybody.delete(key(phone["token"], "/v1/sessions/current")).status_code == 403
    assert anybody.get(key(phone["token"], f"/v1/key/{phone['token']}/projects")).status_code == 404
    anybody.close()
