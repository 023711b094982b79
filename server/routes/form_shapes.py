"""Forms, versions, drafts, files and fields in the shapes of ODK Central; every key is always there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request

from forms.xform_fields import Field
from server.actions.offer_forms import OBJECTS, VILLAGES
from server.context import Context
from server.permissions import APP_USER, DATA_COLLECTOR, PUBLIC_LINK, Deed, Person, may
from server.routes.actors import is_extended, maker
from server.routes.asking import XLSX, iso
from server.store.drafts import Draft
from server.store.forms import Form, FormContent, FormMedia, FormVersion
from server.store.keys import Keys

Json = dict[str, object]
OLD_EXCEL = "application/vnd.ms-excel"


def key_id_of(keys: Keys, content: FormContent | None) -> int | None:
    """The number of the key with which phones encrypt the answers; None: they do not."""
    public_key = content.schema.public_key if content is not None else ""
    key = keys.of_public(public_key) if public_key else None
    return key.key_id if key is not None else None


def form_json(keys: Keys, form: Form, draft: Draft | None = None) -> Json:
    """A form: its published version, or its draft where none was published."""
    version = form.current
    shown = version.content if version is not None else draft.content if draft is not None else None
    said: Json = {
        "projectId": form.project_id,
        "xmlFormId": form.form_id,
        "name": version.title if version is not None else draft.title if draft is not None else form.form_id,
        "version": version.version if version is not None else draft.version if draft is not None else "",
        "hash": shown.xform_md5 if shown is not None else "",
        "sha256": shown.xform_sha256 if shown is not None else "",
        "state": form.state,
        "createdAt": iso(form.created_at),
        "updatedAt": iso(form.updated_at),
        "publishedAt": iso(version.published_at) if version is not None else None,
        "enketoId": None,
        "enketoOnceId": None,
        "keyId": key_id_of(keys, shown),
        "webformsEnabled": False,
        "draftToken": draft.token if draft is not None and version is None else None,
        "objectType": version.object_type if version is not None else None,
    }
    if form.deleted_at is not None:  # as Central: only those in the trash tell their number
        said |= {"id": form.number, "deletedAt": iso(form.deleted_at)}
    return said


def extended_json(
    context: Context, request: Request, person: Person, form: Form, draft: Draft | None
) -> Json:
    """A form, with all that is known of it for those who ask for more."""
    if not is_extended(request):
        return form_json(context.store.keys, form, draft)
    return whole_json(context, person, form, draft)


def whole_json(context: Context, person: Person, form: Form, draft: Draft | None) -> Json:
    """The same for whoever asks without the header: Central's list of projects tells it all."""
    store = context.store
    counts: Mapping[str, int]
    if form.deleted_at is not None:
        counts, last = store.form_trash.answers(form.number)
    else:
        states = store.submissions.counts_by_state(form.project_id, form.form_id)
        counts = {str(state): count for state, count in states.items()}
        last = store.submissions.last_received(form.project_id).get(form.form_id)
    content = form.current.content if form.current else draft.content if draft else None
    said = form_json(store.keys, form, draft)
    said |= _of_form(context, form, content) | _of_answers(counts, last)
    if may(person, Deed.WRITE_FORMS, form.project_id):
        said["publishNotes"] = form.current.notes if form.current else None
    return said


def extended_draft_json(context: Context, form: Form, draft: Draft) -> Json:
    """The draft of a form, with all that is known of it; its answers are those sent for a try."""
    count, last = context.store.draft_submissions.count(draft.project_id, draft.form_id)
    return (
        draft_json(context.store.keys, form, draft)
        | _of_form(context, form, draft.content)
        | _of_answers({"received": count}, last)
        | {"publishNotes": None}
    )


def _of_form(context: Context, form: Form, content: FormContent | None) -> Json:
    links = context.store.public_links.of_form(form.project_id, form.form_id) if not form.deleted_at else ()
    return {
        "excelContentType": workbook_kind(content) if content is not None else None,
        "entityRelated": content is not None and bool(content.schema.entity_lists),
        "publicLinks": sum(link.revoked_at is None for link in links),
        "createdBy": maker(context, _creator(context, form)),
    }


