"""Forms for programs, as ODK Central shapes them: a workbook in, its faults or a version out.

Unlike Central, posting a workbook of a form that is there already makes its next version (or its draft, with
publish=false). Files of a version are served byte for byte as they were kept.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import FormNotFound, MediaNotFound, ParameterInvalid
from server.actions.offer_forms import OBJECTS, VILLAGES, file_of
from server.actions.publish_form import (
    publish_form,
    read_form,
    save_draft,
)
from server.actions.set_form_state import set_form_state
from server.context import Context
from server.errors import fault_details, json_response, language_of
from server.permissions import Deed, Person, may
from server.routes.asking import (
    XLSX,
    XML,
    attachment,
    context_of,
    decoded_header,
    is_on,
    iso,
    name_in_path,
    now,
    project_in_path,
    read_body,
    read_json,
    tagged,
)
from server.routes.identity import known
from server.routes.openrosa import serve_file
from server.store.drafts import Draft
from server.store.forms import Form, FormMedia, FormVersion

NO_VERSION = "___"  # in an address: the version whose name is empty


def form_json(form: Form, draft: Draft | None = None) -> dict[str, object]:
    """A form as Central shows it; every key is there, also where its value is null."""
    version = form.current
    shown = version.content if version is not None else draft.content if draft is not None else None
    return {
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
        "keyId": None,
        "draftToken": draft.token if draft is not None and version is None else None,
        "objectType": version.object_type if version is not None else None,
    }


def version_json(version: FormVersion) -> dict[str, object]:
    return {
        "projectId": version.project_id,
        "xmlFormId": version.form_id,
        "name": version.title,
        "version": version.version,
        "hash": version.content.xform_md5,
        "sha256": version.content.xform_sha256,
        "publishedAt": iso(version.published_at),
        "publishedBy": version.published_by,
        "objectType": version.object_type,
        "ledgerSeq": version.seq,
    }


async def get_forms(request: Request) -> Response:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_FORMS, project_id)
    return json_response(
        [
            form_json(form, context.store.drafts.find(project_id, form.form_id) if form.has_draft else None)
            for form in context.store.forms.all(project_id)
            if may(person, Deed.READ_FORMS, project_id, form_id=form.form_id)
        ]
    )


async def get_form(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.READ_FORMS)
    form = context.store.forms.get(project_id, form_id)
    return json_response(form_json(form, context.store.drafts.find(project_id, form_id)))


async def post_form(request: Request) -> Response:
    """A workbook (.xlsx, .xls) or an XForm: every fault with its cell, or a draft, or a published version."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.WRITE_FORMS, project_id)
    upload = await read_body(request, context.settings.upload_bytes)
    filename = filename_of(request, upload)
    publish, ignore = is_on(request, "publish"), is_on(request, "ignoreWarnings")
    return await asyncio.to_thread(
        _take, request, context, project_id, person, upload, filename, publish, ignore
    )


def _take(
    request: Request,
    context: Context,
    project_id: int,
    person: Person,
    upload: bytes,
    filename: str,
    publish: bool,
    ignore: bool,
) -> Response:
    form = read_form(upload, filename)
    keep = publish_form if publish else save_draft
    kept = keep(context.store, project_id, form, now=now(), actor=person.actor, ignore_warnings=ignore)
    form_id = form.xform.form_id
    shown = form_json(
        context.store.forms.get(project_id, form_id), context.store.drafts.find(project_id, form_id)
    )
    if isinstance(kept, Draft):
        shown["version"], shown["hash"] = kept.version, kept.content.xform_md5
    language = language_of(request) or "en"
    shown["warnings"] = [fault_details(fault, language) for fault in form.warnings]
    return json_response(shown)


async def patch_form(request: Request) -> Response:
    """Change the state: open, closing, closed."""

    class Change(msgspec.Struct):
        state: str | None = None

    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    change = await read_json(request, Change)
    if change.state is None:
        raise ParameterInvalid(name="state", value="")
    form = await asyncio.to_thread(
        set_form_state, context.store, project_id, form_id, change.state, now=now(), actor=person.actor
    )
    return json_response(form_json(form))


async def get_workbook(request: Request) -> Response:
    """The workbook of the current version, byte for byte."""
    context, project_id, form_id, _ = await form_in_path(request, Deed.READ_FORMS)
    current = context.store.forms.get(project_id, form_id).current
    if current is None:
        raise FormNotFound(form_id=form_id)
    return await _workbook(request, context, current)


