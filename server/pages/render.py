"""From a template and values to a page in one language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from server.pages import registry_terms, words
from server.pages.terms import term

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
VENDOR_STAMP = STATIC / "vendor" / ".stamp"


@cache
def fingerprint() -> str:
    """Names the state of all style sheets and scripts; part of their address, so they are kept for good."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.glob("*.*")):
        digest.update(file.read_bytes())
    digest.update(VENDOR_STAMP.read_bytes() if VENDOR_STAMP.is_file() else b"")
    return digest.hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a file under static/."""
    return f"/static/{fingerprint()}/{name}"


@cache
def has_vendor_files() -> bool:
    """Were the third-party browser files fetched when this was installed?"""
    return VENDOR_STAMP.is_file()


def render(template: str, language: str, values: Mapping[str, object]) -> str:
    """A page or a part of one, as HTML."""
    return _environment(language).get_template(template).render(values)


@cache
def _environment(language: str) -> Environment:
    """One for each language: what its templates call already knows which language it speaks."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=200,
    )
    environment.globals.update(
        {
            "_": partial(_said, language),
            "ngettext": partial(_counted, language),
            "language": language,
            "language_names": words.LANGUAGE_NAMES,
            "asset": asset,
            "has_vendor_files": has_vendor_files,
            "registry_terms": registry_terms,
        }
    )
    filters: dict[str, Callable[..., object]] = {
        "say": lambda sentence: words.translate(sentence, language),
        "term": partial(_term, language),
        "number": partial(_in_language, words.number, language),
        "percent": partial(_in_language, words.percent, language),
        "day": partial(_in_language, words.day, language),
        "day_of_year": partial(_in_language, words.day_of_year, language),
        "moment": partial(_moment, language),
        "shortday": partial(_in_language, words.short_day, language),
        "own_title": partial(_in_language, words.own_title, language),
        "isoday": _iso_day,
        "best": partial(_in_language, words.best_text, language),
        "size": partial(_size, language),
        "urlencode": _encoded,
    }
    environment.filters.update(filters)
    return environment


def _encoded(value: object) -> str:
    """A part of an address, its slashes too; or the pairs of a query."""
    return urlencode(value) if isinstance(value, Mapping) else quote(str(value), safe="")


def _said(language: str, message: str, **details: object) -> Markup:
    """A sentence of a template; what is filled in is escaped unless it is markup already."""
    text = escape(words.catalogue(language).gettext(message))
    return text.format(**details) if details else text


def _counted(language: str, one: str, many: str, n: int, **details: object) -> Markup:
    """A sentence with a number in it, in the form that the number asks for."""
    text = escape(words.catalogue(language).ngettext(one, many, n))
    return text.format(n=words.number(n, language), **details)


def _in_language(write: Callable[..., str], language: str, value: object, *more: object) -> str:
    return write(value, language, *more)


def _term(language: str, code: str | None, kind: str) -> str:
    word = term(code, kind)
    return words.catalogue(language).gettext(word) if word else ""


def _moment(language: str, value: datetime | None, zone: tzinfo = UTC) -> str:
    return words.moment(value, zone, language)


def _iso_day(value: date | datetime | None) -> str:
    """For the attribute of a <time> and the value of a date field."""
    if value is None:
        return ""
    return value.isoformat() if not isinstance(value, datetime) else value.date().isoformat()


def _size(language: str, size_bytes: int) -> str:
    if size_bytes < 1000:
        return f"{size_bytes} B"
    unit, amount = ("kB", size_bytes / 1e3) if size_bytes < 1_000_000 else ("MB", size_bytes / 1e6)
    return f"{words.number(amount, language, 0 if amount >= 10 else 1)}\N{NO-BREAK SPACE}{unit}"
