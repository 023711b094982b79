"""More ways to come in: API tokens, links, one-time passwords, and roles of single forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("may_use_digest", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for name in ("last_login_at", "updated_at"):
        op.add_column("account", sa.Column(name, sa.Text(), nullable=True))
    for name in ("deleted_at", "last_used_at"):
        op.add_column("app_user", sa.Column(name, sa.Text(), nullable=True))
    _form_roles()
    _links()
    op.create_table(
        "api_token",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("project_id", NUMBER, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_api_token_actor_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_api_token_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_actor_id"), "api_token", ["actor_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("created_by", NUMBER, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_password_reset_actor_id")),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name=op.f("fk_password_reset_created_by")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_password_reset")),
    )
    op.create_index(op.f("ix_password_reset_actor_id"), "password_reset", ["actor_id"], unique=False)


def _form_roles() -> None:
    """One actor may have several roles in a form: the old table's key allowed one."""
    op.create_table(
        "form_role",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_form_role_actor_id")),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_form_role_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_role")),
        sa.UniqueConstraint("actor_id", "form", "role", name=op.f("uq_form_role_actor_id_form_role")),
    )
    op.create_index(op.f("ix_form_role_form"), "form_role", ["form"], unique=False)
    op.execute(
        "INSERT INTO form_role (actor_id, form, role, assigned_at) "
        "SELECT given.actor_id, given.form, 'app_user', actor.created_at "
        "FROM form_assignment AS given JOIN actor ON actor.id = given.actor_id"
    )
    op.drop_table("form_assignment")


def _links() -> None:
    # a reference needs a table made anew on SQLite; no link was ever made before this step
    op.drop_table("link_token")
    op.drop_table("public_link")
    op.create_table(
        "public_link",
        sa.Column("actor_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("form", NUMBER, autoincrement=False, nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("created_by", NUMBER, nullable=True),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_public_link_actor_id")),
        sa.ForeignKeyConstraint(["form"], ["form.id"], name=op.f("fk_public_link_form")),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name=op.f("fk_public_link_created_by")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_public_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_public_link_token_sha256")),
    )
    op.create_index(op.f("ix_public_link_form"), "public_link", ["form"], unique=False)
    op.create_table(
        "link_token",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("link", NUMBER, autoincrement=False, nullable=False),
        sa.Column("used_at", sa.Text(), nullable=True),
        sa.Column("used_for", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["link"], ["public_link.actor_id"], name=op.f("fk_link_token_link")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_link_token")),
    )
    op.create_index(op.f("ix_link_token_link"), "link_token", ["link"], unique=False)
