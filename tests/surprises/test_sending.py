"""What real phones and web forms send: splits, resends, edits, odd names, odd XML.

Each test names the surprise (protocol.md 19) and the source it was read in.
C is getodk/collect, CB getodk/central-backend, EN enketo/enketo.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest

from server.store.submissions import Wanted
from tests.make import a_form, an_instance
from tests.phone import multipart

SELECTS = """
| survey |
| | type | name | label |
| | select_one yn | works | Works |
| | select_multiple yn | both | Both |
| | begin_group | inside | Inside |
| | decimal | depth | Depth |
| | end_group | | |
| | begin_repeat | visit | Visit |
| | text | who | Who |
| | dateTime | at | At |
| | end_repeat | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| settings |
| | form_id | form_title | version |
| | selects | Selects | 1 |
"""


def a_body(*parts: tuple[str, bytes]) -> tuple[bytes, str]:
    """A multipart body with these headers and contents, in this order."""
    pieces = [b"--B\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts]
    return b"".join(pieces) + b"--B--\r\n", "multipart/form-data; boundary=B"


def named(name: str, filename: str | None = None, kind: str | None = None) -> str:
    head = f'Content-Disposition: form-data; name="{name}"'
    head += f'; filename="{filename}"' if filename is not None else ""
    return head + (f"\r\nContent-Type: {kind}" if kind else "")


def test_14_the_same_bytes_are_welcome_and_bring_their_files(phone, schema, fresh, files) -> None:
    """Surprise 14: the same XML again must succeed and take attachments.

    (CB: lib/resources/submissions.js; central#793)
    """
    xml = an_instance(schema, {"photo": "a.jpg", "second": "b.jpg"}, instance_id=fresh)
    for sent in ({}, {"a.jpg": b"a"}, {"b.jpg": b"b"}, {}):
        assert phone.post(xml, sent).status_code == 201
    assert files(fresh) == {"a.jpg": b"a", "b.jpg": b"b"}


def test_15_the_second_post_of_a_split_edit_is_none_of_an_outdated_one(phone, schema, fresh, files) -> None:
    """Surprise 15: it names a deprecatedID that is no longer current.

    (CB: lib/resources/submissions.js; test "should upsert attachments")
    """
    assert phone.send(an_instance(schema, {}, instance_id=fresh)).accepted
    edit = an_instance(
        schema,
        {"photo": "a.jpg", "second": "b.jpg"},
        instance_id=f"{fresh}-2",
        deprecated_id=fresh,
    )
    sent = phone.send(edit, {"a.jpg": b"a" * 900, "b.jpg": b"b" * 900}, accept=1000)
    assert sent.statuses == (201, 201)
    assert files(fresh) == {"a.jpg": b"a" * 900, "b.jpg": b"b" * 900}


def test_16_what_is_complete_is_told_by_the_answers_and_by_no_flag(phone, schema, fresh, files) -> None:
    """Surprise 16: Enketo splits without *isIncomplete* (EN: connection.js)."""
    xml = an_instance(schema, {"photo": "a.jpg", "second": "b.jpg"}, instance_id=fresh)
    assert phone.post(xml, {"a.jpg": b"a"}).status_code == 201  # no flag, and not complete
    assert files(fresh) == {"a.jpg": b"a", "b.jpg": None}
    assert phone.post(xml, {"b.jpg": b"b"}, incomplete=True).status_code == 201  # the flag, and complete
    assert files(fresh) == {"a.jpg": b"a", "b.jpg": b"b"}


def test_17_one_post_may_be_larger_than_the_limit_and_have_101_files(phone, schema, fresh, server) -> None:
    """Surprise 17: at least one file goes into every POST, and up to 101 (C: OkHttpConnection.java)."""
    settings = server.context.settings
    assert settings.body_bytes > settings.accept_bytes + settings.xml_bytes
    many = {f"{number}.jpg": b"%d" % number for number in range(101)}
    reply = phone.post(an_instance(schema, {}, instance_id=fresh), many)
    assert reply.status_code == 201


def test_18_the_answers_may_be_the_last_part_large_and_of_any_name(
    phone, schema, fresh, kept, server
) -> None:
    """Surprise 18: anywhere, any file name or none, over 1 MB (CB test "save given attachments")."""
    xml = an_instance(schema, {"village": "x" * 1_500_000, "photo": "a.jpg"}, instance_id=fresh)
    body, kind = a_body(
        (named("a.jpg", "a.jpg", "image/jpeg"), b"photo"),
        (named("xml_submission_file"), xml),  # a text field, as far as a framework can tell
    )
    assert phone.post_raw(body, kind).status_code == 201
    assert server.store.submissions.xml(kept(fresh).seq) == xml


def test_19_files_that_nothing_names_do_no_harm(phone, schema, fresh, files) -> None:
    """Surprise 19: every file of the instance's folder is sent (CB test; C: getFilesInParentDirectory)."""
    reply = phone.post(an_instance(schema, {}, instance_id=fresh), {"left.jpg": b"x", "a.txt": b"y"})
    assert reply.status_code == 201 and set(files(fresh)) >= {"left.jpg"}


@pytest.mark.parametrize("name", ["Сүрөт 1.jpg", "photo (1).jpg", "🦎.jpg", "صورة.jpg", 'a"b.jpg', "a;b.jpg"])
def test_20_names_are_raw_utf_8_and_stay_as_they_are(
    phone, schema, fresh, files, server, name, manager
) -> None:
    """Surprise 20: sanitising a name loses the file (CB test unicode; kobocat#432)."""
    xml = an_instance(schema, {"photo": name}, instance_id=fresh)
    assert phone.post(xml, {name: b"photo"}).status_code == 201
    assert files(fresh) == {name: b"photo"}
    reply = manager.get(f"/v1/projects/1/forms/well_visit/submissions/{fresh}/attachments/{name}")
    assert reply.status_code == 200 and reply.content == b"photo"


def test_21_two_questions_may_name_one_file_and_two_files_be_alike(phone, schema, fresh, files) -> None:
    """Surprise 21 (central-backend#299, gh330 test)."""
    xml = an_instance(schema, {"photo": "a.jpg", "second": "a.jpg"}, instance_id=fresh)
    assert phone.send(xml, {"a.jpg": b"photo"}).accepted
    assert files(fresh) == {"a.jpg": b"photo"}
    other = an_instance(schema, {"photo": "a.jpg", "second": "b.jpg"}, instance_id=f"{fresh}-2")
    assert phone.send(other, {"a.jpg": b"same", "b.jpg": b"same"}).accepted
    assert files(f"{fresh}-2") == {"a.jpg": b"same", "b.jpg": b"same"}


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<village>&#55357;&#56834;</village>", "an emoji as two halves"),
        ("<village>a&#29;b</village>", "a control character of a barcode"),
        ("<village>a\x1db</village>", "the same as it is"),
    ],
)
def test_26_what_genuine_phones_write_is_read_though_it_is_no_xml(
    phone, schema, fresh, kept, server, inside, what, manager
) -> None:
    """Surprise 26 (javarosa PR#685; onadata#1573; commcare-android PR#3236)."""
    xml = (
        f'<?xml version="1.0"?><data id="well_visit" version="1">{inside}'
        f"<meta><instanceID>{fresh}</instanceID></meta></data>"
    ).encode()
    assert phone.send(xml).accepted, what
    assert server.store.submissions.xml(kept(fresh).seq) == xml  # and kept as it came
    rows = manager.get("/v1/projects/1/forms/well_visit/submissions.csv")
    assert rows.status_code == 200 and fresh in rows.text


