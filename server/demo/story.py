"""What happened in the invented aimak before somebody looks at it: a registry, a past round, an open one.

Every answer goes through the front door of the running server, as from a phone. Each step looks first
whether it was done before, so that a start after an interrupted one goes on where that one stopped.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from forms.fill import Blank
from forms.instance import expected_media, parse_instance, read_answers
from forms.registry import RegistryObject
from server.actions.accounts import add_account
from server.actions.add_app_user import add_app_user
from server.actions.close_round import close_round
from server.actions.plan_round import open_round, plan_round
from server.actions.publish_round import publish_round
from server.actions.review_submissions import review_found, review_submission
from server.context import Context
from server.demo import registry
from server.demo.people import Person as Respondent
from server.demo.questionnaires import publish_questionnaires
from server.permissions import owner
from server.store import Store
from server.store.accounts import one_time_password
from server.store.forms import FormVersion
from server.store.rounds import Round, RoundForm
from server.store.submissions import Wanted

PROJECT = 1
ADMINISTRATOR = "admin@baikoo.example"
PHONES = (("Байкоочу 1", "ky"), ("Байкоочу 2", "ky"), ("Байкоочу 3", "ru"))
CITIZENS = 12  # per object: a sensitive question needs ten answers to be shown
SHEETS = 3  # per object: a rating by observers needs three
QUALITY = {
    "archa-ao": 0.58,
    "archa-tazalyk": 0.46,
    "archa-balazhan": 0.82,
    "archa-klub": 0.66,
    "archa-jol": 0.52,
    "archa-mektep": 0.88,
    "archa-spa": 0.4,
    "archa-suu": 0.7,
    "archa-zhaiyt": 0.55,
}
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What the start prints; the password only on the first start."""

    password: str | None
    phones: tuple[tuple[str, str], ...]  # name, and the path after the server's address


def tell_story(context: Context, address: str, progress: Progress) -> Told:
    """Do whatever is not done yet; `address` is where the server listens."""
    store, now = context.store, datetime.now(UTC)
    today = now.astimezone(context.zone(PROJECT)).date()
    _describe(store, now)
    publish_questionnaires(store, PROJECT, now=now, progress=progress)
    if not store.registry.villages(PROJECT):
        places, things = registry.villages(), registry.objects(today)
        store.write(lambda tx: store.registry.put_villages(tx, PROJECT, places, now=now, actor=None))
        store.write(lambda tx: store.registry.put_objects(tx, PROJECT, things, now=now, actor=None))
    password = _administrator(store, now)
    phones = _phones(store, now)
    urls = tuple(f"{address}{path}" for _name, path in phones)
    rounds = {round_.round_id: round_ for round_ in store.rounds.all(PROJECT)}
    past = next((name for name in rounds if name.endswith("-1")), f"{today.year}-1")
    if past not in rounds or rounds[past].state != "published":
        _past_round(context, past, rounds.get(past), urls, today, progress)
    if not any(name.endswith("-2") for name in rounds):
        _open_round(context, past, urls, today, progress)
    return Told(password, phones)


def _describe(store: Store, now: datetime) -> None:
    if store.projects.get(PROJECT).name != registry.NAME:
        store.write(
            lambda tx: store.projects.describe(
                tx, PROJECT, name=registry.NAME, description="", aimak_code=registry.AIMAK_CODE, now=now
            )
        )


def _administrator(store: Store, now: datetime) -> str | None:
    """One account for everything, so that every page can be seen; its password once."""
    if store.accounts.find(ADMINISTRATOR) is not None:
        return None
    password = one_time_password()
    roles = (("administrator", None), ("coordinator", PROJECT), ("designer", PROJECT))
    add_account(
        store,
        ADMINISTRATOR,
        password,
        roles,
        now=now,
        actor=None,
        display_name="Demo",
        must_change_password=True,
    )
    return password


def _phones(store: Store, now: datetime) -> tuple[tuple[str, str], ...]:
    known = {app_user.display_name: app_user for app_user in store.app_users.all(PROJECT)}
    phones = []
    for name, language in PHONES:
        app_user = known.get(name) or add_app_user(
            store, PROJECT, name, now=now, actor=None, language=language
        )
        if app_user.revoked_at is None:
            phones.append((name, f"/v1/key/{store.app_users.token(app_user)}/projects/{PROJECT}"))
    return tuple(phones)


def _round(
    store: Store, round_id: str, titles: dict[str, str], first: date, last: date, before: str | None
) -> Round:
    versions = [version for version in store.forms.offered(PROJECT) if version.scheme is not None]
    return Round(
        round_id=round_id,
        project_id=PROJECT,
        titles=titles,
        kind="evaluation_regular",
        opens_on=first,
        closes_on=last,
        forms=tuple(RoundForm(version.form_id, None, version.object_type) for version in versions),
        objects=tuple(QUALITY),
        previous_round_id=before,
    )


