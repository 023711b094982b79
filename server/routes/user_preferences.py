"""What programs keep for whoever is signed in; it is given back with /v1/users/current, as in ODK Central."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import NotAllowed, SignInFirst
from forms.faults.people import PreferenceNotFound, PreferenceUnexpected, PreferenceValueMissing
from server.actions.preferences import remove_preference, set_preference
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import context_of, name_in_path, now, project_in_path, read_json
from server.routes.identity import known, who
from server.store import Store
from server.store.preferences import SITE

VALUE = "propertyValue"
LONGEST = 20_000  # bytes of a value, as it is sent


async def put_preference(request: Request) -> Response:
    """Keep `propertyValue`, any JSON, under this name: on the whole site or in a project."""
    store = context_of(request).store
    person, project_id = await _whose(request)
    given = await read_json(request, dict[str, Any], LONGEST)
    if VALUE not in given:
        raise PreferenceValueMissing(property=VALUE)
    if len(given) > 1:
        raise PreferenceUnexpected(expected=VALUE, actual=", ".join(given)[:200])
    value = msgspec.json.encode(given[VALUE]).decode()
    name = name_in_path(request, "property")
    await asyncio.to_thread(set_preference, store, person, project_id, name, value, now=now())
    return json_response({"success": True})


async def delete_preference(request: Request) -> Response:
    """Forget what was kept under this name."""
    store = context_of(request).store
    person, project_id = await _whose(request)
    name = name_in_path(request, "property")
    if not await asyncio.to_thread(remove_preference, store, person, project_id, name, now=now()):
        raise PreferenceNotFound(name=name[:100])
    return json_response({"success": True})


def preferences_json(store: Store, actor_id: int) -> dict[str, object]:
    """Everything kept for somebody; numbers of projects are texts, as keys of JSON are."""
    kept = {
        project: {name: msgspec.Raw(value.encode()) for name, value in values.items()}
        for project, values in store.preferences.of(actor_id).items()
    }
    site = kept.pop(SITE, {})
    return {"site": site, "projects": {str(project): values for project, values in kept.items()}}


async def _whose(request: Request) -> tuple[int, int | None]:
    """The number of who asks, and the project of the address. Raises: SignInFirst, NotAllowed (a phone)."""
    project_id = None
    if "project_id" in request.path_params:
        project_id = project_in_path(request)
        person = await known(request, Deed.READ_PROJECT, project_id)
    else:
        asks = await who(request)
        if asks is None:
            raise SignInFirst()
        person = asks
    if person.kind != "account" or person.actor is None:
        raise NotAllowed()
    return person.actor, project_id


routes = [
    Route(path, endpoint, methods=[method])
    for path in (
        "/v1/user-preferences/site/{property}",
        "/v1/user-preferences/project/{project_id}/{property}",
    )
    for method, endpoint in (("PUT", put_preference), ("DELETE", delete_preference))
]
