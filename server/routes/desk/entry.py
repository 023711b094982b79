"""The door of the desk: signing in and out, a password of one's own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from forms.errors import N_, BaikooError, CredentialsWrong, Invalid, Sentence
from forms.faults.people import CsrfMissing
from server.actions.accounts import set_password, sign_out
from server.pages.frame import Frame
from server.pages.render import render
from server.pages.words import translate
from server.permissions import Person
from server.routes.asking import context_of, now
from server.routes.desk.room import (
    Posted,
    first_project,
    message_of,
    must_change_password,
    read_posted,
    to_sign_in,
)
from server.routes.identity import drop_cookie, set_cookie, who
from server.routes.looks import look_of
from server.routes.passwords import begin_session, check_password, forget_passwords
from server.routes.showing import aimak_name, language_links, page_language, respond

DOOR_COOKIE = "baikoo_door"  # before there is a session, this proves that the sign-in page was ours


class PasswordsDiffer(Invalid):
    text = N_("The new password was not written the same way twice. Write it again.")


class PasswordWrong(Invalid):
    text = N_("The present password is not right.")


class PasswordSame(Invalid):
    text = N_("Choose a password that you have not had here.")


async def get_desk(request: Request) -> Response:
    """To the desk of the first project of who is signed in."""
    person = await who(request)
    if person is None or person.actor is None:
        return to_sign_in(request)
    context = context_of(request)
    if must_change_password(context, person):
        return RedirectResponse("/desk/password", 303)
    return RedirectResponse(f"/desk/{first_project(context, person)}", 303)


async def get_sign_in(request: Request) -> Response:
    return door(request, "sign_in.html", {"email": "", "next": local(request.query_params.get("next", ""))})


async def post_sign_in(request: Request) -> Response:
    posted = Posted(await request.form(max_files=0, max_fields=20))
    email, onward = posted.text("email"), local(posted.text("next"))
    try:
        prove_door(request, posted)
        context = context_of(request)
        address = request.client.host if request.client else ""
        account = await check_password(context, email, str(posted.form.get("password", "")), address, now())
        if account is None:
            raise CredentialsWrong()
        session = await begin_session(context, account, now())
    except BaikooError as error:
        return door(request, "sign_in.html", {"email": email, "next": onward}, error.sentence)
    response = RedirectResponse("/desk/password" if account.must_change_password else onward or "/desk", 303)
    set_cookie(request, response, session)
    response.delete_cookie(DOOR_COOKIE)
    return response


async def post_sign_out(request: Request) -> Response:
    person = await who(request)
    if person is not None and person.session is not None:
        await read_posted(request, person)
        await sign_out(context_of(request).store, person.session)
    response = RedirectResponse("/desk/sign-in?done=signed_out", 303)
    drop_cookie(request, response)
    return response


async def get_password(request: Request) -> Response:
    person = await who(request)
    if person is None or person.actor is None:
        return to_sign_in(request)
    return password_page(request, person)


async def post_password(request: Request) -> Response:
    """A new password ends every session of the account; this browser gets a new one."""
    person = await who(request)
    if person is None or person.actor is None:
        return to_sign_in(request)
    posted = await read_posted(request, person)
    context, actor = context_of(request), person.actor
    account = context.store.accounts.get(actor)
    present, new = str(posted.form.get("present", "")), str(posted.form.get("new", ""))
    address = request.client.host if request.client else ""
    try:
        if await check_password(context, account.email, present, address, now()) is None:
            raise PasswordWrong()
        if new != str(posted.form.get("again", "")):
            raise PasswordsDiffer()
        if new == present:
            raise PasswordSame()
        await asyncio.to_thread(set_password, context.store, actor, new, now=now(), actor=actor)
    except BaikooError as error:
        return password_page(request, person, error.sentence)
    forget_passwords()
    session = await begin_session(context, account, now())
    response = RedirectResponse(f"/desk/{first_project(context, person)}?done=password", 303)
    set_cookie(request, response, session)
    return response


def password_page(request: Request, person: Person, problem: Sentence | None = None) -> Response:
    first = must_change_password(context_of(request), person)
    return door(request, "password.html", {"first": first}, problem, person)


def door(
    request: Request,
    template: str,
    values: Mapping[str, object],
    problem: Sentence | None = None,
    person: Person | None = None,
    *,
    at: str = "/desk",
) -> Response:
    """A page outside the desk's own menu. `at`: where its form is posted to, or above."""
    language = page_language(request)
    key = person.csrf or "" if person is not None else secrets.token_urlsafe(24)
    frame = Frame(
        aimak=aimak_name(request, None),
        section="/desk",
        language_links=language_links(request),
        csrf=key,
        person=person.name if person is not None else "",
        message=message_of(request, language),
        look=look_of(request),
    )
    said = translate(problem, language) if problem is not None else ""
    html = render(template, language, {**values, "frame": frame, "problem": said})
    response = respond(request, html, language, 422 if problem is not None else 200)
    response.headers["Cache-Control"] = "no-store"
    if person is None:
        secure = request.scope["scheme"] == "https"
        response.set_cookie(
            DOOR_COOKIE, key, max_age=7200, path=at, secure=secure, httponly=True, samesite="strict"
        )
    return response


def prove_door(request: Request, posted: Posted) -> None:
    """Raises: CsrfMissing when the form does not come from the page that set the cookie."""
    key = request.cookies.get(DOOR_COOKIE, "")
    if not key or not secrets.compare_digest(key.encode(), posted.text("__csrf").encode()):
        raise CsrfMissing()


def local(address: str) -> str:
    """An address of our own desk, or nothing: nobody is sent elsewhere after signing in."""
    inside = address == "/desk" or address.startswith(("/desk/", "/desk?"))
    return address if inside and "\\" not in address and "//" not in address else ""


routes = [
    Route("/desk", get_desk),
    Route("/desk/sign-in", get_sign_in),
    Route("/desk/sign-in", post_sign_in, methods=["POST"]),
    Route("/desk/sign-out", post_sign_out, methods=["POST"]),
    Route("/desk/password", get_password),
    Route("/desk/password", post_password, methods=["POST"]),
]
