"""What Baikoo says about its tables is understood by a client of OData that others wrote (python-odata).

- It reads the metadata, finds every table with its fields, and reads rows, filtered and ordered.
- The metadata keeps the rules of CSDL: each type that is named exists, each has its key, each name once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import requests
from lxml import etree
from odata import ODataService

from forms.schema import Schema
from tests.make import an_instance
from tests.server.conftest import RunningHere
from tests.server.test_odata import FAMILY, ONE, SVC

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
TERMS = ("ConformanceLevel", "BatchSupported", "CountRestrictions", "FilterFunctions", "FilterRestrictions",
         "SortRestrictions", "ExpandRestrictions")  # fmt: skip
PRIMITIVES = {
    "Edm.String", "Edm.Int64", "Edm.Decimal", "Edm.Boolean", "Edm.Date", "Edm.DateTimeOffset",
    "Edm.GeographyPoint", "Edm.GeographyLineString", "Edm.GeographyPolygon",
}  # fmt: skip
CLASHING = """
| survey |
|        | type        | name  | label |
|        | text        | a-b   | A     |
|        | text        | a.b   | B     |
|        | text        | A_B   | Capital |
|        | text        | аты   | C     |
|        | text        | жашы  | D     |
|        | begin_group | 1st   | G     |
|        | begin_group | in-er | I     |
|        | acknowledge | ok    | OK    |
|        | end_group   |       |       |
|        | end_group   |       |       |
| settings |
|        | form_title | form_id   | version |
|        | Clashing   | clash & 1 | 1       |
""".replace("| 1st  ", "| _1st ")


@pytest.fixture(scope="module")
def reader(server: RunningHere) -> httpx.Client:
    return server.program("viewer")


@pytest.fixture(scope="module")
def family(server: RunningHere) -> Schema:
    schema = server.publish(FAMILY).schema
    phone = server.phone()
    for number in range(7):
        children = [{"called": f"Child {number}", "years": str(number)}] if number % 2 else []
        values = {**ONE, "name": f"Family {number}", "age": str(number), "child": children}
        assert phone.send(an_instance(schema, values, instance_id=f"uuid:family-{number}")).accepted
    return schema


@pytest.fixture(scope="module")
def service(server: RunningHere, family: Schema, reader: httpx.Client) -> Iterator[ODataService]:
    session = requests.Session()
    session.headers["Authorization"] = reader.headers["Authorization"]
    yield ODataService(server.address + SVC, reflect_entities=True, session=session, quiet_progress=True)
    session.close()


def test_a_library_finds_the_tables_and_their_types(service) -> None:
    assert set(service.entities) == {
        "Submissions",
        "Submissions.children.child",
        "Submissions.children.child.toys.toy",
    }
    submissions = service.entities["Submissions"]
    assert type(submissions.age).__name__ == "IntegerProperty"
    assert type(submissions.weight).__name__ == "DecimalProperty"
    assert type(submissions.seen).__name__ == "DatetimeProperty"
    assert submissions.__dict__ or submissions.name.name == "name"


def test_a_library_reads_rows_with_their_types(service) -> None:
    row = service.query(service.entities["Submissions"]).first()
    assert row.name == "Family 6" and row.age == 6 and float(row.weight) == 61.5
    assert row.seen == datetime(2026, 1, 1, 21, 4, 5, 678_000, tzinfo=UTC)
    children = service.query(service.entities["Submissions.children.child"]).all()
    assert [child.years for child in children] == [5, 3, 1]


def test_a_library_filters_orders_and_selects(service) -> None:
    submissions = service.entities["Submissions"]
    query = service.query(submissions).filter((submissions.age > 2) & submissions.name.startswith("Family"))
    assert [row.age for row in query.order_by(submissions.age.asc())] == [3, 4, 5, 6]
    assert [row["age"] for row in service.query(submissions).select(submissions.age).limit(2)] == [6, 5]
    assert [row.age for row in service.query(submissions).offset(5)] == [1, 0]


@pytest.mark.parametrize("form_id", ["family", "clash & 1"])
def test_the_metadata_keeps_the_rules(server, reader, family, form_id) -> None:
    if form_id != "family":
        server.publish(CLASHING)
    reply = reader.get(
        f"/v1/projects/1/forms/{form_id.replace(' ', '%20').replace('&', '%26')}.svc/$metadata"
    )
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("application/xml")
    assert reply.headers["odata-version"] == "4.0"
    root = etree.fromstring(reply.content)
    assert root.tag == f"{EDMX}Edmx" and root.get("Version") == "4.0"
    schemas = root.findall(f"{EDMX}DataServices/{EDM}Schema")
    assert len(schemas) == 2
    kinds = ("EntityType", "ComplexType", "EnumType")
    declared = [
        f"{schema.get('Namespace')}.{child.get('Name')}" for schema in schemas for kind in kinds
        for child in schema.findall(EDM + kind)
    ]  # fmt: skip
    assert len(declared) == len(set(declared))
    for schema in schemas:
        assert re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", schema.get("Namespace"), re.ASCII)
        for kind in (*kinds[:2],):
            for made in schema.findall(EDM + kind):
                names = [child.get("Name") for child in made if child.get("Name")]
                assert len(names) == len(set(names)), names
                assert all(re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII) for name in names), names
                for child in made.iter(f"{EDM}Property", f"{EDM}NavigationProperty"):
                    named = child.get("Type").removeprefix("Collection(").removesuffix(")")
                    assert named in PRIMITIVES or named in declared, named
    for entity_type in root.iter(f"{EDM}EntityType"):
        keys = [ref.get("Name") for ref in entity_type.findall(f"{EDM}Key/{EDM}PropertyRef")]
        assert keys == ["__id"]
        (key,) = entity_type.xpath("*[@Name='__id']")
        assert key.get("Nullable") == "false"
    (container,) = root.iter(f"{EDM}EntityContainer")
    sets = container.findall(f"{EDM}EntitySet")
    assert all(each.get("EntityType") in declared for each in sets)
    terms = [each.get("Term").rpartition(".")[2] for each in sets[0].findall(f"{EDM}Annotation")]
    assert terms == list(TERMS)


def test_nested_groups_are_complex_types_and_repeats_tables_with_their_parents(reader, family) -> None:
    root = etree.fromstring(reader.get(f"{SVC}/$metadata").content)

    def members(kind: str, name: str) -> dict[str, str]:
        (made,) = root.xpath(f"//*[local-name()='{kind}' and @Name='{name}']")
        return {child.get("Name"): child.get("Type") for child in made if child.get("Name")}

    ours = "org.opendatakit.user.family"
    assert members("EntityType", "Submissions") == {
        "__id": "Edm.String",
        "__system": "org.opendatakit.submission.metadata",
        "name": "Edm.String",
        "age": "Edm.Int64",
        "weight": "Edm.Decimal",
        "born": "Edm.Date",
        "seen": "Edm.DateTimeOffset",
        "woke": "Edm.String",
        "ill": "Edm.String",
        "place": "Edm.GeographyPoint",
        "way": "Edm.GeographyLineString",
        "field": "Edm.GeographyPolygon",
        "home": f"{ours}.home",
        "children": f"{ours}.children",
        "meta": f"{ours}.meta",
    }
    assert members("ComplexType", "home") == {"street": "Edm.String", "inner": f"{ours}.home.inner"}
    assert members("ComplexType", "home.inner") == {"rooms": "Edm.Int64"}
    assert members("ComplexType", "children") == {"child": f"Collection({ours}.Submissions.children.child)"}
    assert members("EntityType", "Submissions.children.child") == {
        "__id": "Edm.String",
        "__Submissions-id": "Edm.String",
        "called": "Edm.String",
        "years": "Edm.Int64",
        "toys": f"{ours}.children.child.toys",
    }
    assert "__Submissions-children-child-id" in members("EntityType", "Submissions.children.child.toys.toy")


def test_names_that_become_the_same_stay_apart_in_rows_too(server, reader) -> None:
    schema = server.publish(CLASHING).schema
    values = {"a-b": "one", "a.b": "two", "A_B": "capital", "аты": "three", "жашы": "four", "ok": "OK"}
    assert server.phone().send(an_instance(schema, values, instance_id="uuid:clash")).accepted
    (row,) = reader.get("/v1/projects/1/forms/clash%20%26%201.svc/Submissions").json()["value"]
    assert (row["a_b"], row["a_b_2"], row["__"], row["___2"]) == ("one", "two", "three", "four")
    assert row["A_B"] == "capital"  # capitals are told apart, though not by the engine
    assert row["_1st"] == {"in_er": {"ok": "OK"}}
    found = reader.get(
        "/v1/projects/1/forms/clash%20%26%201.svc/Submissions", params={"$filter": "a_b_2 eq 'two'"}
    )
    assert len(found.json()["value"]) == 1