def _past_round(
    context: Context,
    round_id: str,
    known: Round | None,
    urls: tuple[str, ...],
    today: date,
    progress: Progress,
) -> None:
    store, now = context.store, datetime.now(UTC)
    titles = {"ky": "Биринчи баалоо", "ru": "Первая оценка", "en": "First evaluation"}
    if known is None:
        first, last = today - timedelta(days=120), today - timedelta(days=90)
        known = plan_round(store, _round(store, round_id, titles, first, last, None), now=now, actor=None)
    if known.state == "planned":
        known = open_round(store, round_id, now=now, actor=None)
    if known.state == "open":
        _answer(context, known, urls, CITIZENS, progress)
        _decide(store, round_id)
        close_round(context, round_id, now=datetime.now(UTC), actor=None)
    publish_round(
        context,
        round_id,
        now=datetime.now(UTC),
        actor=None,
        kenesh_resolution_no="12/3",
        kenesh_resolution_link="",
    )


def _open_round(context: Context, past: str, urls: tuple[str, ...], today: date, progress: Progress) -> None:
    store, now = context.store, datetime.now(UTC)
    round_id = f"{past.rpartition('-')[0]}-2"
    titles = {"ky": "Экинчи баалоо", "ru": "Вторая оценка", "en": "Second evaluation"}
    round_ = _round(store, round_id, titles, today - timedelta(days=7), today + timedelta(days=21), past)
    plan_round(store, round_, now=now, actor=None)
    opened = open_round(store, round_id, now=now, actor=None)
    _answer(context, opened, urls, 3, progress)


def _decide(store: Store, round_id: str) -> None:
    """The group accepts what it checked; one sheet it voids, with a reason."""
    person = owner()
    for form in store.forms.all(PROJECT):
        wanted = Wanted(project_id=PROJECT, form_id=form.form_id, round_id=round_id, states=("received",))
        page = store.submissions.page(wanted, limit=1)
        if form.form_id == "service_association" and page:
            reason = "Бул барак эки жолу толтурулган."
            review_submission(store, page[0], "void", reason=reason, person=person, now=datetime.now(UTC))
        review_found(store, wanted, "accepted", reason="", person=person)


def _answer(
    context: Context, round_: Round, urls: tuple[str, ...], citizens: int, progress: Progress
) -> None:
    """Fill in and send: citizens' answers and observation sheets on every object of the round."""
    # what it sends with takes long to load, and a second start sends nothing
    from server.demo.phone import Phone

    clients = [Phone(url) for url in urls]
    tasks = list(_tasks(context.store, round_, citizens))
    media = _media(urls[0], {version.form_id for version, *_ in tasks})
    blanks = {version.form_id: Blank(context.store.forms.xform(version), media) for version, *_ in tasks}
    uuids = {each.object.object_id: each.uuid for each in context.store.registry.objects(PROJECT)}
    zone = context.zone(PROJECT)
    for done, (version, thing, stream, number) in enumerate(tasks):
        progress(thing.object_id, done, len(tasks))
        name = f"{round_.round_id}/{thing.object_id}/{stream}/{number}"
        dice = random.Random(name)
        latest = min(round_.closes_on, datetime.now(zone).date())
        day = round_.opens_on + timedelta(days=dice.randint(0, (latest - round_.opens_on).days))
        started = datetime.combine(day, time(9 + dice.randint(0, 8), dice.randint(0, 59)), zone)
        assert version.scheme is not None
        person = Respondent(
            dice,
            version.scheme,
            stream,
            uuids[thing.object_id],
            dice.choice(thing.villages_served),
            day,
            QUALITY[thing.object_id],
        )
        xml = blanks[version.form_id].fill(
            person,
            instance_id=f"uuid:{uuid.uuid5(NAMESPACE, name)}",
            started=started,
            ended=started + timedelta(minutes=dice.randint(8, 25)),
        )
        photos = expected_media(read_answers(parse_instance(xml), version.schema), version.schema)
        clients[number % len(clients)].send(xml, photos)
    for client in clients:
        client.close()


def _tasks(
    store: Store, round_: Round, citizens: int
) -> Iterator[tuple[FormVersion, RegistryObject, str, int]]:
    """(form, object, stream, number) of everything that is filled in."""
    versions = {
        form.object_type: store.forms.version(PROJECT, form.form_id, form.version or "")
        for form in round_.forms
    }
    for object_id in round_.objects:
        thing = store.registry.get(PROJECT, object_id).object
        version = versions[thing.type]
        for number in range(citizens):
            yield version, thing, "C", number
        for number in range(min(SHEETS, citizens - 1)):
            yield version, thing, "O", number


def _media(server_url: str, form_ids: set[str]) -> dict[str, bytes]:
    """villages.csv and objects.csv as the phones get them."""
    import httpx

    form_id = sorted(form_ids)[0]
    with httpx.Client(timeout=60, trust_env=False, headers={"X-OpenRosa-Version": "1.0"}) as client:
        return {
            name: client.get(f"{server_url}/forms/{form_id}/attachments/{name}").raise_for_status().content
            for name in ("villages.csv", "objects.csv")
        }
