"""Rounds at the desk: planned, opened, watched by their counts, closed, published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response

from analytics.rounds import OpenCount, open_counts
from forms.errors import N_, BaikooError, Invalid, Sentence
from server.actions.close_round import close_round
from server.actions.plan_round import open_round, plan_round
from server.actions.publish_round import publish_round
from server.pages.words import LANGUAGES, sort_key
from server.permissions import Deed
from server.routes.asking import name_in_path, now
from server.routes.desk.names import object_names, round_names
from server.routes.desk.room import Posted, Visitor, at, day_of, desk_page, go, read
from server.store.refusals import RoundNotFound
from server.store.rounds import TYPE_WEIGHTS, Round, RoundForm, RoundKind


class DatesMissing(Invalid):
    text = N_("Write the first and the last day of the round.")


class WeightInvalid(Invalid):
    text = N_("The weight of a type is a number from 0 upwards, and not {value}.")


class NotConfirmed(Invalid):
    text = N_("Tick that you mean it; this cannot be taken back.")


@dataclass(frozen=True, slots=True)
class CountRow:
    """What has come of one object, by stream."""

    object_id: str
    name: str
    citizens: OpenCount | None
    sheets: OpenCount | None


async def get_rounds(request: Request, visitor: Visitor) -> Response:
    rounds = visitor.context.store.rounds.all(visitor.project_id)
    values = {"rounds": rounds, "names": round_names(visitor)}
    return await desk_page(request, visitor, "rounds.html", values)


async def get_new(request: Request, visitor: Visitor) -> Response:
    return await plan_page(request, visitor, {}, [], [])


async def get_plan(request: Request, visitor: Visitor) -> Response:
    """A planned round, to be changed."""
    round_ = round_in_path(request, visitor)
    given = {
        "round_id": round_.round_id,
        "kind": round_.kind,
        "opens_on": round_.opens_on.isoformat(),
        "closes_on": round_.closes_on.isoformat(),
        "kenesh_resolution_no": round_.kenesh_resolution_no,
        "kenesh_resolution_link": round_.kenesh_resolution_link,
        "previous_round_id": round_.previous_round_id or "",
        **{f"title_{code}": round_.titles.get(code, "") for code in LANGUAGES},
        **{f"note_{code}": round_.method_notes.get(code, "") for code in LANGUAGES},
        **{f"weight_{code}": f"{weight:g}" for code, weight in round_.type_weights.items()},
    }
    return await plan_page(
        request, visitor, given, [form.form_id for form in round_.forms], list(round_.objects)
    )


async def plan_page(
    request: Request,
    visitor: Visitor,
    given: Mapping[str, str],
    forms: list[str],
    objects: list[str],
    problem: Sentence | None = None,
) -> Response:
    store = visitor.context.store
    names = object_names(visitor)
    active = {
        known.object.object_id: known.object.type
        for known in store.registry.objects(visitor.project_id)
        if known.object.status == "active"
    }
    values = {
        "given": given,
        "chosen_forms": forms,
        "chosen_objects": objects,
        "fresh": not given,
        "forms": [
            form
            for form in store.forms.all(visitor.project_id)
            if form.current is not None and form.current.object_type is not None
        ],
        "objects": [
            (object_id, name, active[object_id]) for object_id, name in names.items() if object_id in active
        ],
        "kinds": get_args(RoundKind),
        "type_weights": TYPE_WEIGHTS,
        "rounds": round_names(visitor),
    }
    return await desk_page(request, visitor, "round_plan.html", values, problem=problem)


async def post_plan(request: Request, visitor: Visitor) -> Response:
    posted = visitor.posted
    try:
        planned = await asyncio.to_thread(
            plan_round,
            visitor.context.store,
            described_round(visitor, posted),
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await plan_page(
            request, visitor, posted.given(), posted.texts("form"), posted.texts("object"), refused.sentence
        )
    return go(visitor, "rounds", planned.round_id, done="planned")


def described_round(visitor: Visitor, posted: Posted) -> Round:
    """The round as it was typed. Raises: DatesMissing, WeightInvalid, FormNotFound."""
    opens_on, closes_on = day_of(posted.text("opens_on")), day_of(posted.text("closes_on"))
    if opens_on is None or closes_on is None:
        raise DatesMissing()
    forms = []
    for form_id in posted.texts("form"):
        current = visitor.context.store.forms.get(visitor.project_id, form_id).current
        forms.append(RoundForm(form_id, None, current.object_type if current is not None else None))
    return Round(
        round_id=posted.text("round_id"),
        project_id=visitor.project_id,
        titles={code: posted.text(f"title_{code}") for code in LANGUAGES},
        kind=cast(RoundKind, posted.text("kind")),
        opens_on=opens_on,
        closes_on=closes_on,
        forms=tuple(forms),
        objects=tuple(posted.texts("object")),
        type_weights={code: weight_of(posted.text(f"weight_{code}")) for code in TYPE_WEIGHTS},
        method_notes={code: posted.text(f"note_{code}") for code in LANGUAGES},
        kenesh_resolution_no=posted.text("kenesh_resolution_no"),
        kenesh_resolution_link=posted.text("kenesh_resolution_link"),
        previous_round_id=posted.text("previous_round_id") or None,
    )


def weight_of(text: str) -> float:
    try:
        weight = float(text.replace(",", "."))
    except ValueError:
        raise WeightInvalid(value=text[:40] or "–") from None
    if not 0 <= weight < 1_000_000:
        raise WeightInvalid(value=text[:40])
    return weight


async def get_round(request: Request, visitor: Visitor) -> Response:
    return await round_page(request, visitor, round_in_path(request, visitor))


async def round_page(
    request: Request, visitor: Visitor, round_: Round, problem: Sentence | None = None
) -> Response:
    rows: list[CountRow] = []
    if round_.state == "open" and visitor.may(Deed.COUNT):
        rows = count_rows(visitor, await read(visitor, lambda db: open_counts(db, round_.round_id)))
    store = visitor.context.store
    values = {
        "round": round_,
        "names": round_names(visitor),
        "rows": rows,
        "objects": object_names(visitor),
        "titles": {form.form_id: form.title for form in store.forms.all(visitor.project_id)},
        "files": store.rounds.files(round_.round_id),
        "given": visitor.posted.given(),
    }
    return await desk_page(request, visitor, "desk_round.html", values, problem=problem)


def count_rows(visitor: Visitor, counts: tuple[OpenCount, ...]) -> list[CountRow]:
    """One row per object, in the alphabetical order of the page's language."""
    names = object_names(visitor)
    by_object: dict[str, dict[str, OpenCount]] = {}
    for count in counts:
        by_object.setdefault(count.object_id, {})[count.stream] = count
    rows = [
        CountRow(object_id, names.get(object_id, object_id), streams.get("C"), streams.get("O"))
        for object_id, streams in by_object.items()
    ]
    return sorted(rows, key=lambda row: sort_key(row.name))


