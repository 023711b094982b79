"""The first layout of all tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# INTEGER on SQLite, because only that is the row's own number there
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
    )
    op.create_table(
        "chain",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
    )
    op.create_table(
        "generation",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("family", name=op.f("pk_generation")),
    )
    op.create_table(
        "project",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("aimak_code", sa.Text(), nullable=False),
        sa.Column("archived_at", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_table(
        "record",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", NUMBER, autoincrement=False, nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_record")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(op.f("ix_sign_in_attempt_address_at"), "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index(op.f("ix_sign_in_attempt_who_at"), "sign_in_attempt", ["who", "at"], unique=False)
    op.create_table(
        "account",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("digest_ha1", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_account_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "app_user",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("generation", NUMBER, autoincrement=False, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("every_form", sa.Boolean(), nullable=False),
        sa.Column("created_by", NUMBER, nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_app_user_actor_id")),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name=op.f("fk_app_user_created_by")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_app_user_project_id")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_app_user_token_sha256")),
    )
    op.create_index(op.f("ix_app_user_project_id"), "app_user", ["project_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("project", NUMBER, autoincrement=False, nullable=False),
        sa.Column("assigned_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_assignment_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("actor_id", "role", "project", name=op.f("uq_assignment_actor_id_role_project")),
    )
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "entity_list",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_entity_list_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity_list")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_entity_list_project_id_name")),
    )
    op.create_table(
        "form",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closing', 'closed')", name=op.f("ck_form_state")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_form_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
        sa.UniqueConstraint("project_id", "form_id", name=op.f("uq_form_project_id_form_id")),
    )
    op.create_table(
        "interest",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_interest_actor_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_interest_project_id")),
        sa.PrimaryKeyConstraint("actor_id", "project_id", "object_id", name=op.f("pk_interest")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=True),
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("deprecated_id", sa.Text(), nullable=True),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_details", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.Text(), nullable=False),
        sa.Column("times", NUMBER, autoincrement=False, nullable=False),
        sa.Column("accepted_seq", NUMBER, nullable=True),
        sa.Column("discarded_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_quarantine_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("project_id", "sha256", name=op.f("uq_quarantine_project_id_sha256")),
    )
    op.create_table(
        "registry_object",
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_registry_object_project_id")),
        sa.PrimaryKeyConstraint("project_id", "object_id", name=op.f("pk_registry_object")),
        sa.UniqueConstraint("uuid", name=op.f("uq_registry_object_uuid")),
    )
    op.create_table(
        "round",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("titles", sa.Text(), nullable=False),
        sa.Column("type_weights", sa.Text(), nullable=False),
        sa.Column("method_notes", sa.Text(), nullable=False),
        sa.Column("kenesh_resolution_no", sa.Text(), nullable=False),
        sa.Column("kenesh_resolution_link", sa.Text(), nullable=False),
        sa.Column("previous_round_id", sa.Text(), nullable=True),
        sa.Column("opened_seq", NUMBER, nullable=True),
        sa.Column("closed_seq", NUMBER, nullable=True),
        sa.Column("frozen_seq", NUMBER, nullable=True),
        sa.Column("published_seq", NUMBER, nullable=True),
        sa.Column("opened_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("published_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'published')", name=op.f("ck_round_state")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_round_project_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round")),
    )
    op.create_index(op.f("ix_round_project_id"), "round", ["project_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_session_actor_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_actor_id"), "session", ["actor_id"], unique=False)
    op.create_table(
        "village",
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("label_ky", sa.Text(), nullable=False),
        sa.Column("label_ru", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_village_project_id")),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_village")),
    )
    op.create_table(
        "draft",
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("xform_sha256", sa.Text(), nullable=False),
        sa.Column("xform_md5", sa.Text(), nullable=False),
        sa.Column("workbook_sha256", sa.Text(), nullable=True),
        sa.Column("workbook_name", sa.Text(), nullable=True),
        sa.Column("schema_json", sa.Text(), nullable=False),
        sa.Column("scheme_json", sa.Text(), nullable=True),
        sa.Column("privacy_json", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.Column("saved_by", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_draft_form")),
        sa.ForeignKeyConstraint(["saved_by"], ["actor.id"], name=op.f("fk_draft_saved_by")),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_draft")),
        sa.UniqueConstraint("token", name=op.f("uq_draft_token")),
    )
    op.create_table(
        "entity",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("entity_list", NUMBER, autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name=op.f("fk_entity_entity_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        sa.UniqueConstraint("uuid", name=op.f("uq_entity_uuid")),
    )
    op.create_index(op.f("ix_entity_entity_list"), "entity", ["entity_list"], unique=False)
    op.create_table(
        "entity_property",
        sa.Column("entity_list", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_list"], ["entity_list.id"], name=op.f("fk_entity_property_entity_list")
        ),
        sa.PrimaryKeyConstraint("entity_list", "name", name=op.f("pk_entity_property")),
    )
    op.create_table(
        "form_assignment",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_form_assignment_actor_id")),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_form_assignment_form")),
        sa.PrimaryKeyConstraint("actor_id", "form", name=op.f("pk_form_assignment")),
    )
    op.create_table(
        "form_version",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("xform_sha256", sa.Text(), nullable=False),
        sa.Column("xform_md5", sa.Text(), nullable=False),
        sa.Column("workbook_sha256", sa.Text(), nullable=True),
        sa.Column("workbook_name", sa.Text(), nullable=True),
        sa.Column("schema_json", sa.Text(), nullable=False),
        sa.Column("scheme_json", sa.Text(), nullable=True),
        sa.Column("privacy_json", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("published_by", NUMBER, nullable=True),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_form_version_form")),
        sa.ForeignKeyConstraint(["published_by"], ["actor.id"], name=op.f("fk_form_version_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_version")),
        sa.UniqueConstraint("form", "version", name=op.f("uq_form_version_form_version")),
    )
    op.create_table(
        "public_link",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_public_link_actor_id")),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_public_link_form")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_public_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_public_link_token_sha256")),
    )
    op.create_table(
        "round_file",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name=op.f("fk_round_file_round_id")),
        sa.PrimaryKeyConstraint("round_id", "kind", "name", name=op.f("pk_round_file")),
    )
    op.create_table(
        "round_form",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name=op.f("fk_round_form_round_id")),
        sa.PrimaryKeyConstraint("round_id", "form_id", name=op.f("pk_round_form")),
    )
    op.create_table(
        "round_object",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "object_id"],
            ["registry_object.project_id", "registry_object.object_id"],
            name=op.f("fk_round_object_project_id_object_id"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_round_object_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name=op.f("fk_round_object_round_id")),
        sa.PrimaryKeyConstraint("round_id", "object_id", name=op.f("pk_round_object")),
    )
    op.create_table(
        "draft_media",
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("md5", sa.Text(), nullable=True),
        sa.Column("size", NUMBER, nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["form"], ["draft.form"], name=op.f("fk_draft_media_form")),
        sa.PrimaryKeyConstraint("form", "name", name=op.f("pk_draft_media")),
    )
    op.create_table(
        "draft_submission",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["draft.form"], name=op.f("fk_draft_submission_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_submission")),
        sa.UniqueConstraint("form", "instance_id", name=op.f("uq_draft_submission_form_instance_id")),
    )
    op.create_table(
        "entity_version",
        sa.Column("entity", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("base_version", NUMBER, nullable=True),
        sa.Column("trunk_version", NUMBER, nullable=True),
        sa.Column("branch_id", sa.Text(), nullable=True),
        sa.Column("submission", NUMBER, nullable=True),
        sa.Column("created_by", NUMBER, nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name=op.f("fk_entity_version_created_by")),
        sa.ForeignKeyConstraint(["entity"], ["entity.id"], name=op.f("fk_entity_version_entity")),
        sa.PrimaryKeyConstraint("entity", "version", name=op.f("pk_entity_version")),
    )
    op.create_table(
        "form_media",
        sa.Column("form_version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("md5", sa.Text(), nullable=True),
        sa.Column("size", NUMBER, nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_version"], ["form_version.id"], name=op.f("fk_form_media_form_version")
        ),
        sa.PrimaryKeyConstraint("form_version", "name", name=op.f("pk_form_media")),
    )
    op.create_table(
        "link_token",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("link", NUMBER, autoincrement=False, nullable=False),
        sa.Column("used_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["link"], ["public_link.actor_id"], name=op.f("fk_link_token_link")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_link_token")),
    )
    op.create_table(
        "submission",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.LargeBinary(), nullable=False),
        sa.Column("root_seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("replaced_by", NUMBER, nullable=True),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form_version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Text(), nullable=True),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("instance_name", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("link_token", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'accepted', 'returned', 'void', 'edited')",
            name=op.f("ck_submission_state"),
        ),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_submission_form")),
        sa.ForeignKeyConstraint(
            ["form_version"], ["form_version.id"], name=op.f("fk_submission_form_version")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_submission")),
    )
    op.create_index(
        "ix_submission_current",
        "submission",
        ["form", "seq"],
        unique=False,
        sqlite_where=sa.text("replaced_by IS NULL"),
        postgresql_where=sa.text("replaced_by IS NULL"),
    )
    op.create_index(
        "ix_submission_decided",
        "submission",
        ["form", "state", "seq"],
        unique=False,
        sqlite_where=sa.text("replaced_by IS NULL AND state <> 'received'"),
        postgresql_where=sa.text("replaced_by IS NULL AND state <> 'received'"),
    )
    op.create_index(
        "ix_submission_edit",
        "submission",
        ["root_seq"],
        unique=False,
        sqlite_where=sa.text("root_seq <> seq"),
        postgresql_where=sa.text("root_seq <> seq"),
    )
    op.create_index(
        "ix_submission_waiting",
        "submission",
        ["form", "seq"],
        unique=False,
        sqlite_where=sa.text("replaced_by IS NULL AND round_id IS NULL"),
        postgresql_where=sa.text("replaced_by IS NULL AND round_id IS NULL"),
    )
    op.create_index("ux_submission_instance_key", "submission", ["instance_key"], unique=True)
    op.create_table(
        "comment",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("submission", NUMBER, autoincrement=False, nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_comment_actor_id")),
        sa.ForeignKeyConstraint(["submission"], ["submission.seq"], name=op.f("fk_comment_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_submission"), "comment", ["submission"], unique=False)
    op.create_table(
        "decision",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("submission", NUMBER, autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("round_id", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["submission"], ["submission.seq"], name=op.f("fk_decision_submission")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_submission"), "decision", ["submission"], unique=False)
    op.create_table(
        "submission_file",
        sa.Column("submission", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", NUMBER, nullable=True),
        sa.Column("seq", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["submission"], ["submission.seq"], name=op.f("fk_submission_file_submission")
        ),
        sa.PrimaryKeyConstraint("submission", "name", name=op.f("pk_submission_file")),
    )
