"""Submissions into the trash, out of it, and for good, for programs."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.actions.review_submissions import object_type_of
from server.actions.trash_submission import delete_submission, purge_submission, restore_submission
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person, require
from server.routes.asking import context_of, name_in_path, now, project_in_path, read_json
from server.routes.identity import known
from server.routes.submissions import submission_in_path
from server.store.submissions import Submission


class Why(msgspec.Struct):
    """Why; needed where the answers evaluate an object, and to erase them."""

    reason: str = ""


async def delete(request: Request) -> Response:
    """Put a submission into the trash, with all its versions; ?reason= where it evaluates an object."""
    context, submission, person = await submission_in_path(request, Deed.EDIT_SUBMISSIONS)
    reason = request.query_params.get("reason", "")
    await asyncio.to_thread(
        delete_submission, context.store, submission, reason=reason, person=person, now=now()
    )
    return json_response({"success": True})


async def restore(request: Request) -> Response:
    """Take a submission out of the trash, as it was."""
    context, project_id, form_id, person = await _form_in_path(request, Deed.EDIT_SUBMISSIONS)
    object_type = object_type_of(context.store, project_id, form_id)
    require(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id)
    given = await read_json(request, Why)
    submission = await _deleted(request, context, project_id, form_id)
    await asyncio.to_thread(
        restore_submission, context.store, submission, reason=given.reason, person=person, now=now()
    )
    return json_response({"success": True})


async def purge(request: Request) -> Response:
    """Erase a submission that lies in the trash; nothing brings it back. For administrators."""
    context, project_id, form_id, person = await _form_in_path(request, Deed.OPERATE)
    given = await read_json(request, Why)
    submission = await _deleted(request, context, project_id, form_id)
    await asyncio.to_thread(
        purge_submission, context.store, submission, reason=given.reason, person=person, now=now()
    )
    return json_response({"success": True})


async def _form_in_path(request: Request, deed: Deed) -> tuple[Context, int, str, Person]:
    project_id, form_id = project_in_path(request), name_in_path(request, "form_id")
    person = await known(request, deed, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


async def _deleted(request: Request, context: Context, project_id: int, form_id: str) -> Submission:
    instance_id = name_in_path(request, "instance_id")
    return await asyncio.to_thread(context.store.submissions.get_deleted, project_id, form_id, instance_id)


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
routes = [
    Route(_ONE, delete, methods=["DELETE"]),
    Route(f"{_ONE}/restore", restore, methods=["POST"]),
    Route(f"{_ONE}/purge", purge, methods=["POST"]),
]
