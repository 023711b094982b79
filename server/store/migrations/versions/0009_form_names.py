"""A form in the trash gives its name to another; who made a form; form_ids with a slash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("form", sa.Column("gave_way_at", sa.Text(), nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("form", sa.Column("created_by", number, nullable=True))
    # a slash may stand in a form_id from now on: what parts the id of a purged form from its number may not
    op.get_bind().execute(
        sa.text(
            "UPDATE form SET form_id = replace(form_id, '/', :line) "
            "WHERE purged_at IS NOT NULL AND form_id LIKE '%/%'"
        ),
        {"line": "\n"},
    )
