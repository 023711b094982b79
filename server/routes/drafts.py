"""Drafts of forms for programs: the next version of a form, looked at before phones are offered it.

The files of a draft are in draft_files.py.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions import form_drafts
from server.actions.encrypt_project import plain_warnings
from server.actions.publish_form import read_form
from server.context import Context
from server.errors import fault_details, json_response, language_of
from server.pages.qr import CollectSettings
from server.permissions import Deed, Person
from server.routes.actors import is_extended
from server.routes.asking import (
    PLAIN,
    XML,
    base_url,
    by,
    decoded_header,
    is_on,
    read_body,
    read_json,
    tagged,
)
from server.routes.form_shapes import draft_json, extended_draft_json
from server.routes.questionnaires import filename_of, form_in_path, workbook_response
from server.store.drafts import Draft

DRAFT_ICON = "📝"


class Notes(msgspec.Struct):
    """What is said of a version when it is published."""

    notes: str | None = None


async def post_draft(request: Request) -> Response:
    """A new draft from an upload; with an empty body, from the published version."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    store = context.store
    store.forms.get(project_id, form_id)
    upload = await read_body(request, context.settings.upload_bytes)
    if not upload:
        await asyncio.to_thread(form_drafts.draft_of_published, store, project_id, form_id, **by(person))
        return json_response({"success": True})
    form = await asyncio.to_thread(read_form, upload, filename_of(request, upload, form_id))
    await asyncio.to_thread(
        form_drafts.draft_of_form,
        store,
        project_id,
        form_id,
        form,
        **by(person),
        ignore_warnings=is_on(request, "ignoreWarnings"),
    )
    return json_response({"success": True})


async def get_draft(request: Request) -> Response:
    """The draft, with the token of its tests and what the designer was warned of."""
    context, draft, _ = await draft_asked(request)
    store = context.store
    form = store.forms.get(draft.project_id, draft.form_id)
    if is_extended(request):
        said = await asyncio.to_thread(extended_draft_json, context, form, draft)
    else:
        said = draft_json(store.keys, form, draft)
    return json_response(said | {"warnings": msgspec.json.decode(draft.warnings)})


async def delete_draft(request: Request) -> Response:
    """Discard it, and what was sent to it for a try; a form that was never published stays a draft."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    await asyncio.to_thread(form_drafts.discard_draft, context.store, project_id, form_id, **by(person))
    return json_response({"success": True})


async def get_draft_xml(request: Request) -> Response:
    context, draft, _ = await draft_asked(request)
    return await draft_xml(request, context, draft)


async def draft_xml(request: Request, context: Context, draft: Draft) -> Response:
    """The XForm of a draft, as its hash promises."""
    xml = await asyncio.to_thread(context.store.blobs.read, draft.content.xform_sha256)
    return tagged(request, xml, XML, f'"{draft.content.xform_md5}"')


async def get_draft_workbook(request: Request) -> Response:
    """The workbook it was made from, byte for byte."""
    context, draft, _ = await draft_asked(request)
    return await workbook_response(request, context, draft.form_id, draft.content)


async def post_draft_publish(request: Request) -> Response:
    """Publish the draft, under another version with `?version=`; with notes in the body or in a header."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    said, store = await read_json(request, Notes), context.store
    published = await asyncio.to_thread(
        form_drafts.publish_draft,
        store,
        project_id,
        form_id,
        **by(person),
        version=request.query_params.get("version") or None,
        notes=said.notes or request.query_params.get("notes") or decoded_header(request, "x-action-notes"),
    )
    plain = await asyncio.to_thread(plain_warnings, store, project_id, published.content)
    if not plain:
        return json_response({"success": True})
    language = language_of(request) or "en"
    return json_response({"success": True, "warnings": [fault_details(fault, language) for fault in plain]})


async def post_draft_token(request: Request) -> Response:
    """A new code for tests; phones with the old one get nothing any more."""
    context, draft, person = await draft_asked(request)
    token = await asyncio.to_thread(
        form_drafts.renew_token, context.store, draft.project_id, draft.form_id, **by(person)
    )
    return json_response({"draftToken": token})


async def get_draft_settings(request: Request) -> Response:
    """The settings of Collect for trying this draft, as the text of a QR code."""
    _, draft, _ = await draft_asked(request)
    settings = test_settings(request, draft)
    if "text/plain" in request.headers.get("accept", ""):
        return Response(settings.text, media_type=PLAIN)
    return json_response({"serverUrl": settings.server_url, "settings": settings.text})


def test_settings(request: Request, draft: Draft) -> CollectSettings:
    """What a phone has to know to try a draft: nothing but this one form."""
    return CollectSettings(test_url(request, draft), f"[Draft] {draft.title}", icon=DRAFT_ICON)


def test_url(request: Request, draft: Draft) -> str:
    form = f"projects/{draft.project_id}/forms/{quote(draft.form_id, safe='')}"
    return f"{base_url(request)}/v1/test/{quote(draft.token, safe='!$')}/{form}/draft"


async def draft_asked(request: Request) -> tuple[Context, Draft, Person]:
    """The draft in the path, for those who write forms. Raises: DraftNotFound."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    return context, await asyncio.to_thread(context.store.drafts.get, project_id, form_id), person


_DRAFT = "/v1/projects/{project_id}/forms/{form_id}/draft"
routes = [
    Route(_DRAFT, post_draft, methods=["POST"]),
    Route(_DRAFT, get_draft, methods=["GET"]),
    Route(_DRAFT, delete_draft, methods=["DELETE"]),
    Route(f"{_DRAFT}.xml", get_draft_xml),
    Route(f"{_DRAFT}.xlsx", get_draft_workbook),
    Route(f"{_DRAFT}.xls", get_draft_workbook),
    Route(f"{_DRAFT}/publish", post_draft_publish, methods=["POST"]),
    Route(f"{_DRAFT}/token", post_draft_token, methods=["POST"]),
    Route(f"{_DRAFT}/settings", get_draft_settings),
]
