"""Entity lists: rows that forms look up, create and change, and that programs and files keep too."""

from server.store.entities.batches import EntityBatches
from server.store.entities.changes import Entities
from server.store.entities.lists import EntityLists
from server.store.entities.pages import EntitiesWanted, EntityPages, EntityRow
from server.store.entities.values import (
    EVERYTHING,
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
from server.store.entities.views import EntityViews

__all__ = [
    "EVERYTHING",
    "Batch",
    "Entities",
    "EntitiesWanted",
    "Entity",
    "EntityBatches",
    "EntityList",
    "EntityLists",
    "EntityPages",
    "EntityProperty",
    "EntityRow",
    "EntityVersion",
    "EntityViews",
    "Held",
    "NewEntity",
    "Scope",
    "Source",
]
