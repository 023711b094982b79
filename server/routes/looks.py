"""What the site was told to show of itself, for whoever makes a page."""

from __future__ import annotations

from starlette.requests import Request

from forms.decoding import decode
from server.actions.appearance import HERO, LOGO, WORDS
from server.pages.frame import Look
from server.routes.asking import context_of
from server.store.appearance import Shown


def look_of(request: Request) -> Look:
    """From the cache of the truth."""
    shown = context_of(request).store.appearance.all()
    words = decode(shown[WORDS].value, dict[str, str]) if WORDS in shown else {}
    return Look(
        logo=_address(LOGO, shown.get(LOGO)),
        hero=_address(HERO, shown.get(HERO)),
        title=words.get("title", ""),
        description=words.get("description", ""),
    )


def _address(key: str, picture: Shown | None) -> str:
    """With the time at which it was set: a browser keeps it for a year, and another picture is another."""
    return f"/v1/config/public/{key}?ts={picture.set_at:%Y%m%d%H%M%S%f}" if picture is not None else ""
