"""The key with which a project's forms are encrypted, for programs."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import ParameterInvalid
from server.actions.encrypt_project import encrypt_project, plain_forms
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import context_of, now, project_in_path, read_json
from server.routes.identity import known


class _Asked(msgspec.Struct, frozen=True):
    passphrase: str = ""
    hint: str | None = None


async def post_key(request: Request) -> Response:
    """Turn encryption on: {"passphrase", "hint"?}. It cannot be turned off again.

    `plainForms` are those whose answers stay readable: the server evaluates them or keeps lists from them.
    """
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.MANAGE_KEYS, project_id)
    asked = await read_json(request, _Asked)
    if not asked.passphrase:
        raise ParameterInvalid(name="passphrase", value="")
    await asyncio.to_thread(
        encrypt_project,
        context.store,
        project_id,
        asked.passphrase,
        asked.hint or "",
        now=now(),
        actor=person.actor,
    )
    plain = await asyncio.to_thread(plain_forms, context.store, project_id)
    return json_response({"success": True, "plainForms": list(plain)})


routes = [Route("/v1/projects/{project_id}/key", post_key, methods=["POST"])]
