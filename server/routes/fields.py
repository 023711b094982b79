"""The fields of a form for programs: of a version, of the draft, of all versions together."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.xform_fields import Field, fields_of, merged, odata_names
from server.errors import json_response
from server.routes.asking import is_on
from server.routes.drafts import draft_asked
from server.routes.form_shapes import field_json
from server.routes.questionnaires import content_of_form, form_asked, version_asked


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


_FORM = "/v1/projects/{project_id}/forms/{form_id}"
routes = [
    Route(f"{_FORM}/fields", get_fields),
    Route(f"{_FORM}/draft/fields", get_draft_fields),
    Route(f"{_FORM}/versions/{{version}}/fields", get_version_fields),
]
