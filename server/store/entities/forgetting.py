"""What an erasure by law takes back from entities: the values that the erased answers had brought.

Each value becomes what it was before that submission, in its version and in the later ones, up to the version
that brought a value of its own. An object or village of the registry stays: it is a record of its own in the
ledger, of public things, and the organiser changes it where it says too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forms.errors import BaikooError
from forms.instance import parse_instance
from forms.registry_lists import LISTS as REGISTRY
from server.store.columns import AnyRow
from server.store.entities.lists import changed
from server.store.entities.rows import encoded, version_of
from server.store.tables import entity, entity_held, entity_list, entity_version
from server.store.transaction import Tx

LABEL = "label"


@dataclass(slots=True)
class _State:
    """A version with its label among its values."""

    version: int
    values: dict[str, str]
    received: dict[str, str]
    changed: bool = False


def forget_submission(tx: Tx, submission: int, kept: bytes | None, *, now: datetime) -> None:
    """Take back what this record brought; values that the answers which stay (`kept`) tell too stay."""
    tx.conn.execute(entity_held.delete().where(entity_held.c.submission == submission))
    brought = select(entity_version.c.entity, entity_version.c.version).where(
        entity_version.c.submission_root.is_not(None), entity_version.c.submission == submission
    )
    rows = tx.conn.execute(brought).all()
    told = _texts(kept) if rows and kept is not None else set()
    for entity_id, version in rows:
        row = tx.conn.execute(select(entity).where(entity.c.id == entity_id)).one()
        if tx.conn.scalar(select(entity_list.c.name).where(entity_list.c.id == row.entity_list)) in REGISTRY:
            continue
        states = _states(tx, entity_id)
        _take_back(states, version, told, row.uuid)
        _write(tx, row, states, now)


def _texts(instance: bytes) -> set[str]:
    """Every answer in it; of one that cannot be read, none."""
    try:
        root = parse_instance(instance).root
    except BaikooError:
        return set()
    return {element.text for element in root.iter() if element.text}


def _states(tx: Tx, entity_id: int) -> list[_State]:
    rows = tx.conn.execute(
        select(entity_version).where(entity_version.c.entity == entity_id).order_by(entity_version.c.version)
    )
    versions = [version_of(row) for row in rows]
    return [_State(one.version, {**one.data, LABEL: one.label}, dict(one.received)) for one in versions]


def _take_back(states: list[_State], version: int, told: set[str], uuid: str) -> None:
    at = next(index for index, state in enumerate(states) if state.version == version)
    before = states[at - 1].values if at else {LABEL: uuid}
    for name, text in list(states[at].received.items()):
        if text in told:
            continue
        for index, state in enumerate(states[at:]):
            if index and name in state.received:
                break
            state.changed = True
            state.values.pop(name, None)
            if name in before:
                state.values[name] = before[name]
        states[at].received.pop(name)


def _write(tx: Tx, row: AnyRow, states: list[_State], now: datetime) -> None:
    for state in states:
        if state.changed:
            data = {name: text for name, text in state.values.items() if name != LABEL}
            tx.conn.execute(
                entity_version.update()
                .where(entity_version.c.entity == row.id, entity_version.c.version == state.version)
                .values(label=state.values[LABEL], data=encoded(data), received=encoded(state.received))
            )
    newest = states[-1]
    if not newest.changed and not any(state.changed for state in states):
        return
    data = {name: text for name, text in newest.values.items() if name != LABEL}
    tx.conn.execute(
        entity.update()
        .where(entity.c.id == row.id)
        .values(
            label=newest.values[LABEL],
            data=encoded(data),
            updated_at=now,
        )
    )
    changed(tx, row.entity_list, now)
