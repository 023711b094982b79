"""The registry from spreadsheets: all rows, or none and every fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from forms.entities import read_registry_csv, read_villages_csv
from forms.errors import Fault, RegistryFaults
from server.store import Store, Tx
from server.store.registry import Imported


def import_villages(
    store: Store, project_id: int, content: bytes, *, now: datetime, actor: int | None
) -> Imported:
    """Raises: RegistryFaults, ProjectNotFound."""
    store.projects.get(project_id)
    reading = read_villages_csv(content)
    _nothing_wrong(reading.faults)
    return store.write(
        lambda tx: store.registry.put_villages(tx, project_id, reading.rows, now=now, actor=actor)
    )


def import_objects(
    store: Store, project_id: int, content: bytes, *, now: datetime, actor: int | None
) -> Imported:
    """Objects named are added or changed, others stay, and so does what the file has no column for.

    Villages they serve must be known.

    Raises: RegistryFaults, ProjectNotFound.
    """
    store.projects.get(project_id)
    villages = [village.name for village in store.registry.villages(project_id)]
    reading = read_registry_csv(content, villages=villages)
    _nothing_wrong(reading.faults)

    def put(tx: Tx) -> Imported:
        known = {one.object.object_id: one.object for one in store.registry.objects(project_id)}
        wanted = [
            replace(known[one.object_id], **{name: getattr(one, name) for name in reading.columns})
            if one.object_id in known
            else one
            for one in reading.rows
        ]
        return store.registry.put_objects(tx, project_id, wanted, now=now, actor=actor)

    return store.write(put)


def _nothing_wrong(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise RegistryFaults(faults)
