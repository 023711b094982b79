"""The registry at the desk: objects and villages, listed and taken from a spreadsheet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError, Fault, RegistryFaults, Sentence
from server.actions.import_objects import import_objects, import_villages
from server.pages.terms import term
from server.pages.words import best_text, catalogue, day, number, sort_key
from server.permissions import Deed
from server.routes.asking import name_in_path, now
from server.routes.desk.forms import FileNotChosen
from server.routes.desk.room import Visitor, at, desk_page, go

IN_THE_HEAD = ("object_id", "type", "subtype", "status")


async def get_registry(request: Request, visitor: Visitor) -> Response:
    return await registry_page(request, visitor)


async def registry_page(
    request: Request, visitor: Visitor, problem: Sentence | None = None, faults: Sequence[Fault] = ()
) -> Response:
    registry = visitor.context.store.registry
    named = []
    for known in await asyncio.to_thread(registry.objects, visitor.project_id):
        texts = {"ky": known.object.name_ky, "ru": known.object.name_ru, "en": known.object.name_en}
        named.append((known, best_text(texts, visitor.language)))
    values = {
        "objects": sorted(named, key=lambda pair: sort_key(pair[1])),
        "village_names": await asyncio.to_thread(_village_names, visitor),
        "faults": faults,
    }
    return await desk_page(request, visitor, "registry.html", values, problem=problem)


def _village_names(visitor: Visitor) -> dict[str, str]:
    return {
        village.name: best_text(
            {"ky": village.label_ky, "ru": village.label_ru, "en": village.label_en}, visitor.language
        )
        or village.name
        for village in visitor.context.store.registry.villages(visitor.project_id)
    }


async def post_objects(request: Request, visitor: Visitor) -> Response:
    return await _import(request, visitor, villages=False)


async def post_villages(request: Request, visitor: Visitor) -> Response:
    return await _import(request, visitor, villages=True)


async def _import(request: Request, visitor: Visitor, *, villages: bool) -> Response:
    take = import_villages if villages else import_objects
    upload = visitor.posted.file("list")
    try:
        if upload is None:
            raise FileNotChosen()
        content = await upload.read()
        taken = await asyncio.to_thread(
            take, visitor.context.store, visitor.project_id, content, now=now(), actor=visitor.person.actor
        )
    except RegistryFaults as refused:
        return await registry_page(request, visitor, refused.sentence, refused.faults)
    except BaikooError as refused:
        return await registry_page(request, visitor, refused.sentence)
    return go(
        visitor,
        "registry",
        done="imported",
        added=taken.added,
        changed=taken.changed,
        unchanged=taken.unchanged,
    )


async def get_object(request: Request, visitor: Visitor) -> Response:
    registry = visitor.context.store.registry
    known = registry.get(visitor.project_id, name_in_path(request, "object"))
    villages = _village_names(visitor)
    attributes = [
        (field.name, _said(field.name, value, villages, visitor.language))
        for field in fields(known.object)
        if field.name not in IN_THE_HEAD
        and (value := getattr(known.object, field.name)) not in ("", None, (), False)
    ]
    values = {"known": known, "attributes": attributes}
    return await desk_page(request, visitor, "registry_object.html", values)


def _said(name: str, value: object, villages: Mapping[str, str], language: str) -> str:
    """An attribute as people write it: days and sums in their language, codes in words."""
    match value:
        case tuple():
            return ", ".join(villages.get(code, code) for code in value)
        case date():
            return day(value, language)
        case float() if name.endswith("_som"):
            return number(value, language, 0 if value == int(value) else 2)
        case True:
            return catalogue(language).gettext("yes")
        case str() if name == "method":
            return catalogue(language).gettext(term(value, "method"))
        case _:
            return str(value)


WRITE, POST = Deed.WRITE_REGISTRY, ("POST",)
routes = [
    at("/registry", get_registry, Deed.READ_PROJECT),
    at("/registry/objects", post_objects, WRITE, methods=POST),
    at("/registry/villages", post_villages, WRITE, methods=POST),
    at("/registry/objects/{object}", get_object, Deed.READ_PROJECT),
]
