"""Every sentence a person reads exists in three languages.

- Whatever code marks with N_, Sentence or T, and templates with _ or ngettext, is in the Kyrgyz and the
  Russian catalogue, translated and not fuzzy.
- A translation has the same places to fill in as the English sentence.
- A catalogue has nothing that nobody says any more.
"""

from __future__ import annotations

import functools
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "Sentence": None,
    "T": None,
    "ngettext": (1, 2),
}


@functools.cache
def said() -> dict[str, tuple[str, ...]]:
    """Every English sentence -> its forms (two where it counts)."""
    sentences: dict[str, tuple[str, ...]] = {}
    sources = [
        ("python", path) for room in ("forms", "analytics", "server") for path in (ROOT / room).rglob("*.py")
    ]
    templates = ROOT / "server" / "pages" / "templates"
    sources += [("jinja2.ext:babel_extract", path) for path in templates.rglob("*.html")]
    for method, path in sources:
        for _, message, _, _ in extract_from_file(method, str(path), keywords=KEYWORDS):  # type: ignore[arg-type]
            forms = (message,) if isinstance(message, str) else tuple(message)
            sentences.setdefault(forms[0], forms)
    return sentences


@functools.cache
def catalogue(language: str) -> Catalog:
    with (ROOT / "server" / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def places(text: str) -> set[str]:
    """The names of what is filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_something_to_say() -> None:
    assert len(said()) > 300


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_every_sentence_is_translated(language: str) -> None:
    missing = []
    for sentence in said():
        message = catalogue(language).get(sentence)
        if message is None or message.fuzzy:
            missing.append(sentence)
            continue
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if not all(strings):
            missing.append(sentence)
    assert not missing, f"{len(missing)} without a translation"


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_translation_fills_in_the_same(language: str) -> None:
    wrong = []
    for sentence, forms in said().items():
        message = catalogue(language).get(sentence)
        if message is None:
            continue
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        expected = places(forms[-1])
        wrong += [sentence for text in strings if text and places(text) != expected]
    assert not wrong


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_catalogue_has_nothing_that_nobody_says(language: str) -> None:
    known = said()
    left = [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(language)
        if message.id
    ]
    assert not [sentence for sentence in left if sentence not in known]
