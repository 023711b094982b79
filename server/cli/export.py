"""baikoo export: the submissions of a form as a file."""

from __future__ import annotations

import sys
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

# a format -> how the name of its file ends; the first that fits counts
ENDINGS = {
    "parquet": ".parquet.zip",
    "zip": ".zip",
    "csv": ".csv",
    "xlsx": ".xlsx",
    "geojson": ".geojson",
}


@click.command(
    "export",
    help=T(
        "Write the submissions of a form: FILE.csv, FILE.zip with one CSV per repeat, FILE.xlsx, FILE.geojson, "
        "or FILE.parquet.zip."
    ),
)
@click.argument("form_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(list(ENDINGS)),
    help=T("As what; by default what the ending of FILE says."),
)
@click.option(
    "--filter",
    "condition",
    help=T("Only those for which this holds, as OData writes it: \"age gt 18 and village eq 'ak-suu'\"."),
)
@click.option("--labels", help=T("Labels of the choices in this language instead of their codes."))
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
@click.option("--deleted-fields", is_flag=True, help=T("Questions of older versions too."))
@click.option("--place", help=T('GeoJSON: the path of the place that makes the map, or "all".'))
@click.option("--round", "round_id", help=T("Only those of this round."))
@click.option(
    "--passphrase-stdin",
    is_flag=True,
    help=T("Open encrypted answers with the passphrase on standard input."),
)
@with_project
@with_json
@with_data
def verb(
    form_id: str,
    file: Path,
    kind: str | None,
    condition: str | None,
    labels: str | None,
    split_select_multiples: bool,
    without_group_paths: bool,
    attachments: bool,
    deleted_fields: bool,
    place: str | None,
    round_id: str | None,
    passphrase_stdin: bool,
    project: int | None,
    as_json: bool,
) -> None:
    kind = kind or next(
        (name for name, ending in ENDINGS.items() if file.name.lower().endswith(ending)), None
    )
    if kind is None:
        raise click.BadParameter(
            T(
                "The name of the file ends in {endings}; or say --format.",
                endings=", ".join(ENDINGS.values()),
            ),
            param_hint="FILE",
        )
    with the_store() as store:
        home = chosen_project(store, project)
    done = in_the_server(
        "export",
        {
            "project": home,
            "form": form_id,
            "path": absolute(file),
            "format": kind,
            "media": attachments,
            "filter": condition,
            "fieldpath": place,
            "deleted_fields": deleted_fields,
            "passphrase": sys.stdin.readline().rstrip("\r\n") if passphrase_stdin else None,
            "labels": labels,
            "split_select_multiples": split_select_multiples,
            "group_paths": not without_group_paths,
            "round": round_id,
        },
        T("Export"),
    )
    assert isinstance(done, dict)
    tell(as_json, done, T("The submissions are in {file}.", file=str(file)))
