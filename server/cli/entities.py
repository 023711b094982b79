"""baikoo entities: the lists that forms look up and keep, from and to spreadsheets, and updates that wait.

A spreadsheet is looked at before it is taken, and undone if it was wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from forms.faults.entities import EntityBatchNotFound
from server.actions.change_entities import Changing, list_of
from server.actions.export_entities import entities_csv
from server.actions.upload_entities import Upload, preview_upload, take_upload, undo_upload
from server.cli.frame import chosen_project, now, tell, the_store, with_data, with_json, with_project
from server.cli.words import T, say
from server.entity_follower import EntityFollower
from server.permissions import owner
from server.store import Store
from server.store.entities import EntitiesWanted

CSV = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("entities", help=T("Entity lists: what forms look up and keep; the registry is two of them."))
def verb() -> None:
    pass


@verb.command("lists", help=T("Show the lists of a project."))
@with_project
@with_json
@with_data
def lists(project: int | None, as_json: bool) -> None:
    with the_store() as store:
        there = [
            (one, store.entities.count(one), store.entities.count_conflicts(one))
            for one in store.entity_lists.all(chosen_project(store, project))
        ]
    tell(
        as_json,
        {
            "lists": [
                {
                    "name": one.name,
                    "entities": count,
                    "conflicts": conflicts,
                    "properties": list(one.property_names),
                }
                for one, count, conflicts in there
            ]
        },
        *(f"{one.name}  {count}  {', '.join(one.property_names)}" for one, count, _ in there),
    )


@verb.command("export", help=T("Print a list as CSV."))
@click.argument("name")
@with_project
@with_data
def export(name: str, project: int | None) -> None:
    with the_store() as store:
        changing = _changing(store, project, name)
        for piece in entities_csv(store, EntitiesWanted(changing.known, now())):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


@verb.command("upload", help=T("Take a CSV into a list: all rows, or none and every fault."))
@click.argument("name")
@click.argument("file", type=CSV)
@click.option("--match", help=T("The property whose value names the entity, instead of its number."))
@click.option("--preview", is_flag=True, help=T("Only tell what would change; write nothing."))
@with_project
@with_json
@with_data
def upload(
    name: str, file: Path, match: str | None, preview: bool, project: int | None, as_json: bool
) -> None:
    with the_store() as store:
        changing = _changing(store, project, name)
        given = Upload(file.read_bytes(), file.name, match)
        if preview:
            found = preview_upload(changing, given)
            faults = [
                {"row": fault.row, "column": fault.column, "message": say(fault.message)}
                for fault in found.faults
            ]
            told = {
                "new": found.new,
                "changed": found.changed,
                "unchanged": found.unchanged,
                "faults": faults,
            }
            lines = [f"{fault['row'] or ''} {fault['column'] or ''}: {fault['message']}" for fault in faults]
            tell(as_json, told, *lines, _counts(found.new, found.changed, found.unchanged))
            return
        taken = take_upload(changing, given)
    tell(
        as_json,
        {
            "id": taken.batch_id,
            "new": taken.new,
            "changed": taken.changed,
            "unchanged": taken.unchanged,
        },
        _counts(taken.new, taken.changed, taken.unchanged),
    )


@verb.command("undo", help=T("Undo the last upload into a list, but for what was changed since."))
@click.argument("name")
@with_project
@with_json
@with_data
def undo(name: str, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        changing = _changing(store, project, name)
        batches = store.entity_batches.all(changing.known)
        last = next((batch.batch_id for batch in batches if batch.undone_at is None), None)
        if last is None:
            raise EntityBatchNotFound(batch_id=0)
        undone = undo_upload(changing, last)
    tell(
        as_json,
        {
            "undone": undone.count,
            "kept": [
                {"uuid": one.uuid, "label": one.label, "reason": say(one.reason)} for one in undone.kept
            ],
        },
        *(f"{one.uuid}  {one.label}: {say(one.reason)}" for one in undone.kept),
        T("{count} entities are as they were.", count=undone.count),
    )


@verb.command("held", help=T("Show which updates wait, and since when."))
@with_project
@with_json
@with_data
def held(project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        names = {known.list_id: known.name for known in store.entity_lists.all(home)}
        waiting = [
            {
                "list": names.get(one.list_id, ""),
                "entity": one.uuid,
                "submission": one.submission,
                "base_version": one.branch_base_version,
                "since": one.held_at,
            }
            for one in store.entity_work.held(project_id=home)
        ]
    tell(
        as_json,
        {"held": waiting},
        *(
            T(
                "{list}, entity {entity}: submission {submission} waits since {since}",
                list=str(one["list"]),
                entity=str(one["entity"]),
                submission=str(one["submission"]),
                since=f"{one['since']:%Y-%m-%d %H:%M}",
            )
            for one in waiting
        ),
        T("{count} submissions wait for earlier ones of their branch.", count=len(waiting)),
    )


@verb.command(
    "apply-held",
    help=T(
        "Apply updates that wait for earlier ones, onto what is newest. After five days the server does so "
        "by itself."
    ),
)
@click.option("--older-only", is_flag=True, help=T("Only those that have waited for five days."))
@with_project
@with_json
@with_data
def apply_held(older_only: bool, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        count = EntityFollower(store).apply_held(older_only=older_only, project_id=home)
    tell(as_json, {"applied": count}, T("Applied {count} submissions by force.", count=count))


def _changing(store: Store, project: int | None, name: str) -> Changing:
    known = list_of(store, chosen_project(store, project), name, now())
    return Changing(store, known, owner(), "baikoo", now())


def _counts(new: int, changed: int, unchanged: int) -> str:
    return T(
        "{added} added, {changed} changed, {unchanged} as before.",
        added=new,
        changed=changed,
        unchanged=unchanged,
    )
