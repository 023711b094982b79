"""What a request or a verb works with: the open truth, the reading, and the loader between them."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from types import TracebackType

from analytics.warehouse import Warehouse
from server.entity_files import EntityFiles
from server.entity_follower import EntityFollower
from server.loader import Loader
from server.multipart import Limits
from server.settings import Settings
from server.store import Store, open_store

log = logging.getLogger("baikoo")

OLD_S = 3600.0  # so old, a half-written blob belongs to a process that is gone


@dataclass(slots=True)
class Context:
    """An open data folder. Safe from any thread."""

    settings: Settings
    store: Store
    warehouse: Warehouse
    loader: Loader
    entity_follower: EntityFollower
    entity_files: EntityFiles
    limits: Limits
    # two requests may both want to close the same round: one of them waits here for the other's result
    round_locks: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    # bytes made from the registry, kept while it stays as it is: (project, name) -> (generation, bytes, md5)
    registry_files: dict[tuple[int, str], tuple[int, bytes, str]] = field(default_factory=dict)
    internal_token: str | None = None  # of server.json, while this process serves
    stopping: threading.Event = field(default_factory=threading.Event)  # whoever waits for long looks here

    def zone(self, project_id: int) -> tzinfo:
        """The time zone of a project: one for the whole server."""
        return self.settings.zone

    def close(self) -> None:
        self.stopping.set()
        self.entity_follower.stop()
        self.loader.stop()
        self.warehouse.close()
        self.store.close()

    def __enter__(self) -> Context:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _clear(tmp: Path) -> None:
    """Remove what a crash left of uploads; a young blob may be one that a command is just writing."""
    for left in (*tmp.glob("posted-*"), *tmp.glob("blob-*"), *tmp.glob("entities/*")):
        with suppress(OSError):  # somebody else has removed it, or still has it open
            if left.name.startswith("posted-") or time.time() - left.stat().st_mtime > OLD_S:
                left.unlink()


def open_context(settings: Settings, *, follow: bool = True) -> Context:
    """Open a data folder, making it where there is none.

    `follow`: let the threads of loader and entities follow the ledger, as a server does; a verb without a
    server calls `loader.catch_up()` instead.

    Raises: ReadingInUse (another Baikoo has it open), and those of open_store.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.tmp.mkdir(exist_ok=True)
    store = open_store(settings.data, settings.database)
    try:
        warehouse = Warehouse.open(
            settings.data / "reading.duckdb", settings.tmp, memory=settings.reading_memory
        )
    except BaseException:
        store.close()
        raise
    _clear(settings.tmp)
    zone = settings.zone
    loader = Loader(store, warehouse, zone=lambda _project_id: zone)
    entity_follower = EntityFollower(store)
    if follow:
        loader.start()
        entity_follower.start()
    limits = Limits(settings.xml_bytes, settings.body_bytes)
    entity_files = EntityFiles(store, settings.tmp / "entities")
    return Context(settings, store, warehouse, loader, entity_follower, entity_files, limits)
