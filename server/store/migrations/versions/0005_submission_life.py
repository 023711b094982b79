"""What befalls a submission after it has come: trash, corrections, drafts with files."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# INTEGER on SQLite, because only that is the row's own number there
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


CURRENT = "replaced_by IS NULL AND deleted_at IS NULL"
INDEXES = {
    "ix_submission_current": (CURRENT, ["form", "seq"]),
    "ix_submission_decided": (f"{CURRENT} AND state <> 'received'", ["form", "state", "seq"]),
    "ix_submission_waiting": (f"{CURRENT} AND round_id IS NULL", ["form", "seq"]),
    "ix_submission_trash": ("deleted_at IS NOT NULL", ["form", "seq"]),
}


def upgrade() -> None:
    _drafts()
    _trash()
    _replaced_files()


def _trash() -> None:
    op.add_column("submission", sa.Column("deleted_at", sa.Text(), nullable=True))
    corrected = sa.text("action = 'corrected'")
    op.create_index(
        "ix_decision_corrected",
        "decision",
        ["seq"],
        sqlite_where=corrected,
        postgresql_where=corrected,
    )
    for name in ("ix_submission_current", "ix_submission_decided", "ix_submission_waiting"):
        op.drop_index(name, "submission")
    for name, (where, columns) in INDEXES.items():
        op.create_index(
            name, "submission", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _replaced_files() -> None:
    """Files that others of the same name have replaced: until now their records alone told of them."""
    op.create_table(
        "replaced_file",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("submission", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.seq"], name=op.f("fk_replaced_file_submission")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_replaced_file")),
    )
    op.create_index(op.f("ix_replaced_file_submission"), "replaced_file", ["submission"])
    connection = op.get_bind()
    older = connection.execute(
        sa.text(
            "SELECT seq, subject, payload FROM record WHERE kind = 'attachment' AND payload IS NOT NULL "
            "AND seq NOT IN (SELECT seq FROM submission_file WHERE seq IS NOT NULL)"
        )
    ).all()
    for seq, subject, payload in older:
        file = json.loads(bytes(payload))
        connection.execute(
            sa.text(
                "INSERT INTO replaced_file (seq, submission, name, sha256) "
                "SELECT :seq, seq, :name, :sha256 FROM submission WHERE instance_key = :key"
            ),
            {
                "seq": seq,
                "name": file["name"],
                "sha256": file["sha256"],
                "key": hashlib.sha256(subject.encode("ascii")).digest()[:16],
            },
        )


def _drafts() -> None:
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
