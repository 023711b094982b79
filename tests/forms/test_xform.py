"""What an XForm says, whoever wrote it:

- questions in document order with type, control, repeat, choices and labels by language code;
- a question is conditional when its own relevant, or one of a group around it, can hide it;
- media slots as phones expect them, entity lists, encryption, languages;
- an XForm that phones or addresses cannot carry is refused with the reason.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from forms import errors
from forms.faults import xform as faults
from forms.schema import Choice, MediaSlot, Question, Repeat, Schema
from forms.xform import parse_xform
from tests.make import a_form

GOLDEN = Path(__file__).parent.parent / "golden"

EVERYTHING = """
| survey |
| | type | name | label::Кыргызча (ky) | label::Русский (ru) | hint::Кыргызча (ky) | guidance_hint::Русский (ru) | relevant | calculation | required | parameters | choice_filter | media::audio::Кыргызча (ky) |
| | start | start | | | | | | | | | | |
| | select_one yn | q1 | Ооба? | Да? | Кеңеш | Совет | | | yes | | | q1.mp3 |
| | begin_group | g | Топ | Группа | | | ${q1} = 'yes' | | | | | |
| | integer | n | Сан ${q1} | Число ${q1} | | | | | | | | |
| | begin_repeat | child | Бала | Ребёнок | | | | | | | | |
| | text | cname | Аты | Имя | | | | | | | | |
| | begin_repeat | toy | Оюнчук | Игрушка | | | | | | | | |
| | image | photo | Сүрөт | Фото | | | | | | max-pixels=1024 | | |
| | end_repeat | | | | | | | | | | | |
| | end_repeat | | | | | | | | | | | |
| | end_group | | | | | | | | | | | |
| | select_one_from_file objects.csv | obj | Объект | Объект | | | | | | | type = 'MUN' | |
| | select_multiple yn | many | Көп | Много | | | | | | | | |
| | rank yn | order | Ирет | Порядок | | | | | | | | |
| | range | r | Ирет | Порядок | | | | | | start=0 end=1 step=0.5 | | |
| | note | hello | Салам | Привет | | | | | | | | |
| | calculate | calc | | | | | | pulldata('prices', 'a', 'b', 'c') | | | | |
| | acknowledge | ack | Макул | Согласен | | | | | | | | |
| | geopoint | loc | Жер | Место | | | | | | | | |
| | barcode | code | Код | Код | | | | | | | | |
| | datetime | at | Убакыт | Время | | | ${n} > 1 | | | | | |
| | text | found | - | Найдено | | | | | | | | |
| | audit | audit | | | | | | | | | | |
| choices |
| | list_name | name | label::Кыргызча (ky) | label::Русский (ru) | media::image |
| | yn | yes | Ооба | Да | yes.png |
| | yn | no | Жок | Нет | |
| settings |
| | form_title | form_id | version | default_language |
| | Сынак & дагы | everything | 2026-1 | Русский (ru) |
"""  # noqa: E501 - a table is read along its rows


@pytest.fixture(scope="module")
def schema() -> Schema:
    return a_form(EVERYTHING).xform.schema


def the(schema: Schema, name: str) -> Question:
    question = schema.question(name)
    assert question is not None
    return question


def an_xform(
    model: str = "", body: str = "", instance: str = '<data id="f" version="1"><q/></data>'
) -> bytes:
    """A form made by hand, with the namespaces that such forms use."""
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" '
        'xmlns:odk="http://www.opendatakit.org/xforms" '
        'xmlns:entities="http://www.opendatakit.org/xforms/entities">'
        f"<h:head><h:title>By hand</h:title><model><instance>{instance}</instance>{model}</model></h:head>"
        f"<h:body>{body}</h:body></h:html>"
    ).encode()


def test_the_xform_is_kept_byte_for_byte_and_named_by_its_md5() -> None:
    xform = a_form(EVERYTHING).xform
    assert xform.xml == (GOLDEN / "everything.xml").read_bytes()
    assert xform.md5 == hashlib.md5(xform.xml, usedforsecurity=False).hexdigest()
    assert (xform.form_id, xform.version, xform.title) == ("everything", "2026-1", "Сынак & дагы")


def test_questions_come_in_document_order_with_type_and_control(schema: Schema) -> None:
    assert [(question.path, question.type, question.control) for question in schema.questions] == [
        ("/start", "dateTime", ""),
        ("/q1", "string", "select1"),
        ("/g/n", "int", "input"),
        ("/g/child/cname", "string", "input"),
        ("/g/child/toy/photo", "binary", "upload"),
        ("/obj", "string", "select1"),
        ("/many", "string", "select"),
        ("/order", "string", "rank"),
        ("/r", "decimal", "range"),
        ("/hello", "string", "note"),
        ("/calc", "string", ""),
        ("/ack", "string", "trigger"),
        ("/loc", "geopoint", "input"),
        ("/code", "barcode", "input"),
        ("/at", "dateTime", "input"),
        ("/found", "string", "input"),
        ("/meta/audit", "binary", ""),
        ("/meta/instanceID", "string", ""),
    ]


def test_texts_are_known_by_the_code_of_their_language(schema: Schema) -> None:
    assert (schema.languages, schema.default_language) == (("ky", "ru"), "ru")
    assert schema.language_names == {"ky": "Кыргызча (ky)", "ru": "Русский (ru)"}
    q1 = the(schema, "q1")
    assert q1.labels == {"ky": "Ооба?", "ru": "Да?"}
    assert q1.hints == {"ky": "Кеңеш"}  # the dash of a missing translation is no text
    assert q1.guidance == {"ru": "Совет"}
    assert q1.choices == (
        Choice("yes", {"ky": "Ооба", "ru": "Да"}),
        Choice("no", {"ky": "Жок", "ru": "Нет"}),
    )
    assert the(schema, "n").labels["ru"] == "Число ${q1}"
    assert the(schema, "found").labels == {"ru": "Найдено"}


def test_repeats_nest_and_have_the_labels_of_their_groups(schema: Schema) -> None:
    assert schema.repeats == (
        Repeat("/g/child", None, {"ky": "Бала", "ru": "Ребёнок"}),
        Repeat("/g/child/toy", "/g/child", {"ky": "Оюнчук", "ru": "Игрушка"}),
    )
    assert [the(schema, name).repeat for name in ("n", "cname", "photo")] == [
        None,
        "/g/child",
        "/g/child/toy",
    ]


def test_what_a_relevant_can_hide_is_conditional(schema: Schema) -> None:
    hidden = {question.name for question in schema.questions if question.conditional}
    assert hidden == {"n", "cname", "photo", "at"}


def test_required_external_and_calculated_are_told(schema: Schema) -> None:
    assert the(schema, "q1").required and not the(schema, "n").required
    assert the(schema, "obj").external == "objects.csv" and the(schema, "obj").choices == ()
    assert the(schema, "calc").calculated
    assert the(schema, "photo").mediatype == "image/*"


def test_media_slots_are_the_files_a_phone_will_ask_for(schema: Schema) -> None:
    assert set(schema.media) == {
        MediaSlot("objects.csv", "file"),
        MediaSlot("prices.csv", "file"),
        MediaSlot("q1.mp3", "audio"),
        MediaSlot("yes.png", "image"),
    }


def test_a_schema_travels_as_json(schema: Schema) -> None:
    assert msgspec.json.decode(msgspec.json.encode(schema), type=Schema) == schema


def test_a_form_without_translations_has_one_language_without_a_name() -> None:
    plain = a_form(
        """
        | survey  |
        |         | type          | name | label |
        |         | select_one yn | q    | Q?    |
        | choices |
        |         | list_name | name | label |
        |         | yn        | yes  | Yes   |
        """
    ).xform.schema
    assert plain.languages == ("",)
    assert the(plain, "q").labels == {"": "Q?"}
    assert the(plain, "q").choices == (Choice("yes", {"": "Yes"}),)


def test_a_form_made_by_hand_is_read_like_a_converted_one() -> None:
    schema = parse_xform(
        an_xform(
            instance=(
                '<tree xmlns="http://example.org/tree" id="tree" orx:version="5"><age/><kind/><kinds/>'
                '<kid jr:template=""><name/><orx:meta/></kid><kid><name/><late/></kid>'
                "<pic>jr://images/default.png</pic><orx:meta><orx:instanceID/></orx:meta></tree>"
            ),
            model=(
                '<bind nodeset="/tree/age" type="xsd:int" relevant="true()"/>'
                '<bind id="b" nodeset="kind" type="select1"/><bind nodeset="./kinds" type="odk:rank"/>'
                '<bind nodeset="/tree/kid[position() = 1]/name" type="xsd:string" required="true()"/>'
                '<bind nodeset="/tree/kid" relevant="/tree/age &gt; 1"/>'
                '<bind nodeset="/tree/orx:meta/orx:instanceID" type="string"/>'
            ),
            body=(
                '<group><label>Look</label><input ref="/tree/age"><label>Age</label></input>'
                '<select1 bind="b"><label>Kind</label>'
                "<item><label>Oak</label><value>oak</value></item></select1>"
                '<group ref="/tree/kid"><label>Kids</label><repeat nodeset="/tree/kid">'
                '<input ref="name">'
                '<label>Name <output value="/tree/age"/> of <output value="1 + 1"/></label></input>'
                '<input ref="current()/../late"><label>Late</label></input>'
                '<upload ref="../pic" mediatype="image/*"/></repeat></group></group>'
            ),
        )
    ).schema
    assert (schema.form_id, schema.version) == ("tree", "5")
    assert [(q.path, q.type, q.control, q.repeat, q.conditional) for q in schema.questions] == [
        ("/age", "int", "input", None, False),
        ("/kind", "string", "select1", None, False),
        ("/kinds", "string", "rank", None, False),
        ("/kid/name", "string", "input", "/kid", True),
        ("/kid/meta", "string", "", "/kid", True),
        ("/kid/late", "string", "", "/kid", True),
        ("/pic", "binary", "upload", None, False),
        ("/meta/instanceID", "string", "", None, False),
    ]
    assert the(schema, "kind").choices == (Choice("oak", {"": "Oak"}),)
    assert the(schema, "name").labels == {"": "Name ${age} of …"}
    assert the(schema, "name").required
    assert schema.repeats == (Repeat("/kid", None, {"": "Kids"}),)
    assert schema.media == (MediaSlot("default.png", "image"),)


def test_choices_in_files_are_expected_beside_the_form() -> None:
    fast = parse_xform(
        an_xform(body="""<input ref="/data/q" query="instance('cities')/root/item"/>""")
    ).schema
    assert (the(fast, "q").control, the(fast, "q").external) == ("select1", "itemsets.csv")
    assert fast.media == (MediaSlot("itemsets.csv", "file"),)
    searched = parse_xform(
        an_xform(
            body="""<select1 ref="/data/q" appearance="quick search('fruits', 'matches', 'a', 'b')">
            <item><label>name</label><value>key</value></item><item><label>None</label><value>0</value></item>
            </select1>"""
        )
    ).schema
    assert the(searched, "q").external == "fruits.csv"
    assert [choice.name for choice in the(searched, "q").choices] == ["0"]  # key is a column of the file
    assert searched.media == (MediaSlot("fruits.csv", "file"),)


@pytest.mark.parametrize(
    ("address", "slots"),
    [
        ("jr://images/a.png", [MediaSlot("a.png", "image")]),
        ("jr://audio/a.mp3", [MediaSlot("a.mp3", "audio")]),
        ("jr://video/a.mp4", [MediaSlot("a.mp4", "video")]),
        ("jr://file/a.xml", [MediaSlot("a.xml", "file")]),
        ("jr://file-csv/A.CSV", [MediaSlot("A.CSV", "file")]),
        ("jr://instance/last-saved", []),
        ("jr://file/a/b.xml", []),
        ("http://example.org/a.csv", []),
    ],
)
def test_only_single_names_of_known_kinds_are_media_slots(address: str, slots: list[MediaSlot]) -> None:
    assert list(parse_xform(an_xform(f'<instance id="x" src="{address}"/>')).schema.media) == slots


def test_entity_lists_are_kept_with_what_they_save() -> None:
    schema = a_form(
        """
        | survey |
        |        | type         | name    | label | save_to    |
        |        | text         | village | V     | place#code |
        |        | begin_repeat | well    | W     |            |
        |        | integer      | depth   | D     | wells#deep |
        |        | end_repeat   |         |       |            |
        | entities |
        |          | list_name | label       | entity_id  | create_if | update_if |
        |          | place     | ${village}  |            |           |           |
        |          | wells     | ${depth}    |            |           |           |
        | settings |
        |          | form_id |
        |          | wells   |
        """
    ).xform.schema
    assert schema.entities_version.startswith("2025.1")
    assert [(e.name, e.path, e.creates, e.updates, e.saves) for e in schema.entity_lists] == [
        ("wells", "/well", True, False, {"/well/depth": "deep"}),
        ("place", "", True, False, {"/village": "code"}),
    ]


def test_keys_and_permissions_of_the_form_are_told() -> None:
    sending = '<submission method="post" base64RsaPublicKey=" MII= " odk:client-editable="true"/>'
    schema = parse_xform(an_xform(sending)).schema
    assert (schema.public_key, schema.encrypted, schema.client_editable) == ("MII=", True, True)


@pytest.mark.parametrize(
    ("xml", "error"),
    [
        (b"<html/>", faults.FormWithoutInstance),
        (an_xform(instance="<data><q/></data>"), faults.FormWithoutInstance),
        (an_xform(instance=""), faults.FormWithoutInstance),
        (an_xform().replace(b"By hand", b" "), faults.FormWithoutTitle),
        (an_xform().replace(b'id="f"', b'id="' + b"f" * 250 + b'"'), faults.FormIdInvalid),
        (an_xform().replace(b'id="f"', b'id=".."'), faults.FormIdInvalid),
        (an_xform().replace(b'id="f"', b'id="f.XLSX"'), faults.FormIdInvalid),
        (an_xform().replace(b'id="f"', b'id="f&#10;g"'), faults.FormIdInvalid),
        (an_xform().replace(b'version="1"', b'version="' + b"1" * 250 + b'"'), faults.FormVersionInvalid),
        (an_xform('<submission action="send it"/>'), faults.FormAddressInvalid),
        (an_xform('<submission action="http://[::1"/>'), faults.FormAddressInvalid),
        (
            an_xform(instance='<data id="f"><meta><entity dataset="w" id="" create="1"/></meta></data>'),
            faults.FormEntitiesUnknown,
        ),
        (an_xform()[:-1], faults.FormBroken),
        (b"<!DOCTYPE h>" + an_xform(), faults.FormForbidden),
    ],
)
def test_what_phones_cannot_carry_is_refused(xml: bytes, error: type[errors.BaikooError]) -> None:
    with pytest.raises(error) as refused:
        parse_xform(xml)
    assert len(str(refused.value)) < 400


def test_a_form_id_of_249_characters_is_carried() -> None:
    assert parse_xform(an_xform().replace(b'id="f"', b'id="' + b"f" * 249 + b'"')).form_id == "f" * 249


def test_a_missing_version_is_a_version_and_stays_empty() -> None:
    assert parse_xform(an_xform().replace(b' version="1"', b"")).version == ""


def test_a_deep_form_is_read_or_refused_but_never_breaks_the_reader() -> None:
    deep = parse_xform(an_xform(instance='<data id="f">' + "<g>" * 200 + "<q/>" + "</g>" * 200 + "</data>"))
    assert deep.schema.questions[0].path.endswith("/g/q")
    with pytest.raises(faults.FormTooLarge):
        parse_xform(an_xform(instance='<data id="f">' + "<g>" * 400 + "</g>" * 400 + "</data>"))
