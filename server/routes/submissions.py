"""Submissions for programs, as ODK Central shapes them: list, read, send, review; and the CSV exports."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from forms.errors import InstanceConflict, InstanceOfOtherForm, NotAllowed, ParameterInvalid
from forms.instance import parse_instance, read_answers
from server.actions.export_submissions import hidden_questions
from server.actions.receive_submission import receive_submission
from server.actions.review_submissions import (
    FROM_CENTRAL,
    TO_CENTRAL,
    object_type_of,
    review_of,
)
from server.context import Context
from server.errors import json_response
from server.multipart import Posted
from server.permissions import Deed, Person, require
from server.routes.asking import (
    XML,
    context_of,
    is_on,
    iso,
    name_in_path,
    now,
    project_in_path,
    read_body,
    whole_number,
)
from server.routes.identity import known
from server.routes.openrosa import sender_of
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
    context, project_id, form_id, _ = await answers_in_path(request)
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
    context, project_id, form_id, _ = await answers_in_path(request)
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
    context, submission, _ = await submission_in_path(request)
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
    context, project_id, form_id, _ = await answers_in_path(request)
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
    context, submission, person = await submission_in_path(request)
    return await asyncio.to_thread(_xml, context, submission, person, True)


async def get_version_xml(request: Request) -> Response:
    context, project_id, form_id, person = await answers_in_path(request)
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


async def post_submission(request: Request) -> Response:
    """One instance as raw XML. Sent again it is a conflict here: programs ask, phones retry."""
    return await _receive(request, edit=False)


async def put_submission(request: Request) -> Response:
    """An edit: XML whose deprecatedID is the current version."""
    return await _receive(request, edit=True)


async def _receive(request: Request, *, edit: bool) -> Response:
    context, project_id, form_id, person = await sending_in_path(request)
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


async def answers_in_path(request: Request) -> tuple[Context, int, str, Person]:
    """The form in the path, for somebody who may read its raw answers."""
    context, project_id = context_of(request), project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.READ_SUBMISSIONS, project_id)
    require(person, Deed.READ_SUBMISSIONS, project_id, object_type_of(context.store, project_id, form_id))
    return context, project_id, form_id, person


async def submission_in_path(request: Request) -> tuple[Context, Submission, Person]:
    context, project_id, form_id, person = await answers_in_path(request)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    return context, submission, person


async def sending_in_path(request: Request) -> tuple[Context, int, str, Person]:
    project_id = project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.SUBMIT, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


_ALL = "/v1/projects/{project_id}/forms/{form_id}/submissions"
_ONE = _ALL + "/{instance_id}"
routes = [
    Route(_ALL, get_submissions, methods=["GET"]),
    Route(_ALL, post_submission, methods=["POST"]),
    Route(f"{_ONE}.xml", get_xml),
    Route(f"{_ONE}/versions", get_versions),
    Route(f"{_ONE}/versions/{{version_id}}.xml", get_version_xml),
    Route(f"{_ONE}/versions/{{version_id}}", get_version),
    Route(_ONE, put_submission, methods=["PUT"]),
    Route(_ONE, get_submission, methods=["GET"]),
]
