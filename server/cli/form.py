"""baikoo form: the forms of a project, their state, the trash, and erasing for good."""

from __future__ import annotations

import click

from forms.faults.forms import FormNotInTrash, FormsOfOneId
from server.actions.form_trash import purge_form, restore_form, trash_form
from server.actions.set_form_state import set_form_state
from server.cli.frame import (
    chosen_project,
    now,
    progress_bar,
    tell,
    the_store,
    with_data,
    with_json,
    with_project,
)
from server.cli.words import T
from server.permissions import owner
from server.store import Store
from server.store.forms import Form


@click.group("form", help=T("Forms: their state, the trash, and erasing for good."))
def verb() -> None:
    pass


@verb.command("list", help=T("List the forms, or those in the trash."))
@click.option("--trash", is_flag=True, help=T("Those in the trash."))
@with_project
@with_json
@with_data
def list_(trash: bool, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        forms = store.forms.trashed(home) if trash else store.forms.all(home)
    described = [
        {
            "number": form.number,
            "form_id": form.form_id,
            "title": form.title,
            "version": form.current.version if form.current else None,
            "state": form.state,
            "deleted_at": form.deleted_at,
        }
        for form in forms
    ]
    lines = (
        f"{f'{form.number}  ' if trash else ''}{form.form_id}  "
        f"{form.current.version if form.current else '–'}  {form.state}  {form.title}"
        for form in forms
    )
    tell(as_json, {"forms": described}, *lines)


@verb.command("state", help=T("Let a form take answers, or no new ones, or none: open, closing, closed."))
@click.argument("form_id")
@click.argument("state", type=click.Choice(["open", "closing", "closed"]))
@with_project
@with_json
@with_data
def state_(form_id: str, state: str, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        form = set_form_state(store, chosen_project(store, project), form_id, state, now=now(), actor=None)
    told = {"form_id": form.form_id, "state": form.state}
    tell(as_json, told, T("{form_id} is {state} now.", form_id=form.form_id, state=form.state))


@verb.command("trash", help=T("Put a form into the trash; its answers are kept."))
@click.argument("form_id")
@with_project
@with_json
@with_data
def trash_(form_id: str, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        trash_form(store, chosen_project(store, project), form_id, now=now(), actor=None)
    tell(as_json, {"form_id": form_id}, T("{form_id} is in the trash.", form_id=form_id))


with_number = click.option("--number", type=int, help=T("Its number, where several of one id lie there."))


@verb.command("restore", help=T("Take a form out of the trash."))
@click.argument("form_id")
@with_number
@with_project
@with_json
@with_data
def restore(form_id: str, number: int | None, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        restore_form(store, home, in_trash(store, home, form_id, number).number, now=now(), actor=None)
    tell(as_json, {"form_id": form_id}, T("{form_id} is back.", form_id=form_id))


@verb.command("purge", help=T("Erase a form of the trash and every answer to it, for good."))
@click.argument("form_id")
@click.option("--reason", required=True, help=T("Why; it stands in the ledger."))
@with_number
@with_project
@with_json
@with_data
def purge(form_id: str, reason: str, number: int | None, project: int | None, as_json: bool) -> None:
    with the_store() as store, progress_bar(T("Erase")) as advance:
        home = chosen_project(store, project)
        purged = purge_form(
            store,
            home,
            in_trash(store, home, form_id, number).number,
            reason=reason,
            person=owner(),
            progress=lambda done, total: advance(form_id, done, total),
        )
    tell(
        as_json,
        {"form_id": purged.form_id, "submissions": purged.submissions, "files": purged.files},
        T(
            "{form_id} is erased: {submissions} submissions, {files} files.",
            form_id=purged.form_id,
            submissions=purged.submissions,
            files=purged.files,
        ),
    )


def in_trash(store: Store, project_id: int, form_id: str, number: int | None) -> Form:
    """The form of this id, and of this number where one is given. Raises: FormNotInTrash, FormsOfOneId."""
    found = [
        form
        for form in store.forms.trashed(project_id)
        if form.form_id == form_id and number in (None, form.number)
    ]
    if not found:
        raise FormNotInTrash(form_id=form_id)
    if len(found) > 1:
        numbers = ", ".join(f"{form.number} ({form.deleted_at:%Y-%m-%d %H:%M})" for form in found)
        raise FormsOfOneId(form_id=form_id, numbers=numbers)
    return found[0]
