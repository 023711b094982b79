"""baikoo scores: the results of a round, in the terminal or as the files of its dataset."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.frame import absolute, in_the_server, tell, with_data, with_json
from server.cli.words import T


@click.command(
    "scores", help=T("Show the scores of a closed round; of an open one, only the counts of its submissions.")
)
@click.argument("round_id")
@click.option(
    "--csv",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=T("Write the open-data tables into this folder."),
)
@with_json
@with_data
def verb(round_id: str, folder: Path | None, as_json: bool) -> None:
    done = in_the_server(
        "scores", {"round_id": round_id, "folder": absolute(folder) if folder else None}, T("Scores")
    )
    assert isinstance(done, dict)
    lines = done.pop("lines", [])
    tell(as_json, done, *(str(line) for line in lines) if isinstance(lines, list) else ())
