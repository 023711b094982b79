"""What becomes of an instance that a phone sends: every row of protocol.md 7.6, and the surprises of 19.

- 201 for what is new, for what comes again, for more files, for an edit; never 200.
- Different bytes under a known instanceID are refused, kept in quarantine, and once accepted there a 201.
- An edit stays under its first instanceID; the second POST of a split edit is no conflict.
- A form, version or file that is unknown, closed or missing is refused with its own status and sentence.
- The message is in the language of the phone; where none is known, in all three.
"""

from __future__ import annotations

from uuid import uuid4

import pytest

from server.actions.set_form_state import set_form_state
from server.store.submissions import Submission
from tests.make import an_instance
from tests.phone import Phone, message_of, multipart
from tests.server.conftest import RunningHere, now
from tests.server.forms import WELL, WELL_2


@pytest.fixture(scope="module")
def schema(server: RunningHere):
    return server.publish(WELL).schema


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    return server.phone(language="en")


def fresh() -> str:
    return f"uuid:{uuid4()}"


def kept(server: RunningHere, instance_id: str) -> Submission:
    return server.store.submissions.get(1, "well_visit", instance_id)


def present(server: RunningHere, instance_id: str) -> dict[str, bytes | None]:
    files = server.store.submissions.files(kept(server, instance_id).seq)
    return {f.name: server.store.blobs.read(f.sha256) if f.sha256 else None for f in files}


def test_a_new_instance_is_kept_byte_for_byte(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"village": "Ак-Суу"}, instance_id=instance_id) + b"\n<!-- as sent -->"
    assert phone.send(xml).statuses == (201,)
    submission = kept(server, instance_id)
    assert server.store.submissions.xml(submission.seq) == xml
    assert submission.device_id == phone.device_id
    assert submission.user_agent is not None and submission.user_agent.startswith("org.odk.collect")
    assert submission.submitter_name == "Phone 1"


def test_the_same_bytes_again_are_welcome_and_count_once(server, schema, phone) -> None:
    xml = an_instance(schema, {"village": "x"}, instance_id=fresh())
    before = server.store.ledger.head().seq
    assert [phone.send(xml).statuses for _ in range(3)] == [(201,)] * 3
    assert server.store.ledger.head().seq == before + 1


def test_a_large_submission_comes_in_parts(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"photo": "a.jpg", "second": "b.jpg"}, instance_id=instance_id)
    sent = phone.send(xml, {"a.jpg": b"a" * 1000, "b.jpg": b"b" * 1000}, accept=1500)
    assert sent.statuses == (201, 201)
    assert present(server, instance_id) == {"a.jpg": b"a" * 1000, "b.jpg": b"b" * 1000}


def test_the_flag_of_incompleteness_decides_nothing(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=instance_id)
    first = phone.post(xml, {}, incomplete=False)  # as Enketo splits: no flag at all
    assert first.status_code == 201
    assert "1" in message_of(first)  # one photo is still to come
    assert present(server, instance_id) == {"a.jpg": None}
    assert phone.post(xml, {"a.jpg": b"photo"}).status_code == 201
    assert present(server, instance_id) == {"a.jpg": b"photo"}


def test_other_bytes_under_a_known_file_name_replace_it_and_the_older_blob_stays(
    server, schema, phone
) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=instance_id)
    phone.send(xml, {"a.jpg": b"first"})
    old = server.store.submissions.files(kept(server, instance_id).seq)[0].sha256
    assert phone.send(xml, {"a.jpg": b"second"}).statuses == (201,)
    assert present(server, instance_id) == {"a.jpg": b"second"}
    assert server.store.blobs.read(old) == b"first"


def test_files_that_nothing_names_are_kept_and_hinder_nothing(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {}, instance_id=instance_id)
    assert phone.send(xml, {"left over.jpg": b"x", "../../evil": b"y"}).statuses == (201,)
    files = server.store.submissions.files(kept(server, instance_id).seq)
    assert {f.name for f in files if not f.expected} == {"left over.jpg", "../../evil"}


def test_a_file_is_found_by_its_field_name_else_by_its_file_name(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=instance_id)
    body = (
        b'--B\r\nContent-Disposition: form-data; name="file1"; filename="a.jpg"\r\n\r\nphoto\r\n'
        b'--B\r\nContent-Disposition: form-data; name="xml_submission_file"\r\n\r\n' + xml + b"\r\n--B--\r\n"
    )
    assert phone.post_raw(body, "multipart/form-data; boundary=B").status_code == 201
    assert present(server, instance_id) == {"a.jpg": b"photo"}


def test_two_hundred_files_of_one_instance_arrive(server, schema, phone) -> None:
    xml = an_instance(schema, {}, instance_id=fresh())
    sent = phone.send(xml, {f"{number}.jpg": b"%d" % number for number in range(202)})
    assert sent.statuses == (201, 201)


