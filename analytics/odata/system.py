"""What stands about a submission beside its answers: `__system`. Spec: protocol.md 15, "Row"."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

MOMENT = "%Y-%m-%dT%H:%M:%S.%gZ"

# where nobody has edited, the first version is also the one sent last
FACTS = (
    "root.submission_seq, page.current_seq, root.instance_id, {sent}.instance_id, "
    "{sent}.encrypted, root.submitter_id, CASE WHEN len({sent}.media) > 0 THEN {sent}.media END, "
    f"strftime(root.received_at, '{MOMENT}'), root.version, {{edits}}, strftime({{edited_at}}, '{MOMENT}'), "
    f"review.action, strftime(review.decided_at, '{MOMENT}'), strftime({{deleted_at}}, '{MOMENT}')"
)
SENDER, MEDIA = 5, 6
REVIEWED = {"accepted": "approved", "returned": "hasIssues", "void": "rejected", "edited": "edited"}

System = dict[str, str | int | None]


def system_of(
    facts: tuple[Any, ...],  # what the engine gives for FACTS
    sender: str | None,
    device: str | None,
    there: Set[str],
) -> System:
    """`sender` is a name, `there` are the files that have come."""
    (
        encrypted,
        submitter_id,
        media,
        received_at,
        version,
        edits,
        edited_at,
        action,
        decided_at,
        deleted_at,
    ) = facts[4:]
    status = None
    if encrypted:  # the file with the answers is named last
        status = "notDecrypted" if media and media[-1] in there else "missingEncryptedFormData"
    return {
        "submissionDate": received_at,
        "updatedAt": max((at for at in (edited_at, decided_at) if at), default=None),
        "submitterId": None if submitter_id is None else str(submitter_id),
        "submitterName": sender,
        "attachmentsPresent": sum(name in there for name in media or ()),
        "attachmentsExpected": len(media or ()),
        "status": status,
        "reviewState": REVIEWED.get(action or ("edited" if edits else "")),
        "deviceId": device,
        "edits": edits,
        "formVersion": version,
        "deletedAt": deleted_at,
    }
