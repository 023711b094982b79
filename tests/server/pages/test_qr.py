"""The settings code of ODK Collect (protocol 11).

- The text is base64 of zlib of JSON, and says what a managed code of ODK Central says.
- Names in Kyrgyz survive.
- Picture, file and terminal hold the same code.
"""

from __future__ import annotations

import base64
import json
import zlib

from lxml import etree

from server.pages.qr import CollectSettings, inline_svg, picture, terminal_text

SETTINGS = CollectSettings("https://baikoo.example/v1/key/abc/projects/7", "Өрүктү айыл аймагы", "ky")


def test_the_text_says_what_a_phone_needs() -> None:
    said = json.loads(zlib.decompress(base64.b64decode(SETTINGS.text, validate=True)))
    assert said["general"] == {
        "server_url": "https://baikoo.example/v1/key/abc/projects/7",
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
        "app_language": "ky",
    }
    assert said["admin"] == {}
    assert said["project"]["name"] == "Өрүктү айыл аймагы"
    assert len(said["project"]["icon"]) == 1


def test_pictures() -> None:
    assert picture(SETTINGS, "png").startswith(b"\x89PNG")
    drawn = etree.fromstring(picture(SETTINGS, "svg"))
    inside = etree.fromstring(inline_svg(SETTINGS, "Code of <A>"))
    assert etree.QName(drawn).localname == etree.QName(inside).localname == "svg"
    assert inside.get("role") == "img"
    assert "".join(inside.itertext()).strip() == "Code of <A>"
    assert "style=" not in inline_svg(SETTINGS, "x")


def test_a_terminal_shows_it_in_lines_of_one_length() -> None:
    lines = [line for line in terminal_text(SETTINGS).splitlines() if line.strip()]
    assert len(lines) > 20
    assert len({len(line) for line in lines}) == 1
