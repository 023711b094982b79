"""What befalls a submission after it has come: trash, corrections, drafts with files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# INTEGER on SQLite, because only that is the row's own number there
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("version", "instance_name", "device_id", "user_agent"):
        op.add_column("draft_submission", sa.Column(name, sa.Text(), nullable=True))
    for name in ("root", "replaced_by", "actor_id"):
        op.add_column("draft_submission", sa.Column(name, NUMBER, nullable=True))
    op.create_table(
        "draft_submission_file",
        sa.Column("submission", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", NUMBER, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["draft_submission.id"],
            name=op.f("fk_draft_submission_file_submission"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("submission", "name", name=op.f("pk_draft_submission_file")),
    )
