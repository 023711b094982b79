"""Forms into the trash and out of it; and for good, with every answer that was given to them."""

from __future__ import annotations

from datetime import UTC, datetime

from forms.faults.forms import FormInRounds, ListOfFormGone
from server.actions.encrypt_project import bring_under_key
from server.permissions import OWNER, Person
from server.store import Store, Tx
from server.store.form_trash import Progress, Purged


def trash_form(store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None) -> None:
    """Nobody is shown it any more, until it is restored. Raises: FormNotFound, FormInOpenRound."""

    def trash(tx: Tx) -> None:
        store.form_trash.put(tx, project_id, form_id, now=now)
        store.audit.add(tx, "form.delete", f"{project_id}/{form_id}", now=now, actor=actor)

    store.write(trash)


def restore_form(store: Store, project_id: int, number: int, *, now: datetime, actor: int | None) -> str:
    """As it was, but under the key that its project may have by now; its form_id.

    Raises: FormNotTrashed, ListOfFormGone.
    """
    _require_lists(store, project_id, number)

    def restore(tx: Tx) -> str:
        form_id = store.form_trash.restore(tx, project_id, number)
        store.audit.add(tx, "form.restore", f"{project_id}/{form_id}", now=now, actor=actor)
        return form_id

    form_id = store.write(restore)
    bring_under_key(store, project_id, now=now, actor=actor)
    return form_id


def _require_lists(store: Store, project_id: int, number: int) -> None:
    """The entity lists it reads and writes have to be there still. Raises: ListOfFormGone."""
    form = next((each for each in store.forms.trashed(project_id) if each.number == number), None)
    if form is None or form.current is None:
        return
    content = form.current.content
    wanted: dict[str, set[str]] = {media.entity_list: set() for media in content.media if media.entity_list}
    for declared in content.schema.entity_lists:
        wanted.setdefault(declared.name, set()).update(declared.saves.values())
    for name, properties in wanted.items():
        known = store.entity_lists.find(project_id, name)
        if known is None or not properties <= set(known.property_names):
            raise ListOfFormGone(name=name)


def purge_form(
    store: Store,
    project_id: int,
    number: int,
    *,
    reason: str,
    person: Person,
    progress: Progress | None = None,
) -> Purged:
    """Erase every answer to it. What a round went by is erased by the owner of the data folder alone.

    Raises: FormNotTrashed, FormInRounds, ReasonMissing.
    """
    rounds = store.form_trash.rounds_of(project_id, number)
    if rounds and person.kind != OWNER:
        raise FormInRounds(round_id=rounds[0])
    purged = store.form_trash.purge(
        project_id,
        number,
        reason=reason,
        now=lambda: datetime.now(UTC),
        actor=person.actor,
        progress=progress,
    )
    moment, subject = datetime.now(UTC), f"{project_id}/{purged.form_id}"
    told = {"submissions": purged.submissions, "files": purged.files}
    store.write(
        lambda tx: store.audit.add(tx, "form.purge", subject, now=moment, actor=person.actor, details=told)
    )
    return purged
