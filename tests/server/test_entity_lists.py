"""Entity lists for programs, as ODK Central shapes them:

- lists, properties, entities are made, read, changed, deleted, restored and purged; every version is kept;
- a change that began from another version than the newest is refused, unless it is forced;
- many at once are all taken, or none;
- the lists that phones get go by what programs changed;
- CSV, GeoJSON and OData say the same, filtered by any property, page by page;
- nobody without the right reads or writes anything.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from server.actions.entity_trash import purge_old_entities
from tests.server.conftest import RunningHere, now

WELLS = "/v1/projects/1/datasets/wells"


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> Iterator[httpx.Client]:
    client = server.program("manager", project_id=1)
    made = client.post("/v1/projects/1/datasets", json={"name": "wells"})
    assert made.status_code == 200, made.text
    for name in ("depth", "village", "geometry", "owner-name"):
        assert client.post(f"{WELLS}/properties", json={"name": name}).json() == {"success": True}
    yield client


@pytest.fixture(scope="module")
def wells(manager: httpx.Client) -> list[str]:
    """Twelve wells of two villages, the newest the deepest."""
    names = [str(uuid.uuid4()) for _ in range(12)]
    entities = [
        {
            "uuid": name,
            "label": f"Кудук {number}",
            "data": {
                "depth": str(number * 10),
                "village": "Ак-Суу" if number % 3 else "Кара-Суу",
                "geometry": f"42.{number} 74.5 700 5" if number % 2 else "",
            },
        }
        for number, name in enumerate(names)
    ]
    sent = {"entities": entities, "source": {"name": "wells.csv", "size": 100}}
    assert manager.post(f"{WELLS}/entities", json=sent).json() == {"success": True}
    return names


def make(manager: httpx.Client, label: str = "Well", **data: str) -> str:
    answer = manager.post(f"{WELLS}/entities", json={"label": label, "data": data})
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["uuid"]
    return made


def test_a_list_tells_its_properties_and_its_forms(manager: httpx.Client) -> None:
    known = manager.get(WELLS).json()
    assert (known["name"], known["projectId"], known["approvalRequired"]) == ("wells", 1, False)
    assert [(each["name"], each["odataName"]) for each in known["properties"]] == [
        ("depth", "depth"), ("village", "village"), ("geometry", "geometry"), ("owner-name", "owner_name"),
    ]  # fmt: skip
    assert known["sourceForms"] == known["linkedForms"] == []
    changed = manager.patch(WELLS, json={"approvalRequired": True, "ownerOnly": True}).json()
    assert changed["approvalRequired"] and changed["ownerOnly"]
    manager.patch(WELLS, json={"approvalRequired": False, "ownerOnly": False})


def test_names_that_clash_or_cannot_be_are_refused_with_centrals_codes(manager: httpx.Client) -> None:
    def code(path: str, **body: object) -> object:
        return manager.post(path, json=body).json()["code"]

    assert code("/v1/projects/1/datasets", name="wells") == 409.3
    assert code("/v1/projects/1/datasets", name="Wells") == 409.16
    assert code("/v1/projects/1/datasets", name="a.b") == 400.8
    assert code(f"{WELLS}/properties", name="Depth") == 409.3
    assert code(f"{WELLS}/properties", name="label") == 400.8
    assert code(f"{WELLS}/properties", name="depth") == 409.3
    assert manager.get("/v1/projects/1/datasets/none").status_code == 404


def test_a_removed_list_lies_in_the_trash_with_its_rows_and_gives_its_name_away(
    manager: httpx.Client, server: RunningHere
) -> None:
    path, store = "/v1/projects/1/datasets/plots", server.store

    def make_it(label: str) -> str:
        assert manager.post("/v1/projects/1/datasets", json={"name": "plots"}).status_code == 200
        made: str = manager.post(f"{path}/entities", json={"label": label}).json()["uuid"]
        return made

    old = make_it("Old")
    gone = manager.post(f"{path}/entities", json={"label": "Gone before"}).json()["uuid"]
    manager.delete(f"{path}/entities/{gone}")
    assert manager.delete(path).json() == {"success": True}
    for missing in (
        path,
        f"{path}/entities",
        f"{path}/entities/{old}",
        f"{path}/entities.csv",
        f"{path}.svc",
    ):
        assert manager.get(missing).status_code == 404, missing
    assert "plots" not in [one["name"] for one in manager.get("/v1/projects/1/datasets").json()]
    make_it("New")
    (trashed,) = manager.get("/v1/projects/1/datasets?deleted=true").json()
    assert trashed["name"] == "plots" and trashed["deletedAt"] and trashed["projectId"] == 1
    csv_path = "/v1/projects/1/trash/datasets/{}/entities.csv"
    fetched = manager.get(csv_path.format(trashed["id"]))
    assert 'filename="plots-deleted.csv"' in fetched.headers["content-disposition"]
    assert [row["label"] for row in csv.DictReader(io.StringIO(fetched.text))] == ["Old"]
    living = store.entity_lists.get(1, "plots")
    for number in (living.list_id, "nothing", "99999999999999999999"):
        assert manager.get(csv_path.format(number)).status_code == 404
    refused = server.program("data_collector", project_id=1).get(csv_path.format(trashed["id"]))
    assert refused.status_code == 403
    assert manager.post(f"{path}/entities", json={"label": "Again", "uuid": old}).json()["code"] == 409.3
    later = now() + timedelta(days=31)
    assert purge_old_entities(store, later - timedelta(days=2)) == (0, 0)
    assert purge_old_entities(store, later)[0] == 1
    assert manager.get("/v1/projects/1/datasets?deleted=true").json() == []
    assert manager.post(f"{path}/entities", json={"label": "Again", "uuid": old}).json()["code"] == 409.19
    assert manager.get(f"{path}/entities").json()[0]["currentVersion"]["label"] == "New"


def test_what_keeps_a_list_or_property_from_being_removed_is_told(
    manager: httpx.Client, server: RunningHere
) -> None:
    form = """
    | survey   |           |       |       |         |
    |          | type      | name  | label | save_to |
    |          | text      | crop  | Crop  | crop    |
    | entities |           |       |       |         |
    |          | list_name | label |       |         |
    |          | fields    | ${crop} |     |         |
    | settings |           |       |       |         |
    |          | form_id   | form_title | version |  |
    |          | sowing    | Sowing     | 1       |  |
    """
    server.publish(form)
    path = "/v1/projects/1/datasets/fields"
    refused = manager.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, 409.21)
    named = [{"name": "Sowing", "xmlFormId": "sowing"}]
    nothing: list[str] = []
    assert refused.json()["details"] == {
        "sourceForms": named, "linkedForms": nothing,
        "draftSourceForms": nothing, "draftLinkedForms": nothing,
    }  # fmt: skip
    manager.post("/v1/projects/1/forms/sowing/draft")
    told = manager.get(path).json()
    assert told["draftSourceForms"] == told["sourceForms"] == named
    made = [
        manager.post(f"{path}/entities", json={"label": f"Field {n}", "data": {"crop": "beet"}}).json()[
            "uuid"
        ]
        for n in range(4)
    ]
    refused = manager.delete(f"{path}/properties/crop")
    assert (refused.status_code, refused.json()["code"]) == (409, 409.22)
    needed = refused.json()["details"]["prerequisites"]
    forms = [{"formName": "Sowing", "xmlFormId": "sowing"}]
    assert needed["dependentForms"]["details"]["forms"] == forms
    assert needed["nonEmptyEntities"]["details"]["totalCount"] == 4
    assert len(needed["nonEmptyEntities"]["details"]["entities"]) == 3
    assert manager.delete("/v1/projects/1/forms/sowing").status_code == 200
    for uuid_ in made:
        manager.patch(f"{path}/entities/{uuid_}?force=true", json={"data": {"crop": " "}})
    assert manager.delete(f"{path}/properties/crop").json() == {"success": True}
    assert manager.get(path).json()["properties"] == []
    assert "crop" not in manager.get(f"{path}/entities.csv").text
    assert manager.get(f"{path}/entities/{made[0]}").json()["currentVersion"]["data"] == {}
    unknown = manager.patch(f"{path}/entities/{made[0]}?force=true", json={"data": {"crop": "x"}})
    assert unknown.json()["code"] == 400.28
    assert manager.post(f"{path}/properties", json={"name": "crop"}).json() == {"success": True}
    assert manager.delete(path).json() == {"success": True}


def test_an_entity_is_made_changed_and_keeps_its_versions(manager: httpx.Client) -> None:
    name = make(manager, "Кудук", depth="10")
    address = f"{WELLS}/entities/{name}"
    one = manager.get(address)
    assert one.headers["etag"] == '"1"' and one.json()["currentVersion"]["data"] == {"depth": "10"}
    assert isinstance(one.json()["creatorId"], int) and one.json()["currentVersion"]["userAgent"]

    refused = manager.patch(f"{address}?baseVersion=7", json={"data": {"depth": "11"}})
    assert (refused.status_code, refused.json()["code"]) == (409, 409.15)
    assert manager.patch(address, json={"data": {"depth": "11"}}).json()["code"] == 409.15
    changed = manager.patch(f"{address}?baseVersion=1", json={"data": {"depth": "11"}}).json()
    assert (changed["currentVersion"]["version"], changed["currentVersion"]["baseVersion"]) == (2, 1)
    forced = manager.patch(f"{address}?force=True", json={"label": "Терең кудук"}).json()
    assert forced["currentVersion"]["label"] == "Терең кудук"
    assert forced["currentVersion"]["data"] == {"depth": "11"}

    versions = manager.get(f"{address}/versions").json()
    assert [(each["version"], each["current"], each["label"]) for each in versions] == [
        (1, False, "Кудук"), (2, False, "Кудук"), (3, True, "Терең кудук"),
    ]  # fmt: skip
    assert [each["baseDiff"] for each in versions] == [[], ["depth"], ["label"]]
    assert manager.get(f"{address}/diffs").json() == [
        [{"old": "10", "new": "11", "propertyName": "depth"}],
        [{"old": "Кудук", "new": "Терең кудук", "propertyName": "label"}],
    ]


def test_a_deleted_entity_is_gone_restored_and_purged(manager: httpx.Client) -> None:
    name = make(manager)
    address = f"{WELLS}/entities/{name}"
    assert manager.post(f"{address}/restore").status_code == 404
    assert manager.delete(address).json() == {"success": True}
    assert manager.get(address).status_code == 404
    assert manager.get(f"{address}?deleted=true").json()["deletedAt"]
    assert manager.patch(f"{address}?force=true", json={"label": "x"}).status_code == 404
    assert [each["uuid"] for each in manager.get(f"{WELLS}/entities?deleted=true").json()] == [name]
    assert manager.post(f"{WELLS}/entities", json={"uuid": name, "label": "x"}).json()["code"] == 409.19
    assert manager.post(f"{address}/restore").json() == {"success": True}
    told = manager.get(f"{address}/audits", headers={"X-Extended-Metadata": "true"}).json()
    assert [each["action"] for each in told] == ["entity.restore", "entity.delete", "entity.create"]
    assert told[0]["actor"]["displayName"]
    assert manager.post(f"{address}/purge").status_code == 404
    assert manager.post(f"{WELLS}/entities/bulk-delete", json={"ids": [name, str(uuid.uuid4())]}).json() == {
        "count": 1
    }
    assert manager.post(f"{WELLS}/entities/bulk-restore", json={"ids": [name]}).json() == {"count": 1}
    manager.delete(address)
    assert manager.post(f"{address}/purge").json() == {"success": True}
    assert manager.get(f"{address}?deleted=true").status_code == 404
    assert manager.post(f"{WELLS}/entities", json={"uuid": name, "label": "x"}).json()["code"] == 409.19


def test_many_are_all_taken_or_none(manager: httpx.Client, wells: list[str]) -> None:
    new = str(uuid.uuid4())

    def refused(*entities: object, source: object = {"name": "x"}) -> object:
        sent = {"entities": entities, "source": source}
        return manager.post(f"{WELLS}/entities", json=sent).json()["code"]

    good = {"uuid": new, "label": "New"}
    assert refused(good, {"uuid": wells[0], "label": "There"}) == 409.3
    assert refused(good, good) == 409.3
    assert refused(good, {"label": "x", "data": {"colour": "red"}}) == 400.28
    assert refused(good, {"label": " "}) == 400.8
    assert refused(good, "no object") == refused(good, {"name": "x"}) == refused() == 400.31
    assert refused(good, source=None) == refused(good, source={"size": 5}) == 400.2
    assert manager.get(f"{WELLS}/entities/{new}").status_code == 404


def test_what_an_entity_cannot_consist_of_is_refused_with_centrals_codes(manager: httpx.Client) -> None:
    def code(body: object) -> object:
        return manager.post(f"{WELLS}/entities", json=body).json()["code"]

    address = f"{WELLS}/entities/{make(manager)}"

    def change(body: object, query: str = "?force=true") -> object:
        return manager.patch(address + query, json=body).json()["code"]

    assert code({"label": "x", "uuid": "no"}) == code({"label": "x", "uuid": 5}) == 400.11
    assert code({"broken": "x"}) == code({"entities": "no list"}) == 400.31
    assert (code({}), code({"label": ""}), code({"label": 5})) == (400.2, 400.8, 400.11)
    assert code({"label": "x", "data": {"depth": 5}}) == change({"data": {"depth": None}}) == 400.11
    assert (change({}), change({"label": ""}), change({"colour": "x"})) == (400.28, 400.8, 400.31)
    assert change({}, "") == change({"label": "x"}, "?baseVersion=0") == 409.15
    assert change({}, "?resolve=true") == 400.32
    assert manager.get(address).json()["currentVersion"]["version"] == 1


def test_an_entity_tells_the_file_it_came_with_and_what_was_done_to_it(manager: httpx.Client) -> None:
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    sent = {"entities": [{"uuid": one, "label": "1"}, {"uuid": two, "label": "2"}]}
    agent = {"User-Agent": "somebody/1"}
    source = {"name": "wells.csv", "size": 100}
    assert manager.post(f"{WELLS}/entities", json=sent | {"source": source}, headers=agent).status_code == 200
    manager.patch(f"{WELLS}/entities/{one}?force=true", json={"label": "one"})
    told = source | {"count": 2, "userAgent": "somebody/1"}
    versions = manager.get(f"{WELLS}/entities/{one}/versions").json()
    assert [each["source"] for each in versions] == [told, {}]
    for deed in ("delete", "restore"):
        assert manager.post(f"{WELLS}/entities/bulk-{deed}", json={"ids": [one, two]}).json() == {"count": 2}
    audits = manager.get(f"{WELLS}/entities/{one}/audits").json()
    assert [each["action"] for each in audits] == [
        "entity.bulk.restore", "entity.bulk.delete", "entity.update.version", "entity.bulk.create",
    ]  # fmt: skip
    assert audits[-1]["details"]["source"] == told and audits[-1]["actor"]["displayName"]
    assert audits[0]["details"]["entity"] == {"uuid": one, "dataset": "wells"}
    page = manager.get(f"{WELLS}/entities/{one}/audits?offset=1&limit=2").json()
    assert page == audits[1:3]


def test_the_list_tells_who_made_what(manager: httpx.Client, wells: list[str]) -> None:
    listed = manager.get(f"{WELLS}/entities", headers={"X-Extended-Metadata": "true"}).json()
    by_uuid = {each["uuid"]: each for each in listed}
    assert set(wells) <= set(by_uuid)
    assert (
        by_uuid[wells[0]]["creator"]["displayName"]
        == by_uuid[wells[0]]["currentVersion"]["creator"]["displayName"]
    )
    extended = manager.get("/v1/projects/1/datasets", headers={"X-Extended-Metadata": "true"}).json()
    [known] = [each for each in extended if each["name"] == "wells"]
    assert known["entities"] == len(listed) and known["conflicts"] == 0 and known["lastEntity"]
    assert [each["id"] for each in manager.get(f"{WELLS}/entities/creators").json()] == [
        listed[0]["creatorId"]
    ]


def test_the_csv_is_centrals_and_keeps_its_etag_until_something_changes(
    manager: httpx.Client, wells: list[str]
) -> None:
    answer = manager.get(f"{WELLS}/entities.csv")
    header, *rows = list(csv.reader(io.StringIO(answer.text)))
    assert header == [
        "__id", "label", "depth", "village", "geometry", "owner-name", "__createdAt", "__creatorId",
        "__creatorName", "__updates", "__updatedAt", "__version",
    ]  # fmt: skip
    assert {row[0] for row in rows} >= set(wells)
    again = manager.get(f"{WELLS}/entities.csv", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    make(manager)
    assert (
        manager.get(f"{WELLS}/entities.csv", headers={"If-None-Match": answer.headers["etag"]}).status_code
        == 200
    )
    searched = manager.get(f"{WELLS}/entities.csv", params={"$search": "кара"})
    assert "Кара-Суу" in searched.text and "Ак-Суу" not in searched.text and "etag" not in searched.headers
    filtered = manager.get(f"{WELLS}/entities.csv", params={"$filter": "village eq 'Кара-Суу'"})
    assert filtered.text.count("\n") == 5


def rows(manager: httpx.Client, **query: object) -> dict[str, object]:
    answer = manager.get(
        f"{WELLS}.svc/Entities", params={f"${name}": str(value) for name, value in query.items()}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["odata-version"] == "4.0"
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("village eq 'Кара-Суу'", {0, 3, 6, 9}),
        ("village ne 'Ак-Суу' and depth ge 60", {6, 9}),
        ("depth gt 95", {10, 11}),
        ("depth in ('10', '20')", {1, 2}),
        ("not (depth lt 110)", {11}),
        ("contains(label, 'удук 1') and depth ge 100", {10, 11}),
        ("startswith(village, 'Кара') and endswith(depth, '30')", {3}),
        ("tolower(village) eq 'кара-суу' and depth le 30", {0, 3}),
        ("length(depth) eq 1", {0}),
        ("owner_name eq null and depth eq '0'", {0}),
        ("owner_name eq '' and depth eq 10", {1}),
        ("__system/version eq 1 and depth eq '20'", {2}),
        ("__system/createdAt lt 2020-01-01", set()),
        ("year(__system/createdAt) ge 2026 and depth eq '20'", {2}),
        ("__system/creatorId ne '0' and depth eq '20'", {2}),
        ("__system/conflict eq null and depth eq '20'", {2}),
        ("depth eq 'x'' or ''1''=''1'", set()),
    ],
)
def test_any_property_can_be_filtered_by(
    manager: httpx.Client, wells: list[str], expression: str, expected: set[int]
) -> None:
    found = rows(manager, filter=f"({expression}) and startswith(label, 'Кудук ')", count=True)
    value = found["value"]
    assert isinstance(value, list)
    assert {wells.index(row["__id"]) for row in value} == expected
    assert found["@odata.count"] == len(expected)


def test_pages_follow_one_another(manager: httpx.Client, wells: list[str]) -> None:
    address: str | None = f"{WELLS}.svc/Entities?$top=5&$filter=startswith(label,'Кудук ')"
    seen: list[str] = []
    pages = 0
    while address:
        page = manager.get(address).json()
        seen += [row["__id"] for row in page["value"]]
        address, pages = page.get("@odata.nextLink"), pages + 1
    assert seen == wells[::-1] and pages == 3
    skipped = rows(manager, filter="startswith(label,'Кудук ')", skip=10, top=5)["value"]
    assert isinstance(skipped, list) and [row["__id"] for row in skipped] == wells[1::-1]
    assert rows(manager, top=0, count=True)["value"] == []


def test_rows_are_ordered_and_selected_as_asked(manager: httpx.Client, wells: list[str]) -> None:
    found = rows(
        manager, filter="startswith(label,'Кудук ')", orderby="village desc,depth asc", top=2,
        select="__id,depth,__system/version",
    )  # fmt: skip
    assert found["value"] == [
        {"__id": wells[0], "depth": "0", "__system": {"version": 1}},
        {"__id": wells[3], "depth": "30", "__system": {"version": 1}},
    ]
    following = manager.get(str(found["@odata.nextLink"])).json()["value"]
    assert [row["depth"] for row in following] == ["60", "90"]
    whole = rows(manager, filter=f"__id eq '{wells[1]}'")["value"]
    assert isinstance(whole, list) and len(whole) == 1
    assert whole[0]["owner_name"] == "" and whole[0]["__system"]["creatorId"].isdigit()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$filter=colour eq 'red'", 501.5),
        ("$filter=depth eq", 400.18),
        ("$filter=substringof('a', label)", 501.4),
        ("$filter=depth eq true", 400.18),
        ("$select=colour", 400.23),
        ("$orderby=colour", 501.5),
        ("$orderby=depth&$skiptoken=01", 501.1),
        ("$skiptoken=zz", 400.35),
        ("$skiptoken=01eyJ1dWlkIjoieCJ9", 400.34),
        ("$expand=*", 501.1),
        ("$top=-1", 400.2),
    ],
)
def test_what_odata_cannot_do_here_is_said_with_centrals_codes(
    manager: httpx.Client, query: str, code: float
) -> None:
    assert manager.get(f"{WELLS}.svc/Entities?{query}").json()["code"] == code


def test_odata_describes_itself(manager: httpx.Client) -> None:
    service = manager.get(f"{WELLS}.svc").json()
    assert service["value"] == [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}]
    metadata = manager.get(f"{WELLS}.svc/$metadata")
    assert metadata.headers["content-type"].startswith("application/xml")
    assert '<Property Name="owner_name" Type="Edm.String"/>' in metadata.text


def test_properties_in_kyrgyz_letters_keep_columns_of_their_own(manager: httpx.Client) -> None:
    where = "/v1/projects/1/datasets/адамдар"
    assert manager.post("/v1/projects/1/datasets", json={"name": "адамдар"}).status_code == 200
    data = {"аты": "Асан", "жашы": "40", "ө_id": "7", "a-b": "x", "a_b": "y", "__2": "z"}
    for name in data:
        manager.post(f"{where}/properties", json={"name": name})
    del data["__2"]  # a name that is refused
    manager.post(f"{where}/entities", json={"label": "Асан", "data": data})
    [row] = manager.get(f"{where}.svc/Entities").json()["value"]
    called = {each["name"]: each["odataName"] for each in manager.get(where).json()["properties"]}
    assert called == {"аты": "__", "жашы": "___2", "ө_id": "___id", "a-b": "a_b_2", "a_b": "a_b"}
    assert {name: row[called[name]] for name in data} == data
    assert row["__id"] and row["label"] == "Асан"
    metadata = manager.get(f"{where}.svc/$metadata").text
    assert all(f'<Property Name="{name}" Type="Edm.String"/>' in metadata for name in called.values())
    for query, count in (("$filter=___2 eq '40'", 1), ("$filter=жашы eq '40'", 1), ("$filter=__ eq '40'", 0)):
        assert len(manager.get(f"{where}.svc/Entities?{query}").json()["value"]) == count
    [chosen] = manager.get(f"{where}.svc/Entities?$select=___2").json()["value"]
    assert chosen == {"___2": "40"}


def test_places_are_geojson(manager: httpx.Client, wells: list[str]) -> None:
    features = manager.get(f"{WELLS}/entities.geojson").json()["features"]
    assert {each["id"] for each in features} == set(wells[1::2])
    [one] = manager.get(f"{WELLS}/entities/{wells[1]}/geojson").json()["features"]
    assert one["geometry"] == {"type": "Point", "coordinates": [74.5, 42.1, 700.0]}
    assert manager.get(f"{WELLS}/entities/{wells[0]}/geojson").json()["features"] == []
    manager.post("/v1/projects/1/datasets", json={"name": "plain"})
    assert manager.get("/v1/projects/1/datasets/plain/entities.geojson").status_code == 404


def test_who_may_not_is_refused(server: RunningHere, manager: httpx.Client, wells: list[str]) -> None:
    viewer, member = server.program("viewer", project_id=1), server.program("member", project_id=1)
    assert viewer.get(f"{WELLS}/entities").status_code == 200
    for method, path in (("POST", "entities"), ("DELETE", f"entities/{wells[0]}"), ("POST", "uploads")):
        assert viewer.request(method, f"{WELLS}/{path}", json={}).status_code == 403
    assert member.get(f"{WELLS}/entities").status_code == 403
    token = server.phone("Reader").server_url.split("/")[5]
    assert httpx.get(f"{server.address}{WELLS}/entities?st={token}").status_code == 403
    assert httpx.get(f"{server.address}{WELLS}/entities").status_code == 401
