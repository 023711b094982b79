"""The room of the desk: who is in it, what they posted, and the page they get back.

Every address of the desk is made by `at`: it knows who asks before the handler runs, sends those unknown to
the sign-in, lets in only those whose role allows the deed, and takes a posted form only with the token of
this session's own pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from urllib.parse import quote, urlencode

from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analytics.warehouse import Cursor
from forms.errors import N_, NotAllowed, Sentence
from forms.faults.people import CsrfMissing
from forms.faults.wire import BodyTooLarge
from server.context import Context
from server.pages.frame import Frame
from server.pages.render import render
from server.pages.words import translate
from server.permissions import Deed, Person, may, projects_of, require
from server.routes.asking import context_of, name_in_path, project_in_path
from server.routes.csrf import require_csrf
from server.routes.desk.menu import desk_menu, own_menu
from server.routes.identity import who
from server.routes.looks import look_of
from server.routes.showing import head_of_ledger, language_links, page_before, page_language, respond

T = TypeVar("T")

# what was done a moment ago, told on the page that follows
DONE = {
    "signed_out": N_("You are signed out."),
    "expired": N_("You had been signed out, so this was not done. Sign in, and do it once more."),
    "password": N_("Your password is changed."),
    "password_set": N_("Your password is set. Sign in with it."),
    "published": N_("The version is published; phones are offered it now."),
    "draft": N_("The draft is kept. Nobody else sees it until you publish it."),
    "discarded": N_("The draft is gone."),
    "trashed": N_("The form is in the trash. Its answers are kept, and it can be restored."),
    "restored": N_("The form is back, as it was."),
    "purged": N_("The form and every answer to it are erased."),
    "state": N_("The form has its new state."),
    "media": N_("The file is kept."),
    "added": N_("Added."),
    "changed": N_("Changed."),
    "revoked": N_("Its code is worth nothing any more."),
    "link_deleted": N_("The link is gone. What came through it stays."),
    "token_revoked": N_("The token is worth nothing any more."),
    "renewed": N_("It has a new code; the old one is worth nothing any more."),
    "reviewed": N_("Decided on {n}."),
    "assigned": N_("It belongs to the round now."),
    "commented": N_("Written down."),
    "corrected": N_("The new value counts from now on; what was sent is kept."),
    "deleted": N_("It lies in the trash now and counts nowhere."),
    "counts_again": N_("It is out of the trash and counts again."),
    "edited": N_("The new version is kept; the one before can still be read."),
    "taken": N_("Taken after all. The phone's next try will succeed."),
    "let_go": N_("Discarded. Only its number is kept."),
    "planned": N_("The round is planned."),
    "opened": N_("The round is open."),
    "closed": N_("The round is closed and its scores are fixed."),
    "round_published": N_("The round is published; everyone can see its results."),
    "list_removed": N_("The list is removed."),
    "undone": N_("The upload is undone: {n} entries are as they were."),
    "entity_deleted": N_("It is deleted. Phones lose it at their next update."),
    "entity_restored": N_("It is back."),
    "entity_purged": N_("It is removed for ever."),
    "imported": N_("Added {added}, changed {changed}, unchanged {unchanged}."),
    "encrypted": N_("From now on phones encrypt the answers."),
    "project_deleted": N_("The project is deleted. Its records stay in the ledger."),
    "disabled": N_("Nobody can sign in with this account any more."),
}
NO_FORM = ""  # of a page that is about no single form
COUNTED = ("n", "added", "changed", "unchanged")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the desk, in which project, and what they posted (nothing on a GET)."""

    person: Person
    project_id: int
    context: Context
    language: str
    posted: Posted = field(default_factory=lambda: Posted(FormData()))

    @property
    def root(self) -> str:
        return f"/desk/{self.project_id}"

    def may(self, deed: Deed, object_type: str | None = None, *, form_id: str = NO_FORM) -> bool:
        return may(self.person, deed, self.project_id, object_type, form_id=form_id)


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted form: texts without blanks around them, and files."""

    form: FormData

    def text(self, name: str) -> str:
        value = self.form.get(name)
        return value.replace("\0", "").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        return [
            value.replace("\0", "") for value in self.form.getlist(name) if isinstance(value, str) and value
        ]

    def file(self, name: str) -> UploadFile | None:
        """The file, when one was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def given(self) -> dict[str, str]:
        """What was typed, to be shown again."""
        return {name: value for name, value in self.form.items() if isinstance(value, str)}


class Number(Convertor[int]):
    """A number in an address, `{id:number}`: no more figures than any number here has."""

    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", Number())

Handler = Callable[[Request, Visitor], Awaitable[Response]]


