"""What was sent, what came with it, and what was decided on it."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint

from server.store.columns import (
    Number,
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

OF_VALUES = "action IN ('corrected', 'kept', 'superseded')"  # what the log of corrections tells
CURRENT = "replaced_by IS NULL AND deleted_at IS NULL"
submission = table(
    "submission",
    number("seq", primary_key=True),
    # 16 bytes of the sha256 of project/form/instanceID: what decides new, same again or conflict
    Column("instance_key", LargeBinary, nullable=False),
    number("root_seq"),  # its own seq, or that of the first version
    number_or_none("replaced_by"),  # NULL: the current version
    of("form", "form.id"),
    of("form_version", "form_version.id"),
    *several(text, "instance_id", "state"),
    text_or_none("round_id"),  # by its record, or by a later decision
    number("actor_id"),  # as in the record
    at("received_at"),
    at_or_none("decided_at"),
    *several(text_or_none, "instance_name", "device_id", "user_agent", "link_token"),
    at_or_none("deleted_at"),  # in the trash, all its versions alike
    Index("ux_submission_instance_key", "instance_key", unique=True),
    # the lists that coordinators read, each from an index of exactly its rows
    partial("ix_submission_current", CURRENT, "form", "seq"),
    partial("ix_submission_decided", f"{CURRENT} AND state <> 'received'", "form", "state", "seq"),
    partial("ix_submission_waiting", f"{CURRENT} AND round_id IS NULL", "form", "seq"),
    partial("ix_submission_trash", "deleted_at IS NOT NULL", "form", "seq"),
    partial("ix_submission_edit", "root_seq <> seq", "root_seq"),
    CheckConstraint("state IN ('received', 'accepted', 'returned', 'void', 'edited')", name="state"),
)
submission_file = table(
    "submission_file",
    of("submission", "submission.seq", primary_key=True),
    text("name", primary_key=True),
    Column("expected", Boolean, nullable=False),
    text_or_none("sha256"),  # NULL: it has not arrived
    number_or_none("size"),
    number_or_none("seq"),  # of the record that brought it
)
# a file whose place another one of the same name has taken: its record and its blob are there still
replaced_file = table(
    "replaced_file",
    number("seq", primary_key=True),  # of the record that brought it
    of("submission", "submission.seq"),
    text("name"),
    text("sha256"),
    Index(None, "submission"),
)
decision = table(
    "decision",
    number("seq", primary_key=True),
    of("submission", "submission.seq"),
    *several(text, "action", "reason"),
    at("at"),
    number("actor_id"),
    *several(text_or_none, "round_id", "question", "old_value", "new_value"),
    Index(None, "submission"),
    partial("ix_decision_of_values", OF_VALUES, "seq"),
)
comment = table(
    "comment",
    key(),
    of("submission", "submission.seq"),  # the root
    of_or_none("actor_id", "actor.id"),
    text("body"),
    at("created_at"),
    Index(None, "submission"),
)
# of a test submission; goes with it, and it goes with its draft
draft_submission_file = table(
    "draft_submission_file",
    Column(
        "submission",
        Number,
        ForeignKey("draft_submission.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    text("name", primary_key=True),
    Column("expected", Boolean, nullable=False),
    text_or_none("sha256"),  # NULL: it has not arrived
    number_or_none("size"),
)
quarantine = table(
    "quarantine",
    key(),
    of("project_id", "project.id"),
    text("sha256"),
    Column("xml", LargeBinary),  # NULL once it is decided
    number("size"),
    *several(text, "form_id", "version", "instance_id"),
    text_or_none("deprecated_id"),
    number("actor_id"),
    text_or_none("device_id"),
    *several(text, "reason", "reason_details"),
    at("refused_at"),
    number("times"),
    number_or_none("accepted_seq"),
    at_or_none("discarded_at"),
    UniqueConstraint("project_id", "sha256"),
)
