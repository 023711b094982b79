"""A process killed at random instants while it applies entities: each submission is applied once.

- Creations and updates of many entities wait; the process that applies them is killed again and again.
- In the end every entity has exactly its versions, and verify finds everything whole.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from forms.xform import parse_xform
from server.entity_follower import EntityFollower
from server.store import Store, open_store
from server.store.entities.rows import new_uuid
from server.store.verify import verify
from tests.forms.test_entities_in_xform import an_entity_form, entity, saved
from tests.server.store.making import NOW, an_arrival, content

pytestmark = pytest.mark.crash

ROOT = Path(__file__).resolve().parents[2]
ENTITIES, VERSIONS, KILLS = 100, 3, 6
BOTH = 'id="" create="1" update="1" baseVersion=""'
FORM = an_entity_form(f"<site/>{entity('wells', BOTH)}", saved("/site", "depth"))


def send(store: Store) -> None:
    schema = replace(parse_xform(FORM).schema, form_id="wells")
    told = replace(content(store), schema=schema)
    store.write(lambda tx: store.forms.publish(tx, 1, told, now=NOW, actor=None))
    futures, uuid = [], ""
    for number in range(ENTITIES * VERSIONS):
        base = number % VERSIONS
        uuid = new_uuid() if base == 0 else uuid
        action = f'update="1" baseVersion="{base}"' if base else 'create="1"'
        xml = (
            f'<data id="wells"><site>{number}</site><meta><entity dataset="wells" id="{uuid}" {action}>'
            "<label>W</label></entity></meta></data>"
        )
        futures.append(store.receive(an_arrival(number, xml.encode())))
    for future in futures:
        future.result(timeout=30)


def test_what_was_killed_again_and_again_is_applied_once(tmp_path: Path) -> None:
    data, instants = tmp_path / "data", random.Random(20261124)
    with open_store(data) as store:
        send(store)
    for _ in range(KILLS):
        seconds = str(instants.uniform(0.2, 0.6))
        killed = subprocess.run([sys.executable, "-m", __name__, str(data), seconds], cwd=ROOT, check=False)
        assert killed.returncode == 9
    with open_store(data) as store:
        EntityFollower(store).catch_up()
        known = store.entity_lists.get(1, "wells")
        assert [one.version for one in store.entities.each(known)] == [VERSIONS] * ENTITIES
        assert verify(store).findings == ()


def apply_until_killed(data: Path, seconds: float) -> None:
    EntityFollower(open_store(data)).start()
    time.sleep(seconds)
    os._exit(9)


if __name__ == "__main__":
    apply_until_killed(Path(sys.argv[1]), float(sys.argv[2]))