def test_different_bytes_under_a_known_number_are_refused_and_kept(server, schema, phone) -> None:
    instance_id = fresh()
    phone.send(an_instance(schema, {"village": "first"}, instance_id=instance_id))
    other = an_instance(schema, {"village": "second"}, instance_id=instance_id)
    refused = phone.send(other)
    assert refused.statuses == (409,)
    assert instance_id in refused.message
    assert phone.send(other).statuses == (409,)
    found = [each for each in server.store.quarantine.all(1) if each.instance_id == instance_id]
    assert [(each.times, server.store.quarantine.xml(each.quarantine_id)) for each in found] == [(2, other)]


def test_what_was_taken_out_of_the_quarantine_is_a_201_at_the_next_try(server, schema, phone) -> None:
    instance_id = fresh()
    xml = an_instance(schema, {"village": "x"}, instance_id=instance_id, version="unknown")
    assert phone.send(xml).statuses == (404,)
    refused = next(each for each in server.store.quarantine.all(1) if each.instance_id == instance_id)
    server.store.write(
        lambda tx: server.store.quarantine.accept(
            tx,
            refused.quarantine_id,
            version="1",
            round_id=None,
            expected=(),
            now=now(),
            actor=None,
        )
    )
    assert phone.send(xml).statuses == (201,)


def test_the_same_number_on_another_form_is_another_submission(server, schema, phone) -> None:
    other = server.publish(WELL.replace("well_visit", "other_visit")).schema
    instance_id = fresh()
    assert phone.send(an_instance(schema, {}, instance_id=instance_id)).statuses == (201,)
    assert phone.send(an_instance(other, {}, instance_id=instance_id)).statuses == (201,)


def test_an_edit_is_a_new_version_under_the_first_number(server, schema, phone) -> None:
    first, second = fresh(), fresh()
    phone.send(an_instance(schema, {"photo": "a.jpg"}, instance_id=first), {"a.jpg": b"photo"})
    edit = an_instance(schema, {"photo": "a.jpg", "village": "y"}, instance_id=second, deprecated_id=first)
    assert phone.send(edit).statuses == (201,)
    submission = kept(server, second)
    assert (submission.root_instance_id, submission.state) == (first, "edited")
    assert present(server, second)["a.jpg"] == b"photo"  # carried forward


def test_the_second_post_of_a_split_edit_is_no_conflict(server, schema, phone) -> None:
    first, second = fresh(), fresh()
    phone.send(an_instance(schema, {}, instance_id=first))
    edit = an_instance(schema, {"photo": "a.jpg", "second": "b.jpg"}, instance_id=second, deprecated_id=first)
    sent = phone.send(edit, {"a.jpg": b"a" * 900, "b.jpg": b"b" * 900}, accept=1000)
    assert sent.statuses == (201, 201)
    assert present(server, second) == {"a.jpg": b"a" * 900, "b.jpg": b"b" * 900}


def test_an_edit_of_what_is_not_current_any_more_is_refused(server, schema, phone) -> None:
    first, second, third = fresh(), fresh(), fresh()
    phone.send(an_instance(schema, {}, instance_id=first))
    phone.send(an_instance(schema, {"village": "2"}, instance_id=second, deprecated_id=first))
    late = an_instance(schema, {"village": "3"}, instance_id=third, deprecated_id=first)
    assert phone.send(late).statuses == (409,)


def test_an_edit_of_what_never_arrived_waits_on_the_phone(server, schema, phone) -> None:
    edit = an_instance(schema, {}, instance_id=fresh(), deprecated_id=fresh())
    assert phone.send(edit).statuses == (404,)


def test_an_edit_that_takes_a_known_number_is_refused(server, schema, phone) -> None:
    first, taken = fresh(), fresh()
    phone.send(an_instance(schema, {}, instance_id=first))
    phone.send(an_instance(schema, {}, instance_id=taken))
    edit = an_instance(schema, {"village": "z"}, instance_id=taken, deprecated_id=first)
    assert phone.send(edit).statuses == (409,)


def test_an_instance_without_a_number_gets_one_and_comes_only_once(server, schema, phone) -> None:
    xml = an_instance(schema, {"village": "nameless"}, instance_id=None)
    before = server.store.ledger.head().seq
    assert phone.send(xml).statuses == (201,)
    assert phone.send(xml).statuses == (201,)
    assert server.store.ledger.head().seq == before + 1


def test_an_encrypted_instance_without_a_number_is_refused(phone, schema) -> None:
    xml = (
        b'<data id="well_visit" version="1" encrypted="yes"><base64EncryptedKey>x</base64EncryptedKey></data>'
    )
    assert phone.send(xml).statuses == (400,)


