"""One server on which every text that anybody can write is an attack, and the strings it is made of."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from forms.xlsform import Conversion
from server.actions.accounts import add_account
from server.actions.add_app_user import add_app_user
from server.actions.close_round import close_round
from server.actions.import_objects import import_objects, import_villages
from server.actions.plan_round import open_round, plan_round
from server.actions.publish_form import publish_form
from server.actions.publish_round import publish_round
from server.settings import Settings
from server.store import Tx
from server.store.entities import NewEntity, Source
from server.store.entities.rows import new_uuid
from server.store.rounds import TYPE_WEIGHTS, Round, RoundForm
from tests.make import a_form, an_instance
from tests.phone import Phone
from tests.questionnaire import question, questionnaire
from tests.server.conftest import PASSWORD, RunningHere, new_server, now, serve, server, workbook

__all__ = ["new_server", "server"]

SCRIPT = "<script>alert(1)</script>"
EVIL = f"""@1+1"'><img src=x onerror=alert(1)>{SCRIPT}"""
FORM_ID, EXEC_FORM = "well", "office"
OBJECT = "o1"
PUBLISHED, OPEN = "2026-1", "submission"  # a round may have the name of an address of phones
SECRET = "Айылдын сыры 7391"  # an answer that nobody without the right may see
POSITION = "42.123456 74.654321 812.5 4.5"
EVIL_FILE = '"><img src=x onerror=alert(1)>.jpg'
ROLES = (
    "administrator", "coordinator", "organiser", "designer", "member", "deputy", "manager", "viewer",
    "data_collector",
)  # fmt: skip


def evil_questionnaire(form_id: str, object_type: str) -> str:
    markdown = questionnaire(
        question("taste", "S5", label=EVIL),
        question("water", "Y2", stream="O", label=EVIL),
        question("remark", type="text", label=EVIL),
        question("place", type="geopoint", label="place"),
        question("photo", type="image", label=EVIL),
        form_id=form_id,
        object_type=object_type,
    )
    markdown = markdown.replace("| | K | K |", f"| | K | {EVIL} |")
    markdown = markdown.replace(f"| | {form_id} | {form_id} |", f"| | {form_id} | {EVIL} |")
    return markdown.replace("| | s5 | 1 | 1 |", f"| | s5 | 1 | {EVIL} |")


@dataclass(slots=True)
class Place:
    """The running server, and who is there: a phone, an account of every role, names for every address."""

    here: RunningHere
    phone: Phone
    tokens: dict[str, str]  # role -> session token; "organiser+coordinator" too
    csrf: dict[str, str]
    parts: dict[str, str]  # what stands in the braces of the addresses
    form: Conversion
    log: list[str] = field(default_factory=list)
    clients: dict[tuple[str | None, bool], httpx.Client] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.here.address

    def asking(self, role: str | None, *, at_desk: bool) -> httpx.Client:
        """The same client for all questions of a role: there are thousands of them."""
        known = self.clients.get((role, at_desk))
        if known is None:
            known = self.browser(role) if at_desk else self.program(role)
            self.clients[role, at_desk] = known
            self.here.programs.append(known)
        return known

    def program(self, role: str | None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role is not None else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60, verify=False)

    def browser(self, role: str | None) -> httpx.Client:
        headers = {"Cookie": f"baikoo_session={self.tokens[role]}"} if role is not None else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60, verify=False)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    lines: list[str] = []
    handler = _Lines(lines)
    logging.getLogger().addHandler(handler)
    serving = serve(Settings(tmp_path_factory.mktemp("evil"), port=0, reading_memory="256MB"))
    here = next(serving)
    logging.getLogger("baikoo.access").setLevel(logging.INFO)
    made = make_place(here)
    made.log = lines
    yield made
    next(serving, None)
    logging.getLogger().removeHandler(handler)


