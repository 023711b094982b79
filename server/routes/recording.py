"""What of a request stands in the audit log: every reading of personal data, and every change.

A reading is named here by the end of its route, and is in the log before its first byte leaves: answers and
what is said about them, people and what they sign in with, the log itself. A change
is written by the action that makes it (`store.audit.add`); should one forget, its route is written here, so
that nothing that changed is missing from the log. What phones send is in the ledger already.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from forms.faults.audit import NoteUnreadable
from server.permissions import Person
from server.routes.asking import context_of, now
from server.store.asked import Asked, asked
from server.store.audit import new_entry

EXPORT = "form.submission.export"
READ = "read.submission"
# end of a route -> what its log entry says; the first that fits counts
DOWNLOADS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), action)
    for pattern, action in (
        (r"/submissions\.(csv|csv\.zip|zip|xlsx|parquet|parquet\.zip|geojson)$", EXPORT),
        (r"^/desk/.*/forms/\{form\}/export/file$", EXPORT),
        (r"/forms/\{\w+\}(/draft)?\.svc/\$metadata$", ""),
        (r"/forms/\{\w+\}(/draft)?\.svc/.+", "read.odata"),
        (r"/submissions/(keys|\{\w+\}/edit)$", ""),
        (r"/submissions/submitters$", "read.assignment"),
        (r"/submissions/\{\w+\}(/versions/\{\w+\})?/attachments/\{\w+(:path)?\}$", "read.attachment"),
        (r"/submissions(/\{\w+\}(/versions(/\{\w+\})?|/attachments|/comments|/audits|/diffs)?)?$", READ),
        (r"/submissions/\{\w+\}/versions/\{\w+\}/attachments$", READ),
        (r"/submissions/\{\w+\}(/versions/\{\w+\})?\.(xml|geojson)$", READ),
        (r"^/desk/.*/submissions/\{seq:number\}/files/\{name\}$", "read.attachment"),
        (r"^/desk/.*/submissions/(\{seq:number\}(/edit)?|trash)$", READ),
        (r"^/desk/.*/(queue|quarantine)$", READ),
        (r"/entities/\{\w+\}/geojson$", "read.entities"),
        (r"^/desk/.*/entities/\{\w+\}$", "read.entities"),
        (r"^/desk/.*/lists/\{\w+\}$", "read.entities"),
        (r"/datasets/\{\w+\}/entities/creators$", "read.assignment"),
        (r"/datasets/\{\w+\}/entities(/\{\w+\}(/versions|/diffs|/audits)?)?$", "read.entities"),
        (r"/corrections(\.csv|\.json)?$", "read.corrections"),
        (r"/view/(downloadSubmission|submissionList)$", READ),
        (r"/datasets/\{\w+\}/entities\.(csv|geojson|xlsx|parquet)$", "read.entities"),
        (r"/datasets/\{\w+\}\.svc/\$metadata$", ""),
        (r"/datasets/\{\w+\}\.svc/.+", "read.entities"),
        (r"^/v1/users(/\{id\})?$|^/desk/.*/accounts$", "read.user"),
        (r"/app-users(/\{\w+(:number)?\}(/settings|/code)?(\.png|\.svg)?)?$", "read.field_key"),
        (r"/public-links(/\{\w+\})?$|^/desk/.*/links(/\{id:number\})?$", "read.public_link"),
        (r"^/v1/api-tokens$|^/desk/.*/tokens$", "read.api_token"),
        (r"/assignments(/forms)?(/\{\w+\})?$", "read.assignment"),
        (r"^/v1/audits(\.csv)?$|^/desk/.*/audit$", "read.audits"),
    )
)
# changes whose route does not say what Central calls them
_CHANGES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (method, re.compile(pattern), action)
    for method, pattern, action in (
        ("PATCH", r"/submissions/\{\w+\}$", "submission.update"),
        ("POST", r"/submissions/\{\w+\}/attachments/", "submission.attachment.update"),
        ("POST", r"/submissions/\{\w+\}/comments$", "submission.comment"),
        ("POST", r"^/desk/.*/submissions/(\{seq:number\}/)?review$", "submission.update"),
        ("POST", r"/submissions/review$", "submission.update"),
        ("POST", r"/(submissions|queue)/.*round$", "submission.round"),
        ("POST", r"/draft/publish$|/forms/\{form\}/publish$", "form.update.publish"),
        ("DELETE", r"/draft$", "form.update.draft.delete"),
        ("POST", r"/draft$", "form.update.draft.set"),
        ("POST", r"/draft/attachments/", "form.attachment.update"),
        ("POST", r"/objects$|/villages$|/registry", "registry.update"),
        ("POST", r"/rounds/\{\w+\}/(open|close|publish)$|/plan$|/rounds$", "round.update"),
    )
)
_KEYS = ("token", "session", "reset")  # in an address, and in no log
# readings that are about no project
OF_THE_SERVER = ("read.user", "read.api_token", "read.assignment", "read.audits")
# routes that change nothing which the log is about: who comes and goes, what phones send, tries
_SILENT = re.compile(
    r"^/v1/(key|test|sessions)/|^/v1/sessions$|^/internal/|^/desk/(sign-in|sign-out|password)$|^/v1/sessions|/submission$"
)
# the parameters whose names say what was taken; what stands in them may be an answer
_TOLD = (
    "$filter", "$top", "$skip", "$skiptoken", "$expand", "$select", "$orderby", "$wkt", "labels", "round",
    "reviewState", "splitSelectMultiples", "groupPaths", "deletedFields", "attachments", "formId",
    "fieldpath", "from", "to", "limit",
)  # fmt: skip
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
LONGEST_NOTE = 2000

Endpoint = Callable[[Request], Awaitable[Response]]


def recorded(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The same routes; those that change something or give personal data away are written down."""
    return [_recorded(route) if isinstance(route, Route) else route for route in routes]


