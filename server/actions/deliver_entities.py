"""What those who only fill forms are given of an entity list: all, their own, or what a rule shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.store import Store, Tx
from server.store.entities import AccessRule, EntityList
from server.store.entities.indexes import Field


def set_access(
    store: Store,
    tx: Tx,
    known: EntityList,
    *,
    owner_only: bool,
    rules: Sequence[AccessRule],
    now: datetime,
    actor: int | None,
) -> EntityList:
    """Raises: AccessRuleInvalid, RegistryFixed (every phone is given the whole registry)."""
    changed = store.entity_access.set(tx, known, owner_only=owner_only, rules=rules, now=now)
    if len(changed.rules) == 1:
        field = Field(changed.rules[0].property, "text")
        for missing in store.entity_indexes.missing(changed, {field}):
            store.entity_indexes.make(tx, changed, missing)
    told = " ".join(f"{rule.property}={rule.actor_property}" for rule in changed.rules)
    store.audit.add(
        tx, "dataset.update", f"{known.project_id}/{known.name}", now=now, actor=actor,
        details={"ownerOnly": int(owner_only), "rules": told},
    )  # fmt: skip
    return changed
