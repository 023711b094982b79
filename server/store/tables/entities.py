"""The registry of evaluation objects, and entity lists as ODK Central has them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, UniqueConstraint

from server.store.columns import (
    at,
    at_or_none,
    key,
    number,
    number_or_none,
    of,
    of_or_none,
    several,
    text,
    text_or_none,
)
from server.store.tables.layout import table

registry_object = table(
    "registry_object",
    of("project_id", "project.id", primary_key=True),
    text("object_id", primary_key=True),
    text("uuid"),  # its name on phones
    number("version"),
    *several(text, "type", "status", "attributes"),
    number("seq"),
    at("changed_at"),
    UniqueConstraint("uuid"),
)
village = table(
    "village",
    of("project_id", "project.id", primary_key=True),
    text("name", primary_key=True),
    number("position"),
    *several(text, "label_ky", "label_ru", "label_en"),
    number("seq"),
)
entity_list = table(
    "entity_list",
    key(),
    of("project_id", "project.id"),
    text("name"),
    Column("approval_required", Boolean, nullable=False),
    at("created_at"),
    UniqueConstraint("project_id", "name"),
)
entity_property = table(
    "entity_property",
    of("entity_list", "entity_list.id", primary_key=True),
    text("name", primary_key=True),
    at("published_at"),
)
entity = table(
    "entity",
    key(),
    of("entity_list", "entity_list.id"),
    text("uuid"),
    number("version"),
    text_or_none("conflict"),  # soft, hard
    at("created_at"),
    at_or_none("deleted_at"),
    UniqueConstraint("uuid"),
    Index(None, "entity_list"),
)
entity_version = table(
    "entity_version",
    of("entity", "entity.id", primary_key=True),
    number("version", primary_key=True),
    *several(text, "label", "data"),
    *several(number_or_none, "base_version", "trunk_version"),
    text_or_none("branch_id"),
    number_or_none("submission"),
    of_or_none("created_by", "actor.id"),
    text_or_none("user_agent"),
    at("created_at"),
)
