"""What is noted of phones and links, by names that their project declares: a region, a supervisor.

Entity lists are shown by them, so the properties of one actor are asked for with every list a phone fetches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, and_, delete, or_, select

from forms.entities_in_xform import good_property_name
from forms.faults.people import (
    ActorPropertyNameInvalid,
    ActorPropertyTaken,
    ActorPropertyUnknown,
)
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import actor_property, actor_property_value, app_user, public_link
from server.store.transaction import Tx

RESERVED = "displayname"  # in small letters: what everybody has beside the properties
LONGEST_SHOWN = 100


def _of(connection: Connection, actor_id: int) -> Mapping[str, str]:
    question = (
        select(actor_property.c.name, actor_property_value.c.value)
        .join(actor_property, actor_property.c.id == actor_property_value.c.property)
        .where(actor_property_value.c.actor_id == actor_id)
        .order_by(actor_property.c.name)
    )
    return MappingProxyType({row.name: row.value for row in connection.execute(question)})


def _names(connection: Connection, project_id: int) -> tuple[str, ...]:
    names = connection.scalars(select(actor_property.c.name).where(actor_property.c.project_id == project_id))
    return tuple(sorted(names))


class ActorProperties:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        generations = foundation.generations
        self._of: Cached[int, Mapping[str, str]] = Cached(generations, "app_users", _of)
        self._names: Cached[int, tuple[str, ...]] = Cached(generations, "app_users", _names)

    def of(self, actor_id: int) -> Mapping[str, str]:
        """The values of one phone or link, by property; a property without a value is left out. Cached."""
        return self._of.get(actor_id)

    def names(self, project_id: int) -> tuple[str, ...]:
        """The properties a project declares, in the order of their names; cached."""
        return self._names.get(project_id)

    def in_use(self, project_id: int) -> dict[str, tuple[str, ...]]:
        """Each property with the different values that phones and links have which were not deleted."""
        question = (
            select(actor_property.c.name, actor_property_value.c.value)
            .join(actor_property, actor_property.c.id == actor_property_value.c.property)
            .outerjoin(app_user, app_user.c.actor_id == actor_property_value.c.actor_id)
            .outerjoin(public_link, public_link.c.actor_id == actor_property_value.c.actor_id)
            .where(
                actor_property.c.project_id == project_id,
                or_(
                    and_(app_user.c.actor_id.is_not(None), app_user.c.deleted_at.is_(None)),
                    and_(public_link.c.actor_id.is_not(None), public_link.c.deleted_at.is_(None)),
                ),
            )
            .distinct()
        )
        used: dict[str, list[str]] = {name: [] for name in self.names(project_id)}
        with self._database.read() as connection:
            for name, value in connection.execute(question):
                used.setdefault(name, []).append(value)
        return {name: tuple(sorted(values)) for name, values in used.items()}

    def declare(self, tx: Tx, project_id: int, name: str, *, now: datetime) -> None:
        """Raises: ActorPropertyNameInvalid, ActorPropertyTaken."""
        if not good_property_name(name) or name.lower() == RESERVED:
            raise ActorPropertyNameInvalid(field="name", value=name[:LONGEST_SHOWN])
        where = actor_property.c.project_id == project_id, actor_property.c.name == name
        if tx.conn.scalar(select(actor_property.c.id).where(*where)) is not None:
            raise ActorPropertyTaken(name=name)
        tx.touch("app_users")
        tx.conn.execute(actor_property.insert().values(project_id=project_id, name=name, created_at=now))

    def set(self, tx: Tx, project_id: int, actor_id: int, values: Mapping[str, str | None]) -> None:
        """Give a phone or link these values; None takes one away, those not named stay.

        Raises: ActorPropertyUnknown.
        """
        numbers: dict[str, int] = {
            row.name: row.id
            for row in tx.conn.execute(
                select(actor_property.c.id, actor_property.c.name).where(
                    actor_property.c.project_id == project_id
                )
            )
        }
        for name in values:
            if name not in numbers:
                raise ActorPropertyUnknown(field="properties", value=name[:LONGEST_SHOWN])
        tx.touch("app_users")
        tx.conn.execute(
            delete(actor_property_value).where(
                actor_property_value.c.actor_id == actor_id,
                actor_property_value.c.property.in_([numbers[name] for name in values]),
            )
        )
        rows = [
            {"actor_id": actor_id, "property": numbers[name], "value": value}
            for name, value in values.items()
            if value is not None
        ]
        if rows:
            tx.conn.execute(actor_property_value.insert(), rows)
