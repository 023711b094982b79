"""What ODK Collect asks: formList, forms, manifests, media, and where it sends what was filled in.

Under /v1/key/{token}/projects/{id} for phones, /v1/projects/{id} for accounts, and the classic addresses for
project 1. Every address in a list repeats the way the phone came. A failure of ours is never an empty list:
that would wipe the phone. Spec: https://docs.getodk.org/openrosa/ and protocol.md 1 to 7.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from forms.errors import FormNotFound, FormWithdrawn
from forms.openrosa import ListedForm, ListedMedia, form_list, manifest
from server.actions.offer_forms import OfferedFile, file_of, files_of, offered_forms
from server.actions.receive_submission import Sender, receive_submission
from server.context import Context
from server.errors import language_of, openrosa_response
from server.multipart import read_posted
from server.permissions import Deed, Person
from server.routes.asking import (
    XML,
    attachment,
    base_url,
    context_of,
    etag_of,
    header_text,
    is_fresh,
    name_in_path,
    now,
    project_in_path,
    tagged,
)
from server.routes.csrf import promise_parts, prove_parts
from server.routes.form_shapes import is_shown
from server.routes.identity import known
from server.store.forms import FormVersion

SHOWN_IN_THE_BROWSER = {"image/png", "image/jpeg", "image/gif", "image/webp"}


async def get_form_list(request: Request) -> Response:
    """The forms a phone may have, with the hash of each; one with ?formID= when it is there."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_FORMS, project_id)
    wanted = request.query_params.get("formID")
    offered = tuple(
        version
        for version in offered_forms(context, project_id, person)
        if wanted is None or version.form_id == wanted
    )
    xml = _form_list(f"{_prefix(request)}/forms", Offered(offered))
    return tagged(request, xml, XML, etag_of(xml))


class Offered:
    """Versions as the key of a list that is kept: a version never changes, and its record names it."""

    def __init__(self, versions: tuple[FormVersion, ...]) -> None:
        self.versions = versions
        self._key = tuple((version.seq, version.content.xform_md5) for version in versions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Offered) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=256)
def _form_list(forms_url: str, offered: Offered) -> bytes:
    """The list as this phone reads it; all phones of a token ask for the same one over and over."""
    entries = []
    for version in offered.versions:
        url = f"{forms_url}/{quote(version.form_id, safe='')}"
        manifest_url = f"{url}/manifest" if version.content.media else None
        md5 = version.content.xform_md5
        entries.append(
            ListedForm(version.form_id, version.title, version.version, md5, f"{url}.xml", manifest_url)
        )
    return form_list(entries)


async def get_manifest(request: Request) -> Response:
    """The files of a form that are there, each with its md5."""
    context, version, person = await _version(request)
    return await manifest_of(request, context, version, person)


async def manifest_of(request: Request, context: Context, version: FormVersion, person: Person) -> Response:
    """The manifest of any version; its files are those of the current one's address."""
    files = await asyncio.to_thread(files_of, context, version.project_id, version.content, person)
    return manifest_response(request, files, f"{_prefix(request)}/forms/{quote(version.form_id, safe='')}")


def manifest_response(request: Request, files: Sequence[OfferedFile], form_url: str) -> Response:
    """The list of these files, each at the address of this form."""
    project_url = form_url.rpartition("/forms/")[0]
    xml = manifest(_listed(file, f"{form_url}/attachments", f"{project_url}/datasets") for file in files)
    return tagged(request, xml, XML, etag_of(xml))


def _listed(file: OfferedFile, files_url: str, lists_url: str) -> ListedMedia:
    integrity_url = None
    if file.entity_list is not None:
        integrity_url = f"{lists_url}/{quote(file.entity_list.name, safe='')}/integrity"
    return ListedMedia(
        file.name, file.md5, f"{files_url}/{quote(file.name, safe='')}", file.type, integrity_url
    )


async def get_form_xml(request: Request) -> Response:
    """The form, byte for byte as its hash in the list promises."""
    context, version, _ = await _version(request)
    etag = f'"{version.content.xform_md5}"'
    if is_fresh(request, etag):
        return Response(None, 304, {"ETag": etag})
    return tagged(request, context.store.forms.xform(version), XML, etag)


async def get_attachment(request: Request) -> Response:
    """One file of a form."""
    context, version, person = await _version(request)
    name = name_in_path(request, "name")
    file = await asyncio.to_thread(file_of, context, version.project_id, version.content, name, person)
    return serve_file(request, context, file)


class ListResponse(Response):
    """The rows of an entity list; the file with them is made when it is sent, where it is not there yet."""

    def __init__(self, context: Context, file: OfferedFile, headers: Mapping[str, str]) -> None:
        super().__init__(None, 200, headers, "text/csv")
        self._context = context
        self._file = file
        self._given = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._file
        assert file.entity_list is not None
        path = await asyncio.to_thread(self._context.entity_files.path, file.entity_list, file.scope)
        await FileResponse(path, headers=self._given, media_type="text/csv")(scope, receive, send)


