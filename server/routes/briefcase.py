"""What ODK Aggregate offers beside OpenRosa: Briefcase pulls submissions here, and pushes forms.

Under /v1/projects/{id} for accounts, and at the classic addresses for project 1; submissions are pushed to
/submission. Spec: https://docs.getodk.org/briefcase-api/ and protocol.md 17.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.briefcase import Cursor, day_of, downloaded, seq_of, submission_list, wanted_instance
from forms.errors import N_, ParameterInvalid, Sentence
from forms.openrosa import ListedMedia
from server.actions.form_drafts import fill_slot, publish_draft, save_draft, slot_file
from server.actions.publish_form import publish_form, read_form
from server.actions.pull_submission import pull_submission
from server.actions.review_submissions import object_type_of
from server.context import Context
from server.errors import language_of, openrosa_response
from server.multipart import FORM_PART, Posted, read_posted
from server.permissions import Deed, Person, require
from server.routes.asking import XML, base_url, context_of, is_on, iso, now, project_in_path, whole_number
from server.routes.csrf import promise_parts, prove_parts
from server.routes.identity import known
from server.store.submissions import Submission, Wanted

PER_CHUNK, MOST_PER_CHUNK = 100, 1000
FORM_KEPT = Sentence(N_("The form is published; phones are offered it now."))


async def get_submission_list(request: Request) -> Response:
    """The instanceIDs of a form, those changed longest ago first, from where `cursor` says.

    A client asks again with the cursor of each reply until it stays the same. Without
    `includeIncomplete=true` those whose files have not all arrived are left out.
    """
    context, project_id, person = await _reading(request)
    form_id = _form_id(request)
    _may_read(context, project_id, form_id, person)
    given = request.query_params.get("cursor") or ""
    limit = max(1, whole_number(request, "numEntries", PER_CHUNK, MOST_PER_CHUNK))
    after = seq_of(given)
    wanted = Wanted(project_id=project_id, form_id=form_id, received_from=None if after else day_of(given))
    everything = is_on(request, "includeIncomplete")
    cursor: Cursor | str = given
    shown: list[Submission] = []
    while not shown:  # Briefcase takes an empty chunk for the end, wherever its cursor leads
        page = await asyncio.to_thread(context.store.submissions.after, wanted, after, limit=limit)
        if not page:
            break
        shown = [each for each in page if everything or each.files_present >= each.files_expected]
        last = page[-1]
        after = last.seq
        cursor = Cursor(iso(last.received_at) or "", last.root_instance_id, last.seq)
    return Response(submission_list([each.root_instance_id for each in shown], cursor), media_type=XML)


async def get_download(request: Request) -> Response:
    """One instance, whole, and the addresses of its files; `formId` is a key that names both."""
    context, project_id, person = await _reading(request)
    form_id, instance_id = wanted_instance(_form_id(request))
    _may_read(context, project_id, form_id, person)
    pulled = await asyncio.to_thread(pull_submission, context, project_id, form_id, instance_id, person)
    kept = pulled.submission
    files_url = (
        f"{base_url(request)}/v1/projects/{project_id}/forms/{quote(form_id, safe='')}"
        f"/submissions/{quote(kept.root_instance_id, safe='')}/attachments"
    )
    content = downloaded(
        pulled.xml,
        instance_id=kept.root_instance_id,
        received_at=iso(kept.received_at) or "",
        complete=kept.files_present >= kept.files_expected,
        media=[ListedMedia(name, md5, f"{files_url}/{quote(name, safe='')}") for name, md5 in pulled.files],
    )
    return Response(content, media_type=XML)


async def before_upload(request: Request) -> Response:
    """HEAD before a form is pushed: 204 for those who may."""
    await known(request, Deed.WRITE_FORMS, project_in_path(request))
    return Response(status_code=204)


async def post_form(request: Request) -> Response:
    """A form (`form_def_file`) with its files: published at once, as ODK Aggregate does."""
    context, project_id = context_of(request), project_in_path(request)
    promise_parts(request)
    person = await known(request, Deed.WRITE_FORMS, project_id)
    length = request.headers.get("content-length", "")
    posted = await read_posted(
        request.stream(),
        request.headers.get("content-type", ""),
        int(length) if length.isdigit() else None,
        context.limits,
        context.settings.tmp,
        FORM_PART,
    )
    try:
        prove_parts(request, posted)
        await asyncio.to_thread(_publish, context, project_id, posted, person)
    finally:
        posted.discard()
    return openrosa_response(201, FORM_KEPT, language_of(request), "submit_success")


def _publish(context: Context, project_id: int, posted: Posted, person: Person) -> None:
    store, moment = context.store, now()
    form = read_form(posted.xml, "form.xml")
    form_id = form.xform.form_id
    named = {slot.name for slot in form.xform.schema.media}
    files = [file for file in posted.files if file.filename in named or file.name in named]
    if not files:
        publish_form(store, project_id, form, now=moment, actor=person.actor)
        return
    save_draft(store, project_id, form, now=moment, actor=person.actor)
    for file in files:
        content = file.data if file.data is not None else file.path.read_bytes() if file.path else b""
        name = file.filename if file.filename in named else file.name
        kept = slot_file(store, content)
        fill_slot(store, project_id, form_id, name, kept, now=moment, actor=person.actor)
    publish_draft(store, project_id, form_id, now=moment, actor=person.actor)


async def _reading(request: Request) -> tuple[Context, int, Person]:
    project_id = project_in_path(request)
    return context_of(request), project_id, await known(request, Deed.READ_SUBMISSIONS, project_id)


def _may_read(context: Context, project_id: int, form_id: str, person: Person) -> None:
    object_type = object_type_of(context.store, project_id, form_id)
    require(person, Deed.READ_SUBMISSIONS, project_id, object_type, form_id=form_id)


def _form_id(request: Request) -> str:
    """Raises: ParameterInvalid."""
    given = request.query_params.get("formId")
    if not given:
        raise ParameterInvalid(name="formId", value="")
    return given


routes = [
    Route(f"{way}{path}", endpoint, methods=[*methods])
    for way in ("/v1/projects/{project_id}", "")
    for path, endpoint, methods in (
        ("/view/submissionList", get_submission_list, ("GET",)),
        ("/view/downloadSubmission", get_download, ("GET",)),
        ("/formUpload", post_form, ("POST",)),
        ("/formUpload", before_upload, ("GET", "HEAD")),
        ("/upload", before_upload, ("GET", "HEAD")),
    )
]
