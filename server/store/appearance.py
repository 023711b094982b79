"""How the site shows itself: a logo, a large picture, and the words where people sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, delete, select

from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import appearance
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that was set. `value`: the media type of a picture, else JSON."""

    value: str
    is_picture: bool
    set_at: datetime


def _load(connection: Connection, _: None) -> Mapping[str, Shown]:
    rows = connection.execute(
        select(
            appearance.c.name,
            appearance.c.value,
            appearance.c.picture.is_not(None).label("is_picture"),
            appearance.c.set_at,
        ).order_by(appearance.c.name)
    )
    return MappingProxyType({row.name: Shown(row.value, bool(row.is_picture), row.set_at) for row in rows})


class Appearance:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        # every page asks; it changes as seldom as the projects, and so shares their number
        self._cached: Cached[None, Mapping[str, Shown]] = Cached(foundation.generations, "projects", _load)

    def all(self) -> Mapping[str, Shown]:
        """What was set, by its name; cached."""
        return self._cached.get(None)

    def picture(self, name: str) -> bytes | None:
        """The bytes of a picture; None where there is none."""
        with self._database.read() as connection:
            content: bytes | None = connection.scalar(
                select(appearance.c.picture).where(appearance.c.name == name)
            )
        return bytes(content) if content is not None else None

    def set(self, tx: Tx, name: str, value: str, picture: bytes | None, *, now: datetime) -> None:
        self.unset(tx, name)
        tx.conn.execute(appearance.insert().values(name=name, value=value, picture=picture, set_at=now))

    def unset(self, tx: Tx, name: str) -> None:
        tx.touch("projects")
        tx.conn.execute(delete(appearance).where(appearance.c.name == name))
