"""The description of the routes: there, whole, valid, and for people too.

- Every route that programs and phones ask is described: words, path parameters, query, body, replies.
- It is made from the code: a switch, a body, a type of reply that a route has stands in it.
- It is a valid OpenAPI document; every reference in it leads somewhere.
- /api shows it on a page of ours that asks no other host.
"""

from __future__ import annotations

import re

import httpx
import jsonschema_rs
import pytest

from server.app import all_routes
from server.routes.openapi import PARAMETERS, described, document, words_of
from tests.server.conftest import RunningHere

ONE = "/v1/projects/{project_id}/forms/{form_id}"


@pytest.fixture(scope="module")
def told() -> dict:
    return document(all_routes(), "https://baikoo.example")


def test_every_route_is_described(told) -> None:
    missing = []
    for method, route in described(all_routes()):
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        operation = told["paths"][path][method.lower()]
        if not words_of(route)[0] or not operation["summary"].strip():
            missing.append(f"{method} {path}: no docstring in {route.endpoint.__module__}")
        names = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert names == set(re.findall(r"\{(\w+)\}", path)), path
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
    assert not missing


def test_what_is_described_is_what_the_code_says(told) -> None:
    forms = told["paths"]["/v1/projects/{project_id}/forms"]
    switches = {each["name"]: each["schema"] for each in forms["post"]["parameters"]}
    assert switches["publish"] == {"type": "boolean"} and switches["project_id"] == {"type": "integer"}
    listed = forms["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed["items"]["$ref"].endswith("/Form")
    assert "xmlFormId" in told["components"]["schemas"]["Form"]["required"]
    users = told["paths"]["/v1/projects/{project_id}/app-users"]["post"]
    body = users["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert "displayName" in told["components"]["schemas"][body]["properties"]
    phone = told["paths"]["/v1/key/{token}/projects/{project_id}/submission"]
    assert "201" in phone["post"]["responses"] and "204" in phone["get"]["responses"]
    assert "multipart/form-data" in phone["post"]["requestBody"]["content"]
    csv = told["paths"][f"{ONE}/submissions.csv"]["get"]
    assert {"labels", "splitSelectMultiples"} <= {each["name"] for each in csv["parameters"]}
    assert "text/csv" in csv["responses"]["200"]["content"]


def test_every_reference_leads_somewhere_and_every_schema_is_one(told) -> None:
    found = set(re.findall(r"#/components/(\w+)/([\w.\-\[\]]+)", str(told)))
    for kind, name in found:
        assert name in told["components"][kind], (kind, name)
    for name, schema in told["components"]["schemas"].items():
        whole = {**schema, "components": told["components"]}
        jsonschema_rs.validator_for(whole), name
    ids = [operation["operationId"] for path in told["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert all(len(text) > 8 for text in PARAMETERS.values())


def test_it_is_served_and_shown(server: RunningHere) -> None:
    reply = httpx.get(f"{server.address}/v1/openapi.json")
    assert reply.json()["openapi"].startswith("3.1") and reply.json()["servers"][0]["url"] == server.address
    again = httpx.get(f"{server.address}/v1/openapi.json", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304
    page = httpx.get(f"{server.address}/api?lang=en").text
    assert f"<code>GET {ONE}/submissions.csv</code>" in page and "The submissions" in page
    assert not re.search(r"(src|action)=\"(https?:)?//|<link[^>]*https?:", page)
