"""Whether a form takes answers: open, closing (not offered, still taken), closed."""

from __future__ import annotations

from datetime import datetime
from typing import cast, get_args

from forms.errors import FormStateUnknown
from server.actions.form_names import form_subject
from server.store import Store, Tx
from server.store.forms import Form, FormState


def set_form_state(
    store: Store, project_id: int, form_id: str, state: str, *, now: datetime, actor: int | None
) -> Form:
    """Raises: FormNotFound, FormStateUnknown."""
    if state not in get_args(FormState):
        raise FormStateUnknown(state=state[:100])

    def change(tx: Tx) -> None:
        store.forms.set_state(tx, project_id, form_id, cast(FormState, state), now=now)
        store.audit.add(
            tx,
            "form.state",
            form_subject(project_id, form_id),
            now=now,
            actor=actor,
            details={"state": state},
        )

    store.write(change)
    return store.forms.get(project_id, form_id)
