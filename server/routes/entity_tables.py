"""An entity list as CSV, as a map, and as a table of OData 4, as ODK Central serves them.

Spec: protocol.md 13 and 15.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from analytics.odata.filter import parse_filter
from analytics.odata.skiptoken import make_skiptoken, read_skiptoken
from forms.errors import ParameterInvalid
from forms.faults.entity_requests import GeometryMissing
from forms.faults.odata import OptionUnsupported, PropertyNotFound, SkiptokenGone
from server.actions.export_entities import (
    GEOMETRY,
    SYSTEM,
    Creators,
    columns_of,
    entities_csv,
    entities_geojson,
    feature_of,
    look_up,
    odata_row,
)
from server.errors import json_response
from server.pages.entity_metadata import entity_metadata
from server.permissions import Deed
from server.routes.asking import (
    CSV,
    attachment,
    base_url,
    context_of,
    is_fresh,
    is_told_on,
    now,
    number,
    project_in_path,
)
from server.routes.datasets import ONE, list_in_path
from server.routes.entities import ENTITIES, ENTITY
from server.routes.entity_paths import entity_in_path, in_thread
from server.routes.identity import known
from server.store import Store
from server.store.entities import EntitiesWanted, EntityList
from server.store.entities.filtering import condition_of, field_of
from server.store.entities.odata_names import names_of, odata_names

GEOJSON = "application/geo+json"
HEADERS = {"OData-Version": "4.0"}
PAGE = 1000  # rows read at once
JSON = "application/json; odata.metadata=minimal; charset=utf-8"
OPTIONS = frozenset(
    ("$format", "$count", "$skip", "$top", "$filter", "$select", "$skiptoken", "$orderby", "$search")
)
OURS = frozenset(("deviceID", "st"))  # what clients put on every address


async def get_csv(request: Request) -> Response:
    """A list as CSV, newest first; `$filter` and `$search` as in OData. The same has the same ETag."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    wanted = filtered(request, EntitiesWanted(listed, now(), search=search_in(request)))
    headers = {"Content-Disposition": attachment(f"{listed.name}.csv")}
    if wanted.filter is None and not wanted.search:
        headers["ETag"] = etag = f'"{listed.list_id}-{listed.changes}"'
        if is_fresh(request, etag):
            return Response(None, 304, headers)
    return StreamingResponse(in_thread(entities_csv(context.store, wanted)), headers=headers, media_type=CSV)


async def get_trashed_csv(request: Request) -> Response:
    """The entities a list had when it was removed, as CSV; the list by its number."""
    context, project_id = context_of(request), project_in_path(request)
    await known(request, Deed.READ_LISTS, project_id)
    number_of = number(request.path_params["list_id"])
    trashed = await asyncio.to_thread(context.store.entity_list_trash.get, project_id, number_of or 0)
    headers = {"Content-Disposition": attachment(f"{trashed.known.name}-deleted.csv")}
    pieces = entities_csv(context.store, EntitiesWanted(trashed.known, now()))
    return StreamingResponse(in_thread(pieces), headers=headers, media_type=CSV)


