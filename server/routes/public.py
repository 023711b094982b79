"""The public site: published rounds, their objects, how they were computed, their data, the ledger's head.

Everything about results is asked of analytics/results.py, which reads nothing below what may be published.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from analytics import results
from analytics.results import ResultNotFound, RoundResults, RoundSummary
from analytics.rounds import open_counts
from analytics.warehouse import Cursor
from server import store as store_package
from server.context import Context
from server.pages import scorecards
from server.pages.releases import DESCRIPTOR, Release, read_release
from server.pages.words import best_text
from server.routes import showing
from server.routes.asking import XLSX, attachment, context_of, name_in_path
from server.routes.showing import page_language, show
from server.store.rounds import Round

T = TypeVar("T")
VERIFIER = Path(store_package.__file__).with_name("verify_ledger.py")
KEPT_S = 60.0  # a published round changes only by a logged correction


class Shelf:
    """What was read of published rounds. Emptied as soon as a round is published, else now and then."""

    def __init__(self) -> None:
        self.made: tuple[tuple[int, ...], float] = ((), 0.0)
        self.values: dict[tuple[str, ...], object] = {}

    def open(self, published: tuple[int, ...]) -> dict[tuple[str, ...], object]:
        if self.made[0] != published or time.monotonic() - self.made[1] > KEPT_S:
            self.made = (published, time.monotonic())
            self.values = {}
        return self.values


_shelves: WeakKeyDictionary[object, Shelf] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """What may be said of an open round: how much has come, and of how many objects."""

    citizens: int
    sheets: int
    objects: int


async def get_home(request: Request) -> Response:
    context = context_of(request)
    language = page_language(request)
    rounds = await read(request, ("rounds",), results.published_rounds)
    newest: dict[int, RoundSummary] = {}
    for summary in rounds:
        newest.setdefault(summary.project_id, summary)
    latest = [await _results(request, summary.round_id) for summary in newest.values()]
    open_now = [
        {"round": round_, "title": best_text(round_.titles, language)}
        for round_ in rounds_of_all(context)
        if round_.state == "open"
    ]
    several = len(context.store.projects.all()) > 1
    values = {"rounds": rounds, "latest": latest, "open": open_now, "several": several}
    return await show(request, "home.html", "/", values)


async def get_round(request: Request) -> Response:
    round_id = name_in_path(request, "round")
    round_ = context_of(request).store.rounds.get(round_id)
    if round_.state != "published":
        return await _unpublished(request, round_)
    found = await _results(request, round_id)
    groups = scorecards.groups_of(found, page_language(request))
    return await show(
        request, "round.html", "/", {"results": found, "groups": groups}, project_id=round_.project_id
    )


async def _unpublished(request: Request, round_: Round) -> Response:
    """Dates; and while it is open, how many answers have come."""
    counts = None
    if round_.state == "open":
        context = context_of(request)
        await context.loader.until_caught_up(round_.opened_seq)
        found = await asyncio.to_thread(_ask, context, lambda db: open_counts(db, round_.round_id))
        counts = OpenCounts(
            citizens=sum(count.sent for count in found if count.stream == "C"),
            sheets=sum(count.sent for count in found if count.stream == "O"),
            objects=len(round_.objects),
        )
    title = best_text(round_.titles, page_language(request))
    values = {"round": round_, "title": title, "counts": counts}
    return await show(request, "round_unpublished.html", "/", values, project_id=round_.project_id)


async def get_object_in_round(request: Request) -> Response:
    round_id, object_id = name_in_path(request, "round"), name_in_path(request, "object")
    language = page_language(request)
    result = await read(
        request, ("object", round_id, object_id), lambda db: results.object_result(db, round_id, object_id)
    )
    values = {
        "result": result,
        "criteria_chart": scorecards.criteria_chart(result.criteria, language),
        "history_chart": scorecards.history_chart(result.history, language),
        "flags": scorecards.flags_of(result),
    }
    return await show(request, "object.html", "/", values, project_id=result.round.project_id)


async def get_object(request: Request) -> Response:
    """The object in the latest round that shows it. Raises: ResultNotFound."""
    object_id = name_in_path(request, "object")
    for summary in await read(request, ("rounds",), results.published_rounds):
        found = await _results(request, summary.round_id)
        if any(entry.object_id == object_id for entry in found.objects):
            address = f"/rounds/{quote(summary.round_id, safe='')}/objects/{quote(object_id, safe='')}"
            return RedirectResponse(address, 302, {"Cache-Control": "no-cache"})
    raise ResultNotFound()


async def get_method(request: Request) -> Response:
    context = context_of(request)
    round_id = name_in_path(request, "round")
    method = await read(request, ("method", round_id), lambda db: results.method(db, round_id))
    project_id = method.round.project_id
    workbooks = {}
    for form in method.forms:
        version = context.store.forms.version(project_id, form.form_id, form.version)
        if version.content.workbook_sha256 is not None:
            address = "/".join(quote(part, safe="") for part in (round_id, form.form_id, form.version))
            workbooks[form.form_id, form.version] = f"/workbooks/{address}"
    return await show(
        request, "method.html", "/", {"method": method, "workbooks": workbooks}, project_id=project_id
    )


async def get_workbook(request: Request) -> Response:
    """The workbook behind a published round, byte for byte. Raises: ResultNotFound."""
    context = context_of(request)
    round_id = name_in_path(request, "round")
    form_id, version_name = name_in_path(request, "form"), name_in_path(request, "version")
    round_ = context.store.rounds.get(round_id)
    fixed = round_.form(form_id)
    if round_.state != "published" or fixed is None or fixed.version != version_name:
        raise ResultNotFound()
    version = context.store.forms.version(round_.project_id, form_id, version_name)
    if version.content.workbook_sha256 is None:
        raise ResultNotFound()
    name = f"{form_id}-{version_name}.xlsx"
    return FileResponse(
        context.store.blobs.path(version.content.workbook_sha256),
        headers={"Content-Disposition": attachment(name), "Cache-Control": "public, max-age=86400"},
        media_type=XLSX,
    )


async def get_data(request: Request) -> Response:
    rounds = await read(request, ("rounds",), results.published_rounds)
    return await show(request, "data.html", "/data", {"rounds": rounds})


async def get_release(request: Request) -> Response:
    """The files of one round, each with what its columns say."""
    round_id = name_in_path(request, "round")
    rounds = await read(request, ("rounds",), results.published_rounds)
    summary = next((entry for entry in rounds if entry.round_id == round_id), None)
    if summary is None:
        raise ResultNotFound()
    language = page_language(request)
    release = await asyncio.to_thread(_release, context_of(request), round_id, language)
    values = {"round": summary, "release": release}
    return await show(request, "release.html", "/data", values, project_id=summary.project_id)


async def get_ledger(request: Request) -> Response:
    return await show(request, "ledger.html", "/ledger", {})


async def get_verifier(request: Request) -> Response:
    return FileResponse(
        VERIFIER,
        headers={"Content-Disposition": attachment(VERIFIER.name), "Cache-Control": "no-cache"},
        media_type="text/x-python; charset=utf-8",
    )


async def _results(request: Request, round_id: str) -> RoundResults:
    return await read(request, ("round", round_id), lambda db: results.round_results(db, round_id))


async def read(request: Request, key: tuple[str, ...], question: Callable[[Cursor], T]) -> T:
    """An answer of the publication layer, asked once while no other round is published."""
    context = context_of(request)
    published = tuple(
        round_.published_seq for round_ in rounds_of_all(context) if round_.published_seq is not None
    )
    shelf = _shelves.setdefault(context.loader, Shelf()).open(published)
    if key not in shelf:
        await context.loader.until_caught_up(max(published, default=0))
        shelf[key] = await asyncio.to_thread(_ask, context, question)
    return cast(T, shelf[key])


def _ask(context: Context, question: Callable[[Cursor], T]) -> T:
    with context.warehouse.read() as db:
        return question(db)


def rounds_of_all(context: Context) -> list[Round]:
    """The rounds of every project, newest first within each; from the cache of the truth."""
    return [
        round_
        for project in context.store.projects.all()
        for round_ in context.store.rounds.all(project.project_id)
    ]


def _release(context: Context, round_id: str, language: str) -> Release:
    store = context.store
    kept = {file.name: file for file in store.rounds.files(round_id) if file.kind == "release"}
    if DESCRIPTOR not in kept:
        raise ResultNotFound()
    package = store.blobs.path(kept[DESCRIPTOR].sha256).read_bytes()
    return read_release(package, {name: file.size for name, file in kept.items()}, language)


page_voice = showing.page_voice

routes = [
    *showing.routes,
    Route("/", get_home),
    Route("/rounds/{round}", get_round),
    Route("/rounds/{round}/objects/{object}", get_object_in_round),
    Route("/rounds/{round}/method", get_method),
    Route("/objects/{object}", get_object),
    Route("/workbooks/{round}/{form}/{version}", get_workbook),
    Route("/data", get_data),
    Route("/data/{round}", get_release),
    Route("/ledger", get_ledger),
    Route("/ledger/verify_ledger.py", get_verifier),
]
