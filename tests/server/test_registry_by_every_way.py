"""The registry is two entity lists, and every way of keeping them is held to the same rules:

- by program, spreadsheet, form and the registry's own import, each change is a record of the ledger;
- what breaks a rule is refused, whoever sends it; a form's is an error beside its answers, which stay;
- an object has one number for ever, a code that never changes, and a label made of its names;
- what a round uses cannot be deleted, nor a village that an object serves;
- phones get the same columns as ever; the ledger, the tables and the lists agree afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from forms.faults.registry import RegistryFixed
from server.actions.import_objects import import_objects, import_villages
from server.store.verify import verify
from tests.server.conftest import RunningHere, now

OBJECTS = "/v1/projects/1/datasets/objects"
VILLAGES = "/v1/projects/1/datasets/villages"
WELL = {"object_id": "well-1", "type": "MUN", "subtype": "water", "name_ky": "Кудук", "name_ru": "Колодец"}


@pytest.fixture(scope="module")
def organiser(server: RunningHere) -> Iterator[httpx.Client]:
    import_villages(server.store, 1, b"name,label_ky\nak-suu,\xd0\x90\xd0\xba-\xd0\xa1\xd1\x83\xd1\x83\n",
                    now=now(), actor=None)  # fmt: skip
    yield server.program("organiser", project_id=1)


def make(organiser: httpx.Client, code: str, **data: str) -> str:
    answer = organiser.post(
        f"{OBJECTS}/entities", json={"label": "-", "data": {**WELL, "object_id": code, **data}}
    )
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["uuid"]
    return made


def last_record(server: RunningHere) -> tuple[str, str, dict[str, object]]:
    record = server.store.ledger.record(server.store.ledger.head().seq)
    return record.kind, record.subject, json.loads(record.payload or b"")


def columns(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [fault["column"] for fault in answer.json()["details"]["faults"]]


def test_a_program_makes_and_changes_an_object(server: RunningHere, organiser: httpx.Client) -> None:
    name = make(organiser, "by-program", villages_served="ak-suu", status="", type="mun")
    kind, subject, said = last_record(server)
    assert (kind, subject, said["name"], said["version"]) == ("registry", "1/by-program", name, 1)
    assert (said["type"], said["villages_served"]) == ("MUN", ["ak-suu"])
    shown = organiser.get(f"{OBJECTS}/entities/{name}").json()["currentVersion"]
    assert (shown["label"], shown["data"]["status"]) == ("Кудук / Колодец", "active")
    assert server.store.registry.get(1, "by-program").uuid == name

    changed = organiser.patch(f"{OBJECTS}/entities/{name}?baseVersion=1", json={"label": "Булак / Родник"})
    assert changed.json()["currentVersion"]["data"]["name_ru"] == "Родник"
    known = server.store.registry.get(1, "by-program")
    assert (known.object.name_ky, known.version, known.uuid) == ("Булак", 2, name)
    cleared = organiser.patch(f"{OBJECTS}/entities/{name}?force=true", json={"data": {"name_ru": ""}}).json()
    assert cleared["currentVersion"]["label"] == "Булак"
    assert last_record(server)[2]["version"] == 3


def test_what_breaks_a_rule_is_refused(server: RunningHere, organiser: httpx.Client) -> None:
    name = make(organiser, "rules")
    before = server.store.ledger.head()
    address = f"{OBJECTS}/entities/{name}?force=true"
    dates = {"signed_on": "2026-03-02", "start_on": "2026-03-01"}
    assert columns(organiser.patch(address, json={"data": dates})) == ["start_on"]
    assert columns(organiser.patch(address, json={"data": {"sum_initial_som": "-1"}})) == ["sum_initial_som"]
    assert columns(organiser.patch(address, json={"data": {"type": "X", "users_count": "many"}})) == [
        "users_count", "type",
    ]  # fmt: skip
    assert columns(organiser.patch(address, json={"data": {"object_id": "other"}})) == ["object_id"]
    assert columns(organiser.patch(address, json={"data": {"villages_served": "x"}})) == ["villages_served"]
    assert organiser.patch(address, json={"data": {"colour": "red"}}).json()["code"] == 400.28
    again = organiser.post(f"{OBJECTS}/entities", json={"label": "-", "data": {**WELL, "object_id": "rules"}})
    assert (again.status_code, again.json()["code"]) == (409, 409.3)
    many = [{"label": "-", "data": {**WELL, "object_id": "m1"}}, {"label": "-", "data": {"object_id": "m2"}}]
    refused = organiser.post(f"{OBJECTS}/entities", json={"entities": many, "source": {"name": "x"}})
    assert refused.status_code == 400 and server.store.ledger.head() == before
    for path, body in (
        (f"{OBJECTS}/properties", {"name": "colour"}),
        ("/v1/projects/1/datasets", {"name": "Objects"}),
    ):
        assert server.program("administrator").post(path, json=body).status_code == 409


def test_a_spreadsheet_says_what_it_would_do(server: RunningHere, organiser: httpx.Client) -> None:
    make(organiser, "sheet-1", org_tax_id="1234", annual_budget_som="10")
    text = (
        "object_id;Type;subtype;name_ky;annual_budget_som\n"
        "sheet-1;MUN;water;Кудук;1 500,5\nsheet-2;MUN;water;Жаңы;\nsheet-3;MUN;works;Жаман;1.500\n"
    )
    found = organiser.post(f"{OBJECTS}/uploads?preview=true", content=text.encode()).json()
    assert (found["new"], found["changed"], found["unchanged"]) == (1, 1, 0)
    assert [(one["row"], one["column"]) for one in found["faults"]] == [
        (4, "annual_budget_som"),
        (4, "subtype"),
    ]
    right = text.rpartition("sheet-3")[0].encode()
    taken = organiser.post(f"{OBJECTS}/uploads", content=right).json()
    known = server.store.registry.get(1, "sheet-1").object
    assert (known.annual_budget_som, known.org_tax_id, known.name_ru) == (1500.5, "1234", "Колодец")
    assert organiser.post(f"{OBJECTS}/uploads/{taken['id']}/undo").json() == {"undone": 2, "kept": []}
    assert server.store.registry.get(1, "sheet-1").object.annual_budget_som == 10
    assert "sheet-2" not in [each.object.object_id for each in server.store.registry.objects(1)]
    assert last_record(server)[2]["deleted"] is True
    assert (
        organiser.post(f"{VILLAGES}/uploads", content="name,label_ky\nkok-jar,Көк-Жар\n".encode()).json()[
            "new"
        ]
        == 1
    )


def test_what_is_in_use_stays(server: RunningHere, organiser: httpx.Client) -> None:
    name = make(organiser, "used", villages_served="ak-suu")
    villages = organiser.get(f"{VILLAGES}.svc/Entities?$filter=code eq 'ak-suu'").json()["value"]
    refused = organiser.delete(f"{VILLAGES}/entities/{villages[0]['__id']}")
    assert refused.status_code == 409 and "ak-suu" in refused.text
    assert organiser.delete(f"{OBJECTS}/entities/{name}").json() == {"success": True}
    assert server.store.registry.object_id_of(1, name) is None
    assert organiser.post(f"{OBJECTS}/entities/{name}/purge").status_code == 409
    assert organiser.post(f"{OBJECTS}/entities/{name}/restore").json() == {"success": True}
    assert server.store.registry.get(1, "used").uuid == name
    assert server.program("administrator").delete(OBJECTS).status_code == 409


def test_only_the_organiser_keeps_the_registry(server: RunningHere, organiser: httpx.Client) -> None:
    name = make(organiser, "whose")
    for role in ("manager", "coordinator"):
        client = server.program(role, project_id=1)
        assert client.patch(f"{OBJECTS}/entities/{name}?force=true", json={"label": "x"}).status_code == 403
        assert client.get(f"{OBJECTS}/entities/{name}").status_code == 200


FORM = """
| survey   |           |         |        |                   |
|          | type      | name    | label  | save_to           |
|          | text      | code    | Code   | object_id         |
|          | text      | kind    | Kind   | subtype           |
|          | text      | type_   | Type   | type              |
|          | text      | title   | Title  | name_ky           |
|          | decimal   | budget  | Budget | annual_budget_som |
| entities |           |         |        |                   |
|          | list_name | label   |        |                   |
|          | objects   | ${title} |       |                   |
| settings |           |         |        |                   |
|          | form_title | form_id | version |                 |
|          | New object | new_object | 1   |                   |
"""
INSTANCE = """<data xmlns:orx="http://openrosa.org/xforms" id="new_object" version="1">
<code>{code}</code><kind>water</kind><type_>MUN</type_><title>{title}</title><budget>{budget}</budget>
<meta><instanceID>uuid:{name}</instanceID>
<entity dataset="objects" id="{name}" create="1"><label>{title}</label></entity></meta></data>"""


def test_a_form_makes_an_object(server: RunningHere, organiser: httpx.Client) -> None:
    server.publish(FORM)
    phone = server.phone("Collector")
    good, bad = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    assert phone.send(
        INSTANCE.format(code="by-form", title="Жаңы", budget="150.125", name=good).encode()
    ).accepted
    assert phone.send(INSTANCE.format(code="b d", title="Жаман", budget="-1", name=bad).encode()).accepted
    assert server.context.entity_follower.caught_up()
    known = server.store.registry.get(1, "by-form")
    assert (known.uuid, known.object.annual_budget_som) == (good, 150.125)
    versions = organiser.get(f"{OBJECTS}/entities/{good}/versions").json()
    assert versions[0]["source"]["submission"]
    assert organiser.get(f"{OBJECTS}/entities/{bad}").status_code == 404
    errors = [each for each in server.store.audit.page(limit=200) if each.action == "entity.error"]
    assert len(errors) == 1 and bad in errors[0].subject


def test_an_object_outlives_the_answers_that_made_it(server: RunningHere, organiser: httpx.Client) -> None:
    seq = server.store.submissions.get(1, "new_object", "uuid:11111111-1111-4111-8111-111111111111").seq
    store, moment = server.store, now()
    store.write(lambda tx: store.trash.delete(tx, seq, reason="by law", now=moment, actor=None))
    store.trash.purge(seq, reason="by law", now=now(), actor=None)
    assert server.store.registry.get(1, "by-form").object.name_ky == "Жаңы"
    assert verify(server.store).findings == ()


def test_a_form_that_saves_what_the_registry_does_not_have_is_refused(server: RunningHere) -> None:
    with pytest.raises(RegistryFixed):
        server.publish(FORM.replace("annual_budget_som", "colour").replace("new_object", "colours"))


LOOKING_UP = """
| survey   |                                       |         |        |
|          | type                                  | name    | label  |
|          | select_one_from_file objects.csv      | object  | Which  |
|          | select_one_from_file villages.csv     | village | Where  |
| settings |                                       |         |        |
|          | form_title                            | form_id | version |
|          | Looking up                            | look_up | 1      |
"""


def test_phones_get_the_columns_they_always_got_and_know_them_for_lists(
    server: RunningHere, organiser: httpx.Client
) -> None:
    name = make(organiser, "listed")
    server.publish(LOOKING_UP)
    phone = server.phone("Looker")
    files = phone.client.get(f"{phone.server_url}/forms/look_up/manifest").text
    assert files.count('<mediaFile type="entityList">') == 2
    assert "/datasets/objects/integrity" in files and "/datasets/villages/integrity" in files
    url = f"{phone.server_url}/forms/look_up/attachments"
    objects = phone.client.get(f"{url}/objects.csv").text.splitlines()
    villages = phone.client.get(f"{url}/villages.csv").text.splitlines()
    assert objects[0] == (
        "name,label,__version,object_id,type,subtype,villages,finished_on,sum_initial_som,sum_final_som"
    )
    assert f"{name},Кудук / Колодец,1,listed,MUN,water,,,," in objects
    assert villages[0] == "name,label,__version" and "ak-suu,Ак-Суу,1" in villages
    answer = phone.client.get(f"{phone.server_url}/datasets/objects/integrity?id={name}").text
    assert f'<entity id="{name}"><deleted>false</deleted></entity>' in answer


def test_the_ledger_and_the_tables_agree(server: RunningHere, organiser: httpx.Client) -> None:
    import_objects(
        server.store, 1, b"object_id,type,subtype,name_ky\nimported,MUN,water,X\n", now=now(), actor=None
    )
    assert last_record(server)[1] == "1/imported"
    name = make(organiser, "half", org_tax_id="77")
    half = "object_id,type,subtype,name_ky\nhalf,MUN,waste,Жаңы ат\n".encode()
    assert import_objects(server.store, 1, half, now=now(), actor=None).changed == 1
    known = server.store.registry.get(1, "half")
    assert (known.uuid, known.object.subtype, known.object.org_tax_id) == (name, "waste", "77")
    assert verify(server.store).findings == ()
