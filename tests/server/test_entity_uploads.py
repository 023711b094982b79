"""A spreadsheet into an entity list:

- a preview counts what would be new, changed and unchanged, tells every fault with its row, writes nothing;
- a file is taken whole, or refused with every fault;
- what was downloaded can be uploaded again, and changes nothing;
- the last upload can be undone: what it made goes, what it changed is as before; what somebody has changed
  since stays, and is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import RunningHere


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> Iterator[httpx.Client]:
    yield server.program("manager", project_id=1)


class Pumps:
    """A list of its own for a test."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.address = f"/v1/projects/1/datasets/p{uuid.uuid4().hex[:8]}"
        client.post("/v1/projects/1/datasets", json={"name": self.address.rpartition("/")[2]})
        for name in ("code", "make"):
            client.post(f"{self.address}/properties", json={"name": name})

    def upload(self, text: str, **query: str) -> httpx.Response:
        return self.client.post(f"{self.address}/uploads", content=text.encode(), params=query)

    def all(self) -> dict[str, tuple[str, dict[str, str]]]:
        """uuid -> (label, data)."""
        listed = self.client.get(f"{self.address}.svc/Entities").json()["value"]
        return {
            row["__id"]: (row["label"], {name: row[name] for name in ("code", "make") if row[name]})
            for row in listed
        }

    def undo(self, number: int) -> httpx.Response:
        return self.client.post(f"{self.address}/uploads/{number}/undo")


@pytest.fixture
def pumps(manager: httpx.Client) -> Pumps:
    return Pumps(manager)


FILE = "label,code,make\nOne,1,Grundfos\nTwo,2,\nThree,3,ЭЦВ\n"


def test_a_preview_counts_and_writes_nothing(pumps: Pumps) -> None:
    assert pumps.upload(FILE, preview="True").json() == {
        "preview": True, "new": 3, "changed": 0, "unchanged": 0, "faultCount": 0, "faults": [],
    }  # fmt: skip
    assert pumps.all() == {} and pumps.client.get(f"{pumps.address}/uploads").json() == []


def test_a_file_is_matched_by_a_property(pumps: Pumps) -> None:
    assert pumps.upload(FILE, name="pumps.csv").json()["new"] == 3
    again = FILE.replace("Two,2,", "Two,2,Pedrollo") + "Four,4,\n"
    assert {"new": 1, "changed": 1, "unchanged": 2}.items() <= pumps.upload(
        again, match="code", preview="true"
    ).json().items()
    taken = pumps.upload(again, match="code").json()
    assert (taken["new"], taken["changed"], taken["unchanged"]) == (1, 1, 2)
    assert sorted(pumps.all().values())[3] == ("Two", {"code": "2", "make": "Pedrollo"})
    assert [(one["name"], one["count"]) for one in pumps.client.get(f"{pumps.address}/uploads").json()] == [
        (pumps.address.rpartition("/")[2] + ".csv", 2), ("pumps.csv", 3),
    ]  # fmt: skip


def test_what_was_downloaded_changes_nothing(pumps: Pumps) -> None:
    pumps.upload('label,code,make\n=1+1,-5,"two\nlines"\n\'tis,, x \n')
    text = pumps.client.get(f"{pumps.address}/entities.csv").text
    found = pumps.upload(text, preview="true").json()
    assert (found["new"], found["changed"], found["unchanged"], found["faultCount"]) == (0, 0, 2, 0)
    assert pumps.upload(text).json() == {"id": None, "new": 0, "changed": 0, "unchanged": 2}


def test_every_fault_is_told_and_nothing_is_taken(pumps: Pumps) -> None:
    pumps.upload(FILE)
    taken = next(iter(pumps.all()))
    other = pumps.client.post("/v1/projects/1/datasets", json={"name": f"o{uuid.uuid4().hex[:8]}"}).json()[
        "name"
    ]
    elsewhere = pumps.client.post(f"/v1/projects/1/datasets/{other}/entities", json={"label": "x"}).json()[
        "uuid"
    ]
    text = f"__id,label,code\n{taken},,9\n{elsewhere},a,1\n,,1\nno,a,1\n,fine,7\n"
    before = pumps.all()
    found = pumps.upload(text, preview="true").json()
    assert sorted((fault["row"], fault["column"]) for fault in found["faults"]) == [
        (3, "__id"), (4, "label"), (5, "__id"),
    ]  # fmt: skip
    assert (found["new"], found["changed"], found["faultCount"]) == (1, 1, 3)
    refused = pumps.upload(text)
    assert (refused.status_code, refused.json()["code"]) == (400, 400.28)
    assert len(refused.json()["details"]["faults"]) == 3 and pumps.all() == before
    assert pumps.upload("label,colour\nx,red\n").json()["details"]["faults"][0]["column"] == "colour"
    assert pumps.upload(FILE, match="colour").status_code == 404
    pumps.upload("label,code\nTwin,1\n")
    assert pumps.upload("code\n1\n", match="code", preview="true").json()["faultCount"] == 1


def test_an_upload_is_undone_but_for_what_was_changed_since(pumps: Pumps) -> None:
    pumps.upload(FILE)
    before = pumps.all()
    text = "code,label,make\n1,Uno,\n2,Due,\n3,Tre,\n4,Quattro,\n5,Cinque,\n"
    number = pumps.upload(text, match="code").json()["id"]
    by_code = {data["code"]: name for name, (_, data) in pumps.all().items()}
    pumps.client.patch(f"{pumps.address}/entities/{by_code['2']}?force=true", json={"label": "Mine"})
    pumps.client.patch(f"{pumps.address}/entities/{by_code['5']}?force=true", json={"label": "Mine too"})
    undone = pumps.undo(number).json()
    assert undone["undone"] == 3
    assert {(one["uuid"], one["label"]) for one in undone["kept"]} == {
        (by_code["2"], "Mine"), (by_code["5"], "Mine too"),
    }  # fmt: skip
    after = pumps.all()
    assert {name: after[name] for name in (by_code["1"], by_code["3"])} == {
        name: before[name] for name in (by_code["1"], by_code["3"])
    }
    assert by_code["4"] not in after and after[by_code["2"]][0] == "Mine"
    assert pumps.undo(number).status_code == 409


def test_only_the_last_upload_can_be_undone(pumps: Pumps) -> None:
    first = pumps.upload(FILE).json()["id"]
    second = pumps.upload("label\nMore\n").json()["id"]
    assert pumps.undo(first).status_code == 409
    assert pumps.undo(second).json() == {"undone": 1, "kept": []}
    assert pumps.undo(first).json()["undone"] == 3 and pumps.all() == {}
    assert pumps.undo(999_999).status_code == 404
