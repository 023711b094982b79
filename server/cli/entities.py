"""baikoo entities: updates from phones that wait for earlier ones. Lists themselves: baikoo lists."""

from __future__ import annotations

import click

from server.cli.frame import chosen_project, tell, the_store, with_data, with_json, with_project
from server.cli.words import T
from server.entity_follower import EntityFollower


@click.group("entities", help=T("Updates of entities from phones that wait for earlier ones."))
def verb() -> None:
    pass


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
