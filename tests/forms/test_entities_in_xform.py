"""What a form says of entity lists, and what an instance says of entities.

- declarations at the root, in groups and in repeats, from 2022.1 to 2025.1; each answer belongs to the
  entity of the nearest group or repeat around it;
- what no client and no server could agree on is refused with Central's number;
- an instance tells which entities it creates and updates, one for every answer to a repeat.
"""

from __future__ import annotations

import pytest

from forms import errors
from forms.entities_in_xform import entity_warnings
from forms.entities_sent import SentEntity, sent_entities
from forms.faults import entities as faults
from forms.faults import xform as xform_faults
from forms.instance import parse_instance
from forms.schema import EntityList, Schema
from forms.xform import parse_xform

ENTITIES = 'xmlns:entities="http://www.opendatakit.org/xforms/entities"'


def an_entity_form(
    instance: str, binds: str = "", body: str = "", version: str = "2025.1.0", model: str = ""
) -> bytes:
    said = f' entities:entities-version="{version}"' if version else ""
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        f'xmlns:jr="http://openrosa.org/javarosa" {ENTITIES}><h:head><h:title>F</h:title>'
        f'<model{said}>{model}<instance><data id="f" version="1">{instance}</data></instance>{binds}</model>'
        f"</h:head><h:body>{body}</h:body></h:html>"
    ).encode()


def entity(name: str = "wells", attributes: str = 'id="" create="1"') -> str:
    return f'<meta><entity dataset="{name}" {attributes}><label/></entity></meta>'


def saved(path: str, name: str) -> str:
    return f'<bind nodeset="/data{path}" entities:saveto="{name}"/>'


REPEAT = '<group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/a"/></repeat></group>'


def test_an_answer_belongs_to_the_nearest_entity_around_it() -> None:
    both = 'id="" create="1" update="1" baseVersion=""'
    xml = an_entity_form(
        f"<q/><g><p/>{entity('places', both)}</g>"
        f'<r jr:template=""><a/>{entity()}</r><r><a/>{entity()}</r>{entity("visits")}',
        saved("/q", "day") + saved("/g/p", "code") + saved("/r/a", "depth"),
        REPEAT,
    )
    declared = {one.name: one for one in parse_xform(xml).schema.entity_lists}
    assert declared == {
        "visits": EntityList("visits", "", True, False, {"/q": "day"}),
        "places": EntityList("places", "/g", True, True, {"/g/p": "code"}),
        "wells": EntityList("wells", "/r", True, False, {"/r/a": "depth"}, "/r"),
    }


@pytest.mark.parametrize("version", ["2022.1.0", "2023.1.0", "2024.1.0", "2025.1.0", "2025.1.7"])
def test_the_versions_clients_write_are_known(version: str) -> None:
    schema = parse_xform(an_entity_form(entity(), version=version)).schema
    assert len(entity_warnings(schema)) == (version < "2024"), "a warning: phones cannot follow it offline"


def test_an_answer_may_be_saved_from_two_questions_of_which_one_is_shown() -> None:
    xml = an_entity_form(f"<a/><b/>{entity()}", saved("/a", "depth") + saved("/b", "depth"))
    assert parse_xform(xml).schema.entity_lists[0].saves == {"/a": "depth", "/b": "depth"}


