"""The tables of a form as OData, over HTTP, as ODK Central answers (protocol.md 15).

- Service document, metadata, rows, one submission, repeats by every address they have.
- Values: groups nested, absent is null, select multiple is text, geo as GeoJSON or WKT, misfits null.
- Paging: $top, $skip, $skiptoken, $count and nextLink find every row once, newest first.
- $filter on system fields and on any question; $select, $expand, $orderby; what is not offered says so.
- Nobody sees what they may not see; nothing a client sends is a 500.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from forms.schema import Schema
from tests.make import an_instance
from tests.server.conftest import RunningHere

FAMILY = """
| survey |
|        | type                | name     | label    |
|        | text                | name     | Name     |
|        | integer             | age      | Age      |
|        | decimal             | weight   | Weight   |
|        | date                | born     | Born     |
|        | dateTime            | seen     | Seen     |
|        | time                | woke     | Woke     |
|        | select_multiple ill | ill      | Ill      |
|        | geopoint            | place    | Place    |
|        | geotrace            | way      | Way      |
|        | geoshape            | field    | Field    |
|        | begin_group         | home     | Home     |
|        | text                | street   | Street   |
|        | begin_group         | inner    | Inner    |
|        | integer             | rooms    | Rooms    |
|        | end_group           |          |          |
|        | end_group           |          |          |
|        | begin_group         | children | Children |
|        | begin_repeat        | child    | Child    |
|        | text                | called   | Called   |
|        | integer             | years    | Years    |
|        | begin_group         | toys     | Toys     |
|        | begin_repeat        | toy      | Toy      |
|        | text                | kind     | Kind     |
|        | end_repeat          |          |          |
|        | end_group           |          |          |
|        | end_repeat          |          |          |
|        | end_group           |          |          |
| choices |
|        | list_name | name | label |
|        | ill       | flu  | Flu   |
|        | ill       | cold | Cold  |
| settings |
|        | form_title | form_id | version |
|        | Family     | family  | 1       |
"""
SVC = "/v1/projects/1/forms/family.svc"
ONE = {
    "name": "Vick",
    "age": "32",
    "weight": "61.50",
    "born": "1990-01-02",
    "seen": "2026-01-02T03:04:05.678+06:00",
    "woke": "06:30:00.000+06:00",
    "ill": "flu cold",
    "place": "42.87 74.59 800.0 5.5",
    "way": "42 74 0 0;42.5 74.5 0 0",
    "field": "42 74;43 74;43 75;42 74",
    "street": "Манас",
    "rooms": "3",
}


@pytest.fixture(scope="module")
def family(server: RunningHere) -> Schema:
    return server.publish(FAMILY).schema


@pytest.fixture(scope="module")
def reader(server: RunningHere) -> httpx.Client:
    return server.program("viewer")


@pytest.fixture(scope="module")
def sent(server: RunningHere, family: Schema) -> list[str]:
    """Three families, the oldest first."""
    phone = server.phone()
    child = {"called": "Alice", "years": "4"}
    families: list[Mapping[str, object]] = [
        {
            "name": "Nobody",
            "age": "",
            "weight": "NaN",
            "seen": "2026-01-02T03:04:05.678+06",
            "place": "42",
            "way": "42 74;nowhere",
            "field": "42 74",
        },
        {"name": "Solo", "age": "9", "weight": "1.0E1", "seen": "2026-01-02T03:04:05", "ill": "cold"},
        {
            **ONE,
            "child": [
                child,
                {"called": "Bob", "years": "6", "toy": [{"kind": "Twilight"}, {"kind": "Dash"}]},
                {"called": "Chelsea", "years": "8", "toy": [{"kind": "Rarity"}]},
            ],
        },
    ]
    ids = [f"uuid:00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    for instance_id, values in zip(ids, families, strict=True):
        assert phone.send(an_instance(family, values, instance_id=instance_id)).accepted
    return ids


def rows(client: httpx.Client, table: str = "Submissions", **options: str) -> list[dict[str, object]]:
    return list(ask(client, table, **options)["value"])


def ask(
    client: httpx.Client, table: str = "Submissions", **options: str
) -> dict[str, list[dict[str, object]]]:
    reply = client.get(f"{SVC}/{table}", params={f"${name}": value for name, value in options.items()})
    assert reply.status_code == 200, reply.text
    assert reply.headers["odata-version"] == "4.0"
    return dict(reply.json())


def test_the_service_names_its_tables(server, reader, sent) -> None:
    document = reader.get(SVC).json()
    assert document["@odata.context"] == f"{server.address}{SVC}/$metadata"
    assert document["value"] == [
        {"name": name, "kind": "EntitySet", "url": name}
        for name in ("Submissions", "Submissions.children.child", "Submissions.children.child.toys.toy")
    ]
    assert reader.get(SVC).headers["odata-version"] == "4.0"
    assert reader.get(f"{SVC}/").json() == document


def test_a_row_is_as_central_writes_it(server, reader, sent) -> None:
    answered = ask(reader, f"Submissions('{sent[2]}')")
    assert answered["@odata.context"] == f"{server.address}{SVC}/$metadata#Submissions"
    (row,) = answered["value"]
    system = row.pop("__system")
    assert system.pop("submissionDate").endswith("Z")
    assert int(system.pop("submitterId")) > 0
    assert system == {
        "updatedAt": None,
        "submitterName": "Phone 1",
        "attachmentsPresent": 0,
        "attachmentsExpected": 0,
        "status": None,
        "reviewState": None,
        "deviceId": "collect:ab12CD34ef56GH78",
        "edits": 0,
        "formVersion": "1",
        "deletedAt": None,
    }
    link = f"Submissions('{sent[2].replace(':', '%3A')}')/children/child"
    assert row == {
        "__id": sent[2],
        "name": "Vick",
        "age": 32,
        "weight": 61.5,
        "born": "1990-01-02",
        "seen": "2026-01-02T03:04:05.678+06:00",
        "woke": "06:30:00.000+06:00",
        "ill": "flu cold",
        "place": {"type": "Point", "coordinates": [74.59, 42.87, 800], "properties": {"accuracy": 5.5}},
        "way": {"type": "LineString", "coordinates": [[74, 42, 0], [74.5, 42.5, 0]]},
        "field": {"type": "Polygon", "coordinates": [[[74, 42], [74, 43], [75, 43], [74, 42]]]},
        "home": {"street": "Манас", "inner": {"rooms": 3}},
        "children": {"child@odata.navigationLink": link},
        "meta": {"instanceID": sent[2]},
    }


def test_what_is_absent_or_does_not_fit_is_null_and_what_old_clients_write_is_mended(reader, sent) -> None:
    *_, row = rows(reader)
    assert row["age"] is None and row["weight"] is None
    assert row["place"] is row["way"] is row["field"] is None
    assert row["seen"] == "2026-01-02T03:04:05.678+06:00"
    assert row["home"] == {"street": None, "inner": {"rooms": None}}
    assert row["children"] == {}
    solo = rows(reader)[1]
    assert solo["weight"] == 10
    assert solo["seen"].endswith("Z")  # it named no zone, and OData wants one: that of the server is meant


def test_places_are_wkt_where_asked_for(reader, sent) -> None:
    row = rows(reader, f"Submissions('{sent[2]}')", wkt="true")[0]
    assert row["place"] == "POINT (74.59 42.87 800)"
    assert row["way"] == "LINESTRING (74 42 0,74.5 42.5 0)"
    assert row["field"] == "POLYGON ((74 42,74 43,75 43,74 42))"


def test_rows_of_repeats_have_centrals_ids_and_parents(server, reader, sent) -> None:
    answered = ask(reader, "Submissions.children.child")
    assert answered["@odata.context"].endswith("/$metadata#Submissions.children.child")
    alice, bob, chelsea = answered["value"]
    assert [row["called"] for row in (alice, bob, chelsea)] == ["Alice", "Bob", "Chelsea"]
    assert {row["__Submissions-id"] for row in (alice, bob, chelsea)} == {sent[2]}
    digest = hashlib.sha1(f"Submissions#{sent[2]}%%children#%%child#1".encode()).hexdigest()
    assert bob["__id"] == digest
    encoded = sent[2].replace(":", "%3A")
    assert bob["toys"] == {
        "toy@odata.navigationLink": f"Submissions('{encoded}')/children/child('{digest}')/toys/toy"
    }
    assert alice["toys"] == {}
    toys = rows(reader, "Submissions.children.child.toys.toy")
    assert [toy["kind"] for toy in toys] == ["Twilight", "Dash", "Rarity"]
    assert [toy["__Submissions-children-child-id"] for toy in toys[:2]] == [digest, digest]
    nested = f"Submissions#{sent[2]}%%children#%%child#2%%toys#%%toy#0"
    assert toys[2]["__id"] == hashlib.sha1(nested.encode()).hexdigest()


def test_every_link_leads_to_the_rows_it_names(reader, sent) -> None:
    family = rows(reader)[0]
    children = rows(reader, family["children"]["child@odata.navigationLink"])
    assert children == rows(reader, "Submissions.children.child")
    toys = rows(reader, children[1]["toys"]["toy@odata.navigationLink"])
    assert [toy["kind"] for toy in toys] == ["Twilight", "Dash"]
    (bob,) = rows(reader, f"Submissions('{sent[2]}')/children/child('{children[1]['__id']}')")
    assert bob == children[1]
    assert rows(reader, f"Submissions.children.child('{bob['__id']}')") == [bob]
    assert rows(reader, f"Submissions('{sent[0]}')/children/child") == []


@pytest.mark.parametrize(
    "table",
    [
        "Submissions('uuid:nobody')",
        "Submissions('uuid:nobody')/children/child",
        "Submissions('%27%20OR%201=1')",
        "Submissions.nothing",
        "Submissions/children",
        "Nothing",
        "Submissions.children",
        "Submissions.children.child('none')",
        "Submissions('00000000')/nothing/at/all",
        "Submissions.children.child('x')/toys/toy",
    ],
)
def test_what_is_not_there_is_not_found(reader, sent, table) -> None:
    reply = reader.get(f"{SVC}/{table}")
    assert reply.status_code == 404
    assert reply.json()["message"]


def test_expanded_rows_hold_what_their_repeats_hold(reader, sent) -> None:
    family = rows(reader, expand="*")[0]
    children = family["children"]["child"]
    assert family["children"]["child@odata.navigationLink"]  # beside them, as Central has it
    assert [child["called"] for child in children] == ["Alice", "Bob", "Chelsea"]
    assert [toy["kind"] for toy in children[1]["toys"]["toy"]] == ["Twilight", "Dash"]
    assert children[0]["toys"] == {} and "__Submissions-id" not in children[0]
    assert children == [
        {name: value for name, value in child.items() if name != "__Submissions-id"}
        for child in rows(reader, "Submissions.children.child", expand="*")
    ]


def test_pages_find_every_row_once_newest_first(reader, sent) -> None:
    for table, names in (
        ("Submissions", [*reversed(sent)]),
        ("Submissions.children.child", ["Alice", "Bob", "Chelsea"]),
        (f"Submissions('{sent[2]}')/children/child", ["Alice", "Bob", "Chelsea"]),
        ("Submissions.children.child.toys.toy", ["Twilight", "Dash", "Rarity"]),
    ):
        found, links = [], 0
        page = ask(reader, table, top="1", count="true")
        while True:
            assert page["@odata.count"] == 3 and len(page["value"]) == 1
            (row,) = page["value"]
            found.append(row.get("called") or row.get("kind") or row["__id"])
            if (link := page.get("@odata.nextLink")) is None:
                break
            assert parse_qs(urlsplit(link).query)["$top"] == ["1"]
            links += 1
            page = reader.get(link).json()
        assert found == names and links == 2


def test_a_next_link_is_as_central_writes_it(server, reader, sent) -> None:
    link = ask(reader, top="1", skip="1", filter="age ge 0 or age eq null")["@odata.nextLink"]
    token = base64.b64encode(json.dumps({"instanceId": sent[1]}, separators=(",", ":")).encode()).decode()
    assert link == (
        f"{server.address}{SVC}/Submissions?%24top=1&%24filter=age+ge+0+or+age+eq+null&%24skiptoken=01"
        + token.replace("=", "%3D")
    )
    assert [row["__id"] for row in reader.get(link).json()["value"]] == [sent[0]]
    assert "@odata.nextLink" not in reader.get(link).json()


def test_a_skiptoken_outranks_skip_and_what_it_names_may_be_gone(reader, sent) -> None:
    def token(**named: str) -> str:
        return "01" + base64.b64encode(json.dumps(named).encode()).decode()

    assert [row["__id"] for row in rows(reader, skip="9", skiptoken=token(instanceId=sent[2]))] == sent[1::-1]
    assert rows(reader, skiptoken=token(instanceId="uuid:unknown")) == []
    for table, text, code in (
        ("Submissions", "02abc", 400.35),
        ("Submissions", "01%%%", 400.35),
        ("Submissions", token(repeatId="x"), 400.35),
        ("Submissions.children.child", token(repeatId="nonsense"), 400.34),
    ):
        reply = reader.get(f"{SVC}/{table}", params={"$skiptoken": text})
        assert (reply.status_code, reply.json()["code"]) == (400, code)


def test_counting_needs_no_rows(reader, sent) -> None:
    assert ask(reader, top="0", count="true") == {
        "value": [],
        "@odata.context": ask(reader, top="1")["@odata.context"],
        "@odata.count": 3,
    }
    assert "@odata.count" not in ask(reader, top="0")
    assert ask(reader, skip="100", count="true")["value"] == []
    assert ask(reader, top="0", count="true", filter="age gt 20")["@odata.count"] == 1
    assert ask(reader, "Submissions.children.child", top="0", count="True")["@odata.count"] == 3


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("age gt 20", ["Vick"]),
        ("age eq null", ["Nobody"]),
        ("home/inner/rooms eq 3", ["Vick"]),
        ("home/street eq 'Манас' and weight lt 61.6", ["Vick"]),
        ("contains(ill, 'cold')", ["Vick", "Solo"]),
        ("ill has 'flu'", ["Vick"]),
        ("name in ('Vick', 'Solo')", ["Vick", "Solo"]),
        ("year(born) eq 1990", ["Vick"]),
        ("seen lt 2026-01-02T03:00:00Z", ["Vick", "Solo", "Nobody"]),
        ("place ne null and way ne null and field ne null", ["Vick"]),
        ("place eq null and way eq null and field eq null", ["Solo", "Nobody"]),
        ("children/child/any()", ["Vick"]),
        ("children/child/any(c: c/years gt 7 and c/toys/toy/any(t: t/kind eq 'Rarity'))", ["Vick"]),
        ("not children/child/any(c: c/years gt 7)", ["Solo", "Nobody"]),
        ("__system/submissionDate le now()", ["Vick", "Solo", "Nobody"]),
        ("year(__system/submissionDate) lt 2000", []),
        ("__system/submitterId eq '999999'", []),
        ("__system/reviewState eq null", ["Vick", "Solo", "Nobody"]),
        ("$root/Submissions/__system/edits eq 0 and age lt 20", ["Solo"]),
        ("__id eq 'uuid:00000000-0000-4000-8000-000000000001'", ["Solo"]),
        ("meta/instanceID eq __id", ["Vick", "Solo", "Nobody"]),
        ("__system/formVersion eq '1' and not (age eq 9)", ["Vick", "Nobody"]),
    ],
)
def test_a_filter_finds_submissions_by_any_question(reader, sent, expression, names) -> None:
    found = [row["name"] for row in rows(reader, filter=expression, select="name")]
    assert found == names


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("years gt 4", ["Bob", "Chelsea"]),
        ("$root/Submissions/age eq 32 and startswith(called, 'A')", ["Alice"]),
        ("$root/Submissions/__system/reviewState eq null", ["Alice", "Bob", "Chelsea"]),
        ("$root/Submissions/__system/submissionDate gt now()", []),
        ("toys/toy/any(t: t/kind eq 'Dash')", ["Bob"]),
        ("__Submissions-id eq 'uuid:00000000-0000-4000-8000-000000000002'", ["Alice", "Bob", "Chelsea"]),
        ("__Submissions-id eq 'uuid:00000000-0000-4000-8000-000000000001'", []),
    ],
)
def test_a_filter_finds_rows_of_repeats(reader, sent, expression, names) -> None:
    found = [row["called"] for row in rows(reader, "Submissions.children.child", filter=expression)]
    assert found == names


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"$filter": "age gt"}, 400, 400.18),
        ({"$filter": "((((" * 2000}, 400, 400.18),
        ({"$filter": "nothing eq 1"}, 501, 501.5),
        ({"$filter": "children/child/years eq 1"}, 501, 501.5),
        ({"$filter": "__system/submitterName eq 'x'"}, 501, 501.5),
        ({"$filter": "age add 1 eq 2"}, 501, 501.4),
        ({"$filter": "place eq 'x'"}, 501, 501.4),
        ({"$filter": "name eq 'x'; DROP TABLE submission"}, 400, 400.18),
        ({"$select": "name,nothing"}, 400, 400.23),
        ({"$select": "children/child/called"}, 400, 400.24),
        ({"$select": "name", "$expand": "*"}, 501, 501.11),
        ({"$expand": "children"}, 501, 501.6),
        ({"$orderby": "nothing"}, 501, 501.5),
        ({"$orderby": "age sideways"}, 501, 501.5),
        ({"$orderby": "age", "$skiptoken": "01e30="}, 501, 501.1),
        ({"$search": "x"}, 501, 501.1),
        ({"anything": "x"}, 501, 501.1),
        ({"$format": "atom"}, 501, 501.1),
        ({"$top": "many"}, 400, 400.2),
        ({"$top": "-1"}, 400, 400.2),
        ({"$skip": "-1"}, 400, 400.2),
        ({"$count": "maybe"}, 400, 400.2),
    ],
)
def test_what_is_not_offered_is_refused_with_centrals_number(reader, sent, options, status, code) -> None:
    reply = reader.get(f"{SVC}/Submissions", params=options)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert reply.json()["message"]


def test_an_older_odata_is_not_spoken_and_what_clients_add_is_passed_over(reader, sent) -> None:
    assert reader.get(f"{SVC}/Submissions", headers={"OData-MaxVersion": "3.0"}).status_code == 404
    assert reader.get(f"{SVC}/Submissions", headers={"OData-MaxVersion": "4.0"}).status_code == 200
    assert reader.get(f"{SVC}/Submissions?deviceID=x&$format=json&$top=0").json()["value"] == []


def test_only_what_is_selected_comes(reader, sent) -> None:
    def first(select: str, table: str = "Submissions") -> dict[str, object]:
        return rows(reader, table, select=select, top="1")[0]

    assert first("name") == {"name": "Vick"}
    assert first("__id,age") == {"__id": sent[2], "age": 32}
    assert first("__system/edits, __system/status") == {"__system": {"edits": 0, "status": None}}
    assert first("home") == {"home": {"street": "Манас", "inner": {"rooms": 3}}}
    assert first("home/inner/rooms") == {"home": {"inner": {"rooms": 3}}}
    assert list(first("children")["children"]) == ["child@odata.navigationLink"]
    assert first("*").keys() == rows(reader)[0].keys()
    child = "Submissions.children.child"
    assert first("called", child) == {"called": "Alice"}
    assert first("__Submissions-id", child) == {"__Submissions-id": sent[2]}


def test_what_a_client_holds_is_not_sent_again_until_it_changes(server, reader) -> None:
    schema = server.publish(FAMILY.replace("Family", "Held").replace("family", "held")).schema
    phone, service = server.phone(), "/v1/projects/1/forms/held.svc"
    for path in (
        "/Submissions",
        "/Submissions?$top=0&$count=true",
        "/Submissions.children.child",
        "/$metadata",
    ):
        assert phone.send(an_instance(schema, {"name": "One"}, instance_id=f"uuid:held{len(path)}")).accepted
        first = reader.get(service + path)
        held = reader.get(service + path, headers={"If-None-Match": f"W/{first.headers['etag']}"})
        assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", first.headers["etag"])
        assert held.headers["odata-version"] == "4.0"
    tag = reader.get(f"{service}/Submissions").headers["etag"]
    other = server.publish(FAMILY.replace("family", "other")).schema
    assert phone.send(an_instance(other, {"name": "Else"}, instance_id="uuid:else")).accepted
    assert reader.get(f"{service}/Submissions", headers={"If-None-Match": tag}).status_code == 304
    assert phone.send(an_instance(schema, {"name": "Two"}, instance_id="uuid:held")).accepted
    changed = reader.get(f"{service}/Submissions", headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.json()["value"])) == (200, 5)


def test_an_order_asked_for_is_kept_over_pages(reader, sent) -> None:
    def names(**options: str) -> list[object]:
        return [row["name"] for row in rows(reader, **options)]

    assert names(orderby="age") == ["Nobody", "Solo", "Vick"]
    assert names(orderby="age desc") == ["Vick", "Solo", "Nobody"]
    assert names(orderby="__system/submissionDate asc") == ["Nobody", "Solo", "Vick"]
    assert names(orderby="__system/submitterId desc, name asc", skip="1", top="1") == ["Solo"]
    children = rows(reader, "Submissions.children.child", orderby="years desc", top="2")
    assert [child["called"] for child in children] == ["Chelsea", "Bob"]


def test_who_may_not_read_answers_reads_none_here(server, family, sent) -> None:
    for role in ("designer", "data_collector", "organiser"):
        program = server.program(role)
        for path in ("", "/$metadata", "/Submissions", f"/Submissions('{sent[0]}')"):
            assert program.get(SVC + path).status_code == 403
    assert httpx.get(f"{server.address}{SVC}").status_code == 401
    assert server.program("viewer").get("/v1/projects/1/forms/nothing.svc/Submissions").status_code == 404


def test_what_is_wrong_with_the_metadata_is_told_in_xml(server, reader) -> None:
    for form in ("nothing", "%3Cb%3E"):
        refused = reader.get(f"/v1/projects/1/forms/{form}.svc/$metadata")
        assert (refused.status_code, refused.headers["content-type"]) == (404, "text/xml; charset=utf-8")
        told = ElementTree.fromstring(refused.content)
        assert (told.tag, told.get("code"), [child.tag for child in told]) == (
            "error", "404.1", ["message", "details"],
        )  # fmt: skip
    assert httpx.get(f"{server.address}{SVC}/$metadata").text.startswith('<?xml version="1.0"')
