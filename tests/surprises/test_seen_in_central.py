"""What was seen by running ODK Central, where reading alone misled or where it could do better.

Each test names the sentence of protocol.md 20 or 21 that it stands for.
"""

from __future__ import annotations

import csv
import io
import zipfile
from urllib.parse import quote

import httpx
import pytest

from server.actions.accounts import add_account
from tests.make import a_form, an_instance
from tests.phone import message_of
from tests.server.conftest import now
from tests.server.forms import WELL

HTTPS = {"X-Forwarded-Proto": "https"}
ONE = "/v1/projects/1/forms/well_visit"


def test_an_ampersand_in_a_name_is_one_ampersand(phone, schema, fresh, manager, files) -> None:
    """Section 21: in Central it stays &amp; and the real name gets 404."""
    xml = an_instance(schema, {"photo": "a & b.jpg"}, instance_id=fresh)
    assert b"a &amp; b.jpg" in xml
    assert phone.send(xml, {"a & b.jpg": b"photo"}).accepted
    assert files(fresh) == {"a & b.jpg": b"photo"}
    reply = manager.get(f"{ONE}/submissions/{fresh}/attachments/{quote('a & b.jpg')}")
    assert reply.status_code == 200 and reply.content == b"photo"


@pytest.mark.parametrize("before", [b"\n", b"  \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blanks_and_a_mark_before_the_declaration_are_no_harm(
    phone, schema, fresh, kept, server, before
) -> None:
    """Section 20: lxml refuses them; hand-made clients write them."""
    xml = before + an_instance(schema, {"village": "x"}, instance_id=fresh)
    assert phone.send(xml).statuses == (201,)
    assert server.store.submissions.xml(kept(fresh).seq) == xml


def test_answers_that_break_off_are_refused(phone, schema, fresh) -> None:
    """Section 21: Central accepts truncated instance XML with 201."""
    xml = an_instance(schema, {"village": "x"}, instance_id=fresh)
    for length in (len(xml) - 1, len(xml) - 7, len(xml) // 2, 60):
        reply = phone.post(xml[:length])
        assert reply.status_code == 400 and message_of(reply), length


def test_two_photos_of_one_name_are_two_members_of_the_zip(phone, schema, fresh, manager) -> None:
    """Section 21: in Central they become two members of one path."""
    for number in (1, 2):
        xml = an_instance(schema, {"photo": "same.jpg"}, instance_id=f"{fresh}-{number}")
        assert phone.send(xml, {"same.jpg": b"photo %d" % number}).accepted
    reply = manager.get(f"{ONE}/submissions.csv.zip")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert {b"photo 1", b"photo 2"} <= {archive.read(name) for name in names if "media" in name}


def test_the_version_of_a_submission_is_that_of_its_first(phone, schema, fresh, manager, server) -> None:
    """Section 21: after an edit formVersion stays in OData and CSV; versions tell each one's own."""
    assert phone.send(an_instance(schema, {}, instance_id=fresh)).accepted
    newer = server.publish(WELL.replace("| 1       |", "| 9       |")).schema
    edit = an_instance(newer, {"village": "z"}, instance_id=f"{fresh}-2", deprecated_id=fresh)
    assert phone.send(edit).accepted
    rows = csv.DictReader(io.StringIO(manager.get(f"{ONE}/submissions.csv").text))
    [row] = [row for row in rows if row["KEY"] == fresh]
    assert (row["FormVersion"], row["village"], row["Edits"]) == ("1", "z", "1")
    table = manager.get(f"{ONE}.svc/Submissions('{fresh}')").json()["value"]
    assert table[0]["__system"]["formVersion"] == "1"
    told = manager.get(f"{ONE}/submissions/{fresh}/versions", headers={"X-Extended-Metadata": "true"})
    assert {each["formVersion"] for each in told.json()} == {"1", "9"}


def test_a_form_without_a_title_is_none(designer) -> None:
    """Section 21: Central publishes it, and no phone can store it."""
    xml = a_form(WELL.replace("well_visit", "untitled")).xform.xml
    start, end = xml.index(b"<h:title>"), xml.index(b"</h:title>")
    headers = {"Content-Type": "application/xml"}
    for title in (b"", b"<h:title/>", b"<h:title>  </h:title>"):
        bad = xml[:start] + title + xml[end + len(b"</h:title>") :]
        reply = designer.post("/v1/projects/1/forms?publish=true", content=bad, headers=headers)
        assert reply.status_code == 400, (title, reply.text)


def test_basic_takes_a_password_in_either_alphabet(server) -> None:
    """Section 21: Central accepts UTF-8 alone, Collect writes Latin-1."""
    password = "crème brûlée 42"
    add_account(server.store, "latin@example.org", password, (("member", 1),), now=now(), actor=None)
    import base64

    for charset in ("utf-8", "latin-1"):
        given = base64.b64encode(f"latin@example.org:{password}".encode(charset)).decode()
        headers = {"Authorization": f"Basic {given}", **HTTPS}
        reply = httpx.get(f"{server.address}/v1/projects/1/formList", headers=headers)
        assert reply.status_code == 200, charset


def test_a_half_of_an_emoji_is_mended_and_a_pair_is_whole(phone, schema, fresh, manager) -> None:
    """Section 21: in Central a lone pair of surrogate references comes out broken."""
    xml = (
        f'<data id="well_visit" version="1"><village>&#55357;&#56834; &#55357;</village>'
        f"<meta><instanceID>{fresh}</instanceID></meta></data>"
    ).encode()
    assert phone.send(xml).accepted
    rows = csv.DictReader(io.StringIO(manager.get(f"{ONE}/submissions.csv").text))
    [row] = [row for row in rows if row["KEY"] == fresh]
    assert row["village"].startswith("😂") and "\ud83d" not in row["village"]
