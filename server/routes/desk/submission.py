"""One submission at the desk: every answer in words, its files and its history; a decision, a round."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response

from analytics.submission_detail import Answer, AnsweredRepeat, SubmissionDetail, submission_detail
from analytics.submissions import Wanted
from forms.errors import N_, BaikooError, Invalid, Sentence
from forms.instance import parse_instance
from forms.places import question_at, row_of
from server.actions.correct_submission import is_correctable
from server.actions.export_submissions import hidden_object_types, hidden_questions
from server.actions.receive_submission import is_plain
from server.actions.review_submissions import (
    assign_round,
    evaluates,
    object_type_of,
    repeats_of,
    review_of,
    review_submission,
)
from server.pages.answer_fields import AnswerField, answer_fields
from server.pages.changes import Change, changes
from server.permissions import Deed, require
from server.routes.asking import name_in_path, now
from server.routes.attachments import file_response
from server.routes.desk.names import round_names
from server.routes.desk.room import Posted, Visitor, at, desk_page, go, read
from server.store import Store
from server.store.decisions import Review
from server.store.submissions import Submission


class ReasonMissing(Invalid):
    text = N_("Write the reason. It stands in the ledger for good.")


async def get_submission(request: Request, visitor: Visitor) -> Response:
    return await submission_page(request, visitor, submission_in_path(request, visitor))


async def submission_page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    problem: Sentence | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    store = visitor.context.store
    hidden = hidden_questions(visitor.context, visitor.project_id, submission.form_id, visitor.person)
    wanted = Wanted(
        project_id=visitor.project_id,
        submission_seq=submission.seq,
        not_object_types=hidden_object_types(visitor.project_id, visitor.person),
    )
    detail: SubmissionDetail | None = await read(
        visitor, lambda db: submission_detail(db, wanted, language=visitor.language, hidden=hidden)
    )
    versions = await asyncio.to_thread(store.submissions.versions, submission.root_seq)
    decisions = {version.seq: store.decisions.of(version.seq) for version in versions}
    fits = [
        round_
        for round_ in store.rounds.open_with_form(visitor.project_id, submission.form_id)
        if submission.round_id is None
    ]
    object_type = object_type_of(store, submission.project_id, submission.form_id)
    may_edit = visitor.may(Deed.EDIT_SUBMISSIONS, object_type, form_id=submission.form_id)
    is_evaluation = evaluates(store, submission.project_id, submission.form_id)
    is_whole = submission.replaced_by is None and not submission.erased
    asked_in = places_in_words(detail)
    places = correctable(visitor, submission, detail) if may_edit and is_whole else {}
    chosen = (given or {}).get("question") or request.query_params.get("correct", "")
    values = {
        "may_edit": may_edit,
        "is_evaluation": is_evaluation,
        "correctable": places,
        "places": asked_in,
        "correcting": field_to_correct(visitor, submission, places.get(chosen)),
        "may_rewrite": may_edit and is_whole and not is_evaluation and submission.deleted_at is None,
        "may_delete": may_edit and is_whole and (not is_evaluation or submission.state == "void"),
        "changes": await asyncio.to_thread(changes_of, store, versions, hidden),
        "is_plain": not submission.erased and await asyncio.to_thread(arrived_plain, store, submission),
        "submission": submission,
        "detail": detail,
        "versions": versions,
        "decisions": decisions,
        "comments": store.submissions.comments(submission.root_seq),
        "rounds": round_names(visitor),
        "fits": fits,
        "given": given or {},
        "file_labels": file_labels(detail),
    }
    return await desk_page(request, visitor, "submission.html", values, problem=problem)


def arrived_plain(store: Store, submission: Submission) -> bool:
    """Did its answers arrive readable, though the form tells phones to encrypt them?"""
    version = store.forms.version(submission.project_id, submission.form_id, submission.version)
    instance = parse_instance(store.submissions.xml(submission.seq))
    return is_plain(store, version, instance, submission.received_at)


def changes_of(
    store: Store, versions: tuple[Submission, ...], hidden: frozenset[str]
) -> dict[int, tuple[Change, ...]]:
    """What each version changed, by its seq; versions are the newest first."""
    read = [one for one in versions if not one.erased]
    if len(read) < 2:
        return {}
    repeats = repeats_of(store, read[0].project_id, read[0].form_id)
    documents = [(one.seq, store.submissions.xml(one.seq)) for one in reversed(read)]
    return changes(documents, repeats, hidden)


def correctable(
    visitor: Visitor, submission: Submission, detail: SubmissionDetail | None
) -> dict[str, Answer]:
    """Place -> answer, of all that may be corrected here, in repeats row by row."""
    if detail is None or detail.listed.stream == "C" or submission.deleted_at is not None:
        return {}
    version = visitor.context.store.forms.version(
        submission.project_id, submission.form_id, submission.version
    )
    if detail.listed.stream != "O" and version.scheme is not None:
        return {}
    answers = [*detail.answers, *_of_rows(detail.repeats)]
    return {answer.place: answer for answer in answers if is_correctable(version, answer.place)}


def places_in_words(detail: SubmissionDetail | None) -> dict[str, str]:
    """Place -> the question in words, in a repeat after its row: "Tap 2 / Where"; a row has words too."""
    if detail is None:
        return {}
    words = {place: one.label for one in detail.answers for place in (one.place, one.path)}
    waiting = [("", row) for row in detail.repeats]
    while waiting:
        around, row = waiting.pop()
        here = f"{around}{row.label} {row.position}"
        words |= {answer.place: f"{here} / {answer.label}" for answer in row.answers}
        words |= {row_of(answer.place): here for answer in row.answers}
        waiting += [(f"{here} / ", inner) for inner in row.repeats]
    return words


def _of_rows(repeats: tuple[AnsweredRepeat, ...]) -> Iterator[Answer]:
    for row in repeats:
        yield from row.answers
        yield from _of_rows(row.repeats)


def field_to_correct(visitor: Visitor, submission: Submission, answer: Answer | None) -> AnswerField | None:
    """The field in which another value for this answer is written; it begins with the one that counts."""
    if answer is None:
        return None
    version = visitor.context.store.forms.version(
        submission.project_id, submission.form_id, submission.version
    )
    question = question_at(version.schema, answer.place)
    assert question is not None
    counts = answer.value if answer.corrected is None else answer.corrected
    given = given_answers(visitor.posted)
    [field] = answer_fields([(answer.place, question, counts)], version.schema, visitor.language, given)
    return field


def given_answers(posted: Posted) -> dict[str, str]:
    """The answers posted, by their keys; of several choices one text."""
    given = {key[2:]: posted.text(key).replace("\r\n", "\n") for key in posted.form if key.startswith("a:")}
    given |= {key[2:]: " ".join(posted.texts(f"c:{key[2:]}")) for key in posted.form if key.startswith("m:")}
    return given


def file_labels(detail: SubmissionDetail | None) -> dict[str, str]:
    """File name -> what was asked when it was made, outside repeats."""
    answers = detail.answers if detail is not None else ()
    return {
        answer.value: f"{answer.label or answer.name} ({answer.name})" for answer in answers if answer.value
    }


async def get_file(request: Request, visitor: Visitor) -> Response:
    """One file of this very version, in the trash too: whoever restores it wants to see it."""
    submission, name = submission_in_path(request, visitor), name_in_path(request, "name")

    def found() -> Response:
        files = visitor.context.store.submissions.files(submission.seq)
        file = next((each for each in files if each.name == name), None)
        return file_response(request, visitor.context, name, file)

    return await asyncio.to_thread(found)


def submission_in_path(request: Request, visitor: Visitor) -> Submission:
    """Raises: SubmissionNotFound, NotAllowed (the rule of independence)."""
    store = visitor.context.store
    submission = store.submissions.by_seq(int(request.path_params["seq"]))
    object_type = object_type_of(store, submission.project_id, submission.form_id)
    require(visitor.person, Deed.READ_SUBMISSIONS, submission.project_id, object_type)
    return submission


async def post_review_one(request: Request, visitor: Visitor) -> Response:
    submission = submission_in_path(request, visitor)
    try:
        state, reason = decision_of(visitor.posted)
        await asyncio.to_thread(
            review_submission,
            visitor.context.store,
            submission,
            state,
            reason=reason,
            person=visitor.person,
            now=now(),
        )
    except BaikooError as refused:
        return await submission_page(request, visitor, submission, refused.sentence, visitor.posted.given())
    return go(visitor, "submissions", str(submission.seq), done="reviewed", n=1)


async def post_round(request: Request, visitor: Visitor) -> Response:
    submission = submission_in_path(request, visitor)
    try:
        await asyncio.to_thread(
            assign_round,
            visitor.context.store,
            submission,
            visitor.posted.text("round"),
            reason=visitor.posted.text("reason"),
            person=visitor.person,
            now=now(),
        )
    except BaikooError as refused:
        return await submission_page(request, visitor, submission, refused.sentence, visitor.posted.given())
    return go(visitor, "submissions", str(submission.seq), done="assigned")


def decision_of(posted: Posted) -> tuple[Review, str]:
    """The state and the reason posted. Raises: ReviewStateUnknown, ReasonMissing."""
    state = review_of(posted.text("decision"))
    reason = posted.text("reason")
    if state in ("returned", "void") and not reason:
        raise ReasonMissing()
    return state, reason


REVIEW, POST = Deed.REVIEW, ("POST",)
routes = [
    at("/submissions/{seq:number}", get_submission, Deed.READ_SUBMISSIONS),
    at("/submissions/{seq:number}/files/{name}", get_file, Deed.READ_SUBMISSIONS),
    at("/submissions/{seq:number}/review", post_review_one, REVIEW, methods=POST),
    at("/submissions/{seq:number}/round", post_round, REVIEW, methods=POST),
]
