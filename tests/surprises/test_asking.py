"""What real phones do over HTTP that naive servers get wrong: statuses, headers, signing in.

Each test names the surprise (protocol.md 19) and the source it was read in.
C is getodk/collect, CB getodk/central-backend.
"""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import urlsplit

import httpx
import pytest

from server.actions.accounts import add_account, allow_digest
from tests.attack.sockets import send_raw, status_of
from tests.make import an_instance
from tests.phone import message_of, multipart
from tests.server.conftest import PASSWORD, now

HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def member(server, schema) -> tuple[str, str]:
    """(e-mail, password) of a member whose phone may answer Digest."""
    account = add_account(
        server.store, "phone@example.org", PASSWORD, (("member", 1),), now=now(), actor=None
    )
    allow_digest(server.store, account.actor_id, True, now=now(), actor=None)
    server.store.write(lambda tx: server.store.digests.keep(tx, account.actor_id, PASSWORD))
    return "phone@example.org", PASSWORD


def test_01_a_submission_is_201_and_never_200(phone, schema, fresh) -> None:
    """Surprise 1: 200 on POST is shown as a failure (C: OpenRosaServerInstanceUploader.kt)."""
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh)
    assert [phone.post(xml).status_code, phone.post(xml).status_code] == [201, 201]
    assert phone.post(xml, {"a.jpg": b"photo"}).status_code == 201


def test_02_head_is_exactly_204_without_a_body(phone, server) -> None:
    """Surprise 2: 200 on HEAD stops the upload (C: OpenRosaServerInstanceUploader.kt)."""
    for url in (f"{phone.server_url}/submission", f"{phone.server_url}/submission?deviceID=collect%3Aa"):
        where = urlsplit(url)
        line = f"HEAD {where.path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        said = send_raw(server.address, line.encode())
        assert status_of(said) == 204 and said.endswith(b"\r\n\r\n")
        assert phone.client.head(url).headers.get("content-length", "0") == "0"


def test_03_lists_say_openrosa_and_text_xml_refusals_too(phone, server, schema) -> None:
    """Surprise 3: without X-OpenRosa-Version or text/xml a form list is unusable.

    (C: OpenRosaXmlFetcher.java, OkHttpConnection.java)
    """
    gone = phone.server_url.replace("/v1/key/", "/v1/key/x")
    for url in (
        f"{phone.server_url}/formList",
        f"{gone}/formList",
        f"{phone.server_url}/forms/none/manifest",
        f"{phone.server_url}/none",
        f"{server.address}/v1/key/",
        f"{server.address}/formList",
    ):
        headers = phone.client.get(url).headers
        assert headers["x-openrosa-version"] == "1.0", url
        assert headers["content-type"] == "text/xml; charset=utf-8", url


def test_04_the_clock_of_a_phone_is_nobodys_business(phone, schema, fresh) -> None:
    """Surprise 4: Date is wrong for half of the day, and was in other languages.

    (central-backend#125, PR#129; C: OkHttpOpenRosaServerClientProvider.java)
    """
    body, kind = multipart(an_instance(schema, {}, instance_id=fresh), {})
    for date in ("Tue, 24 Nov 2026 03:04:05 GMT", "шс, 24 ноя 2026 03:04:05 GMT", "yesterday", ""):
        headers = [(b"Date", date.encode()), (b"Content-Type", kind.encode())]
        assert phone.client.get(f"{phone.server_url}/formList", headers=headers[:1]).status_code == 200
        reply = phone.client.post(f"{phone.server_url}/submission", content=body, headers=headers)
        assert reply.status_code == 201, date


def test_10_digest_stands_alone_over_http_and_basic_is_first_over_https(server, member) -> None:
    """Surprise 10: Basic is refused on http; two schemes in one header break; only the first is tried.

    (C: OkHttpOpenRosaServerClientProvider.java; okhttp-digest)
    """
    plain = httpx.get(f"{server.address}/v1/projects/1/formList")
    assert plain.status_code == 401
    offered = plain.headers.get_list("www-authenticate", split_commas=False)
    assert len(offered) == 1 and offered[0].startswith("Digest ")
    safe = httpx.get(f"{server.address}/v1/projects/1/formList", headers=HTTPS)
    offered = safe.headers.get_list("www-authenticate", split_commas=False)
    assert [each.split(" ")[0] for each in offered] == ["Basic", "Digest"]
    assert httpx.get(f"{server.address}/v1/projects/1/formList", auth=member).status_code == 401
    https = httpx.get(f"{server.address}/v1/projects/1/formList", auth=member, headers=HTTPS)
    assert https.status_code == 200