async def get_geojson(request: Request) -> Response:
    """The places of a list, where it has a property `geometry`."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    if GEOMETRY not in listed.property_names:
        raise GeometryMissing(name=listed.name)
    wanted = filtered(request, EntitiesWanted(listed, now()))
    headers = {"Content-Disposition": attachment(f"{listed.name}.geojson")}
    pieces = entities_geojson(context.store, wanted)
    return StreamingResponse(in_thread(pieces), headers=headers, media_type=GEOJSON)


async def get_entity_geojson(request: Request) -> Response:
    """The place of one entity; none where its `geometry` cannot be read."""
    _, _, one = await entity_in_path(request)
    feature = feature_of(one.uuid, one.label, one.version, one.data)
    features = [feature] if feature is not None else []
    return json_response({"type": "FeatureCollection", "features": features})


async def get_service(request: Request) -> Response:
    """The one table that a list has."""
    _, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    check_options(request)
    document = {
        "@odata.context": f"{_root(request, listed)}/$metadata",
        "value": [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}],
    }
    return json_response(document, headers={**HEADERS, "Content-Type": JSON})


async def get_metadata(request: Request) -> Response:
    """What the table holds, as CSDL (EDMX)."""
    _, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    check_options(request)
    columns = list(names_of(listed.property_names))
    return Response(entity_metadata(listed.name, columns), 200, HEADERS, "application/xml; charset=utf-8")


async def get_rows(request: Request) -> Response:
    """Rows, newest first: $top, $skip, $skiptoken, $count, $filter, $select, $orderby, $search."""
    context, listed, _ = await list_in_path(request, Deed.READ_LISTS)
    check_options(request)
    query = request.query_params
    wanted = filtered(request, EntitiesWanted(listed, now(), search=search_in(request)))
    if order := query.get("$orderby", "").strip():
        if query.get("$skiptoken"):
            raise OptionUnsupported(feature="$orderby, $skiptoken")
        wanted = replace(wanted, order=tuple(_order(part, listed) for part in order.split(",")))
    selected = _selected(query.get("$select", ""), listed)
    top, skip = _whole(request, "$top"), _whole(request, "$skip") or 0
    token = query.get("$skiptoken")
    pieces = await asyncio.to_thread(
        _rows, request, context.store, wanted, selected, top, 0 if token else skip, token
    )
    return StreamingResponse(in_thread(pieces), headers=HEADERS, media_type=JSON)


def _rows(
    request: Request,
    store: Store,
    wanted: EntitiesWanted,
    selected: frozenset[str] | None,
    top: int | None,
    skip: int,
    token: str | None,
) -> Iterator[bytes]:
    """The rows asked for, in pieces. Raises at once: SkiptokenInvalid, SkiptokenGone."""
    listed, pages = wanted.known, store.entity_pages
    before: int | None = None
    if token:
        before = pages.number_of(listed, read_skiptoken(token, "uuid"))
        if before is None:
            raise SkiptokenGone()
    look_up(store, wanted)
    first = pages.texts(wanted, limit=min(PAGE, top if top is not None else PAGE), before=before, offset=skip)
    count = pages.count(wanted) if is_told_on(request, "$count") else None

    def pieces() -> Iterator[bytes]:
        creators, columns, page, sent, last = Creators(store), columns_of(listed), first, 0, ""
        yield b'{"value":['
        while page:
            names = creators.of(page)
            rows = b",\n".join(msgspec.json.encode(odata_row(one, columns, names, selected)) for one in page)
            yield (b",\n" if sent else b"") + rows
            sent, last = sent + len(page), page[-1].uuid
            left = PAGE if top is None else min(PAGE, top - sent)
            if len(page) < PAGE or left <= 0:
                break
            at = None if wanted.order else page[-1].entity_id
            page = pages.texts(wanted, limit=left, before=at, offset=skip + sent if wanted.order else 0)
        footer: dict[str, object] = {"@odata.context": f"{_root(request, listed)}/$metadata#Entities"}
        if count is not None:
            footer["@odata.count"] = count
        if (
            top is not None
            and sent == top
            and sent
            and (link := _next(request, store, wanted, skip + sent, last))
        ):
            footer["@odata.nextLink"] = link
        yield b"]," + msgspec.json.encode(footer)[1:]

    return pieces()


def _next(request: Request, store: Store, wanted: EntitiesWanted, done: int, last: str) -> str | None:
    """Where the next page is; None where there is none."""
    query = [pair for pair in request.query_params.multi_items() if pair[0] not in ("$skip", "$skiptoken")]
    if wanted.order:
        more = store.entity_pages.page(wanted, limit=1, offset=done)
        query.append(("$skip", str(done)))
    else:
        more = store.entity_pages.page(
            wanted, limit=1, before=store.entity_pages.number_of(wanted.known, last)
        )
        query.append(("$skiptoken", make_skiptoken("uuid", last)))
    return f"{_root(request, wanted.known)}/Entities?{urlencode(query)}" if more else None


def filtered(request: Request, wanted: EntitiesWanted) -> EntitiesWanted:
    """With the `$filter` of the query, whose fields are there. Raises: FilterInvalid, FieldUnsupported ..."""
    text = request.query_params.get("$filter", "").strip()
    if not text:
        return wanted
    tree = parse_filter(text).tree
    condition_of(tree, wanted.known.property_names, wanted.now)
    return replace(wanted, filter=tree)


def search_in(request: Request) -> str:
    return request.query_params.get("$search", "")[:200]


def _order(part: str, listed: EntityList) -> tuple[str, bool]:
    name, _, direction = part.strip().partition(" ")
    if direction.strip().lower() not in ("", "asc", "desc"):
        raise ParameterInvalid(name="$orderby", value=part[:100])
    field_of(name, listed.property_names)
    return name, direction.strip().lower() == "desc"


def _selected(text: str, listed: EntityList) -> frozenset[str] | None:
    """Raises: PropertyNotFound."""
    if not text.strip() or text.strip() == "*":
        return None
    called = odata_names(listed.property_names)
    columns = {*called, *called.values()}
    known = {"__id", "label", "__system", *(f"__system/{name}" for name in SYSTEM)} | columns
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise PropertyNotFound(property=name[:200])
    return frozenset(name if name in called.values() else called.get(name, name) for name in names)


def check_options(request: Request) -> None:
    """Raises: OptionUnsupported (501.1)."""
    for name in request.query_params:
        if name not in OPTIONS and name not in OURS:
            raise OptionUnsupported(feature=name[:100])


def _whole(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None or text == "":
        return None
    found = number(text)
    if found is None:
        raise ParameterInvalid(name=name, value=text[:100])
    return found


def _root(request: Request, listed: EntityList) -> str:
    name = quote(listed.name, safe="")
    return f"{base_url(request)}/v1/projects/{listed.project_id}/datasets/{name}.svc"


routes = [
    Route("/v1/projects/{project_id}/trash/datasets/{list_id}/entities.csv", get_trashed_csv),
    Route(f"{ENTITIES}.csv", get_csv),
    Route(f"{ENTITIES}.geojson", get_geojson),
    Route(f"{ENTITY}/geojson", get_entity_geojson),
    Route(f"{ONE}.svc", get_service),
    Route(f"{ONE}.svc/$metadata", get_metadata),
    Route(f"{ONE}.svc/Entities", get_rows),
]
