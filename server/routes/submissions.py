"""Submissions for programs, as ODK Central shapes them: list, read, send, review; and the CSV exports."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from analytics.exports.submissions_csv import CsvWanted
from forms.errors import InstanceConflict, InstanceOfOtherForm, MediaNotFound, NotAllowed, ParameterInvalid
from forms.instance import parse_instance, read_answers
from server.actions.export_submissions import export_csv, export_zip, hidden_object_types, hidden_questions
from server.actions.receive_submission import receive_submission, storable
from server.actions.review_submissions import (
    FROM_CENTRAL,
    TO_CENTRAL,
    assign_round,
    object_type_of,
    review_found,
    review_of,
    review_submission,
)
from server.context import Context
from server.errors import json_response
from server.multipart import Posted
from server.permissions import Deed, Person, require
from server.routes.asking import (
    CSV,
    XML,
    ZIP,
    attachment,
    context_of,
    is_fresh,
    is_on,
    iso,
    name_in_path,
    now,
    project_in_path,
    read_body,
    read_json,
    whole_number,
)
from server.routes.identity import known
from server.routes.openrosa import SHOWN_IN_THE_BROWSER, sender_of
from server.store.submissions import Submission, Wanted

PAGE = 500


def submission_json(submission: Submission, newest: Submission | None = None) -> dict[str, object]:
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
        "updatedAt": iso(latest.decided_at),
        "deletedAt": None,
        "roundId": latest.round_id,
        "currentVersion": {
            "instanceId": latest.instance_id,
            "instanceName": latest.instance_name,
            "submitterId": latest.submitter or 0,
            "deviceId": latest.device_id,
            "userAgent": latest.user_agent,
            "createdAt": iso(latest.received_at),
            "current": True,
            "formVersion": latest.version,
            "ledgerSeq": latest.seq,
        },
    }


def _extended(submission: Submission) -> dict[str, object]:
    return {
        "submitter": {
            "id": submission.submitter or 0,
            "type": "user",
            "displayName": submission.submitter_name,
        }
    }


async def get_submissions(request: Request) -> Response:
    """All of a form's, newest first, as one JSON array; ?limit= for fewer."""
    context, project_id, form_id, _ = await _answers(request)
    limit = whole_number(request, "limit", 10_000_000, 10_000_000)
    extended = request.headers.get("x-extended-metadata", "").lower() == "true"
    state = request.query_params.get("reviewState")
    wanted = Wanted(
        project_id=project_id,
        form_id=form_id,
        states=(review_of(FROM_CENTRAL.get(state, state)),) if state is not None else None,
        round_id=request.query_params.get("round"),
        waiting=True if is_on(request, "waiting") else None,
    )

    def array() -> Iterator[bytes]:
        separator, left, before = b"[", limit, None
        while left > 0:
            page = context.store.submissions.page(wanted, limit=min(PAGE, left), before=before)
            for each in page:
                shown = submission_json(each) | (_extended(each) if extended else {})
                yield separator + msgspec.json.encode(shown)
                separator = b",\n"
            if len(page) < min(PAGE, left):
                break
            left, before = left - len(page), page[-1].seq
        yield b"[]" if separator == b"[" else b"]"

    return StreamingResponse(array(), media_type="application/json; charset=utf-8")


async def get_submission(request: Request) -> Response:
    context, project_id, form_id, _ = await _answers(request)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    if submission.instance_id != submission.root_instance_id:
        root, version = quote(submission.root_instance_id, safe=""), quote(submission.instance_id, safe="")
        way = (
            f"/v1/projects/{project_id}/forms/{quote(form_id, safe='')}/submissions/{root}/versions/{version}"
        )
        return RedirectResponse(way, 301)
    return await asyncio.to_thread(_shown, request, context, submission)


def _shown(request: Request, context: Context, submission: Submission) -> Response:
    newest = context.store.submissions.current(submission.root_seq)
    extended = request.headers.get("x-extended-metadata", "").lower() == "true"
    return json_response(submission_json(submission, newest) | (_extended(submission) if extended else {}))


