"""Every address is asked by everybody: who may is answered, who may not is refused.

- Every route is in the table below, with the deed it asks for; one that is not fails here.
- A route lets in exactly the roles that server/permissions.py allows the deed, and sends others away.
- No role but the coordinator's ever reads a raw answer; organiser's staff none on the executive body,
  whatever else they are.
- A role in one project opens nothing in another.
- The token of a phone opens what phones need, and ends at once when it is revoked.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
import pytest
from starlette.routing import Route

from server.actions.add_app_user import add_app_user, revoke_app_user
from server.app import all_routes
from server.permissions import ALLOWED, NOT_OF_THE_GROUP, OF_ANSWERS, Deed
from server.routes.key_prefix import KeyPrefix
from tests.attack.conftest import EXEC_FORM, FORM_ID, PUBLISHED, ROLES, SECRET, Place
from tests.make import an_instance
from tests.phone import Phone, Refused
from tests.server.conftest import now

pytestmark = pytest.mark.attack

PUBLIC = (
    "/healthz", "/readyz", "/metrics", "/v1/ledger/head", "/v1/rounds", "/data", "/static/", "/rounds/",
    "/objects/", "/workbooks/", "/ledger", "/desk/sign-in", "/api", "/v1/openapi.json",
    "/password/", "/v1/config/public",
)  # fmt: skip
SIGNED_IN = (
    "/v1/users/current", "/desk", "/desk/password", "/desk/sign-out", "/v1/sessions", "/v1/roles",
    "/v1/roles/{role}", "/v1/api-tokens", "/v1/api-tokens/{id}", "/v1/user-preferences/site/{property}",
)  # fmt: skip
CLASSIC = ("/view/", "/formUpload", "/upload")  # of project 1, as phones of ODK Aggregate ask
LISTED_FOR_EACH = ("/v1/projects", "/v1/users")  # to read: everybody sees what is theirs
PROJECT, FORM, ONE = (
    "/v1/projects/{project_id}",
    "/v1/projects/{project_id}/forms/{form_id}",
    "/{instance_id}",
)
DESK = "/desk/{project_id:number}"

# the longest beginning counts; GET and the others apart where they differ
DEEDS: dict[str, Deed | tuple[Deed, Deed]] = {
    f"{PROJECT}/submission": Deed.SUBMIT,
    f"{PROJECT}/formList": Deed.READ_FORMS,
    "/v1/projects": Deed.OPERATE,
    "/v1/users": Deed.MANAGE_ACCOUNTS,
    "/v1/assignments": Deed.MANAGE_ACCOUNTS,
    f"{FORM}.svc": Deed.READ_SUBMISSIONS,
    f"{FORM}/corrections": Deed.READ_SUBMISSIONS,
    f"{PROJECT}/corrections": Deed.READ_SUBMISSIONS,
    f"{FORM}/purge": Deed.OPERATE,
    f"{PROJECT}/datasets": (Deed.READ_LISTS, Deed.MANAGE_LISTS),
    f"{PROJECT}/datasets/{{name}}/integrity": Deed.READ_FORMS,
    f"{PROJECT}/datasets/{{dataset}}/entities": (Deed.READ_LISTS, Deed.WRITE_ENTITIES),
    f"{PROJECT}/datasets/{{dataset}}/uploads": (Deed.READ_LISTS, Deed.WRITE_ENTITIES),
    f"{PROJECT}/trash/datasets": Deed.READ_LISTS,
    PROJECT: (Deed.READ_PROJECT, Deed.MANAGE_PROJECT),
    f"{PROJECT}/assignments": Deed.MANAGE_PROJECT,
    f"{FORM}/public-links": Deed.MANAGE_APP_USERS,
    f"{PROJECT}/objects": (Deed.READ_PROJECT, Deed.WRITE_REGISTRY),
    f"{PROJECT}/villages": (Deed.READ_PROJECT, Deed.WRITE_REGISTRY),
    f"{PROJECT}/forms": (Deed.READ_FORMS, Deed.WRITE_FORMS),
    f"{FORM}/draft": Deed.WRITE_FORMS,
    f"{FORM}/draft/submission": Deed.TEST_DRAFT,
    f"{FORM}/draft/submissions": (Deed.WRITE_FORMS, Deed.TEST_DRAFT),
    f"{FORM}/assignments": Deed.MANAGE_APP_USERS,
    f"{FORM}/submissions": (Deed.READ_SUBMISSIONS, Deed.SUBMIT),
    **{
        f"{FORM}/submissions.{ending}": Deed.READ_SUBMISSIONS
        for ending in ("csv", "csv.zip", "xlsx", "parquet.zip", "geojson")
    },
    f"{FORM}/submissions/keys": Deed.READ_SUBMISSIONS,
    f"{PROJECT}/key": Deed.MANAGE_KEYS,
    f"{FORM}/submissions{ONE}/comments": Deed.READ_SUBMISSIONS,
    f"{FORM}/submissions{ONE}/round": Deed.REVIEW,
    f"{FORM}/submissions{ONE}/attachments": (Deed.READ_SUBMISSIONS, Deed.EDIT_SUBMISSIONS),  # or one's own
    f"{FORM}/submissions{ONE}/corrections": (Deed.READ_SUBMISSIONS, Deed.EDIT_SUBMISSIONS),
    f"{FORM}/submissions{ONE}/edit": Deed.EDIT_SUBMISSIONS,
    f"{FORM}/submissions{ONE}/restore": Deed.EDIT_SUBMISSIONS,
    f"{FORM}/submissions{ONE}/purge": Deed.OPERATE,
    f"{PROJECT}/submissions/review": Deed.REVIEW,
    f"{PROJECT}/app-users": Deed.MANAGE_APP_USERS,
    f"{PROJECT}/rounds": (Deed.READ_ROUNDS, Deed.PLAN_ROUND),
    f"{PROJECT}/rounds/{{round_id}}/close": Deed.CLOSE_ROUND,
    f"{PROJECT}/rounds/{{round_id}}/publish": Deed.PUBLISH_ROUND,
    f"{PROJECT}/rounds/{{round_id}}/counts": Deed.COUNT,
    DESK: Deed.READ_PROJECT,
    f"{DESK}/forms": (Deed.READ_FORMS, Deed.WRITE_FORMS),
    f"{DESK}/forms/{{form}}/draft": Deed.WRITE_FORMS,
    f"{DESK}/forms/trash/{{number:number}}/purge": Deed.OPERATE,
    f"{DESK}/submissions": (Deed.READ_SUBMISSIONS, Deed.REVIEW),
    f"{DESK}/submissions/{{seq:number}}/comments": Deed.READ_SUBMISSIONS,
    **{
        f"{DESK}/submissions/{{seq:number}}/{ending}": Deed.EDIT_SUBMISSIONS
        for ending in ("corrections", "delete", "restore", "edit")
    },
    f"{DESK}/forms/{{form}}/export": Deed.READ_SUBMISSIONS,
    f"{DESK}/encryption": Deed.MANAGE_KEYS,
    f"{DESK}/queue": Deed.REVIEW,
    f"{DESK}/quarantine": Deed.REVIEW,
    f"{DESK}/rounds": (Deed.READ_ROUNDS, Deed.PLAN_ROUND),
    f"{DESK}/plan": Deed.PLAN_ROUND,
    f"{DESK}/rounds/{{round}}/plan": Deed.PLAN_ROUND,
    f"{DESK}/rounds/{{round}}/close": Deed.CLOSE_ROUND,
    f"{DESK}/rounds/{{round}}/publish": Deed.PUBLISH_ROUND,
    f"{DESK}/app-users": Deed.MANAGE_APP_USERS,
    f"{DESK}/links": Deed.MANAGE_APP_USERS,
    f"{DESK}/registry": (Deed.READ_PROJECT, Deed.WRITE_REGISTRY),
    f"{DESK}/lists": (Deed.READ_LISTS, Deed.MANAGE_LISTS),
    **{
        f"{DESK}/lists/{{dataset}}/{what}": Deed.WRITE_ENTITIES
        for what in ("new", "upload", "take", "uploads")
    },
    f"{DESK}/lists/{{dataset}}/access": Deed.MANAGE_LISTS,
    f"{DESK}/lists/{{dataset}}/entities": (Deed.READ_LISTS, Deed.WRITE_ENTITIES),
    f"{DESK}/accounts": Deed.MANAGE_ACCOUNTS,
    "/v1/audits": Deed.READ_AUDIT,
    "/v1/user-preferences/project/{project_id}": Deed.READ_PROJECT,
    f"{PROJECT}/actor-properties": (Deed.READ_LISTS, Deed.MANAGE_APP_USERS),
    f"{DESK}/project": Deed.MANAGE_PROJECT,
    f"{DESK}/project/new": Deed.OPERATE,
    **dict.fromkeys(("/v1/config", "/v1/analytics", "/v1/backup", f"{DESK}/site"), Deed.OPERATE),
    "/view": Deed.READ_SUBMISSIONS,
    "/formUpload": Deed.WRITE_FORMS,
    "/upload": Deed.WRITE_FORMS,
    f"{PROJECT}/view": Deed.READ_SUBMISSIONS,
    f"{PROJECT}/formUpload": Deed.WRITE_FORMS,
    f"{PROJECT}/upload": Deed.WRITE_FORMS,
    f"{DESK}/audit": Deed.READ_AUDIT,
}
ABSENT = {
    "id": "999999", "actor_id": "999999", "round_id": "none", "round": "none", "seq": "999999",
    "dataset": "absent",
}  # fmt: skip


def routes() -> list[tuple[str, str]]:
    """(method, path) of every route, HEAD left out."""
    known = []
    for route in all_routes():
        if isinstance(route, KeyPrefix):  # the same addresses once more, with a token before them
            continue
        assert isinstance(route, Route)
        known += [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return list(dict.fromkeys(known))


def deed_of(method: str, path: str) -> Deed | None:
    """The deed a route asks for; None for those that ask for none."""
    if path.startswith(("/v1/key/", "/v1/test/", "/internal/")) or path in ("/", "/submission", "/formList"):
        return None
    if path in SIGNED_IN or path.startswith(("/v1/sessions", "/v1/users/reset/")):
        return None
    if method == "GET" and path in LISTED_FOR_EACH:
        return None
    if path.startswith("/v1/config/public"):
        return None
    fitting = [each for each in DEEDS if path == each or path.startswith((f"{each}/", f"{each}."))]
    if not fitting:
        assert path.startswith(PUBLIC), f"{method} {path} is in no table: who may ask it?"
        return None
    deed = DEEDS[max(fitting, key=len)]
    if path.startswith(f"{FORM}/submissions{ONE}") and method == "PATCH":
        return Deed.REVIEW
    if path.startswith(f"{FORM}/submissions{ONE}") and method == "DELETE":
        return Deed.EDIT_SUBMISSIONS
    return deed if isinstance(deed, Deed) else deed[method != "GET"]


def allowed(deed: Deed, path: str) -> frozenset[str]:
    """The roles that may; the forms of this place evaluate, so Central's roles have no say in them."""
    one_form = "{form" in path or "{seq" in path
    return ALLOWED[deed] - (NOT_OF_THE_GROUP if deed in OF_ANSWERS and one_form else frozenset())


