"""Indexes of long lists: one for each property that somebody looks entities up by, made at the first time.

A list of a million entities has some properties by which it is looked up again and again, a code or a
village, and many by which it never is; which ones, only use can tell. So nothing is made beforehand, and a
list that is read through in a moment has none. An index is found by its expression, that of `property_text`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, select

from analytics.odata.grammar import Compare, Joined, Node, Path
from analytics.odata.grammar import Literal as Value
from server.store.database import Database
from server.store.entities.odata_names import names_of
from server.store.entities.sql_texts import AnyColumn, of_list, property_number, property_text
from server.store.entities.values import EntityList
from server.store.foundation import Foundation
from server.store.tables import entity
from server.store.transaction import Tx

LONG = 20_000  # entities; fewer are read through in some hundredths of a second
PROBED = 5_000  # entities; as many are few enough to go through
MOST = 12  # indexes of one list, since each of them is kept with every change
PREFIX = "ix_entity_of_list_"


@dataclass(frozen=True, slots=True)
class Field:
    """A property and what it is looked up as."""

    name: str
    kind: Literal["text", "number"]

    @property
    def sql(self) -> AnyColumn:
        return property_text(self.name) if self.kind == "text" else property_number(self.name)


def fields_of(node: Node | None, known: EntityList) -> set[Field]:
    """The properties that a filter compares with one value each, all of which have to fit."""
    return {field for field, _ in _compared(node, known)}


def narrowest(
    connection: Connection, database: Database, known: EntityList, node: Node | None
) -> Field | None:
    """Of several that a filter could be looked up by the one that the fewest entities fit; None: it is plain.

    SQLite without statistics takes any of them; PostgreSQL knows by itself.
    """
    compared = _compared(node, known)
    if len(compared) < 2 or not database.is_sqlite:
        return None
    there = set(database.indexes(f"{PREFIX}{known.list_id}_", connection))
    compared = [pair for pair in compared if _name(known, pair[0]) in there]
    if len(compared) < 2:
        return None

    def fitting(pair: tuple[Field, str | float]) -> int:
        field, value = pair
        some = select(entity.c.id).where(
            of_list(known.list_id), entity.c.deleted_at.is_(None), field.sql == value
        )
        return int(connection.scalar(select(func.count()).select_from(some.limit(PROBED).subquery())) or 0)

    return min(compared, key=fitting)[0]


def _compared(node: Node | None, known: EntityList) -> list[tuple[Field, str | float]]:
    match node:
        case Joined(operator="and"):
            return [pair for term in node.terms for pair in _compared(term, known)]
        case (
            Compare(operator="eq", left=Path() as path, right=Value() as value)
            | Compare(operator="eq", left=Value() as value, right=Path() as path)
        ):
            name = names_of(known.property_names).get(path.name, path.name)
            if name not in known.property_names:
                return []
            match value.value:
                case bool():
                    return []
                case int() | float() as number:
                    return [(Field(name, "number"), number)]
                case str() as text:
                    return [(Field(name, "text"), text)]
    return []


class EntityIndexes:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._known: frozenset[str] = frozenset()
        self.long = LONG

    def missing(self, known: EntityList, fields: set[Field]) -> list[Field]:
        """Those a long list has no index for, and may have one."""
        wanted = [field for field in sorted(fields, key=str) if _name(known, field) not in self._known]
        if not wanted or not self._is_long(known):
            return []
        self._known = frozenset(self._database.indexes(PREFIX))
        there = sum(name.startswith(f"{PREFIX}{known.list_id}_") for name in self._known)
        return [field for field in wanted if _name(known, field) not in self._known][: max(0, MOST - there)]

    def make(self, tx: Tx, known: EntityList, field: Field) -> None:
        """Of a million entities it takes some seconds, once."""
        expression = field.sql.compile(
            tx.conn, compile_kwargs={"literal_binds": True, "include_table": False}
        )
        tx.conn.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {_name(known, field)} "
            f"ON entity (entity_list, deleted_at, ({expression}), id) WHERE entity_list = {known.list_id}"
        )

    def _is_long(self, known: EntityList) -> bool:
        question = select(entity.c.id).where(entity.c.entity_list == known.list_id).offset(self.long).limit(1)
        with self._database.read() as connection:
            return connection.scalar(question) is not None


def drop_indexes(tx: Tx, list_id: int, names: Sequence[str] | None = None) -> None:
    """Of these properties, or (None) all that a list has."""
    prefix = f"{PREFIX}{list_id}_"
    wanted = None if names is None else {_digest(name) for name in names}
    for name in tx.database.indexes(prefix, tx.conn):
        if wanted is None or name.removeprefix(prefix).partition("_")[2] in wanted:
            tx.conn.exec_driver_sql(f"DROP INDEX IF EXISTS {name}")


def _name(known: EntityList, field: Field) -> str:
    return f"{PREFIX}{known.list_id}_{field.kind}_{_digest(field.name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]
