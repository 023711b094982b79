"""What an instance says of an entity, as numbers and names: whole numbers, and UUIDs of version 4."""

from __future__ import annotations

from dataclasses import dataclass

from forms.entities_sent import SentEntity
from forms.faults.entities import (
    EntityBaseVersionMissing,
    EntityBranchInvalid,
    EntityBranchMissing,
    EntityNumberInvalid,
)
from server.store.entities.rows import UUID4, plain_uuid


@dataclass(frozen=True, slots=True)
class Update:
    """An update as the phone said it, read."""

    uuid: str
    base_version: int
    trunk_version: int | None
    branch_id: str | None


def read_update(sent: SentEntity) -> Update:
    """Raises: EntityIdInvalid, EntityBaseVersionMissing, EntityNumberInvalid, and those of the branch."""
    uuid = plain_uuid(sent.uuid)
    base = base_version_of(sent)
    if base is None:
        raise EntityBaseVersionMissing(uuid=uuid)
    return Update(uuid, base, trunk_of(sent), branch_of(sent))


def received_of(sent: SentEntity) -> dict[str, str]:
    """The values that came, and the label where there is one: a blank one changes nothing."""
    return {**sent.data, **({"label": sent.label} if sent.label.strip() else {})}


def base_version_of(sent: SentEntity) -> int | None:
    """Raises: EntityNumberInvalid."""
    return _number("baseVersion", sent.base_version)


def branch_of(sent: SentEntity) -> str | None:
    """Raises: EntityBranchInvalid."""
    if not sent.branch_id:
        return None
    match = UUID4.fullmatch(sent.branch_id)
    if match is None:
        raise EntityBranchInvalid(branch=sent.branch_id[:100])
    return match[1].lower()


def trunk_of(sent: SentEntity) -> int | None:
    """Raises: EntityBranchMissing (a trunk is that of a branch), EntityNumberInvalid."""
    if sent.trunk_version and not sent.branch_id:
        raise EntityBranchMissing(uuid=sent.uuid[:100])
    return _number("trunkVersion", sent.trunk_version)


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise EntityNumberInvalid(name=name, value=text[:100])
    return int(text)