async def get_versions(request: Request) -> Response:
    context, submission, _ = await _submission(request)
    versions = await asyncio.to_thread(context.store.submissions.versions, submission.root_seq)
    return json_response(
        [
            {
                "instanceId": each.instance_id,
                "instanceName": each.instance_name,
                "submitterId": each.submitter or 0,
                "deviceId": each.device_id,
                "userAgent": each.user_agent,
                "createdAt": iso(each.received_at),
                "current": each.replaced_by is None,
                "formVersion": each.version,
                "ledgerSeq": each.seq,
            }
            for each in versions
        ]
    )


async def get_version(request: Request) -> Response:
    context, project_id, form_id, _ = await _answers(request)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "version_id")
    )
    return json_response(
        {
            **submission_json(submission),
            "instanceId": submission.instance_id,
            "formVersion": submission.version,
        }
    )


async def get_xml(request: Request) -> Response:
    """The latest version, the very bytes the phone sent."""
    context, submission, person = await _submission(request)
    return await asyncio.to_thread(_xml, context, submission, person, True)


async def get_version_xml(request: Request) -> Response:
    context, project_id, form_id, person = await _answers(request)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "version_id")
    )
    return await asyncio.to_thread(_xml, context, submission, person, False)


def _xml(context: Context, submission: Submission, person: Person, latest: bool) -> Response:
    if latest:
        submission = context.store.submissions.current(submission.root_seq)
    xml = context.store.submissions.xml(submission.seq)
    hidden = hidden_questions(context, submission.project_id, submission.form_id, person)
    if hidden and _tells(context, submission, xml, hidden):
        raise NotAllowed()  # the bytes cannot be given without the profile of the citizen
    return Response(xml, media_type=XML)


def _tells(context: Context, submission: Submission, xml: bytes, hidden: frozenset[str]) -> bool:
    """Does this instance answer any of these questions?"""
    version = context.store.forms.version(submission.project_id, submission.form_id, submission.version)
    schema = version.schema
    asked = tuple(question for question in schema.questions if question.name in hidden)
    answers = read_answers(parse_instance(xml), replace(schema, questions=asked, repeats=()))
    return any(answers.values.values())


async def get_attachments(request: Request) -> Response:
    context, submission, _ = await _submission(request)

    def listed() -> list[dict[str, object]]:
        newest = context.store.submissions.current(submission.root_seq)
        files = context.store.submissions.files(newest.seq)
        return [{"name": file.name, "exists": file.sha256 is not None} for file in files if file.expected]

    return json_response(await asyncio.to_thread(listed))


