"""baikoo correct: let another value count for one question of a submission, with a reason."""

from __future__ import annotations

import click

from server.actions.correct_submission import correct_submission
from server.cli.frame import (
    chosen_project,
    now,
    settings_here,
    tell,
    the_store,
    with_data,
    with_json,
    with_project,
)
from server.cli.words import T
from server.permissions import owner


@click.command(
    "correct",
    help=T("Let another value count for one question of a submission. What was sent stays as it is."),
)
@click.argument("form_id")
@click.argument("instance_id")
@click.argument("question")
@click.argument("value")
@click.option("--row", default="", help=T("The row of a repeat, as exports call it: its KEY or __id."))
@click.option("--reason", required=True, help=T("Why; it stands in the ledger."))
@with_project
@with_json
@with_data
def verb(
    form_id: str,
    instance_id: str,
    question: str,
    value: str,
    row: str,
    reason: str,
    project: int | None,
    as_json: bool,
) -> None:
    with the_store() as store:
        submission = store.submissions.get(chosen_project(store, project), form_id, instance_id)
        seq = correct_submission(
            store,
            submission,
            question,
            value,
            row=row,
            reason=reason,
            person=owner(),
            zone=settings_here().zone,
            now=now(),
        )
        done = store.corrections.get(seq)
    tell(
        as_json,
        {"question": done.question, "row": done.row, "old": done.old, "new": done.new, "seq": seq},
        T("{question}: {old} → {new}", question=done.question, old=done.old, new=done.new),
    )
