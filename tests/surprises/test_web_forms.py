"""Enketo's and Kobo's habits, and those of programs and of other clients.

Each test names the surprise (protocol.md 19) or the section, and the source it was read in.
C is getodk/collect, CB getodk/central-backend, EN enketo/enketo, PO getodk/pyodk, BR getodk/briefcase.
"""

from __future__ import annotations

import base64
import csv
import io
from xml.etree import ElementTree

import httpx
import pytest

from forms.briefcase import wanted_instance
from server.store.refusals import SubmissionNotFound
from tests.encryptor import ENKETO, encrypted
from tests.make import a_form, an_instance
from tests.phone import LIST_NS, multipart
from tests.server.conftest import PASSWORD, now

HTTPS = {"X-Forwarded-Proto": "https"}
AUDITED = """
| survey |
| | type | name | label |
| | audit | audit | |
| | text | a | A |
| settings |
| | form_id | form_title | version |
| | audited | Audited | 1 |
"""


def test_28_an_encrypted_manifest_has_two_namespaces_and_any_root(server, phone, manager) -> None:
    """Surprise 28: `data`, whatever the form's root is named (C: EncryptionUtils.java; EN: encryptor.js)."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    from forms.encryption import written_public_key

    public = written_public_key(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
    form = server.publish(AUDITED.replace("audited", "sealed"))
    for number, more in enumerate(({}, {"namespace": ENKETO})):
        instance_id = f"uuid:sealed-{number}"
        xml = an_instance(form.schema, {"a": "secret", "audit": "audit.csv"}, instance_id=instance_id)
        media = {"audit.csv": b"event"}
        told = {"form_id": "sealed", "version": "1", "instance_id": instance_id, "media": media}
        manifest, files = encrypted(public, xml, **told, **more)
        assert phone.send(manifest, files).accepted
        kept = server.store.submissions.get(1, "sealed", instance_id)
        assert {file.name for file in server.store.submissions.files(kept.seq) if file.expected} == set(files)
    assert b"secret" not in manager.get("/v1/projects/1/forms/sealed/submissions.csv").content


def test_36_pyodk_writes_true_and_reads_every_key(server, phone, schema, fresh, manager, designer) -> None:
    """Surprise 36: True, null keys present, no null submitterId, no key `attachments` (PO)."""
    reply = designer.post(
        "/v1/projects/1/forms?ignoreWarnings=True&publish=True",
        content=a_form(AUDITED.replace("audited", "python")).xform.xml,
        headers={"Content-Type": "application/xml"},
    )
    assert reply.status_code == 200 and reply.json()["publishedAt"], reply.text
    for key in ("enketoId", "keyId", "updatedAt", "publishedAt", "hash", "state", "name", "version"):
        assert key in reply.json()
    sent = manager.post(
        "/v1/projects/1/forms/well_visit/submissions?deviceID=x",
        content=an_instance(schema, {}, instance_id=fresh),
    )
    assert sent.status_code == 200 and "attachments" not in sent.json()
    assert isinstance(sent.json()["submitterId"], int)
    assert isinstance(
        manager.get("/v1/projects/1/forms/well_visit/submissions").json()[0]["submitterId"], int
    )


def test_37_briefcase_writes_a_java_optional_into_its_key() -> None:
    """Surprise 37 (BR: SubmissionKeyGenerator.java)."""
    for version in ("Optional[2020]", "Optional.empty", "null", "'1'"):
        key = f"well[@version={version} and @uiVersion=null]/data[@key=uuid:1]"
        assert wanted_instance(key) == ("well", "uuid:1")


def test_39_audit_files_are_ragged(server, phone, manager) -> None:
    """Surprise 39: BOM, ragged rows, stray quotes (CB test "tolerate differences in line lengths")."""
    form = server.publish(AUDITED)
    log = '﻿event,node,start,end\r\nquestion,/data/a,1,2,extra,more\r\n"form, start\r\njump\r\n'
    xml = an_instance(form.schema, {"a": "x", "audit": "audit.csv"}, instance_id="uuid:ragged")
    assert phone.send(xml, {"audit.csv": log.encode()}).accepted
    import zipfile

    packed = manager.get("/v1/projects/1/forms/audited/submissions.csv.zip")
    assert packed.status_code == 200
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        [name] = [name for name in archive.namelist() if name.endswith("audit.csv") and "media" not in name]
        rows = [*csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))]
    assert rows[0][:3] == ["instance ID", "event", "node"] and any("/data/a" in row for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "inline"),
    [
        ("a.jpg", b"\xff\xd8", True),
        ("page.html", b"<script>alert(1)</script>", False),
        ("picture.svg", b"<svg onload='x'/>", False),
        ("photo.jpg.html", b"x", False),
    ],
)
def test_41_a_file_is_shown_only_where_it_is_a_known_picture(
    server, phone, schema, fresh, manager, name, content, inline
) -> None:
    """Surprise 41: types are guesses of the client (CB test "content-disposition inline")."""
    assert phone.send(an_instance(schema, {"photo": name}, instance_id=fresh), {name: content}).accepted
    reply = manager.get(f"/v1/projects/1/forms/well_visit/submissions/{fresh}/attachments/{name}")
    assert reply.headers["content-disposition"].startswith("inline" if inline else "attachment")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_enketo_takes_the_first_entry_with_its_form_id(server, phone, schema, manager) -> None:
    """Section 18: ?formID= and the first entry with an equal formID (EN: communicator.js)."""
    server.publish(AUDITED.replace("audited", "well_visit_2"))
    for way in (f"{phone.server_url}/formList", f"{server.address}/v1/projects/1/formList"):
        reply = manager.get(way, params={"formID": "well_visit"})
        found = [each.findtext(f"{LIST_NS}formID") for each in ElementTree.fromstring(reply.content)]
        assert found == ["well_visit"]
        assert manager.head(way).status_code == 200  # how it finds out whether a login is needed


def test_enketo_sends_a_csrf_part_and_its_own_headers(server, phone, schema, fresh, files) -> None:
    """Section 18: a text part __csrf, X-OpenRosa-Instance-Id, -Deprecated-Id, User-Agent Enketo/…"""
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh)
    body, kind = multipart(xml, {"a.jpg": b"photo"})
    extra = b'Content-Disposition: form-data; name="__csrf"\r\n\r\ntoken\r\n'
    boundary = kind.partition("boundary=")[2].encode()
    body = b"--" + boundary + b"\r\n" + extra + body
    headers = {"X-OpenRosa-Instance-Id": fresh, "X-OpenRosa-Deprecated-Id": "", "User-Agent": "Enketo/7.6.4"}
    assert phone.post_raw(body, kind, **headers).status_code == 201
    assert files(fresh) == {"a.jpg": b"photo"}
    kept = server.store.submissions.get(1, "well_visit", fresh)
    assert kept.user_agent == "Enketo/7.6.4"


def test_web_forms_are_known_by_their_own_header(server, phone, schema, fresh) -> None:
    """Section 1.2: ODK-Client stands before the user agent, which is cut at 255 characters."""
    body, kind = multipart(an_instance(schema, {}, instance_id=fresh), {})
    headers = {"ODK-Client": "odk-web-forms/0.9", "User-Agent": "M" * 400}
    assert phone.post_raw(body, kind, **headers).status_code == 201
    agent = server.store.submissions.get(1, "well_visit", fresh).user_agent
    assert agent is not None and agent.startswith("odk-web-forms/0.9 MMM") and len(agent) == 255


def test_a_browser_sends_with_its_cookie_and_proves_its_page(server, schema, fresh) -> None:
    """Section 2.3: cookies are forwarded; a change needs __csrf or X-Requested-With."""
    program = server.program("manager")
    token = program.headers["Authorization"].split()[1]
    url = f"{server.address}/v1/projects/1/submission"
    cookie = {"Cookie": f"baikoo_session={token}"}
    assert httpx.head(url, headers=cookie).status_code == 204
    body, kind = multipart(an_instance(schema, {}, instance_id=fresh), {})
    given = {**cookie, "Content-Type": kind}
    assert httpx.post(url, content=body, headers=given).status_code in (401, 403)
    proved = {**given, "X-Requested-With": "XMLHttpRequest"}
    assert httpx.post(url, content=body, headers=proved).status_code == 201


def test_a_web_form_proves_its_page_by_a_part_of_the_body(server, schema, fresh) -> None:
    """Section 18: the cookie of a session, and __csrf as a text part (EN: connection.js)."""
    token = server.program("manager").headers["Authorization"].split()[1]
    session = server.store.sessions.find(token, now())
    assert session is not None
    body, kind = multipart(an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh), {"a.jpg": b"photo"})
    boundary = kind.partition("boundary=")[2].encode()

    def send(csrf: str, way: str) -> int:
        extra = b'Content-Disposition: form-data; name="__csrf"\r\n\r\n' + csrf.encode() + b"\r\n"
        headers = {"Cookie": f"baikoo_session={token}", "Content-Type": kind}
        content = b"--" + boundary + b"\r\n" + extra + body
        return httpx.post(f"{server.address}{way}", content=content, headers=headers).status_code

    for way in ("/v1/projects/1/submission", "/submission"):
        for wrong in ("", "guessed", session.csrf + "x"):
            assert send(wrong, way) == 403, (way, wrong)
    with pytest.raises(SubmissionNotFound):
        server.store.submissions.get(1, "well_visit", fresh)
    for way in ("/v1/projects/1/submission", "/submission"):
        assert send(session.csrf, way) == 201


def test_a_program_gives_its_api_token_as_the_name_of_basic(server) -> None:
    """Section 18: Basic with the API key as user name and an empty password, over https alone."""
    manager = server.program("manager")
    reply = manager.post("/v1/api-tokens", json={"name": "Enketo", "scope": "read"})
    token = reply.json()["token"]
    basic = base64.b64encode(f"{token}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    url = f"{server.address}/v1/projects/1/formList"
    assert httpx.get(url, headers={**headers, **HTTPS}).status_code == 200
    assert httpx.get(url, headers=headers).status_code == 401
    wrong = base64.b64encode(f"{token}x:".encode()).decode()
    assert httpx.get(url, headers={"Authorization": f"Basic {wrong}", **HTTPS}).status_code == 401


def test_kobos_import_signs_in_with_basic_over_https(server, schema, fresh) -> None:
    """Section 11: KoboCollect sends name and password over https, Digest where it is offered first."""
    from server.actions.accounts import add_account

    add_account(server.store, "kobo@example.org", PASSWORD, (("member", 1),), now=now(), actor=None)
    body, kind = multipart(an_instance(schema, {}, instance_id=fresh), {})
    headers = {"Content-Type": kind, **HTTPS, "User-Agent": "org.koboc.collect.android/v2025.3"}
    auth = ("kobo@example.org", PASSWORD)
    reply = httpx.post(f"{server.address}/submission", content=body, headers=headers, auth=auth)
    assert reply.status_code == 201
