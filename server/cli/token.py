"""baikoo token: API tokens of accounts, for programs."""

from __future__ import annotations

from datetime import timedelta

import click

from server.actions.api_tokens import LONGEST_LIFE, add_token, revoke_token
from server.cli.frame import now, tell, the_store, with_data, with_json
from server.cli.words import T
from server.permissions import SCOPES
from server.store import Store
from server.store.accounts import Account
from server.store.refusals import AccountNotFound


@click.group("token", help=T("API tokens: what programs sign in with, in the name of an account."))
def verb() -> None:
    pass


def account_of(store: Store, email: str) -> Account:
    """Raises: AccountNotFound."""
    account = store.accounts.find(email)
    if account is None or account.disabled_at is not None:
        raise AccountNotFound(name=email)
    return account


@verb.command("create", help=T("Make a token for an account and print it, this once."))
@click.argument("email")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(list(SCOPES)),
    default="read",
    show_default=True,
    help=T("What it may at most, of what the account may."),
)
@click.option("--project", type=int, help=T("Only in the project of this number."))
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_LIFE.days),
    default=90,
    show_default=True,
    help=T("How long it works."),
)
@click.option("--forever", is_flag=True, help=T("It works until it is revoked."))
@with_json
@with_data
def create(
    email: str, name: str, scope: str, project: int | None, days: int, forever: bool, as_json: bool
) -> None:
    moment = now()
    with the_store() as store:
        new = add_token(
            store,
            account_of(store, email).actor_id,
            name,
            scope,
            project_id=project,
            expires_at=None if forever else moment + timedelta(days=days),
            now=moment,
            actor=None,
        )
    tell(
        as_json,
        {"id": new.token.token_id, "token": new.text, "scope": scope, "expires": new.token.expires_at},
        T("Token {number}, shown only now:", number=new.token.token_id),
        new.text,
    )


@verb.command("list", help=T("List the tokens that were not revoked."))
@click.option("--email", help=T("Only those of this account."))
@with_json
@with_data
def list_(email: str | None, as_json: bool) -> None:
    with the_store() as store:
        tokens = store.api_tokens.all()
        if email is not None:
            owner = account_of(store, email).actor_id
            tokens = tuple(token for token in tokens if token.actor_id == owner)
        emails = {account.actor_id: account.email for account in store.accounts.all()}
    tell(
        as_json,
        {
            "tokens": [
                {
                    "id": token.token_id,
                    "email": emails[token.actor_id],
                    "name": token.name,
                    "scope": token.scope,
                    "project": token.project_id,
                    "expires": token.expires_at,
                    "last_used": token.last_used_at,
                }
                for token in tokens
            ]
        },
        *(f"{token.token_id}  {emails[token.actor_id]}  {token.scope}  {token.name}" for token in tokens),
    )


@verb.command("revoke", help=T("Revoke a token: it is worth nothing from now on."))
@click.argument("number", type=int)
@with_json
@with_data
def revoke(number: int, as_json: bool) -> None:
    with the_store() as store:
        revoke_token(store, store.api_tokens.get(number), now=now(), actor=None)
    tell(as_json, {"id": number, "revoked": True}, T("Token {number} is revoked.", number=number))
