"""What every reply carries, and what no log does.

- Pages and programs get a strict content security policy; nothing asks another host.
- The access log holds no token and no query.
- Health, readiness and figures are there for watchers.
- A Range that names no piece of a file is passed over.
- JSON is read as programs write it: packed, with a mark, in UTF-16; what is none has Central's number for it.
"""

from __future__ import annotations

import gzip
import logging
import re
import time
import zlib

import httpx
import pytest

from server.actions.accounts import add_account
from server.errors import preferred_language, voice_of
from server.middleware import without_secrets
from tests.server.conftest import PASSWORD, now
from tests.server.forms import WELL


def test_a_strict_policy_stands_on_everything_but_openrosa(server) -> None:
    for path in ("/", "/healthz", "/v1/projects", "/nowhere"):
        headers = httpx.get(f"{server.address}{path}").headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_what_is_read_at_the_desk_stays_on_no_disk(server) -> None:
    account = add_account(
        server.store, "reads@example.org", PASSWORD, (("coordinator", 1),), now=now(), actor=None
    )
    session = server.store.write(lambda tx: server.store.sessions.begin(tx, account.actor_id, now=now()))
    with httpx.Client(base_url=server.address, cookies={"baikoo_session": session.token}) as browser:
        for path in ("/desk/1", "/desk/1/forms", "/desk/1/submissions", "/desk/1/none"):
            assert browser.get(path).headers["cache-control"] == "no-store", path
        assert browser.get("/v1/projects").headers["cache-control"] == "private, no-cache"  # as Central


def test_the_log_holds_no_token_and_no_device(server, caplog) -> None:
    server.publish(WELL)
    phone = server.phone()
    logging.getLogger("baikoo.access").setLevel(logging.INFO)
    with caplog.at_level(logging.INFO, "baikoo.access"):
        phone.form_list()
        until = time.monotonic() + 5
        while "formList" not in caplog.text and time.monotonic() < until:
            time.sleep(0.01)  # the line is written when the reply is out
    token = phone.server_url.split("/")[5]
    assert "GET /v1/key/…/projects/1/formList 200" in caplog.text
    assert token not in caplog.text and "collect" not in caplog.text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/key/abc/projects/1/submission", "/v1/key/…/projects/1/submission"),
        ("/v1/test/abc/projects/1", "/v1/test/…/projects/1"),
        ("/v1/sessions/abc", "/v1/sessions/…"),
        ("/password/abc", "/password/…"),
        ("/v1/projects/1/forms/a/attachments/Асан паспорт.jpg", "/v1/projects/1/forms/a/attachments/…"),
        ("/v1/projects/1", "/v1/projects/1"),
    ],
)
def test_secrets_are_cut_out_of_paths(path: str, shown: str) -> None:
    assert without_secrets(path) == shown


@pytest.mark.parametrize(
    "asked", ["chars=1-2", "bytes=a-b", "bytes=5-2", "bytes=", "bytes=1", "bytes=2-1,0-1"]
)
def test_a_range_that_cannot_be_read_brings_the_whole_file(server, asked: str) -> None:
    with httpx.Client(base_url=server.address, headers={"Accept-Encoding": "identity"}) as reader:
        sheet = re.findall(r'href="(/static/[^"]+\.css)"', reader.get("/").text)[0]
        whole = reader.get(sheet).content
        reply = reader.get(sheet, headers={"Range": asked})
        assert (reply.status_code, reply.content) == (200, whole)
        piece = reader.get(sheet, headers={"Range": "bytes=2-5"})
        assert (piece.status_code, piece.content) == (206, whole[2:6])


def test_json_is_read_as_programs_write_it(server) -> None:
    """gzip as curl and scripts pack it, a mark and UTF-16 as PowerShell writes them."""
    said = '{"name": "Ак-Суу"}'
    utf8, packer = said.encode(), zlib.compressobj()
    deflated = packer.compress(utf8) + packer.flush()
    with server.program("administrator") as program:
        for body, charset, packing in (
            (utf8, "utf-8", "identity"),
            (b"\xef\xbb\xbf" + utf8, "utf-8", ""),
            (said.encode("utf-16"), "utf-16", ""),
            (said.encode("utf-16-le"), "UTF-16LE", ""),
            (utf8, "latin-1", ""),  # a slip of many programs: what they send is UTF-8
            (gzip.compress(utf8), "utf-8", "gzip"),
            (gzip.compress(utf8), "utf-8", "X-GZip, identity"),
            (deflated, "utf-8", "deflate"),
        ):
            headers = {"Content-Type": f"application/json; charset={charset}"}
            headers |= {"Content-Encoding": packing} if packing else {}
            reply = program.post("/v1/projects", content=body, headers=headers)
            assert (reply.status_code, reply.json().get("name")) == (200, "Ак-Суу"), (charset, packing)


def test_what_cannot_be_unpacked_or_is_no_json_has_the_number_of_central(server) -> None:
    with server.program("administrator") as program:
        headers = {"Content-Type": "application/json"}
        broken = program.post("/v1/projects", content='{"broken JSON":', headers=headers)
        assert broken.status_code == 400 and broken.json()["code"] == 400.1
        assert broken.json()["details"] == {"format": "json", "rawLength": 15}
        for packing in ("br", "zstd", "wat", "gzip, gzip"):
            headers["Content-Encoding"] = packing
            reply = program.post("/v1/projects", content="{}", headers=headers)
            assert (reply.status_code, reply.json()["code"]) == (400, 400.37), packing
        headers["Content-Encoding"] = "gzip"
        packed = gzip.compress(b'{"name": "x"}')
        for body in (packed[:-3], packed + b"more", b'{"name": "x"}', b"\0" * 100):
            reply = program.post("/v1/projects", content=body, headers=headers)
            assert (reply.status_code, reply.json()["code"]) == (400, 400.39), body


def test_watchers_are_answered(server) -> None:
    assert httpx.get(f"{server.address}/healthz").text == "ok\n"
    ready = httpx.get(f"{server.address}/readyz")
    assert ready.status_code == 200 and ready.json()["ready"] is True
    assert "baikoo_ledger_records" in httpx.get(f"{server.address}/metrics").text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, None),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, ky;q=0.5, en;q=0.4", "ky"),
        ("de", None),
        ("en;q=0, ky;q=abc", None),
    ],
)
def test_the_language_is_the_first_that_is_understood(header: str | None, language: str | None) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("path", "voice"),
    [
        ("/formList", "openrosa"),
        ("/v1/key/x/projects/1/forms/a.xml", "openrosa"),
        ("/v1/projects/1/submission", "openrosa"),
        ("/v1/projects/1/forms", "json"),
        ("/internal/rebuild", "json"),
        ("/desk", "page"),
        ("/", "page"),
    ],
)
def test_who_asks_is_told_by_the_address(path: str, voice: str) -> None:
    assert voice_of(path).value == voice
