"""baikoo user: accounts of people and their roles."""

from __future__ import annotations

import sys

import click

from forms.errors import AccountNotFound
from server.cli.frame import chosen_project, now, tell, the_store, with_data, with_json, with_project
from server.cli.words import T
from server.permissions import ROLES
from server.store.accounts import hash_password, one_time_password


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
    hashed = hash_password(password)
    with the_store() as store:
        # an administrator keeps the whole server, every other role belongs to one aimak
        home = chosen_project(store, project) if set(roles) - {"administrator"} else None
        moment = now()

        def make(tx):  # type: ignore[no-untyped-def]
            actor = store.accounts.create(
                tx,
                email=email,
                password_hash=hashed,
                now=moment,
                display_name=name or email.partition("@")[0],
                language=language,
                must_change_password=not password_stdin,
            )
            for role in roles:
                store.accounts.assign(tx, actor, role, None if role == "administrator" else home, now=moment)
            return actor

        actor = store.write(make)
    said = {"id": actor, "email": email, "roles": list(roles)}
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
    hashed = hash_password(new)
    with the_store() as store:
        account = store.accounts.find(email)
        if account is None:
            raise AccountNotFound(account=email)
        store.write(
            lambda tx: store.accounts.set_password(
                tx, account.actor_id, hashed, now=now(), must_change_password=not password_stdin
            )
        )
    if password_stdin:
        tell(as_json, {"email": email}, T("The password of {email} is changed.", email=email))
    else:
        tell(
            as_json,
            {"email": email, "one_time_password": new},
            T("One-time password of {email}: {password}", email=email, password=new),
        )