@pytest.mark.parametrize(
    "meta",
    [
        "<orx:meta><orx:instanceID>{id}</orx:instanceID></orx:meta>",
        '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{id}</orx:instanceID></orx:meta>',
        "<meta><instanceID>{id}</instanceID></meta>",
        '<meta xmlns="http://openrosa.org/xforms"><instanceID> {id} </instanceID></meta>',
    ],
)
def test_27_meta_comes_in_any_dress(phone, schema, fresh, kept, meta) -> None:
    """Surprise 27: undeclared orx:, meta and deprecatedID without namespace.

    (CB test data; C: EditedFormFinalizationProcessor.kt)
    """
    form = '<data id="well_visit" version="1"><village>x</village>{}</data>'
    assert phone.send(form.format(meta.format(id=fresh)).encode()).accepted
    assert kept(fresh).instance_id == fresh
    inner = meta.format(id=f"{fresh}-2").replace("</meta>", f"<deprecatedID>{fresh}</deprecatedID></meta>")
    inner = inner.replace("</orx:meta>", f"<deprecatedID>{fresh}</deprecatedID></orx:meta>")
    assert phone.send(form.format(inner).encode()).accepted
    assert kept(f"{fresh}-2").root_instance_id == fresh


def test_29_no_version_is_a_version_of_its_own(phone, schema, fresh, server, designer) -> None:
    """Surprise 29: a missing version is "", and not an unknown one (CB: 404.6 test, `___` in URLs)."""
    xml = an_instance(schema, {}, instance_id=fresh)
    for wrong in (xml.replace(b'version="1"', b""), xml.replace(b'version="1"', b'version=""')):
        assert phone.send(wrong).statuses == (404,)
    plain = (
        "| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | form_id |\n| | bare |\n"
    )
    form = a_form(plain)
    xform = form.xform.xml.replace(f'version="{form.xform.version}"'.encode(), b'version=""')
    reply = designer.post(
        "/v1/projects/1/forms?publish=true", content=xform, headers={"Content-Type": "application/xml"}
    )
    assert reply.status_code == 200 and reply.json()["version"] == "", reply.text
    sent = b'<data id="bare"><a>x</a><meta><instanceID>uuid:bare</instanceID></meta></data>'
    assert phone.send(sent).statuses == (201,)
    assert designer.get("/v1/projects/1/forms/bare/versions/___.xml").status_code == 200


