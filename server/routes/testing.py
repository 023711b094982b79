"""Trying a draft on a phone: what ODK Collect asks with the code of a draft, and the answers it sends.

The token of the draft is all that is needed. Any version is taken, and the state of the form does not
matter; what is sent stays beside the ledger, and goes with the draft. Spec: protocol.md 7.6, 11.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import EditOutdated, InstanceConflict
from forms.faults.forms import DraftGone
from forms.faults.instance import InstanceOfOtherForm
from forms.faults.submissions import EditWithoutDeprecatedId, InstanceTaken
from forms.instance import Instance, parse_instance
from forms.openrosa import ListedForm, form_list
from server.actions.offer_forms import file_of, files_of
from server.actions.receive_submission import Sender
from server.actions.receive_test_submission import receive_test_submission
from server.context import Context
from server.errors import json_response, language_of, openrosa_response
from server.multipart import Posted, read_posted
from server.permissions import Person, tester
from server.routes.asking import XML, context_of, name_in_path, now, project_in_path, read_body
from server.routes.drafts import draft_xml, test_url
from server.routes.openrosa import manifest_response, sender_of, serve_file
from server.routes.submission_shapes import test_json
from server.store.draft_submissions import DraftSubmission
from server.store.drafts import Draft


async def get_form_list(request: Request) -> Response:
    """The draft alone; with ?formID= of another form nothing."""
    _, draft = await draft_in_path(request)
    wanted = request.query_params.get("formID")
    url = test_url(request, draft)
    entry = ListedForm(
        draft.form_id,
        draft.title,
        draft.version,
        draft.content.xform_md5,
        f"{url}.xml",
        f"{url}/manifest" if draft.content.media else None,
    )
    return Response(form_list([entry] if wanted in (None, draft.form_id) else []), media_type=XML)


async def get_manifest(request: Request) -> Response:
    """Its files that are there, each with its md5."""
    context, draft = await draft_in_path(request)
    files = await asyncio.to_thread(files_of, context, draft.project_id, draft.content, holder(draft))
    return manifest_response(request, files, test_url(request, draft))


async def get_xml(request: Request) -> Response:
    """The form, byte for byte as its hash in the list promises."""
    context, draft = await draft_in_path(request)
    return await draft_xml(request, context, draft)


async def get_attachment(request: Request) -> Response:
    """One of its files."""
    context, draft = await draft_in_path(request)
    name = name_in_path(request, "name")
    file = await asyncio.to_thread(file_of, context, draft.project_id, draft.content, name, holder(draft))
    return serve_file(request, context, file)


async def before_submission(request: Request) -> Response:
    """HEAD (and GET): exactly 204; the accepted length stands in the headers that every reply has."""
    await draft_in_path(request)
    return Response(status_code=204)


async def post_submission(request: Request) -> Response:
    """Take one instance sent for a try, and its files; never into the ledger."""
    context, draft = await draft_in_path(request)
    return await take_posted(request, context, draft, holder(draft))


async def take_posted(request: Request, context: Context, draft: Draft, person: Person) -> Response:
    length = request.headers.get("content-length", "")
    posted = await read_posted(
        request.stream(),
        request.headers.get("content-type", ""),
        int(length) if length.isdigit() else None,
        context.limits,
        context.settings.tmp,
    )
    try:
        _require_its_own(draft, posted.xml)
        receipt = await receive_test_submission(context, draft, posted, sender_of(request, person), now())
    finally:
        if posted.files:
            posted.discard()
    return openrosa_response(201, receipt.sentence, language_of(request), "submit_success")


async def post_instance(request: Request) -> Response:
    """The same for programs: the XML alone, files later."""
    context, draft = await draft_in_path(request)
    return await take_instance(request, context, draft, holder(draft))


async def take_instance(
    request: Request,
    context: Context,
    draft: Draft,
    person: Person,
    edits: DraftSubmission | None = None,
) -> Response:
    """Take one instance as raw XML; `edits` is the version it has to replace.

    Sent again it is a conflict here: programs ask, phones retry.
    Raises: InstanceTaken, EditWithoutDeprecatedId, EditOutdated, and those of receive_test_submission.
    """
    xml = await read_body(request, context.settings.xml_bytes)
    instance = _require_its_own(draft, xml)
    if edits is not None and not instance.deprecated_id:
        raise EditWithoutDeprecatedId()
    if edits is not None and instance.deprecated_id != edits.instance_id:
        raise EditOutdated(instance_id=str(instance.deprecated_id)[:249])
    sender: Sender = sender_of(request, person)
    try:
        receipt = await receive_test_submission(context, draft, Posted(xml), sender, now())
    except InstanceConflict as error:
        raise InstanceTaken(**error.details) from error
    if receipt.outcome.kind == "again":
        raise InstanceTaken(instance_id=receipt.instance_id)
    kept = context.store.draft_submissions

    def shown() -> Response:
        versions = kept.versions(kept.get(draft.project_id, draft.form_id, receipt.instance_id))
        return json_response(test_json(versions[-1], versions[0]))

    return await asyncio.to_thread(shown)


def _require_its_own(draft: Draft, xml: bytes) -> Instance:
    """Raises: InstanceInvalid, InstanceOfOtherForm."""
    instance = parse_instance(xml)
    if instance.form_id != draft.form_id:
        raise InstanceOfOtherForm(form_id=instance.form_id[:249])
    return instance


def holder(draft: Draft) -> Person:
    """Whoever has scanned the code of this draft."""
    return tester(draft.project_id, draft.form_id)


async def draft_in_path(request: Request) -> tuple[Context, Draft]:
    """The draft whose token this is, under its own address. Raises: DraftGone."""
    context = context_of(request)
    project_id, form_id = project_in_path(request), name_in_path(request, "form_id")
    draft = await asyncio.to_thread(context.store.drafts.by_token, name_in_path(request, "draft_token"))
    if draft is None or (draft.project_id, draft.form_id) != (project_id, form_id):
        raise DraftGone()
    return context, draft


TEST = "/v1/test/{draft_token}/projects/{project_id}/forms/{form_id}/draft"
routes = [
    Route(f"{TEST}/submission", post_submission, methods=["POST"]),
    Route(f"{TEST}/submission", before_submission, methods=["GET", "HEAD"]),
    Route(f"{TEST}/submissions", post_instance, methods=["POST"]),
    Route(f"{TEST}/formList", get_form_list),
    Route(f"{TEST}/manifest", get_manifest),
    Route(f"{TEST}/attachments/{{name}}", get_attachment),
    Route(f"{TEST}.xml", get_xml),
]
