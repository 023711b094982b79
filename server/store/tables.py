"""Every table of the truth. What ODK Central has, it has here too (protocol.md 2, 7, 13, 14).

Times are text in UTC with microseconds. JSON is text. A change here needs a migration beside it
(`migrations/versions`), and a test compares the two.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from server.store.columns import (
    at,
    at_or_none,
    key,
    number,
    number_or_none,
    of,
    of_or_none,
    text,
    text_or_none,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# ---- the ledger -----------------------------------------------------------------------------------------

record = Table(
    "record",
    metadata,
    number("seq", primary_key=True),
    text("at"),
    text("kind"),
    text("subject"),
    number("actor"),  # 0: nobody but the owner of the data folder
    text("round"),  # "": none
    text("payload_sha256"),
    text("prev"),
    text("hash"),
    Column("payload", LargeBinary),  # NULL once it was erased by law
)
# one row, locked by whoever appends: SQLite locks the whole file anyway
chain = Table("chain", metadata, number("id", primary_key=True))
# rises with every change of a family of tables, so that every process sees that its cache is old
generation = Table("generation", metadata, text("family", primary_key=True), number("number"))
setting = Table("setting", metadata, text("name", primary_key=True), text("value"))
audit = Table(
    "audit",
    metadata,
    key(),
    at("at"),
    of_or_none("actor_id", "actor.id"),
    text("action"),
    text("subject"),
    text("details"),
)

# ---- who ------------------------------------------------------------------------------------------------

actor = Table("actor", metadata, key(), text("kind"), text("display_name"), at("created_at"))
account = Table(
    "account",
    metadata,
    of("actor_id", "actor.id", primary_key=True),
    text("email"),  # in small letters
    text("password_hash"),
    text_or_none("digest_ha1"),
    text_or_none("language"),
    Column("must_change_password", Boolean, nullable=False),
    at_or_none("disabled_at"),
    UniqueConstraint("email"),
)
assignment = Table(
    "assignment",
    metadata,
    key(),
    of("actor_id", "actor.id"),
    text("role"),
    number("project"),  # 0: in every project (a NULL would not be unique)
    at("assigned_at"),
    UniqueConstraint("actor_id", "role", "project"),
)
# a family, work or business tie bars a member from an object
interest = Table(
    "interest",
    metadata,
    of("actor_id", "actor.id", primary_key=True),
    of("project_id", "project.id", primary_key=True),
    text("object_id", primary_key=True),
    text("note"),
    at("noted_at"),
)
session = Table(
    "session",
    metadata,
    text("token_sha256", primary_key=True),
    of("actor_id", "actor.id"),
    text("csrf"),
    at("created_at"),
    at("expires_at"),
    Index(None, "actor_id"),
)
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    key(),
    text("who"),  # keyed hashes: neither e-mail nor address
    text("address"),
    at("at"),
    Index(None, "who", "at"),
    Index(None, "address", "at"),
)
app_user = Table(
    "app_user",
    metadata,
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
form_assignment = Table(
    "form_assignment",
    metadata,
    of("actor_id", "actor.id", primary_key=True),
    of("form", "form.id", primary_key=True),
    text("role"),
)
public_link = Table(
    "public_link",
    metadata,
    of("actor_id", "actor.id", primary_key=True),
    of("form", "form.id"),
    text("token_sha256"),
    Column("once", Boolean, nullable=False),
    at_or_none("revoked_at"),
    UniqueConstraint("token_sha256"),
)
# one-time tokens of a public link, as hashes
link_token = Table(
    "link_token",
    metadata,
    text("token_sha256", primary_key=True),
    of("link", "public_link.actor_id"),
    at_or_none("used_at"),
)

# ---- projects and forms ---------------------------------------------------------------------------------

project = Table(
    "project",
    metadata,
    key(),
    text("name"),
    text("description"),
    text("aimak_code"),
    at_or_none("archived_at"),
    at("created_at"),
    at_or_none("updated_at"),
)
form = Table(
    "form",
    metadata,
    key(),
    of("project_id", "project.id"),
    text("form_id"),
    text("state"),
    at("created_at"),
    at_or_none("updated_at"),
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
    ]


form_version = Table(
    "form_version",
    metadata,
    key(),
    of("form", "form.id"),
    *content(),
    at("published_at"),
    of_or_none("published_by", "actor.id"),
    number("seq"),
    UniqueConstraint("form", "version"),
)
form_media = Table("form_media", metadata, of("form_version", "form_version.id", primary_key=True), *media())
draft = Table(
    "draft",
    metadata,
    of("form", "form.id", primary_key=True),
    *content(),
    text("token"),
    text("warnings"),
    at("saved_at"),
    of_or_none("saved_by", "actor.id"),
    UniqueConstraint("token"),
)
draft_media = Table("draft_media", metadata, of("form", "draft.form", primary_key=True), *media())
draft_submission = Table(
    "draft_submission",
    metadata,
    key(),
    of("form", "draft.form"),
    text("instance_id"),
    at("received_at"),
    Column("xml", LargeBinary, nullable=False),
    UniqueConstraint("form", "instance_id"),
)

# ---- submissions ----------------------------------------------------------------------------------------

submission = Table(
    "submission",
    metadata,
    number("seq", primary_key=True),
    # 16 bytes of the sha256 of project/form/instanceID: what decides new, same again or conflict
    Column("instance_key", LargeBinary, nullable=False),
    number("root_seq"),  # its own seq, or that of the first version
    number_or_none("replaced_by"),  # NULL: the current version
    of("form", "form.id"),
    of("form_version", "form_version.id"),
    text("instance_id"),
    text("state"),
    text_or_none("round_id"),  # by its record, or by a later decision
    number("actor_id"),  # as in the record
    at("received_at"),
    at_or_none("decided_at"),
    text_or_none("instance_name"),
    text_or_none("device_id"),
    text_or_none("user_agent"),
    text_or_none("link_token"),
    Index("ux_submission_instance_key", "instance_key", unique=True),
    Index(None, "form", "seq"),
    Index(
        "ix_submission_edit",
        "root_seq",
        sqlite_where=sql("root_seq <> seq"),
        postgresql_where=sql("root_seq <> seq"),
    ),
    Index(
        "ix_submission_waiting",
        "form",
        "seq",
        sqlite_where=sql("round_id IS NULL"),
        postgresql_where=sql("round_id IS NULL"),
    ),
    CheckConstraint("state IN ('received', 'accepted', 'returned', 'void', 'edited')", name="state"),
)
submission_file = Table(
    "submission_file",
    metadata,
    of("submission", "submission.seq", primary_key=True),
    text("name", primary_key=True),
    Column("expected", Boolean, nullable=False),
    text_or_none("sha256"),  # NULL: it has not arrived
    number_or_none("size"),
    number_or_none("seq"),  # of the record that brought it
)
decision = Table(
    "decision",
    metadata,
    number("seq", primary_key=True),
    of("submission", "submission.seq"),
    text("action"),
    text("reason"),
    at("at"),
    number("actor_id"),
    text_or_none("round_id"),
    text_or_none("question"),
    text_or_none("old_value"),
    text_or_none("new_value"),
    Index(None, "submission"),
)
comment = Table(
    "comment",
    metadata,
    key(),
    of("submission", "submission.seq"),  # the root
    of_or_none("actor_id", "actor.id"),
    text("body"),
    at("created_at"),
    Index(None, "submission"),
)
quarantine = Table(
    "quarantine",
    metadata,
    key(),
    of("project_id", "project.id"),
    text("sha256"),
    Column("xml", LargeBinary),  # NULL once it is decided
    number("size"),
    text("form_id"),
    text("version"),
    text_or_none("instance_id"),
    text_or_none("deprecated_id"),
    number("actor_id"),
    text_or_none("device_id"),
    text("reason"),
    text("reason_details"),
    at("refused_at"),
    number("times"),
    number_or_none("accepted_seq"),
    at_or_none("discarded_at"),
    UniqueConstraint("project_id", "sha256"),
)

# ---- objects, villages, entity lists --------------------------------------------------------------------

registry_object = Table(
    "registry_object",
    metadata,
    of("project_id", "project.id", primary_key=True),
    text("object_id", primary_key=True),
    text("uuid"),  # its name on phones
    number("version"),
    text("type"),
    text("status"),
    text("attributes"),
    number("seq"),
    at("changed_at"),
    UniqueConstraint("uuid"),
)
village = Table(
    "village",
    metadata,
    of("project_id", "project.id", primary_key=True),
    text("name", primary_key=True),
    number("position"),
    text("label_ky"),
    text("label_ru"),
    text("label_en"),
    number("seq"),
)
entity_list = Table(
    "entity_list",
    metadata,
    key(),
    of("project_id", "project.id"),
    text("name"),
    Column("approval_required", Boolean, nullable=False),
    at("created_at"),
    UniqueConstraint("project_id", "name"),
)
entity_property = Table(
    "entity_property",
    metadata,
    of("entity_list", "entity_list.id", primary_key=True),
    text("name", primary_key=True),
    at("published_at"),
)
entity = Table(
    "entity",
    metadata,
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
entity_version = Table(
    "entity_version",
    metadata,
    of("entity", "entity.id", primary_key=True),
    number("version", primary_key=True),
    text("label"),
    text("data"),
    number_or_none("base_version"),
    number_or_none("trunk_version"),
    text_or_none("branch_id"),
    number_or_none("submission"),
    of_or_none("created_by", "actor.id"),
    text_or_none("user_agent"),
    at("created_at"),
)

# ---- rounds ---------------------------------------------------------------------------------------------

round_ = Table(
    "round",
    metadata,
    text("round_id", primary_key=True),
    of("project_id", "project.id"),
    text("state"),
    text("kind"),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    text("titles"),
    text("type_weights"),
    text("method_notes"),
    text("kenesh_resolution_no"),
    text("kenesh_resolution_link"),
    text_or_none("previous_round_id"),
    number_or_none("opened_seq"),
    number_or_none("closed_seq"),
    number_or_none("frozen_seq"),
    number_or_none("published_seq"),
    at_or_none("opened_at"),
    at_or_none("closed_at"),
    at_or_none("published_at"),
    CheckConstraint("state IN ('planned', 'open', 'closed', 'published')", name="state"),
    Index(None, "project_id"),
)
round_form = Table(
    "round_form",
    metadata,
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    text("form_id", primary_key=True),
    number("position"),
    text_or_none("version"),
    text_or_none("object_type"),
)
round_object = Table(
    "round_object",
    metadata,
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    of("project_id", "project.id"),
    text("object_id", primary_key=True),
    ForeignKeyConstraint(
        ["project_id", "object_id"], ["registry_object.project_id", "registry_object.object_id"]
    ),
)
round_file = Table(
    "round_file",
    metadata,
    Column("round_id", ForeignKey("round.round_id"), primary_key=True),
    text("kind", primary_key=True),
    text("name", primary_key=True),
    text("sha256"),
    number("size"),
)
