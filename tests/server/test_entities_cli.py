"""`baikoo entities` beside a running server: what waits, and how it is applied by force."""

from __future__ import annotations

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
