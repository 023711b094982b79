"""The settings code of ODK Collect: what a phone scans to know its server, as picture, file and text.

Spec: https://docs.getodk.org/collect-import-export/
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from dataclasses import dataclass

import segno
from markupsafe import Markup

from forms.errors import N_

LABEL = N_("Settings code of {name} for ODK Collect")
COLOUR = "#0d5a7f"
Json = dict[str, "str | Json"]


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """What one phone is told; `server_url` carries the token of its app user."""

    server_url: str
    project_name: str
    language: str = ""  # of Collect's own menus
    icon: str = "Б"

    def as_json(self) -> Json:
        general: Json = {
            "server_url": self.server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        }
        if self.language:
            general["app_language"] = self.language
        project: Json = {"name": self.project_name, "icon": self.icon, "color": COLOUR}
        return {"general": general, "admin": {}, "project": project}

    @property
    def text(self) -> str:
        """The very text in the code: base64 of zlib of JSON."""
        packed = json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":")).encode()
        return base64.b64encode(zlib.compress(packed, 9)).decode("ascii")


def _code(settings: CollectSettings) -> segno.QRCode:
    # the lowest level of repair keeps a long code coarse enough for an old phone's camera
    return segno.make(settings.text, micro=False, error="l", boost_error=True)


def inline_svg(settings: CollectSettings, label: str) -> Markup:
    """For a page; `label` is read out to those who cannot see it."""
    drawing = _code(settings).svg_inline(
        scale=4,
        border=4,
        dark="#000",
        light="#fff",
        title=label,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(drawing.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes the title


def picture(settings: CollectSettings, kind: str) -> bytes:
    """A file to print or send: `kind` is png or svg."""
    out = io.BytesIO()
    _code(settings).save(out, kind=kind, scale=8, border=4, dark="#000", light="#fff")
    return out.getvalue()


def terminal_text(settings: CollectSettings) -> str:
    """The code as characters for a terminal with light letters on dark or the other way round."""
    out = io.StringIO()
    _code(settings).terminal(out=out, border=2, compact=True)
    return out.getvalue()
