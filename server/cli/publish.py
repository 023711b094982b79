"""baikoo publish: workbooks become forms that phones are offered."""

from __future__ import annotations

from pathlib import Path

import click

from server.actions.publish_form import publish_form, read_form
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
from server.cli.words import T, say


@click.command("publish", help=T("Publish workbooks (.xlsx): phones are offered them at once."))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@with_project
@with_json
@with_data
def verb(files: tuple[Path, ...], project: int | None, as_json: bool) -> None:
    published = []
    with the_store() as store, progress_bar(T("Publish")) as advance:
        home = chosen_project(store, project)
        for done, file in enumerate(files):
            advance(file.name, done, len(files))
            made = publish_form(store, home, read_form(file.read_bytes(), file.name), now=now(), actor=None)
            warnings = [
                f"{', '.join(str(part) for part in (each.sheet, each.row, each.column) if part)}: {say(each.message)}"
                for each in made.warnings
            ]
            version = made.version
            published.append(
                {
                    "file": str(file),
                    "form_id": version.form_id,
                    "version": version.version,
                    "title": version.title,
                    "questions": len(version.schema.questions),
                    "indicators": len(version.scheme.indicators) if version.scheme else 0,
                    "warnings": warnings,
                }
            )
    lines = []
    for each in published:
        lines.append(
            T(
                "{form_id} {version} is published: {questions} questions, {indicators} indicators.",
                form_id=str(each["form_id"]),
                version=str(each["version"]),
                questions=str(each["questions"]),
                indicators=str(each["indicators"]),
            )
        )
        warned = each["warnings"]
        lines += [f"  {line}" for line in warned] if isinstance(warned, list) else []
    tell(as_json, {"published": published}, *lines)
