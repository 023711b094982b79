"""Where versions of an entity come from, as ODK Central tells it: a submission, a file, or a single call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.routes.asking import iso
from server.routes.submission_shapes import actors_of, with_submitters
from server.store import Store
from server.store.entities import Batch, EntityVersion
from server.store.form_content import original_id
from server.store.submission_rows import Submission

Json = dict[str, object]


def sources_of(store: Store, versions: Sequence[EntityVersion]) -> list[Json]:
    """Of each version: the submission and what happened to it, the file or request, or nothing more."""
    batches = store.entity_batches.by_ids({one.batch for one in versions if one.batch is not None})
    roots = {one.submission_root for one in versions if one.submission_root is not None}
    of_root = {root: store.submissions.versions(root) for root in roots}
    return [_source(store, one, batches, of_root) for one in versions]


def _source(
    store: Store,
    version: EntityVersion,
    batches: Mapping[int, Batch],
    of_root: Mapping[int, Sequence[Submission]],
) -> Json:
    if version.submission is None:
        batch = batches.get(version.batch or 0)
        return {} if batch is None else batch_source(batch)
    known = of_root.get(version.submission_root or 0, ())
    sent = next((one for one in known if one.seq == version.submission), None)
    shown: Json = {"ledgerSeq": version.submission}
    if sent is None:
        return {"submission": shown}
    first, current = known[-1], known[0]
    action, at, actor, notes = _trigger(store, sent, version)
    people = actors_of(store, [actor, first.submitter, current.submitter])
    if first.deleted_at is None and not first.erased:
        shown |= with_submitters(first, current, people)
    else:
        shown |= {
            "instanceId": first.root_instance_id,
            "submitterId": first.submitter or 0,
            "submitter": people.get(first.submitter or 0),
            "createdAt": iso(first.received_at),
        }
    event = {
        "actorId": actor or 0,
        "actor": people.get(actor or 0),
        "action": action,
        "loggedAt": iso(at),
        "notes": notes or None,
        "details": {"instanceId": sent.instance_id, "ledgerSeq": sent.seq},
    }
    source: Json = {"event": event, "submission": shown | {"xmlFormId": original_id(first.form_id)}}
    return source | ({"forceProcessed": True} if version.forced else {})


def _trigger(store: Store, sent: Submission, version: EntityVersion) -> tuple[str, datetime, int | None, str]:
    """What made the entity follow from a submission: that it came, was edited, or was accepted.

    Whoever asks for no acceptance has the entity at once, so that one which is older than it was waited for.
    """
    if version.version == 1:
        for decision in store.decisions.of(sent.seq):
            if decision.action == "accepted" and decision.at <= version.created_at:
                return "submission.update", decision.at, decision.actor, decision.reason
    came = "submission.create" if sent.seq == sent.root_seq else "submission.update.version"
    return came, sent.received_at, sent.submitter, ""


def batch_source(batch: Batch) -> Json:
    size = {"size": batch.size} if batch.size is not None else {}
    return {"name": batch.name, **size, "count": batch.count, "userAgent": batch.user_agent}
