"""Submissions at the desk: found by a filter, read in words, accepted, returned or void, one or many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from analytics.submission_detail import SubmissionDetail, submission_detail
from analytics.submissions import SubmissionPage, Wanted, list_submissions
from analytics.warehouse import Cursor
from forms.errors import N_, BaikooError, Conflict, Invalid, Sentence
from server.actions.export_submissions import hidden_object_types, hidden_questions
from server.actions.review_submissions import (
    assign_round,
    object_type_of,
    review_of,
    review_seqs,
    review_submission,
)
from server.context import Context
from server.pages.words import best_text, sort_key
from server.permissions import Deed, require
from server.routes.asking import now, number
from server.routes.desk.room import Posted, Visitor, at, desk_page, go
from server.store import submissions as stored
from server.store.decisions import Review
from server.store.submissions import Submission

T = TypeVar("T")
PER_PAGE = 50
AT_ONCE = 100_000
STATES = ("received", "edited", "accepted", "returned", "void")


class NothingChosen(Invalid):
    text = N_("Choose at least one submission first.")


class FoundOthers(Conflict):
    text = N_("Meanwhile the filter finds {now} submissions and not {before}. Look at them again.")


class ReasonMissing(Invalid):
    text = N_("Write the reason. It stands in the ledger for good.")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a coordinator looks for; empty means all."""

    form: str = ""
    round: str = ""
    state: str = ""
    stream: str = ""
    object: str = ""
    since: str = ""
    until: str = ""

    @property
    def as_query(self) -> dict[str, str]:
        pairs = {name: getattr(self, name) for name in FIELDS}
        return {name: value for name, value in pairs.items() if value}

    def wanted(self, visitor: Visitor) -> Wanted:
        return Wanted(
            project_id=visitor.project_id,
            form_id=self.form or None,
            round_id=self.round or None,
            object_ids=(self.object,) if self.object else None,
            not_object_types=hidden_object_types(visitor.project_id, visitor.person),
            states=(self.state,) if self.state else None,
            streams=(self.stream,) if self.stream else None,
            filled_from=day_of(self.since),
            filled_to=day_of(self.until),
        )


FIELDS = ("form", "round", "state", "stream", "object", "since", "until")


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


async def get_submissions(request: Request, visitor: Visitor) -> Response:
    return await list_page(request, visitor, filter_of(request.query_params.get))


def filter_of(get: Callable[[str, str], str]) -> Filter:
    return Filter(**{name: get(name, "").strip() for name in FIELDS})


def filter_posted(posted: Posted) -> Filter:
    return Filter(**{name: posted.text(name) for name in FIELDS})


