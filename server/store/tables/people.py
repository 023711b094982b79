"""Who may come in: accounts, phones, links, sessions and their rights."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, UniqueConstraint

from server.store.columns import at, at_or_none, key, number, of, of_or_none, several, text, text_or_none
from server.store.tables.layout import table

actor = table("actor", key(), text("kind"), text("display_name"), at("created_at"))
account = table(
    "account",
    of("actor_id", "actor.id", primary_key=True),
    text("email"),  # in small letters
    text("password_hash"),
    *several(text_or_none, "digest_ha1", "language"),
    Column("must_change_password", Boolean, nullable=False),
    at_or_none("disabled_at"),
    UniqueConstraint("email"),
)
assignment = table(
    "assignment",
    key(),
    of("actor_id", "actor.id"),
    text("role"),
    number("project"),  # 0: in every project (a NULL would not be unique)
    at("assigned_at"),
    UniqueConstraint("actor_id", "role", "project"),
)
# a family, work or business tie bars a member from an object
interest = table(
    "interest",
    of("actor_id", "actor.id", primary_key=True),
    of("project_id", "project.id", primary_key=True),
    text("object_id", primary_key=True),
    text("note"),
    at("noted_at"),
)
session = table(
    "session",
    text("token_sha256", primary_key=True),
    of("actor_id", "actor.id"),
    text("csrf"),
    *several(at, "created_at", "expires_at"),
    Index(None, "actor_id"),
)
sign_in_attempt = table(
    "sign_in_attempt",
    key(),
    text("who"),  # keyed hashes: neither e-mail nor address
    text("address"),
    at("at"),
    Index(None, "who", "at"),
    Index(None, "address", "at"),
)
app_user = table(
    "app_user",
    of("actor_id", "actor.id", primary_key=True),
    of("project_id", "project.id"),
    text("token_sha256"),
    number("generation"),
    text("language"),
    Column("every_form", Boolean, nullable=False),
    of_or_none("created_by", "actor.id"),
    at_or_none("revoked_at"),
    UniqueConstraint("token_sha256"),
    Index(None, "project_id"),
)
form_assignment = table(
    "form_assignment",
    of("actor_id", "actor.id", primary_key=True),
    of("form", "form.id", primary_key=True),
    text("role"),
)
public_link = table(
    "public_link",
    of("actor_id", "actor.id", primary_key=True),
    of("form", "form.id"),
    text("token_sha256"),
    Column("once", Boolean, nullable=False),
    at_or_none("revoked_at"),
    UniqueConstraint("token_sha256"),
)
# one-time tokens of a public link, as hashes
link_token = table(
    "link_token",
    text("token_sha256", primary_key=True),
    of("link", "public_link.actor_id"),
    at_or_none("used_at"),
)
