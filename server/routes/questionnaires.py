"""Forms for programs, as ODK Central shapes them: a workbook in, its faults or a version out.

Files of a version are served byte for byte as they were kept. Drafts are in drafts.py, the trash in
form_trash.py.
"""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import FormWithdrawn, MediaNotFound, NotAllowed
from server.actions.create_form import create_form
from server.actions.encrypt_project import plain_warnings
from server.actions.offer_forms import file_of
from server.actions.publish_form import read_form
from server.actions.set_form_state import set_form_state
from server.context import Context
from server.errors import fault_details, json_response, language_of
from server.permissions import Deed, Person, may
from server.routes.asking import (
    XLSX,
    XML,
    attachment,
    by,
    context_of,
    decoded_header,
    is_on,
    name_in_path,
    project_in_path,
    read_body,
    read_json,
    tagged,
)
from server.routes.form_shapes import (
    OLD_EXCEL,
    extended_json,
    form_json,
    is_shown,
    media_json,
    version_json,
    workbook_kind,
)
from server.routes.identity import known
from server.routes.openrosa import serve_file
from server.store.forms import Form, FormContent, FormVersion

NO_VERSION = "___"  # in an address: the version whose name is empty


class Change(msgspec.Struct):
    """What may change of a form; everything else is left as it is."""

    state: str | None = None


async def get_forms(request: Request) -> Response:
    """Every form; with ?deleted=true those in the trash."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_FORMS, project_id)
    store = context.store
    if is_on(request, "deleted"):
        if not may(person, Deed.WRITE_FORMS, project_id):
            return json_response([])
        gone = store.forms.trashed(project_id)

        def trashed() -> list[dict[str, object]]:
            return [extended_json(context, request, person, form, None) for form in gone]

        return json_response(await asyncio.to_thread(trashed))
    drafts = {draft.form_id: draft for draft in await asyncio.to_thread(store.drafts.all, project_id)}
    shown = [
        form
        for form in store.forms.all(project_id)
        if may(person, Deed.READ_FORMS, project_id, form_id=form.form_id) and is_shown(person, form)
    ]

    def listed() -> list[dict[str, object]]:
        return [extended_json(context, request, person, form, drafts.get(form.form_id)) for form in shown]

    return json_response(await asyncio.to_thread(listed))


async def get_form(request: Request) -> Response:
    context, form, person = await form_asked(request)
    draft = await asyncio.to_thread(context.store.drafts.find, form.project_id, form.form_id)
    return json_response(await asyncio.to_thread(extended_json, context, request, person, form, draft))


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
    store, form = context.store, read_form(upload, filename)
    create_form(
        store,
        project_id,
        form,
        publish=publish,
        **by(person),
        ignore_warnings=ignore,
    )
    form_id = form.xform.form_id
    made = store.forms.get(project_id, form_id)
    shown = form_json(store.keys, made, store.drafts.find(project_id, form_id))
    plain = plain_warnings(store, project_id, content_of_form(context, made))
    language = language_of(request) or "en"
    shown["warnings"] = [fault_details(fault, language) for fault in (*form.warnings, *plain)]
    return json_response(shown)


async def patch_form(request: Request) -> Response:
    """Change the state: open, closing, closed."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    change = await read_json(request, Change)
    form = context.store.forms.get(project_id, form_id)
    if change.state is not None:
        form = await asyncio.to_thread(
            set_form_state, context.store, project_id, form_id, change.state, **by(person)
        )
    return json_response(form_json(context.store.keys, form, context.store.drafts.find(project_id, form_id)))


async def get_workbook(request: Request) -> Response:
    """The workbook of the current version, or of the draft where there is no other, byte for byte."""
    context, form, _ = await form_asked(request)
    return await workbook_response(request, context, form.form_id, content_of_form(context, form))


async def get_versions(request: Request) -> Response:
    """Every published version, the newest first."""
    context, form, person = await form_asked(request)
    versions = context.store.forms.versions(form.project_id, form.form_id)
    return json_response([version_json(context, request, person, each, form) for each in versions])


async def get_version(request: Request) -> Response:
    context, version, form, person = await version_asked(request)
    return json_response(version_json(context, request, person, version, form))


