"""Another version for an XForm: every other byte stays, wherever and however the version stood."""

from __future__ import annotations

import pytest

from forms.faults.xform import FormBroken, FormWithoutInstance
from forms.xform import parse_xform
from forms.xform_version import with_version

FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
        xmlns:orx="http://openrosa.org/xforms">
<!-- <instance><data version="0"/></instance> -->
<h:head><h:title>Кудук &amp; co</h:title><model>
  <instance>
    <data id="a &gt; b"{version} note='version="3"'><q version="9"/><meta><instanceID/></meta></data>
  </instance>
  <instance id="x"><root version="7"/></instance>
  <bind nodeset="/data/q" type="string"/>
</model></h:head><h:body/></h:html>
"""


@pytest.mark.parametrize(
    "written", [' version="1"', " version='1'", '\n  version = "1"', ' orx:version="1"', ' version=""']
)
def test_only_the_version_changes(written: str) -> None:
    before = FORM.replace("{version}", written).encode()
    after = with_version(before, 'Ү2 & "x" <y>')
    assert parse_xform(after).version == 'Ү2 & "x" <y>'
    value = b'"\xd2\xae2 &amp; &quot;x&quot; &lt;y&gt;"'
    assert after.count(value) == 1
    name = written.strip().rstrip("\"'1").rstrip("= ")
    assert name.encode() in after and after.replace(value, b"") in {
        before.replace(quoted, b"", 1) for quoted in (b'"1"', b"'1'", b'""')
    }


def test_a_form_without_a_version_gets_one() -> None:
    before = FORM.replace("{version}", "").encode()
    after = with_version(before, "2")
    assert parse_xform(after).version == "2"
    assert after.replace(b' version="2"', b"", 1) == before
    short = b'<html><head><model><instance><data id="x"/></instance></model></head></html>'
    assert b'<data id="x" version="2"/>' in with_version(short, "2")


def test_what_is_no_xform_is_refused() -> None:
    for broken in (b"<html", FORM.encode("utf-16")):
        with pytest.raises(FormBroken):
            with_version(broken, "2")
    with pytest.raises(FormWithoutInstance):
        with_version(b"<html><head><model><instance/></model></head></html>", "2")
