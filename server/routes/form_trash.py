"""The trash of forms for programs: into it, out of it, and for good."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.faults.forms import FormNumberInvalid
from server.actions.form_trash import purge_form, restore_form, trash_form
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import by, context_of, number, project_in_path, read_json
from server.routes.identity import known
from server.routes.questionnaires import form_in_path


class Reason(msgspec.Struct):
    """Why answers are erased; it stands in the ledger for good."""

    reason: str = ""


async def delete_form(request: Request) -> Response:
    """Put a form into the trash; its answers and published results stay."""
    context, project_id, form_id, person = await form_in_path(request, Deed.WRITE_FORMS)
    await asyncio.to_thread(trash_form, context.store, project_id, form_id, **by(person))
    return json_response({"success": True})


async def post_restore(request: Request) -> Response:
    """Take a form out of the trash, by the number that `?deleted=true` shows."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.WRITE_FORMS, project_id)
    await asyncio.to_thread(restore_form, context.store, project_id, number_of_form(request), **by(person))
    return json_response({"success": True})


async def post_purge(request: Request) -> Response:
    """Erase a form of the trash with every answer to it; each leaves a record of its erasure."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.OPERATE, project_id)
    given = await read_json(request, Reason)
    purged = await asyncio.to_thread(
        purge_form, context.store, project_id, number_of_form(request), reason=given.reason, person=person
    )
    return json_response({"success": True, "submissions": purged.submissions, "files": purged.files})


def number_of_form(request: Request) -> int:
    """Raises: FormNumberInvalid: a form_id is not the number."""
    text: str = request.path_params["form_id"]
    found = number(text)
    if found is None:
        raise FormNumberInvalid(number=text[:60])
    return found


_FORM = "/v1/projects/{project_id}/forms/{form_id}"
routes = [
    Route(_FORM, delete_form, methods=["DELETE"]),
    Route(f"{_FORM}/restore", post_restore, methods=["POST"]),
    Route(f"{_FORM}/purge", post_purge, methods=["POST"]),
]