def test_a_form_that_is_unknown_is_named(phone, schema) -> None:
    xml = b'<data id="nowhere"><meta><instanceID>uuid:9</instanceID></meta></data>'
    sent = phone.send(xml)
    assert sent.statuses == (404,)
    assert "nowhere" in sent.message


def test_older_published_versions_are_taken(server, phone) -> None:
    old = server.publish(WELL.replace("well_visit", "versioned")).schema
    server.publish(WELL_2.replace("well_visit", "versioned"))
    assert phone.send(an_instance(old, {}, instance_id=fresh())).statuses == (201,)
    unknown = an_instance(old, {}, instance_id=fresh(), version="")  # no version is a version of its own
    assert phone.send(unknown).statuses == (404,)


@pytest.mark.parametrize(
    ("state", "status", "listed"), [("closing", 201, False), ("closed", 409, False), ("open", 201, True)]
)
def test_a_closing_form_takes_answers_and_a_closed_one_does_not(server, phone, state, status, listed) -> None:
    schema = server.publish(WELL.replace("well_visit", f"state_{state}")).schema
    set_form_state(server.store, 1, schema.form_id, state, now=now(), actor=None)
    assert phone.send(an_instance(schema, {}, instance_id=fresh())).statuses == (status,)
    assert (schema.form_id in {form.form_id for form in phone.form_list()}) is listed
    xml = phone.get(f"{phone.server_url}/forms/{schema.form_id}.xml")
    assert xml.status_code == (403 if state == "closed" else 200)


def test_only_204_before_sending(phone, server) -> None:
    url = f"{phone.server_url}/submission?deviceID=collect%3Aabc"
    for method in ("HEAD", "GET"):
        reply = phone.client.request(method, url)
        assert reply.status_code == 204
        assert reply.content == b""
        assert reply.headers["x-openrosa-accept-content-length"] == "100000000"
        assert "location" not in reply.headers


@pytest.mark.parametrize(("language", "word"), [("ky", "Рахмат"), ("ru", "Спасибо"), ("en", "Thank you")])
def test_thanks_are_said_in_the_language_of_the_phone(server, schema, language, word) -> None:
    phone = server.phone(f"Phone {language}", language)
    sent = phone.send(an_instance(schema, {}, instance_id=fresh()))
    assert sent.message.startswith(word)


def test_where_no_language_is_known_all_three_are_said(server, phone) -> None:
    unknown = "x" * 64
    reply = phone.client.head(f"{server.address}/v1/key/{unknown}/projects/1/submission")
    assert reply.status_code == 403
    reply = phone.client.get(f"{server.address}/v1/key/{unknown}/projects/1/formList")
    assert len(message_of(reply).split("\n")) == 3


def test_a_token_that_is_unknown_is_403_and_a_damaged_one_401(server, phone) -> None:
    for token, status in [("x" * 64, 403), ("short", 401), ("%00" * 3, 401)]:
        for path in ("formList", "submission"):
            reply = phone.client.get(f"{server.address}/v1/key/{token}/projects/1/{path}")
            assert reply.status_code == status
            assert reply.headers["x-openrosa-version"] == "1.0"
            assert "www-authenticate" not in reply.headers


def test_a_revoked_phone_has_no_access_at_once(server, schema) -> None:
    from server.actions.add_app_user import revoke_app_user

    phone = server.phone("Lost phone")
    assert phone.form_list()
    user = server.store.app_users.all(1)[-1]
    revoke_app_user(server.store, 1, user.actor_id, now=now(), actor=None)
    assert phone.send(an_instance(schema, {}, instance_id=fresh())).statuses == (403,)
    assert phone.get(f"{phone.server_url}/formList").status_code == 403


def test_a_trailing_slash_of_the_server_address_changes_nothing(server, schema, phone) -> None:
    slashed = Phone(phone.server_url + "/", client=phone.client)
    assert slashed.form_list()
    assert slashed.send(an_instance(schema, {}, instance_id=fresh())).statuses == (201,)


def test_a_post_is_never_redirected(phone) -> None:
    body, content_type = multipart(b"<data/>", {})
    reply = phone.client.post(
        f"{phone.server_url}/submission/", content=body, headers={"Content-Type": content_type}
    )
    assert reply.status_code == 404


def test_a_chunked_body_is_taken(schema, phone) -> None:
    body, content_type = multipart(an_instance(schema, {}, instance_id=fresh()), {})
    reply = phone.client.post(
        f"{phone.server_url}/submission",
        content=iter([body[:100], body[100:]]),
        headers={"Content-Type": content_type},
    )
    assert reply.request.headers["transfer-encoding"] == "chunked"
    assert reply.status_code == 201
