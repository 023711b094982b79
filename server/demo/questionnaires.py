"""The four questionnaires that come with Baikoo, published where they are not yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from server.actions.publish_form import publish_form, read_form
from server.store import Store

WORKBOOKS = Path(__file__).resolve().parents[2] / "xlsforms"

# the form_id is the name of the file: whoever changed a form keeps it, whatever its version
NAMES = ("executive_body", "municipal_enterprise", "contractor", "service_association")


def publish_questionnaires(
    store: Store, project_id: int, *, now: datetime, progress: Callable[[str, int, int], None] | None = None
) -> None:
    """Publish those that the project has no form of; a second time it does nothing."""
    known = {form.form_id for form in store.forms.all(project_id)}
    missing = [name for name in NAMES if name not in known]
    for done, name in enumerate(missing):
        if progress:
            progress(name, done, len(missing))
        file = WORKBOOKS / f"{name}.xlsx"
        publish_form(store, project_id, read_form(file.read_bytes(), file.name), now=now, actor=None)
