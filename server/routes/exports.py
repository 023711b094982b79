"""The submissions of a form as files: CSV, a zip of CSVs with the attachments, Excel, Parquet, GeoJSON.

As ODK Central has them, passphrases of encrypted forms are posted, `{number of the key}=passphrase`; one in
an address would stay in logs and histories, so none is taken from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from analytics.exports.submissions_csv import CsvWanted
from analytics.odata.filter import parse_filter
from forms.decoding import decode
from forms.errors import ParameterInvalid
from forms.faults.exports import LanguageUnknown, OnePlaceOnly
from forms.faults.wire import BodyBroken
from server.actions.export_submissions import (
    Export,
    Format,
    export,
    hidden_object_types,
    hidden_questions,
)
from server.actions.review_submissions import review_of
from server.context import Context
from server.errors import json_response
from server.pages.words import LANGUAGES
from server.permissions import Person
from server.routes.asking import CSV, XLSX, ZIP, attachment, is_on, iso, now, read_body
from server.routes.submissions import answers_in_path, submission_in_path, to_version
from server.routes.versions import version_in_path
from server.store.keys import EncryptionKey
from server.store.submissions import Submission

GEOJSON = "application/json; charset=utf-8"  # as ODK Central says: clients choose their reader by it
LONGEST_FORM = 200_000
KINDS: Mapping[Format, tuple[str, str]] = {
    "csv": (CSV, "csv"),
    "zip": (ZIP, "zip"),
    "xlsx": (XLSX, "xlsx"),
    "parquet": (ZIP, "parquet.zip"),
    "geojson": (GEOJSON, "geojson"),
}


async def get_csv(request: Request) -> Response:
    """The submissions as one CSV, repeats left out."""
    return await _export(request, "csv")


async def get_zip(request: Request) -> Response:
    """The submissions as CSV with one file per repeat, and the attachments (?attachments=false: without)."""
    return await _export(request, "zip")


async def get_xlsx(request: Request) -> Response:
    """The submissions as an Excel workbook with a sheet per repeat."""
    return await _export(request, "xlsx")


async def get_parquet(request: Request) -> Response:
    """The submissions as Parquet files, one per table, in a zip."""
    return await _export(request, "parquet")


async def get_geojson(request: Request) -> Response:
    """The submissions on a map (?fieldpath= for another place than the first; "all" for every one)."""
    return await _export(request, "geojson")


async def get_one_geojson(request: Request) -> Response:
    """One submission on a map, in the same way, as its latest version has it."""
    context, submission, person = await submission_in_path(request)
    if submission.instance_id != submission.root_instance_id:
        return to_version(request, submission, ".geojson")
    newest = await asyncio.to_thread(context.store.submissions.current, submission.root_seq)
    return await _on_map(request, context, newest, person)


async def get_version_geojson(request: Request) -> Response:
    """One version of a submission on a map."""
    return await _on_map(request, *await version_in_path(request))


async def _on_map(request: Request, context: Context, version: Submission, person: Person) -> Response:
    asked = asked_for(request, context, version.project_id, version.form_id, "geojson")
    wanted = replace(seen_by(context, person, asked.wanted), version_seq=version.seq)
    return await exported(context, replace(asked, wanted=wanted), {})


async def get_keys(request: Request) -> Response:
    """The keys that forms of this name were encrypted with, the newest first."""
    context, project_id, form_id, _ = await answers_in_path(request)
    keys = await asyncio.to_thread(context.store.keys.of_form, project_id, form_id)
    return json_response([key_json(key) for key in keys])


def key_json(key: EncryptionKey) -> dict[str, object]:
    return {
        "id": key.key_id,
        "public": key.public_key,
        "managed": key.managed,
        "hint": key.hint or None,
        "createdAt": iso(key.created_at),
    }


def seen_by(context: Context, person: Person, wanted: CsvWanted) -> CsvWanted:
    """What is wanted, less what this person may not see."""
    return replace(
        wanted,
        hidden=hidden_questions(context, wanted.project_id, wanted.form_id, person),
        not_object_types=hidden_object_types(wanted.project_id, person),
    )


def wanted_of(context: Context, project_id: int, form_id: str, query: Mapping[str, str]) -> CsvWanted:
    """What a query asks for. Raises: ParameterInvalid, FilterInvalid, LanguageUnknown."""

    def on(name: str, default: bool = False) -> bool:
        text = query.get(name)
        return default if text is None else text.strip().lower() in ("true", "1", "yes", "on", "")

    state = query.get("reviewState")
    return CsvWanted(
        project_id=project_id,
        form_id=form_id,
        split_select_multiples=on("splitSelectMultiples"),
        group_paths=on("groupPaths", True),
        deleted_fields=on("deletedFields"),
        labels=_language(context, project_id, form_id, query.get("labels") or None),
        filter=parse_filter(query["$filter"]) if query.get("$filter") else None,
        now=now(),
        limit=_limit(query),
        round_id=query.get("round") or None,
        states=(review_of(state),) if state else None,
        received_from=_midnight(context, project_id, query, "from", 0),
        received_before=_midnight(context, project_id, query, "to", 1),
    )


def _language(context: Context, project_id: int, form_id: str, wanted: str | None) -> str | None:
    """A language of the form in any version, or one of ours, for which the nearest there is stands in."""
    if wanted is None or wanted in LANGUAGES:
        return wanted
    schemas = [version.schema for version in context.store.forms.versions(project_id, form_id)]
    if (draft := context.store.drafts.find(project_id, form_id)) is not None:
        schemas.append(draft.content.schema)
    known = {code for schema in schemas for code in schema.languages if code}
    if wanted not in known:
        raise LanguageUnknown(language=wanted[:40], languages=", ".join(sorted(known | set(LANGUAGES))))
    return wanted


def _limit(query: Mapping[str, str]) -> int | None:
    text = query.get("limit")
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _midnight(
    context: Context, project_id: int, query: Mapping[str, str], name: str, days: int
) -> datetime | None:
    """The beginning of a day where the project is, or of the day after: both ends are included."""
    text = query.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text[:10]) + timedelta(days=days)
        return datetime.combine(day, time(), context.zone(project_id))
    except (ValueError, OverflowError):
        raise ParameterInvalid(name=name, value=text[:100]) from None


async def _export(request: Request, kind: Format) -> Response:
    request.state.only_reads = True  # what is posted is a passphrase, and changes nothing
    context, project_id, form_id, person = await answers_in_path(request)
    asked = asked_for(request, context, project_id, form_id, kind)
    asked = replace(asked, wanted=seen_by(context, person, asked.wanted))
    return await exported(context, asked, await passphrases_of(request))


def asked_for(request: Request, context: Context, project_id: int, form_id: str, kind: Format) -> Export:
    """The export that an address asks for, nothing hidden yet.

    Raises: ParameterInvalid, FilterInvalid, LanguageUnknown, OnePlaceOnly.
    """
    if (places := len(request.query_params.getlist("fieldpath"))) > 1:
        raise OnePlaceOnly(count=places)
    return Export(
        wanted=wanted_of(context, project_id, form_id, request.query_params),
        format=kind,
        with_media=is_on(request, "attachments", True),
        fieldpath=request.query_params.get("fieldpath"),
    )


async def exported(context: Context, asked: Export, passphrases: Mapping[int, str]) -> Response:
    """The reply that carries the file; nothing of it is sent before its beginning is there."""
    return file_reply(asked, await asyncio.to_thread(export, context, asked, passphrases))


def file_reply(asked: Export, pieces: Iterator[bytes]) -> Response:
    """A reply that carries these pieces of a file, under its name."""
    content_type, ending = KINDS[asked.format]
    if asked.format == "zip" and not asked.with_media:
        ending = "csv.zip"
    headers = {"Content-Disposition": attachment(f"{asked.wanted.form_id}.{ending}")}
    return StreamingResponse(_in_thread(pieces), headers=headers, media_type=content_type)


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made in a thread, one at a time, as fast as the reader takes them."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


async def passphrases_of(request: Request) -> dict[int, str]:
    """Number of the key -> passphrase, from the body of a POST: a form, or JSON. Raises: ParameterInvalid."""
    if request.method != "POST":
        return {}
    body = await read_body(request, LONGEST_FORM)
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("application/json"):
        try:
            given = decode(body or b"{}", dict[str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ParameterInvalid(name="body", value="JSON") from None
    elif content_type.startswith("multipart/form-data"):
        given = await _multipart(request, body)
    else:
        given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return numbered(given)


def numbered(given: Mapping[str, str]) -> dict[int, str]:
    """Those of the fields that are named by the number of a key."""
    return {
        int(name): text
        for name, text in given.items()
        if name.isascii() and name.isdigit() and len(name) < 10 and text
    }


async def _multipart(request: Request, body: bytes) -> dict[str, str]:
    if not body.rstrip().endswith(b"--"):  # cut off: what is left would open nothing, and not say why
        raise BodyBroken()

    async def once() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, once).form(max_files=0, max_fields=100) as form:
        return {name: text for name, text in form.items() if isinstance(text, str)}


_ALL = "/v1/projects/{project_id}/forms/{form_id}/submissions"
_BOTH = ["GET", "POST"]
routes = [
    Route(f"{_ALL}.csv", get_csv, methods=_BOTH),
    Route(f"{_ALL}.csv.zip", get_zip, methods=_BOTH),
    Route(f"{_ALL}.xlsx", get_xlsx, methods=_BOTH),
    Route(f"{_ALL}.parquet.zip", get_parquet, methods=_BOTH),
    Route(f"{_ALL}.geojson", get_geojson, methods=_BOTH),
    Route(f"{_ALL}/keys", get_keys),
    Route(f"{_ALL}/{{instance_id}}.geojson", get_one_geojson),
    Route(f"{_ALL}/{{instance_id}}/versions/{{version_id}}.geojson", get_version_geojson),
]
