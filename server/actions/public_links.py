"""Links to one form: made, given slips for, ended; each change stands in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from forms.errors import NameMissing, NameTooLong
from forms.faults.people import SlipsNeedOnce, SlipsTooMany
from server.actions.actor_properties import note_properties
from server.actions.add_app_user import LONGEST_NAME, NOTHING
from server.store import Store, Tx
from server.store.public_links import PublicLink

MOST_SLIPS = 1000


def add_link(
    store: Store,
    project_id: int,
    form_id: str,
    display_name: str,
    *,
    once: bool,
    now: datetime,
    actor: int | None,
    properties: Mapping[str, str | None] = NOTHING,
) -> PublicLink:
    """A link through which anybody may send answers to this form.

    Raises: FormNotFound, NameMissing, NameTooLong, ActorPropertyUnknown.
    """
    name = display_name.strip()
    if not name:
        raise NameMissing()
    if len(name) > LONGEST_NAME:
        raise NameTooLong(most=LONGEST_NAME)
    store.forms.get(project_id, form_id)

    def add(tx: Tx) -> PublicLink:
        link = store.public_links.add(tx, project_id, form_id, name, once=once, now=now, created_by=actor)
        _note(store, tx, "public_link.create", link, now, actor)
        number = link.actor_id
        note_properties(store, tx, "public_link", project_id, number, properties, now=now, actor=actor)
        return link

    return store.write(add)


def add_slips(store: Store, link: PublicLink, count: int, *, now: datetime, actor: int | None) -> list[str]:
    """So many tokens, each good for one answer, to be printed; they are shown this once.

    Raises: SlipsNeedOnce, SlipsTooMany.
    """
    if not link.once:
        raise SlipsNeedOnce()
    if not 1 <= count <= MOST_SLIPS:
        raise SlipsTooMany(most=MOST_SLIPS)

    def add(tx: Tx) -> list[str]:
        tokens = store.public_links.add_slips(tx, link.actor_id, count)
        details = {"count": count, "link": link.actor_id}
        subject = f"{link.project_id}/{link.form_id}"
        store.audit.add(tx, "public_link.slips", subject, now=now, actor=actor, details=details)
        return tokens

    return store.write(add)


def revoke_link(store: Store, link: PublicLink, *, now: datetime, actor: int | None) -> None:
    """Nobody comes in through it any more; it stays in the list."""

    def revoke(tx: Tx) -> None:
        store.public_links.revoke(tx, link.actor_id, now=now)
        _note(store, tx, "public_link.session.end", link, now, actor)

    store.write(revoke)


def delete_link(store: Store, link: PublicLink, *, now: datetime, actor: int | None) -> None:
    """The same, and out of the list."""

    def delete(tx: Tx) -> None:
        store.public_links.delete(tx, link.actor_id, now=now)
        _note(store, tx, "public_link.delete", link, now, actor)

    store.write(delete)


def _note(store: Store, tx: Tx, action: str, link: PublicLink, now: datetime, actor: int | None) -> None:
    subject = f"{link.project_id}/{link.form_id}"
    store.audit.add(tx, action, subject, now=now, actor=actor, details={"link": link.actor_id})