def test_11_an_unknown_token_is_403_and_nothing_asks_for_a_password(phone, server) -> None:
    """Surprise 11: a 401 would make Collect ask for a password nobody has (CB: lib/http/preprocessors.js)."""
    for token, status in (("a" * 64, 403), ("short", 401)):
        for method, path in (("GET", "formList"), ("HEAD", "submission"), ("POST", "submission")):
            reply = httpx.request(method, f"{server.address}/v1/key/{token}/projects/1/{path}")
            assert reply.status_code == status, (token, path)
            assert "www-authenticate" not in reply.headers


def test_10_every_account_signs_in_as_collect_does_it(server, member) -> None:
    """Surprise 10: Collect answers the first challenge it knows and tries no other.

    (C: OkHttpOpenRosaServerClientProvider.java; okhttp-digest, DispatchingAuthenticator.java)
    """
    plain = add_account(server.store, "plain@example.org", PASSWORD, (("member", 1),), now=now(), actor=None)
    url = f"{server.address}/v1/projects/1/formList?deviceID=collect%3Aa"
    for (email, password), digest in ((member, True), ((plain.email, PASSWORD), False)):
        for scheme, headers in (("https", HTTPS), ("http", {})):
            asked = httpx.get(url, headers=headers)
            offered = asked.headers.get_list("www-authenticate")
            first = next(line for line in offered if scheme == "https" or line.startswith("Digest "))
            auth = httpx.BasicAuth if first.startswith("Basic ") else httpx.DigestAuth
            reply = httpx.get(url, headers=headers, auth=auth(email, password))
            assert (reply.status_code == 200) == (digest or scheme == "https"), (email, scheme)


def test_10_enketo_answers_the_challenge_of_a_head_with_a_post(server, schema, member, fresh) -> None:
    """Surprise 10: its library reads all challenges as one line and takes the first word of it.

    (EN: communicator.js getAuthHeader, submission-controller.js; @cypress/request auth.js)
    """
    body, kind = multipart(an_instance(schema, {}, instance_id=fresh), {})
    path = "/v1/projects/1/submission"
    for headers in ({}, HTTPS):
        head = httpx.head(f"{server.address}{path}", headers=headers)
        assert head.status_code == 401
        line = ", ".join(head.headers.get_list("www-authenticate"))
        if line.lower().startswith("basic"):
            given = "Basic " + base64.b64encode(":".join(member).encode()).decode()
        else:
            told = {
                name: quoted or bare
                for name, quoted, bare in re.findall(r'([a-z0-9_-]+)=(?:"([^"]+)"|([a-z0-9_-]+))', line, re.I)
            }
            md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731 - as in RFC 7616
            ha1 = md5(f"{member[0]}:{told['realm']}:{member[1]}")
            cnonce = "a" * 32
            answer = md5(f"{ha1}:{told['nonce']}:00000001:{cnonce}:auth:{md5(f'POST:{path}')}")
            given = (
                f'Digest username="{member[0]}", realm="{told["realm"]}", nonce="{told["nonce"]}", '
                f'uri="{path}", qop=auth, response="{answer}", nc=00000001, cnonce="{cnonce}", algorithm=MD5'
            )
        sent = {"Authorization": given, "Content-Type": kind, **headers}
        assert httpx.post(f"{server.address}{path}", content=body, headers=sent).status_code == 201


