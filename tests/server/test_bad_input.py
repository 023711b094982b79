"""Bad input: a clear sentence, a right status, nothing lost, nothing half done.

- A body that was cut off, or is no multipart, is a 400 and leaves neither record nor file.
- XML with entities, DTDs, deep nesting or endless text is refused quickly.
- What genuine clients write wrongly is taken.
- Names with `..`, NUL or slashes are kept as names and never used as paths.
- A million repeats and a form id of 300 characters are answered, and the server goes on.
- What was refused though it could be read is in quarantine, with its reason and its sender.
"""

from __future__ import annotations

import io
import socket
import time
import zipfile
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.make import an_instance
from tests.phone import Phone, message_of, multipart
from tests.server.conftest import RunningHere
from tests.server.forms import WELL


@pytest.fixture(scope="module")
def schema(server: RunningHere):
    return server.publish(WELL).schema


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    return server.phone(language="en")


def fresh() -> str:
    return f"uuid:{uuid4()}"


def well(body: str, instance_id: str | None = None) -> bytes:
    meta = f"<meta><instanceID>{instance_id or fresh()}</instanceID></meta>"
    return f'<data id="well_visit" version="1">{body}{meta}</data>'.encode()


def left_over(server: RunningHere) -> list[str]:
    return [file.name for file in server.context.settings.tmp.iterdir() if file.name.startswith("posted-")]


@pytest.mark.parametrize("cut", [3, 40, 5_000, 600_000])
def test_a_body_that_was_cut_off_leaves_nothing(server, schema, phone, cut) -> None:
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh())
    body, content_type = multipart(xml, {"a.jpg": b"x" * 700_000})
    before = server.store.ledger.head()
    # chunked, so that no promised length gives it away
    reply = phone.client.post(
        f"{phone.server_url}/submission", content=iter([body[:-cut]]), headers={"Content-Type": content_type}
    )
    assert reply.status_code == 400
    assert "broke off" in message_of(reply)
    assert server.store.ledger.head() == before
    assert left_over(server) == []


def test_a_phone_that_vanishes_in_the_middle_leaves_nothing(server, schema, phone) -> None:
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh())
    body, content_type = multipart(xml, {"a.jpg": b"x" * 700_000})
    before = server.store.ledger.head()
    address = urlsplit(phone.server_url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = (
            f"POST {address.path}/submission HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:500_000])
    until = time.monotonic() + 5
    while left_over(server) and time.monotonic() < until:
        time.sleep(0.02)
    assert left_over(server) == []
    assert server.store.ledger.head() == before
    assert phone.send(xml, {"a.jpg": b"x" * 700_000}).statuses == (201,)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"nonsense", "multipart/form-data; boundary=B", 400),
        (b"", "multipart/form-data; boundary=B", 400),
        (b"x", "multipart/form-data", 400),
        (b"<data id='well_visit'/>", "text/xml", 400),
        (b"{}", "application/json", 400),
        (b"--B\r\n\r\nx\r\n--B--\r\n", "multipart/form-data; boundary=B", 400),
    ],
)
def test_what_is_no_submission_is_a_400_in_openrosa(phone, schema, body, content_type, status) -> None:
    reply = phone.post_raw(body, content_type)
    assert reply.status_code == status
    assert message_of(reply)
    assert b'nature="error"' in reply.content


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(9))


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE data [{LAUGHS}]><data id="well_visit">&l8;</data>'.encode(),
        b'<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="well_visit">&x;</data>',
        b'<data id="well_visit" version="1"><village>x</village>',
        b"not xml at all",
        b"",
        b"\x00\xff\xfe",
        b"<data><meta><instanceID>uuid:1</instanceID></meta></data>",
        b'<data id="well_visit" version="1"><village>\xff\xfe</village></data>',
    ],
    ids=["laughs", "external", "cut", "text", "empty", "bytes", "nameless", "not utf-8"],
)
def test_xml_that_is_none_or_means_harm_is_a_400_at_once(server, phone, schema, xml) -> None:
    before, began = server.store.ledger.head(), time.monotonic()
    sent = phone.send(xml)
    assert sent.statuses == (400,)
    assert sent.message
    assert time.monotonic() - began < 2
    assert server.store.ledger.head() == before


@pytest.mark.parametrize(
    "xml",
    [
        well("<a>" * 400 + "</a>" * 400),
        well(f"<village>{'x' * 17_000_000}</village>"),
        well("<member/>" * 1_000_000),
    ],
    ids=["deep", "long", "a million repeats"],
)
def test_xml_without_measure_is_a_413_and_the_server_goes_on(phone, schema, xml) -> None:
    began = time.monotonic()
    assert phone.send(xml).statuses == (413,)
    assert time.monotonic() - began < 10
    assert phone.send(well("<village>x</village>")).statuses == (201,)


