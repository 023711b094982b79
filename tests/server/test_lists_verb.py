"""The command line keeps entity lists as the pages do: seen, taken, printed, undone, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import cli
from server.store import open_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(tmp_path / "data"):
        pass
    return tmp_path / "data"


def type_(data: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["lists", *words, "--data", str(data)], catch_exceptions=False)
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
    [objects] = json.loads(type_(data, "show", "--json"))["lists"]
    assert (objects["name"], objects["entities"]) == ("objects", 1)
    assert json.loads(type_(data, "undo", "objects", "--json")) == {"undone": 1, "kept": []}
