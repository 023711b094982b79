"""The audit log at the desk: who changed what and who took data away, found by action, person and day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import N_
from server.permissions import Deed
from server.routes.asking import number
from server.routes.desk.names import senders
from server.routes.desk.room import Visitor, at, day_of, desk_page
from server.store.audit import Audited

PER_PAGE = 100
FIELDS = ("action", "actor", "since", "until")
KINDS = {
    "nonverbose": N_("changes that matter to everyone"),
    "download": N_("personal data read or downloaded"),
    "user": N_("Accounts"),
    "field_key": N_("Phones"),
    "public_link": N_("public links"),
    "token": N_("tokens of programs"),
    "project": N_("projects"),
    "form": N_("Questionnaires"),
    "submission": N_("Submissions"),
    "dataset": N_("entity lists"),
    "entity": N_("entities"),
    "round": N_("Rounds"),
    "registry": N_("Registry"),
    "config": N_("settings of the server"),
}


async def get_audit(request: Request, visitor: Visitor) -> Response:
    """Days are the calendar days of the project's time zone, both ends included."""
    given = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    page_no = min(max(1, number(request.query_params.get("page", "")) or 1), 100_000)
    wanted = Audited(
        action=given["action"] or None,
        start=_midnight(visitor, given["since"]),
        end=_midnight(visitor, given["until"], days=1),
        actor=number(given["actor"]),
    )
    audit = visitor.context.store.audit
    found = await asyncio.to_thread(audit.page, wanted, limit=PER_PAGE + 1, offset=(page_no - 1) * PER_PAGE)
    query = {
        "action": given["action"],
        "actor": given["actor"],
        "start": wanted.start.isoformat() if wanted.start else "",
        "end": wanted.end.isoformat() if wanted.end else "",
    }
    values = {
        "entries": found[:PER_PAGE],
        "more": len(found) > PER_PAGE,
        "page_no": page_no,
        "given": given,
        "as_query": {name: value for name, value in given.items() if value},
        "csv": f"/v1/audits.csv?{urlencode({name: value for name, value in query.items() if value})}",
        "kinds": KINDS,
        "people": senders(visitor.context, visitor.project_id),
    }
    return await desk_page(request, visitor, "audit.html", values)


def _midnight(visitor: Visitor, text: str, days: int = 0) -> datetime | None:
    day = day_of(text)
    if day is None or not 1900 < day.year < 2200:
        return None
    zone = visitor.context.zone(visitor.project_id)
    return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)


routes = [at("/audit", get_audit, Deed.READ_AUDIT)]