def make_place(here: RunningHere) -> Place:
    store, moment = here.store, now()
    markdown = evil_questionnaire(FORM_ID, "PSO")
    publish_form(store, 1, workbook(markdown), now=moment, actor=None)
    publish_form(store, 1, workbook(evil_questionnaire(EXEC_FORM, "EXEC")), now=moment, actor=None)
    form, office = a_form(markdown), a_form(evil_questionnaire(EXEC_FORM, "EXEC"))
    import_villages(store, 1, _csv(["name", "label_ky"], ["v1", EVIL]), now=moment, actor=None)
    rows = [
        [OBJECT, "PSO", "wua", EVIL, EVIL],
        ["o2", "PSO", "wua", "Экинчи", ""],
        ["ao", "EXEC", "ao", EVIL, ""],
    ]
    columns = ["object_id", "type", "subtype", "name_ky", "name_ru"]
    import_objects(store, 1, _csv(columns, *rows), now=moment, actor=None)
    for round_id, objects in ((PUBLISHED, (OBJECT, "ao")), (OPEN, ("o2",))):
        plan_round(store, a_round(round_id, objects), now=moment, actor=None)
        open_round(store, round_id, now=moment, actor=None)
    user = add_app_user(store, 1, EVIL, now=moment, actor=None)
    phone = Phone(f"{here.address}/v1/key/{store.app_users.token(user)}/projects/1")
    here.phones.append(phone)
    for number in range(25):
        values = {"stream": "C", "object": OBJECT, "token": f"slip-{number}", "taste": "1", "remark": SECRET}
        values |= {"place": POSITION, "photo": EVIL_FILE if number == 0 else ""}
        if number == 0:  # a sheet, whose bytes hold no profile of a citizen
            values |= {"stream": "O", "token": ""}
        files = {EVIL_FILE: b"\xff\xd8\xff photo"} if number == 0 else {}
        xml = an_instance(form, values, instance_id=f"uuid:{number}")
        assert phone.send(xml, files).accepted
    sheet = {"stream": "O", "object": OBJECT, "water": "yes", "remark": EVIL}
    evil_id = f"uuid:{SCRIPT}"
    assert phone.send(an_instance(form, sheet, instance_id=evil_id)).accepted
    assert phone.send(an_instance(form, {"stream": "C", "object": "o2"}, instance_id="uuid:open")).accepted
    assert phone.send(an_instance(form, {"stream": "C", "remark": EVIL}, instance_id="uuid:waits")).accepted
    on_office = {"stream": "C", "object": "ao", "taste": "2", "remark": SECRET, "token": "slip"}
    assert phone.send(an_instance(office, on_office, instance_id="uuid:office")).accepted
    assert phone.post(an_instance(form, {"remark": EVIL}, instance_id="uuid:1")).status_code == 409

    tokens, csrf = {}, {}
    everyone = [(role,) for role in ROLES] + [("organiser", "coordinator")]
    for roles in everyone:
        name = "+".join(roles)
        held = tuple((role, None if role == "administrator" else 1) for role in roles)
        account = add_account(
            store, f"{name}@example.org", PASSWORD, held, now=moment, actor=None, display_name=EVIL
        )
        session = store.write(lambda tx, actor=account.actor_id: store.sessions.begin(tx, actor, now=moment))
        tokens[name], csrf[name] = session.token, session.csrf
    with httpx.Client(base_url=here.address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {tokens['coordinator']}"
        done = client.post(
            "/v1/projects/1/submissions/review",
            json={"reviewState": "accepted", "reason": EVIL, "roundId": PUBLISHED},
        )
        assert done.status_code == 200, done.text
        said = client.post(f"/v1/projects/1/forms/{FORM_ID}/submissions/uuid:0/comments", json={"body": EVIL})
        assert said.status_code == 200
    context = here.context
    close_round(context, PUBLISHED, now=now(), actor=None)
    publish_round(context, PUBLISHED, now=now(), actor=None, kenesh_resolution_no=EVIL)
    seq = store.submissions.get(1, FORM_ID, "uuid:0").seq
    pit = an_evil_list(here)
    release = next(file.name for file in store.rounds.files(PUBLISHED) if file.kind == "release")
    parts = {
        "token": phone.server_url.split("/")[5], "project_id": "1", "form_id": FORM_ID, "form": FORM_ID,
        "version": "1", "version_id": "uuid:0", "instance_id": "uuid:0", "name": "objects.csv",
        "round_id": PUBLISHED, "round": PUBLISHED, "object_id": OBJECT, "object": OBJECT, "seq": str(seq),
        "id": str(user.actor_id), "actor_id": str(user.actor_id), "release": PUBLISHED, "role": "app-user",
        "verb": "status", "fingerprint": "x", "file": release, "session": "x", "reset": "x" * 64,
        "draft_token": "x" * 64, "dataset": "pits", "uuid": pit,
        "key": "login-appearance", "list_id": "999999", "picture": "logo",
        "batch_id": "999999", "batch": "999999", "property": "x", "number": "999999", "way": "Submissions",
    }  # fmt: skip
    return Place(here, phone, tokens, csrf, parts, form)


def an_evil_list(here: RunningHere) -> str:
    """A list with one entity whose texts are attacks; its number."""
    store, moment, new = here.store, now(), NewEntity(new_uuid(), EVIL, {"note": EVIL, "geometry": POSITION})

    def make(tx: Tx) -> None:
        pits = store.entity_lists.create(tx, 1, "pits", now=moment, actor=None)
        for name in ("note", "geometry"):
            pits = store.entity_lists.add_property(tx, pits, name, now=moment)
        store.entities.create(tx, pits, new, Source(), now=moment)

    store.write(make)
    return new.uuid


def a_round(round_id: str, objects: tuple[str, ...]) -> Round:
    moment = now()
    texts = {"ky": EVIL, "ru": EVIL, "en": EVIL}
    return Round(
        round_id=round_id, project_id=1, titles=texts, kind="evaluation_regular",
        opens_on=(moment - timedelta(days=9)).date(), closes_on=(moment + timedelta(days=9)).date(),
        forms=(RoundForm(FORM_ID, None, "PSO"), RoundForm(EXEC_FORM, None, "EXEC")), objects=objects,
        type_weights=dict(TYPE_WEIGHTS), method_notes=texts,
    )  # fmt: skip


def _csv(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
