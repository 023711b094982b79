"""A new version of an instance, and what changed between two.

- The same document with other answers, under a new instanceID; what it replaces is named as phones name it.
- A question that was not there is put in, rows of repeats are found by their position, unwritable letters go.
- Differences have ODK Central's shape: a path, what was, what is; rows that moved are no differences.
"""

from __future__ import annotations

from forms.differences import Difference, differences, read_tree
from forms.edited_instance import answer_keys, edited_instance
from forms.instance import parse_instance, read_answers
from tests.make import a_form, an_instance

FORM = a_form(
    """
| survey |
| | type | name | label |
| | text | site | Site |
| | begin_group | more | More |
| | text | note | Note |
| | end_group | | |
| | begin_repeat | tap | Tap |
| | text | name | Name |
| | end_repeat | | |
| settings |
| | form_id | form_title | version |
| | wells | Wells | 1 |
"""
)
SCHEMA = FORM.xform.schema
REPEATS = frozenset({"/tap"})


def an_answer(*taps: str, site: str = "a", instance_id: str = "uuid:1") -> bytes:
    return an_instance(
        FORM,
        {"site": site, "/more/note": None, "tap": [{"name": tap} for tap in taps]},
        instance_id=instance_id,
    )


def edit(xml: bytes, **changes: str) -> bytes:
    return edited_instance(xml, changes, schema=SCHEMA, instance_id="uuid:2", deprecated_id="uuid:1")


def test_an_edit_is_the_same_document_with_other_answers() -> None:
    changed = edited_instance(
        an_answer("n", "s"),
        {"/site": "b <&> \x1d", "/more/note": "new", "/tap[2]/name": "south", "/tap[3]/name": "none"},
        schema=SCHEMA,
        instance_id="uuid:2",
        deprecated_id="uuid:1",
    )
    instance = parse_instance(changed)
    assert (instance.instance_id, instance.deprecated_id) == ("uuid:2", "uuid:1")
    answers = read_answers(instance, SCHEMA)
    assert (answers.values["/site"], answers.values["/more/note"]) == ("b <&> \ufffd", "new")
    assert [row.values["/tap/name"] for row in answers.repeats["/tap"]] == ["n", "south"]
    assert changed.rstrip().endswith(b"<deprecatedID>uuid:1</deprecatedID></meta></data>")


def test_an_edit_of_an_edit_names_the_one_before_alone() -> None:
    again = edited_instance(
        edit(an_answer()), {}, schema=SCHEMA, instance_id="uuid:3", deprecated_id="uuid:2"
    )
    instance = parse_instance(again)
    assert (instance.instance_id, instance.deprecated_id) == ("uuid:3", "uuid:2")
    assert again.count(b"deprecatedID>") == 2


def test_a_document_of_strange_namespaces_stays_one() -> None:
    xml = b"""<w:data xmlns:w="urn:w" id="wells" version="1" instanceID="x"><w:site>a</w:site></w:data>"""
    instance = parse_instance(edit(xml, **{"/site": "b", "/more/note": "n"}))
    assert (instance.instance_id, instance.deprecated_id) == ("uuid:2", "uuid:1")
    assert read_answers(instance, SCHEMA).values == {"/site": "b", "/more/note": "n"} | {
        path: text for path, text in read_answers(instance, SCHEMA).values.items() if "/meta/" in path
    }


def test_every_place_of_an_answer_has_its_key() -> None:
    keys = {key: text for key, _path, text in answer_keys(an_answer("n", "s"), SCHEMA)}
    assert keys.items() >= {"/site": "a", "/more/note": "", "/tap[1]/name": "n", "/tap[2]/name": "s"}.items()


def told(old: bytes, new: bytes) -> list[Difference]:
    found = differences(read_tree(old, REPEATS), read_tree(new, REPEATS))
    return [one for one in found if one.path[0] != "meta"]


def test_differences_name_what_was_and_what_is() -> None:
    old, new = an_answer("n"), edit(an_answer("n"), **{"/site": "b", "/more/note": "x"})
    assert told(old, new) == [
        Difference(("site",), old="a", new="b"),
        Difference(("more",), new={"note": "x"}),
    ]
    meta = differences(read_tree(old, REPEATS), read_tree(new, REPEATS))
    assert Difference(("meta", "deprecatedID"), new="uuid:1") in meta


def test_rows_are_found_again_wherever_they_moved() -> None:
    assert told(an_answer("n", "s"), an_answer("w", "n", "s")) == [
        Difference((("tap", 0),), new={"name": "w"})
    ]
    assert told(an_answer("n", "s"), an_answer("s")) == [Difference((("tap", 0),), old={"name": "n"})]
    assert told(an_answer("n", "s"), an_answer("n", "x")) == [
        Difference((("tap", 1), "name"), old="s", new="x")
    ]


def test_a_hidden_answer_is_in_no_difference() -> None:
    hidden = frozenset({"site"})
    one, other = (read_tree(an_answer(site=site), REPEATS, hidden) for site in ("a", "b"))
    assert differences(one, other) == ()
