"""The life of a form: trash, notes, files linked to entity lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("deleted_at", "purged_at"):
        op.add_column("form", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("form_version", sa.Column("notes", sa.Text(), nullable=True))
    for table in ("form_media", "draft_media"):
        op.add_column(table, sa.Column("entity_list", sa.Text(), nullable=True))
