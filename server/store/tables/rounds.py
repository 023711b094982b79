"""Rounds, and the files they froze and published."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, ForeignKeyConstraint, Index

from server.store.columns import at_or_none, number, number_or_none, of, several, text, text_or_none
from server.store.tables.layout import table

round_ = table(
    "round",
    text("round_id", primary_key=True),
    of("project_id", "project.id"),
    *several(text, "state", "kind"),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    *several(
        text, "titles", "type_weights", "method_notes", "kenesh_resolution_no", "kenesh_resolution_link"
    ),
    text_or_none("previous_round_id"),
    *several(number_or_none, "opened_seq", "closed_seq", "frozen_seq", "published_seq"),
    *several(at_or_none, "opened_at", "closed_at", "published_at"),
    CheckConstraint("state IN ('planned', 'open', 'closed', 'published')", name="state"),
    Index(None, "project_id"),
)
round_form = table(
    "round_form",
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    text("form_id", primary_key=True),
    number("position"),
    *several(text_or_none, "version", "object_type"),
)
round_object = table(
    "round_object",
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    of("project_id", "project.id"),
    text("object_id", primary_key=True),
    ForeignKeyConstraint(
        ["project_id", "object_id"], ["registry_object.project_id", "registry_object.object_id"]
    ),
)
round_file = table(
    "round_file",
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    text("kind", primary_key=True),
    text("name", primary_key=True),
    text("sha256"),
    number("size"),
)
