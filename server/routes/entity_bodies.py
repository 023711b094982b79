"""What programs send to make and change entities, read with the refusals of ODK Central."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from forms.faults.entity_requests import (
    EntitiesUnexpected,
    EntityLabelBlank,
    EntityLabelNeeded,
    EntitySourceMissing,
    EntityValueNotText,
)
from server.routes.asking import read_json
from server.store.entities import NewEntity
from server.store.entities.rows import new_uuid, plain_uuid

KEYS = ("label", "uuid", "data")


@dataclass(frozen=True, slots=True)
class Bulk:
    """Entities with where they come from."""

    entities: list[NewEntity]
    name: str
    size: int | None


async def new_in_body(request: Request, limit: int) -> NewEntity | Bulk:
    """One entity, or many.

    Raises: EntitiesUnexpected, EntitySourceMissing, EntityLabelNeeded, EntityLabelBlank, EntityValueNotText,
    EntityIdInvalid.
    """
    body = await read_json(request, dict[str, Any], limit)
    if not body.get("entities") and "entities" not in body:
        return _new(body)
    entities = body["entities"]
    if not isinstance(entities, list):
        raise EntitiesUnexpected(expected="entities: [...]", actual="not an array")
    if not entities:
        raise EntitiesUnexpected(expected="entities: [...]", actual="empty array")
    made = [_new(one) for one in entities]
    source = body.get("source")
    if not source or not isinstance(source, dict):
        raise EntitySourceMissing(field="source")
    name, size = source.get("name"), source.get("size")
    if not name:
        raise EntitySourceMissing(field="source.name")
    if not isinstance(name, str):
        raise EntityValueNotText(field="name", expected="string")
    if size is not None and not isinstance(size, int | float):
        raise EntityValueNotText(field="size", expected="number")
    return Bulk(made, name, None if not size else int(size))


async def change_in_body(request: Request) -> tuple[str | None, Mapping[str, str] | None]:
    """The new label and values, None where they stay. Raises: as new_in_body."""
    body = await read_json(request, dict[str, Any])
    _require_known(body)
    return _label(body), _data(body)


def _new(body: object) -> NewEntity:
    if not isinstance(body, dict):
        raise EntitiesUnexpected(expected=", ".join(KEYS), actual=str(body)[:100])
    _require_known(body)
    uuid = body.get("uuid")
    if uuid and not isinstance(uuid, str):
        raise EntityValueNotText(field="uuid", expected="string")
    named = plain_uuid(uuid) if uuid else new_uuid()
    label = _label(body)
    if label is None:
        raise EntityLabelNeeded(field="label")
    return NewEntity(named, label, _data(body) or {})


def _require_known(body: Mapping[str, object]) -> None:
    if not all(key in KEYS for key in body):
        raise EntitiesUnexpected(expected=", ".join(KEYS), actual=", ".join(body)[:200])


def _label(body: Mapping[str, object]) -> str | None:
    label = body.get("label")
    if label is None:
        return None
    if not isinstance(label, str):
        raise EntityValueNotText(field="label", expected="string")
    if not label.strip():
        raise EntityLabelBlank(field="label", value="(empty string)")
    return label


def _data(body: Mapping[str, object]) -> Mapping[str, str] | None:
    data = body.get("data")
    if data is None:
        return None
    if not isinstance(data, dict):
        raise EntityValueNotText(field="data", expected="object")
    for name, value in data.items():
        if not isinstance(value, str):
            raise EntityValueNotText(field=str(name)[:200], expected="string")
    return data
