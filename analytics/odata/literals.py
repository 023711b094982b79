"""Values as a filter writes them: numbers and moments."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from typing import TypeAlias

LiteralValue: TypeAlias = str | int | float | bool | date | time | datetime | None


def read_number(text: str) -> int | float:
    """A number, whole where it is written so and not too large. Raises: ValueError, OverflowError."""
    if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def read_instant(text: str) -> datetime:
    """A moment, UTC where it names no zone; a plus sign may have become a space on the way."""
    moment = datetime.fromisoformat(re.sub(r" (?=\d\d:\d\d$)", "+", text.strip()))
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None)
