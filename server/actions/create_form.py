"""A new form in a project, published at once or a draft at first; one in the trash lets it have its id."""

from __future__ import annotations

from datetime import datetime

from forms.errors import FormWarnings
from forms.faults.forms import FormIdTaken, FormWithoutMeta
from server.actions.form_names import is_there, trashed_twin
from server.actions.publish_form import ReadForm, check_form, keep_form, publish_form, save_content
from server.store import Store


def create_form(
    store: Store,
    project_id: int,
    form: ReadForm,
    *,
    publish: bool,
    now: datetime,
    actor: int | None,
    ignore_warnings: bool,
) -> None:
    """A form of an id that no other here has. Raises: FormIdTaken, FormWithoutMeta, those of publish_form."""
    store.projects.get(project_id)
    form_id = form.xform.form_id
    if is_there(store, project_id, form_id):
        raise FormIdTaken(form_id=form_id, project_id=project_id)
    schema = form.xform.schema  # a group meta may hold nothing but an entity
    if not schema.entity_lists and not any(each.path.startswith("/meta/") for each in schema.questions):
        raise FormWithoutMeta()
    if publish:
        publish_form(store, project_id, form, now=now, actor=actor, ignore_warnings=ignore_warnings)
        return
    twin = trashed_twin(store, project_id, form_id)
    if not ignore_warnings and (form.warnings or twin):
        raise FormWarnings(form.warnings, twin=twin)
    check_form(store, project_id, schema)
    warnings = (*form.warnings, *twin)
    save_content(store, project_id, keep_form(store, project_id, form), warnings, now, actor)
