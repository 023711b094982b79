"""Correcting, deleting, restoring and purging from the command line, beside a running server or without.

- A correction needs a reason and prints what counted and what counts.
- The trash is listed; one comes back, one is purged, and all older than some days are.
- A call that names neither one nor an age is a wrong call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from server.cli import cli
from server.store import open_store
from tests.server.store.making import an_arrival, an_id, publish, receive

Type = Callable[..., Any]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verbs")
    with open_store(folder) as store:
        publish(store)
        for number in (1, 2, 3):
            receive(store, an_arrival(number))
    return folder


@pytest.fixture
def typed(data: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    def type_(*words: str) -> Any:
        cli([*words, "--json", "--data", str(data)], standalone_mode=False)
        return json.loads(capsys.readouterr().out)

    return type_


def test_a_value_is_corrected_with_a_reason(typed: Type) -> None:
    with pytest.raises(click.MissingParameter):
        typed("correct", "wells", an_id(1), "site", "well_71")
    done = typed("correct", "wells", an_id(1), "site", "well_71", "--reason", "a typo")
    assert (done["old"], done["new"]) == ("well_17", "well_71")


def test_one_is_deleted_listed_and_restored(typed: Type) -> None:
    assert typed("trash", "delete", "wells", an_id(1)) == {"deleted": an_id(1)}
    listed = typed("trash", "list", "--form", "wells")["submissions"]
    assert [each["instanceId"] for each in listed] == [an_id(1)]
    assert typed("trash", "restore", "wells", an_id(1)) == {"restored": an_id(1)}
    assert typed("trash", "list")["submissions"] == []


def test_one_is_purged_or_all_that_are_old(typed: Type) -> None:
    for number in (2, 3):
        typed("trash", "delete", "wells", an_id(number))
    assert typed("trash", "purge", "wells", an_id(2), "--reason", "by law") == {"purged": 1}
    assert typed("trash", "purge", "--older-than", "1") == {"purged": 0}
    assert typed("trash", "purge", "--older-than", "0") == {"purged": 1}
    assert typed("trash", "list")["submissions"] == []
    with pytest.raises(click.UsageError):
        typed("trash", "purge", "wells")
