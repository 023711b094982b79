"""baikoo scores: the results of a round, in the terminal or as the files of its dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from analytics.published import ObjectScore, RoundResults
from analytics.rounds import OpenCount
from forms.decoding import convert
from server.cli.frame import absolute, in_the_server, tell, with_data, with_json
from server.cli.words import T, language
from server.pages.terms import TERMS


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
        "scores", {"round": round_id, "folder": absolute(folder) if folder else None}, T("Scores")
    )
    assert isinstance(done, dict)
    if "results" in done:
        lines = [*_scores(convert(done["results"], RoundResults))]
    else:
        lines = [*_counts(convert(done["counts"], list[OpenCount]))]
    if folder is not None:
        lines.append(T("The tables are in {folder}.", folder=str(folder)))
    tell(as_json, done, *lines)


def _scores(results: RoundResults) -> Iterator[str]:
    """One line per object, then those of the types and of the aimak."""
    for each in results.objects:
        yield f"{each.type:<5}{_figure(each.score)}  {_interval(each):<13}{_word(each.band, each.status):<19}{each.names.best(language())}"
    for group in (*results.types, *((results.aimak,) if results.aimak else ())):
        name, objects = group.type or T("Aimak"), T("objects: {count}", count=group.n_objects)
        yield f"{name:<5}{_figure(group.score)}  {'':<13}{_word(group.band, group.status):<19}{objects}"


def _counts(counts: list[OpenCount]) -> Iterator[str]:
    yield T("The round is open: nobody sees a score of it.")
    for each in counts:
        yield T(
            "{object_id} {stream}: received {received}, accepted {accepted}, returned {returned}, void {void}",
            object_id=each.object_id,
            stream=each.stream,
            received=each.received,
            accepted=each.accepted,
            returned=each.returned,
            void=each.void,
        )


def _figure(score: float | None) -> str:
    return f"{score:6.1f}" if score is not None else f"{'–':>6}"


def _interval(each: ObjectScore) -> str:
    return f"{each.low:.1f}–{each.high:.1f}" if each.low is not None and each.high is not None else ""


def _word(band: str | None, status: str) -> str:
    return T(TERMS["band"][band]) if band else T(TERMS["status"][status])
