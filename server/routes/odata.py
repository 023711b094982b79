"""The tables of a form as OData 4, as ODK Central serves them: for Excel, Power BI, pyODK and ruODK.

Spec: protocol.md 15; https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part1-protocol.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from analytics.odata.filter import parse_filter
from analytics.odata.service import Asked
from analytics.odata.shape import ROOT, Shape
from analytics.odata.wanted import Order, Wanted
from forms.errors import ParameterInvalid
from forms.faults.odata import (
    ExpandUnsupported,
    FieldUnsupported,
    OptionUnsupported,
    SelectWithExpand,
    TableNotFound,
    VersionTooOld,
)
from server.actions import serve_odata
from server.actions.export_submissions import hidden_object_types, hidden_questions
from server.context import Context
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import (
    base_url,
    context_of,
    etag_of,
    is_on,
    is_told_on,
    name_in_path,
    now,
    project_in_path,
    tagged,
)
from server.routes.identity import known
from server.routes.submissions import answers_in_path

HEADERS = {"OData-Version": "4.0"}
JSON = "application/json; odata.metadata=minimal; charset=utf-8"
OPTIONS = frozenset(
    ("$format", "$count", "$skip", "$top", "$filter", "$wkt", "$expand", "$select", "$skiptoken", "$orderby")
)
OURS = frozenset(("deviceID", "st"))  # what clients put on every address
LARGEST = 1_000_000_000
_KEYED = re.compile(r"([^()]+)\('((?:[^']|'')*)'\)")
_VERSION = re.compile(r"\d{1,3}(\.\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_ROOT = re.compile(r".*?\.svc(?=/|$)")

ReadShape = Callable[[], Shape]
ReadRows = Callable[[Context, Asked], Iterator[bytes]]


async def get_service(request: Request) -> Response:
    """The tables that this form has."""
    context, project_id, form_id, person = await answers_in_path(request)
    hidden = hidden_questions(context, project_id, form_id, person)
    return await _service(request, lambda: serve_odata.form_shape(context, project_id, form_id, hidden))


async def get_metadata(request: Request) -> Response:
    """The type of everything in these tables, as CSDL (EDMX)."""
    context, project_id, form_id, person = await answers_in_path(request)
    hidden = hidden_questions(context, project_id, form_id, person)
    return await _metadata(request, lambda: serve_odata.form_shape(context, project_id, form_id, hidden))


async def get_rows(request: Request) -> Response:
    """Rows of a table, newest first: $top, $skip, $skiptoken, $count, $filter, $orderby, $select, $expand."""
    context, project_id, form_id, person = await answers_in_path(request)
    wanted = Wanted(
        project_id=project_id,
        form_id=form_id,
        now=now(),
        not_object_types=hidden_object_types(project_id, person),
    )
    hidden = hidden_questions(context, project_id, form_id, person)
    return await _rows(request, serve_odata.form_rows, wanted, hidden)


async def get_draft_service(request: Request) -> Response:
    """The tables that the draft of this form has."""
    context, project_id, form_id = await _draft_in_path(request)
    return await _service(request, lambda: serve_odata.draft_shape(context, project_id, form_id, now()))


async def get_draft_metadata(request: Request) -> Response:
    """The type of everything in the tables of the draft, as CSDL (EDMX)."""
    context, project_id, form_id = await _draft_in_path(request)
    return await _metadata(request, lambda: serve_odata.draft_shape(context, project_id, form_id, now()))


async def get_draft_rows(request: Request) -> Response:
    """Rows of the test submissions of the draft."""
    _, project_id, form_id = await _draft_in_path(request)
    wanted = Wanted(project_id=project_id, form_id=form_id, now=now())
    return await _rows(request, serve_odata.draft_rows, wanted, frozenset())


async def _draft_in_path(request: Request) -> tuple[Context, int, str]:
    project_id, form_id = project_in_path(request), name_in_path(request, "form_id")
    await known(request, Deed.WRITE_FORMS, project_id, form_id=form_id)
    return context_of(request), project_id, form_id


async def _service(request: Request, shape: ReadShape) -> Response:
    _check_options(request)
    document = serve_odata.service(await asyncio.to_thread(shape), f"{_service_root(request)}/$metadata")
    return json_response(document, headers={**HEADERS, "Content-Type": JSON})


async def _metadata(request: Request, shape: ReadShape) -> Response:
    _check_options(request, "xml")
    content = serve_odata.metadata(await asyncio.to_thread(shape))
    return tagged(request, content, "application/xml; charset=utf-8", etag_of(content), HEADERS)


async def _rows(request: Request, rows: ReadRows, wanted: Wanted, hidden: frozenset[str]) -> Response:
    _check_options(request)
    asked = _asked(request, wanted, hidden)
    pieces = await asyncio.to_thread(rows, context_of(request), asked)
    begun, tag, rest = await asyncio.to_thread(_begun, pieces)
    if rest is None:  # as a page is: whoever holds it already need not fetch it again
        return tagged(request, begun, JSON, tag, HEADERS)
    return StreamingResponse(_in_thread(chain([begun], rest)), headers=HEADERS, media_type=JSON)


def _begun(pieces: Iterator[bytes]) -> tuple[bytes, str, Iterator[bytes] | None]:
    """The beginning of an answer, its ETag, and its rest: None where it was all: its length is known."""
    begun = list(islice(pieces, 3))
    content = b"".join(begun)
    if len(begun) == 3:
        return content, "", pieces
    return content, etag_of(content), None


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made in a thread, one at a time, as fast as the reader takes them."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _check_options(request: Request, kind: str = "json") -> None:
    """Refuse what would be answered wrongly if it were passed over.

    Raises: OptionUnsupported, ExpandUnsupported, SelectWithExpand, VersionTooOld.
    """
    query = request.query_params
    for name in query:
        if name not in OPTIONS and name not in OURS:
            raise OptionUnsupported(feature=name[:100])
    wanted = query.get("$format", "")
    if wanted and kind not in wanted.lower():
        raise OptionUnsupported(feature=f"$format={wanted[:100]}")
    newest = request.headers.get("odata-maxversion", "").partition(";")[0].strip()
    if _VERSION.fullmatch(newest) and float(newest) < 4:
        raise VersionTooOld()
    expand = query.get("$expand", "").strip()
    if expand and expand != "*":
        raise ExpandUnsupported(expand=expand[:200])
    if expand and query.get("$select"):
        raise SelectWithExpand()


def _asked(request: Request, wanted: Wanted, hidden: frozenset[str]) -> Asked:
    """The question of an address.

    Raises: TableNotFound, FilterInvalid, FilterUnsupported, OptionUnsupported, FieldUnsupported,
    ParameterInvalid.
    """
    query = request.query_params
    table, instance_id, within = _read_way(request.path_params["way"])
    filter_text, order = query.get("$filter", "").strip(), query.get("$orderby", "").strip()
    if order and query.get("$skiptoken"):
        raise OptionUnsupported(feature="$orderby, $skiptoken")
    return Asked(
        wanted=replace(
            wanted,
            instance_id=instance_id,
            filter=parse_filter(filter_text) if filter_text else None,
            order=tuple(_read_order(key) for key in order.split(",")) if order else (),
        ),
        table=table,
        within=within,
        hidden=hidden,
        context=f"{_service_root(request)}/$metadata",
        next_link=lambda token: _next_link(request, token),
        top=_number(request, "$top"),
        skip=_number(request, "$skip") or 0,
        skiptoken=query.get("$skiptoken"),
        count=is_told_on(request, "$count"),
        select=query.get("$select"),
        expand=query.get("$expand", "").strip() == "*",
        wkt=is_on(request, "$wkt"),
    )


def _read_way(way: str) -> tuple[str, str | None, tuple[str, str] | None]:
    """(table, first instanceID of the one submission, (table of a repeat, __id of its row)) of an address.

    Submissions, Submissions.children.child, Submissions('uuid:x'), Submissions('uuid:x')/children/child,
    Submissions('uuid:x')/children/child('52ef…')/toys/toy. Raises: TableNotFound.
    """
    names: list[str] = []
    keys: list[tuple[str, str]] = []
    for step in way.split("/"):
        keyed = _KEYED.fullmatch(step)
        names.append(keyed[1] if keyed else step)
        if keyed:
            keys.append((".".join(names), keyed[2].replace("''", "'").replace("%2F", "/")))
    table = ".".join(names)
    if not keys:
        if len(names) > 1:
            raise TableNotFound(table=way[:200])
        return table, None, None
    if keys[0][0] == ROOT:
        return table, keys[0][1], keys[-1] if len(keys) > 1 else None
    if len(names) > 1:
        raise TableNotFound(table=way[:200])
    return table, None, keys[0]


def _read_order(key: str) -> Order:
    """One key of $orderby: a field, and asc or desc. Raises: FieldUnsupported."""
    name, *way = key.split()[:3] or [""]
    if len(way) > 1 or (way and way[0].lower() not in ("asc", "desc")):
        raise FieldUnsupported(name=key.strip()[:100])
    return Order(name, bool(way) and way[0].lower() == "desc")


def _number(request: Request, name: str) -> int | None:
    """A number of rows. Raises: ParameterInvalid (also for less than none)."""
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or int(text) < 0:
        raise ParameterInvalid(name=name, value=text[:100])
    return min(int(text), LARGEST)


def _service_root(request: Request) -> str:
    """The address of the service, as the client wrote it."""
    path = request.scope["raw_path"].decode("latin-1")
    root = _ROOT.match(path)
    return base_url(request) + (root[0] if root else path)


def _next_link(request: Request, token: str) -> str:
    """The same question from the next row on."""
    options = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("$skip", "$skiptoken", "st")
    ]
    path = request.scope["raw_path"].decode("latin-1")
    return f"{base_url(request)}{path}?{urlencode([*options, ('$skiptoken', token)], safe='*')}"


_PUBLISHED = "/v1/projects/{project_id}/forms/{form_id}.svc"
_DRAFT = "/v1/projects/{project_id}/forms/{form_id}/draft.svc"
routes = [
    Route(_PUBLISHED, get_service),
    Route(f"{_PUBLISHED}/", get_service),
    Route(f"{_PUBLISHED}/$metadata", get_metadata),
    Route(f"{_PUBLISHED}/{{way:path}}", get_rows),
    Route(_DRAFT, get_draft_service),
    Route(f"{_DRAFT}/", get_draft_service),
    Route(f"{_DRAFT}/$metadata", get_draft_metadata),
    Route(f"{_DRAFT}/{{way:path}}", get_draft_rows),
]
