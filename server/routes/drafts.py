"""Drafts of forms for programs: the next version of a form, looked at before phones are offered it."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.faults.wire import BodyTooLarge
from server.actions import form_drafts
from server.actions.encrypt_project import plain_warnings
from server.actions.offer_forms import file_of
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
    decoded_header,
    is_on,
    name_in_path,
    now,
    read_body,
    read_json,
    tagged,
)
from server.routes.form_shapes import draft_json, media_json, workbook_kind
from server.routes.openrosa import serve_file
from server.routes.questionnaires import filename_of, form_in_path, workbook_response
from server.store import Blob
from server.store.drafts import Draft

DRAFT_ICON = "📝"


class Notes(msgspec.Struct):
    """What is said of a version when it is published."""

    notes: str | None = None


class Link(msgspec.Struct):
    """Whether a file holds the rows of the entity list of its name."""

    dataset: bool


async def post_draft(request: Request) -> Response:
    """A new draft from an upload; with an empty body, from the published version."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    store, moment = context.store, now()
    store.forms.get(project_id, form_id)
    upload = await read_body(request, context.settings.upload_bytes)
    if not upload:
        await asyncio.to_thread(
            form_drafts.draft_of_published, store, project_id, form_id, now=moment, actor=person.actor
        )
        return json_response({"success": True})
    form = await asyncio.to_thread(read_form, upload, filename_of(request, upload, form_id))
    await asyncio.to_thread(
        form_drafts.draft_of_form,
        store,
        project_id,
        form_id,
        form,
        now=moment,
        actor=person.actor,
        ignore_warnings=is_on(request, "ignoreWarnings"),
    )
    return json_response({"success": True})


async def get_draft(request: Request) -> Response:
    """The draft, with the token of its tests and what the designer was warned of."""
    context, draft, _ = await draft_asked(request)
    store = context.store
    said = draft_json(store.keys, store.forms.get(draft.project_id, draft.form_id), draft)
    if is_extended(request):
        tests = await asyncio.to_thread(
            store.draft_submissions.page, draft.project_id, draft.form_id, limit=500
        )
        said |= {
            "submissions": len(tests),
            "lastSubmission": None,
            "excelContentType": workbook_kind(draft.content),
            "entityRelated": bool(draft.content.schema.entity_lists),
        }
    return json_response(said | {"warnings": msgspec.json.decode(draft.warnings)})


async def delete_draft(request: Request) -> Response:
    """Discard it, and what was sent to it for a try; a form that was never published stays a draft."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    await asyncio.to_thread(
        form_drafts.discard_draft, context.store, project_id, form_id, now=now(), actor=person.actor
    )
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


async def get_draft_attachments(request: Request) -> Response:
    """The files it needs, and whether each is there."""
    _, draft, _ = await draft_asked(request)
    return json_response([media_json(media) for media in draft.content.media])


async def get_draft_attachment(request: Request) -> Response:
    context, draft, person = await draft_asked(request)
    name = name_in_path(request, "name")
    return serve_file(request, context, file_of(context, draft.project_id, draft.content, name, person))


async def post_draft_attachment(request: Request) -> Response:
    """One file of a draft, exactly as sent: a Content-Encoding guessed from its name is not undone."""
    context, draft, person = await draft_asked(request)
    name = name_in_path(request, "name")
    form_drafts.slot_of(draft, name)
    blob, md5 = await keep_stream(request, context)
    slot = await asyncio.to_thread(
        form_drafts.fill_slot,
        context.store,
        draft.project_id,
        draft.form_id,
        name,
        sha256=blob.sha256,
        md5=md5,
        size=blob.size,
        now=now(),
        actor=person.actor,
    )
    return json_response({**media_json(slot), "success": True})


async def keep_stream(request: Request, context: Context) -> tuple[Blob, str]:
    """The body as a blob, written while it arrives, and its md5. Raises: BodyTooLarge."""
    limit, size = context.settings.upload_bytes, 0
    digest = hashlib.md5(usedforsecurity=False)
    with context.store.blobs.writer() as writer:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge()
            digest.update(chunk)
            await asyncio.to_thread(writer.write, chunk)
        return await asyncio.to_thread(writer.keep), digest.hexdigest()


async def patch_draft_attachment(request: Request) -> Response:
    """Let a file hold the rows of the entity list of its name: {"dataset": true}; or nothing again."""
    context, draft, person = await draft_asked(request)
    link = await read_json(request, Link)
    slot = await asyncio.to_thread(
        form_drafts.link_slot,
        context.store,
        draft.project_id,
        draft.form_id,
        name_in_path(request, "name"),
        link.dataset,
        now=now(),
        actor=person.actor,
    )
    return json_response(media_json(slot))


async def delete_draft_attachment(request: Request) -> Response:
    """Take the file, or the link to an entity list, out of its slot."""
    context, draft, person = await draft_asked(request)
    await asyncio.to_thread(
        form_drafts.clear_slot,
        context.store,
        draft.project_id,
        draft.form_id,
        name_in_path(request, "name"),
        now=now(),
        actor=person.actor,
    )
    return json_response({"success": True})


async def post_draft_publish(request: Request) -> Response:
    """Publish the draft, under another version with `?version=`; with notes in the body or in a header."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    said, store = await read_json(request, Notes), context.store
    published = await asyncio.to_thread(
        form_drafts.publish_draft,
        store,
        project_id,
        form_id,
        now=now(),
        actor=person.actor,
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
        form_drafts.renew_token,
        context.store,
        draft.project_id,
        draft.form_id,
        now=now(),
        actor=person.actor,
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
_FILE = f"{_DRAFT}/attachments/{{name}}"
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
    Route(f"{_DRAFT}/attachments", get_draft_attachments),
    Route(_FILE, get_draft_attachment, methods=["GET"]),
    Route(_FILE, post_draft_attachment, methods=["POST"]),
    Route(_FILE, patch_draft_attachment, methods=["PATCH"]),
    Route(_FILE, delete_draft_attachment, methods=["DELETE"]),
]
