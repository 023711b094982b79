"""baikoo trash: list, delete, restore and purge submissions."""

from __future__ import annotations

from datetime import timedelta

import click

from server.actions.trash_submission import (
    delete_submission,
    purge_old,
    purge_submission,
    restore_submission,
)
from server.cli.frame import chosen_project, now, tell, the_store, with_data, with_json, with_project
from server.cli.words import T
from server.permissions import owner
from server.store import Store
from server.store.submissions import Submission, Wanted

MOST = 10_000


@click.group("trash", help=T("Submissions that count nowhere any more: deleted, to be restored or purged."))
def verb() -> None:
    pass


@verb.command("list", help=T("What lies in the trash, newest first."))
@click.option("--form", "form_id", help=T("Only of this form."))
@with_project
@with_json
@with_data
def list_(form_id: str | None, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        wanted = Wanted(project_id=home, form_id=form_id, deleted=True)
        found = store.submissions.page(wanted, limit=MOST)
    tell(
        as_json,
        {"submissions": [_shown(each) for each in found]},
        *(f"{each.deleted_at:%Y-%m-%d}  {each.form_id}  {each.root_instance_id}" for each in found),
    )


@verb.command("delete", help=T("Put a submission into the trash."))
@click.argument("form_id")
@click.argument("instance_id")
@click.option("--reason", default="", help=T("Why; needed where the answers evaluate an object."))
@with_project
@with_json
@with_data
def delete(form_id: str, instance_id: str, reason: str, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        submission = store.submissions.get(chosen_project(store, project), form_id, instance_id)
        delete_submission(store, submission, reason=reason, person=owner(), now=now())
    tell(as_json, {"deleted": submission.root_instance_id}, T("It lies in the trash now."))


@verb.command("restore", help=T("Take a submission out of the trash."))
@click.argument("form_id")
@click.argument("instance_id")
@click.option("--reason", default="", help=T("Why; needed where the answers evaluate an object."))
@with_project
@with_json
@with_data
def restore(form_id: str, instance_id: str, reason: str, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        submission = _deleted(store, project, form_id, instance_id)
        restore_submission(store, submission, reason=reason, person=owner(), now=now())
    tell(as_json, {"restored": submission.root_instance_id}, T("It counts again."))


@verb.command("purge", help=T("Erase one that lies in the trash, or all that have lain there for so long."))
@click.argument("form_id", required=False)
@click.argument("instance_id", required=False)
@click.option("--reason", default="", help=T("Why; it stands in the ledger."))
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 36500),
    help=T("Instead of one: all deleted so many days ago."),
)
@with_project
@with_json
@with_data
def purge(
    form_id: str | None,
    instance_id: str | None,
    reason: str,
    days: int | None,
    project: int | None,
    as_json: bool,
) -> None:
    if (days is None) == (form_id is None or instance_id is None):
        raise click.UsageError(T("Name a form and an instanceID, or --older-than."))
    with the_store() as store:
        if days is not None:
            count = purge_old(store, now(), kept=timedelta(days=days))
        else:
            assert form_id is not None and instance_id is not None
            submission = _deleted(store, project, form_id, instance_id)
            purge_submission(store, submission, reason=reason, person=owner(), now=now())
            count = 1
    tell(as_json, {"purged": count}, T("Erased: {count}. Their hashes stay in the ledger.", count=count))


def _deleted(store: Store, project: int | None, form_id: str, instance_id: str) -> Submission:
    return store.submissions.get_deleted(chosen_project(store, project), form_id, instance_id)


def _shown(submission: Submission) -> dict[str, object]:
    return {
        "formId": submission.form_id,
        "instanceId": submission.root_instance_id,
        "deletedAt": submission.deleted_at,
        "state": submission.state,
    }
