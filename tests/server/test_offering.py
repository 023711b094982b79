"""What phones are offered: formList, forms, manifests and media, judged as strictly as Collect judges.

- The hash in the list is the md5 of the very bytes behind the address; every address repeats the token.
- Every reply has X-OpenRosa-Version and text/xml; a refusal too.
- villages.csv and objects.csv come from the registry, and change when it changes, and only then.
- Nothing is sent twice to who holds it already: 304, for strong and weak tags.
- A failure of ours is never an empty list.
"""

from __future__ import annotations

import hashlib

import pytest

from server.actions.import_objects import import_objects, import_villages
from tests.phone import Phone, Refused
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, VILLAGES, WELL, WELL_2, WITH_MEDIA


@pytest.fixture(scope="module")
def registry(server: RunningHere) -> None:
    import_villages(server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(server.store, 1, OBJECTS, now=now(), actor=None)


@pytest.fixture
def phone(server: RunningHere) -> Phone:
    return server.phone("Phone of a test")


def test_a_phone_gets_every_form_and_later_only_what_changed(server, registry, phone) -> None:
    server.publish(WELL)
    server.publish(WITH_MEDIA)
    first = phone.refresh()
    assert set(first.values()) == {"new"} and "well_visit" in first
    assert set(phone.refresh().values()) == {"on device"}
    server.publish(WELL_2)
    assert phone.refresh()["well_visit"] == "updated"


def test_every_address_repeats_the_way_the_phone_came(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    for form in phone.form_list():
        assert form.download_url.startswith(phone.server_url + "/forms/")
        for media in phone.manifest(form):
            assert media.download_url.startswith(phone.server_url + "/forms/")


def test_a_form_id_is_percent_encoded_in_addresses(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    form = next(form for form in phone.form_list() if form.form_id == "with media ü")
    assert "/forms/with%20media%20%C3%BC.xml" in form.download_url


def test_one_form_can_be_asked_for(server, phone) -> None:
    server.publish(WELL)
    url = f"{phone.server_url}/formList?formID="
    assert b"well_visit" in phone.get(url + "well_visit").content
    nothing = phone.get(url + "nothing")
    assert nothing.status_code == 200
    assert b"<xform>" not in nothing.content


def test_names_are_escaped_once(server, phone) -> None:
    server.publish(WELL)
    assert "Well visit & co." in {form.name for form in phone.form_list()}


def test_replies_are_what_collect_insists_on(server, phone) -> None:
    server.publish(WELL)
    for path in ("formList", "forms/well_visit/manifest", "forms/well_visit.xml", "forms/unknown.xml"):
        reply = phone.client.get(f"{phone.server_url}/{path}")
        assert reply.headers["x-openrosa-version"] == "1.0", path
        assert reply.headers["content-type"] == "text/xml; charset=utf-8", path
        assert reply.headers["x-openrosa-accept-content-length"] == "100000000"
        assert "content-language" in reply.headers and "date" in reply.headers


def test_what_a_phone_holds_is_not_sent_again(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    phone.refresh()
    url = f"{phone.server_url}/forms/with%20media%20%C3%BC"
    for address in (f"{url}.xml", f"{url}/attachments/objects.csv", f"{url}/attachments/villages.csv"):
        etag = phone.client.get(address).headers["etag"]
        for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            reply = phone.client.get(address, headers={"If-None-Match": given})
            assert (reply.status_code, reply.content) == (304, b""), (address, given)
        assert phone.client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_list_that_has_not_changed_is_not_sent_again(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    for path in ("formList", "forms/with%20media%20%C3%BC/manifest"):
        first = phone.client.get(f"{phone.server_url}/{path}")
        again = phone.client.get(
            f"{phone.server_url}/{path}?deviceID=collect%3Ax",
            headers={"If-None-Match": first.headers["etag"]},
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["x-openrosa-version"] == "1.0"
    listed = phone.client.get(f"{phone.server_url}/formList").headers["etag"]
    server.publish(WELL.replace("well_visit", "one_more"))
    changed = phone.client.get(f"{phone.server_url}/formList", headers={"If-None-Match": listed})
    assert changed.status_code == 200 and b"one_more" in changed.content


def test_the_registry_travels_with_the_form_and_changes_with_it(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    phone.refresh()
    objects = phone.forms["with media ü", "1"].media["objects.csv"]
    assert objects.startswith(b"name,label,__version,object_id,type,subtype,villages,")
    assert "Таза суу / Чистая вода" in objects.decode()
    assert phone.refresh()["with media ü"] == "on device"
    more = OBJECTS + "wua-2,PSO,wua,Жаңы бирикме,,ak-suu\n".encode()
    import_objects(server.store, 1, more, now=now(), actor=None)
    assert phone.refresh()["with media ü"] == "updated media"
    assert "Жаңы бирикме" in phone.forms["with media ü", "1"].media["objects.csv"].decode()


def test_the_hash_of_a_manifest_is_of_the_bytes_served(server, registry, phone) -> None:
    server.publish(WITH_MEDIA)
    form = next(form for form in phone.form_list() if form.form_id == "with media ü")
    for media in phone.manifest(form):
        assert hashlib.md5(phone.client.get(media.download_url).content).hexdigest() == media.md5


def test_a_phone_limited_to_some_forms_sees_no_other(server, phone) -> None:
    server.publish(WELL)
    server.publish(WITH_MEDIA)
    user = server.store.app_users.all(1)[-1]
    server.store.write(
        lambda tx: server.store.app_users.limit_to(tx, 1, user.actor_id, frozenset({"well_visit"}), now=now())
    )
    assert [form.form_id for form in phone.form_list()] == ["well_visit"]
    assert phone.client.get(f"{phone.server_url}/forms/with%20media%20%C3%BC.xml").status_code == 403


def test_another_project_is_not_for_this_phone(server, phone) -> None:
    other = phone.server_url.replace("/projects/1", "/projects/2")
    assert phone.client.get(f"{other}/formList").status_code == 403
    assert (
        phone.client.get(phone.server_url.replace("/projects/1", "/projects/x") + "/formList").status_code
        == 404
    )


def test_a_failure_of_ours_is_never_an_empty_list(new_server, monkeypatch, caplog) -> None:
    own = new_server()
    own.publish(WELL)
    phone = own.phone()

    answer = "se" + "cret"  # so that no line of this file holds it

    def fail(project_id: int) -> None:
        raise RuntimeError(answer)

    monkeypatch.setattr(own.store.forms, "offered", fail)
    with pytest.raises(Refused) as refused:
        phone.form_list()
    assert refused.value.status == 500
    assert answer not in refused.value.message
    assert answer not in caplog.text
    assert "RuntimeError" in caplog.text
    assert phone.server_url.split("/")[5] not in caplog.text


def test_classic_addresses_serve_project_1_to_accounts(server) -> None:
    server.publish(WELL)
    with server.program("coordinator") as program:
        reply = program.get("/formList")
        assert reply.status_code == 200
        assert f"{server.address}/v1/projects/1/forms/well_visit.xml" in reply.text
        assert program.head("/submission").status_code == 204


def test_without_any_name_a_phone_is_asked_for_one_in_the_clear_over_https_alone(server) -> None:
    with Phone(server.address) as nobody:
        plain = nobody.client.get(f"{server.address}/formList")
        assert plain.status_code == 401
        assert [line.split()[0] for line in plain.headers.get_list("www-authenticate")] == ["Digest"]
        forwarded = nobody.client.get(f"{server.address}/formList", headers={"X-Forwarded-Proto": "https"})
        assert forwarded.status_code == 401
        asked = [line.split()[0] for line in forwarded.headers.get_list("www-authenticate")]
        assert asked == ["Basic", "Digest"]


def test_a_name_and_a_password_are_taken_over_https_alone(server) -> None:
    from tests.server.conftest import PASSWORD

    server.publish(WELL)
    with server.program("member"):
        email = server.store.accounts.all()[-1].email
        headers = {"X-Forwarded-Proto": "https"}
        with Phone(server.address, username=email, password=PASSWORD, headers=headers) as phone:
            assert phone.form_list()[0].download_url.startswith("https://")
            assert phone.head() == 100_000_000
        with Phone(server.address, username=email, password=PASSWORD) as phone, pytest.raises(Refused):
            phone.form_list()
        with Phone(server.address, username=email, password="wrong", headers=headers) as phone:
            with pytest.raises(Refused) as refused:
                phone.form_list()
            assert refused.value.status == 401


def test_addresses_follow_the_configured_public_address(new_server) -> None:
    own = new_server(public_url="https://baikoo.example.org/m")
    own.publish(WELL)
    reply = own.phone().get(own.phones[0].server_url + "/formList")
    assert "<downloadUrl>https://baikoo.example.org/m/v1/key/" in reply.text


def test_forwarded_words_of_strangers_are_not_believed(new_server) -> None:
    own = new_server(trusted_proxies=("10.0.0.0/8",))
    own.publish(WELL)
    phone = own.phone()
    reply = phone.client.get(
        f"{phone.server_url}/formList",
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
    )
    assert own.address in reply.text
    assert "evil" not in reply.text
