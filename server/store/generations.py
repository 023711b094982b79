"""What is read often is kept in memory, and read again when a number says that it has changed.

Every change raises the number of its family of tables, in its own transaction. The writer tells this process
at once; the other processes look every second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from sqlalchemy import Connection, select

from server.store.database import Database
from server.store.tables import generation

FAMILIES = ("projects", "accounts", "app_users", "forms", "registry", "rounds", "entity_lists")

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Generations:
    """The number of each family, as this process knows it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.numbers: dict[str, int] = dict.fromkeys(FAMILIES, 0)
        self.total = 0

    def refresh(self) -> None:
        """See what other processes have changed."""
        with self.database.read() as connection:
            self.read_from(connection)

    def read_from(self, connection: Connection) -> None:
        rows = connection.execute(select(generation.c.family, generation.c.number)).all()
        self.learn({row.family: row.number for row in rows})

    def learn(self, numbers: dict[str, int]) -> None:
        # a number never falls: a reader that comes late with an old state changes nothing
        known = self.numbers
        self.numbers = {**known, **{f: n for f, n in numbers.items() if n > known.get(f, 0)}}
        self.total = sum(self.numbers.values())


class Cached(Generic[Key, Value]):
    """What `load` gives for a key, until the family changes. An absent value (None) is not kept."""

    def __init__(
        self,
        generations: Generations,
        family: str,
        load: Callable[[Connection, Key], Value],
        *,
        most: int = 20_000,
    ) -> None:
        self._generations = generations
        self._family = family
        self._load = load
        self._most = most
        self._lock = threading.Lock()
        self._held: tuple[int, dict[Key, Value]] = (-1, {})

    def get(self, key: Key) -> Value:
        number = self._generations.numbers[self._family]
        held_number, values = self._held
        if held_number == number and key in values:
            return values[key]
        with self._generations.database.read() as connection:
            value = self._load(connection, key)
        if value is not None:
            self._keep(number, key, value)
        return value

    def _keep(self, number: int, key: Key, value: Value) -> None:
        with self._lock:
            held_number, values = self._held
            if held_number > number:
                return  # somebody has read a newer state meanwhile
            if held_number < number or len(values) >= self._most:
                self._held = (number, {key: value})
            else:
                values[key] = value
