"""What was sent to a draft for a try, for those who write forms; and sending it by account."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from forms.errors import MediaNotFound
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.asking import XML, attachment, name_in_path, tagged, whole_number
from server.routes.drafts import draft_asked
from server.routes.questionnaires import form_in_path
from server.routes.testing import take_instance, take_posted, test_json
from server.store.draft_submissions import DraftSubmission
from server.store.drafts import Draft

AT_ONCE = 500
MOST = 10_000


async def get_submissions(request: Request) -> Response:
    """The test submissions of a draft, newest first."""
    context, draft, _ = await draft_asked(request)
    limit = whole_number(request, "limit", AT_ONCE, MOST)
    page = await asyncio.to_thread(
        context.store.draft_submissions.page, draft.project_id, draft.form_id, limit=limit
    )
    return json_response([test_json(one) for one in page])


async def get_submission(request: Request) -> Response:
    """One of them."""
    _, one = await _asked(request)
    return json_response(test_json(one))


async def get_submission_xml(request: Request) -> Response:
    """Its bytes, as they came."""
    context, one = await _asked(request)
    xml = await asyncio.to_thread(context.store.draft_submissions.xml, one.number)
    return tagged(request, xml, XML, f'"draft-{one.number}"')


async def get_submission_attachments(request: Request) -> Response:
    """The files it names, and whether each has come."""
    context, one = await _asked(request)
    files = await asyncio.to_thread(context.store.draft_submissions.files, one.number)
    return json_response([{"name": file.name, "exists": file.sha256 is not None} for file in files])


async def get_submission_attachment(request: Request) -> Response:
    """One of its files."""
    context, one = await _asked(request)
    name = name_in_path(request, "name")
    files = await asyncio.to_thread(context.store.draft_submissions.files, one.number)
    sha256 = next((file.sha256 for file in files if file.name == name), None)
    if sha256 is None:
        raise MediaNotFound(name=name[:249])
    return FileResponse(context.store.blobs.path(sha256), headers={"Content-Disposition": attachment(name)})


async def post_submission(request: Request) -> Response:
    """Send one for a try, as XML; files come by the OpenRosa address."""
    return await take_instance(request, *await _tested(request))


async def before_posted(request: Request) -> Response:
    """HEAD (and GET): exactly 204."""
    await _tested(request)
    return Response(status_code=204)


async def post_posted(request: Request) -> Response:
    """Send one for a try, as a phone does."""
    return await take_posted(request, *await _tested(request))


async def _tested(request: Request) -> tuple[Context, Draft, Person]:
    context, project_id, form_id, person = await form_in_path(request, Deed.TEST_DRAFT)
    return context, await asyncio.to_thread(context.store.drafts.get, project_id, form_id), person


async def _asked(request: Request) -> tuple[Context, DraftSubmission]:
    """Raises: DraftNotFound, SubmissionNotFound."""
    context, draft, _ = await draft_asked(request)
    instance_id = name_in_path(request, "instance_id")
    store = context.store.draft_submissions
    return context, await asyncio.to_thread(store.get, draft.project_id, draft.form_id, instance_id)


_DRAFT = "/v1/projects/{project_id}/forms/{form_id}/draft"
_ONE = f"{_DRAFT}/submissions/{{instance_id}}"
routes = [
    Route(f"{_DRAFT}/submission", post_posted, methods=["POST"]),
    Route(f"{_DRAFT}/submission", before_posted, methods=["GET", "HEAD"]),
    Route(f"{_DRAFT}/submissions", get_submissions, methods=["GET"]),
    Route(f"{_DRAFT}/submissions", post_submission, methods=["POST"]),
    Route(f"{_ONE}.xml", get_submission_xml),
    Route(f"{_ONE}/attachments", get_submission_attachments),
    Route(f"{_ONE}/attachments/{{name}}", get_submission_attachment),
    Route(_ONE, get_submission),
]
