"""What a round has to be: its name, dates, weights, forms and objects, and no overlap with another one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from forms.errors import FormNotFound
from server.store.refusals import (
    LinkInvalid,
    ObjectNotFound,
    RoundDatesInvalid,
    RoundKindUnknown,
    RoundNameInvalid,
    RoundOverlap,
    RoundWeightsInvalid,
)
from server.store.round_rows import KINDS, Round
from server.store.tables import entity, registry_object
from server.store.transaction import ROUND_ID, Tx


def check_round(tx: Tx, wanted: Round, known_forms: Collection[str]) -> None:
    """Raises: RoundNameInvalid, RoundKindUnknown, LinkInvalid, RoundDatesInvalid, RoundWeightsInvalid,
    FormNotFound, ObjectNotFound.
    """
    if not ROUND_ID.fullmatch(wanted.round_id):
        raise RoundNameInvalid(round_id=wanted.round_id[:80])
    if wanted.kind not in KINDS:
        raise RoundKindUnknown(kind=str(wanted.kind)[:80], kinds=", ".join(KINDS))
    require_link(wanted.kenesh_resolution_link)
    if wanted.closes_on < wanted.opens_on:
        raise RoundDatesInvalid(opens_on=str(wanted.opens_on), closes_on=str(wanted.closes_on))
    weights = wanted.type_weights.values()
    if any(not 0 <= weight < 1e9 for weight in weights) or not any(weights):
        raise RoundWeightsInvalid()
    for form in wanted.forms:
        if form.form_id not in known_forms:
            raise FormNotFound(form_id=form.form_id)
    objects = registry_object.c
    there = (
        select(objects.object_id)
        .join(entity, entity.c.uuid == objects.uuid)
        .where(objects.project_id == wanted.project_id, entity.c.deleted_at.is_(None))
    )
    known_objects = set(tx.conn.scalars(there))
    for object_id in wanted.objects:
        if object_id not in known_objects:
            raise ObjectNotFound(object_id=object_id)


def require_link(link: str) -> None:
    """Nothing, or the address of a page. Raises: LinkInvalid."""
    if link and (not link.startswith(("https://", "http://")) or not link.isprintable()):
        raise LinkInvalid(link=link[:80])


def refuse_overlap(wanted: Round, other: Round) -> None:
    """While both are open, no answer may belong to two rounds. Raises: RoundOverlap."""
    if other.state != "open" or other.project_id != wanted.project_id or other.round_id == wanted.round_id:
        return
    if other.closes_on < wanted.opens_on or wanted.closes_on < other.opens_on:
        return
    forms = {form.form_id for form in wanted.forms} & {form.form_id for form in other.forms}
    objects = set(wanted.objects) & set(other.objects)
    if forms and objects:
        raise RoundOverlap(other=other.round_id, form_id=min(forms), object_id=min(objects))
