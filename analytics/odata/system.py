"""What stands about a submission beside its answers: `__system`. Spec: protocol.md 15, "Row".

Four questions to the reading, each about the submissions of the temporary table `page` alone: to plan one
that joins all of it would take longer than they do together. Structs are quick to make.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import msgspec
from duckdb import DuckDBPyConnection

from analytics.odata.changes import Changes
from analytics.odata.columns import REVIEWS

MOMENT = "%Y-%m-%dT%H:%M:%S.%gZ"
REVIEWED = {"accepted": "approved", "returned": "hasIssues", "void": "rejected", "edited": "edited"}


class System(msgspec.Struct, frozen=True, rename="camel"):
    """As ODK Central names and orders it; moments are ISO 8601 with their zone."""

    submission_date: str
    updated_at: str | None
    submitter_id: str | None
    submitter_name: str | None
    attachments_present: int
    attachments_expected: int
    status: str | None
    review_state: str | None
    device_id: str | None
    edits: int
    form_version: str
    deleted_at: str | None


class Version(msgspec.Struct, frozen=True):
    """What one version of a submission brought; `media` names the files that belong to it."""

    instance_id: str
    encrypted: bool
    media: list[str] | None
    received_at: str
    submitter_id: int | None
    form_version: str


class Facts(msgspec.Struct, frozen=True):
    """Of one submission: its first version, its latest, and what happened to it since."""

    root_seq: int
    current_seq: int
    root: Version
    sent: Version
    edits: int
    deleted_at: str | None
    action: str | None
    decided_at: str | None

    def system(self, sender: str | None, device: str | None, there: Set[str]) -> System:
        """`sender` is a name, `there` are the files that have come."""
        media = self.sent.media or []
        status = None
        if self.sent.encrypted:  # the file with the answers is named last
            status = "notDecrypted" if media and media[-1] in there else "missingEncryptedFormData"
        changed = (self.sent.received_at if self.edits else None, self.decided_at)
        submitter_id = self.root.submitter_id
        return System(
            self.root.received_at,
            max((at for at in changed if at), default=None),
            None if submitter_id is None else str(submitter_id),
            sender,
            sum(name in there for name in media),
            len(media),
            status,
            REVIEWED.get(self.action or ("edited" if self.edits else "")),
            device,
            self.edits,
            self.root.form_version,
            self.deleted_at,
        )


def read_facts(db: DuckDBPyConnection, changes: Changes) -> list[Facts]:
    """Those of every submission of the page, in its order."""
    places = db.execute("SELECT root_seq, current_seq FROM temp.page ORDER BY position").fetchall()
    versions = _versions(db, "page.root_seq = submission.submission_seq")
    if any(root_seq != current_seq for root_seq, current_seq in places):
        edited = "page.current_seq = submission.submission_seq AND page.current_seq <> page.root_seq"
        versions |= _versions(db, edited)
    edits = _of_page(db, "edited", "edits") if changes.edits else {}
    deleted = _of_page(db, "deleted", f"strftime(deleted_at, '{MOMENT}')") if changes.deleted else {}
    reviews = {seq: (action, at) for seq, action, at in db.execute(_REVIEWS).fetchall()}
    undecided = (None, None)
    return [
        Facts(
            root_seq,
            current_seq,
            versions[root_seq],
            versions[current_seq],
            edits.get(root_seq, 0),
            deleted.get(root_seq),
            *reviews.get(current_seq, undecided),
        )
        for root_seq, current_seq in places
    ]


def _versions(db: DuckDBPyConnection, which: str) -> dict[int, Version]:
    rows = db.execute(
        "SELECT submission_seq, instance_id, encrypted, CASE WHEN len(media) > 0 THEN media END, "  # noqa: S608
        f"strftime(received_at, '{MOMENT}'), submitter_id, version FROM submission "
        f"SEMI JOIN temp.page AS page ON {which}"
    ).fetchall()
    return {row[0]: Version(*row[1:]) for row in rows}


def _of_page(db: DuckDBPyConnection, table: str, value: str) -> dict[int, Any]:
    """A value of every submission of the page that this temporary table knows."""
    question = f"SELECT root_seq, {value} FROM temp.{table} SEMI JOIN temp.page AS page USING (root_seq)"  # noqa: S608
    return dict(db.execute(question).fetchall())


# only the decisions on the page: a million others are not looked at
_REVIEWS = (
    f"SELECT submission_seq, action, strftime(decided_at, '{MOMENT}') FROM "  # noqa: S608  (all of it is ours)
    + REVIEWS.replace(
        "WHERE", "SEMI JOIN temp.page AS page ON page.current_seq = decision.submission_seq WHERE"
    )
)
