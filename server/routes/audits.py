"""The audit log for administrators, as ODK Central shapes it: who changed what, who took data away."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from forms.errors import ParameterInvalid
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import CSV, attachment, context_of, iso, number, whole_number
from server.routes.identity import known
from server.store.audit import PAGE, Audited, Entry

LONGEST_PAGE = 100_000_000
JSON = "application/json; charset=utf-8"
COLUMNS = ("id", "loggedAt", "actorId", "actor", "action", "acteeId", "details", "notes")
# what an action is about, by its first word
_ACTORS = {"user": "user", "field_key": "field_key", "public_link": "public_link", "api_token": "user"}
_TYPES = {
    "account": "user",
    "app_user": "field_key",
    "public_link": "public_link",
    "link": "public_link",
}


def audit_json(entry: Entry) -> dict[str, object]:
    """An entry as Central shows it; what it is about is named as our addresses name it."""
    return {
        "id": entry.audit_id,
        "actorId": entry.actor,
        "action": entry.action,
        "acteeId": entry.subject or None,
        "details": dict(entry.details) or None,
        "loggedAt": iso(entry.at),
        "notes": entry.notes,
    }


def extended_json(entry: Entry) -> dict[str, object]:
    """The same with who did it, and what it was done to."""
    shown = audit_json(entry)
    if entry.actor is not None:
        shown["actor"] = {
            "id": entry.actor,
            "type": _TYPES.get(entry.actor_kind, entry.actor_kind),
            "displayName": entry.actor_name,
            "createdAt": iso(entry.actor_created_at),
            "updatedAt": None,
            "deletedAt": None,
        }
    if (actee := _actee(entry)) is not None:
        shown["actee"] = actee
    return shown


def _actee(entry: Entry) -> dict[str, object] | None:
    """The account, project, form or list that an entry is about."""
    words, parts = entry.action.split("."), entry.subject.split("/")
    thing = words[1] if words[0] == "read" else words[0]
    of_one = words[0] != "read" or thing == "user" or len(parts) > 1  # a list belongs to its project
    if of_one and thing in _ACTORS and (actor := number(parts[-1])) is not None:
        return {"id": actor, "type": _ACTORS[thing]}
    if (project := number(parts[0])) is None:
        return None
    if len(parts) == 1:
        return {"id": project}
    if thing in ("dataset", "entity"):
        return {"projectId": project, "name": parts[1]}
    return {"projectId": project, "xmlFormId": unquote(parts[1])}


async def wanted_in_query(request: Request) -> Audited:
    """What the query of an administrator asks for. Raises: ParameterInvalid, SignInFirst, NotAllowed."""
    await known(request, Deed.READ_AUDIT, None)
    given = request.query_params
    actor = given.get("actor")
    if actor is not None and number(actor) is None:
        raise ParameterInvalid(name="actor", value=actor[:100])
    return Audited(
        action=given.get("action") or None,
        start=moment_in_query(request, "start"),
        end=moment_in_query(request, "end"),
        actor=number(actor) if actor is not None else None,
    )


def moment_in_query(request: Request, name: str) -> datetime | None:
    """A day or a time, of UTC where it says no zone. Raises: ParameterInvalid."""
    text = (request.query_params.get(name) or "").strip()
    if not text:
        return None
    if len(text) == 11 and text.endswith("Z"):  # a day that says it is one of UTC
        text = text[:-1]
    try:
        told = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that nobody encoded
        return told.astimezone(UTC) if told.tzinfo is not None else told.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ParameterInvalid(name=name, value=text[:100]) from None


async def get_audits(request: Request) -> Response:
    """Who changed what and who took personal data away, newest first.

    `action` is one action or a kind: nonverbose, user, field_key, public_link, project, form, submission,
    dataset, entity, round, registry, token, download. What phones and programs have sent stands in the
    ledger, and is told where it is asked for by name: submission.create. With the header
    `X-Extended-Metadata: true` each entry also tells who did it and what it was done to.
    """
    wanted = await wanted_in_query(request)
    limit = whole_number(request, "limit", LONGEST_PAGE, LONGEST_PAGE)
    offset = whole_number(request, "offset", 0, LONGEST_PAGE)
    audit = context_of(request).store.audit
    extended = request.headers.get("x-extended-metadata", "").lower() == "true"
    shape = extended_json if extended else audit_json
    if limit <= PAGE:
        entries = await asyncio.to_thread(audit.page, wanted, limit=limit, offset=offset)
        return json_response([shape(entry) for entry in entries])
    asked = itertools.islice(audit.all(wanted), offset, offset + limit)
    return StreamingResponse(_in_thread(_array(shape, asked)), media_type=JSON)


def _array(shape: Callable[[Entry], dict[str, object]], entries: Iterator[Entry]) -> Iterator[bytes]:
    """One JSON array, in pieces: a log of years has more entries than memory should hold."""
    yield b"["
    separator = b""
    while page := list(itertools.islice(entries, PAGE)):
        yield separator + b",\n".join(msgspec.json.encode(shape(entry)) for entry in page)
        separator = b",\n"
    yield b"]"


async def get_audits_csv(request: Request) -> Response:
    """The same as a CSV file, however many there are."""
    wanted = await wanted_in_query(request)
    pieces = csv_of(context_of(request).store.audit.all(wanted))
    headers = {"Content-Disposition": attachment("audits.csv")}
    return StreamingResponse(_in_thread(pieces), headers=headers, media_type=CSV)


def csv_of(entries: Iterator[Entry]) -> Iterator[bytes]:
    """The CSV of these entries, in pieces."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        details = msgspec.json.encode(dict(entry.details)).decode() if entry.details else ""
        cells = (entry.actor or "", entry.actor_name, entry.action, entry.subject, details, entry.notes or "")
        writer.writerow((entry.audit_id, iso(entry.at), *(_harmless(cell) for cell in cells)))
        if text.tell() > 64 * 1024:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _harmless(cell: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula: names and notes are written by people."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


routes = [
    Route("/v1/audits", get_audits),
    Route("/v1/audits.csv", get_audits_csv),
]
