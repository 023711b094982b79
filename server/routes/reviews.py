"""Decisions on submissions for programs: one by one, all that a filter finds, a round."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import ParameterInvalid
from server.actions.review_submissions import assign_round, review_found, review_of, review_submission
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import context_of, now, project_in_path, read_json
from server.routes.identity import known
from server.routes.submission_shapes import submission_json
from server.routes.submissions import submission_in_path
from server.store.submissions import Wanted


class Review(msgspec.Struct, rename="camel"):
    """Central's word (approved, hasIssues, rejected) or ours (accepted, returned, void), and why."""

    review_state: str | msgspec.UnsetType | None = msgspec.UNSET
    reason: str = ""


async def patch_submission(request: Request) -> Response:
    """Accept, return or void one submission; the reason stands in the ledger. Without a state all stays."""
    context, submission, person = await submission_in_path(request, Deed.REVIEW)
    review = await read_json(request, Review)

    def decide() -> Response:
        newest = context.store.submissions.current(submission.root_seq)
        if not isinstance(review.review_state, msgspec.UnsetType):
            state = review_of(review.review_state)
            review_submission(context.store, newest, state, reason=review.reason, person=person, now=now())
            newest = context.store.submissions.current(submission.root_seq)
        return json_response(submission_json(submission, newest))

    return await asyncio.to_thread(decide)


Moment = Annotated[datetime, msgspec.Meta(tz=True)]  # a time says its zone


class ReviewAll(msgspec.Struct, rename="camel"):
    """Which submissions of a project, and what is decided on all of them."""

    review_state: str | None = None
    reason: str = ""
    form_id: str | None = None
    states: list[str] | None = None
    round_id: str | None = None
    submitter_id: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    received_from: Moment | None = None
    received_before: Moment | None = None
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
    context, submission, person = await submission_in_path(request)
    given = await read_json(request, RoundGiven)

    def assign() -> None:
        newest = context.store.submissions.current(submission.root_seq)
        assign_round(context.store, newest, given.round_id, reason=given.reason, person=person, now=now())

    await asyncio.to_thread(assign)
    return json_response({"success": True})


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
routes = [
    Route("/v1/projects/{project_id}/submissions/review", post_review, methods=["POST"]),
    Route(f"{_ONE}/round", post_round, methods=["POST"]),
    Route(_ONE, patch_submission, methods=["PATCH"]),
]