async def list_page(
    request: Request, visitor: Visitor, chosen: Filter, problem: Sentence | None = None
) -> Response:
    page_no = min(max(1, number(request.query_params.get("page", "")) or 1), 1_000_000)
    found = await read(
        visitor,
        lambda db: list_submissions(
            db,
            chosen.wanted(visitor),
            language=visitor.language,
            limit=PER_PAGE,
            offset=(page_no - 1) * PER_PAGE,
        ),
    )
    context = visitor.context
    values = {
        "found": found,
        "filter": chosen,
        "page_no": page_no,
        "pages": max(1, -(-found.total // PER_PAGE)),
        "senders": senders(context, visitor.project_id),
        "forms": [form for form in context.store.forms.all(visitor.project_id) if form.current],
        "rounds": round_names(visitor),
        "objects": object_names(visitor),
        "states": STATES,
        "waiting": context.store.submissions.count(
            stored.Wanted(project_id=visitor.project_id, waiting=True)
        ),
        "refused": len(context.store.quarantine.all(visitor.project_id)),
    }
    return await desk_page(request, visitor, "submissions.html", values, problem=problem)


def senders(context: Context, project_id: int) -> dict[int, str]:
    """Names of everyone who may have sent something."""
    names = {user.actor_id: user.display_name for user in context.store.app_users.all(project_id)}
    names |= {
        account.actor_id: account.display_name or account.email for account in context.store.accounts.all()
    }
    return names


def round_names(visitor: Visitor) -> dict[str, str]:
    rounds = visitor.context.store.rounds.all(visitor.project_id)
    return {
        round_.round_id: best_text(round_.titles, visitor.language) or round_.round_id for round_ in rounds
    }


def object_names(visitor: Visitor) -> dict[str, str]:
    """object_id -> name in the language of the page, in its alphabetical order."""
    named = {
        known.object.object_id: best_text(
            {"ky": known.object.name_ky, "ru": known.object.name_ru, "en": known.object.name_en},
            visitor.language,
        )
        for known in visitor.context.store.registry.objects(visitor.project_id)
    }
    return dict(sorted(named.items(), key=lambda pair: sort_key(pair[1])))


async def read(visitor: Visitor, question: Callable[[Cursor], T]) -> T:
    """An answer of the reading, everything received so far included."""
    await visitor.context.loader.until_caught_up()

    def ask() -> T:
        with visitor.context.warehouse.read() as db:
            return question(db)

    return await asyncio.to_thread(ask)


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
    values = {
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


def file_labels(detail: SubmissionDetail | None) -> dict[str, str]:
    """File name -> what was asked when it was made, outside repeats."""
    answers = detail.answers if detail is not None else ()
    return {
        answer.value: f"{answer.label or answer.name} ({answer.name})" for answer in answers if answer.value
    }


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


async def post_review(request: Request, visitor: Visitor) -> Response:
    """Decide on those ticked, or on all that the filter finds; asked once more before it is done."""
    posted, chosen = visitor.posted, filter_posted(visitor.posted)
    try:
        state, reason = decision_of(posted)
        seqs = await meant(visitor, chosen)
        if not seqs:
            raise NothingChosen()
        if posted.text("confirmed") != "yes":
            values = {
                "filter": chosen,
                "seqs": posted.texts("seq"),
                "n": len(seqs),
                "decision": state,
                "reason": reason,
                "scope": posted.text("scope"),
            }
            return await desk_page(request, visitor, "review_confirm.html", values)
        if posted.text("n") != str(len(seqs)):
            raise FoundOthers(now=len(seqs), before=posted.text("n")[:9])
        count = await asyncio.to_thread(
            review_seqs, visitor.context.store, seqs, state, reason=reason, person=visitor.person
        )
    except BaikooError as refused:
        return await list_page(request, visitor, chosen, refused.sentence)
    return go(visitor, "submissions", **chosen.as_query, done="reviewed", n=count)


async def meant(visitor: Visitor, chosen: Filter) -> list[int]:
    """The submissions ticked, or all found; of those only what this person may decide on."""
    found: SubmissionPage = await read(
        visitor,
        lambda db: list_submissions(
            db, chosen.wanted(visitor), language=visitor.language, limit=AT_ONCE, offset=0
        ),
    )
    seqs = [row.submission_seq for row in found.rows]
    if visitor.posted.text("scope") == "all":
        return seqs
    ticked = set(visitor.posted.texts("seq"))
    return [seq for seq in seqs if str(seq) in ticked]


def decision_of(posted: Posted) -> tuple[Review, str]:
    """The state and the reason posted. Raises: ReviewStateUnknown, ReasonMissing."""
    state = review_of(posted.text("decision"))
    reason = posted.text("reason")
    if state in ("returned", "void") and not reason:
        raise ReasonMissing()
    return state, reason


READ, REVIEW, POST = Deed.READ_SUBMISSIONS, Deed.REVIEW, ("POST",)
routes = [
    at("/submissions", get_submissions, READ),
    at("/submissions/review", post_review, REVIEW, methods=POST),
    at("/submissions/{seq:number}", get_submission, READ),
    at("/submissions/{seq:number}/review", post_review_one, REVIEW, methods=POST),
    at("/submissions/{seq:number}/round", post_round, REVIEW, methods=POST),
]
