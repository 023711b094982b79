"""Forms into the trash and out of it; and for good, with every answer that was given to them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from forms.faults.forms import FormIdInUse, FormInRounds, FormNotTrashed, ListOfFormGone
from server.actions.encrypt_project import bring_under_key
from server.actions.form_drafts import under_version
from server.actions.form_names import form_subject, is_there, make_room
from server.permissions import OWNER, Person
from server.store import Store, Tx
from server.store.form_trash import Progress, Purged
from server.store.forms import Form, FormVersion


def trash_form(store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None) -> None:
    """Nobody is shown it any more, until it is restored. Raises: FormNotFound, FormInOpenRound."""

    def trash(tx: Tx) -> None:
        store.form_trash.put(tx, project_id, form_id, now=now)
        store.audit.add(tx, "form.delete", form_subject(project_id, form_id), now=now, actor=actor)

    store.write(trash)


def restore_form(store: Store, project_id: int, number: int, *, now: datetime, actor: int | None) -> str:
    """As it was, but under the key that its project may have by now; its form_id.

    Another in the trash that has its name meanwhile lets it have it back.
    Raises: FormNotTrashed, FormIdInUse, FormIdInTrash, ListOfFormGone, VersionTaken.
    """
    form = next((each for each in store.forms.trashed(project_id) if each.number == number), None)
    if form is None:
        raise FormNotTrashed(number=number)
    if is_there(store, project_id, form.form_id):
        raise FormIdInUse(form_id=form.form_id, project_id=project_id)
    _require_lists(store, project_id, form)
    if not store.form_trash.has_its_name(project_id, number):
        make_room(store, project_id, form.form_id, now=now, actor=actor)
    store.form_trash.count_again(project_id, number, now=lambda: now, actor=actor)

    def restore(tx: Tx) -> None:
        store.form_trash.restore(tx, project_id, number)
        store.audit.add(tx, "form.restore", form_subject(project_id, form.form_id), now=now, actor=actor)

    store.write(restore)
    if form.current is not None and store.forms.newer_in_trash(project_id, form.form_id, form.current.seq):
        _offer_again(store, project_id, form.current, now=now, actor=actor)
    bring_under_key(store, project_id, now=now, actor=actor)
    return form.form_id


def _offer_again(
    store: Store, project_id: int, version: FormVersion, *, now: datetime, actor: int | None
) -> None:
    """Its last version once more, so that of all the forms that had its name it is the newest that counts."""
    known = {each.version for each in store.forms.versions(project_id, version.form_id)}
    known |= store.forms.past_versions(project_id, version.form_id)
    names = (f"{version.version}[restored{count or ''}]" for count in itertools.count())
    content = under_version(store, version.content, next(name for name in names if name not in known))
    store.write(lambda tx: store.forms.publish(tx, project_id, content, now=now, actor=actor))


def _require_lists(store: Store, project_id: int, form: Form) -> None:
    """The entity lists it reads and writes have to be there still. Raises: ListOfFormGone."""
    if form.current is None:
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
    moment, subject = datetime.now(UTC), form_subject(project_id, purged.form_id)
    told = {"submissions": purged.submissions, "files": purged.files}
    store.write(
        lambda tx: store.audit.add(tx, "form.purge", subject, now=moment, actor=person.actor, details=told)
    )
    return purged
