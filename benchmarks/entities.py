"""A list of a million entities: made, listed, filtered, searched and served, and what memory that takes.

    .venv/bin/python -m benchmarks.entities                     a million entities
    .venv/bin/python -m benchmarks.entities --count 100000

The client is plain sockets' own (http.client), reads what streams and throws it away; every figure is the
middle of several tries, first byte to last byte at the client, beside the server's own CPU.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import servers
from server.actions.accounts import add_account
from server.settings import read_settings
from server.store import Store, Tx, open_store
from server.store.entities import EntityList, NewEntity, Source

PASSWORD = "a password of this benchmark alone"
CHUNK = 5000
PROPERTIES = ("code", "village", "depth", "owner", "pump", "checked_on", "geometry")
ODATA = "/v1/projects/1/datasets/wells.svc/Entities"
LIST = "/v1/projects/1/datasets/wells"
FORM = """
| survey   |                                   |         |         |
|          | type                              | name    | label   |
|          | select_one_from_file wells.csv    | well    | Which   |
| settings |                                   |         |         |
|          | form_title                        | form_id | version |
|          | Wells                             | wells   | 1       |
"""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    ms: float
    cpu_ms: float
    megabytes: float


def an_entity(number: int) -> NewEntity:
    return NewEntity(
        str(uuid.UUID(int=(number << 64 | number * 0x9E3779B97F4A7C15) & ((1 << 128) - 1), version=4)),
        f"Кудук {number}",
        {
            "code": f"W{number:07d}",
            "village": f"айыл-{number % 400}",
            "depth": str(number % 170),
            "owner": f"Ээси {number % 9973}",
            "pump": "Grundfos" if number % 3 else "ЭЦВ",
            "checked_on": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            "geometry": f"42.{number % 99999:05d} 74.{number * 7 % 99999:05d} 760 5",
        },
    )


def fill(data: Path, count: int) -> float:
    """Make the list through the store, in the transactions of an upload; the seconds it took."""
    with open_store(data) as store:
        add_account(
            store, "bench@example.org", PASSWORD, (("administrator", None), ("manager", 1)),
            now=datetime.now(UTC), actor=None,
        )  # fmt: skip
        known = store.write(lambda tx: _empty(store, tx))
        started = time.perf_counter()
        for first in range(0, count, CHUNK):
            some = [an_entity(number) for number in range(first, min(count, first + CHUNK))]
            store.write(partial(_make, store, known, some))
        return time.perf_counter() - started


def _make(store: Store, known: EntityList, some: list[NewEntity], tx: Tx) -> None:
    store.entities.create_many(tx, known, some, Source(), now=datetime.now(UTC))


def _empty(store: Store, tx: Tx) -> EntityList:
    now = datetime.now(UTC)
    known = store.entity_lists.create(tx, 1, "wells", now=now, actor=None)
    for name in PROPERTIES:
        known = store.entity_lists.add_property(tx, known, name, now=now)
    return known


class Client:
    """One connection that is kept."""

    def __init__(self, target: servers.Target) -> None:
        self.target = target
        address = urlsplit(target.url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
        self._headers: dict[str, str] = {}
        credentials = json.dumps({"email": "bench@example.org", "password": PASSWORD}).encode()
        said = self.ask("POST", "/v1/sessions", credentials)
        self._headers = {"Authorization": f"Bearer {json.loads(said)['token']}"}

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        answer = self._open(method, path, body)
        return answer.read()

    def size_of(self, path: str) -> int:
        """Read it to its end, and keep nothing."""
        answer, size = self._open("GET", path, None), 0
        while piece := answer.read(1 << 20):
            size += len(piece)
        return size

    def _open(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.read()[:300]!r}")
        return answer


def measure(client: Client, name: str, deed: Callable[[int], int], tries: int = 5) -> Figure:
    times, cpus, size = [], [], 0
    for number in range(tries):
        before, began = client.target.cpu_seconds(), time.perf_counter()
        size = deed(number)
        times.append((time.perf_counter() - began) * 1000)
        cpus.append((client.target.cpu_seconds() - before) * 1000)
    return Figure(name, statistics.median(times), statistics.median(cpus), size / 1e6)


def page(client: Client, **query: object) -> Callable[[int], int]:
    path = f"{ODATA}?{urlencode({f'${name}': value for name, value in query.items()})}"
    return lambda _: client.size_of(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1_000_000)
    options = parser.parse_args()
    count = options.count
    with ExitStack() as stack:
        folder = stack.enter_context(servers.folder())
        data = folder / "data"
        path = servers.prepare(data)
        seconds = fill(data, count)
        workbook = folder / "wells.md"
        workbook.write_text(FORM, "utf-8")
        servers.baikoo_command(data, "publish", str(workbook))
        stored = read_settings(os.environ, data=data).data / "baikoo.sqlite3"
        print(
            f"{count} made in {seconds:.1f} s, {count / seconds:.0f} a second; {stored.stat().st_size / 1e6:.0f} MB"
        )
        target = stack.enter_context(servers.baikoo(data, path))
        client = Client(target)
        resident = target.resident_mb()
        some = an_entity(count // 2)
        phone = f"{urlsplit(path).path}/forms/wells"
        figures = [
            measure(client, "first page of 1,000", page(client, top=1000)),
            measure(client, "first page with $count", page(client, top=1000, count="true")),
            measure(client, "last page of 1,000 ($skip)", page(client, top=1000, skip=count - 1000)),
            measure(client, "one entity by number", lambda _: client.size_of(f"{LIST}/entities/{some.uuid}")),
            measure(  # makes the index of this property
                client, "filter: a code, the first time", page(client, filter="code eq 'W0000001'", top=250), 1
            ),
            measure(
                client, "filter: a code, one found", page(client, filter=f"code eq '{some.data['code']}'", top=250), 3
            ),
            measure(
                client, "filter: a village, 250 of 2,500", page(client, filter="village eq 'айыл-7'", top=250), 3
            ),
            measure(
                client, "filter: a number, counted",
                page(client, filter="depth ge 165 and pump eq 'ЭЦВ'", top=250, count="true"), 3,
            ),
            measure(client, "ordered by a property, 250", page(client, orderby="owner", top=250), 3),
            measure(
                client, "one changed",
                lambda number: len(
                    client.ask("PATCH", f"{LIST}/entities/{some.uuid}?force=true",
                               json.dumps({"data": {"depth": str(number)}}).encode())
                ),
            ),
            measure(client, "manifest after a change", lambda _: client.size_of(f"{phone}/manifest")),
            measure(client, "CSV for phones, made anew", lambda _: client.size_of(f"{phone}/attachments/wells.csv"), 1),
            measure(client, "CSV for phones, the same again", lambda _: client.size_of(f"{phone}/attachments/wells.csv"), 2),
            measure(client, "all as CSV", lambda _: client.size_of(f"{LIST}/entities.csv"), 1),
            measure(client, "all as JSON", lambda _: client.size_of(f"{LIST}/entities"), 1),
            measure(client, "all as OData", page(client), 1),
            measure(client, "all as GeoJSON", lambda _: client.size_of(f"{LIST}/entities.geojson"), 1),
        ]  # fmt: skip
        print(f"{'':34} {'ms':>9} {'CPU ms':>9} {'MB':>8}")
        for figure in figures:
            print(f"{figure.name:34} {figure.ms:>9.1f} {figure.cpu_ms:>9.1f} {figure.megabytes:>8.2f}")
        print(f"resident memory: {resident:.0f} MB before, {target.resident_mb():.0f} MB afterwards")


if __name__ == "__main__":
    main()
