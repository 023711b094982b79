"""The three languages: catalogues, and numbers, dates and alphabetical order in each.

Catalogues are read from the .po files when a language is first used; nothing has to be compiled. Dates,
numbers and order are made here and never in the browser, because browsers have no Kyrgyz.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from forms.errors import Sentence

LANGUAGES = ("ky", "ru", "en")  # the first is the language of those who have not said another
LANGUAGE_NAMES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
LANGUAGE_COOKIE = "baikoo_language"  # remembers what somebody clicked in the head of a page
LOCALE = Path(__file__).resolve().parent.parent / "locale"

ABSENT = "–"
_DATE = {  # the long form that Babel has for Kyrgyz, "2026-ж., 22-ноябрь", is nobody's
    "ky": "d-MMMM, y-'ж'.",
    "ru": "d MMMM y 'г'.",
    "en": "d MMMM y",
}
_DATE_OF_A_YEAR = {"ky": "d-MMMM", "ru": "d MMMM", "en": "d MMMM"}
_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
_PLACE = {letter: chr(0x2000 + index) for index, letter in enumerate(_ALPHABET)}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into one language; English sentences are their own."""
    file = LOCALE / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    with file.open("rb") as po:
        read = read_po(po, locale=language)
    packed = io.BytesIO()
    write_mo(packed, read)  # leaves out what is not translated, or marked fuzzy
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def translate(sentence: Sentence, language: str) -> str:
    """A sentence in one language; in English where the catalogue lacks it."""
    template = catalogue(language).gettext(sentence.text)
    return template.format(**sentence.details) if sentence.details else template


def preferred_language(accept_language: str | None) -> str | None:
    """The first of ky, ru, en that an Accept-Language header prefers; None when it names none."""
    best: tuple[float, int, str] | None = None
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.split("-")[0].strip().lower()
        if language not in LANGUAGES:
            continue
        try:
            quality = float(parameters.replace(" ", "").removeprefix("q=")) if parameters else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0 and (best is None or (-quality, position) < best[:2]):
            best = (-quality, position, language)
    return best[2] if best else None


def choose_language(asked: str | None, remembered: str | None, accept_language: str | None) -> str:
    """The language of a page: asked for in the address, remembered, preferred by the browser, Kyrgyz."""
    for language in (asked, remembered):
        if language in LANGUAGES:
            return language
    return preferred_language(accept_language) or LANGUAGES[0]


def number(value: float | None, language: str, digits: int = 0) -> str:
    """A number as it is written: decimal comma in Kyrgyz and Russian, point in English."""
    if value is None:
        return ABSENT
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    # half away from zero on the sixth decimal, as scores are rounded everywhere
    return numbers.format_decimal(rounded(value, digits), format=pattern, locale=language)


def rounded(value: float, digits: int) -> float:
    """Half away from zero, after rounding to six decimals: the rule of every published figure."""
    scale: int = 10**digits
    exact = round(abs(value) * 1_000_000) / 1_000_000
    return (int(exact * scale + 0.5 + 1e-9) / scale) * (1 if value >= 0 else -1)


def percent(share: float | None, language: str) -> str:
    """0.86 as "86 %"."""
    return ABSENT if share is None else f"{number(share * 100, language)}\N{NO-BREAK SPACE}%"


def day(value: date | None, language: str) -> str:
    """A date in words: 22-ноябрь, 2026-ж."""
    return ABSENT if value is None else dates.format_date(value, _DATE[language], locale=language)


def day_of_year(value: date, language: str) -> str:
    """A date whose year stands beside it: 22-ноябрь."""
    return dates.format_date(value, _DATE_OF_A_YEAR[language], locale=language)


def short_day(value: date | None, language: str) -> str:
    """A date for a table: 22.11.2026."""
    pattern = "d MMM y" if language == "en" else "dd.MM.y"
    return ABSENT if value is None else dates.format_date(value, pattern, locale=language)


def moment(value: datetime | None, zone: tzinfo, language: str) -> str:
    """A time of day of the place where the server works."""
    if value is None:
        return ABSENT
    there = value.astimezone(zone)
    return f"{short_day(there.date(), language)}, {there:%H:%M}"


def sort_key(text: str) -> str:
    """The alphabetical order of Kyrgyz and Russian; by code point ё, ң, ө, ү would come after я."""
    return "".join(_PLACE.get(letter, letter) for letter in text.casefold())


def own_title(title: str, language: str) -> str:
    """The title of a form; of one that says it three times, as ours do (ky / ru / en), the right one."""
    parts = title.split(" / ")
    return parts[LANGUAGES.index(language)] if len(parts) == len(LANGUAGES) else title


def best_text(texts: Mapping[str, str], language: str) -> str:
    """One of several translations: in this language, else in the first that has any."""
    for wanted in (language, *LANGUAGES, ""):
        if texts.get(wanted):
            return texts[wanted]
    return next((text for text in texts.values() if text), "")
