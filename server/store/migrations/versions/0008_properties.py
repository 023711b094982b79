"""What is noted of phones and links, what people prefer, how the site shows itself, projects that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("project", sa.Column("deleted_at", sa.Text(), nullable=True))
    op.create_table(
        "actor_property",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_actor_property_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor_property")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_actor_property_project_id_name")),
    )
    op.create_table(
        "actor_property_value",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("property", NUMBER, autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_actor_property_value_actor_id")),
        sa.ForeignKeyConstraint(
            ["property"], ["actor_property.id"], name=op.f("fk_actor_property_value_property")
        ),
        sa.PrimaryKeyConstraint("actor_id", "property", name=op.f("pk_actor_property_value")),
    )
    op.create_index(op.f("ix_actor_property_value_property"), "actor_property_value", ["property"])
    op.create_table(
        "user_preference",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("project", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_user_preference_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", "project", "name", name=op.f("pk_user_preference")),
    )
    op.create_table(
        "appearance",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_appearance")),
    )
