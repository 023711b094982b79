"""How a person likes to see things, kept for them; each change in the audit, without the value."""

from __future__ import annotations

from datetime import datetime

from forms.faults.people import PreferenceNameTooLong
from server.store import Store, Tx
from server.store.preferences import SITE

LONGEST_NAME = 200


def set_preference(
    store: Store, person: int, project_id: int | None, name: str, value: str, *, now: datetime
) -> None:
    """`value` is JSON; `project_id` None: on the whole site.

    Raises: PreferenceNameTooLong, PreferencesTooMany.
    """
    if len(name) > LONGEST_NAME:
        raise PreferenceNameTooLong(most=LONGEST_NAME)

    def change(tx: Tx) -> None:
        store.preferences.set(tx, person, project_id or SITE, name, value)
        _note(store, tx, "user.preference.update", person, project_id, name, now)

    store.write(change)


def remove_preference(store: Store, person: int, project_id: int | None, name: str, *, now: datetime) -> bool:
    """False when it was not there."""

    def change(tx: Tx) -> bool:
        was_there = store.preferences.remove(tx, person, project_id or SITE, name)
        if was_there:
            _note(store, tx, "user.preference.delete", person, project_id, name, now)
        return was_there

    return store.write(change)


def _note(
    store: Store, tx: Tx, action: str, person: int, project_id: int | None, name: str, now: datetime
) -> None:
    details: dict[str, str | int] = {
        "propertyName": name,
        "scope": "site" if project_id is None else "project",
    }
    if project_id is not None:
        details["projectId"] = project_id
    store.audit.add(tx, action, str(person), now=now, actor=person, details=details)
