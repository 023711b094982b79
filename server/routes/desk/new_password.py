"""The page behind a link to a new password, which an administrator hands over: good once, for a day."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from forms.errors import BaikooError, Sentence
from forms.faults.people import ResetInvalid
from server.actions.accounts import use_reset
from server.routes.asking import context_of, now
from server.routes.desk.entry import DOOR_COOKIE, PasswordsDiffer, door, prove_door
from server.routes.desk.room import Posted
from server.routes.passwords import forget_passwords

HERE = "/password"


async def get_new_password(request: Request) -> Response:
    return await _page(request)


async def post_new_password(request: Request) -> Response:
    """The password of one's own; every session and API token made with the one before ends."""
    posted = Posted(await request.form(max_files=0, max_fields=20))
    new = str(posted.form.get("new", ""))
    try:
        prove_door(request, posted)
        if new != str(posted.form.get("again", "")):
            raise PasswordsDiffer()
        await asyncio.to_thread(
            use_reset, context_of(request).store, request.path_params["reset"], new, now=now()
        )
    except ResetInvalid:
        raise
    except BaikooError as refused:
        return await _page(request, refused.sentence)
    forget_passwords()
    response = RedirectResponse("/desk/sign-in?done=password_set", 303)
    response.delete_cookie(DOOR_COOKIE, path=HERE)
    return response


async def _page(request: Request, problem: Sentence | None = None) -> Response:
    """Raises: ResetInvalid."""
    store, token = context_of(request).store, request.path_params["reset"]
    actor_id = await asyncio.to_thread(store.password_resets.find, token, now())
    if actor_id is None:
        raise ResetInvalid()
    account = store.accounts.get(actor_id)
    response = door(request, "new_password.html", {"email": account.email}, problem, at=HERE)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


routes = [
    Route(f"{HERE}/{{reset}}", get_new_password, methods=["GET"]),
    Route(f"{HERE}/{{reset}}", post_new_password, methods=["POST"]),
]
