"""Whoever acts, in the shapes of ODK Central: people, phones, links, each with a number of its own."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from server.context import Context
from server.routes.asking import base_url, iso
from server.store.accounts import Account
from server.store.app_users import AppUser
from server.store.public_links import PublicLink

Json = dict[str, object]


def is_extended(request: Request) -> bool:
    """Does who asks want to know more? Central's header for it."""
    return request.headers.get("x-extended-metadata", "").strip().lower() == "true"


def actor_json(
    actor_id: int, kind: str, name: str, created_at: datetime, updated_at: datetime | None = None
) -> Json:
    return {
        "id": actor_id,
        "type": kind,
        "displayName": name,
        "createdAt": iso(created_at),
        "updatedAt": iso(updated_at),
        "deletedAt": None,
    }


def account_actor(account: Account) -> Json:
    return actor_json(
        account.actor_id,
        "user",
        account.display_name or account.email,
        account.created_at,
        account.updated_at,
    )


def account_json(account: Account) -> Json:
    return account_actor(account) | {
        "email": account.email,
        "lastLoginAt": iso(account.last_login_at),
        "language": account.language,
    }


def phone_actor(app_user: AppUser) -> Json:
    return actor_json(
        app_user.actor_id,
        "field_key",
        app_user.display_name,
        app_user.created_at,
        app_user.revoked_at,
    )


def link_actor(link: PublicLink) -> Json:
    return actor_json(link.actor_id, "public_link", link.display_name, link.created_at, link.revoked_at)


def maker(context: Context, actor_id: int | None) -> Json | None:
    """The account that made something, as an actor; None for the owner's command line."""
    account = context.store.accounts.find_number(actor_id) if actor_id is not None else None
    return account_actor(account) if account is not None else None


def properties_of(context: Context, actor_id: int) -> Json | None:
    """What its project notes of a phone or link; None for nothing, as Central has it."""
    return dict(context.store.actor_properties.of(actor_id)) or None


def app_user_json(context: Context, app_user: AppUser) -> Json:
    """pyODK wants every key to be there."""
    revoked = app_user.revoked_at is not None
    return phone_actor(app_user) | {
        "projectId": app_user.project_id,
        "token": None if revoked else context.store.app_users.token(app_user),
        "language": app_user.language,
        "everyForm": app_user.form_ids is None,
    }


def link_json(request: Request, context: Context, link: PublicLink) -> Json:
    token = context.store.public_links.token(link) if link.revoked_at is None else None
    return link_actor(link) | {
        "token": token,
        "once": link.once,
        "serverUrl": link_address(request, link, token) if token is not None else None,
    }


def link_address(request: Request, link: PublicLink, token: str) -> str:
    """What ODK Collect or a web form needs to send through a link."""
    return f"{base_url(request)}/v1/key/{token}/projects/{link.project_id}"
