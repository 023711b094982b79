"""A workbook becomes a version of a form: read, compared with what is published, kept, offered.

Every fault is told at once, with its cell; warnings are told before anything is kept. A version never
changes, the workbook is kept byte for byte beside it, and while a round is open nobody changes its scoring:
such a version is kept as a draft.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from forms.errors import Fault, FormInvalid, FormWarnings, SchemeLocked, WorkbookFaults
from forms.evaluation import Scheme
from forms.scheme import read_scheme
from forms.xform import XForm, parse_xform
from forms.xlsform import convert
from server.actions.form_changes import scoring_changes, type_clashes
from server.store import Store
from server.store.drafts import Draft
from server.store.forms import FormContent, FormMedia, FormVersion

FROM_REGISTRY = ("villages.csv", "objects.csv")


@dataclass(frozen=True, slots=True)
class ReadForm:
    """What an upload says, before anything is kept. `workbook` is None for a bare XForm."""

    xform: XForm
    scheme: Scheme | None
    privacy: Mapping[str, str]
    warnings: tuple[Fault, ...]
    workbook: bytes | None
    workbook_name: str | None


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
        return ReadForm(xform, None, {}, (), None, None)
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
    )


def check_form(store: Store, project_id: int, form: ReadForm) -> None:
    """Compare with every published version of the project. Raises: WorkbookFaults (a type has changed)."""
    clashes: dict[Fault, None] = {}
    for version in _published(store, project_id, form.xform.form_id):
        clashes |= dict.fromkeys(type_clashes(version.schema, form.xform.schema))
    if clashes:
        raise WorkbookFaults(list(clashes))


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

    Raises: WorkbookFaults, FormWarnings, VersionTaken, SchemeLocked (kept as a draft), ProjectNotFound.
    """
    store.projects.get(project_id)
    check_form(store, project_id, form)
    if form.warnings and not ignore_warnings:
        raise FormWarnings(form.warnings)
    content = _keep(store, project_id, form)
    locked = _locked_by_round(store, project_id, content)
    if locked is not None:
        _save(store, project_id, content, form.warnings, now, actor)
        raise locked
    version = store.write(lambda tx: store.forms.publish(tx, project_id, content, now=now, actor=actor))
    return Published(version, form.warnings)


def save_draft(
    store: Store,
    project_id: int,
    form: ReadForm,
    *,
    now: datetime,
    actor: int | None,
    ignore_warnings: bool = True,
) -> Draft:
    """Keep it as the draft of its form, in place of an earlier one. Raises: WorkbookFaults, FormWarnings."""
    store.projects.get(project_id)
    check_form(store, project_id, form)
    if form.warnings and not ignore_warnings:
        raise FormWarnings(form.warnings)
    return _save(store, project_id, _keep(store, project_id, form), form.warnings, now, actor)


def draft_of_published(
    store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None
) -> Draft:
    """A draft that begins as the published version is. Raises: FormNotFound."""
    current = store.forms.get(project_id, form_id).current
    if current is None:
        return store.drafts.get(project_id, form_id)
    return _save(store, project_id, current.content, (), now, actor)


def publish_draft(
    store: Store, project_id: int, form_id: str, *, now: datetime, actor: int | None
) -> FormVersion:
    """Make the draft the version that phones are offered.

    Raises: DraftNotFound, WorkbookFaults, VersionTaken, SchemeLocked.
    """
    draft = store.drafts.get(project_id, form_id)
    clashes: dict[Fault, None] = {}
    for version in _published(store, project_id, form_id):
        clashes |= dict.fromkeys(type_clashes(version.schema, draft.content.schema))
    if clashes:  # another version was published since the draft was saved
        raise WorkbookFaults(list(clashes))
    locked = _locked_by_round(store, project_id, draft.content)
    if locked is not None:
        raise locked

    version = store.write(lambda tx: store.forms.publish(tx, project_id, draft.content, now=now, actor=actor))
    store.write(lambda tx: store.drafts.discard(tx, project_id, form_id))
    return version


def _published(store: Store, project_id: int, form_id: str) -> tuple[FormVersion, ...]:
    """Every published version, newest first; none for a new form."""
    known = {form.form_id for form in store.forms.all(project_id) if form.current is not None}
    return store.forms.versions(project_id, form_id) if form_id in known else ()


def _keep(store: Store, project_id: int, form: ReadForm) -> FormContent:
    """The files of a form as blobs; media that an earlier version had under the same name stay with it."""
    xform, workbook = form.xform, form.workbook
    versions = _published(store, project_id, xform.form_id)
    before = {media.name: media for media in versions[0].content.media} if versions else {}
    draft = store.drafts.find(project_id, xform.form_id)
    if draft is not None:
        before |= {media.name: media for media in draft.content.media if media.sha256 is not None}
    media = []
    for slot in xform.schema.media:
        known = before.get(slot.name)
        if known is not None and known.sha256 is not None:
            media.append(replace(known, kind=slot.kind))
        else:
            media.append(FormMedia(slot.name, slot.kind, None, None, None, None))
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


def _save(
    store: Store,
    project_id: int,
    content: FormContent,
    warnings: tuple[Fault, ...],
    now: datetime,
    actor: int | None,
) -> Draft:
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
    store.write(lambda tx: store.drafts.save(tx, project_id, content, now=now, actor=actor, warnings=written))
    return store.drafts.get(project_id, content.schema.form_id)


def _locked_by_round(store: Store, project_id: int, content: FormContent) -> SchemeLocked | None:
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