@pytest.mark.parametrize(
    ("xml", "error", "code"),
    [
        (an_entity_form(entity(), version=""), xform_faults.FormEntitiesUnknown, 400.25),
        (an_entity_form(entity(), version="2021.1.0"), xform_faults.FormEntitiesUnknown, 400.25),
        (an_entity_form(entity(), version="2026.1.0"), xform_faults.FormEntitiesUnknown, 400.25),
        (an_entity_form(entity(""), version="2024.1.0"), faults.EntityListNameBad, 400.25),
        (an_entity_form(entity("a.b")), faults.EntityListNameBad, 400.25),
        (an_entity_form(entity("__a")), faults.EntityListNameBad, 400.25),
        (an_entity_form(entity("1a")), faults.EntityListNameBad, 400.25),
        (an_entity_form(entity("w", 'id=""')), faults.EntityActionMissing, 400.25),
        (an_entity_form(f"<q/>{entity()}", saved("/q", "Label")), faults.EntityPropertyNameBad, 400.25),
        (an_entity_form(f"<q/>{entity()}", saved("/q", "__x")), faults.EntityPropertyNameBad, 400.25),
        (an_entity_form(f"<q/>{entity()}", saved("/q", "a;b")), faults.EntityPropertyNameBad, 400.25),
        (
            an_entity_form(f"<q/><p/>{entity()}", saved("/q", "Code") + saved("/p", "code")),
            faults.EntityPropertyCaseClash,
            409.17,
        ),
        (
            an_entity_form(f"<r><a/></r>{entity()}", saved("/r/a", "depth"), REPEAT),
            faults.EntitySavedFromRepeat,
            400.25,
        ),
        (
            an_entity_form(f"<r><a/>{entity()}</r>", "", REPEAT, version="2024.1.0"),
            faults.EntityVersionTooOld,
            400.25,
        ),
        (
            an_entity_form('<meta><entity dataset="a" create="1"/><entity dataset="b" create="1"/></meta>'),
            faults.EntityTwiceInOnePlace,
            400.25,
        ),
        (
            an_entity_form(entity(), model='<submission base64RsaPublicKey="MIIB"/>'),
            faults.EntityInEncryptedForm,
            400.25,
        ),
    ],
)
def test_what_nobody_could_agree_on_is_refused(
    xml: bytes, error: type[errors.BaikooError], code: float
) -> None:
    with pytest.raises(error) as refused:
        parse_xform(xml)
    assert refused.value.code == code


def sent(instance: str, schema: Schema) -> tuple[SentEntity, ...]:
    return sent_entities(parse_instance(f'<data id="f" version="1">{instance}</data>'.encode()), schema)


def test_an_instance_tells_what_it_creates_and_updates() -> None:
    xml = an_entity_form(f"<q/><p/>{entity()}", saved("/q", "depth") + saved("/p", "owner"))
    schema = parse_xform(xml).schema
    told = sent(
        '<q> 12 </q><meta xmlns="http://openrosa.org/xforms"><entity dataset="wells" id="uuid:1" create="0" '
        'update="true" baseVersion="2" trunkVersion="1" branchId="b"><label>Well &amp; 1</label>'
        "</entity></meta>",
        schema,
    )
    assert told == (
        SentEntity(
            schema.entity_lists[0],
            "wells",
            "uuid:1",
            False,
            True,
            "2",
            "1",
            "b",
            "Well & 1",
            {"depth": " 12 "},
        ),
    )
    assert sent('<meta><entity dataset="wells" id="1" create="" update="no"/></meta>', schema) == ()
    assert sent("<q>1</q>", schema) == ()


def test_every_answer_to_a_repeat_is_an_entity_with_its_own_values() -> None:
    xml = an_entity_form(
        f'<r jr:template=""><a/><b/>{entity()}</r><r><a/><b/>{entity()}</r>',
        saved("/r/a", "depth") + saved("/r/b", "owner"),
        REPEAT,
    )
    one = '<r><a>{a}</a><b/><meta><entity dataset="wells" id="{a}" create="1"/></meta></r>'
    told = sent(one.format(a=1) + one.format(a=2) + "<r><a>3</a></r>", parse_xform(xml).schema)
    assert [(each.uuid, dict(each.data)) for each in told] == [
        ("1", {"depth": "1", "owner": ""}),
        ("2", {"depth": "2", "owner": ""}),
    ]
    both = f"<data id='f' version='1'>{one.format(a=1)}{one.format(a=2)}</data>".encode()
    counts = {"/r[2]/a": "7", "/r[1]/b": "Aigul", "/r[3]/a": "9", "a": "8"}
    told = sent_entities(parse_instance(both), parse_xform(xml).schema, counts)
    assert [dict(each.data) for each in told] == [
        {"depth": "1", "owner": "Aigul"},
        {"depth": "7", "owner": ""},
    ]


def test_encrypted_answers_tell_nothing() -> None:
    schema = parse_xform(an_entity_form(entity())).schema
    encrypted = parse_instance(
        b'<data id="f" version="1" encrypted="yes"><meta><entity dataset="wells" create="1"/></meta></data>'
    )
    assert sent_entities(encrypted, schema) == ()
