"""A name and a password, as phones send them: Digest on plain http, Basic on https alone.

- The check vector of RFC 2617 comes out; with qop=auth and without, MD5 and MD5-sess.
- Each challenge has its own header line; Basic is offered and taken on https alone, and there comes first.
- Digest is for the accounts that may use it, on the addresses that phones ask, and for nothing else.
- What was overheard cannot be sent again, nor elsewhere: nc, uri with its deviceID, method.
- An old nonce is answered with stale=true and a new one, and the phone needs nobody's help.
- Guessing is slowed down; a new password, or the end of the account, ends it.
- At rest HA1 is worth nothing without secret.key.
- A page of another site changes nothing with a password that a browser remembers.
"""

from __future__ import annotations

import re
import time

import httpx
import pytest
from sqlalchemy import select

from server.actions.accounts import add_account, allow_digest, disable_account, set_password
from server.routes.digest import Answer, Nonces, md5, nonces, read_answer
from server.store.digests import REALM, ha1_of
from server.store.tables import account as account_table
from tests.make import an_instance
from tests.server.conftest import PASSWORD, RunningHere, now
from tests.server.forms import WELL

DEVICE = "deviceID=collect%3AAbCdEfGhIjKlMnOp"
HTTPS = {"X-Forwarded-Proto": "https"}


def a_collector(server: RunningHere, *, digest: bool = True) -> tuple[str, int]:
    email = f"digest{len(server.store.accounts.all())}@example.org"
    made = add_account(
        server.store, email, PASSWORD, (("member", 1),), now=now(), actor=None, may_use_digest=digest
    )
    return email, made.actor_id


def nonce_of(response: httpx.Response) -> str:
    line = response.headers.get_list("www-authenticate")[0]
    found = re.search(r'nonce="([^"]+)"', line)
    assert found is not None and line.startswith("Digest ")
    return found[1]


def header(
    email: str,
    nonce: str,
    uri: str,
    *,
    method: str = "GET",
    nc: str = "00000001",
    qop: str = "auth",
    algorithm: str = "MD5",
    password: str = PASSWORD,
) -> dict[str, str]:
    answer = Answer(email, nonce, uri, "", algorithm, qop, nc if qop else "", "c0ffee" if qop else "")
    response = answer.response_for(method, ha1_of(email, REALM, password))
    told = f'Digest username="{email}", realm="{REALM}", nonce="{nonce}", uri="{uri}", response="{response}"'
    told += f", algorithm={algorithm}"
    if qop:
        told += f', qop={qop}, nc={nc}, cnonce="c0ffee"'
    return {"Authorization": told}


@pytest.fixture(scope="module")
def client(server: RunningHere) -> httpx.Client:
    server.publish(WELL)
    made = httpx.Client(base_url=server.address, timeout=60)
    server.programs.append(made)
    return made


