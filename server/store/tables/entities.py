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
from server.store.tables.layout import partial, table

# the objects and villages of the registry are entities of the lists `objects` and `villages`; here stand
# their codes, which other tables name, and the record of their last change
registry_object = table(
    "registry_object",
    of("project_id", "project.id", primary_key=True),
    text("object_id", primary_key=True),
    text("uuid"),  # of the entity
    number("seq"),
    UniqueConstraint("uuid"),
)
village = table(
    "village",
    of("project_id", "project.id", primary_key=True),
    text("name", primary_key=True),
    text("uuid"),
    number("position"),
    number("seq"),
    UniqueConstraint("uuid"),
)
entity_list = table(
    "entity_list",
    key(),
    of("project_id", "project.id"),
    text("name"),
    Column("approval_required", Boolean, nullable=False),
    Column("owner_only", Boolean, nullable=False),
    number("changes"),  # rises with everything that phones could notice
    at("changed_at"),
    at("created_at"),
    of_or_none("created_by", "actor.id"),
    at_or_none("deleted_at"),  # in the trash, where its name is set apart
    UniqueConstraint("project_id", "name"),
)
entity_property = table(
    "entity_property",
    of("entity_list", "entity_list.id", primary_key=True),
    text("name", primary_key=True),
    number("position"),
    at("published_at"),
)
# who fills forms sees the entities whose value of this property is what is noted of them; several: any
entity_rule = table(
    "entity_rule",
    of("entity_list", "entity_list.id", primary_key=True),
    text("property", primary_key=True),
    of("actor_property", "actor_property.id", primary_key=True),
    Index(None, "actor_property"),
)
# entities that came together in one file or request
entity_batch = table(
    "entity_batch",
    key(),
    of("entity_list", "entity_list.id"),
    text("name"),
    number_or_none("size"),
    number("count"),
    of_or_none("created_by", "actor.id"),
    text_or_none("user_agent"),
    at("created_at"),
    at_or_none("undone_at"),
    Index(None, "entity_list"),
)
# as it stands now; label and data are those of its newest version, kept here so that lists are read fast
entity = table(
    "entity",
    key(),
    of("entity_list", "entity_list.id"),
    text("uuid"),
    number("version"),
    *several(text, "label", "data"),
    text_or_none("conflict"),  # soft, hard
    at("created_at"),
    of_or_none("created_by", "actor.id"),
    *several(at_or_none, "updated_at", "deleted_at"),
    UniqueConstraint("uuid"),
    Index(None, "entity_list", "deleted_at", "id"),
    partial("ix_entity_conflict", "conflict IS NOT NULL", "entity_list", "id"),
    Index("ix_entity_created_by", "entity_list", "created_by", "id"),
)
entity_version = table(
    "entity_version",
    of("entity", "entity.id", primary_key=True),
    number("version", primary_key=True),
    *several(text, "label", "data"),
    text("received"),  # what this version brought: its label and its values
    *several(number_or_none, "base_version", "trunk_version", "branch_base_version"),
    text_or_none("branch_id"),
    *several(text_or_none, "conflict", "conflicting"),
    Column("forced", Boolean, nullable=False),  # out of order, because its predecessors never came
    *several(number_or_none, "submission", "submission_root"),  # their records
    of_or_none("batch", "entity_batch.id"),
    of_or_none("created_by", "actor.id"),
    text_or_none("user_agent"),
    at("created_at"),
    partial("ix_entity_version_submission", "submission_root IS NOT NULL", "submission_root"),
    partial("ix_entity_version_batch", "batch IS NOT NULL", "batch"),
)
# submissions that wait for an earlier one of their branch
entity_held = table(
    "entity_held",
    number("submission", primary_key=True),
    number("submission_root"),
    of("entity_list", "entity_list.id"),
    text("uuid"),
    text("branch_id"),
    number("branch_base_version"),
    at("held_at"),
    Index(None, "submission_root"),
    Index(None, "branch_id", "branch_base_version"),
)
# a UUID is never used again
entity_purged = table("entity_purged", text("uuid", primary_key=True), number("entity_list"), at("purged_at"))
