"""The public key in an XForm: put where phones look for it, with every other byte as it was."""

from __future__ import annotations

import pytest

from forms.errors import FormInvalid
from forms.xform import parse_xform
from forms.xform_key import mark_of, under_key, with_public_key
from tests.make import a_form

FORM = a_form(
    """
    | survey |
    | | type | name | label |
    | | text | remark | Эскертүү > & |
    | settings |
    | | form_id | form_title | version |
    | | visit | Visit | 3 |
    """
).xform
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"


def test_a_form_gets_the_key_and_a_version_of_its_own() -> None:
    encrypted = under_key(FORM, KEY)
    assert encrypted.schema.public_key == KEY
    assert encrypted.version == f"3{mark_of(KEY)}"
    assert len(mark_of(KEY)) == len("[encrypted:XXXXXXXX]")
    assert encrypted.schema.questions == FORM.schema.questions
    added = f'<submission method="post" base64RsaPublicKey="{KEY}"/>'.encode()
    assert encrypted.xml.replace(added, b"").replace(mark_of(KEY).encode(), b"") == FORM.xml


def test_under_the_same_key_it_is_the_same_form() -> None:
    again = under_key(FORM, KEY)
    assert again.md5 == under_key(FORM, KEY).md5
    assert under_key(again, "another").md5 == again.md5, "a form that brings a key keeps it"


@pytest.mark.parametrize(
    "written",
    [
        '<submission action="https://example.org/x?a=1&amp;b=>" method="post"/>',
        '<submission base64RsaPublicKey="" action="https://example.org/"></submission>',
    ],
)
def test_an_address_in_the_form_stays(written: str) -> None:
    xml = FORM.xml.replace(b"<model", b"<model", 1)
    end = xml.index(b">", xml.index(b"<model")) + 1
    schema = parse_xform(with_public_key(xml[:end] + written.encode() + xml[end:], KEY)).schema
    assert schema.public_key == KEY
    assert schema.submission_url.startswith("https://example.org/")


def test_prefixes_of_elements_are_kept() -> None:
    xml = (
        b'<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns:x="http://www.w3.org/2002/xforms"><h:head>'
        b'<h:title>T</h:title><x:model id="a>b"><x:instance><data id="f"><a/></data></x:instance></x:model>'
        b"</h:head></h:html>"
    )
    encrypted = under_key(parse_xform(xml), KEY)
    assert (encrypted.schema.public_key, encrypted.version) == (KEY, mark_of(KEY))


@pytest.mark.parametrize("xml", [b"", b"<a/>", b"<html><head/></html>", b"<html><head><model>"])
def test_what_is_no_form_is_refused(xml: bytes) -> None:
    with pytest.raises(FormInvalid):
        with_public_key(xml, KEY)
