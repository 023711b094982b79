"""Who may see the answers to a question, and how much of each: the column privacy.

A rule is an audience, then perhaps a transform: "area", "restricted round:2km", "public year".
A question without a rule is `area`: the organiser's staff of that aimak.

Spec: domain.md 5.8
"""

from __future__ import annotations

import re
from dataclasses import dataclass

AUDIENCES = ("public", "area", "restricted", "drop")

_TRANSFORM = re.compile(
    r"(?P<year>year)|(?P<band>band):(?P<width>\d+(?:\.\d+)?)|(?P<round>round):(?P<km>\d+(?:\.\d+)?)km"
)
_POSITIONS = frozenset({"geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint"})
_MEDIA = frozenset({"image", "audio", "video", "file", "background-audio", "audit"})
_WHO = frozenset({"deviceid", "phonenumber", "username", "email", "subscriberid", "simserial", "imei"})
_FREE_TEXT = frozenset({"text", "barcode"})
# Parts of question names that stand for somebody, in the languages people name their questions in.
_TELLING_WORDS = (
    "name names surname firstname lastname fullname fio aty phone tel telephone mobile passport "
    "pin inn address email mail signature contact familiya imya otchestvo telefon kontakt adres "
    "dareg"
)
_TELLING = frozenset(_TELLING_WORDS.split())


@dataclass(frozen=True, slots=True)
class Privacy:
    """A rule taken apart. `transform` is "", year, band (of `amount`) or round (to `amount` km)."""

    audience: str
    transform: str = ""
    amount: float = 0.0


def understand(rule: str) -> Privacy | None:
    """What a rule says; None where it is none. A transform alone has the audience `area`."""
    audience = transform = ""
    amount = 0.0
    for word in rule.lower().split():
        found = _TRANSFORM.fullmatch(word)
        if word in AUDIENCES and not audience:
            audience = word
        elif found and not transform:
            transform = word.split(":")[0]
            amount = float(found["width"] or found["km"] or 0)
            if transform != "year" and amount <= 0:
                return None
        else:
            return None
    return Privacy(audience or "area", transform, amount) if audience or transform else None


def suits(transform: str, kind: str) -> bool:
    """Can answers of this kind of question be made coarser that way?"""
    if transform == "year":
        return kind in ("date", "datetime", "today", "start", "end", "calculate")
    if transform == "band":
        return kind in ("integer", "decimal", "range", "calculate")
    return kind in _POSITIONS or kind == "calculate" if transform == "round" else True


def by_default(name: str, kind: str) -> str:
    """The rule of a question whose cell is empty; "" means `area`."""
    parts = re.split(r"[^a-z]+", name.lower())
    telling = any(part in _TELLING for part in parts) and kind in (
        "integer",
        "decimal",
        "calculate",
        "hidden",
    )
    personal = kind in _POSITIONS or kind in _MEDIA or kind in _WHO or kind in _FREE_TEXT or telling
    return "restricted" if personal else ""


def complete(rule: str, default: str) -> str:
    """A written rule with its audience first; a transform alone keeps the audience it would have had."""
    written = rule.lower().split()
    audiences = [word for word in written if word in AUDIENCES]
    return " ".join(
        [*(audiences or [default or "area"]), *(word for word in written if word not in AUDIENCES)]
    )
