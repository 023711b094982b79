"""The one thread that writes: it collects what waits, commits it as one group, then answers everybody.

A group is one durable commit for many, which is why acknowledging is fast; the order of the queue is the
order of the ledger. A job that fails undoes its own work and the group goes on.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from forms.errors import BaikooError
from server.store.arrival import Outcome
from server.store.asked import asked
from server.store.audit import note_records
from server.store.database import Database
from server.store.generations import Generations
from server.store.receiving import Prepared, Receiving
from server.store.transaction import Tx
from server.store.troubles import StoreBroken, StoreClosed, StoreDamaged, trouble_of

log = logging.getLogger("baikoo.store")

GROUP_JOBS = 512
GROUP_BYTES = 32_000_000

T = TypeVar("T")


class Job(Generic[T]):
    """Something to be written, and whom to answer."""

    __slots__ = ("answer", "asked", "error", "fn", "prepared", "result")

    def __init__(
        self,
        answer: Future[T] | asyncio.Future[T],
        *,
        prepared: Prepared | None = None,
        fn: Callable[[Tx], T] | None = None,
    ) -> None:
        self.answer = answer
        self.prepared = prepared
        self.fn = fn
        self.asked = asked.get() if fn is not None else None
        self.result: T | None = None
        self.error: BaseException | None = None

    @property
    def size(self) -> int:
        return len(self.prepared.arrival.xml) if self.prepared is not None else 0


AnyJob = Job[Outcome] | Job[object]


class Writer(threading.Thread):
    def __init__(
        self,
        database: Database,
        generations: Generations,
        receiving: Receiving,
        on_broken: Callable[[], None],
    ) -> None:
        super().__init__(name="baikoo-writer", daemon=True)
        self._database = database
        self._generations = generations
        self._receiving = receiving
        self._on_broken = on_broken
        self._queue: queue.SimpleQueue[AnyJob | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._begin_log_anew = False
        self._broken = False

    def put(self, job: AnyJob) -> None:
        """Raises: StoreClosed, StoreBroken."""
        if self._broken:
            raise StoreBroken()
        with self._gate:
            if self._closed:
                raise StoreClosed()
            self._queue.put(job)

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self.join()

    def begin_log_anew(self) -> None:
        """After the group at hand, cut SQLite's log."""
        self._begin_log_anew = True

    def distrust(self) -> None:
        """The disk failed: nothing more is acknowledged."""
        self._broken = True

    def run(self) -> None:
        more = True
        while more:
            group, more = self._gather()
            if group:
                self._write(group)
                _answer(group)
            if self._begin_log_anew:
                self._begin_log_anew = False
                self._cut_log()

    def _cut_log(self) -> None:
        try:
            self._database.begin_log_anew()
        except (
            DBAPIError,
            sqlite3.Error,
        ) as error:  # the next checkpoint meets it again, and says what it is
            log.warning("the log could not be cut: %s", type(error).__name__)

    def _gather(self) -> tuple[list[AnyJob], bool]:
        group: list[AnyJob] = []
        size = 0
        job = self._queue.get()
        while job is not None:
            group.append(job)
            size += job.size
            if len(group) >= GROUP_JOBS or size >= GROUP_BYTES:
                return group, True
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _write(self, group: list[AnyJob]) -> None:
        """Fill in the result or the error of every job of a group."""
        if self._broken:
            for job in group:
                job.error = StoreBroken()
            return
        try:
            self._commit(group)
        except Exception as error:
            trouble = trouble_of(error)
            if isinstance(trouble, StoreBroken | StoreDamaged):
                log.critical("the database failed: %s", type(getattr(error, "orig", error)).__name__)
                self._broken = True
                self._on_broken()
                trouble = StoreBroken()
            if (
                trouble is None and len(group) > 1
            ):  # a mistake of ours in one of them: the others are innocent
                for job in group:
                    self._write([job])
                return
            for job in group:
                job.result, job.error = None, trouble or error

    def _commit(self, group: list[AnyJob]) -> None:
        with self._database.writing.connect() as connection, connection.begin():
            tx = self._in(connection)
            arrived: list[AnyJob] = []
            for job in group:
                if job.prepared is not None:
                    arrived.append(job)
                    continue
                self._receive(tx, arrived)
                arrived = []
                self._change(tx, job)
            self._receive(tx, arrived)
            tx.flush()
        tx.committed()

    def _in(self, connection: Connection) -> Tx:
        return Tx(self._database, connection, self._generations)

    def _receive(self, tx: Tx, arrived: list[AnyJob]) -> None:
        if arrived:
            tx.begin_change(None)
            answers = self._receiving.receive(
                tx, [job.prepared for job in arrived if job.prepared is not None]
            )
            for job, answer in zip(arrived, answers, strict=True):
                job.result = job.error = None
                if isinstance(answer, BaikooError):
                    job.error = answer
                else:
                    job.result = answer

    def _change(self, tx: Tx, job: AnyJob) -> None:
        assert job.fn is not None
        job.result = job.error = None
        try:
            with tx.part():
                tx.begin_change(job.asked)
                job.result = job.fn(tx)
                note_records(tx)
            if job.asked is not None:
                job.asked.changes += 1
        except Exception as error:
            if trouble_of(error) is not None and isinstance(error, DBAPIError):
                raise  # the whole transaction may be gone
            job.error = error


def _answer(group: list[AnyJob]) -> None:
    """Tell everybody; an event loop is woken once for all of its jobs."""
    loops: dict[asyncio.AbstractEventLoop, list[AnyJob]] = {}
    for job in group:
        if isinstance(job.answer, asyncio.Future):
            loops.setdefault(job.answer.get_loop(), []).append(job)
        elif job.answer.set_running_or_notify_cancel():
            _settle(job)
    for loop, jobs in loops.items():
        try:
            loop.call_soon_threadsafe(_settle_all, jobs)
        except RuntimeError:  # the loop has ended; what was asked for is on disk all the same
            log.info("nobody waits any more for %d answers", len(jobs))


def _settle_all(jobs: list[AnyJob]) -> None:
    for job in jobs:
        if not job.answer.done():
            _settle(job)


def _settle(job: AnyJob) -> None:
    if job.error is not None:
        job.answer.set_exception(job.error)
    else:
        job.answer.set_result(job.result)  # type: ignore[arg-type]  # the result of this very job
