"""Entity lists: rows that forms look up, create and change, and that programs and files keep too."""

from server.store.entities.access import EntityAccess
from server.store.entities.batches import EntityBatches
from server.store.entities.changes import Entities
from server.store.entities.indexes import EntityIndexes
from server.store.entities.list_trash import EntityListTrash, TrashedList
from server.store.entities.lists import EntityLists
from server.store.entities.pages import EntityPages, EntityRow
from server.store.entities.values import (
    EVERYTHING,
    AccessRule,
    Batch,
    Entity,
    EntityList,
    EntityProperty,
    EntityVersion,
    Held,
    NewEntity,
    Scope,
    Source,
)
from server.store.entities.wanted import EntitiesWanted

__all__ = [
    "EVERYTHING",
    "AccessRule",
    "Batch",
    "Entities",
    "EntitiesWanted",
    "Entity",
    "EntityAccess",
    "EntityBatches",
    "EntityIndexes",
    "EntityList",
    "EntityListTrash",
    "EntityLists",
    "EntityPages",
    "EntityProperty",
    "EntityRow",
    "EntityVersion",
    "Held",
    "NewEntity",
    "Scope",
    "Source",
    "TrashedList",
]
