"""baikoo user: accounts of people and their roles."""

from __future__ import annotations

import sys

import click

from server.actions.accounts import (
    add_account,
    allow_digest,
    disable_account,
    give_reset,
    set_password,
)
from server.cli.frame import (
    chosen_project,
    now,
    settings_here,
    tell,
    the_store,
    web_address,
    with_data,
    with_json,
    with_project,
)
from server.cli.token import account_of
from server.cli.words import T
from server.permissions import ADMINISTRATOR, ROLES
from server.store.accounts import one_time_password


@click.group("user", help=T("Accounts of people and their roles."))
def verb() -> None:
    pass


@verb.command("create", help=T("Create an account and print its one-time password."))
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), help=T("May be given several times.")
)
@click.option("--name", default="", help=T("The name others see."))
@click.option(
    "--language",
    type=click.Choice(["ky", "ru", "en"]),
    default="ky",
    show_default=True,
    help=T("Language of pages and messages."),
)
@click.option("--password-stdin", is_flag=True, help=T("Read the password from standard input instead."))
@click.option("--digest", is_flag=True, help=T("ODK Collect may sign in with it over plain http."))
@with_project
@with_json
@with_data
def create(
    email: str,
    roles: tuple[str, ...],
    name: str,
    language: str,
    password_stdin: bool,
    digest: bool,
    project: int | None,
    as_json: bool,
) -> None:
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else one_time_password()
    with the_store() as store:
        # an administrator keeps the whole server, every other role belongs to one aimak
        home = chosen_project(store, project) if set(roles) - {ADMINISTRATOR} else None
        account = add_account(
            store,
            email,
            password,
            tuple((role, None if role == ADMINISTRATOR else home) for role in roles),
            now=now(),
            actor=None,
            display_name=name or email.partition("@")[0],
            language=language,
            must_change_password=not password_stdin,
            may_use_digest=digest,
        )
    said = {"id": account.actor_id, "email": email, "roles": list(roles)}
    if password_stdin:
        tell(as_json, said, T("The account {email} exists.", email=email))
    else:
        tell(
            as_json,
            said | {"one_time_password": password},
            T("The account {email} exists. One-time password: {password}", email=email, password=password),
        )


@verb.command("list", help=T("List the accounts."))
@with_json
@with_data
def list_(as_json: bool) -> None:
    with the_store() as store:
        accounts = store.accounts.all()
    tell(
        as_json,
        {
            "accounts": [
                {
                    "id": account.actor_id,
                    "email": account.email,
                    "name": account.display_name,
                    "disabled": account.disabled_at is not None,
                    "roles": [
                        {"role": each.role, "project": each.project_id} for each in account.assignments
                    ],
                }
                for account in accounts
            ]
        },
        *(
            f"{account.email}  {' '.join(sorted({each.role for each in account.assignments}))}"
            for account in accounts
        ),
    )


@verb.command("password", help=T("Give an account a new one-time password; its sessions end."))
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help=T("Read the password from standard input instead."))
@with_json
@with_data
def password(email: str, password_stdin: bool, as_json: bool) -> None:
    new = sys.stdin.readline().rstrip("\r\n") if password_stdin else one_time_password()
    with the_store() as store:
        account = account_of(store, email)
        set_password(
            store, account.actor_id, new, now=now(), actor=None, must_change_password=not password_stdin
        )
    if password_stdin:
        tell(as_json, {"email": email}, T("The password of {email} is changed.", email=email))
    else:
        tell(
            as_json,
            {"email": email, "one_time_password": new},
            T("One-time password of {email}: {password}", email=email, password=new),
        )


@verb.command(
    "reset-link", help=T("Print a link to a new password, to be handed over: good once, for a day.")
)
@click.argument("email")
@with_json
@with_data
def reset_link(email: str, as_json: bool) -> None:
    with the_store() as store:
        reset = give_reset(store, account_of(store, email).actor_id, now=now(), actor=None)
    address = f"{web_address(settings_here())}/password/{reset.token}"
    tell(as_json, {"email": email, "url": address, "expires": reset.expires_at}, address)


@verb.command("digest", help=T("Let ODK Collect sign in with an account over plain http, or no longer."))
@click.argument("email")
@click.argument("allowed", type=click.Choice(["on", "off"]))
@with_json
@with_data
def digest(email: str, allowed: str, as_json: bool) -> None:
    with the_store() as store:
        allow_digest(store, account_of(store, email).actor_id, allowed == "on", now=now(), actor=None)
    said = (
        T("{email} may use it from the next password on.", email=email)
        if allowed == "on"
        else T("{email} may not use it any more.", email=email)
    )
    tell(as_json, {"email": email, "digest": allowed == "on"}, said)


@verb.command("end", help=T("End an account: nobody signs in with it any more; what it did keeps its name."))
@click.argument("email")
@with_json
@with_data
def end(email: str, as_json: bool) -> None:
    with the_store() as store:
        disable_account(store, account_of(store, email).actor_id, now=now(), actor=None)
    tell(as_json, {"email": email, "ended": True}, T("The account {email} is ended.", email=email))