@pytest.mark.parametrize(
    "xml",
    [
        well("<village>&#55357;&#56834;</village>"),
        well("<village>a&#29;b</village>"),
        b"\xef\xbb\xbf\n <?xml version='1.0'?>" + well("<village>x</village>"),
        well("<village>x</village>")
        .replace(b"<meta><instanceID", b"<orx:meta><orx:instanceID")
        .replace(b"</instanceID></meta>", b"</orx:instanceID></orx:meta>"),
    ],
    ids=["surrogates", "barcode", "space before", "undeclared prefix"],
)
def test_what_genuine_clients_write_wrongly_is_taken_byte_for_byte(server, phone, schema, xml) -> None:
    before = server.store.ledger.head().seq
    assert phone.send(xml).statuses == (201,)
    [record] = server.store.ledger.records_after(before)
    assert record.payload == xml


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x", "/etc/passwd", "C:\\x.jpg", "a\0b.jpg", "н" * 400, "..", "."]
)
def test_a_name_is_kept_as_a_name_and_is_no_path(server, phone, schema, name) -> None:
    instance_id = fresh()
    before = set(server.context.settings.data.rglob("*"))
    xml = an_instance(schema, {"photo": name.replace("\0", "")}, instance_id=instance_id)
    assert phone.send(xml, {name: name.encode()}).statuses == (201,)
    files = server.store.submissions.files(server.store.submissions.get(1, "well_visit", instance_id).seq)
    kept = next(file for file in files if file.sha256 is not None)
    assert kept.name == name.replace("\0", "\ufffd")
    new = {path for path in server.context.settings.data.rglob("*") if path.is_file()} - before
    assert all("blobs" in path.parts for path in new if "tmp" not in path.parts), new


def test_a_form_id_of_300_characters_is_answered(server, phone, schema) -> None:
    long = "x" * 300
    xml = f'<data id="{long}"><meta><instanceID>{fresh()}</instanceID></meta></data>'.encode()
    assert phone.send(xml).statuses == (404,)
    assert phone.get(f"{phone.server_url}/forms/{long}.xml").status_code == 404
    assert phone.get(f"{phone.server_url}/formList?formID={long}").status_code == 200


def test_an_instance_id_of_any_length_and_script_is_one(server, phone, schema) -> None:
    for instance_id in ("uuid:" + "9" * 3000, "сан/../1", 'a"<b'):
        escaped = instance_id.replace("<", "&lt;")
        xml = well("<village>x</village>", escaped)
        assert phone.send(xml).statuses == (201,), instance_id[:20]
        assert phone.send(xml).statuses == (201,)


def test_what_was_refused_is_in_quarantine_with_its_reason_and_sender(server, phone, schema) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"village": "Ак-Суу"}, instance_id=instance_id, version="99")
    phone.send(xml)
    refused = next(each for each in server.store.quarantine.all(1) if each.instance_id == instance_id)
    assert refused.device_id == phone.device_id
    assert refused.actor == server.store.app_users.all(1)[0].actor_id
    assert "99" in str(refused.reason)
    assert server.store.quarantine.xml(refused.quarantine_id) == xml


def test_a_stranger_fills_no_quarantine(server, schema) -> None:
    before = len(server.store.quarantine.all(1))
    with Phone(f"{server.address}/v1/key/{'x' * 64}/projects/1") as stranger:
        assert stranger.post(an_instance(schema, {}, instance_id=fresh(), version="99")).status_code == 403
    assert len(server.store.quarantine.all(1)) == before


def test_a_body_above_the_limit_is_a_413(new_server) -> None:
    own = new_server(body_bytes=300_000, xml_bytes=100_000)
    schema = own.publish(WELL).schema
    phone = own.phone()
    assert phone.send(an_instance(schema, {}, instance_id=fresh()), {"a.jpg": b"x" * 400_000}).statuses == (
        413,
    )
    assert phone.send(well(f"<village>{'x' * 150_000}</village>")).statuses == (413,)
    assert phone.send(an_instance(schema, {}, instance_id=fresh())).statuses == (201,)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    "upload", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", bomb(), b"plain text"], ids=range(5)
)
def test_what_poses_as_a_workbook_is_a_fault_and_never_a_500(server, upload) -> None:
    program = server.program("designer")
    reply = program.post("/v1/projects/1/forms?publish=true", content=upload)
    assert reply.status_code in (400, 413)
    assert reply.json()["message"]
