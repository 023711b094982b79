"""The open store: its families, its writer, its checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from forms.errors import Sentence
from server.store.accounts import Accounts
from server.store.app_users import AppUsers
from server.store.arrival import Arrival, Outcome
from server.store.audit import Audit
from server.store.blobs import Blobs
from server.store.decisions import Decisions
from server.store.drafts import Drafts
from server.store.forms import Forms
from server.store.ledger import Ledger
from server.store.projects import Projects
from server.store.quarantine import Quarantine
from server.store.registry import Registry
from server.store.rounds import Rounds
from server.store.sessions import Sessions
from server.store.submissions import Submissions
from server.store.transaction import Tx

T = TypeVar("T")


class Store:
    """The truth of one data folder. Safe from any thread; another process may have it open too."""

    data: Path
    secret: bytes  # of secret.key, 32 bytes
    blobs: Blobs
    ledger: Ledger
    projects: Projects
    accounts: Accounts
    sessions: Sessions
    app_users: AppUsers
    forms: Forms
    drafts: Drafts
    registry: Registry
    rounds: Rounds
    submissions: Submissions
    decisions: Decisions
    quarantine: Quarantine
    audit: Audit
    broken: Sentence | None  # not None: the disk failed, nothing is acknowledged until a restart

    def receive(self, arrival: Arrival) -> Future[Outcome]:
        """Keep an instance: all of it, or nothing. The future is done when it is on disk.

        The future raises: InstanceConflict, EditOutdated, EditConflict, EditedNotFound,
        FormVersionNotFound, DiskFull, StoreBroken, StoreBusy.
        """
        raise NotImplementedError

    async def take(self, arrival: Arrival) -> Outcome:
        """The same for an event loop: a whole group wakes the loop once."""
        raise NotImplementedError

    def submit(self, fn: Callable[[Tx], T]) -> Future[T]:
        """Run a change in the writer, together with what else waits; done when it is on disk.

        `fn` must be quick (hash passwords, write blobs and read workbooks before); its failure undoes its
        own work alone and is the future's exception.
        """
        raise NotImplementedError

    def write(self, fn: Callable[[Tx], T]) -> T:
        """`submit`, waited for."""
        raise NotImplementedError

    async def change(self, fn: Callable[[Tx], T]) -> T:
        """`submit`, awaited."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(data: Path, database: str | None = None) -> Store:
    """Open the truth of a data folder, making or migrating it where needed.

    `database`: None for SQLite in the folder, else an address "postgresql+psycopg://…".
    The first start creates project 1 and secret.key.

    Raises: StoreDamaged, DatabaseUnreachable, StoreTooNew.
    """
    raise NotImplementedError
