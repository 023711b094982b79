"""baikoo review: accept, return or void submissions, each or all that a filter finds."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from server.actions.review_submissions import review_found, review_submission
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
from server.store.decisions import Review
from server.store.submissions import Wanted

STATES: dict[str, Review] = {"accept": "accepted", "return": "returned", "void": "void"}
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    "review",
    help=T("Accept, return or void submissions of a form: those named, or all that the filter finds."),
)
@click.argument("decision", type=click.Choice(list(STATES)))
@click.argument("form_id")
@click.argument("instance_ids", nargs=-1)
@click.option("--reason", default="", help=T("Why; needed to return or void."))
@click.option("--round", "round_id", help=T("Only those of this round."))
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(["received", "accepted", "returned", "void", "edited"]),
    help=T("Only those in this state; by default those not yet decided."),
)
@click.option("--received-from", type=DAY, help=T("Only those received from this day on (UTC)."))
@click.option("--received-before", type=DAY, help=T("Only those received before this day (UTC)."))
@with_project
@with_json
@with_data
def verb(
    decision: str,
    form_id: str,
    instance_ids: tuple[str, ...],
    reason: str,
    round_id: str | None,
    states: tuple[str, ...],
    received_from: datetime | None,
    received_before: datetime | None,
    project: int | None,
    as_json: bool,
) -> None:
    with the_store() as store, progress_bar(T("Review")) as advance:
        home = chosen_project(store, project)
        if instance_ids:
            for done, instance_id in enumerate(instance_ids):
                advance("", done, len(instance_ids))
                submission = store.submissions.get(home, form_id, instance_id)
                review_submission(
                    store, submission, STATES[decision], reason=reason, person=owner(), now=now()
                )
            count = len(instance_ids)
        else:
            wanted = Wanted(
                project_id=home,
                form_id=store.forms.get(home, form_id).form_id,
                states=states or ("received", "edited"),  # type: ignore[arg-type]  # click has seen to it
                round_id=round_id,
                received_from=received_from.replace(tzinfo=UTC) if received_from else None,
                received_before=received_before.replace(tzinfo=UTC) if received_before else None,
            )
            count = review_found(
                store,
                wanted,
                STATES[decision],
                reason=reason,
                person=owner(),
                progress=lambda done, total: advance("", done, total),
            )
    tell(
        as_json,
        {"decision": STATES[decision], "count": count},
        T("Decided on {count} submissions.", count=count),
    )
