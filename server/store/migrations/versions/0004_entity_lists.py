"""Entity lists that submissions, files and programs keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# INTEGER on SQLite, because only that is the row's own number there
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str, *, nullable: bool = True, counted: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable, autoincrement=counted)


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    # the first layout had these four, and nothing that wrote into them
    for table in ("entity_version", "entity", "entity_property", "entity_list"):
        op.drop_table(table)
    op.create_table(
        "entity_list",
        _number("id", nullable=False, counted=True),
        _number("project_id", nullable=False),
        _text("name", nullable=False),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("owner_only", sa.Boolean(), nullable=False),
        _text("filter_property"),
        _number("changes", nullable=False),
        _text("changed_at", nullable=False),
        _text("created_at", nullable=False),
        _number("created_by"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_entity_list_project_id"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_list_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity_list"),
        sa.UniqueConstraint("project_id", "name", name="uq_entity_list_project_id_name"),
    )
    op.create_table(
        "entity_property",
        _number("entity_list", nullable=False),
        _text("name", nullable=False),
        _number("position", nullable=False),
        _text("published_at", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_property_entity_list"),
        sa.PrimaryKeyConstraint("entity_list", "name", name="pk_entity_property"),
    )
    op.create_table(
        "entity_view",
        _number("entity_list", nullable=False),
        _number("actor_id", nullable=False),
        _text("value", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_view_entity_list"),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name="fk_entity_view_actor_id"),
        sa.PrimaryKeyConstraint("entity_list", "actor_id", "value", name="pk_entity_view"),
    )
    op.create_table(
        "entity_batch",
        _number("id", nullable=False, counted=True),
        _number("entity_list", nullable=False),
        _text("name", nullable=False),
        _number("size"),
        _number("count", nullable=False),
        _number("created_by"),
        _text("user_agent"),
        _text("created_at", nullable=False),
        _text("undone_at"),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_batch_entity_list"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_batch_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity_batch"),
    )
    op.create_index("ix_entity_batch_entity_list", "entity_batch", ["entity_list"])
    _entities()
    op.create_table(
        "entity_held",
        _number("submission", nullable=False),
        _number("submission_root", nullable=False),
        _number("entity_list", nullable=False),
        _text("uuid", nullable=False),
        _text("branch_id", nullable=False),
        _number("branch_base_version", nullable=False),
        _text("held_at", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_held_entity_list"),
        sa.PrimaryKeyConstraint("submission", name="pk_entity_held"),
    )
    op.create_index("ix_entity_held_submission_root", "entity_held", ["submission_root"])
    op.create_index(
        "ix_entity_held_branch_id_branch_base_version", "entity_held", ["branch_id", "branch_base_version"]
    )
    op.create_table(
        "entity_purged",
        _text("uuid", nullable=False),
        _number("entity_list", nullable=False),
        _text("purged_at", nullable=False),
        sa.PrimaryKeyConstraint("uuid", name="pk_entity_purged"),
    )


def _entities() -> None:
    op.create_table(
        "entity",
        _number("id", nullable=False, counted=True),
        _number("entity_list", nullable=False),
        _text("uuid", nullable=False),
        _number("version", nullable=False),
        _text("label", nullable=False),
        _text("data", nullable=False),
        _text("filter_value"),
        _text("conflict"),
        _text("created_at", nullable=False),
        _number("created_by"),
        _text("updated_at"),
        _text("deleted_at"),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_entity_list"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity"),
        sa.UniqueConstraint("uuid", name="uq_entity_uuid"),
    )
    op.create_index("ix_entity_entity_list_deleted_at_id", "entity", ["entity_list", "deleted_at", "id"])
    op.create_index("ix_entity_created_by", "entity", ["entity_list", "created_by", "id"])
    for name, column in (("ix_entity_filter_value", "filter_value"), ("ix_entity_conflict", "conflict")):
        columns = ["entity_list", *([column] if column == "filter_value" else []), "id"]
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "entity", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "entity_version",
        _number("entity", nullable=False),
        _number("version", nullable=False),
        *(_text(name, nullable=False) for name in ("label", "data", "received")),
        *(_number(name) for name in ("base_version", "trunk_version", "branch_base_version")),
        *(_text(name) for name in ("branch_id", "conflict", "conflicting")),
        sa.Column("forced", sa.Boolean(), nullable=False),
        *(_number(name) for name in ("submission", "submission_root", "batch", "created_by")),
        _text("user_agent"),
        _text("created_at", nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entity.id"], name="fk_entity_version_entity"),
        sa.ForeignKeyConstraint(["batch"], ["entity_batch.id"], name="fk_entity_version_batch"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_version_created_by"),
        sa.PrimaryKeyConstraint("entity", "version", name="pk_entity_version"),
    )
    for name, column in (
        ("ix_entity_version_submission", "submission_root"),
        ("ix_entity_version_batch", "batch"),
    ):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "entity_version", [column], sqlite_where=where, postgresql_where=where)
