"""baikoo round: plan, open, close, publish; and what the rounds are."""

from __future__ import annotations

from datetime import datetime

import click

from forms.decoding import convert
from server.actions.plan_round import open_round, plan_round
from server.cli.frame import (
    chosen_project,
    in_the_server,
    now,
    tell,
    the_store,
    with_data,
    with_json,
    with_project,
)
from server.cli.words import T
from server.store.rounds import Round, RoundForm

KINDS = ("monitoring_continuous", "monitoring_temporary", "evaluation_regular", "evaluation_one_off")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("round", help=T("Rounds of evaluation: plan, open, close, publish."))
def verb() -> None:
    pass


def described(round_: Round) -> dict[str, object]:
    return {
        "round_id": round_.round_id,
        "project": round_.project_id,
        "titles": dict(round_.titles),
        "kind": round_.kind,
        "state": round_.state,
        "opens_on": round_.opens_on,
        "closes_on": round_.closes_on,
        "forms": [{"form_id": each.form_id, "version": each.version} for each in round_.forms],
        "objects": list(round_.objects),
    }


@verb.command("list", help=T("List the rounds."))
@with_project
@with_json
@with_data
def list_(project: int | None, as_json: bool) -> None:
    with the_store() as store:
        rounds = store.rounds.all(chosen_project(store, project))
    tell(
        as_json,
        {"rounds": [described(each) for each in rounds]},
        *(
            f"{each.round_id}  {each.state}  {each.opens_on} – {each.closes_on}  {each.titles.get('ky', '')}"
            for each in rounds
        ),
    )


@verb.command("plan", help=T("Plan a round, or change one that is still planned."))
@click.argument("round_id")
@click.option("--title-ky", required=True, help=T("Title in Kyrgyz."))
@click.option("--title-ru", default="", help=T("Title in Russian."))
@click.option("--title-en", default="", help=T("Title in English."))
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="evaluation_regular",
    show_default=True,
    help=T("Kind of the round."),
)
@click.option("--from", "first", type=DAY, required=True, help=T("First day, YYYY-MM-DD."))
@click.option("--to", "last", type=DAY, required=True, help=T("Last day, YYYY-MM-DD."))
@click.option(
    "--form", "forms", multiple=True, help=T("A form of the round; by default every form with a scheme.")
)
@click.option(
    "--object",
    "objects",
    multiple=True,
    help=T("An object of the round; by default every active one its forms evaluate."),
)
@click.option("--previous", help=T("The round before, for the trend."))
@with_project
@with_json
@with_data
def plan(
    round_id: str,
    title_ky: str,
    title_ru: str,
    title_en: str,
    kind: str,
    first: datetime,
    last: datetime,
    forms: tuple[str, ...],
    objects: tuple[str, ...],
    previous: str | None,
    project: int | None,
    as_json: bool,
) -> None:
    titles = {"ky": title_ky, "ru": title_ru, "en": title_en}
    with the_store() as store:
        home = chosen_project(store, project)
        offered = {each.form_id: each for each in store.forms.offered(home)}
        chosen = forms or tuple(name for name, each in offered.items() if each.scheme is not None)
        types = {offered[name].object_type for name in chosen if name in offered}
        active = tuple(
            each.object.object_id
            for each in store.registry.objects(home)
            if each.object.status == "active" and each.object.type in types
        )
        round_ = Round(
            round_id=round_id,
            project_id=home,
            titles={language: title for language, title in titles.items() if title},
            kind=kind,  # type: ignore[arg-type]  # one of KINDS: click has seen to it
            opens_on=first.date(),
            closes_on=last.date(),
            forms=tuple(
                RoundForm(name, None, offered[name].object_type if name in offered else None)
                for name in chosen
            ),
            objects=objects or active,
            previous_round_id=previous,
        )
        planned = plan_round(store, round_, now=now(), actor=None)
    tell(as_json, described(planned), T("The round {round_id} is planned.", round_id=round_id))


@verb.command("open", help=T("Open a planned round: the version that scores each form is fixed."))
@click.argument("round_id")
@with_json
@with_data
def open_(round_id: str, as_json: bool) -> None:
    with the_store() as store:
        opened = open_round(store, round_id, now=now(), actor=None)
    tell(as_json, described(opened), T("The round {round_id} is open.", round_id=round_id))


@verb.command("close", help=T("Close a round for ever and freeze its scores."))
@click.argument("round_id")
@click.confirmation_option(
    "--yes", prompt=T("Nothing can be added to a closed round. Close it?"), help=T("Do not ask.")
)
@with_json
@with_data
def close(round_id: str, as_json: bool) -> None:
    done = in_the_server("round-close", {"round": round_id}, T("Closing"))
    closed = described(convert(done, Round))
    tell(as_json, closed, T("The round {round_id} is closed and its scores are frozen.", round_id=round_id))


@verb.command("publish", help=T("Publish a closed round after the decision of the kenesh."))
@click.argument("round_id")
@click.option("--resolution", default="", help=T("Number of the resolution of the kenesh."))
@click.option("--resolution-link", default="", help=T("Address of the resolution."))
@click.confirmation_option(
    "--yes", prompt=T("What is published stays published. Publish it?"), help=T("Do not ask.")
)
@with_json
@with_data
def publish(round_id: str, resolution: str, resolution_link: str, as_json: bool) -> None:
    done = in_the_server(
        "round-publish",
        {"round": round_id, "resolution_no": resolution, "resolution_link": resolution_link},
        T("Publishing"),
    )
    published = described(convert(done, Round))
    tell(as_json, published, T("The round {round_id} is published.", round_id=round_id))
