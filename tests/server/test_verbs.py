"""What the command line asks of the running server.

- server.json says where it listens, is readable by its owner alone, and is gone when the server is.
- A verb gives the same result in the server and on a context of one's own; its progress comes line by line.
- Without the token nothing is done; an error is a sentence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import httpx
import pytest

from forms.faults.running import RunningServerFailed
from server.context import open_context
from server.running import Json, find_running
from server.settings import Settings
from server.verbs import run_verb, verb_names
from tests.make import an_instance
from tests.server.forms import WELL


def silent(progress: Mapping[str, Json]) -> None:
    pass


def test_the_running_server_is_found_and_gone_at_its_end(new_server, tmp_path) -> None:
    server = new_server()
    file = server.context.settings.server_file
    running = find_running(file)
    assert running is not None and running.address == server.address
    assert json.loads(file.read_text())["pid"] == os.getpid()
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
    server.server.should_exit = True
    for _ in range(500):
        if not file.exists():
            break
        __import__("time").sleep(0.01)
    assert find_running(file) is None


def test_a_verb_gives_the_same_in_the_server_and_without_one(tmp_path) -> None:
    from tests.server.conftest import serve

    settings = Settings(data=tmp_path / "data", port=0)
    serving = serve(settings)
    server = next(serving)
    phone = server.phone()
    schema = server.publish(WELL).schema
    phone.send(an_instance(schema, {"village": "Ак-Суу"}))
    running = find_running(settings.server_file)
    assert running is not None
    told: list[Mapping[str, Json]] = []
    target = tmp_path / "out.csv"
    arguments: dict[str, Json] = {"project": 1, "form": "well_visit", "path": str(target)}
    served = running.run_verb("export", arguments, told.append)
    by_server = target.read_bytes()
    rebuilt = running.run_verb("rebuild", {}, told.append)
    assert told and all({"done", "total"} <= set(each) for each in told)
    with pytest.raises(RunningServerFailed, match="nowhere"):
        running.run_verb("export", {**arguments, "form": "nowhere"}, silent)
    with pytest.raises(RunningServerFailed, match="project"):
        running.run_verb("export", {}, silent)
    next(serving, None)
    with open_context(settings) as context:
        assert run_verb(context, "export", arguments, silent) == served
        assert target.read_bytes() == by_server
        assert run_verb(context, "rebuild", {}, silent) == rebuilt


def test_without_the_token_nothing_is_done(server) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        reply = httpx.post(f"{server.address}/internal/rebuild", json={}, headers=headers)
        assert reply.status_code == 403


def test_every_verb_says_what_it_does() -> None:
    assert {"rebuild", "export", "scores", "round-close", "round-publish", "round-counts"} <= set(
        verb_names()
    )