def address_of(place: Place, method: str, path: str, **parts: str) -> str:
    given = place.parts | (ABSENT if method != "GET" else {})
    if method == "DELETE" or path.endswith("/trash"):  # what is there is needed by the next who asks
        given |= {"form_id": "absent", "form": "absent"}
    given |= parts
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: quote(given[match[1]], safe=":"), path)


def ask(place: Place, role: str | None, method: str, address: str) -> httpx.Response:
    at_desk = address.startswith("/desk")
    client = place.asking(role, at_desk=at_desk)
    fields = {"__csrf": place.csrf[role]} if at_desk and role is not None and method == "POST" else None
    response = client.request(method, address, data=fields)
    client.cookies.clear()
    return response


@pytest.mark.parametrize("role", [*ROLES, "organiser+coordinator", None])
def test_a_route_is_for_its_roles_alone(place: Place, role: str | None) -> None:
    roles = set(role.split("+")) if role is not None else set()
    wrong = []
    for method, path in routes():
        deed = deed_of(method, path)
        if deed is None:
            continue
        address = address_of(place, method, path)
        response = ask(place, role, method, address)
        if role is None:
            refused = response.status_code == 401 or (
                response.status_code == 303 and response.headers["location"].startswith("/desk/sign-in?next=")
            )
        else:
            refused = response.status_code == 403
        if roles & NOT_OF_THE_GROUP and deed in OF_ANSWERS and response.status_code in (400, 404):
            continue  # what is not there has no form that evaluates; raw answers are asked for below
        broken = response.status_code >= 500 and response.status_code != 501  # what is not offered here
        if refused != (not roles & allowed(deed, path)) or broken:
            wrong.append((method, path, deed.value, response.status_code))
    assert not wrong


