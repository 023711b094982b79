"""What a route takes and gives, read from its own code, so that the description cannot drift from it.

An endpoint says it all in the words of `asking.py`: `is_on(request, "publish")` is a switch of the query,
`read_json(request, NewAppUser)` a body, `json_response(...)`, `Response(..., media_type=CSV)` a reply. The
functions it calls in the routes are read too. What the code cannot say stands in `shapes.py`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import get_type_hints

import msgspec

from server.routes.shapes import SHAPES

JSON = "application/json; charset=utf-8"
FILE = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
DEPTH = 4  # of calls from an endpoint into the routes
_ROOMS = ("server.routes.",)
_LEFT_OUT = ("server.routes.asking", "server.routes.identity", "server.routes.recording")
# what a helper of asking.py reads from the query: its name -> JSON schema
_HELPERS: Mapping[str, Mapping[str, object]] = {
    "is_on": {"type": "boolean"},
    "whole_number": {"type": "integer", "minimum": 0},
    "moment_in_query": {"type": "string", "description": "A day, or a time with its zone."},
}


@dataclass(slots=True)
class Reading:
    """What was read of one endpoint. `replies`: media type -> type, None where nothing is known of it."""

    query: dict[str, Mapping[str, object]] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)
    body: type | None = None
    bodies: set[str] = field(default_factory=set)  # media types
    replies: dict[str, object | None] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)


@cache
def read_endpoint(endpoint: Callable[..., object]) -> Reading:
    """What this endpoint takes and gives; empty where its source is not at hand."""
    reading = Reading()
    _read(inspect.unwrap(endpoint), reading, DEPTH, set())
    return reading


def _read(function: Callable[..., object], reading: Reading, depth: int, seen: set[object]) -> None:
    if function in seen or not isinstance(function, FunctionType):
        return
    seen.add(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return
    names = {**function.__globals__, **_closure(function)}
    queries = {"query_params", "query", *_aliases(tree)}
    helpers = dict(_helpers(tree, queries))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            _membership(node, queries, reading)
        if isinstance(node, ast.Subscript) and _name(node.value) in queries and (text := _text(node.slice)):
            reading.query.setdefault(text, {"type": "string"})
        if not isinstance(node, ast.Call):
            continue
        called = _name(node.func)
        if called in helpers and node.args and (text := _text(node.args[0])):
            reading.query[text] = helpers[called]
        elif called == "get" and isinstance(node.func, ast.Attribute):
            _get(node, queries, reading)
        elif (
            called is not None and called in _HELPERS and len(node.args) > 1 and (text := _text(node.args[1]))
        ):
            reading.query[text] = _HELPERS[called]
        elif called == "read_json" and len(node.args) > 1:
            body = names.get(_name(node.args[1]) or "")
            reading.bodies.add("application/json")
            if isinstance(body, type):
                reading.body = body
        elif called == "read_body":
            reading.bodies.add(FILE)
        elif called in ("read_posted", "read_form_upload"):
            reading.bodies.add(MULTIPART)
        elif called == "form" and isinstance(node.func, ast.Attribute):
            reading.bodies.add(FORM)
        else:
            _reply(node, called, names, reading)
        for each in _functions(node, names):
            if depth and each.__module__.startswith(_ROOMS) and not each.__module__.startswith(_LEFT_OUT):
                _read(inspect.unwrap(each), reading, depth - 1, seen)


def _functions(node: ast.Call, names: Mapping[str, object]) -> Iterator[FunctionType]:
    """The function called, and those handed over to be called (to_thread, partial)."""
    for each in (node.func, *node.args):
        if isinstance(each, ast.Name) and isinstance(found := names.get(each.id), FunctionType):
            yield found


def _closure(function: FunctionType) -> dict[str, object]:
    """What an endpoint made by another function holds of it."""
    cells = function.__closure__ or ()
    return {
        name: cell.cell_contents
        for name, cell in zip(function.__code__.co_freevars, cells, strict=True)
        if cell.cell_contents is not None
    }


def _reply(node: ast.Call, called: str | None, names: Mapping[str, object], reading: Reading) -> None:
    if called in ("json_response", "error_response"):
        known = reading.replies.get(JSON)
        reading.replies[JSON] = known or (_shape(node.args[0], names) if node.args else None)
        if len(node.args) > 1:
            _status(node.args[1], reading)
    elif called == "openrosa_response":
        reading.replies.setdefault("text/xml; charset=utf-8", None)
        _status(node.args[0], reading)
    elif called == "RedirectResponse":
        _status(node.args[1], reading)
    elif called in ("Response", "StreamingResponse", "FileResponse", "tagged"):
        for given in (*node.args, *(pair.value for pair in node.keywords if pair.arg == "media_type")):
            kind = _constant(given, names)
            if isinstance(kind, str) and "/" in kind and " " not in kind.split(";")[0] and len(kind) < 100:
                reading.replies.setdefault(kind, None)
        for pair in node.keywords:
            if pair.arg == "status_code":
                _status(pair.value, reading)
        if called == "FileResponse":
            reading.replies.setdefault("*/*", None)
            reading.statuses.update((200, 206, 416))


def _shape(given: ast.expr, names: Mapping[str, object]) -> object | None:
    """The type of what stands in json_response(...), where a function we know makes it."""
    if isinstance(given, ast.BinOp):  # a | b: a shape and more of it
        return _shape(given.left, names)
    if isinstance(given, ast.ListComp):
        one = _shape(given.elt, names)
        return list[one] if one is not None else None  # type: ignore[valid-type]
    if isinstance(given, ast.Dict) and [_text(key) for key in given.keys if key] == ["success"]:
        return SHAPES["success"]
    if not isinstance(given, ast.Call):
        return None
    called = _name(given.func) or ""
    if called in SHAPES:
        return SHAPES[called]
    made = names.get(called)
    if isinstance(made, FunctionType):
        try:
            returned = get_type_hints(made).get("return")
        except (NameError, TypeError):
            return None
        if isinstance(returned, type) and issubclass(returned, msgspec.Struct):
            return returned
    return None


def _status(given: ast.expr, reading: Reading) -> None:
    if isinstance(given, ast.Constant) and isinstance(given.value, int):
        reading.statuses.add(given.value)


def _get(node: ast.Call, queries: set[str], reading: Reading) -> None:
    """`request.query_params.get("x")`, `given.get("x")`, `request.headers.get("x-…")`."""
    assert isinstance(node.func, ast.Attribute)
    asked, text = _name(node.func.value), _text(node.args[0]) if node.args else None
    if text and asked in queries:
        reading.query.setdefault(text, {"type": "string"})
    elif text and asked == "headers" and text.startswith("x-"):
        reading.headers.add(text)


def _membership(node: ast.Compare, queries: set[str], reading: Reading) -> None:
    text = _text(node.left)
    if text and any(_name(each) in queries for each in node.comparators):
        reading.query.setdefault(text, {"type": "string"})


def _aliases(tree: ast.AST) -> Iterator[str]:
    """Names that stand for request.query_params in this function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _name(node.value) == "query_params":
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _helpers(tree: ast.AST, queries: set[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Functions inside this one that read a parameter by its name, and what they make of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.args.args:
            given = node.args.args[0].arg
            asks = (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and _name(call.func.value) in queries
                and [_name(each) for each in call.args[:1]] == [given]
                for call in ast.walk(node)
            )
            if any(asks):
                returns = _name(node.returns) if node.returns is not None else None
                yield node.name, {"type": {"bool": "boolean", "int": "integer"}.get(returns or "", "string")}


def _constant(given: ast.expr, names: Mapping[str, object]) -> object:
    if isinstance(given, ast.Constant):
        return given.value
    return names.get(given.id) if isinstance(given, ast.Name) else None


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Await):
        return _name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
