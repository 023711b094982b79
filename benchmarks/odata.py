"""How long OData takes over a form with a million submissions: pages, counts, filters, repeats.

    python -m benchmarks.odata [SUBMISSIONS]

The typed tables are generated inside DuckDB, as the loader would have filled them: 40 questions and three
rows of a repeat each, every one decided on, one in a thousand edited. Then a server answers over HTTP, one
request at a time. Server time is what its access log says, from the question to the last byte: after a record
was loaded (so that everything is counted anew), and again while nothing new has come.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil
from duckdb import DuckDBPyConnection

from analytics.warehouse import Warehouse
from benchmarks import form
from server.actions.accounts import add_account
from server.actions.publish_form import ReadForm, publish_form
from server.app import Server
from server.context import open_context
from server.settings import Settings
from tests.make import a_form

PASSWORD = "correct horse battery"
SVC = f"/v1/projects/1/forms/{form.FORM_ID}.svc"
ROUNDS = 7

CELLS = {
    "text": "repeat('Сугат суусу кезеги менен келет, ', 5) || i",
    "choice": "(1 + hash(i, '{name}') % 5)::VARCHAR",
    "integer": "(hash(i, '{name}') % 500)::BIGINT",
    "decimal": "(hash(i, '{name}') % 10000) / 100.0",
    "date": "DATE '2026-01-01' + (i % 300)::INTEGER",
    "datetime": "TIMESTAMP '2026-01-02 03:04:05'",
    "geopoint": "{{'lat': 42 + (i % 1000) / 1000.0, 'lon': 75.0, 'alt': 800.0, 'acc': 5.0}}",
}


def generate(db: DuckDBPyConnection, first: int, submissions: int) -> None:
    """Submissions with the records from `first` on, their answers, repeats, decisions and edits."""
    ((schema,),) = db.execute("SELECT table_schema FROM form_version").fetchall()
    edits = submissions // 1000
    db.execute(
        f"""
        INSERT INTO submission BY NAME
        SELECT {first} + i AS submission_seq, 1 AS project_id, '{form.FORM_ID}' AS form_id, '1' AS version,
               'uuid:' || uuid() AS instance_id,
               CASE WHEN i >= {submissions} THEN {first} + (i - {submissions}) * 1000 ELSE submission_seq END AS root_seq,
               TIMESTAMP '2026-01-01' + to_seconds(i) AS received_at, 1 AS submitter_id, false AS encrypted,
               []::VARCHAR[] AS media, '' AS variant
        FROM range({submissions + edits}) AS made (i) ORDER BY i
        """
    )
    db.execute(
        f"INSERT INTO decision BY NAME SELECT {first + submissions + edits} + i AS seq, {first} + i AS submission_seq,"
        f" 'accepted' AS action, TIMESTAMP '2026-02-01' AS decided_at FROM range({submissions}) AS made (i) ORDER BY i"
    )
    own = db.execute(
        "SELECT column_name, kind FROM form_column WHERE table_name = 'submissions' AND path NOT LIKE '/meta/%'"
    ).fetchall()
    cells = [f'{CELLS[kind].format(name=name)} AS "{name}"' for name, kind in own]
    cells += [
        f"'2026-01-02T09:04:05.000+06:00' AS \"{name}@sent\"" for name, kind in own if kind == "datetime"
    ]
    record = "submission_seq AS _seq, 1 AS _project_id, instance_id AS _instance_id, []::VARCHAR[] AS _empty, []::VARCHAR[] AS _misfit"
    made = f"(SELECT *, submission_seq - {first} AS i FROM submission)"
    db.execute(
        f'INSERT INTO "{schema}".submissions BY NAME SELECT {record}, instance_id AS "instanceID", {", ".join(cells)} '
        f"FROM {made} ORDER BY i"
    )
    db.execute(
        f'INSERT INTO "{schema}".visit BY NAME SELECT {record}, instance_id AS _parent_key, '
        "instance_id || '/visit[' || position || ']' AS _key, position::INTEGER AS _position, "
        "'Сугат ' || position AS visit_note, (i + position) % 10 AS visit_count "
        f"FROM {made}, range(1, 4) AS each_visit (position) ORDER BY i, position"
    )


def measure(submissions: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data=Path(folder), port=0, reading_memory="1GB")
        context = open_context(settings)
        converted = a_form(form.workbook())
        # without its scheme, so that Central's roles may read the answers
        published = ReadForm(
            converted.xform, None, {}, converted.warnings, form.workbook().encode(), "form.md"
        )
        now = datetime.now(UTC)
        publish_form(context.store, 1, published, now=now, actor=None)
        add_account(context.store, "reader@example.org", PASSWORD, (("viewer", None),), now=now, actor=None)
        assert context.loader.caught_up(timeout_s=60)
        with context.warehouse.write() as db:
            generate(db, 1000, submissions)
        context.close()  # and opened again: what was just filled in one go is not yet in its place in the file
        context = open_context(settings)
        server = Server(settings, context, access_log=True)
        thread = threading.Thread(target=server.run)
        thread.start()
        while server.running is None:
            time.sleep(0.05)
        try:
            with httpx.Client(base_url=server.address, timeout=600) as client:
                ask_all(Asker(client, context.warehouse), submissions)
        finally:
            server.should_exit = True
            thread.join()


class Asker(logging.Handler):
    """Asks, and reads in the access log how long the server took, in milliseconds."""

    def __init__(self, client: httpx.Client, warehouse: Warehouse) -> None:
        super().__init__()
        self.client = client
        # it lives in the server's process, so it must cost as little as possible
        self.plain = HTTPConnection(client.base_url.host, client.base_url.port)
        self.warehouse = warehouse
        self.took: list[float] = []
        log = logging.getLogger("baikoo.access")
        log.addHandler(self)
        log.propagate = False
        credentials = {"email": "reader@example.org", "password": PASSWORD}
        token = client.post("/v1/sessions", json=credentials).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"

    def emit(self, record: logging.LogRecord) -> None:
        self.took.append(float(record.getMessage().split()[-2]))

    def as_if_loaded(self) -> None:
        """What was counted is forgotten, as when a record was loaded."""
        with self.warehouse.write() as db:
            db.execute("UPDATE progress SET loaded_hash = uuid()::VARCHAR")

    def ask(self, table: str, options: dict[str, str], *, loaded: bool) -> tuple[float, int]:
        """(milliseconds of the server, bytes) of one answer."""
        if loaded:
            self.as_if_loaded()
        self.took.clear()
        headers = {"Authorization": self.client.headers["Authorization"]}
        self.plain.request("GET", f"{SVC}/{table}?{urlencode(options)}", headers=headers)
        reply = self.plain.getresponse()
        content = reply.read()
        assert reply.status == 200, content
        while not self.took:
            time.sleep(0.001)
        return self.took[-1], len(content)


def ask_all(asker: Asker, submissions: int) -> None:
    client = asker.client
    last, middle = str(submissions - 1000), str(submissions // 2)
    near_the_end = client.get(
        f"{SVC}/Submissions", params={"$top": "1", "$skip": str(submissions - 1002)}
    ).json()
    deep = client.get(
        f"{SVC}/Submissions.visit", params={"$top": "1", "$skip": str(3 * submissions - 1002)}
    ).json()
    for title, table, options in (
        ("first page of 1,000", "Submissions", {"$top": "1000"}),
        ("the same with $count", "Submissions", {"$top": "1000", "$count": "true"}),
        ("page in the middle", "Submissions", {"$top": "1000", "$skip": middle, "$count": "true"}),
        ("last page by $skip", "Submissions", {"$top": "1000", "$skip": last, "$count": "true"}),
        ("last page by $skiptoken", "Submissions", skiptoken(near_the_end["@odata.nextLink"])),
        ("$count alone", "Submissions", {"$top": "0", "$count": "true"}),
        ("first page expanded", "Submissions", {"$top": "1000", "$expand": "*"}),
        ("first page of two fields", "Submissions", {"$top": "1000", "$select": "__id,integer_1"}),
        ("$filter integer, 1 in 500", "Submissions", {"$top": "1000", "$filter": "integer_1 eq 7", "$count": "true"}),
        ("$filter choice, 1 in 5", "Submissions", {"$top": "1000", "$filter": "Q1 eq '3'", "$count": "true"}),
        ("the same, last page", "Submissions", {"$top": "1000", "$filter": "Q1 eq '3'", "$skip": str(submissions // 5 - 2000)}),
        ("$filter contains a text", "Submissions", {"$top": "1000", "$filter": "contains(text_1, '4242')", "$count": "true"}),
        ("$filter date and decimal", "Submissions", {"$top": "1000", "$filter": "date_1 ge 2026-06-01 and decimal_1 lt 5"}),
        ("$filter by review state", "Submissions", {"$top": "1000", "$filter": "__system/reviewState eq 'approved'"}),
        ("$filter any() of a repeat", "Submissions", {"$top": "1000", "$filter": "visit/any(v: v/visit_count eq 3)"}),
        ("$orderby a question", "Submissions", {"$top": "1000", "$orderby": "decimal_1 desc"}),
        ("one submission", f"Submissions('{near_the_end['value'][0]['__id']}')", {}),
        ("repeat: first page", "Submissions.visit", {"$top": "1000", "$count": "true"}),
        ("repeat: last page by $skip", "Submissions.visit", {"$top": "1000", "$skip": str(3 * submissions - 1000)}),
        ("repeat: last by $skiptoken", "Submissions.visit", skiptoken(deep["@odata.nextLink"])),
        ("metadata", "$metadata", {}),
    ):  # fmt: skip
        show(asker, title, table, options)
    memory = psutil.Process().memory_info().rss / 1e6
    began, size, cpu = time.perf_counter(), 0, time.process_time()
    with client.stream("GET", f"{SVC}/Submissions", params={"$filter": "integer_1 lt 50"}) as reply:
        for chunk in reply.iter_raw():
            size += len(chunk)
    took, after = time.perf_counter() - began, psutil.Process().memory_info().rss / 1e6
    print(
        f"all of one in ten: {size / 1e6:,.0f} MB in {took:.1f} s ({time.process_time() - cpu:.1f} s of CPU, client "
        f"included), resident {memory:,.0f} MB before, {after:,.0f} MB after",
        flush=True,
    )


def skiptoken(link: str) -> dict[str, str]:
    return {"$top": "1000", "$count": "true", "$skiptoken": httpx.URL(link).params["$skiptoken"]}


def show(asker: Asker, title: str, table: str, options: dict[str, str]) -> None:
    """The best of some rounds, and the CPU time of the whole process, the client in it included."""
    after_loading = [asker.ask(table, options, loaded=True)[0] for _ in range(ROUNDS)]
    then, cpu, size = [], [], 0
    for _ in range(ROUNDS):
        spent = time.process_time()
        took, size = asker.ask(table, options, loaded=False)
        then.append(took)
        cpu.append((time.process_time() - spent) * 1000)
    print(
        f"{title:28} {min(after_loading):7.1f} ms after a record was loaded, {min(then):7.1f} ms then "
        f"(median {sorted(then)[ROUNDS // 2]:7.1f} ms), {min(cpu):7.1f} ms of CPU, {size / 1000:8.0f} kB",
        flush=True,
    )


if __name__ == "__main__":
    os.environ.setdefault("BAIKOO_DATA", "")
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
