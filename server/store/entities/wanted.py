"""Which entities of a list somebody wants, as a condition of SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, func, literal
from sqlalchemy import type_coerce as seen_as

from analytics.odata.grammar import Node
from server.store.entities.filtering import condition_of, names_deleted
from server.store.entities.sql_texts import PositionOf, SmallLetters, of_list
from server.store.entities.values import EntityList
from server.store.tables import entity


@dataclass(frozen=True, slots=True)
class EntitiesWanted:
    """Which entities of a list. `order`: fields of OData, True for the largest first; none: newest first.

    `deleted` None leaves it to the filter: one that names deletedAt asks for the deleted ones too.
    """

    known: EntityList
    now: datetime
    filter: Node | None = None
    order: tuple[tuple[str, bool], ...] = ()
    search: str = ""
    deleted: bool | None = None
    conflicts: bool = False


def is_whole(wanted: EntitiesWanted) -> bool:
    """Is every entity of the list wanted that is not deleted?"""
    plain = EntitiesWanted(wanted.known, wanted.now, deleted=wanted.deleted, order=wanted.order)
    return wanted == plain and not wanted.deleted


def where_of(wanted: EntitiesWanted, by: str | None = None) -> list[ColumnElement[bool]]:
    """`by`: the one property that they are to be looked up by, if it is known."""
    where: list[ColumnElement[bool]] = [of_list(wanted.known.list_id)]
    if wanted.deleted is True:
        where.append(entity.c.deleted_at.is_not(None))
    elif wanted.deleted is False or wanted.filter is None or not names_deleted(wanted.filter):
        where.append(entity.c.deleted_at.is_(None))
    if wanted.filter is not None:
        where.append(condition_of(wanted.filter, wanted.known.property_names, wanted.now, by))
    if wanted.conflicts:
        where.append(entity.c.conflict.is_not(None))
    where += [_has_word(word) for word in wanted.search.replace("\0", "").lower().split()]
    return where


def _has_word(word: str) -> ColumnElement[bool]:
    """Does the label or a value hold it? The letters of English and figures are compared by the database."""
    told = seen_as(entity.c.label, Text) + " " + seen_as(entity.c.data, Text)
    if word == word.upper():
        return PositionOf(told, literal(word)) > 0
    letters = func.lower(told) if word.isascii() else SmallLetters(told)
    return PositionOf(letters, literal(word)) > 0
