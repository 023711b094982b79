"""More ways to come in: API tokens, links, one-time passwords."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass
