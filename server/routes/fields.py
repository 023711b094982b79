"""What a form asks for and writes to, for programs: its fields, its files for phones, its entity lists.

Of the published version, of one named, or of the draft.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.xform_fields import Field, fields_of, merged, odata_names
from server.actions.offer_forms import files_of
from server.context import Context
from server.errors import json_response
from server.routes.asking import base_url, is_on, name_in_path
from server.routes.drafts import draft_asked
from server.routes.form_shapes import field_json
from server.routes.openrosa import manifest_response
from server.routes.questionnaires import content_of_form, form_asked, version_asked
from server.store.forms import FormContent


async def get_fields(request: Request) -> Response:
    """The fields of the published version; with ?deletedFields=true those of every version before it too."""
    context, form, _ = await form_asked(request)
    fields = fields_of(content_of_form(context, form).schema)
    if is_on(request, "deletedFields") and form.current is not None:
        versions = reversed(context.store.forms.versions(form.project_id, form.form_id))
        fields = merged(fields_of(version.schema) for version in versions)
    return fields_response(request, fields)


async def get_version_fields(request: Request) -> Response:
    _, version, _, _ = await version_asked(request)
    return fields_response(request, fields_of(version.schema))


async def get_draft_fields(request: Request) -> Response:
    _, draft, _ = await draft_asked(request)
    return fields_response(request, fields_of(draft.content.schema))


def fields_response(request: Request, fields: tuple[Field, ...]) -> Response:
    """With ?odata=true under the names that OData gives them."""
    shown = odata_names(fields) if is_on(request, "odata") else fields
    return json_response([field_json(field) for field in shown])


async def get_version_manifest(request: Request) -> Response:
    """What a phone would find beside this version."""
    context, version, _, person = await version_asked(request)
    files = await asyncio.to_thread(files_of, context, version.project_id, version.content, person)
    where = f"versions/{quote(name_in_path(request, 'version'), safe='')}"
    return manifest_response(request, files, f"{_form_url(request, version.project_id)}/{where}")


async def get_draft_manifest(request: Request) -> Response:
    """What a phone would find beside the draft."""
    context, draft, person = await draft_asked(request)
    files = await asyncio.to_thread(files_of, context, draft.project_id, draft.content, person)
    return manifest_response(request, files, f"{_form_url(request, draft.project_id)}/draft")


def _form_url(request: Request, project_id: int) -> str:
    form_id = quote(name_in_path(request, "form_id"), safe="")
    return f"{base_url(request)}/v1/projects/{project_id}/forms/{form_id}"


async def get_lists(request: Request) -> Response:
    """The entity lists that the published version writes into, with their properties."""
    context, form, _ = await form_asked(request)
    lists = entity_lists_json(context, form.project_id, content_of_form(context, form))
    for entity_list in lists:
        entity_list.pop("isNew")
    return json_response(lists)


async def get_draft_lists(request: Request) -> Response:
    """The same of the draft; what publishing it would add is marked as new."""
    context, draft, _ = await draft_asked(request)
    return json_response(entity_lists_json(context, draft.project_id, draft.content))


def entity_lists_json(context: Context, project_id: int, content: FormContent) -> list[dict[str, object]]:
    """Each list once, its properties by name: which are there, and which the form writes."""
    written: dict[str, set[str]] = {}
    for declared in content.schema.entity_lists:
        written.setdefault(declared.name, set()).update(declared.saves.values())
    lists: list[dict[str, object]] = []
    for name, properties in sorted(written.items()):
        known = context.store.entity_lists.find(project_id, name)
        there = set(known.property_names) if known is not None else set()
        shown = [
            {"name": each, "isNew": each not in there, "inForm": each in properties}
            for each in sorted(there | properties)
        ]
        lists.append({"name": name, "isNew": known is None, "properties": shown})
    return lists


_FORM = "/v1/projects/{project_id}/forms/{form_id}"
routes = [
    Route(f"{_FORM}/fields", get_fields),
    Route(f"{_FORM}/draft/fields", get_draft_fields),
    Route(f"{_FORM}/versions/{{version}}/fields", get_version_fields),
    Route(f"{_FORM}/draft/manifest", get_draft_manifest),
    Route(f"{_FORM}/versions/{{version}}/manifest", get_version_manifest),
    Route(f"{_FORM}/dataset-diff", get_lists),
    Route(f"{_FORM}/draft/dataset-diff", get_draft_lists),
]
