"""baikoo objects: the registry of what is evaluated, from spreadsheets."""

from __future__ import annotations

from pathlib import Path

import click

from server.actions.import_objects import import_objects, import_villages
from server.cli.frame import chosen_project, now, tell, the_store, with_data, with_json, with_project
from server.cli.words import T

CSV = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("objects", help=T("The registry: objects of evaluation and villages."))
def verb() -> None:
    pass


@verb.command("import", help=T("Import objects, or villages, from a CSV: all rows, or none and every fault."))
@click.argument("file", type=CSV)
@click.option(
    "--villages", is_flag=True, help=T("The file lists villages: name, label_ky, label_ru, label_en.")
)
@with_project
@with_json
@with_data
def import_(file: Path, villages: bool, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        put = import_villages if villages else import_objects
        done = put(store, chosen_project(store, project), file.read_bytes(), now=now(), actor=None)
    tell(
        as_json,
        {"added": done.added, "changed": done.changed, "unchanged": done.unchanged},
        T(
            "{added} added, {changed} changed, {unchanged} as before.",
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
        ),
    )


@verb.command("list", help=T("List the objects."))
@with_project
@with_json
@with_data
def list_(project: int | None, as_json: bool) -> None:
    with the_store() as store:
        objects = [each.object for each in store.registry.objects(chosen_project(store, project))]
    tell(
        as_json,
        {
            "objects": [
                {
                    "object_id": each.object_id,
                    "type": each.type,
                    "subtype": each.subtype,
                    "status": each.status,
                    "name_ky": each.name_ky,
                }
                for each in objects
            ]
        },
        *(f"{each.object_id}  {each.type}/{each.subtype}  {each.name_ky}" for each in objects),
    )
