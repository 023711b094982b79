"""What befalls a submission after it has come: trash, corrections, drafts with files."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
