"""baikoo restore: bring a backup back into an empty data folder, and prove it whole."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.frame import progress_bar, settings_here, with_data, with_json
from server.cli.verify import tell_report
from server.cli.words import T
from server.store.backup import restore


@click.command("restore", help=T("Bring a backup back into an empty data folder and prove it whole."))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_json
@with_data
def verb(folder: Path, as_json: bool) -> int:
    settings = settings_here()
    with progress_bar(T("Restore")) as advance:
        report = restore(folder, settings.data, settings.database, advance)
    return tell_report(report, as_json)
