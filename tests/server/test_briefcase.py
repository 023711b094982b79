"""ODK Briefcase and old scripts pull and push as if this were ODK Aggregate.

- A list of instances comes in chunks, oldest change first, until the cursor stays the same.
- One instance comes with its dates on its root, its files with md5 and addresses that work.
- A key is read leniently: Optional[...], null, quotes, and `data` as the top element of what is encrypted.
- A form is pushed with its files and is offered at once; a submission pushed with instanceID and
  submissionDate on its root is taken.
- Under the address of a project and at the root; refusals are OpenRosa's, for those who may not too.
"""

from __future__ import annotations

import hashlib
import re
from xml.etree import ElementTree

import httpx
import pytest

from forms.briefcase import wanted_instance
from tests.make import a_form, an_instance
from tests.phone import message_of, multipart
from tests.server.conftest import RunningHere
from tests.server.forms import WELL

NS = "{http://opendatakit.org/submissions}"
MEDIA_FORM = """
| survey |
| | type | name | label |
| | select_one_from_file sites.csv | site | Site |
| settings |
| | form_id | form_title | version |
| | pushed | Pushed | 3 |
"""


@pytest.fixture(scope="module")
def pulled(server: RunningHere) -> RunningHere:
    schema = server.publish(WELL).schema
    phone = server.phone()
    for number in range(5):
        xml = an_instance(schema, {"village": f"v{number}", "photo": "a b.jpg"}, instance_id=f"uuid:{number}")
        files = {"a b.jpg": b"\xff\xd8 %d" % number} if number != 3 else {}
        assert phone.send(xml, files).accepted
    return server


@pytest.fixture(scope="module")
def briefcase(pulled: RunningHere) -> httpx.Client:
    client = pulled.program("manager")
    client.headers["X-OpenRosa-Version"] = "1.0"
    return client


def pull_ids(briefcase: httpx.Client, way: str, **query: str) -> list[list[str]]:
    """As Briefcase: chunk after chunk, until the cursor is the one it has."""
    chunks, cursor = [], ""
    while True:
        asked = {"formId": "well_visit", "numEntries": "2", "cursor": cursor, **query}
        reply = briefcase.get(f"{way}/view/submissionList", params=asked)
        assert reply.status_code == 200 and "text/xml" in reply.headers["content-type"], reply.text
        root = ElementTree.fromstring(reply.content)
        assert root.tag == f"{NS}idChunk"
        chunks.append([each.text for each in root.iter(f"{NS}id")])
        told = root.findtext(f"{NS}resumptionCursor") or ""
        if told == cursor:
            return chunks
        cursor = told
        assert ElementTree.fromstring(cursor).tag.endswith("}cursor")
        assert len(chunks) < 20


@pytest.mark.parametrize("way", ["/v1/projects/1", ""])
def test_the_list_comes_in_chunks_oldest_first(briefcase, way) -> None:
    ids = [f"uuid:{number}" for number in range(5)]
    assert pull_ids(briefcase, way, includeIncomplete="true") == [ids[:2], ids[2:4], ids[4:], []]
    complete = [one for chunk in pull_ids(briefcase, way) for one in chunk]
    assert complete == [one for one in ids if one != "uuid:3"]


def test_no_chunk_is_empty_before_the_end(briefcase, pulled) -> None:
    """Briefcase stops at the first empty one (BR: InstanceIdBatchGetter.hasNext), whatever is behind it."""
    [chunk, *_] = pull_ids(briefcase, "", numEntries="1")[3:]
    assert chunk == ["uuid:4"], "the one whose photo is missing ended the list"


@pytest.mark.parametrize(
    ("day", "ids"), [("2020-01-01T00:00:00Z", 4), ("2999-01-01T00:00:00+06:00", 0), ("no day", 4), ("", 4)]
)
def test_a_pull_begins_at_a_date(briefcase, pulled, day: str, ids: int) -> None:
    """What Briefcase writes for --start_from_date names no instance (BR: AggregateCursor.of)."""
    cursor = (
        '<cursor xmlns="http://www.opendatakit.org/cursor"><attributeName>_LAST_UPDATE_DATE</attributeName>'
        f"<attributeValue>{day}</attributeValue><uriLastReturnedValue/>"
        "<isForwardCursor>true</isForwardCursor></cursor>"
    )
    reply = briefcase.get("/view/submissionList", params={"formId": "well_visit", "cursor": cursor})
    assert len(list(ElementTree.fromstring(reply.content).iter(f"{NS}id"))) == ids