def test_what_is_for_everyone_is_for_everyone(place: Place) -> None:
    for method, path in routes():
        if method == "GET" and deed_of(method, path) is None and path.startswith(("/", "/data", "/rounds")):
            asked = (*SIGNED_IN, *LISTED_FOR_EACH, "/submission", "/formList")
            if path in asked or path.startswith(("/v1/key/", "/v1/test/", "/v1/sessions")):
                continue
            response = ask(place, None, method, address_of(place, method, path))
            assert response.status_code in (200, 302, 304, 404), (path, response.status_code)
            assert SECRET not in response.text


@pytest.mark.parametrize("role", [role for role in ROLES if role != "coordinator"])
def test_no_other_role_reads_a_raw_answer(place: Place, role: str) -> None:
    for form_id in (FORM_ID, EXEC_FORM):
        for method, path in routes():
            if method != "GET" or path.startswith(("/v1/key/", "/v1/test/")):
                continue
            response = ask(place, role, "GET", address_of(place, "GET", path, form_id=form_id, form=form_id))
            assert SECRET.encode() not in response.content, (role, path)


def test_the_coordinator_reads_them(place: Place) -> None:
    for path in (f"{FORM}/submissions{ONE}.xml", f"{FORM}/submissions.csv", f"{DESK}/submissions/{{seq}}"):
        assert SECRET in ask(place, "coordinator", "GET", address_of(place, "GET", path)).text, path