def at(path: str, handler: Handler, deed: Deed, *, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A route under /desk/{project_id} for those who may do `deed` there."""

    async def guarded(request: Request) -> Response:
        language = page_language(request)
        person = await who(request)
        language = page_language(request)  # the one clicked outranks the account's, which is known now
        if person is None or person.actor is None:
            return to_sign_in(request)
        context = context_of(request)
        if must_change_password(context, person):
            return RedirectResponse("/desk/password", 303)
        project_id = project_in_path(request)
        context.store.projects.get(project_id)
        # a role in one form alone opens the pages of that form, and no others
        form_id = name_in_path(request, "form") if "form" in request.path_params else NO_FORM
        require(person, deed, project_id, form_id=form_id)
        if request.method != "POST":
            return await handler(request, Visitor(person, project_id, context, language))
        posted = await read_posted(request, person)
        try:
            return await handler(request, Visitor(person, project_id, context, language, posted))
        finally:
            await posted.form.close()  # uploads lie in temporary files

    guarded.__name__ = getattr(handler, "__name__", "handler")
    return Route(f"/desk/{{project_id:number}}{path}", guarded, methods=[*methods])


async def read_posted(request: Request, person: Person) -> Posted:
    """The form of a POST. Raises: BodyTooLarge, CsrfMissing."""
    promised = request.headers.get("content-length", "")
    if not promised.isdigit() or int(promised) > context_of(request).settings.upload_bytes:
        raise BodyTooLarge()
    posted = Posted(await request.form(max_files=20, max_fields=5000))
    try:
        require_csrf(request, person.csrf or "", posted.text("__csrf"))
    except CsrfMissing:
        await posted.form.close()
        raise
    return posted


def to_sign_in(request: Request) -> Response:
    """To the sign-in and back; what was posted meanwhile has to be posted again, from its page."""
    if request.method == "POST":
        onward = {"next": page_before(request), "done": "expired"}
    else:
        query = request.url.query
        onward = {"next": f"{request.url.path}?{query}" if query else request.url.path}
    return RedirectResponse(f"/desk/sign-in?{urlencode(onward)}", 303)


def must_change_password(context: Context, person: Person) -> bool:
    return person.actor is not None and context.store.accounts.get(person.actor).must_change_password


def first_project(context: Context, person: Person) -> int:
    """The project whose desk opens first. Raises: NotAllowed."""
    known = projects_of(person, [project.project_id for project in context.store.projects.all()])
    if not known:
        raise NotAllowed()
    return known[0]


async def desk_page(
    request: Request,
    visitor: Visitor,
    template: str,
    values: Mapping[str, object],
    *,
    problem: Sentence | None = None,
    status: int | None = None,
) -> Response:
    """A page of the desk; with `problem`, the same page again and what is wrong on top."""
    store = visitor.context.store
    projects = {
        project.project_id: project.name
        for project in store.projects.all()
        if may(visitor.person, Deed.READ_PROJECT, project.project_id)
    }
    frame = Frame(
        aimak=store.projects.get(visitor.project_id).name,
        section="/desk",
        language_links=language_links(request),
        head=await head_of_ledger(request),
        person=visitor.person.name,
        csrf=visitor.person.csrf or "",
        menu=desk_menu(visitor.root, request.url.path, visitor.may),
        own_menu=own_menu(visitor.root, request.url.path, visitor.may),
        project_id=visitor.project_id,
        projects=projects,
        message=message_of(request, visitor.language),
        look=look_of(request),
    )
    filled = {
        **values,
        "frame": frame,
        "root": visitor.root,
        "zone": visitor.context.zone(visitor.project_id),
        "problem": translate(problem, visitor.language) if problem is not None else "",
        "may": visitor.may,
        "Deed": Deed,
    }
    html = await asyncio.to_thread(render, template, visitor.language, filled)
    return respond(request, html, visitor.language, status or (422 if problem is not None else 200))


def message_of(request: Request, language: str) -> str:
    """What `done` in the address tells; its numbers come from there too, and are only numbers."""
    text = DONE.get(request.query_params.get("done", ""))
    if text is None:
        return ""
    told = {name: request.query_params.get(name, "") for name in COUNTED}
    return translate(Sentence(text, **{name: n if n.isdigit() else "" for name, n in told.items()}), language)


async def read(visitor: Visitor, question: Callable[[Cursor], T]) -> T:
    """An answer of the reading, everything received so far included."""
    await visitor.context.loader.until_caught_up()

    def ask() -> T:
        with visitor.context.warehouse.read() as db:
            return question(db)

    return await asyncio.to_thread(ask)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def go(visitor: Visitor, *path: str, **query: str | int) -> Response:
    """After a change: on to a page that can be loaded again without changing anything."""
    address = "/".join([visitor.root, *(quote(part, safe=":") for part in path)])
    return RedirectResponse(f"{address}?{urlencode(query)}" if query else address, 303)
