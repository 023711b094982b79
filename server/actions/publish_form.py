"""A workbook becomes a version of a form: read, compared with what is published, kept, offered.

Every fault is told at once, with its cell; warnings are told before anything is kept. A version never
changes, the workbook is kept byte for byte beside it, and while a round is open nobody changes its scoring:
such a version is kept as a draft.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from forms.entities_in_xform import entity_warnings
from forms.errors import Fault, FormInvalid, FormNotFound, FormWarnings, SchemeLocked, WorkbookFaults
from forms.evaluation import Scheme
from forms.faults.forms import TypeChanged
from forms.schema import MediaSlot, Schema
from forms.scheme import read_scheme
from forms.xform import XForm, parse_xform
from forms.xlsform import convert
from server.actions.encrypt_project import plain_warnings, xform_of_project
from server.actions.form_changes import gone_questions, scoring_changes, type_clashes
from server.actions.form_names import form_subject, is_there, make_room, trashed_twin
from server.store import Store, Tx
from server.store.drafts import Draft
from server.store.forms import FormContent, FormMedia, FormVersion

FROM_REGISTRY = ("villages.csv", "objects.csv")
ITEMSETS = "itemsets.csv"  # rows of select_one_external, written by the converter itself


@dataclass(frozen=True, slots=True)
class ReadForm:
    """What an upload says, before anything is kept. `workbook` is None for a bare XForm."""

    xform: XForm
    scheme: Scheme | None
    privacy: Mapping[str, str]
    warnings: tuple[Fault, ...]
    workbook: bytes | None
    workbook_name: str | None
    itemsets: bytes | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A published version, and what the designer was warned of."""

    version: FormVersion
    warnings: tuple[Fault, ...]


def read_form(upload: bytes, filename: str) -> ReadForm:
    """Convert a workbook and read its scheme; or take an XForm (.xml) as it is. Takes seconds.

    Raises: WorkbookFaults with the faults of both, FormInvalid.
    """
    if filename.lower().endswith(".xml"):
        xform = parse_xform(upload)
        return ReadForm(xform, None, {}, entity_warnings(xform.schema), None, None)
    faults: list[Fault] = []
    conversion = None
    try:
        conversion = convert(upload, filename)
    except WorkbookFaults as refused:
        faults += refused.faults
    except FormInvalid as refused:
        faults.append(Fault("settings", None, None, refused.sentence))
    reading = read_scheme(upload, filename=filename)
    faults += [fault for fault in reading.faults if fault not in faults]
    if conversion is None or faults:
        raise WorkbookFaults(faults)
    return ReadForm(
        conversion.xform,
        reading.scheme,
        reading.privacy,
        (*conversion.warnings, *reading.warnings),
        upload,
        filename,
        conversion.itemsets,
    )


def publish_form(
    store: Store,
    project_id: int,
    form: ReadForm,
    *,
    now: datetime,
    actor: int | None,
    ignore_warnings: bool = True,
) -> Published:
    """Make it the version that phones are offered. The same form again changes nothing.

    Raises: TypeChanged, FormWarnings, VersionTaken, FormIdInTrash, SchemeLocked (kept as a draft),
    ProjectNotFound, and those of entity lists.
    """
    gone, twin = (
        check_form(store, project_id, form.xform.schema),
        trashed_twin(store, project_id, form.xform.form_id),
    )
    if not ignore_warnings and (form.warnings or gone or twin):
        raise FormWarnings(form.warnings, gone, twin)
    content = keep_form(store, project_id, form)
    locked = locked_by_round(store, project_id, content)
    if locked is not None:
        save_content(store, project_id, content, (*form.warnings, *gone), now, actor)
        raise locked
    make_room(store, project_id, form.xform.form_id, now=now, actor=actor, version=content.schema.version)
    version = store.write(lambda tx: offer(store, tx, project_id, content, now, actor))
    plain = plain_warnings(store, project_id, content)
    return Published(version, (*form.warnings, *gone, *twin, *plain))


def check_form(store: Store, project_id: int, schema: Schema) -> list[Fault]:
    """Compare with every published version; warnings about questions that are gone from the newest.

    Raises: ProjectNotFound, TypeChanged, and those of entity lists.
    """
    store.projects.get(project_id)
    versions = published_versions(store, project_id, schema.form_id)
    clashes = type_clashes((version.schema for version in versions), schema)
    if clashes:
        raise TypeChanged([clash.fault for clash in clashes], clashes[0].path, clashes[0].was)
    store.entity_lists.check_declared(project_id, schema)
    return gone_questions(versions[0].schema, schema) if versions else []


def published_versions(store: Store, project_id: int, form_id: str) -> tuple[FormVersion, ...]:
    """Every published version, newest first; none for a new form."""
    try:
        return store.forms.versions(project_id, form_id)
    except FormNotFound:
        return ()


