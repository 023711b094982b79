"""Which of a phone's entities are gone here: asked by ODK Collect while it updates a list.

An entity is gone when it was deleted, purged, or is out of this phone's sight; those that have not come yet
are left out, and the phone keeps them. Spec: protocol.md 5
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from forms.errors import NotAllowed
from forms.faults.forms import DraftGone
from forms.openrosa import integrity
from forms.registry_lists import VILLAGES
from server.actions.offer_forms import scope_of, uses_list
from server.context import Context
from server.permissions import Deed, Person, may, tester
from server.routes.asking import XML, context_of, name_in_path, project_in_path
from server.routes.identity import known
from server.store.entities import EntityList, Scope
from server.store.entities.rows import UUID4

MOST = 20_000  # names in one address; no client's address is that long


async def get_integrity(request: Request) -> Response:
    """Of every entity asked after in ?id=a,b (without it: of all), whether it is gone."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_FORMS, project_id)
    found = context.store.entity_lists.get(project_id, name_in_path(request, "name"))
    _require_use(context, project_id, found, person)
    return await _answer(request, context, found, scope_of(context, found, person))


async def get_test_integrity(request: Request) -> Response:
    """The same for a phone that tries a draft."""
    context, project_id = context_of(request), project_in_path(request)
    draft = await asyncio.to_thread(context.store.drafts.by_token, name_in_path(request, "draft_token"))
    if draft is None or draft.project_id != project_id:
        raise DraftGone()
    found = context.store.entity_lists.get(project_id, name_in_path(request, "name"))
    if not uses_list(draft.content, found.name):
        raise NotAllowed()
    person = tester(draft.project_id, draft.form_id)
    return await _answer(request, context, found, scope_of(context, found, person))


def _require_use(context: Context, project_id: int, found: EntityList, person: Person) -> None:
    """Who fills forms may ask while one of their forms looks the list up and takes answers: a phone, a link,
    an account whose phone signs in by name.

    Raises: NotAllowed.
    """
    if may(person, Deed.READ_LISTS, project_id):
        return
    for form in context.store.forms.all(project_id):
        if form.current is None or form.state == "closed" or not uses_list(form.current.content, found.name):
            continue
        if may(person, Deed.READ_FORMS, project_id, form_id=form.form_id):
            return
    raise NotAllowed()


async def _answer(request: Request, context: Context, found: EntityList, scope: Scope) -> Response:
    asked = request.query_params.get("id")
    names = None
    if asked is not None:
        matches = (UUID4.fullmatch(part.strip()) for part in asked.split(",")[:MOST])
        names = list(dict.fromkeys(match[1].lower() for match in matches if match is not None))
    gone = context.store.entities.gone(found, names, scope)
    if found.name == VILLAGES:  # phones know a village by its code: one that a phone made is there under that
        gone = ((uuid, True) for uuid, _ in gone)
    pieces = integrity(gone)
    if names is None:
        return StreamingResponse(pieces, media_type=XML)
    return Response(await asyncio.to_thread(b"".join, pieces), media_type=XML)


routes = [
    Route("/v1/key/{token}/projects/{project_id}/datasets/{name}/integrity", get_integrity),
    Route("/v1/projects/{project_id}/datasets/{name}/integrity", get_integrity),
    Route("/v1/test/{draft_token}/projects/{project_id}/datasets/{name}/integrity", get_test_integrity),
]