def test_the_organisers_staff_sees_nothing_on_itself_whatever_else_they_are(place: Place) -> None:
    role, store = "organiser+coordinator", place.here.store
    office = store.submissions.get(1, EXEC_FORM, "uuid:office")
    own = {"form_id": EXEC_FORM, "form": EXEC_FORM, "instance_id": "uuid:office", "version_id": "uuid:office",
           "seq": str(office.seq), "name": "photo.jpg"}  # fmt: skip
    for method, path in routes():
        deed = deed_of(method, path)
        if deed not in OF_ANSWERS:
            continue
        if "{form_id}" not in path and "{seq" not in path:
            continue
        if path.startswith(f"{FORM}/submissions") and method in ("POST", "PUT") and "attach" not in path:
            continue  # asked below, with an instance
        response = ask(place, role, method, address_of(place, method, path, **own))
        assert response.status_code == 403, (method, path, response.status_code)
    listed = ask(place, role, "GET", "/desk/1/submissions").text
    assert f'/submissions/{office.seq}"' not in listed
    assert f'/submissions/{office.seq}"' in ask(place, "coordinator", "GET", "/desk/1/submissions").text
    with place.program(role) as program:
        xml = an_instance(place.form, {}, instance_id="uuid:organisers").replace(b'id="well"', b'id="office"')
        address = f"/v1/projects/1/forms/{EXEC_FORM}/submissions"
        assert program.post(address, content=xml).status_code == 403
        edit = xml.replace(b"</meta>", b"<deprecatedID>uuid:office</deprecatedID></meta>")
        assert program.put(f"{address}/uuid:office", content=edit).status_code == 403
        assert program.post(f"{address}/uuid:office/comments", json={"body": "x"}).status_code == 403
        all_of_it = {"reviewState": "void", "reason": "weg", "formId": EXEC_FORM}
        assert program.post("/v1/projects/1/submissions/review", json=all_of_it).json() == {"count": 0}
    assert store.submissions.get(1, EXEC_FORM, "uuid:office").state != "void"


