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
from sqlalchemy.schema import SchemaItem

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

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, metadata, *parts)


def partial(name: str, where: str, *columns: str) -> Index:
    """An index of some rows only."""
    return Index(name, *columns, sqlite_where=sql(where), postgresql_where=sql(where))


# ---- the ledger -----------------------------------------------------------------------------------------

record = table(
    "record",
    number("seq", primary_key=True),
    *several(text, "at", "kind", "subject"),
    number("actor"),  # 0: nobody but the owner of the data folder
    text("round"),  # "": none
    *several(text, "payload_sha256", "prev", "hash"),
    Column("payload", LargeBinary),  # NULL once it was erased by law
)
# one row, locked by whoever appends: SQLite locks the whole file anyway
chain = table("chain", number("id", primary_key=True))
# rises with every change of a family of tables, so that every process sees that its cache is old
generation = table("generation", text("family", primary_key=True), number("number"))
setting = table("setting", text("name", primary_key=True), text("value"))
audit = table(
    "audit",
    key(),
    at("at"),
    of_or_none("actor_id", "actor.id"),
    *several(text, "action", "subject", "details"),
)

# ---- who ------------------------------------------------------------------------------------------------

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

# ---- projects and forms ---------------------------------------------------------------------------------

project = table(
    "project",
    key(),
    *several(text, "name", "description", "aimak_code"),
    at_or_none("archived_at"),
    at("created_at"),
    at_or_none("updated_at"),
)
form = table(
    "form",
    key(),
    of("project_id", "project.id"),
    *several(text, "form_id", "state"),
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


form_version = table(
    "form_version",
    key(),
    of("form", "form.id"),
    *content(),
    at("published_at"),
    of_or_none("published_by", "actor.id"),
    number("seq"),
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
    UniqueConstraint("form", "instance_id"),
)

# ---- submissions ----------------------------------------------------------------------------------------

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
    Index("ux_submission_instance_key", "instance_key", unique=True),
    # the lists that coordinators read, each from an index of exactly its rows
    partial("ix_submission_current", "replaced_by IS NULL", "form", "seq"),
    partial("ix_submission_decided", "replaced_by IS NULL AND state <> 'received'", "form", "state", "seq"),
    partial("ix_submission_waiting", "replaced_by IS NULL AND round_id IS NULL", "form", "seq"),
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
decision = table(
    "decision",
    number("seq", primary_key=True),
    of("submission", "submission.seq"),
    *several(text, "action", "reason"),
    at("at"),
    number("actor_id"),
    *several(text_or_none, "round_id", "question", "old_value", "new_value"),
    Index(None, "submission"),
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

# ---- objects, villages, entity lists --------------------------------------------------------------------

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

# ---- rounds ---------------------------------------------------------------------------------------------

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
