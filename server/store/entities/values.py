"""What entity lists consist of, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Conflict = Literal["soft", "hard"]


@dataclass(frozen=True, slots=True)
class EntityProperty:
    """A column of a list; the values are texts."""

    name: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who fills forms sees the entities whose `property` has the value that `actor_property` has of them."""

    property: str
    actor_property: str


@dataclass(frozen=True, slots=True)
class EntityList:
    """A list of a project. `changes` rises with everything that phones could notice of it.

    `approval_required`: forms create entities only when their submission is accepted. `owner_only`: who only
    fills forms (an app user, a public link, a data collector) sees the entities they created; with `rules`,
    those that one of the rules lets them see. Everybody else sees all.
    """

    list_id: int
    project_id: int
    name: str
    properties: tuple[EntityProperty, ...]
    approval_required: bool
    owner_only: bool
    rules: tuple[AccessRule, ...]
    changes: int
    changed_at: datetime
    created_at: datetime
    created_by: int | None

    @property
    def property_names(self) -> tuple[str, ...]:
        return tuple(known.name for known in self.properties)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity as it stands now. `uuid` is its name for ever, `version` counts from 1."""

    entity_id: int
    list_id: int
    uuid: str
    version: int
    label: str
    data: Mapping[str, str]
    conflict: Conflict | None
    created_at: datetime
    created_by: int | None
    updated_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """One state of an entity, and where it came from.

    `received` is what this version brought, its label under "label"; `base_version` is the version it began
    from. Of an offline update `branch_id`, `trunk_version` and `branch_base_version` are as the phone said.
    `submission` is the record that brought it, `batch` the file or request; neither: a single call.
    """

    version: int
    label: str
    data: Mapping[str, str]
    received: Mapping[str, str]
    base_version: int | None
    trunk_version: int | None
    branch_id: str | None
    branch_base_version: int | None
    conflict: Conflict | None
    conflicting: tuple[str, ...]
    forced: bool
    submission: int | None
    submission_root: int | None
    batch: int | None
    created_by: int | None
    user_agent: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """What was done to an entity as a whole, and by whom."""

    audit_id: int
    at: datetime
    actor: int | None
    action: str
    version: int = 0  # of a conflict that was looked at


@dataclass(frozen=True, slots=True)
class NewEntity:
    """An entity to be. `uuid` is a UUID in small letters."""

    uuid: str
    label: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Who changes something, and through what."""

    actor: int | None = None
    user_agent: str | None = None
    submission: int | None = None
    submission_root: int | None = None
    batch: int | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Entities that came together: `name` is that of the file."""

    batch_id: int
    name: str
    size: int | None
    count: int
    created_by: int | None
    user_agent: str | None
    created_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A submission that waits for an earlier one of its branch."""

    submission: int
    submission_root: int
    list_id: int
    uuid: str
    branch_id: str
    branch_base_version: int
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entities of a list somebody sees: all, those they created, those with any of these values.

    `having`: pairs of a property and its value.
    """

    owner: int | None = None
    having: tuple[tuple[str, str], ...] | None = None

    @property
    def everything(self) -> bool:
        return self.owner is None and self.having is None


EVERYTHING = Scope()