def test_the_check_vector_comes_out() -> None:
    told = (
        'username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", '
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    answer = read_answer(told, "testrealm@host.com")
    assert answer is not None
    ha1 = ha1_of("Mufasa", "testrealm@host.com", "Circle Of Life")
    assert answer.response_for("GET", ha1) == answer.response == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize(
    "told",
    [
        ",", "username", 'username=""', 'realm="Baikoo", nonce="n", uri="/", response="r"',
        'username="a", realm="Other", nonce="n", uri="/", response="r"',
        'username="a", realm="Baikoo", nonce="n", uri="/", response="r", algorithm=SHA-256',
        'username="a", realm="Baikoo", nonce="n", uri="/", response="r", qop=auth-int, nc=1, cnonce="c"',
        'username="a", realm="Baikoo", nonce="n", uri="/", response="r", qop=auth, nc=1, cnonce="c"',
        'username="a", realm="Baikoo", nonce="n", uri="/", response="r", qop=auth, nc=00000001',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_asked_for_anew(client: httpx.Client, told: str) -> None:
    assert read_answer(told) is None
    reply = client.get("/formList", headers={"Authorization": f"Digest {told}"})
    assert reply.status_code == 401 and nonce_of(reply)


def test_each_challenge_has_its_own_line_and_the_one_for_all_comes_first(client: httpx.Client) -> None:
    for path in (
        "/formList",
        "/submission",
        "/v1/projects/1/formList",
        "/v1/projects/1/forms/well_visit.xml",
    ):
        plain = client.get(path).headers.get_list("www-authenticate")
        secure = client.get(path, headers=HTTPS).headers.get_list("www-authenticate")
        assert [line.split()[0] for line in plain] == ["Digest"], path
        assert [line.split()[0] for line in secure] == ["Basic", "Digest"], path
    for path in ("/v1/projects/1", "/v1/users", "/v1/users/current", "/v1/projects/1/forms"):
        assert "www-authenticate" not in client.get(path, headers=HTTPS).headers, path


def test_a_phone_fetches_and_sends_over_plain_http(server: RunningHere, client: httpx.Client) -> None:
    email, actor_id = a_collector(server)
    schema = server.store.forms.get(1, "well_visit").current.schema
    auth = httpx.DigestAuth(email, PASSWORD)
    for prefix in ("", "/v1/projects/1"):
        assert client.get(f"{prefix}/formList?{DEVICE}", auth=auth).status_code == 200
        assert client.head(f"{prefix}/submission?{DEVICE}", auth=auth).status_code == 204
        xml = an_instance(schema, {}, instance_id=f"uuid:digest{len(prefix)}")
        files = {"xml_submission_file": ("a.xml", xml, "text/xml")}
        reply = client.post(f"{prefix}/submission?{DEVICE}", auth=auth, files=files)
        assert reply.status_code == 201, reply.text
    assert client.get("/v1/projects/1/forms/well_visit.xml", auth=auth).status_code == 200
    assert server.store.submissions.get(1, "well_visit", "uuid:digest0").submitter == actor_id


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess"])
@pytest.mark.parametrize("qop", ["auth", ""])
def test_every_way_of_answering(server: RunningHere, client: httpx.Client, qop: str, algorithm: str) -> None:
    if algorithm == "MD5-sess" and not qop:
        return  # it needs a cnonce, which only comes with qop
    email, _ = a_collector(server)
    nonce = nonce_of(client.get("/formList"))
    given = header(email, nonce, "/formList", qop=qop, algorithm=algorithm)
    assert client.get("/formList", headers=given).status_code == 200


def test_what_was_overheard_is_worth_nothing(server: RunningHere, client: httpx.Client) -> None:
    email, _ = a_collector(server)
    target = f"/formList?{DEVICE}"
    nonce = nonce_of(client.get(target))
    given = header(email, nonce, target)
    assert client.get(target, headers=given).status_code == 200
    again = client.get(target, headers=given)
    assert again.status_code == 401
    assert "stale=true" in again.headers.get_list("www-authenticate")[0] and nonce_of(again) != nonce
    # out of order is no replay: a phone asks several things at a time
    assert client.get(target, headers=header(email, nonce, target, nc="00000003")).status_code == 200
    assert client.get(target, headers=header(email, nonce, target, nc="00000002")).status_code == 200
    for elsewhere in ("/formList", "/formList?deviceID=collect:AbCdEfGhIjKlMnOp", f"/submission?{DEVICE}"):
        moved = client.get(elsewhere, headers=header(email, nonce, target, nc="00000009"))
        assert moved.status_code == 401 and "stale" not in str(moved.headers), elsewhere
    as_head = client.head("/submission", headers=header(email, nonce, "/submission", nc="0000000a"))
    assert as_head.status_code == 401
    without_qop = header(email, nonce, target, qop="")
    assert [client.get(target, headers=without_qop).status_code for _ in range(2)] == [200, 401]


def test_the_address_may_be_written_in_full(server: RunningHere, client: httpx.Client) -> None:
    email, _ = a_collector(server)
    uri = f"{server.address}/formList?{DEVICE}"
    nonce = nonce_of(client.get("/formList"))
    assert client.get(f"/formList?{DEVICE}", headers=header(email, nonce, uri)).status_code == 200


def test_an_old_nonce_is_replaced_without_asking_anybody(server: RunningHere, client: httpx.Client) -> None:
    email, _ = a_collector(server)
    secret, moment = server.store.secret, time.time()
    of_before = nonces.make(secret, nonces.began - 60)
    forged = nonces.make(b"another key" * 3, moment)
    for nonce in (of_before, forged, "nonsense"):
        reply = client.get("/formList", headers=header(email, nonce, "/formList"))
        assert reply.status_code == 401 and "stale=true" in reply.headers.get_list("www-authenticate")[0]
        fresh = header(email, nonce_of(reply), "/formList")
        assert client.get("/formList", headers=fresh).status_code == 200
    long_running = Nonces(began=moment - 10_000)
    assert long_running.is_fresh(secret, long_running.make(secret, moment - 290), moment)
    assert not long_running.is_fresh(secret, long_running.make(secret, moment - 310), moment)
    assert not long_running.is_fresh(secret, long_running.make(secret, moment + 60), moment)


def test_counts_of_old_nonces_are_forgotten() -> None:
    secret, moment = b"s" * 32, time.time()
    kept = Nonces()
    old, new = kept.make(secret, moment - 1000), kept.make(secret, moment)
    assert kept.count(old, 1, moment - 1000) and not kept.count(old, 1, moment - 1000)
    assert kept.count(new, 1, moment)
    assert not kept.is_known(old) and kept.is_known(new)


def test_digest_is_for_those_who_may_and_where_phones_ask(server: RunningHere, client: httpx.Client) -> None:
    email, actor_id = a_collector(server, digest=False)
    auth = httpx.DigestAuth(email, PASSWORD)
    assert client.get("/formList", auth=auth).status_code == 401
    allow_digest(server.store, actor_id, True, now=now(), actor=None)
    assert client.get("/formList", auth=auth).status_code == 401  # from the next password on
    set_password(server.store, actor_id, PASSWORD, now=now(), actor=None)
    assert client.get("/formList", auth=httpx.DigestAuth(email, PASSWORD)).status_code == 200
    nonce = nonce_of(client.get("/formList"))
    for path in ("/v1/projects/1/forms", "/v1/users/current", "/desk/1"):
        reply = client.get(path, headers=header(email, nonce, path))
        assert reply.status_code in (303, 401), path
    allow_digest(server.store, actor_id, False, now=now(), actor=None)
    assert client.get("/formList", auth=httpx.DigestAuth(email, PASSWORD)).status_code == 401


def test_it_ends_with_the_password_and_with_the_account(server: RunningHere, client: httpx.Client) -> None:
    email, actor_id = a_collector(server)
    assert client.get("/formList", auth=httpx.DigestAuth(email, PASSWORD)).status_code == 200
    set_password(server.store, actor_id, "another password", now=now(), actor=None)
    assert client.get("/formList", auth=httpx.DigestAuth(email, PASSWORD)).status_code == 401
    assert client.get("/formList", auth=httpx.DigestAuth(email, "another password")).status_code == 200
    disable_account(server.store, actor_id, now=now(), actor=None)
    assert client.get("/formList", auth=httpx.DigestAuth(email, "another password")).status_code == 401


def test_guessing_is_slowed_down(server: RunningHere, client: httpx.Client) -> None:
    email, _ = a_collector(server)
    nonce = nonce_of(client.get("/formList"))
    tried = [
        client.get("/formList", headers=header(email, nonce, "/formList", password=f"guess {n}")).status_code
        for n in range(12)
    ]
    assert tried[:10] == [401] * 10 and tried[10:] == [429] * 2
    fresh = nonce_of(client.get("/formList"))
    assert client.get("/formList", headers=header(email, fresh, "/formList")).status_code == 429


def test_at_rest_it_is_worth_nothing_without_the_key(server: RunningHere) -> None:
    email, actor_id = a_collector(server)
    with server.store.database.read() as connection:
        kept = connection.scalar(
            select(account_table.c.digest_ha1).where(account_table.c.actor_id == actor_id)
        )
    assert kept and ha1_of(email, REALM, PASSWORD) not in kept and md5(PASSWORD) not in kept
    found = server.store.digests.find(email)
    assert found is not None and found.ha1 == ha1_of(email, REALM, PASSWORD)


def test_basic_is_taken_on_https_alone_and_in_both_alphabets(
    server: RunningHere, client: httpx.Client
) -> None:
    email = "basic@example.org"
    password = "сыр сөз düster"
    add_account(server.store, email, password, (("member", 1),), now=now(), actor=None)
    plain = client.get("/v1/projects", auth=(email, password))
    assert plain.status_code == 401 and plain.json()["code"] == 401.3
    assert client.get("/v1/projects", auth=(email, password), headers=HTTPS).status_code == 200
    latin = "pässword latin"
    add_account(server.store, "latin@example.org", latin, (("member", 1),), now=now(), actor=None)
    nobody = client.get("/v1/projects", auth=("nobody\0@example.org", password), headers=HTTPS)
    assert nobody.status_code == 401
    raw = httpx.BasicAuth("latin@example.org".encode("latin-1"), latin.encode("latin-1"))
    assert client.get("/v1/projects", auth=raw, headers=HTTPS).status_code == 200


def test_another_site_changes_nothing_with_a_remembered_password(
    server: RunningHere, client: httpx.Client
) -> None:
    email = "remembered@example.org"
    add_account(server.store, email, PASSWORD, (("administrator", None),), now=now(), actor=None)
    auth, address = (email, PASSWORD), "/v1/projects/1/app-users"
    for more in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        reply = client.post(address, json={"displayName": "x"}, auth=auth, headers={**HTTPS, **more})
        assert reply.status_code == 403, more
    assert (
        client.get(address, auth=auth, headers={**HTTPS, "Origin": "https://evil.example"}).status_code == 200
    )
    own = {**HTTPS, "Origin": server.address.replace("http:", "https:"), "Sec-Fetch-Site": "same-origin"}
    assert client.post(address, json={"displayName": "x"}, auth=auth, headers=own).status_code == 200
    posted = client.post("/desk/1/app-users", data={"name": "x"}, auth=auth, headers=HTTPS)
    assert posted.status_code == 403  # the desk takes a form with the token of its own page alone
