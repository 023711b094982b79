"""Keys of encrypted forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "encryption_key",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("project_id", number, nullable=True),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("locked_key", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encryption_key")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_encryption_key_project_id")),
        sa.UniqueConstraint("public_key", name=op.f("uq_encryption_key_public_key")),
        sa.UniqueConstraint("project_id", name=op.f("uq_encryption_key_project_id")),
    )
