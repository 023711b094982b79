"""baikoo app-user: phones, their tokens and their settings codes."""

from __future__ import annotations

from pathlib import Path

import click

from server.actions.add_app_user import add_app_user, limit_app_user, revoke_app_user
from server.cli.frame import (
    chosen_project,
    now,
    settings_here,
    tell,
    the_store,
    web_address,
    with_data,
    with_json,
    with_project,
)
from server.cli.words import T
from server.pages.qr import CollectSettings, picture, terminal_text
from server.store import Store
from server.store.app_users import AppUser

LANGUAGES = click.Choice(["ky", "ru", "en"])


@click.group("app-user", help=T("App users: phones with ODK Collect, and their settings codes."))
def verb() -> None:
    pass


def show_code(store: Store, app_user: AppUser, image: Path | None, as_json: bool) -> None:
    """The address for Collect, and the code that a phone reads: in the terminal or as a picture."""
    project = store.projects.get(app_user.project_id)
    token, home = store.app_users.token(app_user), app_user.project_id
    server_url = f"{web_address(settings_here())}/v1/key/{token}/projects/{home}"
    settings = CollectSettings(server_url, project.name, language=app_user.language)
    if image is not None:
        image.write_bytes(picture(settings, "svg" if image.suffix.lower() == ".svg" else "png"))
    tell(
        as_json,
        {
            "id": app_user.actor_id,
            "name": app_user.display_name,
            "project": app_user.project_id,
            "language": app_user.language,
            "server_url": server_url,
            "settings": settings.text,
        },
        *(() if image is not None else (terminal_text(settings),)),
        T(
            "{name}: in ODK Collect add a project by scanning the code, or type this address:",
            name=app_user.display_name,
        ),
        server_url,
        *((T("The code is in {file}.", file=str(image)),) if image is not None else ()),
    )


@verb.command("add", help=T("Add an app user and show its settings code."))
@click.argument("name")
@click.option(
    "--language",
    type=LANGUAGES,
    default="ky",
    show_default=True,
    help=T("Language of the messages on the phone."),
)
@click.option(
    "--image",
    type=click.Path(dir_okay=False, path_type=Path),
    help=T("Write the code as a picture (.png or .svg)."),
)
@with_project
@with_json
@with_data
def add(name: str, language: str, image: Path | None, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        app_user = add_app_user(store, home, name, now=now(), actor=None, language=language)
        show_code(store, app_user, image, as_json)


@verb.command("show", help=T("Show the settings code of an app user again."))
@click.argument("number", type=int)
@click.option(
    "--image",
    type=click.Path(dir_okay=False, path_type=Path),
    help=T("Write the code as a picture (.png or .svg)."),
)
@with_project
@with_json
@with_data
def show(number: int, image: Path | None, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        show_code(store, store.app_users.get(chosen_project(store, project), number), image, as_json)


@verb.command("list", help=T("List the app users."))
@with_project
@with_json
@with_data
def list_(project: int | None, as_json: bool) -> None:
    with the_store() as store:
        app_users = store.app_users.all(chosen_project(store, project))
    tell(
        as_json,
        {
            "app_users": [
                {
                    "id": each.actor_id,
                    "name": each.display_name,
                    "language": each.language,
                    "revoked": each.revoked_at,
                }
                for each in app_users
            ]
        },
        *(
            f"{each.actor_id}  {each.display_name}  {each.language}"
            + (f"  {T('revoked')}" if each.revoked_at else "")
            for each in app_users
        ),
    )


@verb.command("forms", help=T("Let an app user see some forms alone; without a form, every one again."))
@click.argument("number", type=int)
@click.argument("form_ids", nargs=-1)
@with_project
@with_json
@with_data
def forms(number: int, form_ids: tuple[str, ...], project: int | None, as_json: bool) -> None:
    chosen = frozenset(form_ids) or None
    with the_store() as store:
        limit_app_user(store, chosen_project(store, project), number, chosen, now=now(), actor=None)
    said = (
        T("App user {number} sees: {forms}", number=number, forms=", ".join(sorted(chosen)))
        if chosen
        else T("App user {number} sees every form.", number=number)
    )
    tell(as_json, {"id": number, "forms": sorted(chosen) if chosen else None}, said)


@verb.command("revoke", help=T("End the access of an app user at once."))
@click.argument("number", type=int)
@with_project
@with_json
@with_data
def revoke(number: int, project: int | None, as_json: bool) -> None:
    with the_store() as store:
        home = chosen_project(store, project)
        revoke_app_user(store, home, number, now=now(), actor=None)
    tell(
        as_json,
        {"id": number, "revoked": True},
        T("App user {number} has no access any more.", number=number),
    )
