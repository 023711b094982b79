"""The first page of a desk: what is open, what waits, what each role does next."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from analytics.rounds import OpenCount, open_counts
from analytics.submissions import list_submissions
from server.permissions import Deed
from server.routes.desk.names import round_names
from server.routes.desk.room import Visitor, at, desk_page, read
from server.routes.desk.submissions import Filter
from server.store.rounds import Round
from server.store.submissions import Wanted


async def get_overview(request: Request, visitor: Visitor) -> Response:
    store = visitor.context.store
    rounds = store.rounds.all(visitor.project_id)
    open_now: list[tuple[Round, int, int]] = []
    if visitor.may(Deed.COUNT):
        for round_ in rounds:
            if round_.state == "open":
                open_now.append((round_, *await totals(visitor, round_.round_id)))
    may_review = visitor.may(Deed.REVIEW)
    waiting = Wanted(project_id=visitor.project_id, waiting=True)
    values = {
        "open_now": open_now,
        "names": round_names(visitor),
        "unreviewed": await to_review(visitor, "received") if may_review else 0,
        "edited": await to_review(visitor, "edited") if may_review else 0,
        "waiting": await asyncio.to_thread(store.submissions.count, waiting) if may_review else 0,
        "refused": len(store.quarantine.all(visitor.project_id)) if may_review else 0,
        "drafts": store.drafts.all(visitor.project_id) if visitor.may(Deed.WRITE_FORMS) else (),
        "objects": len(store.registry.objects(visitor.project_id)),
        "forms": len([form for form in store.forms.all(visitor.project_id) if form.current]),
        "phones": len([user for user in store.app_users.all(visitor.project_id) if user.revoked_at is None]),
        "to_publish": [round_ for round_ in rounds if round_.state == "closed"],
    }
    return await desk_page(request, visitor, "overview.html", values)


async def to_review(visitor: Visitor, state: str) -> int:
    """How many submissions in this state the list behind the number shows to this very person."""
    wanted = Filter(state=state).wanted(visitor)
    found = await read(
        visitor, lambda db: list_submissions(db, wanted, language=visitor.language, limit=1, offset=0)
    )
    return found.total


async def totals(visitor: Visitor, round_id: str) -> tuple[int, int]:
    """How many citizens' answers and observation sheets an open round has received."""
    counts: tuple[OpenCount, ...] = await read(visitor, lambda db: open_counts(db, round_id))
    return (
        sum(count.sent for count in counts if count.stream == "C"),
        sum(count.sent for count in counts if count.stream == "O"),
    )


routes = [at("", get_overview, Deed.READ_PROJECT)]
