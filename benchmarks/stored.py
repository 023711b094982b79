"""Fill a data folder with many submissions, through the ledger's own writer and loader.

.venv/bin/python -m benchmarks.stored FOLDER 1000000
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections import deque
from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import form, servers
from server.context import open_context
from server.settings import read_settings
from server.store import Arrival, Outcome
from server.store.submissions import Wanted

VARIETY = 2000  # different instances; each is sent with a new instanceID
IN_FLIGHT = 2000
WANTED = Wanted(project_id=1, form_id=form.FORM_ID)


def instances() -> list[bytes]:
    day = date.today().isoformat()
    return [form.instance(f"o{seed % servers.OBJECTS}", day=day, seed=seed) for seed in range(VARIETY)]


def fill(data: Path, count: int, *, accept: bool = False) -> None:
    """Append submissions and load them; `accept` also decides on every one, so that all are scored."""
    settings = read_settings(os.environ, data=data)
    made = instances()
    with open_context(settings) as context:
        store = context.store
        sender = store.app_users.all(1)[0].actor_id
        waiting: deque[Future[Outcome]] = deque()
        started = time.perf_counter()
        for number in range(count):
            instance_id = f"uuid:{uuid.uuid4()}"
            arrival = Arrival(
                project_id=1,
                form_id=form.FORM_ID,
                version="1",
                instance_id=instance_id,
                xml=made[number % VARIETY].replace(b"{instance_id}", instance_id.encode()),
                at=datetime.now(UTC),
                round_id=servers.ROUND,
                actor=sender,
            )
            waiting.append(store.receive(arrival))
            while len(waiting) > IN_FLIGHT:
                waiting.popleft().result()
            if number % 100_000 == 99_999:
                print(
                    f"  {number + 1} stored after {time.perf_counter() - started:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        while waiting:
            waiting.popleft().result()
        if accept:
            wanted, before = [], None
            while page := store.submissions.page(WANTED, limit=5000, before=before):
                wanted += [each.seq for each in page]
                before = page[-1].seq
            store.decisions.review_all(
                wanted, "accepted", reason="", now=lambda: datetime.now(UTC), actor=None, progress=None
            )
        context.loader.caught_up(timeout_s=3600)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