def keep_form(store: Store, project_id: int, form: ReadForm) -> FormContent:
    """The files of a form as blobs; what an earlier version or draft had in a slot stays in it."""
    xform, workbook = xform_of_project(store, project_id, form.xform, form.scheme), form.workbook
    versions = published_versions(store, project_id, xform.form_id)
    before = {media.name: media for media in versions[0].content.media} if versions else {}
    draft = store.drafts.find(project_id, xform.form_id)
    if draft is not None:
        before |= {media.name: media for media in draft.content.media}
    media = [_slot(store, project_id, slot, before.get(slot.name), form) for slot in xform.schema.media]
    return FormContent(
        xform_sha256=store.blobs.keep(xform.xml).sha256,
        xform_md5=hashlib.md5(xform.xml, usedforsecurity=False).hexdigest(),
        workbook_sha256=store.blobs.keep(workbook).sha256 if workbook is not None else None,
        workbook_name=form.workbook_name,
        schema=xform.schema,
        scheme=form.scheme,
        privacy=dict(form.privacy),
        media=tuple(media),
    )


def _slot(
    store: Store, project_id: int, slot: MediaSlot, before: FormMedia | None, form: ReadForm
) -> FormMedia:
    """What lies in a slot: rows the workbook brought itself, what was there, an entity list of its name."""
    if slot.name == ITEMSETS and form.itemsets is not None:
        blob = store.blobs.keep(form.itemsets)
        md5 = hashlib.md5(form.itemsets, usedforsecurity=False).hexdigest()
        return FormMedia(slot.name, slot.kind, blob.sha256, md5, blob.size, None)
    if before is not None and before.kind == slot.kind:
        return before
    linked = list_named_like(slot.name) if slot.kind == "file" else None
    if linked is not None and store.entity_lists.find(project_id, linked) is None:
        linked = None
    return FormMedia(slot.name, slot.kind, None, None, None, None, linked)


def list_named_like(file: str) -> str | None:
    """The entity list whose rows a file of this name may hold; the registry's own need no link."""
    if not file.lower().endswith(".csv") or file in (ITEMSETS, *FROM_REGISTRY):
        return None
    return file[: -len(".csv")]


def offer(
    store: Store,
    tx: Tx,
    project_id: int,
    content: FormContent,
    now: datetime,
    actor: int | None,
    notes: str | None = None,
) -> FormVersion:
    """Publish, make the entity lists it declares, and let its own files hold those.

    Raises: VersionTaken, FormIdInTrash, and those of entity lists.
    """
    declared = {each.name for each in content.schema.entity_lists}
    media = tuple(
        replace(slot, entity_list=list_named_like(slot.name))
        if slot.sha256 is None and slot.entity_list is None and list_named_like(slot.name) in declared
        else slot
        for slot in content.media
    )
    store.entity_lists.declare(tx, project_id, content.schema, now=now, actor=actor)
    if content.schema.public_key:
        store.keys.ensure(tx, content.schema.public_key, now=now)
    linked = replace(content, media=media)
    is_new = not is_there(store, project_id, content.schema.form_id)
    version = store.forms.publish(tx, project_id, linked, now=now, actor=actor, notes=notes)
    if is_new:  # else the record that it left in the ledger is told
        subject = form_subject(project_id, content.schema.form_id)
        for action in ("form.create", "form.update.publish"):
            store.audit.add(tx, action, subject, now=now, actor=actor)
    return version


def save_content(
    store: Store,
    project_id: int,
    content: FormContent,
    warnings: Sequence[Fault],
    now: datetime,
    actor: int | None,
) -> Draft:
    """Keep it as the draft of its form, in place of an earlier one. Raises: FormIdInTrash."""
    written = msgspec.json.encode(
        [
            {
                "sheet": fault.sheet,
                "row": fault.row,
                "column": fault.column,
                "text": fault.message.text,
                "details": fault.message.details,
            }
            for fault in warnings
        ]
    ).decode()
    form_id = content.schema.form_id
    action = "form.update.draft.set" if is_there(store, project_id, form_id) else "form.create"
    make_room(store, project_id, form_id, now=now, actor=actor)

    def save(tx: Tx) -> None:
        store.drafts.save(tx, project_id, content, now=now, actor=actor, warnings=written)
        store.audit.add(tx, action, form_subject(project_id, form_id), now=now, actor=actor)

    store.write(save)
    return store.drafts.get(project_id, form_id)


def locked_by_round(store: Store, project_id: int, content: FormContent) -> SchemeLocked | None:
    """The refusal, when an open round scores this form and the new version changes how."""
    form_id = content.schema.form_id
    for open_round in store.rounds.open_with_form(project_id, form_id):
        fixed = open_round.form(form_id)
        if fixed is None or fixed.version is None:
            continue
        scored = store.forms.version(project_id, form_id, fixed.version)
        changed = scoring_changes(scored.scheme, content.scheme)
        if changed:
            shown = ", ".join(changed[:8]) + (" …" if len(changed) > 8 else "")
            return SchemeLocked(round_id=open_round.round_id, changed=shown)
    return None
