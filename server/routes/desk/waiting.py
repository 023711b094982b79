"""What waits for a decision: submissions without a round, and what was refused though it could be read."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from analytics.submissions import Wanted, list_submissions
from forms.errors import BaikooError, Sentence
from server.actions.accept_refused import (
    accept_refused,
    discard_refused,
    object_type_of_refused,
    version_for,
)
from server.actions.export_submissions import hidden_object_types
from server.actions.review_submissions import assign_round
from server.permissions import Deed
from server.routes.asking import now, number
from server.routes.desk.names import round_names, senders, trashed_form_ids
from server.routes.desk.room import Visitor, at, desk_page, go, read
from server.routes.desk.submissions import NothingChosen

SHOWN = 200


async def get_queue(request: Request, visitor: Visitor) -> Response:
    return await queue_page(request, visitor)


async def queue_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    """Submissions of questionnaires with a scheme that no open round has claimed."""
    store = visitor.context.store
    wanted = Wanted(
        project_id=visitor.project_id,
        waiting=True,
        not_object_types=hidden_object_types(visitor.project_id, visitor.person),
        not_form_ids=trashed_form_ids(visitor),
    )
    found = await read(
        visitor, lambda db: list_submissions(db, wanted, language=visitor.language, limit=SHOWN)
    )
    names = round_names(visitor)
    open_rounds = {
        round_.round_id: names[round_.round_id]
        for round_ in store.rounds.all(visitor.project_id)
        if round_.state == "open"
    }
    values = {
        "found": found,
        "open_rounds": open_rounds,
        "senders": senders(visitor.context, visitor.project_id),
        "given": visitor.posted.given(),
    }
    return await desk_page(request, visitor, "queue.html", values, problem=problem)


async def post_queue(request: Request, visitor: Visitor) -> Response:
    """Give the ticked ones a round."""
    store, posted = visitor.context.store, visitor.posted
    seqs = [seq for text in posted.texts("seq") if (seq := number(text)) is not None]

    def assign() -> None:
        if not seqs:
            raise NothingChosen()
        for seq in seqs:
            assign_round(
                store,
                store.submissions.by_seq(seq),
                posted.text("round"),
                reason=posted.text("reason"),
                person=visitor.person,
                now=now(),
            )

    try:
        await asyncio.to_thread(assign)
    except BaikooError as refused:
        return await queue_page(request, visitor, refused.sentence)
    return go(visitor, "queue", done="reviewed", n=len(seqs))


async def get_quarantine(request: Request, visitor: Visitor) -> Response:
    return await quarantine_page(request, visitor)


async def quarantine_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    context = visitor.context
    hidden = hidden_object_types(visitor.project_id, visitor.person)
    entries = []
    for refused in await asyncio.to_thread(context.store.quarantine.all, visitor.project_id):
        if object_type_of_refused(context, refused) not in hidden:
            entries.append({"refused": refused, "version": version_for(context, refused)})
    values = {"entries": entries, "senders": senders(context, visitor.project_id)}
    return await desk_page(request, visitor, "quarantine.html", values, problem=problem)


async def post_accept(request: Request, visitor: Visitor) -> Response:
    return await _decide(request, visitor, take=True)


async def post_discard(request: Request, visitor: Visitor) -> Response:
    return await _decide(request, visitor, take=False)


async def _decide(request: Request, visitor: Visitor, *, take: bool) -> Response:
    decide = accept_refused if take else discard_refused
    number = int(request.path_params["id"])
    try:
        await asyncio.to_thread(decide, visitor.context, number, person=visitor.person, now=now())
    except BaikooError as refused:
        return await quarantine_page(request, visitor, refused.sentence)
    return go(visitor, "quarantine", done="taken" if take else "let_go")


REVIEW, POST = Deed.REVIEW, ("POST",)
routes = [
    at("/queue", get_queue, REVIEW),
    at("/queue", post_queue, REVIEW, methods=POST),
    at("/quarantine", get_quarantine, REVIEW),
    at("/quarantine/{id:number}/accept", post_accept, REVIEW, methods=POST),
    at("/quarantine/{id:number}/discard", post_discard, REVIEW, methods=POST),
]
