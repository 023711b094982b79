"""Questionnaires at the desk: a workbook dropped, its faults read; versions, state and trash of a form.

The draft has pages of its own in form_drafts.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from forms.errors import N_, BaikooError, Conflict, Fault, Invalid, NotAllowed, Sentence, WorkbookFaults
from server.actions import form_drafts, publish_form
from server.actions.form_trash import purge_form, restore_form, trash_form
from server.actions.set_form_state import set_form_state
from server.pages.form_differences import FormDifferences, form_differences
from server.pages.form_preview import preview
from server.permissions import Deed
from server.routes.asking import XLSX, XML, attachment, by, name_in_path
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store.forms import FormContent, FormVersion

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
            form_drafts.save_draft, store, visitor.project_id, form, **by(visitor.person)
        )
    except WorkbookFaults as refused:
        return await forms_page(request, visitor, *told(refused))
    except BaikooError as refused:
        return await forms_page(request, visitor, refused.sentence)
    return go(visitor, "forms", draft.form_id, "draft", done="draft")


def told(refused: WorkbookFaults) -> tuple[Sentence, Sequence[Fault]]:
    """What is wrong with the whole file is said in a sentence; what stands in cells, cell by cell."""
    first = refused.faults[0] if len(refused.faults) == 1 else None
    if first is not None and not first.place:
        return first.message, ()
    return refused.sentence, refused.faults


async def forms_page(
    request: Request, visitor: Visitor, problem: Sentence | None = None, faults: Sequence[Fault] = ()
) -> Response:
    store = visitor.context.store
    forms = await asyncio.to_thread(store.forms.all, visitor.project_id)
    drafts = await asyncio.to_thread(store.drafts.all, visitor.project_id)
    values = {
        "forms": forms,
        "drafts": {draft.form_id: draft for draft in drafts},
        "trashed": store.forms.trashed(visitor.project_id),
        "faults": faults,
    }
    return await desk_page(request, visitor, "forms.html", values, problem=problem)


async def get_form(request: Request, visitor: Visitor) -> Response:
    return await form_page(request, visitor)


async def form_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    store, form_id = visitor.context.store, name_in_path(request, "form")
    form = store.forms.get(visitor.project_id, form_id)
    if form.current is None and not visitor.may(WRITE):
        raise NotAllowed()
    draft = store.drafts.find(visitor.project_id, form_id)
    versions = store.forms.versions(visitor.project_id, form_id) if form.current is not None else ()
    values = {"form": form, "draft": draft, "versions": versions}
    return await desk_page(request, visitor, "form.html", values, problem=problem)


async def post_state(request: Request, visitor: Visitor) -> Response:
    store, form_id = visitor.context.store, name_in_path(request, "form")
    await asyncio.to_thread(
        set_form_state, store, visitor.project_id, form_id, visitor.posted.text("state"), **by(visitor.person)
    )
    return go(visitor, "forms", form_id, done="state")


async def get_version(request: Request, visitor: Visitor) -> Response:
    store, form_id = visitor.context.store, name_in_path(request, "form")
    store.forms.get(visitor.project_id, form_id)
    version = store.forms.version(visitor.project_id, form_id, version_in_path(request))
    versions = store.forms.versions(visitor.project_id, form_id)
    older = next((each for each in versions if each.seq < version.seq), None)
    values = {
        "version": version,
        "before": older.version if older is not None else "",
        "differences": differences_from(older, version.content, visitor.language),
        "from_registry": publish_form.FROM_REGISTRY,
        "preview": preview(version.schema, version.scheme, visitor.language),
    }
    return await desk_page(request, visitor, "form_version.html", values)


def differences_from(
    older: FormVersion | None, content: FormContent, language: str
) -> FormDifferences | None:
    """What is asked otherwise than in an older version; None where there is none."""
    if older is None:
        return None
    return form_differences(older.schema, older.scheme, content.schema, content.scheme, language)


async def get_workbook(request: Request, visitor: Visitor) -> Response:
    """The original of a version, byte for byte; for a bare XForm, the XForm."""
    store, form_id = visitor.context.store, name_in_path(request, "form")
    store.forms.get(visitor.project_id, form_id)
    version = store.forms.version(visitor.project_id, form_id, version_in_path(request))
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


async def get_preview(request: Request, visitor: Visitor) -> Response:
    """The questions of the version phones are offered; of the draft, where there is no other."""
    form = visitor.context.store.forms.get(visitor.project_id, name_in_path(request, "form"))
    if form.current is None:
        return go(visitor, "forms", form.form_id, "draft")
    return go(visitor, "forms", form.form_id, "versions", form.current.version or "-")


async def post_trash(request: Request, visitor: Visitor) -> Response:
    """Out of sight, its answers kept."""
    store, form_id = visitor.context.store, name_in_path(request, "form")
    try:
        await asyncio.to_thread(trash_form, store, visitor.project_id, form_id, **by(visitor.person))
    except Conflict as refused:
        return await form_page(request, visitor, refused.sentence)
    return go(visitor, "forms", done="trashed")


async def post_restore(request: Request, visitor: Visitor) -> Response:
    store, number = visitor.context.store, request.path_params["number"]
    try:
        form_id = await asyncio.to_thread(
            restore_form, store, visitor.project_id, number, **by(visitor.person)
        )
    except Conflict as refused:
        return await forms_page(request, visitor, refused.sentence)
    return go(visitor, "forms", form_id, done="restored")


async def post_purge(request: Request, visitor: Visitor) -> Response:
    """For good, with every answer; the reason stands in the ledger."""
    try:
        await asyncio.to_thread(
            purge_form,
            visitor.context.store,
            visitor.project_id,
            request.path_params["number"],
            reason=visitor.posted.text("reason"),
            person=visitor.person,
        )
    except (Conflict, Invalid) as refused:
        return await forms_page(request, visitor, refused.sentence)
    return go(visitor, "forms", done="purged")


def version_in_path(request: Request) -> str:
    """A form may have a version without a name; in an address it is a hyphen."""
    name = name_in_path(request, "version")
    return "" if name == "-" else name


WRITE = Deed.WRITE_FORMS
POST = ("POST",)
routes = [
    at("/forms", get_forms, Deed.READ_FORMS),
    at("/forms", post_workbook, WRITE, methods=POST),
    at("/forms/trash/{number:number}/restore", post_restore, WRITE, methods=POST),
    at("/forms/trash/{number:number}/purge", post_purge, Deed.OPERATE, methods=POST),
    at("/forms/{form}", get_form, Deed.READ_FORMS),
    at("/forms/{form}/state", post_state, WRITE, methods=POST),
    at("/forms/{form}/trash", post_trash, WRITE, methods=POST),
    at("/forms/{form}/preview", get_preview, Deed.READ_FORMS),
    at("/forms/{form}/versions/{version}", get_version, Deed.READ_FORMS),
    at("/forms/{form}/versions/{version}/workbook", get_workbook, Deed.READ_FORMS),
]
