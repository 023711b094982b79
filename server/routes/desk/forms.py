"""Questionnaires at the desk: a workbook dropped, its faults read, a draft looked at, a version published."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from forms.errors import N_, BaikooError, Fault, Invalid, Sentence, WorkbookFaults
from server.actions import form_drafts, publish_form
from server.actions.set_form_state import set_form_state
from server.pages.form_preview import preview, written_warnings
from server.permissions import Deed
from server.routes.asking import XLSX, XML, attachment, name_in_path, now
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store.drafts import Draft

OLD_EXCEL = "application/vnd.ms-excel"


class FileNotChosen(Invalid):
    text = N_("Choose a file first.")


async def get_forms(request: Request, visitor: Visitor) -> Response:
    return await forms_page(request, visitor)


async def post_workbook(request: Request, visitor: Visitor) -> Response:
    """Read the workbook; without faults it becomes the draft of its form, to be looked at."""
    store = visitor.context.store
    upload = visitor.posted.file("workbook")
    try:
        if upload is None or upload.filename is None:
            raise FileNotChosen()
        form = await asyncio.to_thread(publish_form.read_form, await upload.read(), upload.filename)
        draft = await asyncio.to_thread(
            form_drafts.save_draft, store, visitor.project_id, form, now=now(), actor=visitor.person.actor
        )
    except WorkbookFaults as refused:
        return await forms_page(request, visitor, refused.sentence, refused.faults)
    except BaikooError as refused:
        return await forms_page(request, visitor, refused.sentence)
    return go(visitor, "forms", draft.form_id, "draft", done="draft")


async def forms_page(
    request: Request, visitor: Visitor, problem: Sentence | None = None, faults: Sequence[Fault] = ()
) -> Response:
    store = visitor.context.store
    forms = await asyncio.to_thread(store.forms.all, visitor.project_id)
    drafts = await asyncio.to_thread(store.drafts.all, visitor.project_id)
    values = {"forms": forms, "drafts": {draft.form_id: draft for draft in drafts}, "faults": faults}
    return await desk_page(request, visitor, "forms.html", values, problem=problem)


async def get_form(request: Request, visitor: Visitor) -> Response:
    return await form_page(request, visitor)


async def form_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    store, form_id = visitor.context.store, name_in_path(request, "form")
    form = store.forms.get(visitor.project_id, form_id)
    draft = store.drafts.find(visitor.project_id, form_id)
    versions = store.forms.versions(visitor.project_id, form_id) if form.current is not None else ()
    values = {"form": form, "draft": draft, "versions": versions}
    return await desk_page(request, visitor, "form.html", values, problem=problem)


async def post_state(request: Request, visitor: Visitor) -> Response:
    store, form_id = visitor.context.store, name_in_path(request, "form")
    await asyncio.to_thread(
        set_form_state,
        store,
        visitor.project_id,
        form_id,
        visitor.posted.text("state"),
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "forms", form_id, done="state")


async def get_version(request: Request, visitor: Visitor) -> Response:
    version = visitor.context.store.forms.version(
        visitor.project_id, name_in_path(request, "form"), version_in_path(request)
    )
    values = {
        "version": version,
        "preview": preview(version.schema, version.scheme, visitor.language),
    }
    return await desk_page(request, visitor, "form_version.html", values)


async def get_workbook(request: Request, visitor: Visitor) -> Response:
    """The original of a version, byte for byte; for a bare XForm, the XForm."""
    store = visitor.context.store
    version = store.forms.version(visitor.project_id, name_in_path(request, "form"), version_in_path(request))
    content = version.content
    if content.workbook_sha256 is None:
        xform = await asyncio.to_thread(store.forms.xform, version)
        disposition = attachment(f"{version.form_id}-{version.version}.xml")
        return Response(xform, headers={"Content-Disposition": disposition}, media_type=XML)
    name = content.workbook_name or f"{version.form_id}.xlsx"
    return FileResponse(
        store.blobs.path(content.workbook_sha256),
        headers={"Content-Disposition": attachment(name)},
        media_type=OLD_EXCEL if name.lower().endswith(".xls") else XLSX,
    )


async def get_draft(request: Request, visitor: Visitor) -> Response:
    return await draft_page(request, visitor, draft_of(request, visitor))


async def draft_page(
    request: Request,
    visitor: Visitor,
    draft: Draft,
    problem: Sentence | None = None,
    faults: Sequence[Fault] = (),
) -> Response:
    content = draft.content
    values = {
        "draft": draft,
        "preview": preview(content.schema, content.scheme, visitor.language),
        "warnings": written_warnings(draft.warnings),
        "faults": faults,
        "media": content.media,
        "from_registry": publish_form.FROM_REGISTRY,
    }
    return await desk_page(request, visitor, "draft.html", values, problem=problem)


async def post_publish(request: Request, visitor: Visitor) -> Response:
    draft = draft_of(request, visitor)
    try:
        await asyncio.to_thread(
            form_drafts.publish_draft,
            visitor.context.store,
            visitor.project_id,
            draft.form_id,
            now=now(),
            actor=visitor.person.actor,
        )
    except WorkbookFaults as refused:
        return await draft_page(request, visitor, draft, refused.sentence, refused.faults)
    except BaikooError as refused:
        return await draft_page(request, visitor, draft, refused.sentence)
    return go(visitor, "forms", draft.form_id, done="published")


async def post_discard(request: Request, visitor: Visitor) -> Response:
    store, draft = visitor.context.store, draft_of(request, visitor)
    await store.change(lambda tx: store.drafts.discard(tx, visitor.project_id, draft.form_id))
    return go(visitor, "forms", done="discarded")


async def post_media(request: Request, visitor: Visitor) -> Response:
    """A file that the form needs beside it."""
    store, draft = visitor.context.store, draft_of(request, visitor)
    upload, name = visitor.posted.file("file"), visitor.posted.text("name")
    if upload is None:
        return await draft_page(request, visitor, draft, FileNotChosen().sentence)
    content = await upload.read()
    blob = await asyncio.to_thread(store.blobs.keep, content)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    moment = now()
    await store.change(
        lambda tx: store.drafts.set_media(
            tx,
            visitor.project_id,
            draft.form_id,
            name,
            sha256=blob.sha256,
            md5=md5,
            size=len(content),
            now=moment,
        )
    )
    return go(visitor, "forms", draft.form_id, "draft", done="media")


def version_in_path(request: Request) -> str:
    """A form may have a version without a name; in an address it is a hyphen."""
    name = name_in_path(request, "version")
    return "" if name == "-" else name


def draft_of(request: Request, visitor: Visitor) -> Draft:
    """Raises: DraftNotFound."""
    return visitor.context.store.drafts.get(visitor.project_id, name_in_path(request, "form"))


WRITE = Deed.WRITE_FORMS
POST = ("POST",)
routes = [
    at("/forms", get_forms, Deed.READ_FORMS),
    at("/forms", post_workbook, WRITE, methods=POST),
    at("/forms/{form}", get_form, Deed.READ_FORMS),
    at("/forms/{form}/state", post_state, WRITE, methods=POST),
    at("/forms/{form}/draft", get_draft, WRITE),
    at("/forms/{form}/draft/publish", post_publish, WRITE, methods=POST),
    at("/forms/{form}/draft/discard", post_discard, WRITE, methods=POST),
    at("/forms/{form}/draft/media", post_media, WRITE, methods=POST),
    at("/forms/{form}/versions/{version}", get_version, Deed.READ_FORMS),
    at("/forms/{form}/versions/{version}/workbook", get_workbook, Deed.READ_FORMS),
]
