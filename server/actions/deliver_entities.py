"""Which app users are given which part of an entity list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from forms.faults.registry import RegistryFixed
from forms.registry_lists import LISTS
from server.store import Store, Tx
from server.store.entities import EntityList


def show_by(
    store: Store, known: EntityList, name: str | None, *, now: datetime, actor: int | None
) -> EntityList:
    """Let app users see entities by their value of this property; None: all of them, again.

    Until a long list is worked through they see fewer than they may, never more.
    Raises: EntityPropertyNotFound, RegistryFixed (every phone is given the whole registry).
    """
    if known.name in LISTS:
        raise RegistryFixed(name=known.name)

    def begin(tx: Tx) -> EntityList:
        changed = store.entity_views.set_filter(tx, known, name, now=now)
        details = {"filter": name or ""}
        subject = f"{known.project_id}/{known.name}"
        store.audit.add(tx, "dataset.update", subject, now=now, actor=actor, details=details)
        return changed

    changed = store.write(begin)
    after: int | None = 0
    while after is not None:
        after = store.write(partial(_fill, store, changed, after, now))
    return changed


def _fill(store: Store, known: EntityList, after: int, now: datetime, tx: Tx) -> int | None:
    return store.entity_views.fill_filter(tx, known, after, now=now)


def show_to(
    store: Store,
    known: EntityList,
    wanted: Mapping[int, Sequence[str]],
    *,
    now: datetime,
    actor: int | None,
) -> None:
    """Name the values that these app users may see; others keep theirs. Raises: AppUserNotFound."""
    for app_user in wanted:
        store.app_users.get(known.project_id, app_user)

    def change(tx: Tx) -> None:
        for app_user, values in wanted.items():
            store.entity_views.set(tx, known, app_user, values, now=now)
        subject = f"{known.project_id}/{known.name}"
        details = {"appUsers": len(wanted)}
        store.audit.add(tx, "dataset.update", subject, now=now, actor=actor, details=details)

    store.write(change)