async def post_open(request: Request, visitor: Visitor) -> Response:
    round_ = round_in_path(request, visitor)
    try:
        confirmed(visitor.posted)
        await asyncio.to_thread(
            open_round, visitor.context.store, round_.round_id, now=now(), actor=visitor.person.actor
        )
    except BaikooError as refused:
        return await round_page(request, visitor, round_, refused.sentence)
    return go(visitor, "rounds", round_.round_id, done="opened")


async def post_close(request: Request, visitor: Visitor) -> Response:
    """Closes it and fixes its scores; also where a crash came between the two."""
    round_ = round_in_path(request, visitor)
    try:
        confirmed(visitor.posted)
        await asyncio.to_thread(
            close_round, visitor.context, round_.round_id, now=now(), actor=visitor.person.actor
        )
    except BaikooError as refused:
        return await round_page(request, visitor, round_in_path(request, visitor), refused.sentence)
    return go(visitor, "rounds", round_.round_id, done="closed")


async def post_publish(request: Request, visitor: Visitor) -> Response:
    round_ = round_in_path(request, visitor)
    try:
        confirmed(visitor.posted)
        await asyncio.to_thread(
            publish_round,
            visitor.context,
            round_.round_id,
            now=now(),
            actor=visitor.person.actor,
            kenesh_resolution_no=visitor.posted.text("kenesh_resolution_no"),
            kenesh_resolution_link=visitor.posted.text("kenesh_resolution_link"),
        )
    except BaikooError as refused:
        return await round_page(request, visitor, round_, refused.sentence)
    return go(visitor, "rounds", round_.round_id, done="round_published")


def confirmed(posted: Posted) -> None:
    """Raises: NotConfirmed."""
    if posted.text("sure") != "yes":
        raise NotConfirmed()


def round_in_path(request: Request, visitor: Visitor) -> Round:
    """Raises: RoundNotFound, also for a round of another project."""
    round_ = visitor.context.store.rounds.get(name_in_path(request, "round"))
    if round_.project_id != visitor.project_id:
        raise RoundNotFound(round_id=round_.round_id)
    return round_


READ, PLAN, POST = Deed.READ_ROUNDS, Deed.PLAN_ROUND, ("POST",)
routes = [
    at("/rounds", get_rounds, READ),
    at("/rounds", post_plan, PLAN, methods=POST),
    at("/plan", get_new, PLAN),
    at("/rounds/{round}", get_round, READ),
    at("/rounds/{round}/plan", get_plan, PLAN),
    at("/rounds/{round}/open", post_open, PLAN, methods=POST),
    at("/rounds/{round}/close", post_close, Deed.CLOSE_ROUND, methods=POST),
    at("/rounds/{round}/publish", post_publish, Deed.PUBLISH_ROUND, methods=POST),
]
