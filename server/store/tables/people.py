"""Who may come in: accounts, phones, links, sessions and their rights."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, UniqueConstraint, false

from server.store.columns import at, at_or_none, key, number, of, of_or_none, several, text, text_or_none
from server.store.tables.layout import table

actor = table("actor", key(), text("kind"), text("display_name"), at("created_at"))
account = table(
    "account",
    of("actor_id", "actor.id", primary_key=True),
    text("email"),  # in small letters
    text("password_hash"),
    *several(text_or_none, "digest_ha1", "language"),  # HA1 lies there masked with secret.key
    Column("must_change_password", Boolean, nullable=False),
    at_or_none("disabled_at"),
    # over plain http, where a phone answers no other challenge
    Column("may_use_digest", Boolean, nullable=False, server_default=false()),
    *several(at_or_none, "last_login_at", "updated_at"),
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
    *several(at_or_none, "deleted_at", "last_used_at"),
    UniqueConstraint("token_sha256"),
    Index(None, "project_id"),
)
# a role in one form alone: of an account, or app-user of a phone that does not have every form
form_role = table(
    "form_role",
    key(),
    of("actor_id", "actor.id"),
    of("form", "form.id"),
    text("role"),
    at("assigned_at"),
    UniqueConstraint("actor_id", "form", "role"),
    Index(None, "form"),
)
public_link = table(
    "public_link",
    of("actor_id", "actor.id", primary_key=True),
    of("form", "form.id"),
    text("token_sha256"),
    Column("once", Boolean, nullable=False),
    at_or_none("revoked_at"),
    of_or_none("created_by", "actor.id"),
    at_or_none("deleted_at"),
    UniqueConstraint("token_sha256"),
    Index(None, "form"),
)
# tokens that admit one instance each, as hashes: that of a link for once, and slips made for it
link_token = table(
    "link_token",
    text("token_sha256", primary_key=True),
    of("link", "public_link.actor_id"),
    at_or_none("used_at"),
    text_or_none("used_for"),  # the instanceID it admitted
    Index(None, "link"),
)
# of an account, for programs: what it may at most, and until when
api_token = table(
    "api_token",
    key(),
    of("actor_id", "actor.id"),
    *several(text, "name", "token_sha256", "scope"),
    of_or_none("project_id", "project.id"),  # NULL: in all projects of its owner
    at("created_at"),
    *several(at_or_none, "expires_at", "revoked_at", "last_used_at"),
    UniqueConstraint("token_sha256"),
    Index(None, "actor_id"),
)
# a link to a password of one's own, handed over by an administrator
password_reset = table(
    "password_reset",
    text("token_sha256", primary_key=True),
    of("actor_id", "actor.id"),
    of_or_none("created_by", "actor.id"),
    *several(at, "created_at", "expires_at"),
    at_or_none("used_at"),
    Index(None, "actor_id"),
)
# what a project notes of its phones and links; entity lists are shown by it
actor_property = table(
    "actor_property",
    key(),
    of("project_id", "project.id"),
    text("name"),
    at("created_at"),
    UniqueConstraint("project_id", "name"),
)
actor_property_value = table(
    "actor_property_value",
    of("actor_id", "actor.id", primary_key=True),
    of("property", "actor_property.id", primary_key=True),
    text("value"),
    Index(None, "property"),
)
# what programs keep for a person about how they like to see things
user_preference = table(
    "user_preference",
    of("actor_id", "actor.id", primary_key=True),
    number("project", primary_key=True),  # 0: on the whole site
    text("name", primary_key=True),
    text("value"),  # JSON
)
