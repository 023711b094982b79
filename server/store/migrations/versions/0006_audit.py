"""The audit log: found by time, by action and by who did it, with a note of theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("audit", sa.Column("notes", sa.Text(), nullable=True))
    for column in ("at", "action", "actor_id"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column], unique=False)
