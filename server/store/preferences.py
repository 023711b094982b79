"""What programs keep for a person about how they like to see things: on the whole site, and in a project."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, func, select

from forms.faults.people import PreferencesTooMany
from server.store.foundation import Foundation
from server.store.tables import user_preference
from server.store.transaction import Tx

SITE = 0  # in the table: the project of what holds on the whole site
MOST = 1000  # of one person: this is no place to store things in


class Preferences:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def of(self, actor_id: int) -> Mapping[int, Mapping[str, str]]:
        """The values, as JSON, of one person: by project (SITE for the whole site) and name."""
        question = (
            select(user_preference)
            .where(user_preference.c.actor_id == actor_id)
            .order_by(user_preference.c.project, user_preference.c.name)
        )
        found: dict[int, dict[str, str]] = {}
        with self._database.read() as connection:
            for row in connection.execute(question):
                found.setdefault(row.project, {})[row.name] = row.value
        return found

    def set(self, tx: Tx, actor_id: int, project: int, name: str, value: str) -> None:
        """Raises: PreferencesTooMany."""
        self.remove(tx, actor_id, project, name)
        mine = user_preference.c.actor_id == actor_id
        count = tx.conn.scalar(select(func.count()).select_from(user_preference).where(mine)) or 0
        if count >= MOST:
            raise PreferencesTooMany(most=MOST)
        tx.conn.execute(
            user_preference.insert().values(actor_id=actor_id, project=project, name=name, value=value)
        )

    def remove(self, tx: Tx, actor_id: int, project: int, name: str) -> bool:
        """False when it was not there."""
        taken = tx.conn.execute(delete(user_preference).where(*_one(actor_id, project, name)))
        return taken.rowcount > 0


def _one(actor_id: int, project: int, name: str) -> tuple[ColumnElement[bool], ...]:
    return (
        user_preference.c.actor_id == actor_id,
        user_preference.c.project == project,
        user_preference.c.name == name,
    )
