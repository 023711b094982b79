"""The open store: its families, its writer, its checkpoints."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

from sqlalchemy.exc import DBAPIError

from forms.errors import Sentence
from server.store.accounts import Accounts
from server.store.actor_properties import ActorProperties
from server.store.api_tokens import ApiTokens
from server.store.app_users import AppUsers
from server.store.appearance import Appearance
from server.store.arrival import Arrival, Outcome
from server.store.audit import Audit
from server.store.blobs import Blobs
from server.store.carrying import Carrying
from server.store.corrections import Corrections
from server.store.database import Database
from server.store.decisions import Decisions
from server.store.digests import Digests
from server.store.downloads import Downloads
from server.store.draft_submissions import DraftSubmissions
from server.store.drafts import Drafts
from server.store.entities import (
    Entities,
    EntityAccess,
    EntityBatches,
    EntityIndexes,
    EntityLists,
    EntityListTrash,
    EntityPages,
)
from server.store.entities.feed import EntityFeed
from server.store.entities.work import EntityWork
from server.store.form_roles import FormRoles
from server.store.form_trash import FormTrash
from server.store.forms import Forms
from server.store.foundation import Foundation
from server.store.generations import Generations
from server.store.keys import Keys
from server.store.ledger import Ledger
from server.store.migrations import migrate
from server.store.password_resets import PasswordResets
from server.store.preferences import Preferences
from server.store.projects import Projects
from server.store.public_links import PublicLinks
from server.store.quarantine import Quarantine
from server.store.receiving import Receiving, prepare
from server.store.registry import Registry
from server.store.rounds import Rounds
from server.store.secret_key import secret_key
from server.store.sessions import Sessions
from server.store.submissions import Submissions
from server.store.transaction import Tx
from server.store.trash import Trash
from server.store.troubles import StoreBroken, StoreDamaged, trouble_of
from server.store.writer import AnyJob, Job, Writer

log = logging.getLogger("baikoo.store")

T = TypeVar("T")
CHECKPOINT_SECONDS = 1.0
FIRST_PROJECT = "Айыл аймагы"


class Store:
    """The truth of one data folder. Safe from any thread; another process may have it open too."""

    def __init__(self, data: Path, database: Database) -> None:
        self.data = data
        self.database = database
        self.broken: Sentence | None = (
            None  # not None: the disk failed, nothing is acknowledged until a restart
        )
        self.secret = secret_key(data)  # 32 bytes
        self.blobs = Blobs(data / "blobs", data / "tmp", self._on_broken)
        generations = Generations(database)
        generations.refresh()
        foundation = Foundation(database, generations, self.blobs, self.secret)
        self.ledger = Ledger(database)
        self.projects = Projects(foundation)
        self.appearance = Appearance(foundation)
        self.accounts = Accounts(foundation)
        self.sessions = Sessions(foundation)
        self.digests = Digests(foundation)
        self.api_tokens = ApiTokens(foundation)
        self.password_resets = PasswordResets(foundation)
        self.preferences = Preferences(foundation)
        self.form_roles = FormRoles(foundation)
        self.app_users = AppUsers(foundation)
        self.public_links = PublicLinks(foundation)
        self.actor_properties = ActorProperties(foundation)
        self.forms = Forms(foundation, self.projects)
        self.keys = Keys(foundation, self.forms)
        self.drafts = Drafts(foundation, self.forms)
        self.form_trash = FormTrash(foundation, self.write)
        self.draft_submissions = DraftSubmissions(foundation)
        self.entity_lists = EntityLists(foundation)
        self.entity_access = EntityAccess(self.actor_properties)
        self.entity_list_trash = EntityListTrash(foundation)
        self.entity_indexes = EntityIndexes(foundation)
        self.entities = Entities(foundation)
        self.entity_pages = EntityPages(foundation)
        self.entity_batches = EntityBatches(foundation)
        self.registry = Registry(foundation, self.entity_lists, self.entities)
        self.rounds = Rounds(foundation, self.forms)
        self.submissions = Submissions(foundation)
        self.corrections = Corrections(foundation)
        receiving = Receiving(self.forms.numbers, Carrying(self.forms))
        self.audit = Audit(foundation)
        self.entity_feed = EntityFeed(foundation)
        self.entity_work = EntityWork(foundation, self.forms, self.entity_feed, self.entities, self.audit)
        self.quarantine = Quarantine(foundation, receiving, self.audit)
        self._generations = generations
        self._writer = Writer(database, generations, receiving, self._on_broken)
        self.decisions = Decisions(foundation, self.write)
        self.trash = Trash(foundation, self.write)
        self.downloads = Downloads(self.audit, self.submit)
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up, name="baikoo-checkpoints", daemon=True)
        self._writer.start()
        self._keeper.start()

    def receive(self, arrival: Arrival) -> Future[Outcome]:
        """Keep an instance: all of it, or nothing. The future is done when it is on disk.

        The future raises: InstanceConflict, EditOutdated, EditConflict, EditedNotFound,
        FormVersionNotFound, DiskFull, StoreBusy, StoreBroken, StoreClosed.
        """
        future: Future[Outcome] = Future()
        self._put(Job(future, prepared=prepare(arrival)))
        return future

    async def take(self, arrival: Arrival) -> Outcome:
        """The same for an event loop: a whole group wakes the loop once."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._put(Job(future, prepared=prepare(arrival)))
        return await future

    def submit(self, fn: Callable[[Tx], T]) -> Future[T]:
        """Run a change in the writer, together with what else waits; done when it is on disk.

        `fn` must be quick (hash passwords, write blobs and read workbooks before) and may be run a second
        time when its group could not be committed. Its failure undoes its own work alone and is the
        future's exception.
        """
        future: Future[T] = Future()
        self._put(Job(future, fn=fn))
        return future

    def write(self, fn: Callable[[Tx], T]) -> T:
        """`submit`, waited for."""
        if threading.current_thread() is self._writer:
            raise RuntimeError("a change inside a change would wait for itself")
        return self.submit(fn).result()

    async def change(self, fn: Callable[[Tx], T]) -> T:
        """`submit`, awaited."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(Job(future, fn=fn))
        return await future

    def close(self) -> None:
        """Finish what waits, move everything into the file, let go of it."""
        self._writer.stop()
        self._stopping.set()
        self._keeper.join()
        self.database.close()

    def _put(self, job: Job[T] | Job[Outcome]) -> None:
        self._writer.put(cast(AnyJob, job))

    def _on_broken(self) -> None:
        log.critical("the disk failed: nothing is acknowledged until a restart; run `baikoo verify`")
        self.broken = StoreBroken().sentence
        self._writer.distrust()

    def _keep_up(self) -> None:
        """Each second: checkpoint, and see what other processes have changed."""
        while not self._stopping.wait(CHECKPOINT_SECONDS):
            try:
                self._generations.refresh()
                self.database.checkpoint()
                if self.database.log_is_long():
                    self._writer.begin_log_anew()
            except Exception as error:  # this thread ends with the store, and not before
                trouble = trouble_of(error)
                if isinstance(trouble, StoreBroken | StoreDamaged) and self.broken is None:
                    self._on_broken()
                log.warning("checkpoint failed: %s", type(trouble or error).__name__)

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

    Raises: StoreDamaged, DatabaseUnreachable, DatabaseAddressInvalid, StoreTooNew, DiskFull.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        engines = Database(data, database)
        try:
            migrate(engines)
            store = Store(data, engines)
        except BaseException:
            engines.close()
            raise
    except (DBAPIError, OSError) as error:
        if (trouble := trouble_of(error)) is not None:
            raise trouble from error
        raise
    if not store.projects.all():
        now = datetime.now(UTC)
        store.write(lambda tx: store.projects.all() or store.projects.create(tx, name=FIRST_PROJECT, now=now))
    return store