async def get_versions(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.READ_FORMS)
    return json_response([version_json(each) for each in context.store.forms.versions(project_id, form_id)])


async def get_version(request: Request) -> Response:
    _, version = await _version(request)
    return json_response(version_json(version))


async def get_version_xml(request: Request) -> Response:
    context, version = await _version(request)
    content = await asyncio.to_thread(context.store.forms.xform, version)
    return tagged(request, content, XML, f'"{version.content.xform_md5}"')


async def get_version_workbook(request: Request) -> Response:
    context, version = await _version(request)
    return await _workbook(request, context, version)


async def get_attachments(request: Request) -> Response:
    """The files the current version needs, and whether each is there."""
    context, project_id, form_id, _ = await form_in_path(request, Deed.READ_FORMS)
    form = context.store.forms.get(project_id, form_id)
    media = form.current.content.media if form.current is not None else ()
    return json_response([media_json(m) for m in media])


def media_json(media: FormMedia) -> dict[str, object]:
    from_registry = media.sha256 is None and media.name in (VILLAGES, OBJECTS)
    return {
        "name": media.name,
        "type": media.kind,
        "exists": media.sha256 is not None or from_registry,
        "blobExists": media.sha256 is not None,
        "datasetExists": from_registry,
        "updatedAt": iso(media.updated_at),
    }


async def get_version_attachment(request: Request) -> Response:
    context, version = await _version(request)
    return serve_file(request, context, file_of(context, version, name_in_path(request, "name")))


async def form_in_path(request: Request, deed: Deed) -> tuple[Context, int, str, Person]:
    project_id, form_id = project_in_path(request), name_in_path(request, "form_id")
    person = await known(request, deed, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


async def _version(request: Request) -> tuple[Context, FormVersion]:
    context, project_id, form_id, _ = await form_in_path(request, Deed.READ_FORMS)
    name = name_in_path(request, "version")
    return context, context.store.forms.version(project_id, form_id, "" if name == NO_VERSION else name)


async def _workbook(request: Request, context: Context, version: FormVersion) -> Response:
    content = version.content
    if content.workbook_sha256 is None:
        raise MediaNotFound(name=f"{version.form_id}.xlsx")
    workbook = await asyncio.to_thread(context.store.blobs.read, content.workbook_sha256)
    name = content.workbook_name or f"{version.form_id}.xlsx"
    kind = "application/vnd.ms-excel" if name.lower().endswith(".xls") else XLSX
    disposition = {"Content-Disposition": attachment(name)}
    return tagged(request, workbook, kind, f'"{content.workbook_sha256[:32]}"', disposition)


def filename_of(request: Request, upload: bytes, fallback: str = "form") -> str:
    """A name for an upload: its ending tells the converter what it is, its stem the form id it may lack."""
    stem = decoded_header(request, "x-xlsform-formid-fallback") or fallback
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/markdown", "text/x-markdown"):
        return f"{stem}.md"
    if upload.startswith(b"\xd0\xcf\x11\xe0"):
        return f"{stem}.xls"
    if upload.startswith(b"PK"):
        return f"{stem}.xlsx"
    if upload.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return f"{stem}.xml"
    return f"{stem}.xls" if kind == "application/vnd.ms-excel" else f"{stem}.xlsx"


def form_path(project_id: int, form_id: str) -> str:
    return f"/v1/projects/{project_id}/forms/{quote(form_id, safe='')}"


_FORMS = "/v1/projects/{project_id}/forms"
_FORM = _FORMS + "/{form_id}"
routes = [
    Route(_FORMS, get_forms, methods=["GET"]),
    Route(_FORMS, post_form, methods=["POST"]),
    Route(f"{_FORM}.xlsx", get_workbook),
    Route(f"{_FORM}.xls", get_workbook),
    Route(f"{_FORM}/versions", get_versions),
    Route(f"{_FORM}/versions/{{version}}.xml", get_version_xml),
    Route(f"{_FORM}/versions/{{version}}.xlsx", get_version_workbook),
    Route(f"{_FORM}/versions/{{version}}/attachments/{{name}}", get_version_attachment),
    Route(f"{_FORM}/versions/{{version}}", get_version),
    Route(f"{_FORM}/attachments", get_attachments),
    Route(_FORM, patch_form, methods=["PATCH"]),
    Route(_FORM, get_form, methods=["GET"]),
]
