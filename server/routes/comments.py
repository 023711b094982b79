"""What was said and done about a submission, for programs: comments, and its history."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import NotFound, ParameterInvalid
from forms.places import question_name, row_of
from server.actions.review_submissions import TO_CENTRAL
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person, may
from server.routes.actors import is_extended
from server.routes.asking import iso, now, read_json, whole_number
from server.routes.entity_shapes import entity_json
from server.routes.submission_shapes import Json, actors_of
from server.routes.submissions import submission_in_path
from server.store.decisions import Decision
from server.store.entities.notes import EntityNote, entity_notes
from server.store.submissions import Comment, Submission

LONGEST = 10_000
MOST = 10_000
# what is no review: our action -> how Central calls it, or would
ACTIONS = {
    "assigned": "submission.round",
    "corrected": "submission.correct",
    "kept": "submission.correct.keep",
    "superseded": "submission.correct.supersede",
    "deleted": "submission.delete",
    "restored": "submission.restore",
}


class NewComment(msgspec.Struct):
    """What is to be written beside a submission."""

    body: str


async def get_comments(request: Request) -> Response:
    """What was written beside a submission, newest first."""
    context, submission, _ = await submission_in_path(request)
    comments = await asyncio.to_thread(context.store.submissions.comments, submission.root_seq)
    actors: dict[int, Json] = {}
    if is_extended(request):
        actors = await asyncio.to_thread(actors_of, context.store, [each.actor for each in comments])
    return json_response(
        [comment_json(each) | ({"actor": actors.get(each.actor or 0)} if actors else {}) for each in comments]
    )


async def post_comment(request: Request) -> Response:
    """Write something beside a submission."""
    context, submission, person = await submission_in_path(request)
    given, moment = await read_json(request, NewComment), now()
    body = given.body.strip()[:LONGEST]
    if not body:
        raise ParameterInvalid(name="body", value="")
    store = context.store
    await store.change(
        lambda tx: store.submissions.comment(tx, submission.root_seq, body, now=moment, actor=person.actor)
    )
    return json_response(comment_json(Comment(person.actor, person.name, body, moment)))


def comment_json(comment: Comment) -> Json:
    return {
        "body": comment.body,
        "actorId": comment.actor or 0,
        "createdAt": iso(comment.created_at),
    }


async def get_audits(request: Request) -> Response:
    """What befell a submission, newest first: sent, edited, decided on, corrected, deleted, restored."""
    context, submission, person = await submission_in_path(request)
    limit, offset = whole_number(request, "limit", MOST, MOST), whole_number(request, "offset", 0, MOST)
    extended = is_extended(request)

    def shown() -> Response:
        entries = _history(context, submission)[offset : offset + limit]
        if extended:
            actors = actors_of(context.store, [entry_actor for entry_actor, _entry in entries])
            return json_response(
                [
                    _in_whole(context, submission, person, entry) | {"actor": actors.get(actor or 0)}
                    for actor, entry in entries
                ]
            )
        return json_response([entry for _actor, entry in entries])

    return await asyncio.to_thread(shown)


def _history(context: Context, submission: Submission) -> list[tuple[int | None, Json]]:
    """(who, entry) of everything the ledger tells about a submission, newest first."""
    told: list[tuple[int, int | None, Json]] = []
    for version in context.store.submissions.versions(submission.root_seq):
        action = "submission.create" if version.seq == version.root_seq else "submission.update.version"
        told.append((version.seq, version.submitter, _sent_json(action, version)))
        told += [
            (decision.seq, decision.actor, _decided_json(decision, version))
            for decision in context.store.decisions.of(version.seq)
        ]
    entries = [(actor, entry) for _seq, actor, entry in sorted(told, key=lambda one: -one[0])]
    return _with_entities(context, submission, entries)


def _in_whole(context: Context, submission: Submission, person: Person, entry: Json) -> Json:
    """The same entry with the entity that it is about as it is now, where it is there and may be read."""
    details = entry["details"]
    named = details.get("entity") if isinstance(details, dict) else None
    if not isinstance(details, dict) or not isinstance(named, dict):
        return entry
    if not may(person, Deed.READ_LISTS, submission.project_id):
        return entry
    store = context.store
    try:
        known = store.entity_lists.get(submission.project_id, str(named["dataset"]))
        one = store.entities.get(known, str(named["uuid"]))
    except NotFound:
        return entry
    if one.deleted_at is not None:
        return entry
    shown = entity_json(one, store.entities.versions(one)[-1])
    return entry | {"details": details | {"entity": named | shown | {"entityAvailable": True}}}


def _with_entities(
    context: Context, submission: Submission, entries: list[tuple[int | None, Json]]
) -> list[tuple[int | None, Json]]:
    """The same, and between them what became of it in entity lists, of its files, and how it arrived."""
    subject = context.store.ledger.record(submission.root_seq).subject
    notes = [
        (note.actor, _note_json(note, submission)) for note in entity_notes(context.store.database, subject)
    ]
    # what happened in the lists happened after what it followed from: of one time, it is the newer
    return sorted([*reversed(notes), *entries], key=lambda one: str(one[1]["loggedAt"]), reverse=True)


def _note_json(note: EntityNote, submission: Submission) -> Json:
    told = note.details
    details: Json = {
        "submissionId": submission.root_seq,
        "submissionDefId": note.submission or submission.root_seq,
    }
    if "entity" in told:
        details["entity"] = {"uuid": told["entity"], "dataset": told.get("list")}
    if note.action == "entity.error":
        code = float(told["code"]) if "code" in told else None
        problem = {"problemCode": code, "problemDetails": {"reason": told.get("reason")}}
        details |= {"errorMessage": told.get("message"), "problem": problem if code is not None else None}
    return {
        "id": note.note_id,
        "actorId": note.actor,
        "action": note.action,
        "acteeId": None,
        "details": details,
        "notes": None,
        "loggedAt": iso(note.at),
    }


def _sent_json(action: str, version: Submission) -> Json:
    return {
        "id": version.seq,
        "actorId": version.submitter,
        "action": action,
        "acteeId": None,
        "details": _of(version),
        "notes": None,
        "loggedAt": iso(version.received_at),
    }


def _decided_json(decision: Decision, version: Submission) -> Json:
    details = _of(version)
    if decision.action in ACTIONS:
        action = ACTIONS[decision.action]
        named = {"roundId": decision.round_id, **_asked(decision, version)}
        details |= {name: value for name, value in named.items() if value is not None}
        if decision.action in ("deleted", "restored"):  # with all its versions
            details = {"instanceId": version.root_instance_id, "submissionId": version.root_seq}
    else:
        action, state = "submission.update", decision.action
        details["reviewState"] = TO_CENTRAL[state]
    return {
        "id": decision.seq,
        "actorId": decision.actor,
        "action": action,
        "acteeId": None,
        "details": details,
        "notes": decision.reason or None,
        "loggedAt": iso(decision.at),
    }


def _asked(decision: Decision, version: Submission) -> dict[str, str | None]:
    """Which question, and in a repeat which row, as exports call it."""
    if decision.question is None:
        return {}
    row = row_of(decision.question)
    return {
        "question": question_name(decision.question),
        "row": version.root_instance_id + row if row else None,
    }


def _of(version: Submission) -> Json:
    return {
        "instanceId": version.instance_id,
        "submissionId": version.root_seq,
        "submissionDefId": version.seq,
    }


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
routes = [
    Route(f"{_ONE}/comments", get_comments, methods=["GET"]),
    Route(f"{_ONE}/comments", post_comment, methods=["POST"]),
    Route(f"{_ONE}/audits", get_audits),
]
