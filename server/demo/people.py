"""How the people of the demonstration answer: at random, from a seed, better where a place is better.

Nobody real stands behind an answer. A place has a quality between 0 and 1; an answer with more points
is the likelier the better the place.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from forms.fill import Asked
from forms.scheme import Indicator, Scheme

WISHES = (
    "Графикти көчөгө илип коюшса, билип турар элек.",
    "Кабыл алуу убактысын узартуу керек.",
    "Көбүрөөк маалымат берилсе жакшы болмок.",
    "Нужно чаще вывешивать отчёты.",
    "Дагы да жакшыртса болот.",
)
REFUSAL_SHARE = 0.04  # of non-answers, where the form offers one


@dataclass(slots=True)
class Person:
    """One person in front of one form about one object."""

    dice: random.Random
    scheme: Scheme
    stream: str
    object_name: str  # as objects.csv names it
    village: str
    day: date
    quality: float

    def __call__(self, asked: Asked) -> str | None:
        roles = {question: role for role, question in self.scheme.roles.items()}
        fixed = {
            "stream": self.stream,
            "object": self.object_name,
            "village": self.village,
            "visit": self.day.isoformat(),
            "token": None,
        }
        role = roles.get(asked.name)
        if role in fixed:
            return fixed[role]
        if role == "consent":
            return asked.choices[0] if asked.choices else "OK"
        if role == "method":
            return next((name for name in asked.choices if "focus" not in name), None)
        indicator = indicators_of(self.scheme).get(asked.name)
        if indicator is not None:
            return self.judge(indicator, asked)
        return self.tell(asked)

    def judge(self, indicator: Indicator, asked: Asked) -> str | None:
        """An answer to a scored question."""
        if indicator.best is not None and indicator.worst is not None:
            share = min(1.0, max(0.0, self.dice.gauss(self.quality, 0.22)))
            value = indicator.worst + share * (indicator.best - indicator.worst)
            return str(round(value))
        silent = [name for name in asked.choices if name in indicator.nonresponse]
        if silent and self.dice.random() < REFUSAL_SHARE:
            return self.dice.choice(silent)
        spoken = [name for name in asked.choices if name in indicator.points]
        if not spoken:
            return None
        wish = 100 * self.dice.gauss(self.quality, 0.24)
        return min(spoken, key=lambda name: abs(indicator.points[name] - wish))

    def tell(self, asked: Asked) -> str | None:
        """An answer to any other question: plausible, and never more than is needed."""
        if asked.name.endswith("_na"):  # beside a number: rarely used
            return self.dice.choice(asked.choices) if self.dice.random() < REFUSAL_SHARE else None
        if asked.choices:
            # the people of the demonstration use the service and have been there
            # (a required one asks whether somebody may take part at all: the people here are grown up)
            likely = "yes" in asked.choices and (asked.required or self.dice.random() < 0.8)
            return "yes" if likely else self.dice.choice(asked.choices)
        if asked.control == "upload":
            return f"{self.dice.randrange(10**12):012}.png"
        if asked.type == "date":
            return (self.day - timedelta(days=self.dice.randint(5, 60))).isoformat()
        if asked.type == "geopoint":
            return f"{41.9 + self.dice.random() / 50:.5f} {74.5 + self.dice.random() / 50:.5f} 1650.0 8.0"
        if asked.type in ("int", "decimal"):
            return str(self.dice.randint(1, 12))
        return self.dice.choice(WISHES) if asked.required or self.dice.random() < 0.3 else None


def indicators_of(scheme: Scheme) -> Mapping[str, Indicator]:
    return {indicator.code: indicator for indicator in scheme.indicators}
