"""Which entities somebody who only fills forms sees: all, those they created, or those a rule shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from forms.faults.entities import AccessRuleInvalid
from server.store.actor_properties import ActorProperties
from server.store.entities.lists import changed, load_lists, require_own
from server.store.entities.values import EVERYTHING, AccessRule, EntityList, Scope
from server.store.tables import actor_property, entity_list, entity_rule
from server.store.transaction import Tx


class EntityAccess:
    """Who may read lists sees all of them."""

    def __init__(self, properties: ActorProperties) -> None:
        self._properties = properties

    def scope(self, known: EntityList, actor: int) -> Scope:
        """What somebody who only fills forms sees of a list; without what the rules go by: nothing."""
        if not known.owner_only and not known.rules:
            return EVERYTHING
        having = None
        if known.rules:
            noted = self._properties.of(actor)
            having = tuple(
                (rule.property, noted[rule.actor_property])
                for rule in known.rules
                if noted.get(rule.actor_property)
            )
        return Scope(actor if known.owner_only else None, having)

    def set(
        self, tx: Tx, known: EntityList, *, owner_only: bool, rules: Sequence[AccessRule], now: datetime
    ) -> EntityList:
        """Put this in place of what was there; a rule that is said twice is one.

        Raises: AccessRuleInvalid (no such property, of the list or of those who fill forms), RegistryFixed.
        """
        if owner_only or rules:
            require_own(known)  # every phone is given the whole registry
        current = load_lists(tx.conn, known.project_id)[known.name]
        numbers = {
            row.name: row.id
            for row in tx.conn.execute(
                select(actor_property.c.id, actor_property.c.name).where(
                    actor_property.c.project_id == known.project_id
                )
            )
        }
        for rule in rules:
            if rule.property not in current.property_names:
                raise AccessRuleInvalid(field="datasetProperty", value=rule.property[:100])
            if rule.actor_property not in numbers:
                raise AccessRuleInvalid(field="actorProperty", value=rule.actor_property[:100])
        tx.conn.execute(entity_rule.delete().where(entity_rule.c.entity_list == known.list_id))
        rows = [
            {
                "entity_list": known.list_id,
                "property": rule.property,
                "actor_property": numbers[rule.actor_property],
            }
            for rule in dict.fromkeys(rules)
        ]
        if rows:
            tx.conn.execute(entity_rule.insert(), rows)
        tx.conn.execute(
            entity_list.update().where(entity_list.c.id == known.list_id).values(owner_only=owner_only)
        )
        changed(tx, known.list_id, now)
        return load_lists(tx.conn, known.project_id)[known.name]
