"""The log of corrections tells of what edits did to them, and finds that by an index too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.drop_index("ix_decision_corrected", "decision")
    of_values = sa.text("action IN ('corrected', 'kept', 'superseded')")
    op.create_index(
        "ix_decision_of_values",
        "decision",
        ["seq"],
        sqlite_where=of_values,
        postgresql_where=of_values,
    )
