"""baikoo project: list, add, delete and bring back projects."""

from __future__ import annotations

import click

from server.actions.projects import add_project, delete_project, restore_project
from server.cli.frame import now, tell, the_store, with_data, with_json
from server.cli.words import T
from server.store.projects import Project


@click.group("project", help=T("Projects, one aiyl aimak each: added, deleted, and brought back."))
def verb() -> None:
    pass


@verb.command("list", help=T("The projects by their numbers."))
@click.option("--deleted", is_flag=True, help=T("Those that were deleted instead."))
@with_json
@with_data
def list_(deleted: bool, as_json: bool) -> None:
    with the_store() as store:
        found = store.projects.deleted() if deleted else store.projects.all()
    tell(
        as_json,
        {"projects": [_shown(each) for each in found]},
        *(f"{each.project_id}  {each.name}" for each in found),
    )


@verb.command("add", help=T("Add a project; its number is printed."))
@click.argument("name")
@click.option("--code", default="", help=T("Code of the aiyl aimak"))
@with_json
@with_data
def add(name: str, code: str, as_json: bool) -> None:
    with the_store() as store:
        made = add_project(
            store, name, description="", aimak_code=code, is_archived=False, now=now(), actor=None
        )
    tell(as_json, _shown(made), str(made.project_id))


@verb.command("delete", help=T("Let nobody find a project any more; its records stay in the ledger."))
@click.argument("project", type=int)
@with_json
@with_data
def delete(project: int, as_json: bool) -> None:
    with the_store() as store:
        delete_project(store, project, now=now(), actor=None)
    tell(as_json, {"deleted": project}, T("The project is deleted. Its records stay in the ledger."))


@verb.command("restore", help=T("Bring back a project that was deleted, with everything in it."))
@click.argument("project", type=int)
@with_json
@with_data
def restore(project: int, as_json: bool) -> None:
    with the_store() as store:
        back = restore_project(store, project, now=now(), actor=None)
    tell(as_json, _shown(back), T("The project {name} is back.", name=back.name))


def _shown(project: Project) -> dict[str, object]:
    return {"projectId": project.project_id, "name": project.name, "aimakCode": project.aimak_code}
