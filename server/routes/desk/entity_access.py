"""What of an entity list phones and links are given: all, what they made, or what a rule shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import BaikooError
from forms.faults.entity_requests import AccessRulesMissing
from server.actions.deliver_entities import set_access
from server.actions.using_lists import remove_property
from server.permissions import Deed
from server.routes.asking import now
from server.routes.desk.entity_lists import LIST, list_at, list_page
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store import Store
from server.store.entities import AccessRule, EntityList
from server.store.entities.indexes import LONG

SHOWN = 100  # phones of which is told what they see
SPARE = 2  # empty lines for more rules


@dataclass(frozen=True, slots=True)
class Sight:
    """What a phone is given of the list; `count` None: to count it would take too long."""

    name: str
    noted: Mapping[str, str]
    count: int | None


async def get_access(request: Request, visitor: Visitor) -> Response:
    return await _page(request, visitor)


async def _page(request: Request, visitor: Visitor, problem: BaikooError | None = None) -> Response:
    """Who sees what now, what each phone is given by that, and how to change it."""
    store = visitor.context.store
    known = await asyncio.to_thread(list_at, request, visitor)
    posted = visitor.posted.text("access")
    now_chosen = "own" if known.owner_only else "rules" if known.rules else "all"
    rules = _rules(visitor) if posted else known.rules
    values = {
        "known": known,
        "access": posted or now_chosen,
        "rules": [*rules, *(AccessRule("", "") for _ in range(SPARE))],
        "actor_properties": await asyncio.to_thread(store.actor_properties.names, visitor.project_id),
        "sights": await asyncio.to_thread(_sights, store, known),
        "shown": SHOWN,
    }
    told = problem.sentence if problem is not None else None
    return await desk_page(request, visitor, "entity_access.html", values, problem=told)


def _sights(store: Store, known: EntityList) -> list[Sight]:
    if not known.owner_only and not known.rules:
        return []
    # several rules are no question to an index: a long list would be read through for every phone
    counted = len(known.rules) < 2 or store.entities.count(known) < LONG
    sights = []
    for one in store.app_users.all(known.project_id)[:SHOWN]:
        noted = store.actor_properties.of(one.actor_id)
        scope = store.entity_access.scope(known, one.actor_id)
        count = store.entities.count(known, scope) if counted else None
        used = {rule.actor_property: noted.get(rule.actor_property, "") for rule in known.rules}
        sights.append(Sight(one.display_name, used, count))
    return sights


def _rules(visitor: Visitor) -> tuple[AccessRule, ...]:
    """Every line that was filled in; of one that is half empty the other half is told to be missing."""
    form = visitor.posted.form
    pairs = zip(form.getlist("property"), form.getlist("actor_property"), strict=False)
    rules = (AccessRule(str(one).strip(), str(other).strip()) for one, other in pairs)
    return tuple(rule for rule in rules if rule.property or rule.actor_property)


async def post_access(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    store, moment, chosen = visitor.context.store, now(), visitor.posted.text("access")
    rules = _rules(visitor) if chosen == "rules" else ()
    try:
        if chosen == "rules" and not rules:
            raise AccessRulesMissing()
        await store.change(
            lambda tx: set_access(
                store, tx, known, owner_only=chosen == "own", rules=rules, now=moment,
                actor=visitor.person.actor,
            )
        )  # fmt: skip
    except BaikooError as refused:
        return await _page(request, visitor, refused)
    return go(visitor, "lists", known.name, "access", done="changed")


async def post_remove_property(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    store, moment, name = visitor.context.store, now(), visitor.posted.text("name")
    try:
        await store.change(
            lambda tx: remove_property(store, tx, known, name, now=moment, actor=visitor.person.actor)
        )
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    return go(visitor, "lists", known.name, done="changed")


MANAGE, POST = Deed.MANAGE_LISTS, ("POST",)
routes = [
    at(f"{LIST}/access", get_access, MANAGE),
    at(f"{LIST}/access", post_access, MANAGE, methods=POST),
    at(f"{LIST}/properties/remove", post_remove_property, MANAGE, methods=POST),
]
