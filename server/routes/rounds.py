"""Rounds for programs: plan, open, close, publish; and how many submissions each object has."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics.rounds import open_counts
from forms.errors import RoundBusy
from server.actions.close_round import close_round
from server.actions.plan_round import open_round, plan_round
from server.actions.publish_round import publish_round
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.asking import context_of, iso, name_in_path, now, project_in_path, read_json
from server.routes.identity import known
from server.store.refusals import RoundNotFound
from server.store.rounds import TYPE_WEIGHTS, Round, RoundForm, RoundKind


class GivenRound(msgspec.Struct, rename="camel"):
    """A round as a program describes it."""

    round_id: str
    titles: dict[str, str]
    opens_on: date
    closes_on: date
    forms: list[str]
    objects: list[str] | None = None  # None: every active object of the forms' types
    kind: str = "evaluation_regular"
    type_weights: dict[str, float] = msgspec.field(default_factory=lambda: dict(TYPE_WEIGHTS))
    method_notes: dict[str, str] = msgspec.field(default_factory=dict)
    kenesh_resolution_no: str = ""
    kenesh_resolution_link: str = ""
    previous_round_id: str | None = None


def round_json(round_: Round) -> dict[str, object]:
    return {
        "roundId": round_.round_id,
        "projectId": round_.project_id,
        "titles": dict(round_.titles),
        "kind": round_.kind,
        "state": round_.state,
        "opensOn": round_.opens_on.isoformat(),
        "closesOn": round_.closes_on.isoformat(),
        "forms": [
            {"formId": form.form_id, "version": form.version, "objectType": form.object_type}
            for form in round_.forms
        ],
        "objects": list(round_.objects),
        "typeWeights": dict(round_.type_weights),
        "methodNotes": dict(round_.method_notes),
        "keneshResolutionNo": round_.kenesh_resolution_no,
        "keneshResolutionLink": round_.kenesh_resolution_link,
        "previousRoundId": round_.previous_round_id,
        "openedSeq": round_.opened_seq,
        "closedSeq": round_.closed_seq,
        "frozenSeq": round_.frozen_seq,
        "publishedSeq": round_.published_seq,
        "openedAt": iso(round_.opened_at),
        "closedAt": iso(round_.closed_at),
        "publishedAt": iso(round_.published_at),
    }


def round_of(context: Context, project_id: int, given: GivenRound) -> Round:
    """The round described; without objects, every active one whose type a form evaluates."""
    forms = []
    for form_id in given.forms:
        current = context.store.forms.get(project_id, form_id).current
        forms.append(RoundForm(form_id, None, current.object_type if current is not None else None))
    types = {form.object_type for form in forms}
    objects = given.objects
    if objects is None:
        objects = [
            each.object.object_id
            for each in context.store.registry.objects(project_id)
            if each.object.status == "active" and each.object.type in types
        ]
    return Round(
        round_id=given.round_id,
        project_id=project_id,
        titles=given.titles,
        kind=cast(RoundKind, given.kind),
        opens_on=given.opens_on,
        closes_on=given.closes_on,
        forms=tuple(forms),
        objects=tuple(objects),
        type_weights=given.type_weights,
        method_notes=given.method_notes,
        kenesh_resolution_no=given.kenesh_resolution_no,
        kenesh_resolution_link=given.kenesh_resolution_link,
        previous_round_id=given.previous_round_id,
    )


async def get_rounds(request: Request) -> Response:
    project_id = project_in_path(request)
    await known(request, Deed.READ_ROUNDS, project_id)
    return json_response([round_json(each) for each in context_of(request).store.rounds.all(project_id)])


async def get_round(request: Request) -> Response:
    _, round_, _ = await _round(request, Deed.READ_ROUNDS)
    return json_response(round_json(round_))


async def post_round(request: Request) -> Response:
    """Plan a round, or change one that is still planned."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.PLAN_ROUND, project_id)
    given = await read_json(request, GivenRound)

    def plan() -> Round:
        round_ = round_of(context, project_id, given)
        return plan_round(context.store, round_, now=now(), actor=person.actor)

    return json_response(round_json(await asyncio.to_thread(plan)))


async def post_open(request: Request) -> Response:
    context, round_, person = await _round(request, Deed.PLAN_ROUND)
    opened = await asyncio.to_thread(
        open_round, context.store, round_.round_id, now=now(), actor=person.actor
    )
    return json_response(round_json(opened))


async def post_close(request: Request) -> Response:
    """Close it and fix its scores; returns when both records are in the ledger."""
    context, round_, person = await _round(request, Deed.CLOSE_ROUND)
    closed = await asyncio.to_thread(close_round, context, round_.round_id, now=now(), actor=person.actor)
    return json_response(round_json(closed))


async def post_publish(request: Request) -> Response:
    """Show a closed round to everyone, with the kenesh's resolution."""

    class Resolution(msgspec.Struct, rename="camel"):
        kenesh_resolution_no: str | None = None
        kenesh_resolution_link: str | None = None

    context, round_, person = await _round(request, Deed.PUBLISH_ROUND)
    given = await read_json(request, Resolution)
    number, link = given.kenesh_resolution_no, given.kenesh_resolution_link
    published = await asyncio.to_thread(
        publish_round,
        context,
        round_.round_id,
        now=now(),
        actor=person.actor,
        kenesh_resolution_no=round_.kenesh_resolution_no if number is None else number,
        kenesh_resolution_link=round_.kenesh_resolution_link if link is None else link,
    )
    return json_response(round_json(published))


async def get_counts(request: Request) -> Response:
    """Every object of a round with its submissions by stream and state: counts alone, never a score."""
    context, round_, _ = await _round(request, Deed.COUNT)

    def count() -> object:
        if not context.loader.caught_up():
            raise RoundBusy()
        with context.warehouse.read() as db:
            return msgspec.to_builtins(open_counts(db, round_.round_id))

    return json_response(await asyncio.to_thread(count))


async def _round(request: Request, deed: Deed) -> tuple[Context, Round, Person]:
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, deed, project_id)
    round_id = name_in_path(request, "round_id")
    round_ = context.store.rounds.get(round_id)
    if round_.project_id != project_id:
        raise RoundNotFound(round_id=round_id)
    return context, round_, person


_ALL = "/v1/projects/{project_id}/rounds"
_ONE = _ALL + "/{round_id}"
routes = [
    Route(_ALL, get_rounds, methods=["GET"]),
    Route(_ALL, post_round, methods=["POST"]),
    Route(f"{_ONE}/open", post_open, methods=["POST"]),
    Route(f"{_ONE}/close", post_close, methods=["POST"]),
    Route(f"{_ONE}/publish", post_publish, methods=["POST"]),
    Route(f"{_ONE}/counts", get_counts),
    Route(_ONE, get_round),
]