@pytest.mark.parametrize(
    "key",
    [
        "well_visit[@version=null and @uiVersion=null]/data[@key=uuid:1]",
        "well_visit[@version=Optional[1] and @uiVersion=Optional.empty]/well_visit[@key=uuid:1]",
        "well_visit[@version='1' and @uiVersion=null]/data[@key='uuid:1']",
    ],
)
def test_one_instance_comes_whole_with_its_files(briefcase, pulled, key) -> None:
    reply = briefcase.get("/view/downloadSubmission", params={"formId": key})
    assert reply.status_code == 200, reply.text
    root = ElementTree.fromstring(reply.content)
    [instance] = root.find(f"{NS}data")
    assert instance.get("instanceID") == "uuid:1" and instance.get("isComplete") == "true"
    assert instance.get("id") == "well_visit" and "T" in instance.get("submissionDate", "")
    assert "".join(instance.itertext()).count("v1") == 1
    [media] = root.findall(f"{NS}mediaFile")
    file = briefcase.get(media.findtext(f"{NS}downloadUrl"))
    assert media.findtext(f"{NS}filename") == "a b.jpg"
    assert media.findtext(f"{NS}hash") == f"md5:{hashlib.md5(file.content).hexdigest()}"


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("f[@version=Optional[2020] and @uiVersion=null]/data[@key=uuid:a]", ("f", "uuid:a")),
        ("f/g[@key=uuid:a]", ("f", "uuid:a")),
        ("f", ("f", "")),
        ("", ("", "")),
        ("[[[[/[@key=", ("", "")),
    ],
)
def test_a_key_is_read_leniently(key: str, wanted: tuple[str, str]) -> None:
    assert wanted_instance(key) == wanted


def test_a_form_is_pushed_with_its_files(briefcase, pulled) -> None:
    assert briefcase.head("/upload").status_code == 204
    xform = a_form(MEDIA_FORM).xform.xml
    body, kind = multipart(xform, {"sites.csv": b"name,label\na,A\n"})
    body = body.replace(b'name="xml_submission_file"', b'name="form_def_file"')
    reply = briefcase.post("/formUpload", content=body, headers={"Content-Type": kind})
    assert reply.status_code == 201 and message_of(reply), reply.text
    phone = pulled.phone("with files")
    phone.refresh()
    assert phone.forms["pushed", "3"].media["sites.csv"] == b"name,label\na,A\n"
    broken, kind = multipart(b"<h:html", {})
    broken = broken.replace(b'name="xml_submission_file"', b'name="form_def_file"')
    for content, given in ((broken, kind), (b"", kind), (body[:-20], kind), (b"x", "text/xml")):
        reply = briefcase.post("/formUpload", content=content, headers={"Content-Type": given})
        assert reply.status_code == 400 and message_of(reply)


def test_a_submission_is_pushed_with_what_aggregate_knew_of_it(briefcase, pulled) -> None:
    xml = re.sub(
        rb"<meta>.*</meta>", b"", an_instance(a_form(WELL), {"village": "old"}, instance_id=None), flags=re.S
    )
    date = b' instanceID="uuid:pushed" submissionDate="2019-05-04T03:02:01.000Z" isComplete="true" '
    xml = xml.replace(b' id="well_visit"', date + b'id="well_visit"', 1)
    body, kind = multipart(xml, {})
    reply = briefcase.post("/submission", content=body, headers={"Content-Type": kind})
    assert reply.status_code == 201, reply.text
    assert pulled.store.submissions.get(1, "well_visit", "uuid:pushed").instance_id == "uuid:pushed"


def test_refusals_are_openrosas(briefcase, pulled) -> None:
    key = "well_visit/data[@key=uuid:1]"
    for way in ("/v1/projects/1", ""):
        for path, query, status in (
            ("view/submissionList", {}, 400),
            ("view/submissionList", {"formId": "none"}, 404),
            ("view/submissionList", {"formId": "well_visit", "numEntries": "x"}, 400),
            ("view/submissionList", {"formId": "well_visit", "cursor": "<x" * 99}, 200),
            ("view/downloadSubmission", {"formId": "well_visit/data[@key=uuid:none]"}, 404),
            ("view/downloadSubmission", {"formId": "'; DROP TABLE record; --"}, 404),
        ):
            reply = briefcase.get(f"{way}/{path}", params=query)
            assert reply.status_code == status, (path, query, reply.text)
            assert reply.headers["x-openrosa-version"] == "1.0"
            assert status == 200 or message_of(reply)
        for headers, status in (({}, 401), (pulled.program("designer").headers, 403)):
            for path in ("view/submissionList?formId=well_visit", f"view/downloadSubmission?formId={key}"):
                reply = httpx.get(f"{pulled.address}{way}/{path}", headers=headers)
                assert reply.status_code == status and message_of(reply), path
        assert httpx.head(f"{pulled.address}{way}/upload").status_code == 401
