"""Drafts of forms for programs: the next version of a form, looked at before phones are offered it."""

from __future__ import annotations

import asyncio
import hashlib

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import MediaNotFound, ParameterInvalid, VersionUnwritten
from server.actions.publish_form import draft_of_published, publish_draft, read_form, save_draft
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import XML, is_on, iso, name_in_path, now, read_body, tagged
from server.routes.questionnaires import filename_of, form_in_path, media_json


async def post_draft(request: Request) -> Response:
    """A new draft from an upload; with an empty body, from the published version."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    upload = await read_body(request, context.settings.upload_bytes)
    if not upload:
        await asyncio.to_thread(
            draft_of_published, context.store, project_id, form_id, now=now(), actor=person.actor
        )
        return json_response({"success": True})
    form = await asyncio.to_thread(read_form, upload, filename_of(request, upload, form_id))
    if form.xform.form_id != form_id:
        raise ParameterInvalid(name="form_id", value=form.xform.form_id)
    await asyncio.to_thread(
        save_draft,
        context.store,
        project_id,
        form,
        now=now(),
        actor=person.actor,
        ignore_warnings=is_on(request, "ignoreWarnings"),
    )
    return json_response({"success": True})


async def get_draft(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.WRITE_FORMS)
    draft = context.store.drafts.get(project_id, form_id)
    return json_response(
        {
            "projectId": project_id,
            "xmlFormId": form_id,
            "name": draft.title,
            "version": draft.version,
            "hash": draft.content.xform_md5,
            "sha256": draft.content.xform_sha256,
            "draftToken": draft.token,
            "createdAt": iso(draft.saved_at),
            "updatedAt": iso(draft.saved_at),
            "publishedAt": None,
            "state": "open",
            "enketoId": None,
            "keyId": None,
            "warnings": msgspec.json.decode(draft.warnings),
        }
    )


async def delete_draft(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.WRITE_FORMS)
    context.store.drafts.get(project_id, form_id)
    await context.store.change(lambda tx: context.store.drafts.discard(tx, project_id, form_id))
    return json_response({"success": True})


async def get_draft_xml(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.WRITE_FORMS)
    content = context.store.drafts.get(project_id, form_id).content
    xml = await asyncio.to_thread(context.store.blobs.read, content.xform_sha256)
    return tagged(request, xml, XML, f'"{content.xform_md5}"')


async def get_draft_attachments(request: Request) -> Response:
    context, project_id, form_id, _ = await form_in_path(request, Deed.WRITE_FORMS)
    media = context.store.drafts.get(project_id, form_id).content.media
    return json_response([media_json(m) for m in media])


async def post_draft_attachment(request: Request) -> Response:
    """One file of a draft, exactly as sent: a Content-Encoding guessed from its name is not undone."""
    context, project_id, form_id, _ = await form_in_path(request, Deed.WRITE_FORMS)
    name = name_in_path(request, "name")
    draft = context.store.drafts.get(project_id, form_id)
    if name not in {media.name for media in draft.content.media}:
        raise MediaNotFound(name=name)
    content = await read_body(request, context.settings.upload_bytes)
    blob = await asyncio.to_thread(context.store.blobs.keep, content)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    moment = now()
    await context.store.change(
        lambda tx: context.store.drafts.set_media(
            tx, project_id, form_id, name, sha256=blob.sha256, md5=md5, size=blob.size, now=moment
        )
    )
    return json_response({"success": True})


async def post_draft_publish(request: Request) -> Response:
    """Publish the draft. A version stands in the workbook: `?version=` may only repeat it."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    asked = request.query_params.get("version")
    if asked is not None and asked != context.store.drafts.get(project_id, form_id).version:
        raise VersionUnwritten()
    await asyncio.to_thread(publish_draft, context.store, project_id, form_id, now=now(), actor=person.actor)
    return json_response({"success": True})


_DRAFT = "/v1/projects/{project_id}/forms/{form_id}/draft"
routes = [
    Route(_DRAFT, post_draft, methods=["POST"]),
    Route(_DRAFT, get_draft, methods=["GET"]),
    Route(_DRAFT, delete_draft, methods=["DELETE"]),
    Route(f"{_DRAFT}.xml", get_draft_xml),
    Route(f"{_DRAFT}/publish", post_draft_publish, methods=["POST"]),
    Route(f"{_DRAFT}/attachments", get_draft_attachments),
    Route(f"{_DRAFT}/attachments/{{name}}", post_draft_attachment, methods=["POST"]),
]
