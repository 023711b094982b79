"""Projects, forms, their drafts and versions, and the files beside them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, LargeBinary, UniqueConstraint

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

project = table(
    "project",
    key(),
    *several(text, "name", "description", "aimak_code"),
    at_or_none("archived_at"),
    at("created_at"),
    *several(at_or_none, "updated_at", "deleted_at"),  # deleted: no client finds it, the ledger keeps it
)
form = table(
    "form",
    key(),
    of("project_id", "project.id"),
    *several(text, "form_id", "state"),
    at("created_at"),
    at_or_none("updated_at"),
    at_or_none("deleted_at"),  # NULL: it is in use
    at_or_none("purged_at"),  # its answers were erased; unless a round names it, its form_id got its number
    at_or_none("gave_way_at"),  # in the trash, when another took its name: its answers count nowhere since
    number_or_none("created_by"),  # NULL: nobody in particular, or it is older than this column
    UniqueConstraint("project_id", "form_id"),
    CheckConstraint("state IN ('open', 'closing', 'closed')", name="state"),
)


def content() -> list[Column[str]]:
    """What a version and a draft have in common. The JSON is derived from the blobs, kept for speed."""
    return [
        text("version"),
        text("title"),
        text("xform_sha256"),
        text("xform_md5"),
        text_or_none("workbook_sha256"),
        text_or_none("workbook_name"),
        text("schema_json"),
        text_or_none("scheme_json"),
        text("privacy_json"),
    ]


def media() -> list[Column[str] | Column[int] | Column[datetime]]:
    return [
        text("name", primary_key=True),
        text("kind"),
        text_or_none("sha256"),
        text_or_none("md5"),
        number_or_none("size"),
        at_or_none("updated_at"),
        text_or_none("entity_list"),  # the name of the list whose rows it holds
    ]


form_version = table(
    "form_version",
    key(),
    of("form", "form.id"),
    *content(),
    at("published_at"),
    of_or_none("published_by", "actor.id"),
    number("seq"),
    text_or_none("notes"),  # what whoever published it said of it
    UniqueConstraint("form", "version"),
)
form_media = table("form_media", of("form_version", "form_version.id", primary_key=True), *media())
draft = table(
    "draft",
    of("form", "form.id", primary_key=True),
    *content(),
    *several(text, "token", "warnings"),
    at("saved_at"),
    of_or_none("saved_by", "actor.id"),
    UniqueConstraint("token"),
)
draft_media = table("draft_media", of("form", "draft.form", primary_key=True), *media())
draft_submission = table(
    "draft_submission",
    key(),
    of("form", "draft.form"),
    text("instance_id"),
    at("received_at"),
    Column("xml", LargeBinary, nullable=False),
    *several(text_or_none, "version", "instance_name", "device_id", "user_agent"),
    *several(
        number_or_none, "root", "replaced_by", "actor_id"
    ),  # NULL: it is no edit, no edit took its place
    UniqueConstraint("form", "instance_id"),
)
