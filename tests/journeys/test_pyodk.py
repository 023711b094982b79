"""pyODK 1.3, unchanged, against a running server: every example of its README, and every method it has.

- Signing in by its configuration file; the token in its cache file; signing in again once it has ended.
- Projects, forms, submissions, tables, comments, edits, reviews, entity lists, app users, as its README and
  documentation call them. What it does not wrap goes through its HTTP verbs.
- What the server refuses reaches a script as PyODKError with the code of ODK Central.

https://github.com/getodk/pyodk/blob/master/README.md
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pyodk.client import Client
from pyodk.errors import PyODKError

from server.actions.accounts import add_account
from tests.journeys.front_door import FrontDoor, as_xlsx
from tests.make import a_form, an_instance
from tests.server.conftest import PASSWORD, now

EMAIL = "script@example.org"
BIRDS = """
| survey |
|  | type                            | name   | label           |
|  | text                            | place  | Where?          |
|  | integer                         | seen   | How many?       |
|  | geopoint                        | spot   | The very spot   |
|  | select_one_from_file fruits.csv | fruit  | What do they eat? |
|  | begin_repeat                    | bird   | Bird            |
|  | text                            | kind   | Kind            |
|  | end_repeat                      |        |                 |
| settings |
|  | form_title | form_id | version |
|  | Birds      | birds   | {0}     |
"""
MY_XLSFORM = """
| survey |
|  | type                               | name    | label    | media::image   |
|  | text                               | a       | A{0}     | vegetables.png |
|  | select_one_from_file fruits.csv    | fruit   | Fruit    |                |
| settings |
|  | form_title | form_id    | version |
|  | Mine       | my_xlsform | {0}     |
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("script")
    (folder / "fruits.csv").write_text("name,label\na,Apple\n", "utf-8")
    (folder / "vegetables.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for number in (1, 2):
        (folder / f"birds{number}.xlsx").write_bytes(as_xlsx(BIRDS.format(number)))
        (folder / f"my_xlsform{number}.xlsx").write_bytes(as_xlsx(MY_XLSFORM.format(number)))
    return folder


@pytest.fixture(scope="module")
def client(front_door: FrontDoor, files: Path) -> Iterator[Client]:
    """A client as the README configures it, for a server with eight projects."""
    store = front_door.server.store
    add_account(store, EMAIL, PASSWORD, (("administrator", None),), now=now(), actor=None)
    config = files / "config.toml"
    config.write_text(
        f'[central]\nbase_url = "{front_door.server.address}"\nusername = "{EMAIL}"\n'
        f'password = "{PASSWORD}"\ndefault_project_id = 8\n',
        "utf-8",
    )
    with Client(config_path=str(config), cache_path=str(files / "cache.toml")) as client:
        while len(client.projects.list()) < 8:
            client.post("/projects", json={"name": "Another"}).raise_for_status()
        client.forms.create(definition=str(files / "birds1.xlsx"), attachments=[str(files / "fruits.csv")])
        for number in (1, 2):
            client.submissions.create(xml=sighting(number), form_id="birds", device_id="collect:script")
        yield client


def sighting(number: int, version: str = "1", instance_id: str | None = None, was: str | None = None) -> str:
    said = {
        "place": "Ысык-Көл",
        "seen": str(number),
        "spot": "42.5 77.2 1609.0 4.5",
        "fruit": "a",
        "bird": [{"kind": f"каз {row}"} for row in range(number)],
    }
    return an_instance(
        a_form(BIRDS.format(version)),
        said,
        instance_id=instance_id or f"uuid:{number}",
        deprecated_id=was,
        version=version,
    ).decode()


def test_the_examples_of_the_readme(client: Client, files: Path) -> None:
    projects = client.projects.list()
    forms = client.forms.list()
    submissions = client.submissions.list(form_id=next(iter(forms)).xmlFormId)
    form_data = client.submissions.get_table(form_id="birds", project_id=8)
    comments = client.submissions.list_comments(form_id=next(iter(forms)).xmlFormId, instance_id="uuid:1")
    client.forms.create(
        definition=str(files / "my_xlsform1.xlsx"),
        attachments=[str(files / "fruits.csv"), str(files / "vegetables.png")],
    )
    client.forms.update(
        form_id="my_xlsform",
        definition=str(files / "my_xlsform2.xlsx"),
        attachments=[str(files / "fruits.csv"), str(files / "vegetables.png")],
    )
    assert {project.id for project in projects} == set(range(1, 9))
    assert [form.xmlFormId for form in forms] == ["birds"]
    assert {each.instanceId for each in submissions} == {"uuid:1", "uuid:2"}
    assert len(form_data["value"]) == 2
    assert list(comments) == []
    assert client.forms.get("my_xlsform").version == "2"


def test_a_default_identifier_may_be_left_out(client: Client) -> None:
    client.projects.default_project_id = 8
    client.forms.default_form_id = "birds"
    client.submissions.default_form_id = "birds"
    assert client.projects.get().id == 8
    assert len(client.submissions.list()) == 2


def test_the_token_is_kept_and_renewed(client: Client, front_door: FrontDoor, files: Path) -> None:
    config, cache = str(files / "config.toml"), files / "cache.toml"
    assert "token" in cache.read_text("utf-8")
    cache.write_text('token = "' + "x" * 64 + '"\n', "utf-8")
    with Client(config_path=config, cache_path=str(cache)) as again:
        assert len(again.projects.list()) == 8


def test_forms(client: Client, files: Path) -> None:
    form = client.forms.get("birds")
    assert (form.projectId, form.name, form.version, form.state) == (8, "Birds", "1", "open")
    assert "birds" in client.forms.get_xml("birds")
    client.forms.update("birds", definition=str(files / "birds2.xlsx"))
    assert client.forms.get("birds").version == "2"
    client.forms.update("birds", attachments=[str(files / "fruits.csv")], version_updater=lambda v: v + "_1")
    assert client.forms.get("birds").version == "2_1"
    manifest = client.get("/projects/8/forms/birds/attachments").json()
    assert [(each["name"], each["exists"]) for each in manifest] == [("fruits.csv", True)]


def test_submissions(client: Client, files: Path) -> None:
    made = client.submissions.create(xml=sighting(3), form_id="birds", device_id="collect:x")
    assert (made.instanceId, made.deviceId, made.reviewState) == ("uuid:3", "collect:x", None)
    assert client.submissions.get("uuid:3", form_id="birds").submitterId > 0
    client.submissions.edit(
        "uuid:3",
        sighting(4, instance_id="uuid:3b", was="uuid:3"),
        form_id="birds",
        comment="One more flew in.",
    )
    client.submissions.review("uuid:3", "approved", form_id="birds", comment="Well seen.")
    assert client.submissions.get("uuid:3", form_id="birds").reviewState == "approved"
    said = [each.body for each in client.submissions.list_comments("uuid:3", form_id="birds")]
    assert sorted(said) == ["One more flew in.", "Well seen."]
    client.submissions.add_comment("uuid:3", "Thank you.", form_id="birds")
    assert client.get("/projects/8/forms/birds/submissions/uuid:3/versions").json()[0]["current"] is True


def test_tables(client: Client) -> None:
    table = client.submissions.get_table(
        form_id="birds", skip=0, top=1, count=True, wkt=True, expand="*", filter="seen lt 3"
    )
    assert table["@odata.count"] == 2
    assert "@odata.nextLink" in table
    [row] = table["value"]
    assert row["spot"] == "POINT (77.2 42.5 1609)"
    assert [bird["kind"] for bird in row["bird"]] == ["каз 0", "каз 1"]
    rows = client.submissions.get_table(form_id="birds", table_name="Submissions.bird", select="kind")
    assert all(each["kind"].startswith("каз") for each in rows["value"])


def test_entity_lists_and_entities(client: Client) -> None:
    assert client.entity_lists.create(entity_list_name="towns").approvalRequired is False
    client.entity_lists.add_property(name="state", entity_list_name="towns")
    client.entity_lists.add_property(name="postcode", entity_list_name="towns")
    assert {each.name for each in client.entity_lists.get("towns").properties} == {"state", "postcode"}
    assert [each.name for each in client.entity_lists.list() if each.name == "towns"] == ["towns"]
    known = str(uuid.uuid4())
    made = client.entities.create(
        label="Sydney", data={"state": "NSW", "postcode": "2000"}, entity_list_name="towns", uuid=known
    )
    assert (made.uuid, made.currentVersion.version) == (known, 1)
    data = [
        {"label": "Melbourne", "state": "VIC", "postcode": "3000"},
        {"label": "Hobart", "state": "TAS", "postcode": "7000"},
    ]
    assert client.entities.create_many(data, entity_list_name="towns", create_source="towns.csv")
    changed = client.entities.update(known, entity_list_name="towns", label="Сидней", base_version=1)
    assert (changed.currentVersion.label, changed.currentVersion.version) == ("Сидней", 2)
    assert (
        client.entities.update(known, "towns", data={"postcode": "2001"}, force=True).currentVersion.version
        == 3
    )
    table = client.entities.get_table("towns", count=True)
    assert table["@odata.count"] == 3
    assert {row["label"] for row in table["value"]} == {"Сидней", "Melbourne", "Hobart"}
    client.entities.merge(
        [
            {"label": "Hobart", "state": "Tasmania", "postcode": "7000"},
            {"label": "Perth", "state": "WA", "postcode": "6000"},
        ],
        entity_list_name="towns",
        match_keys=["postcode"],
        delete_not_matched=True,
    )
    after = {row["label"]: row["state"] for row in client.entities.get_table("towns")["value"]}
    assert after == {"Hobart": "Tasmania", "Perth": "WA"}
    assert client.entities.delete(client.entities.list("towns")[0].uuid, entity_list_name="towns")


def test_app_users(client: Client) -> None:
    made = list(client.projects.create_app_users(display_names=["Айыл 1", "Айыл 2"], forms=["birds"]))
    assert [user.displayName for user in made] == ["Айыл 1", "Айыл 2"]
    listed = httpx.get(
        f"{client.session.base_url.removesuffix('/v1/')}/v1/key/{made[0].token}/projects/8/formList",
        headers={"X-OpenRosa-Version": "1.0"},
    )
    assert "<formID>birds</formID>" in listed.text


def test_what_it_does_not_wrap_goes_through_verbs(client: Client) -> None:
    rows = csv.DictReader(client.get("/projects/8/forms/birds/submissions.csv").text.splitlines())
    assert "KEY" in (rows.fieldnames or ())
    assert client.get("/users/current").json()["email"] == EMAIL
    assert client.patch("/projects/8/forms/birds", json={"state": "closing"}).json()["state"] == "closing"
    assert client.patch("/projects/8/forms/birds", json={"state": "open"}).json()["state"] == "open"


def test_a_refusal_is_its_error_with_centrals_code(client: Client) -> None:
    with pytest.raises(PyODKError) as refused:
        client.forms.get("nothing")
    assert refused.value.is_central_error("404.1")
    with pytest.raises(PyODKError) as refused:
        client.submissions.create(xml=sighting(9, instance_id="uuid:1"), form_id="birds")
    assert refused.value.is_central_error("409.1") or refused.value.is_central_error("409.3")
