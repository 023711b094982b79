"""Lists of choices in files beside a form are read as phones read them; what cannot be read has no rows."""

from __future__ import annotations

import pytest

from forms.choice_files import rows_of_file


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", "\ufeffname,label\na,Алма\n", [{"name": "a", "label": "Алма"}]),
        ("a.CSV", "name;label\r\na;Алма\r\n", [{"name": "a", "label": "Алма"}]),
        ("a.csv", 'name,label\na,"two\nlines"\n', [{"name": "a", "label": "two\nlines"}]),
        ("a.csv", "name,label\na\nb,B,more\n", [{"name": "a", "label": ""}, {"name": "b", "label": "B"}]),
        ("a.csv", "", []),
        ("a.geojson", '{"features":[{"id":7,"properties":{"title":"T","big":true,"no":null}},3]}',
         [{"id": "7", "title": "T", "big": "true", "no": ""}]),
        ("a.geojson", '{"features":[{"properties":{"id":"own"},"id":"other"},{"properties":5}]}',
         [{"id": "own"}, {}]),
        ("a.geojson", '{"features":5}', []),
        ("a.geojson", "[" * 100_000, []),
        ("a.geojson", "[1", []),
        ("a.xml", "<root><item><name>a</name><label>А <b>B</b></label></item></root>",
         [{"name": "a", "label": "А B"}]),
        ("a.xml", "<!DOCTYPE r [<!ENTITY e 'x'>]><r>&e;</r>", []),
        ("a.xml", "<root>", []),
    ],
)  # fmt: skip
def test_rows_are_those_a_phone_finds(name: str, content: str, rows: list[dict[str, str]]) -> None:
    assert list(rows_of_file(name, content.encode())) == rows


def test_bytes_that_are_no_text_stop_nothing() -> None:
    assert next(rows_of_file("a.csv", b"name,label\n\xff,\x00x\n"))["name"] == "\ufffd"