async def get_version_xml(request: Request) -> Response:
    context, version, _, _ = await version_asked(request)
    content = await asyncio.to_thread(context.store.forms.xform, version)
    return tagged(request, content, XML, f'"{version.content.xform_md5}"')


async def get_version_workbook(request: Request) -> Response:
    context, version, _, _ = await version_asked(request)
    return await workbook_response(request, context, version.form_id, version.content)


async def get_attachments(request: Request) -> Response:
    """The files the current version needs, and whether each is there."""
    context, form, _ = await form_asked(request)
    return json_response([media_json(media) for media in content_of_form(context, form).media])


async def get_version_attachments(request: Request) -> Response:
    _, version, _, _ = await version_asked(request)
    return json_response([media_json(media) for media in version.content.media])


async def get_version_attachment(request: Request) -> Response:
    context, version, _, person = await version_asked(request)
    name = name_in_path(request, "name")
    return serve_file(request, context, file_of(context, version.project_id, version.content, name, person))


async def form_in_path(request: Request, deed: Deed) -> tuple[Context, int, str, Person]:
    project_id, form_id = project_in_path(request), name_in_path(request, "form_id")
    person = await known(request, deed, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


async def form_asked(request: Request) -> tuple[Context, Form, Person]:
    """The form in the path, for those who may see it. Raises: FormNotFound, FormWithdrawn, NotAllowed."""
    context, project_id, form_id, person = await form_in_path(request, Deed.READ_FORMS)
    form = context.store.forms.get(project_id, form_id)
    if not is_shown(person, form):
        raise NotAllowed() if form.current is None else FormWithdrawn(form_id=form_id)
    return context, form, person


async def version_asked(request: Request) -> tuple[Context, FormVersion, Form, Person]:
    """Raises: FormVersionNotFound, and those of form_asked."""
    context, form, person = await form_asked(request)
    name = name_in_path(request, "version")
    name = "" if name == NO_VERSION else name
    return context, context.store.forms.version(form.project_id, form.form_id, name), form, person


def content_of_form(context: Context, form: Form) -> FormContent:
    """What is published, or the draft where nothing is. Raises: DraftNotFound."""
    if form.current is not None:
        return form.current.content
    return context.store.drafts.get(form.project_id, form.form_id).content


async def workbook_response(
    request: Request, context: Context, form_id: str, content: FormContent
) -> Response:
    """The original, under the ending it has: an .xls is not there as .xlsx. Raises: MediaNotFound."""
    kind = workbook_kind(content)
    ending = "xls" if kind == OLD_EXCEL else "xlsx"
    if content.workbook_sha256 is None or not request.url.path.endswith(f".{ending}"):
        raise MediaNotFound(name=request.url.path.rpartition("/")[2])
    workbook = await asyncio.to_thread(context.store.blobs.read, content.workbook_sha256)
    disposition = {"Content-Disposition": attachment(f"{form_id}.{ending}")}
    return tagged(request, workbook, kind or XLSX, f'"{content.workbook_sha256[:32]}"', disposition)


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
    return f"{stem}.xls" if kind == OLD_EXCEL else f"{stem}.xlsx"


_FORMS = "/v1/projects/{project_id}/forms"
_FORM = _FORMS + "/{form_id}"
_VERSION = f"{_FORM}/versions/{{version}}"
routes = [
    Route(_FORMS, get_forms, methods=["GET"]),
    Route(_FORMS, post_form, methods=["POST"]),
    Route(f"{_FORM}.xlsx", get_workbook),
    Route(f"{_FORM}.xls", get_workbook),
    Route(f"{_FORM}/versions", get_versions),
    Route(f"{_VERSION}.xml", get_version_xml),
    Route(f"{_VERSION}.xlsx", get_version_workbook),
    Route(f"{_VERSION}.xls", get_version_workbook),
    Route(f"{_VERSION}/attachments", get_version_attachments),
    Route(f"{_VERSION}/attachments/{{name}}", get_version_attachment),
    Route(_VERSION, get_version),
    Route(f"{_FORM}/attachments", get_attachments),
    Route(_FORM, patch_form, methods=["PATCH"]),
    Route(_FORM, get_form, methods=["GET"]),
]
