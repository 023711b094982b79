"""The list of fields: groups before what is in them, repeats, several versions in one, names for OData."""

from __future__ import annotations

from forms.xform_fields import Field, fields_of, merged, odata_names
from tests.make import a_form

TREES = """
| survey |
| | type                 | name    | label   |
| | begin_group          | place   | Place   |
| | text                 | village | Village |
| | end_group            |         |         |
| | begin_repeat         | tree    | Tree    |
| | image                | photo   | Photo   |
| | select_multiple kind | kinds   | Kinds   |
| | end_repeat           |         |         |
| | integer              | count.1 | Count   |
| choices |
| | list_name | name | label |
| | kind      | a    | A     |
| settings |
| | form_title | form_id | version |
| | Trees      | trees   | 1       |
"""


def shown(fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    return [(field.path, field.type) for field in fields if "/meta" not in field.path]


def test_every_group_stands_before_what_is_in_it() -> None:
    fields = fields_of(a_form(TREES).xform.schema)
    assert shown(fields) == [
        ("/place", "structure"),
        ("/place/village", "string"),
        ("/tree", "repeat"),
        ("/tree/photo", "binary"),
        ("/tree/kinds", "string"),
        ("/count.1", "int"),
    ]
    by_path = {field.path: field for field in fields}
    assert by_path["/meta"].type == "structure" and by_path["/meta/instanceID"].type == "string"
    assert by_path["/tree/photo"].binary and by_path["/tree/kinds"].select_multiple
    assert [field.order for field in fields] == list(range(len(fields)))


def test_what_is_gone_stands_at_the_end_of_its_group() -> None:
    first = fields_of(a_form(TREES).xform.schema)
    second = fields_of(
        a_form(
            TREES.replace("| text                 | village |", "| text                 | hamlet  |")
            .replace("| | integer              | count.1 | Count   |", "| | integer | total | Total |")
            .replace("| 1       |", "| 2       |")
        ).xform.schema
    )
    assert [path for path, _ in shown(merged([first, second]))] == [
        "/place",
        "/place/hamlet",
        "/place/village",
        "/tree",
        "/tree/photo",
        "/tree/kinds",
        "/total",
        "/count.1",
    ]


def test_names_are_what_odata_can_carry() -> None:
    fields = odata_names([Field("🌩", "/q1.8/🌩", "string", False, False, 0)])
    assert (fields[0].name, fields[0].path) == ("__", "/q1_8/__")


def test_fields_that_odata_would_call_alike_keep_names_of_their_own() -> None:
    """As its tables do."""
    paths = ("/аты", "/жашы", "/бала", "/бала/аты", "/бала/жашы", "/a-b", "/a_b")
    named = odata_names(
        [
            Field(path.rpartition("/")[2], path, "string", False, False, order)
            for order, path in enumerate(paths)
        ]
    )
    expected = ["/__", "/___2", "/___3", "/___3/__", "/___3/___2", "/a_b", "/a_b_2"]
    assert [field.path for field in named] == expected
    assert [field.name for field in named] == [path.rpartition("/")[2] for path in expected]
