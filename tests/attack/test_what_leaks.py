"""What nobody outside may learn: not from the log, not from a refusal, not from what is public.

- Tokens, passwords, answers, names and positions stand in no line of the log, whatever went wrong.
- Nor in the body of a refusal, beyond what its sender wrote in that very request.
- Nor in any public page, file or answer: there are scores and counts, and nothing of a citizen's.
- A reply tells neither the program's versions nor its places on the disk.
"""

from __future__ import annotations

import re

import httpx
import pytest

from analytics.load import set_aside_records
from server.actions.accounts import add_account
from tests.attack.conftest import OPEN, POSITION, PUBLISHED, SECRET, Place
from tests.attack.sockets import send_raw
from tests.attack.test_every_route_and_role import address_of, deed_of, routes
from tests.make import an_instance
from tests.phone import multipart
from tests.server.conftest import now

pytestmark = pytest.mark.attack

DEVICE = "collect:deviceQ7R8S9"
NAME = "Асан Кулубай уулу"
WRONG = "wrong password 88172"


def go_wrong(place: Place) -> None:
    """Everything that can be refused, with something secret in it."""
    phone, form = place.phone, place.form
    phone.device_id = DEVICE
    secret = {"stream": "C", "object": "o2", "remark": SECRET, "place": POSITION, "liters": ""}
    values = {name: value for name, value in secret.items() if name != "liters"}
    xml = an_instance(form, values, instance_id="uuid:leak")
    assert phone.post(xml).status_code == 201
    assert phone.post(an_instance(form, {**values, "taste": "3"}, instance_id="uuid:leak")).status_code == 409
    assert phone.post(xml[:-30]).status_code == 400
    assert phone.post(xml.replace(b'id="well"', b'id="none"')).status_code == 404
    odd = an_instance(form, {**values, "taste": SECRET, "visit": SECRET, "place": f"{SECRET} 1 2"})
    assert phone.post(odd.replace(b"000001<", b"00leak<")).status_code == 201
    body, kind = multipart(xml, {f"{SECRET}.jpg": b"x"})
    assert phone.post_raw(body[:-50], kind).status_code == 400
    for client in (place.program("coordinator"), place.program("administrator")):
        client.post("/v1/sessions", json={"email": f"{NAME}@example.org", "password": WRONG})
        client.post("/v1/projects/1/app-users", json={"displayName": NAME})
        client.get("/v1/projects/1/formList", params={"st": place.parts["token"]})
        client.get(f"/v1/projects/1/forms/{SECRET}")
        client.get(f"//v1/key/{place.parts['token']}/projects/1/formList")
        client.get(f"/v1/key/{place.parts['token']}x/projects/1/formList")
        client.get(f"/v1/test/{place.parts['token']}/projects/1/formList")
        client.request("DELETE", f"/v1/sessions/{'s' * 64}", headers={"Authorization": "Bearer nobody"})
        client.post("/internal/none", content=SECRET.encode())
        client.post("/v1/projects/1/forms", content=f"<{SECRET}>".encode())
        client.close()
    with place.browser("coordinator") as browser:
        fields = {"__csrf": place.csrf["coordinator"], "reason": SECRET, "name": NAME}
        browser.post(f"/desk/1/submissions/{place.parts['seq']}/review", data=fields)
        browser.get("/desk/1/submissions", params={"form": NAME})
    add_account(
        place.here.store, "named@example.org", WRONG * 2, (), now=now(), actor=None, display_name=NAME
    )
    assert place.here.context.loader.caught_up()


def test_nothing_secret_stands_in_the_log(place: Place) -> None:
    go_wrong(place)
    lines = "\n".join(place.log)
    assert "baikoo.access" in lines and "/v1/key/…" in lines, "nothing was logged"
    secrets = {
        "a phone's token": place.parts["token"],
        "an answer": SECRET,
        "an answer in an address": "%D0%90%D0%B9%D1%8B%D0%BB%D0%B4%D1%8B%D0%BD",
        "a position": POSITION.split()[0],
        "a device": DEVICE.split(":")[1],
        "a name": NAME.split()[0],
        "a password": "88172",
        "an ended session": "s" * 64,
        "the key of the server": place.here.store.secret.hex(),
        "what an attacker wrote": "<script>",
        "the token of the command line": place.here.context.internal_token or "?",
    }
    secrets |= {f"the session of the {role}": token for role, token in place.tokens.items()}
    secrets |= {f"the form key of the {role}": token for role, token in place.csrf.items()}
    # the route of a form by its name is the one place where what was asked for stands in the log
    allowed = [line for line in place.log if "/v1/projects/1/forms/%D0" in line]
    for what, secret in secrets.items():
        found = [line for line in place.log if secret in line and line not in allowed]
        assert not found, f"{what} stands in the log: {found[0][:200]}"
    assert not any("\n" in line and line.startswith("baikoo.access") for line in place.log)


