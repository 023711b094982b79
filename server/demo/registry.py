"""The invented aimak of the demonstration: its villages and objects, with dates around the day it starts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from forms.entities import read_registry_csv, read_villages_csv
from forms.registry import RegistryObject, Village

HERE = Path(__file__).parent
NAME = "Арча-Төр айыл аймагы"
AIMAK_CODE = "archa-tor"


def villages() -> tuple[Village, ...]:
    return read_villages_csv((HERE / "villages.csv").read_bytes()).rows


def objects(today: date) -> tuple[RegistryObject, ...]:
    """The objects; {-30} in the file is the day thirty days before today."""
    text = (HERE / "objects.csv").read_text("utf-8")
    text = re.sub(r"\{(-?\d+)\}", lambda found: (today + timedelta(days=int(found[1]))).isoformat(), text)
    known = {village.name for village in villages()}
    reading = read_registry_csv(text.encode(), villages=known)
    assert not reading.faults, [str(fault) for fault in reading.faults]
    return reading.rows
