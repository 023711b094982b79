"""baikoo export: the submissions of a form as a file."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.frame import (
    absolute,
    chosen_project,
    in_the_server,
    tell,
    the_store,
    with_data,
    with_json,
    with_project,
)
from server.cli.words import T


@click.command(
    "export", help=T("Write the submissions of a form: FILE.csv, or FILE.zip with one file per repeat.")
)
@click.argument("form_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--labels",
    type=click.Choice(["ky", "ru", "en"]),
    help=T("Labels of the choices in this language instead of their codes."),
)
@click.option(
    "--split-select-multiples",
    is_flag=True,
    help=T("A column for every choice of a question with several answers."),
)
@click.option(
    "--without-group-paths", is_flag=True, help=T("Names of questions without those of their groups.")
)
@click.option(
    "--attachments/--no-attachments", default=True, show_default=True, help=T("Photos and files in the zip.")
)
@click.option("--round", "round_id", help=T("Only those of this round."))
@with_project
@with_json
@with_data
def verb(
    form_id: str,
    file: Path,
    labels: str | None,
    split_select_multiples: bool,
    without_group_paths: bool,
    attachments: bool,
    round_id: str | None,
    project: int | None,
    as_json: bool,
) -> None:
    ending = file.suffix.lower()
    if ending not in (".csv", ".zip"):
        raise click.BadParameter(T("The name of the file ends in .csv or .zip."), param_hint="FILE")
    with the_store() as store:
        home = chosen_project(store, project)
    done = in_the_server(
        "export",
        {
            "project": home,
            "form": form_id,
            "path": absolute(file),
            "zip": ending == ".zip",
            "media": attachments,
            "labels": labels,
            "split_select_multiples": split_select_multiples,
            "group_paths": not without_group_paths,
            "round": round_id,
        },
        T("Export"),
    )
    assert isinstance(done, dict)
    tell(as_json, done, T("The submissions are in {file}.", file=str(file)))