def test_34_what_is_refused_though_readable_is_kept(phone, schema, fresh, server) -> None:
    """Surprise 34: refused submissions are stuck on the phone, and cannot be edited (collect#5317, #4589)."""
    assert phone.send(an_instance(schema, {"village": "1"}, instance_id=fresh)).accepted
    other = an_instance(schema, {"village": "2"}, instance_id=fresh)
    refused = phone.send(other)
    assert refused.statuses == (409,) and refused.message
    [waiting] = [each for each in server.store.quarantine.all(1) if each.instance_id == fresh]
    assert server.store.quarantine.xml(waiting.quarantine_id) == other


def test_35_an_edit_comes_from_a_phone_too(phone, schema, fresh, kept) -> None:
    """Surprise 35: deprecatedID is not Enketo's alone (C: EditedFormFinalizationProcessor.kt)."""
    second, third = f"{fresh}-2", f"{fresh}-3"
    assert phone.send(an_instance(schema, {}, instance_id=fresh)).accepted
    early = an_instance(schema, {"village": "3"}, instance_id=third, deprecated_id=second)
    assert phone.send(early).statuses == (404,)  # the phone keeps it, and sends it again
    edit = an_instance(schema, {"village": "2"}, instance_id=second, deprecated_id=fresh)
    assert phone.send(edit).accepted and phone.send(early).accepted
    assert kept(third).root_instance_id == fresh


def test_40_numbers_and_offsets_as_java_writes_them(phone, server, manager) -> None:
    """Surprise 40: `+07` offsets and NaN, 1.0E7 (CB: lib/data/odata.js; JR)."""
    form = server.publish(SELECTS.replace("selects", "numbers")).schema
    for number, (depth, at) in enumerate(
        [("1.0E7", "2026-01-02T03:04:05.000+07"), ("NaN", "2026-01-02T03:04:05Z")]
    ):
        values = {"depth": depth, "visit": [{"who": "A", "at": at}]}
        assert phone.send(an_instance(form, values, instance_id=f"uuid:number-{number}")).accepted
    rows = manager.get("/v1/projects/1/forms/numbers.svc/Submissions?$expand=*").json()
    told = {row["__id"]: row for row in rows["value"]}
    assert told["uuid:number-0"]["inside"]["depth"] == 10_000_000
    assert told["uuid:number-1"]["inside"]["depth"] is None
    assert told["uuid:number-0"]["visit"][0]["at"] == "2026-01-02T03:04:05.000+07:00"


