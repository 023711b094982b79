"""The lists that Collect reads, as it needs them:

- byte for byte what is promised, in the namespaces and order that its parser knows;
- every entry whole: an empty hash crashes the phone, one incomplete entry spoils the list;
- text is escaped exactly once, and what XML cannot hold does not break it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from forms.openrosa import ListedForm, ListedMedia, form_list, integrity, manifest, response

GOLDEN = Path(__file__).parent.parent / "golden"
BASE = "https://example.org/v1/key/T!$oken/projects/7/forms"
MD5 = "5f2b7c0e3c9e4f1a8b6d7e9f00112233"


def texts(xml: bytes, name: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(xml).iter("{*}" + name)]


def test_a_form_list_is_byte_for_byte_as_promised() -> None:
    entries = [
        ListedForm(
            "well_visit",
            "Кудук & кароо",
            "2026010101",
            MD5,
            f"{BASE}/well_visit.xml",
            f"{BASE}/well_visit/manifest",
        ),
        ListedForm("жол 1", "<Жол>", "", MD5, f"{BASE}/%D0%B6%D0%BE%D0%BB%201.xml?a=1&b=2"),
    ]
    assert form_list(entries) == (GOLDEN / "formlist.xml").read_bytes()


def test_a_manifest_is_byte_for_byte_as_promised() -> None:
    entries = [
        ListedMedia("logo & co.png", MD5, f"{BASE}/f/attachments/logo%20%26%20co.png"),
        ListedMedia(
            "objects.csv", MD5, f"{BASE}/f/attachments/objects.csv", "entityList", "https://example.org/i"
        ),
    ]
    assert manifest(entries) == (GOLDEN / "manifest.xml").read_bytes()


def test_empty_lists_are_valid_ones() -> None:
    assert etree.fromstring(form_list([])).tag == "{http://openrosa.org/xforms/xformsList}xforms"
    assert etree.fromstring(manifest([])).tag == "{http://openrosa.org/xforms/xformsManifest}manifest"


def test_the_version_is_always_there_and_the_manifest_only_where_there_is_one() -> None:
    listed = form_list([ListedForm("f", "F", "", MD5, BASE)])
    assert texts(listed, "version") == [""]
    assert texts(listed, "manifestUrl") == []


def test_a_form_without_a_name_is_listed_by_its_id() -> None:
    assert texts(form_list([ListedForm("f", "", "1", MD5, BASE)]), "name") == ["f"]


@pytest.mark.parametrize("entry", [ListedForm("f", "F", "1", "", BASE), ListedForm("f", "F", "1", MD5, " "),
                                   ListedForm("", "F", "1", MD5, BASE)])  # fmt: skip
def test_an_incomplete_form_is_never_listed(entry: ListedForm) -> None:
    with pytest.raises(ValueError, match="a list for phones needs"):
        form_list([entry])


@pytest.mark.parametrize(
    "entry", [ListedMedia("", MD5, BASE), ListedMedia("a", "", BASE), ListedMedia("a", MD5, "")]
)
def test_an_incomplete_file_is_never_listed(entry: ListedMedia) -> None:
    with pytest.raises(ValueError, match="a list for phones needs"):
        manifest([entry])


@pytest.mark.parametrize("name", ["Crate &amp; Barrel", "<b>", '"quoted"', "]]>", "ө ү ң 😂", "'"])
def test_text_is_escaped_exactly_once(name: str) -> None:
    assert texts(form_list([ListedForm("f", name, "1", MD5, BASE)]), "name") == [name]
    assert texts(response(name, "error"), "message") == [name]


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert texts(response("a\0b\x1dc\ud800d"), "message") == ["a\ufffdb\ufffdc\ufffdd"]


def test_a_response_is_what_collect_searches_for() -> None:
    assert response("Form received", "submit_success") == (
        b'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
        b'    <message nature="submit_success">Form received</message>\n'
        b"</OpenRosaResponse>\n"
    )


def test_integrity_says_true_or_false_of_each_entity() -> None:
    answer = b"".join(integrity([("3f1c", False), ("77aa", True)]))
    assert answer == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<data>\n  <entities>\n'
        b'    <entity id="3f1c"><deleted>false</deleted></entity>\n'
        b'    <entity id="77aa"><deleted>true</deleted></entity>\n'
        b"  </entities>\n</data>\n"
    )
    assert len(etree.fromstring(b"".join(integrity([])))[0]) == 0
    many = b"".join(integrity((str(number), False) for number in range(2001)))
    assert len(etree.fromstring(many)[0]) == 2001
