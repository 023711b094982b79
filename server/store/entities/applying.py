"""What a submission does to entity lists: all of it, nothing, or later. Spec: protocol.md 13.1

A form says which actions it may take, the instance says which of them it takes. An offline update says which
branch it belongs to and which version of that branch it began from; where that one has not come yet, the
whole submission waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from forms.entities_sent import SentEntity
from forms.errors import BaikooError
from forms.faults.entities import (
    EntitiesFailed,
    EntityActionNotPermitted,
    EntityBaseVersionMissing,
    EntityDeleted,
    EntityIdMissing,
    EntityLabelMissing,
    EntityListUnknown,
    EntityNotFound,
    EntityTaken,
    EntityVersionNotFound,
)
from server.store.entities.changes import Entities, NewVersion
from server.store.entities.feed import Happening
from server.store.entities.lists import load_lists
from server.store.entities.rows import find_entity, find_version, plain_uuid
from server.store.entities.said import (
    Update,
    base_version_of,
    branch_of,
    read_update,
    received_of,
    trunk_of,
)
from server.store.entities.values import Conflict, Entity, EntityList, EntityVersion, NewEntity, Source
from server.store.tables import entity_version
from server.store.transaction import Tx

NO_LABEL = "auto generated"  # Central's, of an entity made by force from an update without a label


@dataclass(frozen=True, slots=True)
class Waits:
    """The submission has to wait for an earlier update of this branch."""

    list_id: int
    uuid: str
    branch_id: str
    base_version: int


@dataclass(frozen=True, slots=True)
class Done:
    """An entity was made or changed; `base_version` is what the phone said, 0 of a creation."""

    known: EntityList
    entity: Entity
    branch_id: str | None
    branch_base_version: int


class _Held(Exception):
    def __init__(self, waits: Waits) -> None:
        super().__init__()
        self.waits = waits


class Applying:
    """Applies one submission in a transaction of which a part can be undone."""

    def __init__(self, entities: Entities) -> None:
        self._entities = entities

    def apply(
        self, tx: Tx, happened: Happening, sent: Sequence[SentEntity], *, now: datetime
    ) -> tuple[Done, ...] | Waits:
        """Do all that a submission asks for. What it raises, or waits for, leaves nothing behind.

        Raises: EntitiesFailed (of several some failed), and whatever one alone can raise.
        """
        lists = load_lists(tx.conn, happened.project_id)
        done: list[Done] = []
        errors: list[tuple[int, BaikooError]] = []
        try:
            with tx.part():
                for index, one in enumerate(sent):
                    try:
                        done += self._apply_one(tx, lists, happened, one, now)
                    except BaikooError as error:
                        errors.append((index, error))
                if len(errors) == 1 and len(sent) == 1:
                    raise errors[0][1]
                if errors:
                    raise EntitiesFailed(len(sent), errors)
        except _Held as held:
            return held.waits
        return tuple(done)

    def _apply_one(
        self, tx: Tx, lists: dict[str, EntityList], happened: Happening, sent: SentEntity, now: datetime
    ) -> list[Done]:
        known = lists.get(sent.list_name)
        if known is None or sent.list_name != sent.declared.name:
            raise EntityListUnknown(name=sent.list_name[:200])
        for action, wanted, permitted in (
            ("create", sent.creates, sent.declared.creates),
            ("update", sent.updates, sent.declared.updates),
        ):
            if wanted and not permitted:
                raise EntityActionNotPermitted(action=action, name=known.name)
        if not sent.uuid:
            raise EntityIdMissing()
        # an older version of a form may write a property that was removed since
        columns = set(known.property_names)
        sent = replace(sent, data={name: text for name, text in sent.data.items() if name in columns})
        source = Source(
            actor=happened.actor,
            user_agent=happened.user_agent,
            submission=happened.submission,
            submission_root=happened.root,
            forced=happened.kind == "forced",
        )
        if sent.updates and happened.kind in ("created", "edited", "released", "forced"):
            try:
                return [self._update(tx, known, sent, source, now)]
            except (EntityNotFound, EntityBaseVersionMissing):
                if not (sent.creates or source.forced):
                    raise
        elif not sent.creates:
            return []  # only what comes anew updates
        return self._create(tx, known, happened, sent, source, now)

    def _create(
        self,
        tx: Tx,
        known: EntityList,
        happened: Happening,
        sent: SentEntity,
        source: Source,
        now: datetime,
    ) -> list[Done]:
        if known.approval_required != (happened.kind == "accepted") and happened.kind != "converted":
            return []  # it waits for its acceptance; or it was made when it came
        uuid = plain_uuid(sent.uuid)
        if sent.updates and happened.kind == "accepted" and find_entity(tx.conn, uuid) is not None:
            return []  # it was updated when it came
        branch, trunk, base = branch_of(sent), trunk_of(sent), base_version_of(sent)
        label = sent.label
        if not label.strip():
            if not source.forced:
                raise EntityLabelMissing(uuid=uuid)
            label = NO_LABEL
        try:
            made = self._entities.create(tx, known, NewEntity(uuid, label, sent.data), source, now=now)
        except EntityTaken:
            # the update came first and was forced: it has made the entity
            present = find_entity(tx.conn, uuid)
            first = (
                find_version(tx.conn, present.entity_id, entity_version.c.version == 1) if present else None
            )
            if present is None or present.list_id != known.list_id or first is None or not first.forced:
                raise
            return [self._late_creation(tx, known, present, sent, source, now)]
        said = base if source.forced else None
        if branch is not None:
            tx.conn.execute(
                entity_version.update()
                .where(entity_version.c.entity == made.entity_id, entity_version.c.version == 1)
                .values(branch_id=branch, trunk_version=trunk, branch_base_version=said)
            )
        return [Done(known, made, branch, said or 0)]

    def _late_creation(
        self, tx: Tx, known: EntityList, present: Entity, sent: SentEntity, source: Source, now: datetime
    ) -> Done:
        received = received_of(sent)
        there = {**present.data, "label": present.label}
        conflicting = tuple(name for name, text in received.items() if there.get(name) != text)
        new = NewVersion(received, present.version, "hard" if conflicting else "soft", conflicting)
        return Done(known, self._entities.add_version(tx, known, present, new, source, now=now), None, 0)

    def _update(self, tx: Tx, known: EntityList, sent: SentEntity, source: Source, now: datetime) -> Done:
        update = read_update(sent)
        present = find_entity(tx.conn, update.uuid)
        if present is not None and (present.list_id != known.list_id or present.deleted_at is not None):
            gone, present = present, None
        else:
            gone = None
        base = self._base(tx, known, present, update, source.forced) if present is not None else None
        if present is None or base is None:
            if update.branch_id is not None and not source.forced:
                raise _Held(Waits(known.list_id, update.uuid, update.branch_id, update.base_version))
            if gone is not None and gone.list_id == known.list_id:
                raise EntityDeleted(uuid=update.uuid)
            raise EntityNotFound(uuid=update.uuid, name=known.name)
        if update.trunk_version is not None and update.trunk_version > present.version:
            raise EntityVersionNotFound(
                version=f"trunkVersion={update.trunk_version}", uuid=update.uuid, name=known.name
            )
        received = received_of(sent)
        conflict, conflicting = _conflict(base, present, received)
        if conflict is None and self._interrupted(tx, present, update):
            conflict = "soft"
        new = NewVersion(
            received,
            base.version,
            conflict,
            conflicting,
            update.trunk_version,
            update.branch_id,
            update.base_version if update.branch_id is not None else None,
        )
        after = self._entities.add_version(tx, known, present, new, source, now=now)
        return Done(known, after, update.branch_id, update.base_version if update.branch_id else 0)

    def _base(
        self, tx: Tx, known: EntityList, present: Entity, update: Update, forced: bool
    ) -> EntityVersion | None:
        """The version this update began from; None where it has not come yet."""
        columns = entity_version.c
        where: list[ColumnElement[bool]] = [columns.version == update.base_version]
        if update.branch_id is not None and update.base_version not in (1, update.trunk_version):
            where = [
                columns.branch_id == update.branch_id,
                columns.branch_base_version == update.base_version - 1,
            ]
        found = find_version(tx.conn, present.entity_id, *where)
        if found is None and update.branch_id is None:
            raise EntityVersionNotFound(version=update.base_version, uuid=update.uuid, name=known.name)
        if found is None and forced:
            return find_version(tx.conn, present.entity_id)
        return found

    def _interrupted(self, tx: Tx, present: Entity, update: Update) -> bool:
        """Has somebody else changed the entity since this branch began?"""
        if update.branch_id is None:
            return False
        columns = entity_version.c
        return (
            tx.conn.execute(
                select(columns.version)
                .where(
                    columns.entity == present.entity_id,
                    columns.version > (update.trunk_version or 1),
                    or_(columns.branch_id.is_(None), columns.branch_id != update.branch_id),
                )
                .limit(1)
            ).one_or_none()
            is not None
        )


def _conflict(
    base: EntityVersion, present: Entity, received: dict[str, str]
) -> tuple[Conflict | None, tuple[str, ...]]:
    """Did this update begin from what is newest? Else: which values were changed to something else since?"""
    if base.version == present.version:
        return None, ()
    before = {**base.data, "label": base.label}
    now = {**present.data, "label": present.label}
    conflicting = tuple(
        name
        for name, text in received.items()
        if name in now and now[name] != before.get(name) and now[name] != text
    )
    return ("hard" if conflicting else "soft"), conflicting