def download_of(path: str) -> str | None:
    """What the log calls a reading of this route; None where none of it is personal."""
    for pattern, action in DOWNLOADS:
        if pattern.search(path):
            return action or None
    return None


def change_of(method: str, path: str) -> str:
    """The name of a change whose action wrote none: ours for this route, else its last word and the verb."""
    for verb, pattern, action in _CHANGES:
        if verb == method and pattern.search(path):
            return action
    words = [word for word in path.split("/")[1:] if word and "{" not in word]
    thing = words[-1].rstrip("s").replace("-", "_") if words else "server"
    return f"{thing}.{_VERBS.get(method, 'update')}"


def subject_of(request: Request) -> str:
    """What a route is about: project/form/instanceID, or the like."""
    given: Mapping[str, object] = request.path_params
    hidden = (*_KEYS, "name") if "/submissions/" in request.url.path else _KEYS  # a file's name is an answer
    parts = [unquote(str(value)).replace("/", "%2F") for name, value in given.items() if name not in hidden]
    form_id = request.query_params.get("formId")
    return "/".join([*parts, *([form_id] if form_id and "form_id" not in given else [])])


def _recorded(route: Route) -> Route:
    methods = route.methods or set()
    changing = bool(methods & set(_VERBS)) and not _SILENT.search(route.path)
    download = download_of(route.path)
    if download is None and not changing:
        return route
    endpoint: Endpoint = route.endpoint

    @wraps(endpoint)
    async def written(request: Request) -> Response:
        holder = Asked(_note(request))
        token = asked.set(holder)
        try:
            response = await endpoint(request)
            if response.status_code < 400 and request.method != "HEAD":
                # a passphrase is posted, because an address is written down in too many places
                if download is not None and (request.method == "GET" or download == EXPORT):
                    if response.status_code < 300:  # nothing new, or the way to it, gives nothing away
                        await _write(request, download, _parameters(request))
                elif holder.changes and not holder.entries:
                    await _write(request, change_of(request.method, route.path), {})
        finally:
            asked.reset(token)
        return response

    return Route(route.path, written, methods=[*methods], name=route.name)


async def _write(request: Request, action: str, details: Mapping[str, str]) -> None:
    person: Person | None = getattr(request.state, "person", None)
    actor = person.actor if person is not None else None
    entry = new_entry(action, subject_of(request), now=now(), actor=actor, details=details)
    if not entry.subject and action not in OF_THE_SERVER:  # a classic address, which means project 1
        entry = replace(entry, subject="1")
    await context_of(request).store.downloads.note(entry)


def _parameters(request: Request) -> dict[str, str]:
    names = [name for name in _TOLD if name in request.query_params]
    kind = request.url.path.rpartition(".")[2]
    told = {"parameters": ",".join(names)} if names else {}
    return told | ({"format": kind} if kind in ("csv", "zip", "xlsx", "parquet", "geojson", "xml") else {})


def _note(request: Request) -> str | None:
    """What a program says of what it does (X-Action-Notes, percent-encoded), as Central has it.

    Raises: NoteUnreadable.
    """
    text = request.headers.get("x-action-notes")
    try:
        return unquote(text, errors="strict").replace("\0", "\ufffd")[:LONGEST_NOTE] if text else None
    except UnicodeDecodeError:
        raise NoteUnreadable(field="x-action-notes") from None
