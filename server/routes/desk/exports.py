"""Answers taken away from the desk: every format with its options, and the passphrase of encrypted forms."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, FormNotFound, Sentence
from forms.schema import Schema
from server.actions.export_submissions import FORMATS, Export, Format
from server.actions.review_submissions import object_type_of
from server.permissions import Deed, require
from server.routes.asking import name_in_path
from server.routes.desk.room import Visitor, at, desk_page
from server.routes.exports import exported, seen_by, wanted_of
from server.store.forms import FormVersion
from server.store.keys import EncryptionKey

OF_PLACES = ("geopoint", "geotrace", "geoshape")


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What the form lets one choose from: languages of its labels, places of a map, keys to open it."""

    languages: dict[str, str]
    places: dict[str, str]
    keys: tuple[EncryptionKey, ...]


def choices_of(schema: Schema, keys: tuple[EncryptionKey, ...], language: str) -> ExportChoices:
    languages = {code: schema.language_names.get(code, code) for code in schema.languages if code}
    places = {
        question.path: question.labels.get(language) or question.labels.get("") or question.name
        for question in schema.questions
        if question.type in OF_PLACES
    }
    return ExportChoices(languages, places, keys)


async def get_export(request: Request, visitor: Visitor) -> Response:
    return await export_page(request, visitor, version_of(request, visitor))


async def post_export(request: Request, visitor: Visitor) -> Response:
    """The file; or the page again, with what is wrong and what was chosen, but for a passphrase."""
    version = version_of(request, visitor)
    try:
        asked = _asked(visitor, version.form_id)
        keys = visitor.context.store.keys.of_form(visitor.project_id, version.form_id)
        # as typed: a passphrase may begin or end with a blank
        given = visitor.posted.given()
        passphrases = {key.key_id: text for key in keys if (text := given.get(f"key-{key.key_id}"))}
        return await exported(visitor.context, asked, passphrases)
    except BaikooError as refused:
        return await export_page(request, visitor, version, refused.sentence)


def _asked(visitor: Visitor, form_id: str) -> Export:
    posted = visitor.posted
    names = ("from", "to", "reviewState", "labels", "$filter", "splitSelectMultiples", "deletedFields")
    query = {name: text for name in names if (text := posted.text(name))}
    query["groupPaths"] = posted.text("groupPaths") or "true"
    chosen: Format = FORMATS.get(posted.text("format"), "zip")
    wanted = wanted_of(visitor.context, visitor.project_id, form_id, query)
    return Export(
        wanted=seen_by(visitor.context, visitor.person, wanted),
        format=chosen,
        with_media=posted.text("attachments") == "true",
        fieldpath=posted.text("fieldpath") or None,
    )


async def export_page(
    request: Request, visitor: Visitor, version: FormVersion, problem: Sentence | None = None
) -> Response:
    keys = visitor.context.store.keys.of_form(visitor.project_id, version.form_id)
    given = visitor.posted.given()
    values = {
        "form": version,
        "choices": choices_of(version.schema, keys, visitor.language),
        "given": {name: text for name, text in given.items() if not name.startswith("key-")},
    }
    return await desk_page(request, visitor, "export.html", values, problem=problem)


def version_of(request: Request, visitor: Visitor) -> FormVersion:
    """The form whose answers this person may read. Raises: FormNotFound, NotAllowed."""
    form = visitor.context.store.forms.get(visitor.project_id, name_in_path(request, "form"))
    if form.current is None:
        raise FormNotFound(form_id=form.form_id)
    object_type = object_type_of(visitor.context.store, visitor.project_id, form.form_id)
    require(visitor.person, Deed.READ_SUBMISSIONS, visitor.project_id, object_type, form_id=form.form_id)
    return form.current


routes = [
    at("/forms/{form}/export", get_export, Deed.READ_SUBMISSIONS),
    at("/forms/{form}/export/file", post_export, Deed.READ_SUBMISSIONS, methods=("POST",)),
]
