"""What real phones do with the lists they are given: forms, manifests, hashes, addresses.

Each test names the surprise (protocol.md 19) and the source it was read in.
C is getodk/collect, CB getodk/central-backend.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from server.actions.set_form_state import set_form_state
from server.pages.qr import CollectSettings
from tests.phone import LIST_NS, MANIFEST_NS
from tests.server.conftest import now
from tests.server.forms import OBJECTS, VILLAGES, WELL, WELL_2, WITH_MEDIA


def entries(phone) -> list[ElementTree.Element]:
    return ElementTree.fromstring(phone.get(f"{phone.server_url}/formList").content).findall(
        f"{LIST_NS}xform"
    )


@pytest.fixture(scope="module")
def with_media(server, phone) -> None:
    for name, content in (("villages", VILLAGES), ("objects", OBJECTS)):
        reply = server.program("organiser").post(f"/v1/projects/1/{name}", content=content)
        assert reply.status_code == 200, reply.text
    server.publish(WITH_MEDIA)


def test_05_a_manifest_is_whole_or_a_refusal(phone, with_media) -> None:
    """Surprise 5: a bad manifest is silent, the form arrives without media (C: ServerFormUseCases.kt)."""
    listed = next(form for form in phone.form_list() if form.manifest_url)
    root = ElementTree.fromstring(phone.get(listed.manifest_url).content)
    assert root.tag == f"{MANIFEST_NS}manifest" and len(root) == 2
    for entry in root:
        told = {child.tag: child.text for child in entry}
        for name in ("filename", "hash", "downloadUrl"):
            assert (told[f"{MANIFEST_NS}{name}"] or "").strip()
        assert told[f"{MANIFEST_NS}hash"].startswith("md5:")
    none = phone.client.get(listed.manifest_url.replace("/manifest", "x/manifest"))
    assert none.status_code == 404 and b"<manifest" not in none.content


def test_06_no_entry_of_a_list_lacks_what_a_phone_needs(phone, server, with_media) -> None:
    """Surprise 6: one bad entry kills the whole list, an empty hash the app.

    (C: Kxml2OpenRosaResponseParser.kt)
    """
    odd = WELL.replace("well_visit", "odd_form").replace("Well visit & co.", "A <b> & 'c' \"d\" 😀")
    server.publish(odd)
    for entry in entries(phone):
        told = {child.tag.removeprefix(LIST_NS): (child.text or "").strip() for child in entry}
        assert told["formID"] and told["name"] and told["downloadUrl"]
        assert told["hash"].startswith("md5:") and len(told["hash"]) == 36
    names = {form.form_id: form.name for form in phone.form_list()}
    assert names["odd_form"] == "A <b> & 'c' \"d\" 😀"


def test_07_the_hash_is_that_of_the_very_bytes(phone, server, schema) -> None:
    """Surprise 7: another hash means endless downloads and a vanishing form.

    (C: ServerFormDownloader.java; collect#2203)
    """
    for form in phone.form_list():
        for device in ("collect%3Aa", "collect%3Ab"):
            content = phone.client.get(f"{form.download_url}?deviceID={device}").content
            assert f"{hashlib.md5(content).hexdigest()}" == form.md5
    assert phone.refresh() and set(phone.refresh().values()) == {"on device"}


def test_08_a_failure_is_never_an_empty_list(new_server) -> None:
    """Surprise 8: an empty list deletes every form on every phone (C: ServerFormsSynchronizer.java)."""
    server = new_server()
    server.publish(WELL)
    phone = server.phone()
    none = phone.client.get(f"{phone.server_url}/formList?formID=none")
    assert none.status_code == 200 and len(ElementTree.fromstring(none.content)) == 0
    gone = server.store.projects.all()[-1].project_id + 1
    for url in (phone.server_url.replace("/projects/1", f"/projects/{gone}"), phone.server_url + "x"):
        reply = phone.client.get(f"{url}/formList")
        assert reply.status_code >= 400 and b"xforms" not in reply.content
    server.store.close()  # the truth is out of reach: what a phone has must stay
    reply = phone.client.get(f"{phone.server_url}/formList")
    assert reply.status_code >= 500 or len(ElementTree.fromstring(reply.content)) == 1


def test_09_a_published_version_never_changes(phone, server, schema, designer) -> None:
    """Surprise 9: a failed replacement of the same id and version deletes the old copy.

    (C: ServerFormDownloader.java, `finally`)
    """
    reply = designer.post(
        "/v1/projects/1/forms?publish=true",
        content=phone.get(f"{phone.server_url}/forms/well_visit.xml").content.replace(b"Village", b"Town"),
        headers={"Content-Type": "application/xml"},
    )
    assert reply.status_code == 409, reply.text
    listed = [form for form in phone.form_list() if form.form_id == "well_visit"]
    assert len(listed) == 1 and listed[0].version == "1"  # and one version of an id alone


def test_38_a_settings_code_has_general_and_admin_in_zlib() -> None:
    """Surprise 38: general and admin are needed, zlib, not raw deflate (C: client-settings.schema.json)."""
    text = CollectSettings("https://h/v1/key/T/projects/7", "Ү", "ky").text
    packed = base64.b64decode(text, validate=True)
    assert packed[0] == 0x78
    said = json.loads(zlib.decompress(packed))
    assert said["admin"] == {} and said["general"]["server_url"].endswith("/projects/7")


def test_42_a_form_is_asked_for_at_every_check(phone, schema) -> None:
    """Surprise 42: entity forms are fetched at each check: a tag must answer (C: ServerFormUseCases.kt)."""
    url = f"{phone.server_url}/forms/well_visit.xml"
    tag = phone.client.get(url).headers["etag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}'):  # a proxy that packs makes a strong tag weak
        reply = phone.client.get(url, headers={"If-None-Match": given})
        assert reply.status_code == 304 and not reply.content


def test_43_media_are_on_the_host_that_was_asked(phone, server, with_media) -> None:
    """Surprise 43: another host gets no credentials (C: WebCredentialsUtils.java)."""
    token = phone.server_url.split("/")[5]
    for form in phone.form_list():
        for media in phone.manifest(form):
            assert urlsplit(media.download_url).netloc == urlsplit(server.address).netloc
            assert f"/v1/key/{token}/projects/1/" in media.download_url
            assert phone.client.get(media.download_url).status_code == 200


def test_45_no_form_sends_answers_elsewhere_by_mistake(phone, server, designer) -> None:
    """Surprise 45: a form's submission action outranks the server; an invalid one blocks the download.

    (C: FormMetadataParser.kt, ServerFormDownloader.java)
    """
    for form in phone.form_list():
        root = ElementTree.fromstring(phone.client.get(form.download_url).content)
        for submission in root.iter("{http://www.w3.org/2002/xforms}submission"):
            assert submission.get("action") is None
    xml = phone.get(f"{phone.server_url}/forms/well_visit.xml").content
    bad = (
        xml.replace(b'id="well_visit"', b'id="blocked"')
        .replace(b"<model", b"<model", 1)
        .replace(b"<instance>", b'<submission action="no address" method="post"/><instance>', 1)
    )
    reply = designer.post(
        "/v1/projects/1/forms?publish=true", content=bad, headers={"Content-Type": "application/xml"}
    )
    assert reply.status_code == 400, reply.text


@pytest.mark.parametrize("state", ["closing", "closed"])
def test_only_open_forms_are_listed(phone, server, state) -> None:
    """Section 3: closing and closed forms are left out; so are drafts and forms in the trash."""
    form_id = f"state_{state}"
    server.publish(WELL_2.replace("well_visit", form_id))
    set_form_state(server.store, 1, form_id, state, now=now(), actor=None)
    assert form_id not in {form.form_id for form in phone.form_list()}
