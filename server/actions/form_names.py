"""Whose a form_id is: of a new form, of one that is there, of one in the trash that lets others have it."""

from __future__ import annotations

from datetime import datetime

from forms.errors import N_, Fault, FormNotFound, Sentence, VersionTaken
from server.store import Store

_IN_TRASH = N_(
    "A form {form_id} lies in the trash. It lets the new one have its name, and cannot be restored as long "
    "as that one is there."
)


def is_there(store: Store, project_id: int, form_id: str) -> bool:
    """Is there a form of this id, published or a draft, and not in the trash?"""
    try:
        store.forms.get(project_id, form_id)
    except FormNotFound:
        return False
    return True


def trashed_twin(store: Store, project_id: int, form_id: str) -> tuple[Fault, ...]:
    """A warning to whoever makes a new form, where one in the trash had its id."""
    if is_there(store, project_id, form_id):
        return ()
    if not any(form.form_id == form_id for form in store.forms.trashed(project_id)):
        return ()
    return (Fault("settings", None, "form_id", Sentence(_IN_TRASH, form_id=form_id)),)


def make_room(
    store: Store,
    project_id: int,
    form_id: str,
    *,
    now: datetime,
    actor: int | None,
    version: str | None = None,
) -> None:
    """Let a new form have this id, where one in the trash has it still.

    `version`: what is published at once. Raises: FormIdInTrash, VersionTaken.
    """
    if not is_there(store, project_id, form_id):
        if version is not None and version in store.forms.past_versions(project_id, form_id):
            raise VersionTaken(form_id=form_id, version=version)
        store.form_trash.give_way(project_id, form_id, now=lambda: now, actor=actor)


def form_subject(project_id: int, form_id: str) -> str:
    """What an entry of the audit log is about; a slash belongs to the name."""
    return f"{project_id}/{form_id.replace('/', '%2F')}"
