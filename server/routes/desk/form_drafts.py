"""The draft of a questionnaire at the desk: looked at, given its files, tried on a phone, published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from forms.errors import N_, BaikooError, Conflict, Fault, Invalid, Sentence, WorkbookFaults
from server.actions import form_drafts, publish_form
from server.actions.encrypt_project import plain_warnings
from server.pages.form_preview import preview, written_warnings
from server.pages.qr import LABEL, inline_svg, picture
from server.pages.words import translate
from server.permissions import Deed
from server.routes.asking import attachment, by, name_in_path
from server.routes.desk.app_users import PICTURES
from server.routes.desk.forms import FileNotChosen, differences_from
from server.routes.desk.room import Visitor, at, desk_page, go
from server.routes.draft_files import keep_stream
from server.routes.drafts import test_settings
from server.routes.form_shapes import OLD_EXCEL, is_there, workbook_kind
from server.routes.showing import page_language
from server.store.drafts import Draft

SHOWN_TESTS = 50
CHUNK = 262_144


class FilesUnknown(Invalid):
    text = N_("The form asks for no file of this name: {names}. The others were kept.")


async def get_draft(request: Request, visitor: Visitor) -> Response:
    return await draft_page(request, visitor, draft_of(request, visitor))


async def draft_page(
    request: Request,
    visitor: Visitor,
    draft: Draft,
    problem: Sentence | None = None,
    faults: Sequence[Fault] = (),
) -> Response:
    content, store = draft.content, visitor.context.store
    settings = test_settings(request, draft)
    form = store.forms.get(visitor.project_id, draft.form_id)
    lists = {
        media.name
        for media in content.media
        if media.kind == "file"
        and (name := publish_form.list_named_like(media.name)) is not None
        and store.entity_lists.find(visitor.project_id, name) is not None
    }
    tests = await asyncio.to_thread(
        store.draft_submissions.page, visitor.project_id, draft.form_id, limit=SHOWN_TESTS
    )
    label = translate(Sentence(LABEL, name=draft.title), page_language(request))
    values = {
        "draft": draft,
        "form": form,
        "next_version": form_drafts.next_version(store, draft),
        "workbook_ending": "xls" if workbook_kind(content) == OLD_EXCEL else "xlsx",
        "differences": differences_from(form.current, content, visitor.language),
        "preview": preview(content.schema, content.scheme, visitor.language),
        "warnings": (
            *written_warnings(draft.warnings),
            *plain_warnings(store, visitor.project_id, content),
        ),
        "faults": faults,
        "media": content.media,
        "missing": [media.name for media in content.media if not is_there(media)],
        "lists": lists,
        "from_registry": publish_form.FROM_REGISTRY,
        "tests": tests,
        "code": inline_svg(settings, label),
        "address": settings.server_url,
        "text": settings.text,
        "given": visitor.posted.given(),
    }
    return await desk_page(request, visitor, "draft.html", values, problem=problem)


async def post_publish(request: Request, visitor: Visitor) -> Response:
    """Offer it to phones, under the version typed and with the notes written."""
    draft, posted = draft_of(request, visitor), visitor.posted
    try:
        await asyncio.to_thread(
            form_drafts.publish_draft,
            visitor.context.store,
            visitor.project_id,
            draft.form_id,
            **by(visitor.person),
            version=posted.text("version") or None,
            notes=posted.text("notes") or None,
        )
    except WorkbookFaults as refused:
        return await draft_page(request, visitor, draft, refused.sentence, refused.faults)
    except BaikooError as refused:
        return await draft_page(request, visitor, draft, refused.sentence)
    return go(visitor, "forms", draft.form_id, done="published")


async def post_copy(request: Request, visitor: Visitor) -> Response:
    """A draft that begins as what is published."""
    form_id = name_in_path(request, "form")
    await asyncio.to_thread(
        form_drafts.draft_of_published,
        visitor.context.store,
        visitor.project_id,
        form_id,
        **by(visitor.person),
    )
    return go(visitor, "forms", form_id, "draft", done="draft")


async def post_discard(request: Request, visitor: Visitor) -> Response:
    draft = draft_of(request, visitor)
    try:
        await asyncio.to_thread(
            form_drafts.discard_draft,
            visitor.context.store,
            visitor.project_id,
            draft.form_id,
            **by(visitor.person),
        )
    except Conflict as refused:
        return await draft_page(request, visitor, draft, refused.sentence)
    return go(visitor, "forms", done="discarded")


async def post_media(request: Request, visitor: Visitor) -> Response:
    """The files that the form needs beside it, each into the slot of its name, or one into the slot named."""
    draft, posted = draft_of(request, visitor), visitor.posted
    one, name = posted.file("file"), posted.text("name")
    files = [(name, one)] if one is not None else []
    files += [
        (each.filename or "", each)
        for each in posted.form.getlist("files")
        if isinstance(each, UploadFile) and each.filename
    ]
    if not files:
        return await draft_page(request, visitor, draft, FileNotChosen().sentence)
    known = {media.name for media in draft.content.media}
    for slot, upload in files:
        if slot in known:
            await _keep(visitor, draft, slot, upload)
    unknown = [slot for slot, _ in files if slot not in known]
    if unknown:
        refused = FilesUnknown(names=", ".join(unknown)[:300])
        return await draft_page(request, visitor, draft_of(request, visitor), refused.sentence)
    return go(visitor, "forms", draft.form_id, "draft", done="media")


async def _keep(visitor: Visitor, draft: Draft, name: str, upload: UploadFile) -> None:
    file = await keep_stream(visitor.context, _chunks(upload))
    store = visitor.context.store
    put = form_drafts.fill_slot
    await asyncio.to_thread(put, store, visitor.project_id, draft.form_id, name, file, **by(visitor.person))


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(CHUNK):
        yield chunk


async def post_link(request: Request, visitor: Visitor) -> Response:
    """Let a file hold the rows of the entity list of its name, or nothing again."""
    draft, posted = draft_of(request, visitor), visitor.posted
    try:
        await asyncio.to_thread(
            form_drafts.link_slot,
            visitor.context.store,
            visitor.project_id,
            draft.form_id,
            posted.text("name"),
            posted.text("linked") == "yes",
            **by(visitor.person),
        )
    except BaikooError as refused:
        return await draft_page(request, visitor, draft, refused.sentence)
    return go(visitor, "forms", draft.form_id, "draft", done="media")


async def post_token(request: Request, visitor: Visitor) -> Response:
    """Another code for tests; phones with the old one get nothing any more."""
    draft = draft_of(request, visitor)
    await asyncio.to_thread(
        form_drafts.renew_token,
        visitor.context.store,
        visitor.project_id,
        draft.form_id,
        **by(visitor.person),
    )
    return go(visitor, "forms", draft.form_id, "draft", done="renewed")


async def get_code(request: Request, visitor: Visitor) -> Response:
    """The code for tests as a file, PNG or SVG."""
    draft, kind = draft_of(request, visitor), request.url.path.rpartition(".")[2]
    content = await asyncio.to_thread(picture, test_settings(request, draft), kind)
    disposition = {"Content-Disposition": attachment(f"{draft.form_id}-draft.{kind}")}
    return Response(content, 200, disposition, PICTURES[kind])


def draft_of(request: Request, visitor: Visitor) -> Draft:
    """Raises: DraftNotFound."""
    return visitor.context.store.drafts.get(visitor.project_id, name_in_path(request, "form"))


WRITE, POST = Deed.WRITE_FORMS, ("POST",)
_DRAFT = "/forms/{form}/draft"
routes = [
    at(_DRAFT, get_draft, WRITE),
    at(_DRAFT, post_copy, WRITE, methods=POST),
    at(f"{_DRAFT}/publish", post_publish, WRITE, methods=POST),
    at(f"{_DRAFT}/discard", post_discard, WRITE, methods=POST),
    at(f"{_DRAFT}/media", post_media, WRITE, methods=POST),
    at(f"{_DRAFT}/link", post_link, WRITE, methods=POST),
    at(f"{_DRAFT}/token", post_token, WRITE, methods=POST),
    *(at(f"{_DRAFT}/code.{kind}", get_code, WRITE) for kind in PICTURES),
]