def serve_file(request: Request, context: Context, file: OfferedFile) -> Response:
    kind = "text/csv" if file.name.lower().endswith(".csv") else mimetypes.guess_type(file.name)[0]
    headers = {"Content-Disposition": attachment(file.name, inline=kind in SHOWN_IN_THE_BROWSER)}
    etag = f'"{file.md5}"'
    if file.entity_list is not None and file.content is None and not is_fresh(request, etag):
        return ListResponse(context, file, {**headers, "ETag": etag})
    if file.content is not None or is_fresh(request, etag) or file.sha256 is None:
        return tagged(request, file.content or b"", kind or "application/octet-stream", etag, headers)
    return FileResponse(
        context.store.blobs.path(file.sha256),
        headers={**headers, "ETag": etag},
        media_type=kind or "application/octet-stream",
    )


async def before_submission(request: Request) -> Response:
    """HEAD (and GET): exactly 204; the accepted length stands in the headers that every reply has."""
    await known(request, Deed.SUBMIT, project_in_path(request))
    return Response(status_code=204)


async def post_submission(request: Request) -> Response:
    """Take one instance, and the media that travelled with it. 201 only when it is on disk."""
    context, project_id = context_of(request), project_in_path(request)
    promise_parts(request)
    person = await known(request, Deed.SUBMIT, project_id)
    headers = request.headers
    length = headers.get("content-length", "")
    posted = await read_posted(
        request.stream(),
        headers.get("content-type", ""),
        int(length) if length.isdigit() else None,
        context.limits,
        context.settings.tmp,
    )
    try:
        prove_parts(request, posted)
        receipt = await receive_submission(context, project_id, posted, sender_of(request, person), now())
    finally:
        if posted.files:
            posted.discard()
    return openrosa_response(201, receipt.sentence, language_of(request), "submit_success")


def sender_of(request: Request, person: Person) -> Sender:
    """The person, and what their program says of itself (at most 255 characters of each)."""
    device = (request.query_params.get("deviceID") or "").replace("\0", "").strip()[:255] or None
    agent = header_text(request, "user-agent")
    program = header_text(request, "odk-client")  # web forms say so beside the browser's own name
    if program is not None:
        agent = f"{program} {agent or ''}".strip()[:255]
    return Sender(person, device, agent)


async def _version(request: Request) -> tuple[Context, FormVersion, Person]:
    """The current version of the form in the path; a closed form gives whoever fills in nothing more."""
    context, project_id = context_of(request), project_in_path(request)
    form_id = name_in_path(request, "form_id")
    person = await known(request, Deed.READ_FORMS, project_id, form_id=form_id)
    form = context.store.forms.get(project_id, form_id)
    if form.current is None:
        raise FormNotFound(form_id=form_id)
    if not is_shown(person, form):
        raise FormWithdrawn(form_id=form_id)
    return context, form.current, person


def _prefix(request: Request) -> str:
    """Where this phone comes from: repeated in every address it is given."""
    token = request.path_params.get("token")
    way = f"/v1/key/{quote(token, safe='!$')}" if token is not None else "/v1"
    return f"{base_url(request)}{way}/projects/{project_in_path(request)}"


KEY = "/v1/key/{token}/projects/{project_id}"
ACCOUNT = "/v1/projects/{project_id}"

# the two that phones ask most come first: routes are tried in order
routes = [
    Route(f"{KEY}/submission", post_submission, methods=["POST"]),
    Route(f"{KEY}/submission", before_submission, methods=["GET", "HEAD"]),
    Route(f"{KEY}/formList", get_form_list),
    Route(f"{KEY}/forms/{{form_id}}/manifest", get_manifest),
    Route(f"{KEY}/forms/{{form_id}}/attachments/{{name}}", get_attachment),
    Route(f"{KEY}/forms/{{form_id}}.xml", get_form_xml),
    Route(f"{ACCOUNT}/submission", post_submission, methods=["POST"]),
    Route(f"{ACCOUNT}/submission", before_submission, methods=["GET", "HEAD"]),
    Route(f"{ACCOUNT}/formList", get_form_list),
    Route(f"{ACCOUNT}/forms/{{form_id}}/manifest", get_manifest),
    Route(f"{ACCOUNT}/forms/{{form_id}}/attachments/{{name}}", get_attachment),
    Route(f"{ACCOUNT}/forms/{{form_id}}.xml", get_form_xml),
    Route("/submission", post_submission, methods=["POST"]),
    Route("/submission", before_submission, methods=["GET", "HEAD"]),
    Route("/formList", get_form_list),
]
