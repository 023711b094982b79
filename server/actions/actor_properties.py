"""Properties of phones and links: declared for a project, given to one of them; each change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from forms.faults.people import ActorPropertyValueInvalid
from server.store import Store, Tx

LONGEST_VALUE = 1000


def declare_property(store: Store, project_id: int, name: str, *, now: datetime, actor: int | None) -> None:
    """Raises: ActorPropertyNameInvalid, ActorPropertyTaken."""

    def declare(tx: Tx) -> None:
        store.actor_properties.declare(tx, project_id, name, now=now)
        details = {"name": name}
        store.audit.add(tx, "actor_property.create", str(project_id), now=now, actor=actor, details=details)

    store.write(declare)


def values_in(given: object) -> dict[str, str | None]:
    """What was sent as properties: without spaces around, and what is empty is none.

    Raises: ActorPropertyValueInvalid.
    """
    if not isinstance(given, dict):
        raise ActorPropertyValueInvalid(field="properties", value=str(given)[:100])
    values: dict[str, str | None] = {}
    for name, value in given.items():
        if value is not None and (not isinstance(value, str) or len(value) > LONGEST_VALUE):
            raise ActorPropertyValueInvalid(field=str(name)[:100], value=str(value)[:100])
        values[str(name)] = (value or "").strip() or None
    return values


def note_properties(
    store: Store,
    tx: Tx,
    kind: str,
    project_id: int,
    actor_id: int,
    values: Mapping[str, str | None],
    *,
    now: datetime,
    actor: int | None,
) -> None:
    """Give a phone (`kind` field_key) or a link (public_link) these values, inside a change.

    Raises: ActorPropertyUnknown.
    """
    if not values:
        return
    store.actor_properties.set(tx, project_id, actor_id, values)
    # the names alone: a value may be somebody's name
    subject, details = f"{project_id}/{actor_id}", {"properties": ", ".join(sorted(values))}
    store.audit.add(tx, f"{kind}.property.set", subject, now=now, actor=actor, details=details)


def set_properties(
    store: Store,
    kind: str,
    project_id: int,
    actor_id: int,
    values: Mapping[str, str | None],
    *,
    now: datetime,
    actor: int | None,
) -> None:
    """The same as a change of its own. Raises: ActorPropertyUnknown."""
    store.write(
        lambda tx: note_properties(store, tx, kind, project_id, actor_id, values, now=now, actor=actor)
    )