def test_a_role_in_one_project_opens_nothing_in_another(place: Place) -> None:
    store = place.here.store
    other = store.write(lambda tx: store.projects.create(tx, name="Башка аймак", now=now()))
    for role in ROLES:
        if role == "administrator":  # of the whole server
            continue
        for method, path in routes():
            if deed_of(method, path) is None or path.startswith(CLASSIC):
                continue
            address = address_of(place, method, path, project_id=str(other))
            response = ask(place, role, method, address)
            assert response.status_code in (403, 404), (role, method, path, response.status_code)
    for phone_path in ("formList", "submission", f"forms/{FORM_ID}.xml"):
        way = place.phone.server_url.replace("/projects/1", f"/projects/{other}")
        assert httpx.get(f"{way}/{phone_path}").status_code == 403


def test_a_round_or_phone_of_one_project_is_not_found_from_another(place: Place) -> None:
    store = place.here.store
    other = store.write(lambda tx: store.projects.create(tx, name="Үчүнчү аймак", now=now()))
    with place.program("administrator") as program:
        for path in (f"rounds/{PUBLISHED}", f"app-users/{place.parts['id']}/settings", f"forms/{FORM_ID}"):
            assert program.get(f"/v1/projects/{other}/{path}").status_code in (403, 404), path


def test_a_revoked_phone_ends_at_once(place: Place) -> None:
    store = place.here.store
    user = add_app_user(store, 1, "Phone", now=now(), actor=None)
    with Phone(f"{place.address}/v1/key/{store.app_users.token(user)}/projects/1") as phone:
        xml = an_instance(place.form, {"stream": "C"}, instance_id="uuid:before-revoking")
        assert phone.form_list() and phone.send(xml).accepted
        revoke_app_user(store, 1, user.actor_id, now=now(), actor=None)
        assert phone.post(xml).status_code == 403
        with pytest.raises(Refused) as refused:
            phone.form_list()
        assert refused.value.status == 403 and refused.value.message
        assert "www-authenticate" not in phone.post(xml).headers  # it would ask for a password nobody has


def test_a_phones_token_opens_nothing_but_what_phones_need(place: Place) -> None:
    token = place.parts["token"]
    with httpx.Client(base_url=place.address, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/v1/projects").status_code == 401
        assert client.post("/internal/status", json={}).status_code == 403
    client = place.program(None)
    for method, path in routes():
        deed = deed_of(method, path)
        if deed is None or path.startswith("/desk") or "app_user" in ALLOWED[deed]:
            continue
        if method == "POST" and path.endswith("/attachments/{name}"):
            continue  # of what it sent itself
        response = client.request(method, f"{address_of(place, method, path)}?st={token}")
        assert response.status_code == 403, (method, path, response.status_code)
    client.close()
