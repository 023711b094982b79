"""baikoo rebuild: derive the reading anew from the ledger."""

from __future__ import annotations

import click

from server.cli.frame import in_the_server, tell, with_data, with_json
from server.cli.words import T


@click.command("rebuild", help=T("Derive every table of answers and scores anew from the ledger."))
@with_json
@with_data
def verb(as_json: bool) -> None:
    done = in_the_server("rebuild", {}, T("Rebuild"))
    assert isinstance(done, dict)
    tell(
        as_json,
        done,
        T("The reading was rebuilt from {records} records.", records=str(done.get("records", ""))),
    )
