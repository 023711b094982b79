"""`baikoo entities`: lists seen, taken from spreadsheets, printed and undone, without a server; and beside a
running one what waits, and how it is applied by force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import cli
from server.store import open_store
from tests.journeys.terminal import type_all
from tests.server.conftest import RunningHere
from tests.server.entity_forms import a_uuid, wells


def test_the_owner_sees_what_waits_and_applies_it(server: RunningHere) -> None:
    well, uuid = wells(server), a_uuid()
    well.create(uuid, "Well 1", depth="1")
    well.update(uuid, 3, 1, a_uuid(), depth="3")
    held, plain, recent, forced = type_all(
        ["entities", "held", "--json"],
        ["entities", "held"],
        ["entities", "apply-held", "--older-only", "--json"],
        ["entities", "apply-held"],
        data=server.context.settings.data,
    )
    (told,) = held.json["held"]
    assert (told["list"], told["entity"], told["base_version"]) == (well.name, uuid, 3)
    assert plain.out.endswith("1 submissions wait for earlier ones of their branch.\n")
    assert recent.json == {"applied": 0}
    assert forced.out == "Applied 1 submissions by force.\n"
    assert (well.get(uuid).version, well.get(uuid).data["depth"]) == (2, "3")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(tmp_path / "data"):
        pass
    return tmp_path / "data"


def type_(data: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["entities", *words, "--data", str(data)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_spreadsheet_is_looked_at_taken_printed_and_undone(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "objects.csv"
    file.write_text("object_id,type,subtype,name_ky\no1,MUN,water,Суу\no2,MUN,works,Жол\n", "utf-8")
    looked = json.loads(type_(data, "upload", "objects", str(file), "--preview", "--json"))
    assert (looked["new"], [fault["column"] for fault in looked["faults"]]) == (1, ["subtype"])
    file.write_text("object_id,type,subtype,name_ky\no1,MUN,water,Суу\n", "utf-8")
    assert json.loads(type_(data, "upload", "objects", str(file), "--json"))["new"] == 1
    assert ",Суу,o1,MUN,water,Суу," in type_(data, "export", "objects")
    [objects] = json.loads(type_(data, "lists", "--json"))["lists"]
    assert (objects["name"], objects["entities"]) == ("objects", 1)
    assert json.loads(type_(data, "undo", "objects", "--json")) == {"undone": 1, "kept": []}