def _creator(context: Context, form: Form) -> int | None:
    """Who made it; of a form older than that is noted, whoever published it first."""
    if form.created_by is not None or form.current is None or form.deleted_at is not None:
        return form.created_by
    return context.store.forms.versions(form.project_id, form.form_id)[-1].published_by


def _of_answers(counts: Mapping[str, int], last: datetime | None) -> Json:
    return {
        "submissions": sum(counts.values()),
        "lastSubmission": iso(last),
        "reviewStates": {
            "received": counts.get("received", 0),
            "hasIssues": counts.get("returned", 0),
            "edited": counts.get("edited", 0),
        },
    }


def draft_json(keys: Keys, form: Form, draft: Draft) -> Json:
    """The draft of a form, as Central shows it."""
    content = draft.content
    return form_json(keys, form) | {
        "keyId": key_id_of(keys, content),
        "name": draft.title,
        "version": draft.version,
        "hash": content.xform_md5,
        "sha256": content.xform_sha256,
        "publishedAt": None,
        "draftToken": draft.token,
        "objectType": content.scheme.object_type if content.scheme is not None else None,
        "updatedAt": iso(draft.saved_at),
    }


def version_json(
    context: Context, request: Request, person: Person, version: FormVersion, form: Form
) -> Json:
    said: Json = {
        "projectId": version.project_id,
        "xmlFormId": version.form_id,
        "name": version.title,
        "version": version.version,
        "hash": version.content.xform_md5,
        "sha256": version.content.xform_sha256,
        "state": form.state,
        "createdAt": iso(form.created_at),
        "updatedAt": iso(form.updated_at),
        "publishedAt": iso(version.published_at),
        "publishedBy": version.published_by,
        "enketoId": None,
        "enketoOnceId": None,
        "keyId": key_id_of(context.store.keys, version.content),
        "draftToken": None,
        "objectType": version.object_type,
        "ledgerSeq": version.seq,
    }
    if is_extended(request):
        said |= {
            "publishedBy": maker(context, version.published_by),
            "excelContentType": workbook_kind(version.content),
        }
        if may(person, Deed.WRITE_FORMS, version.project_id):
            said["publishNotes"] = version.notes
    return said


def is_there(media: FormMedia) -> bool:
    """Is there something in this slot: a file, or the rows of a list?"""
    return media.sha256 is not None or _is_linked(media)


def _is_linked(media: FormMedia) -> bool:
    return media.entity_list is not None or (media.sha256 is None and media.name in (VILLAGES, OBJECTS))


def media_json(media: FormMedia) -> Json:
    return {
        "name": media.name,
        "type": media.kind,
        "exists": is_there(media),
        "blobExists": media.sha256 is not None,
        "datasetExists": _is_linked(media),
        "hash": media.md5,
        "size": media.size,
        "updatedAt": iso(media.updated_at),
    }


def field_json(field: Field) -> Json:
    return {
        "name": field.name,
        "path": field.path,
        "type": field.type,
        "binary": field.binary or None,
        "selectMultiple": field.select_multiple or None,
        "order": field.order,
    }


def workbook_kind(content: FormContent) -> str | None:
    """The media type of the workbook it came from."""
    if content.workbook_sha256 is None:
        return None
    return OLD_EXCEL if (content.workbook_name or "").lower().endswith(".xls") else XLSX


def is_shown(person: Person, form: Form) -> bool:
    """Drafts alone are for those who write forms; a closed form is not for those who only fill in."""
    if form.current is None:
        return may(person, Deed.WRITE_FORMS, form.project_id)
    roles = person.roles_in(form.project_id, form.form_id)
    fills_in = roles <= {APP_USER, PUBLIC_LINK, DATA_COLLECTOR}
    return form.state != "closed" or not fills_in
