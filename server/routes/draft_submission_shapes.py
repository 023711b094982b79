"""Test submissions of a draft and their versions, in the shapes of any other."""

from __future__ import annotations

from server.routes.asking import iso
from server.store.draft_submissions import DraftSubmission

Json = dict[str, object]


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
        "currentVersion": test_version_json(latest),
    }


def test_version_json(one: DraftSubmission) -> Json:
    return {
        "instanceId": one.instance_id,
        "instanceName": one.instance_name,
        "submitterId": one.submitter or 0,
        "deviceId": one.device_id,
        "userAgent": one.user_agent,
        "createdAt": iso(one.received_at),
        "current": one.replaced_by is None,
        "formVersion": one.version,
    }