def test_23_absent_groups_and_empty_answers_are_both_nothing(phone, server, manager) -> None:
    """Surprise 23: irrelevant groups are absent; empty elements mean null (JR serialiser)."""
    form = server.publish(SELECTS.replace("selects", "absent")).schema
    for name, inside in (("a", ""), ("b", "<works/><inside><depth/></inside>")):
        xml = (
            f'<data id="absent" version="1">{inside}<meta><instanceID>uuid:{name}</instanceID></meta></data>'
        )
        assert phone.send(xml.encode()).accepted
    rows = manager.get("/v1/projects/1/forms/absent.svc/Submissions").json()["value"]
    assert {(row["__id"], row["works"], row["inside"]["depth"]) for row in rows} == {
        ("uuid:a", None, None),
        ("uuid:b", None, None),
    }
    assert (
        form.form_id == "absent"
        and server.store.submissions.count(Wanted(project_id=1, form_id="absent")) == 2
    )


def test_24_only_the_body_tells_a_select(server) -> None:
    """Surprise 24: selects have type string (PX output)."""
    questions = {question.name: question for question in server.publish(SELECTS).schema.questions}
    assert {questions[name].type for name in ("works", "both")} == {"string"}
    assert (questions["works"].control, questions["both"].control) == ("select1", "select")


def test_25_a_template_and_its_copy_are_one_repeat(server) -> None:
    """Surprise 25: both stand in the form's instance (PX output; CB: schema.js)."""
    version = server.publish(SELECTS)
    xform = server.store.forms.xform(version)
    assert xform.count(b"<visit") == 2 and b'jr:template=""' in xform
    assert [repeat.path for repeat in version.schema.repeats] == ["/visit"]
    assert [question.path for question in version.schema.questions].count("/visit/who") == 1


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_answers_in_wide_characters_are_read(phone, schema, fresh, kept, server, manager, charset) -> None:
    """Section 8: XML may be UTF-16 and begin with a mark; programs on Windows write both (XML 1.0, F)."""
    text = an_instance(schema, {"village": "Айыл 😂"}, instance_id=fresh).decode()
    xml = text.replace("<?xml version='1.0' ?>", f'<?xml version="1.0" encoding="{charset}"?>').encode(
        charset
    )
    assert phone.post(xml).status_code == 201
    assert server.store.submissions.xml(kept(fresh).seq) == xml
    rows = manager.get("/v1/projects/1/forms/well_visit/submissions.csv").text
    assert f"Айыл 😂,,,{fresh}" in rows
    assert phone.post(xml[:-60]).status_code == 400


def test_a_name_that_a_mac_took_apart_is_that_name(phone, schema, fresh, files, manager) -> None:
    """Section 19: "й" of a Mac is "и" and a breve; the file and the answer that names it are one (NFC)."""
    whole = "Карта й.jpg"
    apart = unicodedata.normalize("NFD", whole)
    for number, (answer, sent) in enumerate(((whole, apart), (apart, whole))):
        name = f"{fresh}-{number}"
        xml = an_instance(schema, {"photo": answer}, instance_id=name)
        assert phone.send(xml, {sent: b"photo"}).accepted
        assert files(name) == {answer: b"photo"}
        way = f"/v1/projects/1/forms/well_visit/submissions/{name}/attachments"
        assert manager.get(way).json() == [{"name": answer, "exists": True}]
        for asked in (whole, apart):
            assert manager.get(f"{way}/{quote(asked)}").content == b"photo"
        assert manager.post(f"{way}/{quote(sent)}", content=b"newer").status_code == 200
        assert files(name) == {answer: b"newer"}
    both = an_instance(schema, {"photo": whole, "second": apart}, instance_id=f"{fresh}-both")
    assert phone.send(both, {whole: b"1", apart: b"2"}).accepted
    assert files(f"{fresh}-both") == {whole: b"1", apart: b"2"}


def test_an_encoded_body_and_parts_with_lengths_are_read(phone, schema, fresh, files) -> None:
    """Section 7.3: older phones write Content-Length and Content-Transfer-Encoding into every part."""
    xml = an_instance(schema, {"photo": "a.jpg"}, instance_id=fresh)
    head = named("xml_submission_file", "x.xml", "text/xml") + "\r\nContent-Transfer-Encoding: binary"
    photo = named("a.jpg", "a.jpg", "image/jpeg") + "\r\nContent-Length: 5"
    body, kind = a_body((f"{head}\r\nContent-Length: {len(xml)}", xml), (photo, b"photo"))
    assert phone.post_raw(body, kind).status_code == 201
    assert files(fresh) == {"a.jpg": b"photo"}
    assert multipart(xml, {})[1].startswith("multipart/form-data")
