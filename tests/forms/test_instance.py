"""What a filled-in form says, as genuine clients write it:

- who it is: form, version, instanceID, deprecatedID, whatever namespaces and prefixes are used;
- absent, empty and filled are three different things; repeats have keys as in ODK Central's CSV;
- the mistakes of known clients are mended for reading, the bytes stay as they are;
- what is cut off is refused, never half read.
"""

from __future__ import annotations

import pytest

from forms.faults.instance import InstanceBroken, InstanceForbidden, InstanceTooLarge, InstanceWithoutForm
from forms.instance import Answers, RepeatRow, expected_media, parse_instance, read_answers
from tests.make import a_form, an_instance

UUID = "uuid:0a000000-0000-4000-8000-000000000001"

FAMILY = """
    | survey |
    |        | type         | name     | label    | relevant      |
    |        | text         | site     | Site     |               |
    |        | begin_group  | family   | Family   | ${site} != '' |
    |        | begin_repeat | child    | Child    |               |
    |        | text         | name     | Name     |               |
    |        | begin_repeat | toy      | Toy      |               |
    |        | text         | what     | What     |               |
    |        | image        | picture  | Picture  |               |
    |        | end_repeat   |          |          |               |
    |        | end_repeat   |          |          |               |
    |        | end_group    |          |          |               |
    |        | image        | house    | House    |               |
    |        | audit        | audit    |          |               |
    | settings |
    |        | form_id | version |
    |        | family  | 3       |
"""


def read(xml: bytes) -> Answers:
    return read_answers(parse_instance(xml), a_form(FAMILY).xform.schema)


def test_an_instance_names_its_form_its_version_and_itself() -> None:
    xml = an_instance(a_form(FAMILY), {"site": "A"}, deprecated_id="uuid:before")
    instance = parse_instance(xml)
    assert (instance.form_id, instance.version) == ("family", "3")
    assert (instance.instance_id, instance.deprecated_id) == (UUID, "uuid:before")
    assert not instance.encrypted


@pytest.mark.parametrize(
    "meta",
    [
        "<meta><instanceID>uuid:x</instanceID></meta>",
        "<meta>\n  <instanceID>\n uuid:x </instanceID></meta>",
        '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:x</orx:instanceID></orx:meta>',
        '<meta xmlns="http://openrosa.org/xforms"><instanceID>uuid:x</instanceID></meta>',
        "<orx:meta><orx:instanceID>uuid:x</orx:instanceID></orx:meta>",
        "<meta><orx:instanceID>uuid:x</orx:instanceID></meta>",
        "<meta><instanceID/></meta><orx:meta><orx:instanceID>uuid:x</orx:instanceID></orx:meta>",
    ],
)
def test_the_meta_block_is_known_by_its_local_names(meta: str) -> None:
    assert parse_instance(f'<data id="f" version="1">{meta}</data>'.encode()).instance_id == "uuid:x"


@pytest.mark.parametrize(
    ("root", "form_id", "version"),
    [
        ('<data id="f">', "f", ""),
        ('<data id="f" version="">', "f", ""),
        ('<data id="f" orx:version="7" xmlns:orx="http://openrosa.org/xforms">', "f", "7"),
        ('<data id="f" orx:version="7">', "f", "7"),
        ('<data xmlns="http://example.org/form-17" version="2">', "http://example.org/form-17", "2"),
        ('<data xmlns="http://example.org/other" id="f" version="2">', "f", "2"),
    ],
)
def test_form_and_version_are_read_as_clients_old_and_new_write_them(
    root: str, form_id: str, version: str
) -> None:
    instance = parse_instance(f"{root}</data>".encode())
    assert (instance.form_id, instance.version) == (form_id, version)


@pytest.mark.parametrize("root", ["<data>", '<data id="">', '<data xmlns="http://www.w3.org/2002/xforms">'])
def test_an_instance_without_a_form_is_refused(root: str) -> None:
    with pytest.raises(InstanceWithoutForm):
        parse_instance(f"{root}<meta><instanceID>uuid:x</instanceID></meta></data>".encode())


def test_an_instance_without_instance_id_has_none() -> None:
    assert parse_instance(b'<data id="f"><meta><instanceID> </instanceID></meta></data>').instance_id is None
    assert parse_instance(b'<data id="f" instanceID="uuid:pushed"/>').instance_id == "uuid:pushed"


def test_absent_empty_and_filled_are_three_things() -> None:
    values = read(b'<data id="family"><site/><house>a.jpg</house></data>').values
    assert values == {"/site": "", "/house": "a.jpg"}


def test_every_repeat_has_its_rows_with_keys_of_their_parents() -> None:
    answers = read(
        an_instance(
            a_form(FAMILY),
            {
                "site": "A",
                "child": [
                    {"name": "Бурул", "toy": [{"what": "ball"}, {"what": "doll", "picture": "d.jpg"}]},
                    {"name": "Улан", "toy": [{"what": "car"}]},
                ],
            },
        )
    )
    child, toy = "/family/child", "/family/child/toy"
    assert answers.repeats[child] == [
        RepeatRow(f"{UUID}/family/child[1]", UUID, 1, {f"{child}/name": "Бурул"}),
        RepeatRow(f"{UUID}/family/child[2]", UUID, 2, {f"{child}/name": "Улан"}),
    ]
    assert [
        (row.key, row.parent_key, row.position, row.values[f"{toy}/what"]) for row in answers.repeats[toy]
    ] == [
        (f"{UUID}/family/child[1]/toy[1]", f"{UUID}/family/child[1]", 1, "ball"),
        (f"{UUID}/family/child[1]/toy[2]", f"{UUID}/family/child[1]", 2, "doll"),
        (f"{UUID}/family/child[2]/toy[1]", f"{UUID}/family/child[2]", 1, "car"),
    ]


