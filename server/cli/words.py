"""The language of the command line: BAIKOO_LANGUAGE, else the terminal's, else English."""

from __future__ import annotations

import os
from functools import cache

from forms.errors import Sentence


@cache
def language() -> str:
    for name in ("BAIKOO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in ("ky", "ru", "en"):
            return code
        if code:  # C, POSIX, or a language that Baikoo does not speak
            return "en"
    return "en"


def say(sentence: Sentence) -> str:
    if language() == "en":
        return str(sentence)
    from server.pages.words import translate  # reading a catalogue takes longer than most verbs

    return translate(sentence, language())


def T(text: str, **details: str | int | float) -> str:
    """An English sentence of the command line, in the language of the terminal."""
    return say(Sentence(text, **details))
