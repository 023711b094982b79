"""Entities as they lie in rows, and back."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, false, or_, select

from forms.decoding import decode, decoder
from forms.faults.entities import EntityIdInvalid, EntityTaken, EntityTakenByDeleted
from server.store.columns import AnyRow
from server.store.database import Database
from server.store.entities.sql_texts import NotByIndex, of_list, property_text
from server.store.entities.values import Entity, EntityVersion, Scope
from server.store.tables import entity, entity_purged, entity_version

UUID4 = re.compile(r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})", re.I)
CHUNK = 5000
ASKED = 500  # names in one question


def plain_uuid(text: str) -> str:
    """A UUID of version 4 in small letters, without `uuid:`. Raises: EntityIdInvalid."""
    match = UUID4.fullmatch(text.strip())
    if match is None:
        raise EntityIdInvalid(uuid=text[:100])
    return match[1].lower()


def new_uuid() -> str:
    return str(uuids.uuid4())


def encoded(data: Mapping[str, str]) -> str:
    return msgspec.json.encode(dict(data)).decode()


def decoded(text: str) -> dict[str, str]:
    return _decoder.decode(text)


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL keeps in no text."""
    return text.replace("\0", "\ufffd")


_decoder = decoder(dict[str, str])


def entity_of(row: AnyRow) -> Entity:
    return Entity(
        row.id,
        row.entity_list,
        row.uuid,
        row.version,
        row.label,
        _decoder.decode(row.data),
        row.conflict,
        row.created_at,
        row.created_by,
        row.updated_at,
        row.deleted_at,
    )


def version_of(row: AnyRow) -> EntityVersion:
    data = _decoder.decode(row.data)
    # a version that brought all it consists of says so with nothing
    received = _decoder.decode(row.received) if row.received else {"label": row.label, **data}
    return EntityVersion(
        row.version,
        row.label,
        data,
        received,
        row.base_version,
        row.trunk_version,
        row.branch_id,
        row.branch_base_version,
        row.conflict,
        tuple(decode(row.conflicting, list[str])) if row.conflicting else (),
        row.forced,
        row.submission,
        row.submission_root,
        row.batch,
        row.created_by,
        row.user_agent,
        row.created_at,
    )


def find_entity(connection: Connection, uuid: str) -> Entity | None:
    """The entity of this name, in whatever list, deleted or not."""
    row = connection.execute(select(entity).where(entity.c.uuid == uuid)).one_or_none()
    return None if row is None else entity_of(row)


def find_version(connection: Connection, entity_id: int, *where: ColumnElement[bool]) -> EntityVersion | None:
    """The newest version of an entity for which this holds."""
    row = connection.execute(
        select(entity_version)
        .where(entity_version.c.entity == entity_id, *where)
        .order_by(entity_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else version_of(row)


def require_new(connection: Connection, names: Sequence[str]) -> None:
    """A UUID names one entity on the whole server, for ever. Raises: EntityTaken, EntityTakenByDeleted."""
    for start in range(0, len(names), ASKED):
        some = names[start : start + ASKED]
        known = connection.execute(
            select(entity.c.uuid, entity.c.deleted_at).where(entity.c.uuid.in_(some)).order_by(entity.c.uuid)
        ).first()
        if known is not None and known.deleted_at is None:
            raise EntityTaken(uuid=known.uuid)
        gone = known.uuid if known is not None else None
        gone = gone or connection.scalar(
            select(entity_purged.c.uuid).where(entity_purged.c.uuid.in_(some)).limit(1)
        )
        if gone is not None:
            raise EntityTakenByDeleted(uuid=gone)


def in_scope(list_id: int, scope: Scope) -> list[ColumnElement[bool]]:
    """The entities of a list that somebody sees."""
    where: list[ColumnElement[bool]] = [of_list(list_id), entity.c.deleted_at.is_(None)]
    if scope.owner is not None:
        where.append(entity.c.created_by == scope.owner)
    if scope.having is not None:
        columns = [property_text(name) for name, _ in scope.having]
        if len(columns) > 1 or scope.owner is not None:
            columns = [NotByIndex(column) for column in columns]
        has = (column == value for column, (_, value) in zip(columns, scope.having, strict=True))
        where.append(or_(false(), *has))
    return where


def chunks(
    database: Database, list_id: int, scope: Scope, columns: Sequence[ColumnElement[object]]
) -> Iterator[Sequence[AnyRow]]:
    """The living entities, newest first, a few thousand at a time; `columns` begin with the entity's number.

    Each chunk is read by itself: what changes meanwhile raises the list's `changes`, and is seen next time.
    """
    before = None
    question = select(*columns).where(*in_scope(list_id, scope)).order_by(entity.c.id.desc()).limit(CHUNK)
    while True:
        with database.read() as connection:
            asked = question if before is None else question.where(entity.c.id < before)
            rows = connection.execute(asked).all()
        if rows:
            yield rows
        if len(rows) < CHUNK:
            return
        before = rows[-1][0]
