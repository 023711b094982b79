"""The description of every route for programs (OpenAPI 3.1), made from the routes themselves.

Paths and methods come from the route, words from the docstring of its endpoint, parameters, bodies and
replies from its code (`describing.py`) and from the types in `shapes.py`. The same as a page: /api.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.routes.asking import CSV, XLSX, XML, ZIP, base_url, etag_of, tagged
from server.routes.describing import FILE, FORM, JSON, MULTIPART, Reading, read_endpoint
from server.routes.odata import OPTIONS
from server.routes.shapes import REPLIES, SUMMARIES, Refusal
from server.routes.showing import show

VERSION = "1"
Json = dict[str, Any]  # a part of the document
CLASSIC = ("/formList", "/submission", "/formUpload", "/upload", "/view/")
_ENDINGS = {
    ".csv": CSV,
    ".csv.zip": ZIP,
    ".zip": ZIP,
    ".xlsx": XLSX,
    ".xls": "*/*",
    ".xml": XML,
    ".geojson": JSON,  # as ODK Central sends it; that of entity lists says another itself
    ".parquet": FILE,
}
# name of a path parameter -> what it is
PARAMETERS: Mapping[str, str] = {
    "project_id": "Number of the project.",
    "form_id": "The form's id, as it stands in the form; percent-encoded.",
    "instance_id": "The instanceID of the first version of a submission; percent-encoded.",
    "version_id": "The instanceID of one version.",
    "version": "Name of a version of the form; ___ for the one without a name.",
    "name": "Name of a file or an entity list; percent-encoded.",
    "token": "The token of a phone, a public link or a draft, 64 characters.",
    "actor_id": "Number of an account, a phone or a link.",
    "role": "Name or number of a role.",
    "round_id": "Name of a round.",
    "object_id": "Name of an object of the registry.",
    "session": "The token of a session, or `current`.",
}
# the options of OData; which of them a table takes, it says itself (400, 501)
ODATA: Mapping[str, Mapping[str, object]] = {
    name: {"type": {"$top": "integer", "$skip": "integer"}.get(name, "string")} for name in sorted(OPTIONS)
}
REFUSALS = {
    400: "What was sent cannot be understood; the message says what.",
    401: "Nobody known asks: sign in.",
    403: "Not allowed for the one who asks.",
    404: "There is no such thing.",
    405: "Not in this manner.",
    409: "It contradicts what is there already.",
    412: "It has changed since.",
    413: "Too large.",
    429: "Too many attempts; wait a little.",
    431: "The head of the request is too large.",
    500: "A mistake of ours: try again, and tell us if it stays.",
    501: "Part of the standard, and not offered here.",
    503: "The server cannot do it just now; try again.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route, for the page."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]


def described(routes: Iterable[BaseRoute]) -> list[tuple[str, Route]]:
    """(method, route) of everything that programs and phones ask."""
    known: dict[tuple[str, str], Route] = {}
    for route in routes:
        if isinstance(route, Route) and route.path.startswith(("/v1/", *CLASSIC)):
            for method in sorted(route.methods or ()):
                # the router answers HEAD wherever it answers GET
                if method != "HEAD" or "GET" not in (route.methods or ()):
                    known.setdefault((method, route.path), route)
    return [(method, route) for (method, _), route in known.items()]


def words_of(route: Route) -> tuple[str, str]:
    """(summary, description) of a route; empty where nobody has written any."""
    doc = (route.endpoint.__doc__ or SUMMARIES.get(route.endpoint.__name__, "")).strip()
    summary, _, rest = doc.partition("\n")
    return summary.strip(), re.sub(r"\n\s+", "\n", rest).strip()


def document(routes: Iterable[BaseRoute], address: str) -> Json:
    """The whole description, for a server that is reached at this address."""
    operations = [(method, route, read_endpoint(route.endpoint)) for method, route in described(routes)]
    types: list[object] = [Refusal]
    for method, route, reading in operations:
        types += [reading.body] if reading.body is not None else []
        types += [_reply_type(method, route, reading)]
    schemas, components = _schemas([each for each in types if each is not None])
    paths: Json = {}
    for method, route, reading in operations:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        paths.setdefault(path, {})[method.lower()] = _operation(method, route, reading, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Baikoo",
            "version": VERSION,
            "description": "What phones and programs may ask. Shapes, codes and addresses are ODK Central's "
            "where Central has them.",
        },
        "servers": [{"url": address}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): _refusal(text) for status, text in REFUSALS.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "From POST /v1/sessions."},
                "basic": {"type": "http", "scheme": "basic", "description": "Over https alone."},
                "digest": {"type": "http", "scheme": "digest", "description": "For OpenRosa clients."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "baikoo_session"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}, {"digest": []}, {"cookie": []}],
    }


def _schemas(types: Sequence[object]) -> tuple[dict[str, Json], Json]:
    """JSON schema of every type by its name, and those that are referred to."""
    unique = {repr(each): each for each in types}
    made, components = msgspec.json.schema_components(
        cast("Iterable[type]", unique.values()), ref_template="#/components/schemas/{name}"
    )
    return dict(zip(unique, made, strict=True)), components


def _reply_type(method: str, route: Route, reading: Reading) -> object | None:
    return REPLIES.get((method, route.path)) or reading.replies.get(JSON)


def _operation(method: str, route: Route, reading: Reading, schemas: Mapping[str, Json]) -> Json:
    summary, description = words_of(route)
    operation: Json = {
        "operationId": _name_of(method, route.path),
        "summary": summary,
        "tags": [_tag(route.path)],
        "parameters": _parameters(route, reading),
        "responses": _responses(method, route, reading, schemas),
    }
    if description:
        operation["description"] = description
    if route.path.startswith(("/v1/key/", "/v1/test/")):
        operation["security"] = []
    if reading.bodies and method not in ("GET", "HEAD", "DELETE"):
        operation["requestBody"] = {
            "content": {kind: _body(kind, reading, schemas) for kind in sorted(reading.bodies)}
        }
    return operation


def _name_of(method: str, path: str) -> str:
    """A name of its own for every operation; a slash at the end makes another address."""
    path = f"{path}root" if path.endswith("/") else path
    return re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_")


def _tag(path: str) -> str:
    words = [word for word in path.split("/") if word and "{" not in word and word != "v1"]
    return words[1] if len(words) > 1 and words[0] in ("projects", "key", "test") else words[0]


def _parameters(route: Route, reading: Reading) -> list[Json]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS.get(name, f"{name.replace('_', ' ').capitalize()}."),
            "schema": {"type": "integer"} if name == "project_id" else {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)(?::\w+)?\}", route.path)
    ]
    asked = {**reading.query, **(ODATA if ".svc" in route.path else {})}
    in_query = [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in sorted(asked.items())
    ]
    return in_path + in_query


def _body(kind: str, reading: Reading, schemas: Mapping[str, Json]) -> Json:
    if kind == "application/json" and reading.body is not None:
        return {"schema": schemas[repr(reading.body)]}
    if kind in (MULTIPART, FORM):
        return {"schema": {"type": "object"}}
    return {"schema": {}}


def _responses(method: str, route: Route, reading: Reading, schemas: Mapping[str, Json]) -> Json:
    kind = _reply_type(method, route, reading)
    content: Json = {}
    ending = re.search(r"(\.[a-z]+){1,2}$", route.path)
    kinds = dict(reading.replies) or {_ENDINGS.get(ending[0] if ending else "", "*/*"): None}
    for media in kinds:
        known = schemas[repr(kind)] if media == JSON and kind is not None else {}
        content[media.partition(";")[0]] = {"schema": known} if known else {}
    good = sorted(status for status in reading.statuses if status < 300) or [200]
    if good == [206] or (200 not in good and reading.replies and 206 in good):
        good = [200, *good]
    responses: Json = {}
    for status in good:
        responses[str(status)] = (
            {"description": "Done."} if status == 204 else {"description": "Done.", "content": content}
        )
    if method == "GET":
        responses["304"] = {"description": "The client holds it already."}
    for status in sorted(status for status in reading.statuses if 300 <= status < 400):
        responses[str(status)] = {"description": "Elsewhere."}
    if 416 in reading.statuses:
        responses["416"] = _refusal("No such part of the file.")
    for status in REFUSALS:
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})
    return responses


def _refusal(text: str) -> Json:
    told = {"schema": {"$ref": "#/components/schemas/Refusal"}}
    return {"description": text, "content": {"application/json": told, "text/xml": {}}}


_made: dict[tuple[int, str], bytes] = {}


async def get_openapi(request: Request) -> Response:
    """This description, as OpenAPI 3.1."""
    content = await asyncio.to_thread(_document, request)
    return tagged(request, content, JSON, etag_of(content))


def _document(request: Request) -> bytes:
    key = (id(request.app), base_url(request))
    if key not in _made:
        if len(_made) > 20:  # a host is what anybody writes into a header
            _made.clear()
        _made[key] = msgspec.json.encode(document(request.app.routes, key[1]))
    return _made[key]


async def get_api(request: Request) -> Response:
    """The description as a page for people."""
    rooms: dict[str, list[Operation]] = {}
    for method, route in await asyncio.to_thread(described, request.app.routes):
        reading = await asyncio.to_thread(read_endpoint, route.endpoint)
        summary, description = words_of(route)
        told = Operation(
            method,
            re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path),
            summary,
            description,
            tuple(_parameters(route, reading)),
            tuple(sorted(reading.bodies)) if method not in ("GET", "HEAD", "DELETE") else (),
            tuple(sorted(kind.partition(";")[0] for kind in reading.replies)),
        )
        rooms.setdefault(_tag(route.path), []).append(told)
    return await show(request, "api.html", "", {"rooms": rooms})


routes = [
    Route("/v1/openapi.json", get_openapi),
    Route("/api", get_api),
]
