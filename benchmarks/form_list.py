"""The list of 100 forms, as each phone asks for it every quarter of an hour; and a manifest beside it.

    .venv/bin/python -m benchmarks.form_list

One connection, one question after the other: the milliseconds until the whole answer is there, and those of
the server's processor for each.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from benchmarks import servers
from server.store import Store, Tx, open_store
from server.store.forms import FormMedia

FORMS, TIMES = 100, 1000


def fill(store: Store) -> str:
    """Publish the same form under many names, each with a picture; the last of them."""
    now = datetime.now(UTC)
    [first, *_] = store.forms.offered(1)
    picture = store.blobs.keep(b"picture")
    media = (FormMedia("picture.png", "image", picture.sha256, "0" * 32, picture.size, now),)

    def publish(tx: Tx) -> None:
        for number in range(FORMS - len(store.forms.offered(1))):
            schema = replace(first.schema, form_id=f"form {number:03d}", version="1", media=())
            content = replace(first.content, schema=schema, scheme=None, media=media)
            store.forms.publish(tx, 1, content, now=now, actor=None)

    store.write(publish)
    return "form%20000"


def ask(
    target: servers.Target, path: str, headers: dict[str, str]
) -> tuple[Sequence[float], float, int, str | None]:
    """Milliseconds of each answer, of the processor for one, the size of the body, its tag."""
    address = urlsplit(target.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80)
    took, before, body, tag = [], target.cpu_seconds(), b"", None
    for _ in range(TIMES):
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - started) * 1000)
        tag = answer.getheader("ETag")
        if answer.status not in (200, 304):
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return took, (target.cpu_seconds() - before) * 1000 / TIMES, len(body), tag


def main() -> None:
    with servers.folder() as folder:
        data = folder / "data"
        path = servers.prepare(data)
        with open_store(data) as store:
            form_id = fill(store)
        with servers.baikoo(data, path) as target:
            start = urlsplit(target.url).path.removesuffix("/submission")
            ask(target, f"{start}/formList", {})  # the first of them wakes everything
            _, _, _, tag = ask(target, f"{start}/formList", {})
            for name, what, headers in (
                (f"list of {FORMS} forms", "formList", {}),
                ("the same, held already", "formList", {"If-None-Match": tag or ""}),
                ("one form's manifest", f"forms/{form_id}/manifest", {}),
            ):
                took, cpu_ms, size, _ = ask(target, f"{start}/{what}", headers)
                median, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
                print(f"{name}: {median:.2f} ms, p99 {p99:.2f} ms, {cpu_ms:.2f} ms of CPU, {size} bytes")


if __name__ == "__main__":
    main()
