"""Submissions for programs, as ODK Central shapes them: list, read, send, edit."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from forms.errors import EditOutdated, InstanceConflict, NotAllowed
from forms.faults.instance import InstanceOfOtherForm
from forms.faults.submissions import (
    EditOfEvaluation,
    EditWhileClosing,
    EditWithoutDeprecatedId,
    InstanceTaken,
)
from forms.instance import parse_instance, read_answers
from server.actions.export_submissions import hidden_questions
from server.actions.receive_submission import Receipt, receive_submission
from server.actions.review_submissions import FROM_CENTRAL, evaluates, object_type_of, review_of
from server.context import Context
from server.errors import json_response
from server.multipart import Posted
from server.permissions import Deed, Person, require
from server.routes.actors import is_extended
from server.routes.asking import (
    context_of,
    is_fresh,
    is_on,
    name_in_path,
    now,
    project_in_path,
    read_body,
    whole_number,
)
from server.routes.identity import known
from server.routes.openrosa import sender_of
from server.routes.submission_shapes import actors_of, submission_json, with_submitters
from server.store.submissions import Submission, Wanted

PAGE = 500
MOST = 10_000_000
JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"  # to programs, as Central writes it


async def get_submissions(request: Request) -> Response:
    """All of a form's, newest first, as one JSON array; ?limit= and ?offset= for a page, ?deleted=true for
    those in the trash."""
    context, project_id, form_id, _ = await answers_in_path(request)
    limit, offset = whole_number(request, "limit", MOST, MOST), whole_number(request, "offset", 0, MOST)
    state = request.query_params.get("reviewState")
    wanted = Wanted(
        project_id=project_id,
        form_id=form_id,
        states=(review_of(FROM_CENTRAL.get(state, state)),) if state is not None else None,
        round_id=request.query_params.get("round"),
        waiting=True if is_on(request, "waiting") else None,
        deleted=is_on(request, "deleted"),
    )
    extended = is_extended(request)
    headers = {} if extended else {"ETag": await asyncio.to_thread(_tag, context, request)}
    if headers and is_fresh(request, headers["ETag"]):
        return Response(None, 304, headers)
    if limit < MOST or offset:
        headers["X-Total-Count"] = str(await asyncio.to_thread(context.store.submissions.count, wanted))
    return StreamingResponse(
        _array(context, wanted, limit, offset, extended), headers=headers, media_type=JSON
    )


def _tag(context: Context, request: Request) -> str:
    """Changes with every record of the ledger, which is all that a list without names shows."""
    head = context.store.ledger.head()
    asked = hashlib.sha256(f"{request.url.path}?{request.url.query}".encode()).hexdigest()[:16]
    return f'"{head.seq}-{head.hash[:16]}-{asked}"'


def _array(context: Context, wanted: Wanted, limit: int, offset: int, extended: bool) -> Iterator[bytes]:
    """The array in pieces, so that a million take no memory."""
    submissions = context.store.submissions
    separator, left, before = b"[", limit, None
    while left > 0:
        page = submissions.page(wanted, limit=min(PAGE, left), before=before, offset=offset)
        roots = _roots(context, page)
        actors = {}
        if extended:
            ids = [each.submitter for each in (*page, *roots.values())]
            actors = actors_of(context.store, ids)
        for each in page:
            root = roots.get(each.root_seq, each)
            shown = with_submitters(root, each, actors) if extended else submission_json(root, each)
            yield separator + msgspec.json.encode(shown)
            separator = b",\n"
        if len(page) < min(PAGE, left):
            break
        left, before, offset = left - len(page), page[-1].seq, 0
    yield b"[]" if separator == b"[" else b"]"


def _roots(context: Context, page: tuple[Submission, ...]) -> dict[int, Submission]:
    """The first versions of those that were edited, by their seq."""
    edited = [each.root_seq for each in page if each.root_seq != each.seq]
    return {root.seq: root for root in context.store.submissions.by_seqs(edited)} if edited else {}


async def get_submission(request: Request) -> Response:
    """One submission; by the number of a later version the way to that version."""
    context, submission, _ = await submission_in_path(request)
    if submission.instance_id != submission.root_instance_id:
        return to_version(request, submission)
    return await asyncio.to_thread(_shown, request, context, submission)


def to_version(request: Request, submission: Submission, tail: str = "") -> Response:
    """A later version has its address under the first one's."""
    project_id, form_id = submission.project_id, quote(submission.form_id, safe="")
    root, version = quote(submission.root_instance_id, safe=""), quote(submission.instance_id, safe="")
    way = f"/v1/projects/{project_id}/forms/{form_id}/submissions/{root}/versions/{version}{tail}"
    asked = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(way + asked, 301)


def _shown(request: Request, context: Context, submission: Submission) -> Response:
    newest = context.store.submissions.current(submission.root_seq)
    if not is_extended(request):
        return json_response(submission_json(submission, newest))
    actors = actors_of(context.store, (submission.submitter, newest.submitter))
    return json_response(with_submitters(submission, newest, actors))


async def get_xml(request: Request) -> Response:
    """The latest version, the very bytes the phone sent."""
    context, submission, person = await submission_in_path(request)
    if submission.instance_id != submission.root_instance_id:
        return to_version(request, submission, ".xml")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return await asyncio.to_thread(xml_response, context, newest, person)


