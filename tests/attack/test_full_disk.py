"""The disk is full: a clear refusal to everybody in their own voice, nothing half kept, and on it goes.

Two ways to fill it, both real: SQLite is told that its file may not grow, on every system; and, where we may
mount one, the whole data folder lies on a small file system of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.store import Store
from server.store.submissions import Wanted
from server.store.troubles import DiskFull
from server.store.verify import verify
from tests.make import a_form, an_instance
from tests.phone import message_of
from tests.server.conftest import RunningHere

pytestmark = pytest.mark.attack

FORM = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | image | photo | Photo |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
FULL = DiskFull.text[:20]


def an_xml(name: str, **values: str) -> bytes:
    return an_instance(a_form(FORM), values, instance_id=f"uuid:{name}")


def limit_pages(store: Store, pages: int) -> None:
    """Tell the one connection that writes how large the file may become."""
    raw = store.database.writing.raw_connection()
    raw.cursor().execute(f"PRAGMA max_page_count = {pages}")
    raw.close()


def count(store: Store) -> int:
    return store.submissions.count(Wanted(project_id=1, form_id="visit"))


def test_a_database_that_cannot_grow_refuses_and_goes_on(new_server: Callable[..., RunningHere]) -> None:
    server = new_server()
    server.publish(FORM)
    phone, store = server.phone(language="en"), server.store
    assert phone.post(an_xml("before")).status_code == 201
    limit_pages(store, 1)  # SQLite takes the present size instead of less than that
    large = an_xml("large", remark="x" * 400_000)
    refused = phone.post(large)
    assert refused.status_code == 503 and message_of(refused).startswith(FULL)
    with server.program("coordinator") as program:
        path = "/v1/projects/1/forms/visit/submissions"
        said = program.post(path, content=an_xml("program", remark="x" * 400_000))
        assert said.status_code == 503 and said.json()["message"].startswith(FULL)
        assert program.get(path).status_code == 200  # reading goes on
        assert program.get("/readyz").status_code == 200
        assert program.get("/").status_code == 200
    assert count(store) == 1 and store.broken is None

    limit_pages(store, 1_000_000)
    assert phone.post(large).status_code == 201
    assert phone.post(an_xml("after")).status_code == 201
    assert count(store) == 3 and verify(store).is_whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 60 MB, where this user may mount one."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system could not be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_and_goes_on(small_disk: Path, new_server: Callable[..., RunningHere]) -> None:
    server = new_server(data=small_disk / "data", reading_memory="256MB")
    server.publish(FORM)
    phone, store = server.phone(language="en"), server.store
    assert phone.post(an_xml("before", photo="1.jpg"), {"1.jpg": b"x" * 400_000}).status_code == 201
    assert server.context.loader.caught_up()
    coordinator = server.program("coordinator")
    stone = small_disk / "stone"
    fill(stone)
    acknowledged = ["before"]
    statuses = set()
    for number in range(12):
        size = (100, 20_000, 300_000, 6_000_000)[number % 4]
        files = {"1.jpg": os.urandom(size)}
        response = phone.post(an_xml(f"full-{number}", photo="1.jpg", remark="y" * size), files)
        statuses.add(response.status_code)
        if response.status_code == 201:  # a little may still have fitted in
            acknowledged.append(f"full-{number}")
        else:
            assert response.status_code == 503 and message_of(response).startswith(FULL), response.text
        fill(stone)
    assert 503 in statuses
    with coordinator as program:
        for path in ("/healthz", "/", "/v1/projects/1/forms/visit/submissions"):
            assert program.get(path).status_code == 200, path
    assert store.broken is None, "a full disk is no failed disk"

    stone.unlink()
    for number in range(12):
        size = (100, 20_000, 300_000, 6_000_000)[number % 4]
        name = f"full-{number}"
        if name not in acknowledged and size < 1_000_000:
            again = phone.post(an_xml(name, photo="1.jpg", remark="y" * size), {"1.jpg": os.urandom(size)})
            assert again.status_code == 201, again.text
            acknowledged.append(name)
    assert count(store) == len(acknowledged)
    assert verify(store).is_whole
    assert not [path for path in (small_disk / "data" / "tmp").glob("*-*") if path.is_file()]
    assert server.context.loader.caught_up(timeout_s=30)


def fill(stone: Path) -> None:
    """Take all the room there is."""
    with stone.open("ab", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