def test_no_repeat_is_no_row() -> None:
    assert read(b'<data id="family"><site/></data>').repeats == {"/family/child": [], "/family/child/toy": []}


def test_fields_of_another_version_are_passed_over() -> None:
    xml = b'<data id="family"><gone>1</gone><site>A</site><family><gone><site>B</site></gone></family></data>'
    assert read(xml).values == {"/site": "A"}


def test_the_files_are_what_the_binary_questions_name_each_once() -> None:
    rows = [{"name": "n", "toy": [{"what": "w", "picture": " p.jpg "}, {"what": "w", "picture": "p.jpg"}]}]
    xml = an_instance(
        a_form(FAMILY), {"site": "A", "child": rows, "house": "дом 1.jpg", "audit": "audit.csv"}
    )
    assert expected_media(read(xml), a_form(FAMILY).xform.schema) == ["p.jpg", "дом 1.jpg", "audit.csv"]


@pytest.mark.parametrize(
    "namespace", ["http://www.opendatakit.org/xforms/encrypted", "http://opendatakit.org/submissions"]
)
@pytest.mark.parametrize(
    "media",
    ["<media><file>1.jpg.enc</file></media><media><file>a.csv.enc</file></media>",
     "<media><file>1.jpg.enc</file><file>a.csv.enc</file></media>"],
)  # fmt: skip
def test_an_encrypted_instance_names_its_files_and_tells_nothing_else(namespace: str, media: str) -> None:
    xml = (
        f'<data id="family" version="3" encrypted="yes" xmlns="{namespace}">'
        "<base64EncryptedKey>AAAA</base64EncryptedKey>"
        f'<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{UUID}</orx:instanceID></orx:meta>'
        f"{media}<encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>"
    ).encode()
    instance = parse_instance(xml)
    answers = read(xml)
    assert (instance.encrypted, instance.instance_id, answers.values) == (True, UUID, {})
    assert expected_media(answers, a_form(FAMILY).xform.schema) == [
        "1.jpg.enc",
        "a.csv.enc",
        "submission.xml.enc",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&#55357;&#56834;", "😂"),
        ("&#xD83D;&#xDE02;", "😂"),
        ("&#65;&#55357;&#56834;&#55357;&#56834;!", "A😂😂!"),
        ("a&#55357;b", "a\ufffdb"),
        ("01&#29;21&#x1D;x", "0121x"),
        ("a\x1db", "ab"),
        ("&#0;&#xFFFF;&#1114112;z", "z"),
        ("ө&#1199;&#x4A3;&#10;", "өүң\n"),
    ],
)
def test_characters_that_xml_cannot_hold_are_mended_for_reading(written: str, meant: str) -> None:
    assert read(f'<data id="family"><site>{written}</site></data>'.encode()).values == {"/site": meant}


def test_surrogates_written_as_bytes_are_joined() -> None:
    xml = '<data id="family"><site>\ud83d\ude02</site></data>'.encode("utf-8", "surrogatepass")
    assert read(xml).values == {"/site": "😂"}


@pytest.mark.parametrize("before", [b"\n  ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_whitespace_and_a_mark_before_the_declaration_do_no_harm(before: bytes) -> None:
    xml = before + b"<?xml version='1.0' encoding='UTF-8'?><data id=\"family\"><site>A</site></data>"
    assert read(xml).values == {"/site": "A"}


def test_prefixes_nobody_declared_are_read_and_declared_ones_kept() -> None:
    xml = (
        b'<data id="family" jr:x="1"><site>a:b="c"</site><entities:thing/>'
        b'<o:meta xmlns:o="http://openrosa.org/xforms"><o:instanceID>uuid:y</o:instanceID></o:meta></data>'
    )
    assert parse_instance(xml).instance_id == "uuid:y"
    assert read(xml).values == {"/site": 'a:b="c"', "/meta/instanceID": "uuid:y"}


@pytest.mark.parametrize("damage", ["", "&#29;", "&#55357;&#56834;", "<orx:x/>"])
def test_an_instance_cut_off_at_any_byte_is_refused_whatever_else_is_mended(damage: str) -> None:
    whole = an_instance(a_form(FAMILY), {"site": "A"}).replace(b"<site>A", b"<site>A" + damage.encode())
    if damage.startswith("<"):
        whole = whole.replace(b"<site>A<orx:x/></site>", b"<site>A</site><orx:x/>")
    parse_instance(whole)
    for length in range(len(whole)):
        with pytest.raises(InstanceBroken):
            parse_instance(whole[:length])


def test_hostile_instances_are_refused_by_name() -> None:
    with pytest.raises(InstanceForbidden):
        parse_instance(b'<!DOCTYPE d [<!ENTITY e "x">]><data id="f">&e;</data>')
    with pytest.raises(InstanceTooLarge):
        parse_instance(b'<data id="f">' + b"<r><a/></r>" * 1_000_000 + b"</data>")
    with pytest.raises(InstanceTooLarge):
        parse_instance(b'<data id="f">' + b"<r>" * 5000 + b"</r>" * 5000 + b"</data>")
    with pytest.raises(InstanceBroken):
        parse_instance(b'<data id="f"><a>\xff\xfe</a></data>')
    with pytest.raises(InstanceBroken):
        parse_instance(b'<data id="f">' + b"".join(b"<p%d:a/>" % n for n in range(1000)) + b"</data>")


def test_many_repeats_within_the_limit_are_read() -> None:
    rows = b"<child><name>n</name></child>" * 100_000
    answers = read(b'<data id="family"><family>' + rows + b"</family></data>")
    assert answers.repeats["/family/child"][-1].position == 100_000