def xml_response(context: Context, submission: Submission, person: Person) -> Response:
    """The bytes of this very version. Raises: NotAllowed (they tell the profile of a citizen)."""
    xml = context.store.submissions.xml(submission.seq)
    hidden = hidden_questions(context, submission.project_id, submission.form_id, person)
    if hidden and _tells(context, submission, xml, hidden):
        raise NotAllowed()
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
    context, project_id, form_id, person = await sending_in_path(request)
    try:
        receipt = await _receive(request, context, project_id, form_id, person)
    except (InstanceConflict, EditOutdated) as error:
        raise InstanceTaken(**error.details) from error
    if receipt.outcome.kind == "again":
        raise InstanceTaken(instance_id=receipt.instance_id)
    return await asyncio.to_thread(_received, context, receipt)


async def put_submission(request: Request) -> Response:
    """An edit: XML whose deprecatedID is the current version of the submission in the address."""
    context, project_id, form_id, person = await sending_in_path(request)
    require(
        person, Deed.SUBMIT, project_id, object_type_of(context.store, project_id, form_id), form_id=form_id
    )
    return await asyncio.to_thread(
        _received,
        context,
        await _receive(
            request, context, project_id, form_id, person, edits=name_in_path(request, "instance_id")
        ),
    )


async def _receive(
    request: Request,
    context: Context,
    project_id: int,
    form_id: str,
    person: Person,
    edits: str | None = None,
) -> Receipt:
    """Raises: FormNotFound, InstanceOfOtherForm, EditWithoutDeprecatedId, EditOutdated, SubmissionNotFound,
    and more."""
    xml = await read_body(request, context.limits.xml_bytes)
    instance = await asyncio.to_thread(parse_instance, xml)
    if instance.form_id != form_id:
        await asyncio.to_thread(context.store.forms.get, project_id, form_id)
        raise InstanceOfOtherForm(form_id=instance.form_id[:249])
    if edits is not None:
        if not instance.deprecated_id:
            raise EditWithoutDeprecatedId()
        submission = await asyncio.to_thread(context.store.submissions.get, project_id, form_id, edits)
        newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
        if newest.instance_id != instance.deprecated_id:
            raise EditOutdated(instance_id=instance.deprecated_id[:249])
    return await receive_submission(context, project_id, Posted(xml), sender_of(request, person), now())


def _received(context: Context, receipt: Receipt) -> Response:
    kept = context.store.submissions.by_seq(receipt.outcome.seq)
    root = context.store.submissions.by_seq(kept.root_seq) if kept.root_seq != kept.seq else kept
    return json_response(submission_json(root, kept))


async def get_submitters(request: Request) -> Response:
    """Everybody who sent answers to this form, by name."""
    context, project_id, form_id, _ = await answers_in_path(request)

    def named() -> Response:
        found = context.store.submissions.submitters(project_id, form_id)
        actors = actors_of(context.store, [sender.actor_id for sender in found])
        return json_response([actors[sender.actor_id] for sender in found])

    return await asyncio.to_thread(named)


async def get_edit(request: Request) -> Response:
    """To the page where a person edits this submission."""
    context, submission, person = await submission_in_path(request)
    object_type = object_type_of(context.store, submission.project_id, submission.form_id)
    require(person, Deed.EDIT_SUBMISSIONS, submission.project_id, object_type, form_id=submission.form_id)
    if evaluates(context.store, submission.project_id, submission.form_id):
        raise EditOfEvaluation()
    if context.store.forms.get(submission.project_id, submission.form_id).state != "open":
        raise EditWhileClosing(form_id=submission.form_id)
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return RedirectResponse(f"/desk/{submission.project_id}/submissions/{newest.seq}/edit", 302)


async def answers_in_path(request: Request) -> tuple[Context, int, str, Person]:
    """The form in the path, for somebody who may read its raw answers."""
    return await _form_in_path(request, Deed.READ_SUBMISSIONS)


async def submission_in_path(
    request: Request, deed: Deed = Deed.READ_SUBMISSIONS
) -> tuple[Context, Submission, Person]:
    """The submission in the path, for somebody who may read it, or do this with it."""
    context, project_id, form_id, person = await _form_in_path(request, deed)
    submission = await asyncio.to_thread(
        context.store.submissions.get, project_id, form_id, name_in_path(request, "instance_id")
    )
    return context, submission, person


async def _form_in_path(request: Request, deed: Deed) -> tuple[Context, int, str, Person]:
    context, project_id = context_of(request), project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, deed, project_id, form_id=form_id)
    require(person, deed, project_id, object_type_of(context.store, project_id, form_id), form_id=form_id)
    return context, project_id, form_id, person


async def sending_in_path(request: Request) -> tuple[Context, int, str, Person]:
    """The form in the path, for somebody who may send answers to it."""
    project_id = project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.SUBMIT, project_id, form_id=form_id)
    return context_of(request), project_id, form_id, person


_ALL = "/v1/projects/{project_id}/forms/{form_id}/submissions"
_ONE = _ALL + "/{instance_id}"
routes = [
    Route(_ALL, get_submissions, methods=["GET"]),
    Route(_ALL, post_submission, methods=["POST"]),
    Route(f"{_ALL}/submitters", get_submitters),
    Route(f"{_ONE}/edit", get_edit),
    Route(f"{_ONE}.xml", get_xml),
    Route(_ONE, put_submission, methods=["PUT"]),
    Route(_ONE, get_submission, methods=["GET"]),
]
