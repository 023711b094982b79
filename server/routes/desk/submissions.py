"""Submissions at the desk: found by a filter, read in words, accepted, returned or void, one or many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from analytics.submissions import SubmissionPage, Wanted, list_submissions
from forms.errors import N_, BaikooError, Conflict, Invalid, Sentence
from server.actions.export_submissions import hidden_object_types
from server.actions.review_submissions import review_seqs
from server.permissions import Deed
from server.routes.asking import number
from server.routes.desk.names import object_names, round_names, senders, trashed_form_ids
from server.routes.desk.room import Posted, Visitor, at, day_of, desk_page, go, read
from server.routes.desk.submission import decision_of
from server.store import submissions as stored

PER_PAGE = 50
AT_ONCE = 100_000
LONGEST_TEXT = 200
STATES = ("received", "edited", "accepted", "returned", "void")


class NothingChosen(Invalid):
    text = N_("Choose at least one submission first.")


class FoundOthers(Conflict):
    text = N_("Meanwhile the filter finds {now} submissions and not {before}. Look at them again.")


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
    sender: str = ""
    text: str = ""

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
            not_form_ids=trashed_form_ids(visitor),
            states=(self.state,) if self.state else None,
            streams=(self.stream,) if self.stream else None,
            filled_from=day_of(self.since),
            filled_to=day_of(self.until),
            submitter_id=number(self.sender),
            text=self.text[:LONGEST_TEXT] or None,
        )


FIELDS = ("form", "round", "state", "stream", "object", "since", "until", "sender", "text")


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
    forms = [form for form in context.store.forms.all(visitor.project_id) if form.current]
    values = {
        "found": found,
        "filter": chosen,
        "page_no": page_no,
        "pages": max(1, -(-found.total // PER_PAGE)),
        "senders": senders(context, visitor.project_id),
        "forms": forms,
        "titles": {form.form_id: form.title for form in forms},
        "rounds": round_names(visitor),
        "objects": object_names(visitor),
        "states": STATES,
        "waiting": context.store.submissions.count(
            stored.Wanted(project_id=visitor.project_id, waiting=True)
        ),
        "refused": len(context.store.quarantine.all(visitor.project_id)),
        "trashed": context.store.submissions.count(
            stored.Wanted(project_id=visitor.project_id, deleted=True)
        ),
    }
    return await desk_page(request, visitor, "submissions.html", values, problem=problem)


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


READ, REVIEW, POST = Deed.READ_SUBMISSIONS, Deed.REVIEW, ("POST",)
routes = [
    at("/submissions", get_submissions, READ),
    at("/submissions/review", post_review, REVIEW, methods=POST),
]
