"""What is done with one submission at the desk beside deciding on it: a word, a value, an edit, the trash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import N_, BaikooError, Invalid, Sentence
from server.actions.correct_submission import correct_submission
from server.actions.edit_submission import edit_submission, editable_answers
from server.actions.review_submissions import object_type_of
from server.actions.trash_submission import delete_submission, restore_submission
from server.pages.answer_fields import answer_fields
from server.permissions import Deed, require
from server.routes.asking import now, number
from server.routes.desk.room import Visitor, at, desk_page, go
from server.routes.desk.submission import given_answers, submission_in_path, submission_page
from server.routes.openrosa import sender_of
from server.store.submissions import Submission, Wanted

LONGEST = 10_000
PER_PAGE = 100


class CommentEmpty(Invalid):
    text = N_("Write something first.")


async def post_comment(request: Request, visitor: Visitor) -> Response:
    """A word beside a submission, for those who may read it."""
    submission = submission_in_path(request, visitor)
    body, store, moment = visitor.posted.text("body")[:LONGEST], visitor.context.store, now()
    if not body:
        return await submission_page(request, visitor, submission, CommentEmpty().sentence)
    await store.change(
        lambda tx: store.submissions.comment(
            tx, submission.root_seq, body, now=moment, actor=visitor.person.actor
        )
    )
    return go(visitor, "submissions", str(submission.seq), done="commented")


async def post_correction(request: Request, visitor: Visitor) -> Response:
    """One value that counts instead of another."""
    submission, posted = submission_in_path(request, visitor), visitor.posted
    place = posted.text("question")
    try:
        await asyncio.to_thread(
            correct_submission,
            visitor.context.store,
            submission,
            place,
            given_answers(posted).get(place, ""),
            row="",
            reason=posted.text("reason"),
            person=visitor.person,
            zone=visitor.context.zone(submission.project_id),
            now=now(),
        )
    except BaikooError as refused:
        return await submission_page(request, visitor, submission, refused.sentence, posted.given())
    return go(visitor, "submissions", str(submission.seq), done="corrected")


async def post_delete(request: Request, visitor: Visitor) -> Response:
    """Into the trash."""
    return await _move(request, visitor, delete_submission, "deleted")


async def post_restore(request: Request, visitor: Visitor) -> Response:
    """Out of the trash."""
    return await _move(request, visitor, restore_submission, "counts_again")


async def _move(request: Request, visitor: Visitor, move: Callable[..., object], done: str) -> Response:
    submission, posted = submission_in_path(request, visitor), visitor.posted
    try:
        await asyncio.to_thread(
            move,
            visitor.context.store,
            submission,
            reason=posted.text("reason"),
            person=visitor.person,
            now=now(),
        )
    except BaikooError as refused:
        return await submission_page(request, visitor, submission, refused.sentence, posted.given())
    return go(visitor, "submissions", str(submission.seq), done=done)


async def get_trash(request: Request, visitor: Visitor) -> Response:
    """What was deleted and not yet purged, newest first."""
    store = visitor.context.store
    before = number(request.query_params.get("before", ""))

    def found() -> list[Submission]:
        wanted = Wanted(project_id=visitor.project_id, deleted=True)
        rows = store.submissions.page(wanted, limit=PER_PAGE, before=before)
        return [row for row in rows if _is_seen(visitor, row)]

    rows = await asyncio.to_thread(found)
    titles = {form.form_id: form.title for form in store.forms.all(visitor.project_id)}
    values = {"rows": rows, "titles": titles, "more": rows[-1].seq if len(rows) == PER_PAGE else None}
    return await desk_page(request, visitor, "trash.html", values)


def _is_seen(visitor: Visitor, row: Submission) -> bool:
    object_type = object_type_of(visitor.context.store, row.project_id, row.form_id)
    return visitor.may(Deed.READ_SUBMISSIONS, object_type, form_id=row.form_id)


async def get_edit(request: Request, visitor: Visitor) -> Response:
    """A plain form with every answer that may be written anew."""
    return await _edit_page(request, visitor, _current(request, visitor))


async def post_edit(request: Request, visitor: Visitor) -> Response:
    """A new version with the answers that were changed."""
    submission, given = _current(request, visitor), given_answers(visitor.posted)
    try:
        receipt = await edit_submission(
            visitor.context, submission, given, sender_of(request, visitor.person), now()
        )
    except BaikooError as refused:
        return await _edit_page(request, visitor, submission, refused.sentence, given)
    return go(visitor, "submissions", str(receipt.outcome.seq), done="edited")


async def _edit_page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    problem: Sentence | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    context = visitor.context
    answers = await asyncio.to_thread(editable_answers, context, submission, visitor.person)
    version = context.store.forms.version(submission.project_id, submission.form_id, submission.version)
    fields = answer_fields(answers, version.schema, visitor.language, given)
    values = {"submission": submission, "title": version.title, "fields": fields}
    return await desk_page(request, visitor, "submission_edit.html", values, problem=problem)


def _current(request: Request, visitor: Visitor) -> Submission:
    """The current version of the submission in the path."""
    submission = submission_in_path(request, visitor)
    object_type = object_type_of(visitor.context.store, submission.project_id, submission.form_id)
    require(
        visitor.person,
        Deed.EDIT_SUBMISSIONS,
        submission.project_id,
        object_type,
        form_id=submission.form_id,
    )
    return visitor.context.store.submissions.current(submission.root_seq)


EDIT, READ, POST = Deed.EDIT_SUBMISSIONS, Deed.READ_SUBMISSIONS, ("POST",)
ONE = "/submissions/{seq:number}"
routes = [
    at("/submissions/trash", get_trash, READ),
    at(f"{ONE}/comments", post_comment, READ, methods=POST),
    at(f"{ONE}/corrections", post_correction, EDIT, methods=POST),
    at(f"{ONE}/delete", post_delete, EDIT, methods=POST),
    at(f"{ONE}/restore", post_restore, EDIT, methods=POST),
    at(f"{ONE}/edit", get_edit, EDIT),
    at(f"{ONE}/edit", post_edit, EDIT, methods=POST),
]
