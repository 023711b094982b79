"""The project itself at the desk: its name and code, put away or ended; another one made."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.errors import BaikooError, Sentence
from forms.faults.people import ProjectNameDiffers
from server.actions.projects import add_project, change_project, delete_project
from server.permissions import Deed
from server.routes.asking import now
from server.routes.desk.room import Visitor, at, desk_page, first_project, go


async def get_project(request: Request, visitor: Visitor) -> Response:
    return await project_page(request, visitor)


async def project_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    store = visitor.context.store
    values = {
        "project": store.projects.get(visitor.project_id),
        "held": [each for each in store.rounds.all(visitor.project_id) if each.state != "planned"],
        "alone": len(store.projects.all()) == 1,
        "given": visitor.posted.given(),
    }
    return await desk_page(request, visitor, "project.html", values, problem=problem)


async def post_project(request: Request, visitor: Visitor) -> Response:
    posted = visitor.posted
    try:
        await asyncio.to_thread(
            change_project,
            visitor.context.store,
            visitor.project_id,
            name=posted.text("name"),
            description=posted.text("description"),
            aimak_code=posted.text("code"),
            is_archived=posted.text("archived") == "yes",
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await project_page(request, visitor, refused.sentence)
    return go(visitor, "project", done="changed")


async def post_new(request: Request, visitor: Visitor) -> Response:
    """Another aiyl aimak on this server."""
    posted = visitor.posted
    try:
        made = await asyncio.to_thread(
            add_project,
            visitor.context.store,
            posted.text("new_name"),
            description="",
            aimak_code=posted.text("new_code"),
            is_archived=False,
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await project_page(request, visitor, refused.sentence)
    return RedirectResponse(f"/desk/{made.project_id}/project?done=added", 303)


async def post_delete(request: Request, visitor: Visitor) -> Response:
    """End it, when its name was written once more: a click alone is too little for this."""
    context, name = visitor.context, visitor.posted.text("name")
    try:
        if name != context.store.projects.get(visitor.project_id).name.strip():
            raise ProjectNameDiffers()
        await asyncio.to_thread(
            delete_project, context.store, visitor.project_id, now=now(), actor=visitor.person.actor
        )
    except BaikooError as refused:
        return await project_page(request, visitor, refused.sentence)
    return RedirectResponse(f"/desk/{first_project(context, visitor.person)}?done=project_deleted", 303)


KEEP, POST = Deed.MANAGE_PROJECT, ("POST",)
routes = [
    at("/project", get_project, KEEP),
    at("/project", post_project, KEEP, methods=POST),
    at("/project/delete", post_delete, KEEP, methods=POST),
    at("/project/new", post_new, Deed.OPERATE, methods=POST),
]
