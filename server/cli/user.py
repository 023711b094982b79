"""baikoo user: accounts of people and their roles."""

from __future__ import annotations

import sys

import click

from server.actions.accounts import add_account, set_password
from server.cli.frame import chosen_project, now, tell, the_store, with_data, with_json, with_project
from server.cli.words import T
from server.permissions import ADMINISTRATOR, ROLES
from server.store.accounts import one_time_password
from server.store.refusals import AccountNotFound


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
@with_project
@with_json
@with_data
def create(
    email: str,
    roles: tuple[str, ...],
    name: str,
    language: str,
    password_stdin: bool,
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
        account = store.accounts.find(email)
        if account is None:
            raise AccountNotFound(name=email)
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