def test_12_a_digest_covers_the_address_as_it_was_sent(server, member) -> None:
    """Surprise 12: its uri contains deviceID=collect%3A… (C + okhttp-digest)."""
    url = f"{server.address}/v1/projects/1/formList?deviceID=collect%3Aab12CD34ef56GH78"
    auth = httpx.DigestAuth(*member)
    with httpx.Client(auth=auth) as client:
        assert client.get(url).status_code == 200
        assert client.get(url).status_code == 200  # nc counts up, with the nonce it has
    realm, uri, nonce, cnonce = "Baikoo", "/v1/projects/1/formList?deviceID=collect%3Ax", "", "0a4f113b"
    nonce = re.search(r'nonce="([^"]+)"', httpx.get(url).headers["www-authenticate"])[1]
    md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731 - as in RFC 7616
    ha1, ha2 = md5(f"{member[0]}:{realm}:{member[1]}"), md5(f"GET:{uri.replace('%3A', ':')}")
    response = md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}")  # over the decoded address: a lie
    given = (
        f'Digest username="{member[0]}", realm="{realm}", nonce="{nonce}", uri="{uri.replace("%3A", ":")}", '
        f'qop=auth, nc=00000001, cnonce="{cnonce}", response="{response}"'
    )
    assert httpx.get(f"{server.address}{uri}", headers={"Authorization": given}).status_code == 401


def test_13_the_same_post_twice_at_once_is_one_submission(server, phone, schema, fresh) -> None:
    """Surprise 13: lost replies and dead connections repeat a POST (square/okhttp; InstanceSubmitter.kt)."""
    from concurrent.futures import ThreadPoolExecutor

    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh)
    body, kind = multipart(xml, {"a.jpg": b"photo"})
    with ThreadPoolExecutor(4) as crowd:
        url = f"{phone.server_url}/submission"
        sent = [crowd.submit(httpx.post, url, content=body, headers={"Content-Type": kind}) for _ in range(8)]
        assert {each.result().status_code for each in sent} == {201}
    submission = server.store.submissions.get(1, "well_visit", fresh)
    assert len(server.store.submissions.versions(submission.root_seq)) == 1


def test_22_head_moves_nobody_elsewhere(phone) -> None:
    """Surprise 22: Location on HEAD moves the POST, in clear where its scheme is wrong (C; collect#1577)."""
    for headers in ({}, HTTPS, {**HTTPS, "X-Forwarded-Host": "elsewhere.example"}):
        reply = phone.client.head(f"{phone.server_url}/submission", headers=headers)
        assert reply.status_code == 204 and "location" not in reply.headers


def test_44_a_device_id_stands_on_every_address(phone, server, schema, manager) -> None:
    """Surprise 44: deviceID on every URL defeats strict query validation (C: OpenRosaClient.kt)."""
    for path in ("formList", "forms/well_visit.xml", "submission", "formList?formID=well_visit&verbose=true"):
        sign = "&" if "?" in path else "?"
        reply = phone.client.get(f"{phone.server_url}/{path}{sign}deviceID=collect%3Aab&x=%00%ff")
        assert reply.status_code in (200, 204), path
    way = "/v1/projects/1/forms/well_visit"
    for path in (f"{way}.svc", f"{way}.svc/Submissions", f"{way}/submissions", f"{way}/submissions.csv"):
        assert manager.get(path, params={"deviceID": "collect:ab"}).status_code == 200, path


@pytest.mark.parametrize("way", ["key", "account", "classic"])
def test_refusals_before_the_openrosa_layer_speak_openrosa(server, phone, way) -> None:
    """Section 21: Central's refusals before its OpenRosa layer lack the version; ours have it everywhere."""
    root = {"key": phone.server_url, "account": f"{server.address}/v1/projects/1", "classic": server.address}
    for method, path in (("PUT", "formList"), ("DELETE", "submission"), ("POST", "formList")):
        reply = httpx.request(method, f"{root[way]}/{path}")
        assert 400 <= reply.status_code < 500 and reply.headers["x-openrosa-version"] == "1.0"
        assert message_of(reply)
    where = urlsplit(f"{root[way]}/submission")
    for wrong in (
        f"POST {where.path} HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "GARBAGE\r\n\r\n",
    ):
        said = send_raw(server.address, wrong.encode(), timeout_s=2)
        assert status_of(said) == 400 and b"x-openrosa-version: 1.0" in said.lower()