async def get_attachment(request: Request) -> Response:
    """One file, as it was sent; shown in the browser only where it is a known kind of picture."""
    context, submission, _ = await _submission(request)
    name = name_in_path(request, "name")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    files = await asyncio.to_thread(context.store.submissions.files, newest.seq)
    file = next((file for file in files if file.name == name and file.sha256 is not None), None)
    if file is None or file.sha256 is None or not context.store.blobs.exists(file.sha256):
        raise MediaNotFound(name=name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = f'"{file.sha256[:32]}"'
    headers = {
        "ETag": etag,
        "Content-Disposition": attachment(name, inline=kind in SHOWN_IN_THE_BROWSER),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if is_fresh(request, etag):
        return Response(None, 304, headers)
    return FileResponse(context.store.blobs.path(file.sha256), headers=headers, media_type=kind)


async def post_attachment(request: Request) -> Response:
    """A file for a submission that is there already."""
    context, project_id, form_id, person = await _sending(request)
    store = context.store
    submission = await asyncio.to_thread(
        store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    content = await read_body(request, context.settings.upload_bytes)
    blob = await asyncio.to_thread(store.blobs.keep, content)
    newest = await asyncio.to_thread(store.submissions.current, submission.root_seq)
    name, moment = storable(name_in_path(request, "name")), now()
    await store.change(
        lambda tx: store.submissions.attach(
            tx, newest.seq, name, sha256=blob.sha256, size=blob.size, now=moment, actor=person.actor
        )
    )
    return json_response({"success": True})


async def post_submission(request: Request) -> Response:
    """One instance as raw XML. Sent again it is a conflict here: programs ask, phones retry."""
    return await _receive(request, edit=False)


async def put_submission(request: Request) -> Response:
    """An edit: XML whose deprecatedID is the current version."""
    return await _receive(request, edit=True)


async def _receive(request: Request, *, edit: bool) -> Response:
    context, project_id, form_id, person = await _sending(request)
    xml = await read_body(request, context.limits.xml_bytes)
    instance = parse_instance(xml)
    if instance.form_id != form_id:
        raise InstanceOfOtherForm(form_id=instance.form_id[:249])
    if edit and not instance.deprecated_id:
        raise ParameterInvalid(name="deprecatedID", value="")
    receipt = await receive_submission(context, project_id, Posted(xml), sender_of(request, person), now())
    if receipt.outcome.kind == "again":
        raise InstanceConflict(instance_id=receipt.instance_id)
    kept = await asyncio.to_thread(context.store.submissions.get, project_id, form_id, receipt.instance_id)
    root = (
        kept
        if kept.root_seq == kept.seq
        else await asyncio.to_thread(context.store.submissions.by_seq, kept.root_seq)
    )
    return json_response(submission_json(root, kept))


class Review(msgspec.Struct, rename="camel"):
    """Central's word (approved, hasIssues, rejected) or ours (accepted, returned, void), and why."""

    review_state: str | None = None
    reason: str = ""


async def patch_submission(request: Request) -> Response:
    """Accept, return or void one submission; the reason stands in the ledger."""
    context, submission, person = await _submission(request)
    review = await read_json(request, Review)

    def decide() -> Response:
        newest = context.store.submissions.current(submission.root_seq)
        state = review_of(review.review_state)
        review_submission(context.store, newest, state, reason=review.reason, person=person, now=now())
        newest = context.store.submissions.current(submission.root_seq)
        return json_response(submission_json(submission, newest))

    return await asyncio.to_thread(decide)


class ReviewAll(msgspec.Struct, rename="camel"):
    """Which submissions of a project, and what is decided on all of them."""

    review_state: str | None = None
    reason: str = ""
    form_id: str | None = None
    states: list[str] | None = None
    round_id: str | None = None
    submitter_id: int | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    instance_ids: list[str] | None = None


async def post_review(request: Request) -> Response:
    """Decide alike on all submissions that a filter finds."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.REVIEW, project_id)
    given = await read_json(request, ReviewAll)

    def decide() -> Response:
        seqs = None
        if given.instance_ids is not None:
            if given.form_id is None:
                raise ParameterInvalid(name="formId", value="")
            named = [
                context.store.submissions.get(project_id, given.form_id, each) for each in given.instance_ids
            ]
            seqs = tuple(each.seq for each in named)
        wanted = Wanted(
            project_id=project_id,
            form_id=given.form_id,
            states=tuple(review_of(state) for state in given.states) if given.states is not None else None,
            round_id=given.round_id,
            submitter=given.submitter_id,
            received_from=given.received_from,
            received_before=given.received_before,
            seqs=seqs,
        )
        state = review_of(given.review_state)
        count = review_found(context.store, wanted, state, reason=given.reason, person=person)
        return json_response({"count": count})

    return await asyncio.to_thread(decide)


class RoundGiven(msgspec.Struct, rename="camel"):
    round_id: str
    reason: str = ""


async def post_round(request: Request) -> Response:
    """Give a submission that waits in the queue an open round."""
    context, submission, person = await _submission(request)
    given = await read_json(request, RoundGiven)

    def assign() -> None:
        newest = context.store.submissions.current(submission.root_seq)
        assign_round(context.store, newest, given.round_id, reason=given.reason, person=person, now=now())

    await asyncio.to_thread(assign)
    return json_response({"success": True})


async def get_comments(request: Request) -> Response:
    context, submission, _ = await _submission(request)
    comments = await asyncio.to_thread(context.store.submissions.comments, submission.root_seq)
    return json_response(
        [{"body": c.body, "actorId": c.actor or 0, "createdAt": iso(c.created_at)} for c in comments]
    )


async def post_comment(request: Request) -> Response:
    class NewComment(msgspec.Struct):
        body: str

    context, submission, person = await _submission(request)
    given, moment = await read_json(request, NewComment), now()
    store = context.store
    await store.change(
        lambda tx: store.submissions.comment(
            tx, submission.root_seq, given.body, now=moment, actor=person.actor
        )
    )
    return json_response({"body": given.body, "actorId": person.actor or 0, "createdAt": iso(moment)})


async def get_csv(request: Request) -> Response:
    """The submissions as one CSV, repeats left out."""
    return await _export(request, export_csv, CSV, "csv")


async def get_zip(request: Request) -> Response:
    """The submissions as CSV with one file per repeat, and the attachments (?attachments=false: without)."""
    with_media = is_on(request, "attachments", True)
    return await _export(
        request, partial(export_zip, with_media=with_media), ZIP, "zip" if with_media else "csv.zip"
    )


async def _export(
    request: Request, export: Callable[[Context, CsvWanted], Iterator[bytes]], kind: str, ending: str
) -> Response:
    context, project_id, form_id, person = await _answers(request)
    state = request.query_params.get("reviewState")
    labels = request.query_params.get("labels")
    wanted = CsvWanted(
        project_id=project_id,
        form_id=form_id,
        split_select_multiples=is_on(request, "splitSelectMultiples"),
        group_paths=is_on(request, "groupPaths", True),
        deleted_fields=is_on(request, "deletedFields"),
        labels=labels or None,
        hidden=hidden_questions(context, project_id, form_id, person),
        round_id=request.query_params.get("round"),
        states=(review_of(state),) if state is not None else None,
        not_object_types=hidden_object_types(project_id, person),
    )
    pieces = await asyncio.to_thread(export, context, wanted)
    headers = {"Content-Disposition": attachment(f"{form_id}.{ending}")}
    return StreamingResponse(_in_thread(pieces), headers=headers, media_type=kind)


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made in a thread, one at a time, as fast as the reader takes them."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


async def _answers(request: Request) -> tuple[Context, int, str, Person]:
    """The form in the path, for somebody who may read its raw answers."""
    context, project_id = context_of(request), project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.READ_SUBMISSIONS, project_id)
    require(person, Deed.READ_SUBMISSIONS, project_id, object_type_of(context.store, project_id, form_id))
    return context, project_id, form_id, person


async def _submission(request: Request) -> tuple[Context, Submission, Person]:
    context, project_id, form_id, person = await _answers(request)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    return context, submission, person


async def _sending(request: Request) -> tuple[Context, int, str, Person]:
    project_id = project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.SUBMIT, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


_ALL = "/v1/projects/{project_id}/forms/{form_id}/submissions"
_ONE = _ALL + "/{instance_id}"
routes = [
    Route(f"{_ALL}.csv", get_csv),
    Route(f"{_ALL}.csv.zip", get_zip),
    Route(_ALL, get_submissions, methods=["GET"]),
    Route(_ALL, post_submission, methods=["POST"]),
    Route("/v1/projects/{project_id}/submissions/review", post_review, methods=["POST"]),
    Route(f"{_ONE}.xml", get_xml),
    Route(f"{_ONE}/versions", get_versions),
    Route(f"{_ONE}/versions/{{version_id}}.xml", get_version_xml),
    Route(f"{_ONE}/versions/{{version_id}}", get_version),
    Route(f"{_ONE}/attachments", get_attachments),
    Route(f"{_ONE}/attachments/{{name}}", get_attachment, methods=["GET"]),
    Route(f"{_ONE}/attachments/{{name}}", post_attachment, methods=["POST"]),
    Route(f"{_ONE}/comments", get_comments, methods=["GET"]),
    Route(f"{_ONE}/comments", post_comment, methods=["POST"]),
    Route(f"{_ONE}/round", post_round, methods=["POST"]),
    Route(_ONE, patch_submission, methods=["PATCH"]),
    Route(_ONE, put_submission, methods=["PUT"]),
    Route(_ONE, get_submission, methods=["GET"]),
]
