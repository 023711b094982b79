"""The draft of a form: saved, given its files, tried on phones, and published or discarded.

A draft changes as often as one likes; what was sent to it for a try goes with it (design.md 5).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from forms.errors import FormWarnings, MediaNotFound, VersionTaken
from forms.faults.forms import (
    DraftOfOtherForm,
    DraftOnly,
    LinkOfOtherFile,
    NotesTooLong,
    NothingToDraft,
    TypeChanged,
)
from forms.xform import parse_xform
from forms.xform_version import with_version
from server.actions.form_changes import type_clashes
from server.actions.form_names import form_subject, trashed_twin
from server.actions.publish_form import (
    ReadForm,
    check_form,
    keep_form,
    list_named_like,
    locked_by_round,
    offer,
    published_versions,
    save_content,
)
from server.store import Store, Tx
from server.store.drafts import Draft
from server.store.forms import FormContent, FormMedia, FormVersion

LONGEST_NOTES = 10_000


@dataclass(frozen=True, slots=True)
class SlotFile:
    """A file for a slot, whose blob is kept already."""

    sha256: str
    md5: str
    size: int


def save_draft(
    store: Store,
    project_id: int,
    form: ReadForm,
    *,
    now: datetime,
    actor: int | None,
    ignore_warnings: bool = True,
) -> Draft:
    """Keep it as the draft of its form, in place of an earlier one.

    Raises: TypeChanged, FormWarnings, FormIdInTrash, ProjectNotFound, and those of entity lists.
    """
    gone, twin = (
        check_form(store, project_id, form.xform.schema),
        trashed_twin(store, project_id, form.xform.form_id),
    )
    if not ignore_warnings and (form.warnings or gone or twin):
        raise FormWarnings(form.warnings, gone, twin)
    content = keep_form(store, project_id, form)
    return save_content(store, project_id, content, (*form.warnings, *gone, *twin), now, actor)


def draft_of_form(
    store: Store,
    project_id: int,
    form_id: str,
    form: ReadForm,
    *,
    now: datetime,
    actor: int | None,
    ignore_warnings: bool,
) -> Draft:
    """The same for the form of an address. Raises: FormNotFound, DraftOfOtherForm, those of save_draft."""
    store.forms.get(project_id, form_id)
    if form.xform.form_id != form_id:
        raise DraftOfOtherForm(form_id=form.xform.form_id)
    return save_draft(store, project_id, form, now=now, actor=actor, ignore_warnings=ignore_warnings)


def draft_of_published(
    store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None
) -> Draft:
    """A draft that begins as the published version is. Raises: FormNotFound, NothingToDraft."""
    current = store.forms.get(project_id, form_id).current
    if current is None:
        raise NothingToDraft()
    return save_content(store, project_id, current.content, (), now, actor)


def publish_draft(
    store: Store,
    project_id: int,
    form_id: str,
    *,
    now: datetime,
    actor: int | None,
    version: str | None = None,
    notes: str | None = None,
) -> FormVersion:
    """Make the draft the version that phones are offered; `version` replaces the one written in it.

    Raises: DraftNotFound, TypeChanged, VersionTaken, SchemeLocked, FormVersionInvalid, NotesTooLong, and
    those of entity lists.
    """
    if notes is not None and len(notes) > LONGEST_NOTES:
        raise NotesTooLong(most=LONGEST_NOTES)
    draft = store.drafts.get(project_id, form_id)
    content = draft.content
    if version is not None and version != draft.version:
        content = under_version(store, content, version)
    versions = published_versions(store, project_id, form_id)
    clashes = type_clashes((each.schema for each in versions), content.schema)
    if clashes:  # another version was published since the draft was saved
        raise TypeChanged([clash.fault for clash in clashes], clashes[0].path, clashes[0].was)
    locked = locked_by_round(store, project_id, content)
    if locked is not None:
        raise locked
    name = content.schema.version

    def publish(tx: Tx) -> FormVersion:
        if store.forms.has_version(tx, project_id, form_id, name):
            raise VersionTaken(form_id=form_id, version=name)
        published = offer(store, tx, project_id, content, now, actor, notes or None)
        store.drafts.discard(tx, project_id, form_id)
        return published

    return store.write(publish)


def next_version(store: Store, draft: Draft) -> str:
    """The version a draft can be published under: its own, or the next that was never published."""
    project_id, form_id = draft.project_id, draft.form_id
    taken = {known.version for known in published_versions(store, project_id, form_id)}
    taken |= store.forms.past_versions(project_id, form_id)
    name = draft.version
    while name in taken:
        number = re.search(r"[0-9]+$", name)
        if number is None:
            name = f"{name}-2" if name else "2"
        else:
            after = str(int(number[0]) + 1).zfill(len(number[0]))
            name = name[: number.start()] + after
    return name


def discard_draft(store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None) -> None:
    """Raises: FormNotFound, DraftNotFound, DraftOnly (there would be nothing left)."""
    if store.forms.get(project_id, form_id).current is None:
        raise DraftOnly(form_id=form_id)

    def discard(tx: Tx) -> None:
        store.drafts.discard(tx, project_id, form_id)
        store.audit.add(
            tx, "form.update.draft.delete", form_subject(project_id, form_id), now=now, actor=actor
        )

    store.write(discard)


def renew_token(store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None) -> str:
    """A new code for tests; phones with the old one get nothing any more. Raises: DraftNotFound."""

    def renew(tx: Tx) -> str:
        store.audit.add(
            tx, "form.update.draft.token", form_subject(project_id, form_id), now=now, actor=actor
        )
        return store.drafts.renew_token(tx, project_id, form_id)

    return store.write(renew)


def fill_slot(
    store: Store,
    project_id: int,
    form_id: str,
    name: str,
    file: SlotFile,
    *,
    now: datetime,
    actor: int | None,
) -> FormMedia:
    """Put a file into its slot. Raises: DraftNotFound, MediaNotFound."""

    def fill(tx: Tx) -> None:
        store.drafts.set_media(
            tx, project_id, form_id, name, sha256=file.sha256, md5=file.md5, size=file.size, now=now
        )
        _note(store, tx, project_id, form_id, name, now, actor)

    store.write(fill)
    return slot_of(store.drafts.get(project_id, form_id), name)


def slot_file(store: Store, content: bytes) -> SlotFile:
    """A file for a slot, from its bytes."""
    blob = store.blobs.keep(content)
    return SlotFile(blob.sha256, hashlib.md5(content, usedforsecurity=False).hexdigest(), blob.size)


def link_slot(
    store: Store, project_id: int, form_id: str, name: str, linked: bool, *, now: datetime, actor: int | None
) -> FormMedia:
    """Let a slot hold the rows of the entity list of its name, or nothing.

    Raises: DraftNotFound, MediaNotFound, LinkOfOtherFile, EntityListNotFound.
    """
    slot = slot_of(store.drafts.get(project_id, form_id), name)
    entity_list = list_named_like(name)
    if linked and (slot.kind != "file" or entity_list is None):
        raise LinkOfOtherFile(name=name)
    if linked and entity_list is not None:
        store.entity_lists.get(project_id, entity_list)

    def link(tx: Tx) -> None:
        if linked and entity_list is not None:
            store.drafts.link_media(tx, project_id, form_id, name, entity_list, now=now)
        else:
            store.drafts.clear_media(tx, project_id, form_id, name, now=now)
        _note(store, tx, project_id, form_id, name, now, actor)

    store.write(link)
    return slot_of(store.drafts.get(project_id, form_id), name)


def clear_slot(
    store: Store, project_id: int, form_id: str, name: str, *, now: datetime, actor: int | None
) -> None:
    """Raises: DraftNotFound, MediaNotFound (also when there is nothing in it)."""
    slot = slot_of(store.drafts.get(project_id, form_id), name)
    if slot.sha256 is None and slot.entity_list is None:
        raise MediaNotFound(name=name)
    link_slot(store, project_id, form_id, name, False, now=now, actor=actor)


def slot_of(draft: Draft, name: str) -> FormMedia:
    """Raises: MediaNotFound."""
    found = next((media for media in draft.content.media if media.name == name), None)
    if found is None:
        raise MediaNotFound(name=name)
    return found


def under_version(store: Store, content: FormContent, version: str) -> FormContent:
    """The same form under another version; its workbook stays as it was uploaded."""
    xform = parse_xform(with_version(store.blobs.read(content.xform_sha256), version))
    return replace(
        content,
        xform_sha256=store.blobs.keep(xform.xml).sha256,
        xform_md5=xform.md5,
        schema=xform.schema,
        scheme=replace(content.scheme, version=version) if content.scheme is not None else None,
    )


def _note(
    store: Store, tx: Tx, project_id: int, form_id: str, name: str, now: datetime, actor: int | None
) -> None:
    subject = form_subject(project_id, form_id)
    store.audit.add(tx, "form.attachment.update", subject, now=now, actor=actor, details={"name": name})
