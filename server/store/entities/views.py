"""Which entities an app user sees: all, those it created, or those with values that were named for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from forms.faults.entities import EntityPropertyNotFound
from server.store.entities.lists import CHUNK, changed, decoded, filter_value, load_lists
from server.store.entities.values import EVERYTHING, EntityList, Scope
from server.store.foundation import Foundation
from server.store.tables import entity, entity_list, entity_view
from server.store.transaction import Tx


class EntityViews:
    """Everybody but app users sees all of a list."""

    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def scope(self, known: EntityList, app_user: int | None) -> Scope:
        """What an app user sees of a list; None: somebody who sees everything."""
        if app_user is None or (not known.owner_only and known.filter_property is None):
            return EVERYTHING
        values = None
        if known.filter_property is not None:
            with self._database.read() as connection:
                values = tuple(
                    connection.scalars(
                        select(entity_view.c.value)
                        .where(entity_view.c.entity_list == known.list_id, entity_view.c.actor_id == app_user)
                        .order_by(entity_view.c.value)
                    )
                )
        return Scope(app_user if known.owner_only else None, values)

    def all(self, known: EntityList) -> dict[int, tuple[str, ...]]:
        """The values that each app user may see, by actor."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(entity_view.c.actor_id, entity_view.c.value)
                .where(entity_view.c.entity_list == known.list_id)
                .order_by(entity_view.c.actor_id, entity_view.c.value)
            ).all()
        seen: dict[int, tuple[str, ...]] = {}
        for actor_id, value in rows:
            seen[actor_id] = (*seen.get(actor_id, ()), value)
        return seen

    def set(self, tx: Tx, known: EntityList, app_user: int, values: Iterable[str], *, now: datetime) -> None:
        """Name the values of the list's filter_property that this app user may see, in place of others."""
        tx.conn.execute(
            entity_view.delete().where(
                entity_view.c.entity_list == known.list_id, entity_view.c.actor_id == app_user
            )
        )
        rows = [
            {"entity_list": known.list_id, "actor_id": app_user, "value": value}
            for value in dict.fromkeys(values)
        ]
        if rows:
            tx.conn.execute(entity_view.insert(), rows)
        changed(tx, known.list_id, now)

    def set_filter(self, tx: Tx, known: EntityList, name: str | None, *, now: datetime) -> EntityList:
        """Let app users see entities by their value of this property, or (None) all of them again.

        The values are written beside the entities; until `fill_filter` has done that for all of them, app
        users see fewer than they may, never more. Raises: EntityPropertyNotFound.
        """
        current = load_lists(tx.conn, known.project_id)[known.name]
        if name is not None and name not in current.property_names:
            raise EntityPropertyNotFound(name=name)
        if name != current.filter_property:
            tx.conn.execute(
                entity.update()
                .where(entity.c.entity_list == known.list_id, entity.c.filter_value.is_not(None))
                .values(filter_value=None)
            )
            tx.conn.execute(
                entity_list.update().where(entity_list.c.id == known.list_id).values(filter_property=name)
            )
        changed(tx, known.list_id, now)
        return replace(current, filter_property=name)

    def fill_filter(self, tx: Tx, known: EntityList, after: int, *, now: datetime) -> int | None:
        """Write the values of the filter beside the next entities; where to go on, None at the end."""
        current = load_lists(tx.conn, known.project_id)[known.name]
        if current.filter_property is None:
            return None
        rows = tx.conn.execute(
            select(entity.c.id, entity.c.data)
            # + 0: along the numbers, not along the index of the list, which would be sorted for each part
            .where(entity.c.entity_list + 0 == known.list_id, entity.c.id > after)
            .order_by(entity.c.id)
            .limit(CHUNK)
        ).all()
        if rows:
            mark = tx.database.placeholder
            tx.conn.exec_driver_sql(
                f"UPDATE entity SET filter_value = {mark} WHERE id = {mark}",  # noqa: S608 - marks
                [(filter_value(current, decoded(row.data)), row.id) for row in rows],
            )
        if len(rows) < CHUNK:
            changed(tx, known.list_id, now)
            return None
        return int(rows[-1].id)
