"""What a question about a table of a form asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from analytics.odata.filter import Filter


class Place(NamedTuple):
    """Where the reading had a row lately: only a hint, whoever is given it looks there for the row's name."""

    root_seq: int
    line: int


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order asked for."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`not_object_types`: the rule of independence, objects of these types are never shown."""

    project_id: int
    form_id: str
    now: datetime
    filter: Filter | None = None
    order: tuple[Order, ...] = ()
    instance_id: str | None = None  # of one submission alone, by its first instanceID
    within: tuple[str, str] | None = None  # path of a repeat, __id of its row: this one, or what lies in it
    not_object_types: tuple[str, ...] = ()
