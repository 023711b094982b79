"""baikoo audit: who changed what and who took personal data away, as lines, JSON or CSV."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import click

from server.cli.frame import tell, the_store, with_data, with_json
from server.cli.words import T
from server.store.audit import Audited, Entry

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command("audit", help=T("Who changed what and who took personal data away, newest first."))
@click.option("--action", help=T("One action, or a kind: download, form, user, entity, nonverbose ..."))
@click.option("--actor", type=int, help=T("Only what this account or phone did: its number."))
@click.option("--start", type=DAY, help=T("Only from this day or time on (UTC)."))
@click.option("--end", type=DAY, help=T("Only before this day or time (UTC)."))
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help=T("At most so many."))
@click.option("--csv", "as_csv", is_flag=True, help=T("Print everything as CSV."))
@with_json
@with_data
def verb(
    action: str | None,
    actor: int | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    from server.routes.audits import audit_json, csv_of

    wanted = Audited(
        action=action,
        start=start.replace(tzinfo=UTC) if start else None,
        end=end.replace(tzinfo=UTC) if end else None,
        actor=actor,
    )
    with the_store() as store:
        if as_csv:
            for piece in csv_of(store.audit.all(wanted)):
                click.echo(piece, nl=False)
            return
        entries = [*itertools.islice(store.audit.all(wanted), limit)]
        tell(as_json, {"entries": [audit_json(entry) for entry in entries]}, *map(_line, entries))


def _line(entry: Entry) -> str:
    when = entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    details = " ".join(f"{name}={value}" for name, value in entry.details.items())
    return f"{when}Z  {entry.actor or '-':>5}  {entry.action}  {entry.subject}  {details}".rstrip()
