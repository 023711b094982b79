"""baikoo ledger: the chain as a file that anyone can verify."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.frame import progress_bar, tell, the_store, with_data, with_json
from server.cli.words import T


@click.group("ledger", help=T("The ledger: its head, and its export for independent verification."))
def verb() -> None:
    pass


@verb.command("head", help=T("Print the number and hash of the last record."))
@with_json
@with_data
def head(as_json: bool) -> None:
    with the_store() as store:
        last = store.ledger.head()
    tell(as_json, {"seq": last.seq, "hash": last.hash}, f"{last.seq}  {last.hash}")


@verb.command(
    "export",
    help=T("Write the ledger as JSON Lines. It holds every answer: keep it as safe as the data folder."),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--after", type=int, default=0, show_default=True, help=T("Only the records after this number.")
)
@with_json
@with_data
def export(file: Path, after: int, as_json: bool) -> None:
    with the_store() as store, progress_bar(T("Ledger")) as advance:
        total, count = store.ledger.head().seq - after, 0
        with file.open("wb") as target:
            for line in store.ledger.export(after):
                target.write(line)
                count += 1
                if count % 1000 == 0:
                    advance("", count, total)
    tell(
        as_json,
        {"file": str(file), "records": count},
        T("{count} records are in {file}.", count=count, file=str(file)),
    )
