"""A test submission of a draft, in the shape of any other."""

from __future__ import annotations

from server.routes.asking import iso
from server.routes.submission_shapes import Json, sent_version_json
from server.store.draft_submissions import DraftSubmission


def test_json(one: DraftSubmission, newest: DraftSubmission | None = None) -> Json:
    """A test submission under its first instanceID."""
    latest = newest or one
    return {
        "instanceId": latest.root_instance_id,
        "submitterId": one.submitter or 0,
        "deviceId": one.device_id,
        "userAgent": one.user_agent,
        "reviewState": None,
        "instanceName": latest.instance_name,
        "createdAt": iso(one.received_at),
        "updatedAt": iso(latest.received_at) if latest.number != one.number else None,
        "deletedAt": None,
        "draft": True,
        "currentVersion": sent_version_json(latest),
    }
