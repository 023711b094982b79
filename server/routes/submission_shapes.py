"""Submissions, their versions and whoever acts on them, in the shapes of ODK Central."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.actions.review_submissions import TO_CENTRAL
from server.routes.actors import actor_json
from server.routes.asking import iso
from server.store import Store
from server.store.draft_submissions import DraftSubmission
from server.store.submissions import Submission

Json = dict[str, object]
SentVersion = Submission | DraftSubmission
KINDS = {"account": "user", "app_user": "field_key", "public_link": "public_link"}


def submission_json(submission: Submission, newest: Submission | None = None) -> Json:
    """A submission under its first instanceID; a number is never null (pyODK insists)."""
    latest = newest or submission
    return {
        "instanceId": submission.root_instance_id,
        "submitterId": submission.submitter or 0,
        "deviceId": submission.device_id,
        "userAgent": submission.user_agent,
        "instanceName": latest.instance_name,
        "reviewState": TO_CENTRAL[latest.state],
        "createdAt": iso(submission.received_at),
        "updatedAt": iso(_changed_at(submission, latest)),
        "deletedAt": iso(submission.deleted_at),
        "roundId": latest.round_id,
        "currentVersion": submission_version_json(latest),
    }


def submission_version_json(version: Submission) -> Json:
    return sent_version_json(version) | {"ledgerSeq": version.seq}


def sent_version_json(version: SentVersion) -> Json:
    return {
        "instanceId": version.instance_id,
        "instanceName": version.instance_name,
        "submitterId": version.submitter or 0,
        "deviceId": version.device_id,
        "userAgent": version.user_agent,
        "createdAt": iso(version.received_at),
        "current": version.replaced_by is None,
        "formVersion": version.version,
    }


def test_json(one: DraftSubmission, newest: DraftSubmission | None = None) -> Json:
    """A test submission of a draft, in the shape of any other."""
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


def with_submitters(submission: Submission, newest: Submission | None, actors: Mapping[int, Json]) -> Json:
    """The same as `submission_json`, with the people behind the numbers."""
    latest = newest or submission
    shown = submission_json(submission, latest)
    version = submission_version_json(latest) | {"submitter": actors.get(latest.submitter or 0)}
    return shown | {"submitter": actors.get(submission.submitter or 0), "currentVersion": version}


def actors_of(store: Store, actor_ids: Iterable[int | None]) -> dict[int, Json]:
    """Whoever stands behind these numbers, as actors."""
    wanted = {actor_id for actor_id in actor_ids if actor_id}
    return {
        sender.actor_id: actor_json(
            sender.actor_id, KINDS.get(sender.kind, sender.kind), sender.display_name, sender.created_at
        )
        for sender in (store.submissions.senders(wanted) if wanted else ())
    }


def _changed_at(submission: Submission, latest: Submission) -> datetime | None:
    moments = [latest.decided_at, latest.received_at if latest.seq != submission.seq else None]
    return max((moment for moment in moments if moment is not None), default=None)
