"""Accounts at the desk: people, their roles, a one-time password, an end."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Sentence
from server.actions import accounts
from server.actions.assignments import assign_role, unassign_role
from server.pages.words import LANGUAGES
from server.permissions import ADMINISTRATOR, ROLES, Deed
from server.routes.asking import now
from server.routes.desk.room import Visitor, at, desk_page, go
from server.routes.passwords import forget_passwords
from server.routes.users import reset_address
from server.store.accounts import Account, one_time_password


async def get_accounts(request: Request, visitor: Visitor) -> Response:
    return await accounts_page(request, visitor)


async def accounts_page(
    request: Request,
    visitor: Visitor,
    problem: Sentence | None = None,
    told: tuple[str, str] | None = None,
    link: tuple[str, str] | None = None,
) -> Response:
    """Shown this once: `told`, an e-mail and its one-time password; `link`, one to a new password."""
    store = visitor.context.store
    values = {
        "accounts": await asyncio.to_thread(store.accounts.all),
        "roles": ROLES,
        "names": {project.project_id: project.name for project in store.projects.all()},
        "given": visitor.posted.given() if told is None and link is None else {},
        "chosen": visitor.posted.texts("role") if told is None else [],
        "told": told,
        "link": link,
        "me": visitor.person.actor,
    }
    response = await desk_page(request, visitor, "accounts.html", values, problem=problem)
    if told is not None or link is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


async def post_account(request: Request, visitor: Visitor) -> Response:
    """A new account. Its roles are of this project, an administrator's of all."""
    posted, store, password = visitor.posted, visitor.context.store, one_time_password()
    language = posted.text("language")
    roles = tuple(
        (role, None if role == ADMINISTRATOR else visitor.project_id) for role in posted.texts("role")
    )
    try:
        account = await asyncio.to_thread(
            accounts.add_account,
            store,
            posted.text("email"),
            password,
            roles,
            now=now(),
            actor=visitor.person.actor,
            display_name=posted.text("name"),
            language=language if language in LANGUAGES else None,
            must_change_password=True,
            may_use_digest=posted.text("digest") == "yes",
        )
    except BaikooError as refused:
        return await accounts_page(request, visitor, refused.sentence)
    return await accounts_page(request, visitor, told=(account.email, password))


async def post_roles(request: Request, visitor: Visitor) -> Response:
    """The roles that are ticked, and no others; those of other projects stay."""
    store, account = visitor.context.store, account_in_path(request, visitor)
    wanted = set(visitor.posted.texts("role"))
    held = {
        given.role: given.project_id
        for given in account.assignments
        if given.project_id in (None, visitor.project_id) and given.form_id is None
    }

    def change() -> None:
        for role in wanted - held.keys():
            project_id = None if role == ADMINISTRATOR else visitor.project_id
            assign_role(store, account.actor_id, role, project_id, now=now(), actor=visitor.person.actor)
        for role in held.keys() - wanted:
            unassign_role(store, account.actor_id, role, held[role], now=now(), actor=visitor.person.actor)

    try:
        await asyncio.to_thread(change)
    except BaikooError as refused:
        return await accounts_page(request, visitor, refused.sentence)
    return go(visitor, "accounts", done="changed")


async def post_password(request: Request, visitor: Visitor) -> Response:
    """A one-time password for somebody who has forgotten theirs."""
    account, password = account_in_path(request, visitor), one_time_password()
    await asyncio.to_thread(
        accounts.set_password,
        visitor.context.store,
        account.actor_id,
        password,
        now=now(),
        actor=visitor.person.actor,
        must_change_password=True,
    )
    forget_passwords()
    return await accounts_page(request, visitor, told=(account.email, password))


async def post_link(request: Request, visitor: Visitor) -> Response:
    """A link to a new password: the present one works until somebody opens it."""
    account = account_in_path(request, visitor)
    reset = await asyncio.to_thread(
        accounts.give_reset,
        visitor.context.store,
        account.actor_id,
        now=now(),
        actor=visitor.person.actor,
    )
    return await accounts_page(request, visitor, link=(account.email, reset_address(request, reset)))


async def post_digest(request: Request, visitor: Visitor) -> Response:
    account = account_in_path(request, visitor)
    await asyncio.to_thread(
        accounts.allow_digest,
        visitor.context.store,
        account.actor_id,
        visitor.posted.text("digest") == "yes",
        now=now(),
        actor=visitor.person.actor,
    )
    return go(visitor, "accounts", done="changed")


async def post_disable(request: Request, visitor: Visitor) -> Response:
    account = account_in_path(request, visitor)
    try:
        await asyncio.to_thread(
            accounts.disable_account,
            visitor.context.store,
            account.actor_id,
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await accounts_page(request, visitor, refused.sentence)
    forget_passwords()
    return go(visitor, "accounts", done="disabled")


def account_in_path(request: Request, visitor: Visitor) -> Account:
    """Raises: AccountNotFound."""
    return visitor.context.store.accounts.get(int(request.path_params["id"]))


MANAGE, POST = Deed.MANAGE_ACCOUNTS, ("POST",)
routes = [
    at("/accounts", get_accounts, MANAGE),
    at("/accounts", post_account, MANAGE, methods=POST),
    at("/accounts/{id:number}/roles", post_roles, MANAGE, methods=POST),
    at("/accounts/{id:number}/password", post_password, MANAGE, methods=POST),
    at("/accounts/{id:number}/link", post_link, MANAGE, methods=POST),
    at("/accounts/{id:number}/digest", post_digest, MANAGE, methods=POST),
    at("/accounts/{id:number}/disable", post_disable, MANAGE, methods=POST),
]