def test_what_could_not_be_loaded_is_told_without_its_answers(place: Place) -> None:
    with place.here.context.warehouse.read() as db:
        for one in set_aside_records(db):
            assert SECRET not in one.reason and POSITION.split()[0] not in one.reason


def test_a_refusal_tells_nothing_of_others(place: Place) -> None:
    token = place.parts["token"]
    known = (SECRET, NAME, POSITION.split()[0], "Traceback", "sqlalchemy", "duckdb", "/site-packages/", ".py")
    inside = str(place.here.context.settings.data)
    for method, path in routes():
        for client in (
            httpx.Client(base_url=place.address, timeout=60, verify=False),
            place.program("member"),
        ):
            if path == "/ledger/verify_ledger.py" or path.startswith(("/v1/sessions", "/desk/sign-out")):
                continue
            response = client.request(method, address_of(place, method, path, session="none", seq="7"))
            client.close()
            if response.status_code < 400:
                continue
            for secret in (*known, inside, token):
                assert secret not in response.text, (method, path, secret)


def test_nothing_of_a_citizen_is_public(place: Place) -> None:
    asked = 0
    secrets = (
        SECRET,
        "slip-",
        POSITION.split()[0],
        POSITION.split()[1],
        "uuid:1",
        place.parts["token"],
        "7391",
    )
    addresses = [
        address_of(place, "GET", path)
        for method, path in routes()
        if method == "GET" and deed_of(method, path) is None and not path.startswith(("/v1/key/", "/desk"))
    ]
    addresses += [f"/rounds/{OPEN}", f"/v1/rounds/{OPEN}", f"/v1/rounds/{PUBLISHED}/objects/o1"]
    for file in place.here.store.rounds.files(PUBLISHED):
        addresses.append(f"/data/{PUBLISHED}/{file.name}")
    for address in addresses:
        response = httpx.get(f"{place.address}{address}", follow_redirects=True)
        asked += response.status_code == 200
        for secret in secrets:
            assert secret not in response.text, (address, secret)
        assert not re.search(r"\b42\.1234\b", response.text)
    assert asked > 20


def test_frozen_tables_are_no_public_files(place: Place) -> None:
    """Among the files of a round, the release alone is for everyone."""
    for file in place.here.store.rounds.files(PUBLISHED):
        response = httpx.get(f"{place.address}/data/{PUBLISHED}/{file.name}")
        release = {each.name for each in place.here.store.rounds.files(PUBLISHED) if each.kind == "release"}
        assert (response.status_code == 200) == (file.name in release)


def test_an_open_round_tells_counts_and_no_score(place: Place) -> None:
    for role in ("administrator", "coordinator", "organiser", "deputy", None):
        with place.program(role) as program, place.browser(role) as browser:
            for address in (
                f"/v1/rounds/{OPEN}",
                f"/v1/rounds/{OPEN}/objects/o2",
                f"/v1/rounds/{OPEN}/method",
            ):
                assert program.get(address).status_code == 404
            assert browser.get(f"/rounds/{OPEN}/objects/o2").status_code == 404
            assert browser.get(f"/data/{OPEN}").status_code == 404


def test_replies_do_not_tell_what_they_are_made_with(place: Place) -> None:
    for address in ("/", "/none", "/v1/none", "/healthz", "/desk/sign-in", "/v1/projects/1/formList"):
        headers = str(httpx.get(f"{place.address}{address}").headers).lower()
        for word in ("uvicorn", "starlette", "python", "x-powered-by", "server:"):
            assert word not in headers.replace("'server'", "server:"), (address, word)
    said = send_raw(place.address, b"GARBAGE\r\n\r\n").lower()
    assert b"uvicorn" not in said and b"python" not in said


def test_names_of_others_are_for_those_who_work_with_them(place: Place) -> None:
    """Names of phones and accounts are no secret of the desk, and no one else's business."""
    for address in ("/", f"/rounds/{PUBLISHED}", "/v1/rounds", "/readyz", "/metrics"):
        assert "@example.org" not in httpx.get(f"{place.address}{address}").text
    with place.program("member") as program:
        assert program.get("/v1/projects/1/app-users").status_code == 403
