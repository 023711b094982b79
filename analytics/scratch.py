"""A reading that is never on a disk: the tables of one form, filled from instances at hand.

Decrypted answers and the answers to a draft are looked at here: the very tables, views and loading code of
the reading, in memory, gone when the `with` ends. Nothing of it spills into a file; what does not fit into
the memory allowed is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path

import duckdb

from analytics import facts
from analytics.intake import Intake, Name, NotLoadable
from analytics.load import never_stored
from analytics.rows import VersionRows
from analytics.warehouse import Warehouse, lay_out_tables, usual_memory
from forms.errors import N_, BaikooError, TooLarge
from forms.evaluation import Scheme
from forms.schema import Schema

BATCH = 500  # instances that are read and appended together


class ScratchTooLarge(TooLarge):
    text = N_("This is more than can be opened in memory at once. Ask for fewer submissions, with a filter.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchVersion:
    """A version of the form, or its draft. The versions are given oldest first."""

    schema: Schema
    published_at: datetime
    scheme: Scheme | None = None
    privacy: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ScratchFile:
    """A file that has come with a submission."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchSubmission:
    """An instance to be loaded; `seq` is what the tables shall call it, rising from one to the next.

    `instance_id` is its own, or the one the server made up; `xml` is None where the answers were erased.
    `state` is where it stands (accepted, returned, void, received or edited), where that is known. An edit
    finds what it edits by its deprecatedID. `corrections` are (question, the value that counts).
    """

    seq: int
    received_at: datetime
    instance_id: str
    xml: bytes | None
    submitter_id: int | None = None
    round_id: str | None = None
    variant: str = ""
    state: str | None = None
    files: tuple[ScratchFile, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()


@contextmanager
def scratch_reading(
    versions: Iterable[ScratchVersion],
    submissions: Iterable[ScratchSubmission],
    *,
    project_id: int,
    zone: tzinfo,
    registry: Warehouse | None = None,
    any_version: bool = False,
) -> Iterator[Warehouse]:
    """The reading of one form, with these submissions alone; the names of objects come from `registry`.

    `any_version`: one that names a version not given is read as one of the newest.
    What cannot be loaded is left out and stands in `set_aside`, as in the reading.
    Raises: ScratchTooLarge.
    """
    scratch = _Scratch()
    try:
        with scratch.write() as db:
            for number, version in enumerate(versions, start=1):
                facts.load_form(
                    db,
                    number,
                    version.published_at,
                    project_id,
                    version.schema,
                    version.scheme,
                    never_stored(version.scheme, version.privacy),
                )
                form_id = version.schema.form_id
            if registry is not None:
                _copy_names(registry, db, project_id)
        intake = (_AnyVersion if any_version else Intake)(lambda _token: "", lambda _project_id: zone)
        waiting = iter(submissions)
        while batch := list(islice(waiting, BATCH)):
            _load(scratch, intake, project_id, form_id, batch)
        yield scratch
    except duckdb.OutOfMemoryException as error:
        raise ScratchTooLarge() from error
    finally:
        scratch.close()


class _AnyVersion(Intake):
    """Takes answers to the newest version whatever version they name."""

    def _read_version(self, project_id: int, form_id: str, version: str) -> VersionRows | None:
        found = super()._read_version(project_id, form_id, version)
        if found is not None:
            return found
        newest = facts.first_row(self._db, "SELECT version FROM form_version ORDER BY seq DESC LIMIT 1", {})
        return super()._read_version(project_id, form_id, newest[0]) if newest is not None else None


class _Scratch(Warehouse):
    """A warehouse without a file."""

    def __init__(self) -> None:
        super().__init__(Path("scratch"), Path("scratch"), usual_memory(), None)
        self._connect()

    def _connect(self) -> None:
        root = self._root = duckdb.connect()
        root.execute("ATTACH ':memory:' AS reading (COMPRESS)")
        from analytics.memory_files import MemoryFiles  # loaded with the first: a server starts sooner

        self.memory_files = MemoryFiles()
        self.memory_files.allow(root)
        for setting in (
            f"SET memory_limit = '{self._memory}'",
            f"SET threads = {self._threads}",
            "SET TimeZone = 'UTC'",
            "SET temp_directory = ''",
            "SET enable_external_access = false",
            "SET preserve_insertion_order = false",
            "SET lock_configuration = true",
        ):
            root.execute(setting)
        writer = self._writer = root.cursor()
        writer.execute("USE reading")
        lay_out_tables(writer)
        writer.execute("INSERT INTO progress VALUES (0, '', '', false)")  # it follows no ledger


def _load(
    scratch: Warehouse, intake: Intake, project_id: int, form_id: str, batch: list[ScratchSubmission]
) -> None:
    aside: list[list[object]] = []
    with scratch.write() as db:
        intake.begin(db)
        for one in batch:
            name = Name(project_id, form_id, one.instance_id, one.variant)
            try:
                intake.submission(
                    one.seq,
                    one.received_at,
                    name,
                    actor=one.submitter_id,
                    round_id=one.round_id,
                    xml=one.xml,
                    link_token=None,
                )
            except (BaikooError, NotLoadable, ValueError, LookupError) as error:  # of one instance alone
                aside.append([one.seq, "submission", "", type(error).__name__])
                continue
            for file in one.files:
                row: list[object] = [one.seq, one.seq, file.name, file.sha256, file.size]
                intake.add("attachment", ("seq", "submission_seq", "name", "sha256", "size"), row)
            if one.state is not None:
                row = [one.seq, one.seq, one.state, None, facts.utc(one.received_at), None]
                columns = ("seq", "submission_seq", "action", "round_id", "decided_at", "actor_id")
                intake.add("decision", columns, row)
        for one in batch:
            for question, value in one.corrections:
                intake.correction(one.seq, question, value)
        intake.flush()
        facts.insert(db, "set_aside", aside)


def _copy_names(registry: Warehouse, db: duckdb.DuckDBPyConnection, project_id: int) -> None:
    """Objects and villages, for labels and for the objects a reader may not look at."""
    for table in ("object_record", "village"):
        question = f"SELECT * FROM {table} WHERE project_id = $project_id"  # noqa: S608  (names of ours)
        with registry.read() as source:
            rows = source.execute(question, {"project_id": project_id}).fetchall()
        facts.insert(db, table, [list(row) for row in rows])
