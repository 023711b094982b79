"""A running server, asked for a minute or so what its own description allows and forbids (`-m fuzz`).

- Nothing answers 500, and no reply holds a trace.
- Every status and every kind of reply is one that the description names; JSON is as it says.
- After all of it the server still takes a submission, and its ledger still verifies.

BAIKOO_FUZZ_S says for how many seconds; every route is asked at least a few times, in turn.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import time
from collections import Counter

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.make import an_instance
from tests.server.conftest import RunningHere, now, server
from tests.server.forms import WELL

__all__ = ["server"]

pytestmark = pytest.mark.fuzz

SECONDS = float(os.environ.get("BAIKOO_FUZZ_S", "75"))
AT_ONCE = 6  # requests to one route before the next one has its turn
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
# one signs out the one who asks, whatever stands in it; behind the other there is nothing left to ask
LEFT_OUT = {("DELETE", "/v1/sessions/{session}"), ("DELETE", "/v1/projects/{project_id}")}


@pytest.fixture(scope="module")
def place(server: RunningHere) -> RunningHere:
    schema = server.publish(WELL).schema
    assert server.phone().send(an_instance(schema, {"village": "x"}, instance_id="uuid:1")).accepted
    return server


@pytest.fixture(scope="module")
def known(place: RunningHere) -> dict[str, str | int]:
    """What is there, for the braces of the addresses."""
    phone = place.phones[0].server_url.split("/")[5]
    user = place.store.app_users.all(1)[0].actor_id
    return {
        "project_id": 1, "form_id": "well_visit", "instance_id": "uuid:1", "version_id": "uuid:1",
        "version": "1", "name": "photo.jpg", "token": phone, "actor_id": str(user), "role": "app-user",
        "round_id": "2026-1", "object_id": "o1",
    }  # fmt: skip


class Asking:
    """Asks every route in turn, and writes down what was wrong: (where, what)."""

    def __init__(self, place: RunningHere, known: dict[str, str | int]) -> None:
        self.place = place
        self.known = known
        self.client = self.sign_in()
        self.dice = random.Random(4471)
        self.wrong: dict[tuple[str, str], None] = {}
        self.times: Counter[str] = Counter()

    def sign_in(self) -> httpx.Client:
        return self.place.program("administrator", "manager")

    def once(self, case: Case) -> None:
        for name in case.path_parameters or {}:
            if name in self.known and self.dice.random() < 0.7:
                case.path_parameters[name] = self.known[name]
        where = f"{case.method.upper()} {case.path}"
        self.times[where] += 1
        response = case.call(headers={"Authorization": self.client.headers["Authorization"]}, timeout=30)
        if response.status_code == 500 or b"Traceback (most recent" in response.content:
            self.wrong[where, f"{response.status_code} {case.as_curl_command()[:600]}"] = None
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            for each in getattr(failure, "exceptions", [failure]):
                self.wrong[where, f"{response.status_code} {each}"[:400]] = None

    def turn(self, operation: APIOperation, mode: GenerationMode) -> None:
        def ask(case: Case) -> None:
            self.once(case)

        run = settings(
            max_examples=AT_ONCE,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(given(case=operation.as_strategy(generation_mode=mode))(ask))
        with contextlib.suppress(Unsatisfiable):  # nothing can be sent to it that is wrong
            run()
        if self.client.get("/v1/users/current").status_code != 200:  # it has ended its own account
            self.client = self.sign_in()


def test_the_server_keeps_to_its_description(place: RunningHere, known: dict[str, str | int]) -> None:
    schema = schemathesis.openapi.from_url(f"{place.address}/v1/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    operations = [each for each in operations if (each.method.upper(), each.path) not in LEFT_OUT]
    assert len(operations) > 60
    asking, until = Asking(place, known), time.monotonic() + SECONDS
    for mode in itertools.cycle((GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
        if time.monotonic() > until:
            break
        for operation in operations:
            asking.turn(operation, mode)
            if time.monotonic() > until + SECONDS:  # of a slow machine: what was not asked is said below
                break
    assert len(asking.times) == len(operations), "not every route had its turn"
    assert not asking.wrong, "\n".join(f"{where}: {what}" for where, what in asking.wrong)


def test_and_it_still_works_afterwards(place: RunningHere) -> None:
    schema = place.publish(WELL.replace("well_visit", "afterwards")).schema
    assert place.phone().send(an_instance(schema, {}, instance_id=f"uuid:{now():%f}")).accepted
    assert httpx.get(f"{place.address}/readyz").json()["ready"] is True
