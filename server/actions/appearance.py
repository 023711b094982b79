"""How the site shows itself, set by whoever keeps the server; each change stands in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from forms.faults.appearance import PictureTooLarge, PictureUnknown, WordsTooLong
from forms.pictures import picture_type
from server.store import Store, Tx

LOGO, HERO, WORDS = "logo", "hero-image", "login-appearance"
PICTURES = (LOGO, HERO)
KEYS = (*PICTURES, WORDS)
MOST_BYTES = 1_000_000  # of a picture that phones load in a village network
LONGEST = {"title": 200, "description": 2000}


def set_picture(store: Store, key: str, content: bytes, *, now: datetime, actor: int | None) -> None:
    """Raises: PictureTooLarge, PictureUnknown (what it is called does not count)."""
    if len(content) > MOST_BYTES:
        raise PictureTooLarge(most=MOST_BYTES // 1000)
    kind = picture_type(content)
    if kind is None:
        raise PictureUnknown()
    _set(store, key, kind, content, now, actor)


def set_words(store: Store, given: Mapping[str, object], *, now: datetime, actor: int | None) -> None:
    """Title and description above the sign-in; what is empty or no text is left out. Raises: WordsTooLong."""
    words = {}
    for name, most in LONGEST.items():
        text = given.get(name)
        if isinstance(text, str) and text.strip():
            if len(text) > most:
                raise WordsTooLong(most=most)
            words[name] = text.strip()
    _set(store, WORDS, msgspec.json.encode(words).decode(), None, now, actor)


def unset(store: Store, key: str, *, now: datetime, actor: int | None) -> None:
    """As if it had never been set; it may be that it was not."""

    def change(tx: Tx) -> None:
        store.appearance.unset(tx, key)
        store.audit.add(tx, "config.set", "", now=now, actor=actor, details={"key": key, "value": ""})

    store.write(change)


def _set(store: Store, key: str, value: str, picture: bytes | None, now: datetime, actor: int | None) -> None:
    def change(tx: Tx) -> None:
        store.appearance.set(tx, key, value, picture, now=now)
        store.audit.add(tx, "config.set", "", now=now, actor=actor, details={"key": key})

    store.write(change)
