"""The registry of objects and villages: an entity list whose every change is a record of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.entities import ListedObject
from forms.registry import RegistryObject, Village
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Registered:
    """An object as it stands now; `uuid` is its name on phones for ever, `version` counts from 1."""

    project_id: int
    uuid: str
    version: int
    seq: int
    changed_at: datetime
    object: RegistryObject


@dataclass(frozen=True, slots=True)
class Imported:
    added: int
    changed: int
    unchanged: int


class Registry:
    def objects(self, project_id: int) -> tuple[Registered, ...]:
        """Every object of a project by object_id, whatever its status; cached."""
        raise NotImplementedError

    def get(self, project_id: int, object_id: str) -> Registered:
        """Raises: ObjectNotFound."""
        raise NotImplementedError

    def object_id_of(self, project_id: int, name: str) -> str | None:
        """The object an answer names, by the entity's uuid or by its object_id."""
        raise NotImplementedError

    def listed(self, project_id: int) -> tuple[ListedObject, ...]:
        """The rows of objects.csv: the active objects."""
        raise NotImplementedError

    def villages(self, project_id: int) -> tuple[Village, ...]:
        """In the order they were written; cached."""
        raise NotImplementedError

    def generation(self) -> int:
        """Rises with every change: what was made from the registry may be kept while it stays."""
        raise NotImplementedError

    def put_objects(
        self, tx: Tx, project_id: int, objects: Sequence[RegistryObject], *, now: datetime, actor: int | None
    ) -> Imported:
        """Add or change objects, one record for each that differs; objects not named stay as they are."""
        raise NotImplementedError

    def put_villages(
        self, tx: Tx, project_id: int, villages: Sequence[Village], *, now: datetime, actor: int | None
    ) -> Imported:
        raise NotImplementedError
